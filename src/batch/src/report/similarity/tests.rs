use std::fs;
use std::iter;
use std::path::{Path, PathBuf};

use attentive_course::stub_text;
use ra_ap_rustc_lexer::{FrontmatterAllowed, TokenKind, tokenize};

use super::tokens::tokens;
use super::*;

/// An exercise's stub, its solution, and other right ways to write it (or parts of it): the accepted variants.
struct Sources {
    exercise: String,
    stub: BTreeSet<u64>,
    solution: String,
    variants: Vec<String>,
}

fn all() -> Vec<Sources> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let read =
        |path: PathBuf| fs::read_to_string(&path).unwrap_or_else(|_| panic!("{}", path.display()));
    let mut all = Vec::new();
    for exercise in folders(&root.join("solutions")) {
        let solution = root.join("solutions").join(&exercise);
        let variants = read(solution.join("tests/variants.rs"));
        // Long variants are modules of their own.
        let modules: Vec<(String, String)> = folders(&solution.join("tests"))
            .map(|module| (format!("{module}::"), solution.join("tests").join(module)))
            .map(|(prefix, folder)| (prefix, read(folder.join("mod.rs"))))
            .collect();
        let whole = |variant: &str| {
            let used = modules
                .iter()
                .filter(|(prefix, _)| variant.contains(prefix));
            let texts = used.map(|(_, text)| text.as_str());
            iter::once(variant).chain(texts).collect::<String>()
        };
        let source = read(solution.join("src/lib.rs"));
        let stub = stub_text(&source).expect("its regions are in order");
        all.push(Sources {
            stub: runs([stub.text].iter()),
            solution: source,
            variants: variants.split("#[test]").skip(1).map(whole).collect(),
            exercise,
        });
    }
    all.sort_by(|a, b| a.exercise.cmp(&b.exercise));
    all
}

/// Names of the folders in a folder.
fn folders(folder: &Path) -> impl Iterator<Item = String> {
    let entries = fs::read_dir(folder).expect("it can be listed");
    entries
        .map(|entry| entry.expect("it can be listed"))
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().into_string().expect("plain names"))
}

impl Sources {
    /// The share of two submissions in a class of two; none where too little is left to compare.
    fn share(&self, one: &str, other: &str) -> Option<f64> {
        let set = |text: &str| &runs([text.to_owned()].iter()) - &self.stub;
        let (one, other) = (set(one), set(other));
        let smaller = one.len().min(other.len());
        (smaller >= FEWEST).then(|| one.intersection(&other).count() as f64 / smaller as f64)
    }
}

/// Every name that a student may choose becomes another, every number and every comment, too.
fn disguised(source: &str) -> String {
    let mut text = String::from("// All my own work.\n");
    let (mut at, mut after_dot) = (0, false);
    for token in tokenize(source, FrontmatterAllowed::No) {
        let word = &source[at..at + token.len as usize];
        at += token.len as usize;
        match token.kind {
            TokenKind::LineComment { .. } => text.push_str("/* in other words */"),
            TokenKind::Whitespace => text.push_str(" \n  "),
            TokenKind::Literal { .. } => text.push_str("42"),
            TokenKind::Ident if !after_dot && tokens(word) == ["x"] => {
                text.push_str(&format!("my_{word}"))
            }
            _ => text.push_str(word),
        }
        after_dot = word == ".";
    }
    text
}

/// The functions in the opposite order.
fn reordered(source: &str) -> String {
    let mut items: Vec<&str> = source.split_inclusive("\n}\n").collect();
    items.reverse();
    items.concat()
}

// The instructors' chapter quotes what the next three tests hold.

#[test]
fn a_copy_is_found_however_it_is_renamed_commented_reordered_and_laid_out() {
    for sources in all() {
        let share = sources.share(&sources.solution, &disguised(&reordered(&sources.solution)));
        assert!(
            share.expect("there is enough to compare") > 0.9,
            "{}: {share:?}",
            sources.exercise
        );
    }
}

#[test]
fn right_solutions_that_were_written_apart_are_not() {
    let mut pairs = 0;
    for sources in all() {
        let texts: Vec<&String> = [&sources.solution]
            .into_iter()
            .chain(&sources.variants)
            .collect();
        for (nth, one) in texts.iter().enumerate() {
            for share in texts[nth + 1..]
                .iter()
                .filter_map(|other| sources.share(one, other))
            {
                assert!(share < 0.65, "{}: {share}\n{one}", sources.exercise);
                pairs += 1;
            }
        }
    }
    assert!(pairs > 150, "{pairs}");
}

#[test]
fn not_all_copies_are_found_into_which_a_statement_was_put_after_each() {
    let all = all();
    let found = all.iter().filter(|sources| {
        let padded = sources.solution.replace(";\n", ";\n    let _ = 1;\n");
        sources
            .share(&sources.solution, &padded)
            .is_some_and(|share| share >= SHARE)
    });
    let found: Vec<&str> = found.map(|sources| sources.exercise.as_str()).collect();
    assert!(found.len() < all.len(), "{found:?}");
}

#[test]
fn what_looks_like_a_text_and_is_none_hides_nothing() {
    assert_eq!(
        tokens("let q = '\"'; a.dot(b) // \""),
        ["let", "x", "=", "0", ";", "x", ".", "dot", "(", "x", ")"]
    );
}
