//! The file in which a download from Gradescope lists the submissions and their students.

use std::collections::BTreeMap;
use std::path::Path;

use yaml_rust2::parser::{Event, Parser};
use yaml_rust2::{Yaml, YamlLoader};

use super::error::IntakeError;
use super::layout::Identity;
use super::submission::Student;

/// The name of the file.
pub(super) const FILE: &str = "submission_metadata.yml";
/// The most bytes of the file: its parser keeps all of it in memory.
const MAX_BYTES: u64 = 64 << 20;
/// The deepest nesting in the file, which the parser reads by recursion. Gradescope writes about ten levels.
const MAX_DEPTH: usize = 64;

/// Reads the owners of the `submission_…` folders in a download from Gradescope; empty for any other folder.
pub(super) fn owners(folder: &Path) -> Result<BTreeMap<String, Identity>, IntakeError> {
    let path = folder.join(FILE);
    let Ok(metadata) = path.metadata() else {
        return Ok(BTreeMap::new());
    };
    let owners = if metadata.len() > MAX_BYTES {
        Err(format!("expected at most {} MiB", MAX_BYTES >> 20))
    } else {
        match std::fs::read_to_string(&path) {
            Ok(text) => parse(&text),
            Err(error) => Err(error.to_string()),
        }
    };
    owners.map_err(|message| IntakeError::Metadata { path, message })
}

fn parse(text: &str) -> Result<BTreeMap<String, Identity>, String> {
    ensure_bounded(text)?;
    let documents = YamlLoader::load_from_str(text).map_err(|error| error.to_string())?;
    let Some(Yaml::Hash(submissions)) = documents.first() else {
        return Err("expected a table of submissions".to_owned());
    };
    let mut owners = BTreeMap::new();
    for (name, submission) in submissions {
        let Some(name) = name.as_str() else { continue };
        let submitter = &field(submission, "submitters")[0];
        // Not every course has students' numbers; every student has an address.
        let id = text_field(submitter, "sid")
            .filter(|sid| !sid.is_empty())
            .or_else(|| text_field(submitter, "email"))
            .ok_or_else(|| format!("`{name}` has no submitter with a sid or an email"))?;
        let order = name.rsplit_once('_').map(|(_, number)| number.parse());
        let identity = Identity {
            student: Student {
                id,
                name: text_field(submitter, "name"),
            },
            order: order.and_then(Result::ok),
        };
        owners.insert(name.to_owned(), identity);
    }
    Ok(owners)
}

/// Makes sure that the text can be loaded in memory that grows with its length only: without aliases, each of which the
/// loader replaces with a copy, and without deep nesting.
fn ensure_bounded(text: &str) -> Result<(), String> {
    let mut parser = Parser::new_from_str(text);
    let mut depth = 0_usize;
    loop {
        let (event, _) = parser.next_token().map_err(|error| error.to_string())?;
        match event {
            Event::StreamEnd => return Ok(()),
            Event::Alias(_) => return Err("expected no aliases, found one".to_owned()),
            Event::SequenceStart(..) | Event::MappingStart(..) => depth += 1,
            Event::SequenceEnd | Event::MappingEnd => depth = depth.saturating_sub(1),
            _ => (),
        }
        if depth > MAX_DEPTH {
            return Err(format!("expected at most {MAX_DEPTH} levels, found more"));
        }
    }
}

/// Looks up a field whose key is a Ruby symbol, as Gradescope writes them: `:name:`.
fn field<'a>(table: &'a Yaml, key: &str) -> &'a Yaml {
    match &table[format!(":{key}").as_str()] {
        Yaml::BadValue => &table[key],
        found => found,
    }
}

fn text_field(table: &Yaml, key: &str) -> Option<String> {
    match field(table, key) {
        Yaml::String(text) => Some(text.clone()),
        Yaml::Integer(number) => Some(number.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn gradescope_lists_the_owners() {
        let text = "---\nsubmission_501:\n  :submitters:\n  - :name: Jane Doe\n    :sid: '0042'\n    :email: jane@example.edu\n  \
                    :created_at: 2026-03-01 10:00:00.000000000 Z\n  :score: 0.0\nsubmission_502:\n  :submitters:\n  - :name: No Number\n    \
                    :sid: ''\n    :email: no@example.edu\n";
        let owners = parse(text).expect("it is as Gradescope writes it");
        let jane = Student {
            id: "0042".into(),
            name: Some("Jane Doe".into()),
        };
        assert_eq!(
            owners["submission_501"],
            Identity {
                student: jane,
                order: Some(501)
            }
        );
        assert_eq!(owners["submission_502"].student.id, "no@example.edu");
        assert!(parse("- [").is_err());
    }

    #[test]
    fn a_file_that_would_grow_in_memory_is_refused() {
        let mut bomb = String::from("a0: &a0 [x, x]\n");
        for level in 1..40 {
            let below = level - 1;
            bomb.push_str(&format!("a{level}: &a{level} [*a{below}, *a{below}]\n"));
        }
        insta::assert_snapshot!(parse(&bomb).expect_err("a bomb"), @"expected no aliases, found one");
        let deep = "[".repeat(100_000);
        assert!(parse(&deep).is_err());
    }

    #[test]
    fn a_download_without_the_file_has_no_owners() {
        let folder = tempfile::tempdir().expect("a folder");
        let owners = owners(folder.path()).expect("there is nothing to be wrong");
        assert!(owners.is_empty());
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in r"[-:\[\]{}&*!|>'%@`,#? \n\tA-z0-9]{0,200}|\PC{0,80}") {
            let _ = parse(&text);
        }

        #[test]
        fn every_listed_student_is_found(
            number in any::<u64>(),
            sid in "[0-9A-Za-z][0-9A-Za-z ]{0,10}[0-9A-Za-z]",
            name in r"[^\p{C}'\\]{0,20}",
        ) {
            let text = format!(
                "submission_{number}:\n  :submitters:\n  - :name: '{name}'\n    :sid: '{sid}'\n"
            );
            let owners = parse(&text).expect("it is as Gradescope writes it");
            let student = Student { id: sid, name: Some(name) };
            let identity = Identity { student, order: Some(number) };
            prop_assert_eq!(&owners[&format!("submission_{number}")], &identity);
        }
    }
}
