//! Submissions that resemble each other more than two people's usually do.
//!
//! Sources become tokens; names that a student may choose count as one and the same, names of methods as themselves,
//! and comments and layout not at all. Of each run of [`RUN`] tokens a fingerprint is taken; those of the stub and those
//! that a good part of the class has are left out. What two submissions share of the smaller one's rest is the share.
//!
//! Validated by the tests below on made-up pairs of every exercise; the instructors' chapter says with what result.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::rc::Rc;

use ra_ap_rustc_lexer::{FrontmatterAllowed, TokenKind, tokenize};

use crate::course::Course;
use crate::intake::{Collected, Submission};

/// Number of tokens in a run.
const RUN: usize = 10;
/// The smallest share that is pointed out.
const SHARE: f64 = 0.7;
/// The fewest runs that are compared.
const FEWEST: usize = 24;

/// Two submissions that resemble each other.
#[derive(Debug, PartialEq)]
pub(super) struct Pair<'a> {
    pub(super) one: &'a str,
    pub(super) other: &'a str,
    /// The largest share, over the exercises.
    pub(super) share: f64,
    /// The exercises in which they do.
    pub(super) exercises: Vec<&'a str>,
}

/// Finds the pairs that resemble each other, most similar first.
pub(super) fn similar_pairs<'a>(
    course: &'a Course,
    submissions: &'a [Submission],
) -> Vec<Pair<'a>> {
    let mut found: BTreeMap<(usize, usize), Pair<'a>> = BTreeMap::new();
    for exercise in &course.exercises {
        let stub = runs(exercise.stub.values());
        // Many may have handed in the same: its runs are found once.
        let mut known: BTreeMap<&BTreeMap<String, String>, Rc<BTreeSet<u64>>> = BTreeMap::new();
        let mut handed_in: Vec<(usize, Rc<BTreeSet<u64>>)> = Vec::new();
        for (nth, submission) in submissions.iter().enumerate() {
            if let Some(Collected::Sources(sources)) = submission.collected.get(&exercise.folder) {
                let own = known
                    .entry(sources)
                    .or_insert_with(|| Rc::new(&runs(sources.values()) - &stub));
                handed_in.push((nth, Rc::clone(own)));
            }
        }
        for ((one, other), share) in alike(&handed_in) {
            if submissions[one]
                .partners
                .contains(&submissions[other].student.id)
            {
                continue; // they handed it in together
            }
            let (id, other_id) = (&submissions[one].student.id, &submissions[other].student.id);
            let pair = found.entry((one, other)).or_insert(Pair {
                one: id,
                other: other_id,
                share,
                exercises: Vec::new(),
            });
            pair.share = pair.share.max(share);
            pair.exercises.push(&exercise.folder);
        }
    }
    let mut pairs: Vec<Pair<'a>> = found.into_values().collect();
    pairs.sort_by(|a, b| {
        (b.exercises.len(), b.share)
            .partial_cmp(&(a.exercises.len(), a.share))
            .unwrap_or(std::cmp::Ordering::Equal)
    });
    pairs
}

/// Finds the pairs of one exercise.
fn alike(handed_in: &[(usize, Rc<BTreeSet<u64>>)]) -> Vec<((usize, usize), f64)> {
    let mut common: BTreeMap<u64, usize> = BTreeMap::new();
    handed_in
        .iter()
        .flat_map(|(_, runs)| runs.iter())
        .for_each(|run| *common.entry(*run).or_default() += 1);
    // What many have is how it is done, or what the lesson showed.
    let many = (handed_in.len() / 4).max(3);
    let own = |runs: &BTreeSet<u64>| -> BTreeSet<u64> {
        runs.iter()
            .filter(|run| common[run] <= many)
            .copied()
            .collect()
    };
    let mut rest: Vec<(usize, BTreeSet<u64>)> = handed_in
        .iter()
        .map(|(nth, runs)| (*nth, own(runs)))
        .collect();
    rest.retain(|(_, runs)| runs.len() >= FEWEST);
    let mut alike = Vec::new();
    for (at, (one, runs)) in rest.iter().enumerate() {
        for (other, others) in &rest[at + 1..] {
            let smaller = runs.len().min(others.len());
            let share = runs.intersection(others).count() as f64 / smaller as f64;
            if share >= SHARE {
                alike.push(((*one, *other), share));
            }
        }
    }
    alike
}

/// Fingerprints all runs of tokens in sources.
fn runs<'a>(sources: impl Iterator<Item = &'a String>) -> BTreeSet<u64> {
    let mut runs = BTreeSet::new();
    for source in sources {
        let tokens = tokens(source);
        runs.extend(tokens.windows(RUN).map(|run| {
            let mut hash = DefaultHasher::new();
            run.hash(&mut hash);
            hash.finish()
        }));
    }
    runs
}

/// Splits a source into tokens. A name that may be chosen freely becomes `x`, a number or a text `0`.
fn tokens(source: &str) -> Vec<&str> {
    const WORDS: [&str; 20] = [
        "fn", "let", "mut", "for", "in", "if", "else", "while", "loop", "match", "return", "pub",
        "use", "as", "move", "struct", "impl", "break", "continue", "where",
    ];
    let mut tokens: Vec<&str> = Vec::new();
    let mut at = 0;
    for token in tokenize(source, FrontmatterAllowed::No) {
        let text = &source[at..at + token.len as usize];
        at += token.len as usize;
        tokens.push(match token.kind {
            TokenKind::LineComment { .. }
            | TokenKind::BlockComment { .. }
            | TokenKind::Whitespace => {
                continue;
            }
            TokenKind::Literal { .. } => "0",
            TokenKind::Ident if WORDS.contains(&text) || tokens.last() == Some(&".") => text,
            TokenKind::Ident | TokenKind::RawIdent | TokenKind::InvalidIdent => "x",
            _ => text,
        });
    }
    tokens
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::{Path, PathBuf};

    use attentive_course::stub_text;

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
        let read = |path: PathBuf| {
            fs::read_to_string(&path).unwrap_or_else(|_| panic!("{}", path.display()))
        };
        let mut all = Vec::new();
        for entry in fs::read_dir(root.join("solutions")).expect("there are solutions") {
            let exercise = entry
                .expect("it can be listed")
                .file_name()
                .into_string()
                .expect("plain names");
            let solution = root.join("solutions").join(&exercise);
            let variants = read(solution.join("tests/variants.rs"));
            let source = read(solution.join("src/lib.rs"));
            let stub = stub_text(&source).expect("its regions are in order");
            all.push(Sources {
                stub: runs([stub.text].iter()),
                solution: source,
                variants: variants
                    .split("#[test]")
                    .skip(1)
                    .map(str::to_owned)
                    .collect(),
                exercise,
            });
        }
        all.sort_by(|a, b| a.exercise.cmp(&b.exercise));
        all
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
}
