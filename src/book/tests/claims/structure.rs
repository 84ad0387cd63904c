//! The parts that every lesson has.

use std::fs;
use std::path::{Path, PathBuf};

fn sources() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../book/src")
}

fn lessons() -> Vec<(String, String)> {
    let pages = fs::read_dir(sources()).expect("the lessons").flatten();
    let pages = pages
        .map(|page| page.path())
        .filter(|path| path.extension().is_some_and(|e| e == "md"));
    let read = |path: PathBuf| {
        let text = fs::read_to_string(&path).expect("a page");
        (
            path.file_stem()
                .expect("a name")
                .to_string_lossy()
                .into_owned(),
            text,
        )
    };
    pages
        .map(read)
        .filter(|(_, text)| text.contains(" minutes**"))
        .collect()
}

#[test]
fn every_lesson_has_all_of_its_parts() {
    let lessons = lessons();
    assert!(lessons.len() >= 21, "{} lessons", lessons.len());
    for (name, text) in lessons {
        let exercise = text.contains("\n## The exercise\n");
        let mut parts = vec![
            "**About ",
            "When you are through, you can",
            "\n## Predict\n",
            "<summary>",
            "\n## The idea\n",
            "\n## The mathematics\n",
            "{{#figure ",
            "\n## Questions {#quiz}\n",
            "\n## Further reading\n",
            "](https://",
        ];
        parts.extend(if exercise {
            [
                "$ cargo test -p ",
                "\n### What passing does not prove\n",
                "\n## The usual mistakes {#mistakes}\n",
            ]
        } else {
            [
                "worked example",
                "\n## What this does not prove\n",
                "\n## Misconceptions\n",
            ]
        });
        for part in parts {
            assert!(text.contains(part), "{name}.md has no {part:?}");
        }
        assert!(
            text.contains("orked example"),
            "{name}.md has no worked example"
        );
        assert!(
            text.contains(&format!("{{{{#quiz {name}}}}}")),
            "{name}.md does not ask its questions"
        );
        let claims = sources().join(format!("../claims/{name}.rs"));
        let claims = fs::read_to_string(&claims)
            .unwrap_or_else(|error| panic!("{}: {error}", claims.display()));
        assert!(
            claims.contains("#[test]"),
            "{name}.rs computes no worked example"
        );
    }
}
