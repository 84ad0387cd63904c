//! The naming of mistakes, on a small pack: one is named if it explains all failures or nearly all, and what it does not
//! explain is said.

use std::collections::BTreeMap;

use attentive_grader::{
    Case, Extent, Failure, Grade, Labels, Mistake, NamedMistake, Output, OutputKind, Pack, Reply,
    Respond, Tensor, grade,
};
use ndarray::arr1;

use crate::small_pack;

const CASES: [&str; 6] = ["a", "b", "c", "d", "e", "f"];

/// Numbers that a mistake gives in each case.
#[derive(Clone, Copy)]
enum Gives {
    /// The right numbers, 1 and 0.
    Right,
    /// This and 0.
    Number(f32),
    /// Nobody knows.
    Unknown,
}

use Gives::{Number, Right, Unknown};

/// Makes a pack of one task with one output, in which the right answer is 1 and 0 throughout.
fn pack(mistakes: &[(&str, [Gives; 6])]) -> Pack {
    let mut tensors = BTreeMap::new();
    for case in CASES {
        tensors.insert(format!("f/{case}/input/x"), two(0.0));
        tensors.insert(format!("f/{case}/expected/y"), two(1.0));
    }
    let mut recorded = Vec::new();
    for (id, gives) in mistakes {
        let (mut cases, mut unknown_in) = (Vec::new(), Vec::new());
        for (case, gives) in CASES.iter().zip(gives) {
            match gives {
                Right => {}
                Unknown => unknown_in.push((*case).to_owned()),
                Number(number) => {
                    cases.push((*case).to_owned());
                    tensors.insert(format!("f/{case}/mistake/{id}/y"), two(*number));
                }
            }
        }
        // Another form of a mistake has that one's id before a hyphen.
        let form_of = id.split_once('-').map(|(name, _)| name.to_owned());
        recorded.push(Mistake {
            id: (*id).to_owned(),
            cases,
            unknown_in,
            form_of,
        });
    }
    let output = Output {
        name: "y".into(),
        axes: vec!["entry".into()],
        labels: Labels::new(),
        kind: OutputKind::default(),
    };
    small_pack::pack(output, &CASES, recorded, tensors)
}

fn two(first: f32) -> Tensor {
    Tensor::from(arr1(&[first, 0.0]))
}

/// By case, the first of the two numbers that are returned; without it, a panic.
struct Answers([Option<f32>; 6]);

impl Respond for Answers {
    fn respond(&mut self, _task: &str, case: &Case) -> Result<Reply, Failure> {
        let place = CASES.iter().position(|name| *name == case.name);
        match self.0[place.expect("a case of the pack")] {
            Some(number) => Ok(Reply::default().and("y", arr1(&[number, 0.0]))),
            None => Err(Failure::Panicked {
                message: "no".into(),
                location: None,
            }),
        }
    }
}

/// The mistake that is named for each case.
fn named(mistakes: &[(&str, [Gives; 6])], answers: [Option<f32>; 6]) -> Vec<Option<NamedMistake>> {
    let pack = pack(mistakes);
    let graded = grade(&pack, &pack.manifest().tasks[0], &mut Answers(answers));
    let mistake = |grade: Grade| grade.mistake;
    graded.grades.into_iter().map(mistake).collect()
}

/// The ids that are named for each case; `-` where none is.
fn ids(mistakes: &[(&str, [Gives; 6])], answers: [Option<f32>; 6]) -> String {
    let id = |named: Option<NamedMistake>| named.map_or("-".to_owned(), |named| named.id);
    let ids: Vec<String> = named(mistakes, answers).into_iter().map(id).collect();
    ids.join(" ")
}

const OK: Option<f32> = Some(1.0);
const PANIC: Option<f32> = None;
const NAN: f32 = f32::NAN;

/// A mistake that gives 2 in every case.
const DOUBLED: (&str, [Gives; 6]) = ("doubled", [Number(2.0); 6]);

#[test]
fn a_mistake_that_explains_everything() {
    let all = named(&[DOUBLED], [Some(2.0); 6]);
    let expected = NamedMistake {
        id: "doubled".into(),
        extent: Extent::Whole,
        agrees: 6,
        of: 6,
        unexplained: vec![],
        unrecorded: vec![],
        spared: vec![],
        rivals: vec![],
        companion: None,
    };
    assert_eq!(all, vec![Some(expected); 6]);
}

#[test]
fn what_is_not_explained_is_said() {
    let mut answers = [Some(2.0); 6];
    answers[1] = Some(5.0);
    let all = named(&[DOUBLED], answers);
    let first = all[0].as_ref().expect("it explains nearly all");
    assert_eq!((first.agrees, first.of), (5, 6));
    assert_eq!(first.unexplained, ["b"]);
    let second = all[1].as_ref().expect("it explains nearly all");
    assert_eq!(second.extent, Extent::Elsewhere);
    answers[1] = OK;
    let all = named(&[DOUBLED], answers);
    assert_eq!(all[0].as_ref().expect("nearly all").spared, ["b"]);
    assert_eq!(all[1], None, "nothing is wrong in it");
}

