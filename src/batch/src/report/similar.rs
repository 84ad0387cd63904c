//! Submissions that resemble each other more than two people's usually do.
//!
//! Sources become tokens; names that a student may choose count as one and the same, names of methods as themselves,
//! and comments and layout not at all. Of each run of [`RUN`] tokens a fingerprint is taken; those of the stub and those
//! that a good part of the class has are left out. What two submissions share of the smaller one's rest is the share.
//!
//! Validated by the tests below on made-up pairs: a copy that was renamed, commented, reordered and laid out anew is
//! found; solutions that different people wrote of their own (the exercises' accepted variants) are not.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::rc::Rc;

use crate::course::Course;
use crate::intake::{Submission, Taken};

/// How many tokens make a run.
const RUN: usize = 10;
/// The share from which a pair is pointed out.
const SHARE: f64 = 0.7;
/// So many runs have to be left to compare at all.
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

/// The pairs that resemble each other most, first.
pub(super) fn pairs<'a>(course: &'a Course, submissions: &'a [Submission]) -> Vec<Pair<'a>> {
    let mut found: BTreeMap<(usize, usize), Pair<'a>> = BTreeMap::new();
    for exercise in &course.exercises {
        let stub = runs(exercise.stub.values());
        // Many may have handed in the same: its runs are found once.
        let mut known: BTreeMap<&BTreeMap<String, String>, Rc<BTreeSet<u64>>> = BTreeMap::new();
        let mut handed_in: Vec<(usize, Rc<BTreeSet<u64>>)> = Vec::new();
        for (nth, submission) in submissions.iter().enumerate() {
            if let Some(Taken::Sources(sources)) = submission.taken.get(&exercise.folder) {
                let own = known.entry(sources).or_insert_with(|| Rc::new(&runs(sources.values()) - &stub));
                handed_in.push((nth, Rc::clone(own)));
            }
        }
        for ((one, other), share) in alike(&handed_in) {
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

/// The pairs of one exercise.
fn alike(handed_in: &[(usize, Rc<BTreeSet<u64>>)]) -> Vec<((usize, usize), f64)> {
    let mut common: BTreeMap<u64, usize> = BTreeMap::new();
    handed_in.iter().flat_map(|(_, runs)| runs.iter()).for_each(|run| *common.entry(*run).or_default() += 1);
    // What many have is how it is done, or what the lesson showed.
    let many = (handed_in.len() / 4).max(3);
    let own = |runs: &BTreeSet<u64>| -> BTreeSet<u64> {
        runs.iter().filter(|run| common[run] <= many).copied().collect()
    };
    let mut rest: Vec<(usize, BTreeSet<u64>)> =
        handed_in.iter().map(|(nth, runs)| (*nth, own(runs))).collect();
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

/// The fingerprints of all runs of tokens in sources.
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

/// The tokens of a source: what may be chosen freely is `x` (a name), `0` (a number) or `"` (a text).
fn tokens(source: &str) -> Vec<String> {
    const WORDS: [&str; 20] = [
        "fn", "let", "mut", "for", "in", "if", "else", "while", "loop", "match", "return", "pub", "use",
        "as", "move", "struct", "impl", "break", "continue", "where",
    ];
    let mut tokens: Vec<String> = Vec::new();
    let mut rest = source;
    while let Some(c) = rest.chars().next() {
        if let Some(comment) = rest.strip_prefix("//") {
            rest = comment.find('\n').map_or("", |end| &comment[end..]);
        } else if let Some(comment) = rest.strip_prefix("/*") {
            rest = comment.find("*/").map_or("", |end| &comment[end + 2..]);
        } else if let Some(text) = rest.strip_prefix('"') {
            tokens.push("\"".to_owned());
            rest = text.find('"').map_or("", |end| &text[end + 1..]);
        } else if c.is_alphanumeric() || c == '_' {
            let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
            let word = &rest[..end];
            let is_method = tokens.last().is_some_and(|token| token == ".");
            tokens.push(if WORDS.contains(&word) || (is_method && !c.is_ascii_digit()) {
                word.to_owned()
            } else if c.is_ascii_digit() {
                "0".to_owned()
            } else {
                "x".to_owned()
            });
            rest = &rest[end..];
        } else {
            if !c.is_whitespace() {
                tokens.push(c.to_string());
            }
            rest = &rest[c.len_utf8()..];
        }
    }
    tokens
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The share that two sources have, in a class of two, with the stub of scaled dot-product attention.
    fn share(one: &str, other: &str) -> f64 {
        let stub = runs([&STUB.to_owned()].into_iter());
        let set = |text: &str| &runs([&text.to_owned()].into_iter()) - &stub;
        let (one, other) = (set(one), set(other));
        one.intersection(&other).count() as f64 / one.len().min(other.len()).max(1) as f64
    }

    const STUB: &str = include_str!("../../../../exercises/05-scaled-dot-product/.stub/lib.rs");
    const SOLUTION: &str = include_str!("../../../../solutions/05-scaled-dot-product/src/lib.rs");
    /// Several people's solutions in one file.
    const VARIANTS: &str = include_str!("../../../../solutions/05-scaled-dot-product/tests/variants.rs");

    #[test]
    fn a_copy_is_found_however_it_is_renamed_commented_and_laid_out() {
        let renamed = SOLUTION
            .replace("weights", "w")
            .replace("row", "line_of_it")
            .replace("scores", "s")
            .replace("max", "largest");
        let spaced = renamed.replace("\n", "\n\n").replace("{", "{ // begin\n").replace("1.0", "2.0");
        assert!(share(SOLUTION, &spaced) > 0.9, "{}", share(SOLUTION, &spaced));
        let (first, second) = SOLUTION.split_once("/// The output (queries").expect("it has two functions");
        let turned = format!("/// The output (queries{second}\n{first}");
        assert!(share(SOLUTION, &turned) > SHARE, "{}", share(SOLUTION, &turned));
    }

    #[test]
    fn solutions_of_different_people_are_not() {
        let variants: Vec<&str> = VARIANTS.split("#[test]").skip(1).collect();
        assert!(variants.len() >= 5);
        for (nth, one) in variants.iter().enumerate() {
            assert!(share(SOLUTION, one) < 0.5, "{nth}: {}", share(SOLUTION, one));
            for other in &variants[nth + 1..] {
                assert!(share(one, other) < SHARE, "{}\n{one}\n{other}", share(one, other));
            }
        }
    }
}
