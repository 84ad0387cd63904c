//! The table of how wrong answers were named, and the reasons why it fails.

use crate::wrong_answers::{Naming, WrongAnswer};

/// The share of wrong answers that have to be named, in percent.
const NAMED: usize = 90;

/// The heads of the columns.
const HEAD: &str = "exercise                      answers    named  unnamed  falsely\n";

/// Counts of how wrong answers were named.
#[derive(Debug, Default, Clone, Copy)]
struct Tally {
    right: usize,
    unnamed: usize,
    false_names: usize,
    /// Those of the unnamed answers that are expected to have a name.
    lost: usize,
    /// Answers that show nothing: they are accepted, or do not compile.
    unfit: usize,
}

impl Tally {
    fn of(answers: &[(WrongAnswer, Naming)]) -> Self {
        let mut tally = Self::default();
        for (answer, naming) in answers {
            match naming {
                Naming::Right => tally.right += 1,
                Naming::Unnamed => tally.unnamed += 1,
                Naming::False(_) => tally.false_names += 1,
                Naming::Accepted | Naming::Unviable => tally.unfit += 1,
            }
            tally.lost += usize::from(is_lost(answer, naming));
        }
        tally
    }

    fn add(&mut self, other: &Self) {
        self.right += other.right;
        self.unnamed += other.unnamed;
        self.false_names += other.false_names;
        self.lost += other.lost;
        self.unfit += other.unfit;
    }

    /// Returns the number of answers that are counted.
    fn counted(&self) -> usize {
        self.right + self.unnamed + self.false_names
    }

    fn row(&self, exercise: &str) -> String {
        let Self {
            right,
            unnamed,
            false_names,
            ..
        } = self;
        let all = self.counted();
        format!("{exercise:<28} {all:>8} {right:>8} {unnamed:>8} {false_names:>8}\n")
    }
}

/// Returns `true` for an answer that is expected to have a name, which it got once, and got none.
fn is_lost(answer: &WrongAnswer, naming: &Naming) -> bool {
    *naming == Naming::Unnamed && !answer.named.is_empty()
}

/// The table of how wrong answers were named, exercise by exercise.
#[derive(Debug, Default)]
pub struct NameTable {
    total: Tally,
}

impl NameTable {
    /// Returns the heads of the columns.
    pub fn head(&self) -> &'static str {
        HEAD
    }

    /// Adds an exercise, and returns its row with a line for each answer that has no right name.
    pub fn add(&mut self, exercise: &str, answers: &[(WrongAnswer, Naming)]) -> String {
        let tally = Tally::of(answers);
        self.total.add(&tally);
        let mut rows = tally.row(exercise);
        for (answer, naming) in answers {
            if let Some(line) = describe(answer, naming) {
                rows += &format!("    {line}\n");
            }
        }
        rows
    }

    /// Returns the last row, with a line for each reason to fail.
    pub fn end(&self, has_all_exercises: bool) -> String {
        let mut rows = self.total.row("all");
        for failure in self.failures(has_all_exercises) {
            rows += &format!("    fails: {failure}\n");
        }
        rows
    }

    /// Returns the reasons why the names do not hold. The share of answers that have to be named is that of all
    /// exercises together.
    pub fn failures(&self, has_all_exercises: bool) -> Vec<String> {
        let Tally {
            right,
            false_names,
            lost,
            unfit,
            ..
        } = self.total;
        let mut failures = Vec::new();
        if lost > 0 {
            failures.push(format!(
                "{lost} unnamed, where a name is expected: record the mistake in this form, too, or take `named` from \
                 the answer"
            ));
        }
        if false_names > 0 {
            failures.push(format!(
                "{false_names} named falsely: add the name to `named` if it is right, or a case that tells the two apart"
            ));
        }
        if unfit > 0 {
            failures.push(format!(
                "{unfit} accepted or not compiled: they show nothing about names"
            ));
        }
        let counted = self.total.counted();
        if has_all_exercises && 100 * right < NAMED * counted {
            failures.push(format!(
                "expected at least {NAMED} % to be named, found {right} of {counted}"
            ));
        }
        failures
    }
}

/// Describes an answer that has no right name, unless nothing is expected of it.
fn describe(answer: &WrongAnswer, naming: &Naming) -> Option<String> {
    let what = &answer.what;
    Some(match naming {
        Naming::Right => return None,
        Naming::Unnamed if is_lost(answer, naming) => {
            let expected = answer.named.join(" or ");
            format!("unnamed: {what} (expected {expected})")
        }
        Naming::Unnamed => format!("unnamed: {what}"),
        Naming::False(names) => {
            let names: Vec<_> = names.iter().map(String::as_str).collect();
            format!("false: {what}: {}", names.join(", "))
        }
        Naming::Accepted => format!("accepted, though wrong: {what}"),
        Naming::Unviable => format!("does not compile: {what}"),
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn answer(what: &str, named: &[&str]) -> WrongAnswer {
        WrongAnswer {
            what: what.into(),
            of: None,
            edits: Vec::new(),
            named: named.iter().map(|&name| name.into()).collect(),
        }
    }

    fn all_named() -> (WrongAnswer, Naming) {
        (answer("a sign", &["negated"]), Naming::Right)
    }

    #[test]
    fn each_reason_to_fail_is_printed() {
        let false_names = BTreeSet::from(["axis-0 in sum/plain".to_owned()]);
        let answers = [
            all_named(),
            (answer("twice", &["doubled", "squared"]), Naming::Unnamed),
            (answer("never seen", &[]), Naming::Unnamed),
            (answer("axis 1", &[]), Naming::False(false_names)),
            (answer("a + 0", &[]), Naming::Accepted),
            (answer("a + b", &[]), Naming::Unviable),
        ];
        let mut table = NameTable::default();
        let row = table.add("01-softmax", &answers);
        insta::assert_snapshot!(format!("{}{row}{}", table.head(), table.end(true)), @r"
        exercise                      answers    named  unnamed  falsely
        01-softmax                          4        1        2        1
            unnamed: twice (expected doubled or squared)
            unnamed: never seen
            false: axis 1: axis-0 in sum/plain
            accepted, though wrong: a + 0
            does not compile: a + b
        all                                 4        1        2        1
            fails: 1 unnamed, where a name is expected: record the mistake in this form, too, or take `named` from the answer
            fails: 1 named falsely: add the name to `named` if it is right, or a case that tells the two apart
            fails: 2 accepted or not compiled: they show nothing about names
            fails: expected at least 90 % to be named, found 1 of 4
        ");
    }

    #[test]
    fn an_unnamed_answer_fails_where_a_name_is_expected() {
        let mut table = NameTable::default();
        table.add(
            "01-softmax",
            &[all_named(), (answer("twice", &[]), Naming::Unnamed)],
        );
        assert_eq!(table.failures(false), [""; 0]);
        table.add(
            "02-masks",
            &[(answer("twice", &["doubled"]), Naming::Unnamed)],
        );
        assert_eq!(table.failures(false).len(), 1);
    }

    #[test]
    fn nine_of_ten_have_to_be_named_of_all_exercises() {
        let mut table = NameTable::default();
        table.add("01-softmax", &vec![all_named(); 9]);
        let unnamed = (answer("never seen", &[]), Naming::Unnamed);
        table.add("02-masks", std::slice::from_ref(&unnamed));
        assert_eq!(table.failures(true), [""; 0]);
        table.add("03-scores", &[unnamed]);
        assert_eq!(table.failures(false), [""; 0]);
        assert_eq!(table.failures(true).len(), 1);
    }
}
