//! The naming of mistakes by whole numbers: a few of them agree by chance, so a name needs more of them where anything
//! speaks against it.

use std::collections::BTreeMap;

use attentive_grader::{
    Case, Failure, Labels, Mistake, Output, OutputKind, Pack, Reply, Respond, Tensor, grade,
};
use ndarray::Array1;

use crate::small_pack;

const CASES: [&str; 4] = ["a", "b", "c", "d"];

/// The ids that are returned in each case.
type Ids = [&'static [i64]; 4];

const RIGHT: Ids = [&[1, 2, 3, 4]; 4];

/// A mistake that repeats one id, as many a wrong program does.
const REPEATED: (&str, Ids) = ("repeated", [&[1, 9, 9, 9]; 4]);

/// A mistake with ids that differ.
const VARIED: (&str, Ids) = ("varied", [&[5, 6, 7, 8]; 4]);

fn pack(mistakes: &[(&str, Ids)]) -> Pack {
    let mut tensors = BTreeMap::new();
    for (case, right) in CASES.iter().zip(RIGHT) {
        tensors.insert(format!("f/{case}/input/x"), tensor(&[0]));
        tensors.insert(format!("f/{case}/expected/ids"), tensor(right));
    }
    let mut recorded = Vec::new();
    for (id, wrong) in mistakes {
        let mut cases = Vec::new();
        for (case, wrong) in CASES.iter().zip(wrong) {
            if *wrong != RIGHT[0] {
                cases.push((*case).to_owned());
                tensors.insert(format!("f/{case}/mistake/{id}/ids"), tensor(wrong));
            }
        }
        recorded.push(Mistake {
            id: (*id).to_owned(),
            cases,
            unknown_in: vec![],
            form_of: None,
        });
    }
    let output = Output {
        name: "ids".into(),
        axes: vec!["position".into()],
        labels: Labels::new(),
        kind: OutputKind::Ids,
    };
    small_pack::pack(output, &CASES, recorded, tensors)
}

fn tensor(ids: &[i64]) -> Tensor {
    Tensor::from(Array1::from(ids.to_vec()))
}

struct Answers(Ids);

impl Respond for Answers {
    fn respond(&mut self, _task: &str, case: &Case) -> Result<Reply, Failure> {
        let place = CASES.iter().position(|name| *name == case.name);
        let ids = self.0[place.expect("a case of the pack")];
        let ids: Vec<usize> = ids.iter().map(|&id| id as usize).collect();
        Ok(Reply::default().and_ids("ids", Array1::from(ids)))
    }
}

/// The mistakes that are named for each case; `-` where none is.
fn named(mistakes: &[(&str, Ids)], answers: Ids) -> String {
    let pack = pack(mistakes);
    let graded = grade(&pack, &pack.manifest().tasks[0], &mut Answers(answers));
    let mut ids = Vec::new();
    for grade in graded.grades {
        ids.push(grade.mistake.map_or("-".to_owned(), |named| named.id));
    }
    ids.join(" ")
}

#[test]
fn a_few_ids_are_enough_where_nothing_speaks_against_them() {
    assert_eq!(
        named(&[REPEATED], REPEATED.1),
        "repeated repeated repeated repeated"
    );
    let once: (&str, Ids) = ("once", [&[1, 9, 9, 9], RIGHT[1], RIGHT[2], RIGHT[3]]);
    assert_eq!(named(&[once], once.1), "once - - -");
}

#[test]
fn a_few_ids_do_not_outweigh_a_case_that_speaks_against_them() {
    for other in [&[4, 4, 4, 4], RIGHT[3]] {
        let with = |mistake: Ids| [mistake[0], mistake[1], mistake[2], other];
        assert_eq!(named(&[REPEATED], with(REPEATED.1)), "- - - -");
        assert!(named(&[VARIED], with(VARIED.1)).starts_with("varied varied varied"));
    }
}

#[test]
fn a_different_length_is_evidence_too() {
    let short: (&str, Ids) = ("short", [&[9, 9]; 4]);
    let answers = [short.1[0], short.1[1], short.1[2], RIGHT[3]];
    assert_eq!(named(&[short], answers), "short short short -");
}

#[test]
fn a_pair_of_mistakes_needs_more_than_a_few_ids_of_each() {
    let half = |(id, ids): (&'static str, Ids), first: bool| match first {
        true => (id, [ids[0], ids[1], RIGHT[2], RIGHT[3]]),
        false => (id, [RIGHT[0], RIGHT[1], ids[2], ids[3]]),
    };
    let other: (&str, Ids) = ("other", [&[9, 8, 7, 6]; 4]);
    let answers = |first: Ids, second: Ids| [first[0], first[1], second[2], second[3]];
    assert_eq!(
        named(
            &[half(VARIED, true), half(other, false)],
            answers(VARIED.1, other.1)
        ),
        "varied varied other other"
    );
    assert_eq!(
        named(
            &[half(VARIED, true), half(REPEATED, false)],
            answers(VARIED.1, REPEATED.1)
        ),
        "- - - -"
    );
}
