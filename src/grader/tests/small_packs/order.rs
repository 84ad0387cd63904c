//! The first of several wrong outputs, and the names of the indices at which it is wrong.

use std::collections::BTreeMap;

use attentive_grader::{
    Case, CaseInfo, Failure, Finding, Labels, Output, OutputKind, Pack, Reply, Respond, Task,
    Tensor, Tolerance, grade,
};
use ndarray::arr1;

use crate::small_pack;

/// The outputs of a run of three steps: two curves, and a number at its end.
const OUTPUTS: [&str; 3] = ["loss", "norm", "end"];

fn curve(name: &str) -> Output {
    let labels = ["step 1", "step 2", "step 3"].map(String::from);
    Output {
        name: name.into(),
        axes: vec!["step".into()],
        labels: Labels::from([("step".into(), labels.into())]),
        kind: OutputKind::Curve { tolerance: None },
    }
}

fn task(order: Option<&str>) -> Task {
    let end = Output {
        name: "end".into(),
        axes: vec!["entry".into()],
        labels: Labels::new(),
        kind: OutputKind::default(),
    };
    Task {
        name: "run".into(),
        outputs: vec![curve("loss"), curve("norm"), end],
        order: order.map(String::from),
        cases: vec![CaseInfo {
            name: "plain".into(),
            purpose: "three steps".into(),
        }],
        mistakes: vec![],
        properties: vec![],
    }
}

fn pack(task: Task) -> Result<Pack, String> {
    let tolerance = Tolerance {
        absolute: 1e-3,
        relative: 0.0,
    };
    let mut tensors = BTreeMap::new();
    for output in OUTPUTS {
        let right = Tensor::from(arr1(&[0.0_f32; 3]));
        tensors.insert(format!("run/plain/expected/{output}"), right);
    }
    let manifest = small_pack::manifest(task, tolerance);
    Pack::new(manifest, tensors).map_err(|error| error.to_string())
}

/// Answers with these numbers, output by output.
struct Answer([Vec<f32>; 3]);

impl Respond for Answer {
    fn respond(&mut self, _: &str, _: &Case) -> Result<Reply, Failure> {
        let outputs = OUTPUTS.iter().zip(&self.0).map(|(name, numbers)| {
            let numbers = Tensor::from(arr1(numbers));
            ((*name).to_owned(), numbers)
        });
        Ok(Reply {
            outputs: outputs.collect(),
        })
    }
}

/// The finding about this answer, in a task with an order or without one.
fn found(order: Option<&str>, answer: [Vec<f32>; 3]) -> Finding {
    let pack = pack(task(order)).expect("it is in order");
    let graded = grade(&pack, &pack.manifest().tasks[0], &mut Answer(answer));
    let failed = graded.first_failure().expect("it is wrong");
    failed.verdict.finding().expect("an output").clone()
}

fn right() -> Vec<f32> {
    vec![0.0; 3]
}

#[test]
fn in_an_order_the_first_difference_is_that_of_the_smallest_index() {
    let late_loss = || vec![0.0, 0.0, 1.0];
    let early_norm = || vec![0.0, 1.0, 1.0];
    let output = |order, answer| found(order, answer).output;
    let both = || [late_loss(), early_norm(), right()];
    assert_eq!(output(None, both()), "loss");
    assert_eq!(output(Some("step"), both()), "norm");
    let at_once = [early_norm(), early_norm(), right()];
    assert_eq!(output(Some("step"), at_once), "loss");
    let unordered = [right(), early_norm(), vec![1.0; 3]];
    assert_eq!(output(Some("step"), unordered), "norm");
}

#[test]
fn curves_that_end_too_early_differ_where_they_end() {
    let short = || vec![0.0, 0.0];
    let finding = found(Some("step"), [short(), vec![0.0, 1.0], right()]);
    assert_eq!(finding.output, "norm");
    let finding = found(Some("step"), [short(), short(), right()]);
    assert_eq!(finding.output, "loss");
}

#[test]
fn an_index_with_a_label_is_called_by_it() {
    let finding = found(Some("step"), [right(), vec![0.0, 1.0, 1.0], right()]);
    assert_eq!(finding.index_in_words("step", 1), "step 2");
    assert_eq!(finding.index_in_words("step", 7), "step 7");
    let patterns: Vec<String> = finding.patterns.iter().map(ToString::to_string).collect();
    assert_eq!(patterns, ["wrong only at step 2, step 3"]);
}

#[test]
fn an_order_and_labels_that_say_nothing_are_refused() {
    let refused = pack(task(Some("entry"))).expect_err("only one output has this axis");
    assert!(
        refused.contains("at least two outputs of the task `run` that begin with the axis `entry`"),
        "{refused}"
    );
    let mut wrong = task(None);
    wrong.outputs[2].labels = Labels::from([("step".into(), vec!["step 1".into()])]);
    let refused = pack(wrong).expect_err("`end` has no such axis");
    assert!(
        refused.contains("`end`: expected labels of the axes [\"entry\"], found some of `step`"),
        "{refused}"
    );
}

#[test]
fn a_pack_with_an_order_and_labels_is_read_as_it_was_written() {
    let pack = pack(task(Some("step"))).expect("it is in order");
    let bytes = pack.to_bytes().expect("it can be written");
    assert_eq!(Pack::from_bytes(&bytes).expect("and read"), pack);
}
