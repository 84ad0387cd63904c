//! Claims of `grading-on-a-cluster.md`: what a class costs, from a run that `tests/bench/class_cost.py` recorded.

use serde::Deserialize;

use crate::lesson::{Lesson, commas};
use crate::quizzes::QuizClaims;

pub(crate) const QUIZ: QuizClaims = QuizClaims {
    numbers: &[],
    checks: &[],
    slips: &[],
};

/// Submissions of the class that the page speaks of.
const CLASS: f64 = 10_000.0;
/// Cores of a part.
const CORES: f64 = 4.0;

/// Recorded costs of two classes.
#[derive(Deserialize)]
struct Recorded {
    date: String,
    processor: String,
    cores: usize,
    load: f64,
    runs: [Run; 2],
}

/// Costs of a class, graded as one part.
#[derive(Deserialize)]
struct Run {
    submissions: f64,
    grading_seconds: f64,
    merging_seconds: f64,
    handed_in_bytes: f64,
    journal_bytes: f64,
    part_bytes: f64,
    merged_bytes: f64,
}

impl Recorded {
    fn load() -> Self {
        let text = include_str!("grading-on-a-cluster.json");
        serde_json::from_str(text).expect("it is a record")
    }

    /// Cost of one more submission.
    fn each(&self, cost: fn(&Run) -> f64) -> f64 {
        let [few, many] = &self.runs;
        (cost(many) - cost(few)) / (many.submissions - few.submissions)
    }

    /// Cost of a part without submissions.
    fn base(&self, cost: fn(&Run) -> f64) -> f64 {
        let few = &self.runs[0];
        cost(few) - few.submissions * self.each(cost)
    }

    /// Processor time of a class in so many parts, in seconds: of all parts, and of the merge.
    fn seconds(&self, parts: f64) -> (f64, f64) {
        let grading = |run: &Run| run.grading_seconds;
        let merging = |run: &Run| run.merging_seconds;
        (
            CLASS * self.each(grading) + parts * self.base(grading),
            CLASS * self.each(merging) + self.base(merging),
        )
    }
}

#[test]
fn a_class_costs_what_its_submissions_and_its_parts_cost() {
    let recorded = Recorded::load();
    let mut table = String::new();
    for parts in [4.0, 16.0, 64.0] {
        let (grading, merging) = recorded.seconds(parts);
        let minutes = (grading / (parts * CORES) + merging) / 60.0;
        let hours = (grading + merging) / 3600.0;
        table += &format!(
            "| {parts} | {} | {minutes:.0} | {hours:.1} |\n",
            parts * CORES
        );
    }
    Lesson::read("grading-on-a-cluster").says(table);
}

#[test]
fn a_submission_costs_seconds_and_kilobytes() {
    let recorded = Recorded::load();
    let seconds = recorded.each(|run| run.grading_seconds);
    let base = recorded.base(|run| run.grading_seconds);
    let lesson = Lesson::read("grading-on-a-cluster");
    lesson.says(format!(
        "{seconds:.1} s of processor time, and each part {base:.0} s more"
    ));
    let Recorded {
        date,
        processor,
        cores,
        load,
        ..
    } = &recorded;
    lesson.says(format!(
        "recorded on {date}: {processor}, {cores} cores, a load of {load:.0}"
    ));
    let mut table = String::new();
    for (name, cost) in [
        (
            "handed in",
            (|run: &Run| run.handed_in_bytes) as fn(&Run) -> f64,
        ),
        ("journals of the parts", |run| run.journal_bytes),
        ("all that the parts write", |run| run.part_bytes),
        ("reports and journal of the whole", |run| run.merged_bytes),
    ] {
        let each = recorded.each(cost);
        let whole = commas((each * CLASS / 1e6).round() as usize);
        table += &format!("| {name} | {:.0} | {whole} |\n", each / 1e3);
    }
    lesson.says(table);
}
