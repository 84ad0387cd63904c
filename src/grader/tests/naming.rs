//! The naming of mistakes whose numbers the learner's are in part: in some cases, or in the first steps.

use std::collections::BTreeMap;

use attentive_grader::{
    Case, CaseInfo, Extent, FORMAT, Failure, Manifest, Mistake, NamedMistake, Output, OutputKind,
    Pack, Reply, Respond, Task, TaskGrade, Tensor, Tolerance, grade,
};
use ndarray::arr1;

const CASES: [&str; 3] = ["first", "second", "third"];
const STEPS: [&str; 3] = ["sum", "square", "root"];

/// A task of three steps. In each case every step is 1, or 2 if the mistake `doubled` is made.
fn pack() -> Pack {
    let mut tensors = BTreeMap::new();
    for case in CASES {
        tensors.insert(format!("steps/{case}/input/x"), one(0.0));
        for step in STEPS {
            tensors.insert(format!("steps/{case}/expected/{step}"), one(1.0));
            tensors.insert(format!("steps/{case}/mistake/doubled/{step}"), one(2.0));
        }
    }
    let output = |name: &str| Output {
        name: name.into(),
        axes: vec!["entry".into()],
        kind: OutputKind::default(),
    };
    let task = Task {
        name: "steps".into(),
        outputs: STEPS.map(output).into(),
        cases: CASES
            .map(|name| CaseInfo {
                name: name.into(),
                purpose: "a case".into(),
            })
            .into(),
        mistakes: vec![Mistake {
            id: "doubled".into(),
            cases: CASES.map(String::from).into(),
        }],
        properties: vec![],
    };
    let manifest = Manifest {
        format: FORMAT,
        exercise: "steps".into(),
        libtorch: "none".into(),
        seed: 0,
        dtype: "f32".into(),
        tolerance: Tolerance {
            absolute: 1e-3,
            relative: 0.0,
        },
        tasks: vec![task],
    };
    Pack::new(manifest, tensors).expect("a pack")
}

fn one(entry: f32) -> Tensor {
    Tensor::from(arr1(&[entry]))
}

/// By case, the three steps; without them, a panic.
struct Answers([Option<[f32; 3]>; 3]);

impl Respond for Answers {
    fn respond(&mut self, _task: &str, case: &Case) -> Result<Reply, Failure> {
        let place = CASES
            .iter()
            .position(|name| *name == case.name)
            .expect("a case of the pack");
        match self.0[place] {
            Some(steps) => {
                let mut reply = Reply::default();
                for (name, entry) in STEPS.iter().zip(steps) {
                    reply = reply.and(name, arr1(&[entry]));
                }
                Ok(reply)
            }
            None => Err(Failure::Panicked {
                message: "no".into(),
                location: None,
            }),
        }
    }
}

/// The mistake that is named for the first case that fails.
fn named(answers: [Option<[f32; 3]>; 3]) -> Option<NamedMistake> {
    let pack = pack();
    let graded: TaskGrade = grade(&pack, &pack.manifest().tasks[0], &mut Answers(answers));
    graded.first_failure().expect("it fails").mistake.clone()
}

fn doubled(extent: Extent, agrees: usize, of: usize) -> Option<NamedMistake> {
    Some(NamedMistake {
        id: "doubled".into(),
        extent,
        agrees,
        of,
    })
}

const RIGHT: Option<[f32; 3]> = Some([1.0; 3]);
const DOUBLED: Option<[f32; 3]> = Some([2.0; 3]);
const ELSE: Option<[f32; 3]> = Some([5.0; 3]);

#[test]
fn a_mistake_that_explains_everything() {
    assert_eq!(
        named([DOUBLED, DOUBLED, DOUBLED]),
        doubled(Extent::Whole, 3, 3)
    );
}

#[test]
fn cases_that_are_right_or_wrong_otherwise_count_against_a_mistake() {
    assert_eq!(named([RIGHT, DOUBLED, ELSE]), doubled(Extent::Whole, 1, 3));
}

#[test]
fn a_case_without_an_answer_is_explained_by_the_others() {
    assert_eq!(
        named([None, DOUBLED, DOUBLED]),
        doubled(Extent::Elsewhere, 2, 2)
    );
    assert_eq!(
        named([ELSE, DOUBLED, DOUBLED]),
        doubled(Extent::Elsewhere, 2, 3)
    );
    assert_eq!(
        named([ELSE, DOUBLED, ELSE]),
        None,
        "most cases are something else"
    );
    assert_eq!(named([None, None, None]), None);
}

#[test]
fn the_first_steps_may_be_a_mistakes() {
    let begins = Some([1.0, 2.0, 7.0]);
    assert_eq!(
        named([begins, begins, begins]),
        None,
        "its first step is not the mistake's"
    );
    let begins = Some([2.0, 3.0, 7.0]);
    assert_eq!(
        named([begins, begins, begins]),
        doubled(Extent::Until("sum".into()), 3, 3)
    );
    assert_eq!(
        named([begins, ELSE, ELSE]),
        None,
        "most cases begin otherwise"
    );
}