#[test]
fn a_mistake_that_explains_some_is_not_named() {
    for other in [Some(5.0), OK, PANIC] {
        let mut answers = [Some(2.0); 6];
        answers[..2].fill(other);
        assert_eq!(ids(&[DOUBLED], answers), "- - - - - -", "{other:?}");
    }
}

#[test]
fn failures_in_cases_that_a_mistake_leaves_right_count_against_it() {
    let shows_once = ("once", [Number(2.0), Right, Right, Right, Right, Right]);
    assert_eq!(
        ids(&[shows_once], [Some(2.0), OK, OK, OK, OK, OK]),
        "once - - - - -"
    );
    for other in [Some(5.0), PANIC] {
        assert_eq!(
            ids(&[shows_once], [Some(2.0), other, OK, OK, OK, OK]),
            "- - - - - -"
        );
    }
}

#[test]
fn nan_proves_nothing_where_something_is_left_to_explain() {
    let nan = (
        "nan",
        [Number(NAN), Number(NAN), Number(NAN), Right, Right, Right],
    );
    let nans = Some(NAN);
    assert_eq!(
        ids(&[nan], [nans, nans, nans, OK, OK, OK]),
        "nan nan nan - - -"
    );
    assert_eq!(ids(&[nan], [nans, nans, nans, nans, OK, OK]), "- - - - - -");
    // A number among them does.
    let mixed = (
        "mixed",
        [Number(NAN), Number(NAN), Number(3.0), Right, Right, Right],
    );
    assert_eq!(
        ids(&[mixed], [nans, nans, Some(3.0), nans, OK, OK]),
        "mixed mixed mixed mixed - -"
    );
}

#[test]
fn a_case_about_which_a_mistake_says_nothing_does_not_count() {
    let unknown = (
        "square",
        [Number(2.0), Unknown, Unknown, Unknown, Unknown, Unknown],
    );
    for other in [PANIC, Some(5.0), OK] {
        let answers = [Some(2.0), other, other, other, other, other];
        let first = named(&[unknown], answers)[0].clone();
        let first = first.expect("nothing speaks against it");
        assert_eq!((first.agrees, first.of), (1, 1), "{other:?}");
        let failing = if other == OK { 0 } else { 5 };
        assert_eq!(first.unrecorded.len(), failing, "{other:?}");
    }
    let nan = ("nan", [Number(NAN), Unknown, Right, Right, Right, Right]);
    assert_eq!(
        ids(&[nan], [Some(NAN), PANIC, OK, OK, OK, OK]),
        "- - - - - -"
    );
}

#[test]
fn the_mistake_that_explains_most_is_named() {
    let mut five = DOUBLED;
    five.0 = "five";
    five.1[0] = Number(7.0);
    assert_eq!(
        ids(&[five, DOUBLED], [Some(2.0); 6]),
        ["doubled"; 6].join(" ")
    );
}

#[test]
fn another_form_of_a_mistake_is_named_as_the_mistake() {
    let form = ("doubled-twice", [Number(4.0); 6]);
    assert_eq!(
        ids(&[DOUBLED, form], [Some(4.0); 6]),
        ["doubled"; 6].join(" ")
    );
    // Two forms are not two mistakes.
    let (two, four) = (Some(2.0), Some(4.0));
    assert_eq!(
        ids(&[DOUBLED, form], [two, two, two, four, four, four]),
        "- - - - - -"
    );
}

#[test]
fn mistakes_that_the_answers_do_not_tell_apart_are_both_named() {
    let mut other = DOUBLED;
    other.0 = "other";
    other.1[5] = Number(7.0);
    let mut answers = [Some(2.0); 6];
    answers[5] = Some(5.0);
    let first = named(&[DOUBLED, other], answers)[0].clone();
    let first = first.expect("both explain nearly all");
    assert_eq!(first.id, "doubled");
    assert_eq!(first.rivals, ["other"]);
}

#[test]
fn two_mistakes_may_explain_everything_together() {
    let mask = (
        "mask",
        [Number(2.0), Number(2.0), Number(2.0), Right, Right, Right],
    );
    let scale = (
        "scale",
        [Right, Right, Number(4.0), Number(4.0), Number(4.0), Right],
    );
    let both = [mask, scale];
    let answers = [Some(2.0), Some(2.0), Some(9.0), Some(4.0), Some(4.0), OK];
    assert_eq!(ids(&both, answers), "mask mask mask scale scale -");
    let all = named(&both, answers);
    let first = all[0].as_ref().expect("it explains the case");
    assert_eq!(first.companion.as_deref(), Some("scale"));
    assert_eq!((first.agrees, first.of), (2, 5));
    assert_eq!(first.unexplained, ["c"]);
    let combined = all[2].as_ref().expect("both show in it");
    assert_eq!(combined.extent, Extent::Elsewhere);
    let one_more = [
        Some(2.0),
        Some(2.0),
        Some(9.0),
        Some(4.0),
        Some(4.0),
        Some(3.0),
    ];
    assert_eq!(ids(&both, one_more), "- - - - - -");
    let one_less = [Some(2.0), OK, Some(9.0), Some(4.0), Some(4.0), OK];
    assert_eq!(ids(&both, one_less), "- - - - - -");
}
