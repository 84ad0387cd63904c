//! Each kind of output on a small pack: right and wrong answers, summaries, and the mistake that is named.

use std::collections::BTreeMap;
use std::path::Path;

use attentive_grader::{
    Case, CaseInfo, Change, Edit, ExerciseText, Extent, Failure, Growth, Labels, Mistake, Output,
    OutputKind, OwnTolerance, Pack, PieceSource, ProcessEnd, Property, Relation, RelationKind,
    Reply, Report, Respond, Task, TaskGrade, Tensor, Tolerance, Verdict, grade, heat, plot,
};
use ndarray::{arr0, arr1};

use crate::small_pack;

/// A pack of one task `f` with one case `plain`, one output `y` along `step`, and one mistake `slip`.
struct Small {
    kind: OutputKind,
    axes: Vec<String>,
    right: Tensor,
    slip: Tensor,
    /// An input beside `x`.
    input: Option<(&'static str, Tensor)>,
    properties: Vec<Property>,
}

impl Small {
    fn new(kind: OutputKind, right: impl Into<Tensor>, slip: impl Into<Tensor>) -> Self {
        Self {
            kind,
            axes: vec!["step".into()],
            right: right.into(),
            slip: slip.into(),
            input: None,
            properties: Vec::new(),
        }
    }

    fn pack(&self) -> Result<Pack, String> {
        let task = Task {
            name: "f".into(),
            outputs: vec![Output {
                name: "y".into(),
                axes: self.axes.clone(),
                labels: Labels::new(),
                kind: self.kind.clone(),
            }],
            order: None,
            cases: vec![CaseInfo {
                name: "plain".into(),
                purpose: "the only case".into(),
            }],
            mistakes: vec![Mistake {
                id: "slip".into(),
                cases: vec!["plain".into()],
                unknown_in: vec![],
                form_of: None,
            }],
            properties: self.properties.clone(),
        };
        let tolerance = Tolerance {
            absolute: 1e-6,
            relative: 1e-4,
        };
        let x = arr1(&[1.0_f32, 2.0, 3.0]).into();
        let mut tensors = BTreeMap::from([
            ("f/plain/input/x".to_owned(), x),
            ("f/plain/expected/y".to_owned(), self.right.clone()),
            ("f/plain/mistake/slip/y".to_owned(), self.slip.clone()),
        ]);
        if let Some((name, tensor)) = &self.input {
            tensors.insert(format!("f/plain/input/{name}"), tensor.clone());
        }
        let pack = Pack::new(small_pack::manifest(task, tolerance), tensors)
            .map_err(|error| error.to_string())?;
        // As it is read from a file.
        let bytes = pack.to_bytes().expect("it can be written");
        let again = Pack::from_bytes(&bytes).expect("and read");
        assert_eq!(again, pack);
        Ok(again)
    }

    fn grade(&self, answer: impl Into<Tensor>) -> TaskGrade {
        let answer = answer.into();
        self.grade_by(|_| answer.clone())
    }

    fn grade_by(&self, answer: impl Fn(&Case) -> Tensor) -> TaskGrade {
        let pack = self.pack().expect("it is in order");
        grade(&pack, &pack.manifest().tasks[0], &mut By(answer))
    }

    /// The summary of what is said of a wrong answer, and the id of its verdict.
    fn said(&self, answer: impl Into<Tensor>) -> (&'static str, String) {
        let graded = self.grade(answer);
        let verdict = &graded.first_failure().expect("it is wrong").verdict;
        (verdict.id(), verdict.to_string())
    }

    fn named(&self, answer: impl Into<Tensor>) -> Option<Extent> {
        let graded = self.grade(answer);
        let named = &graded.first_failure().expect("it is wrong").mistake;
        named.as_ref().map(|named| named.extent.clone())
    }
}

struct By<F>(F);

impl<F: Fn(&Case) -> Tensor> Respond for By<F> {
    fn respond(&mut self, _: &str, case: &Case) -> Result<Reply, Failure> {
        let outputs = [("y".to_owned(), (self.0)(case))].into();
        Ok(Reply { outputs })
    }
}

/// A worker whose replies are too large to be read.
struct Endless;

impl Respond for Endless {
    fn respond(&mut self, _: &str, _: &Case) -> Result<Reply, Failure> {
        Err(Failure::Crashed(ProcessEnd::TooLargeReply {
            output: "y".into(),
            shape: vec![3_000, 2_000],
            most: 65_536,
        }))
    }
}

#[test]
fn an_answer_that_is_too_large_has_a_wrong_shape() {
    let small = Small::new(
        OutputKind::default(),
        arr1(&[1.0_f32, 2.0]),
        arr1(&[2.0_f32, 1.0]),
    );
    let pack = small.pack().expect("it is in order");
    let graded = grade(&pack, &pack.manifest().tasks[0], &mut Endless);
    let verdict = &graded.first_failure().expect("it is wrong").verdict;
    assert_eq!(verdict.id(), "wrong-shape");
    assert_eq!(
        verdict.to_string(),
        "wrong shape: `y` is (3000, 2000), expected (2), which is (step)"
    );
}

#[test]
fn a_wrong_id_is_wrong_however_near_it_is() {
    let small = Small::new(
        OutputKind::Ids,
        arr1(&[7_i64, 50_256]),
        arr1(&[50_256_i64, 7]),
    );
    assert!(small.grade(arr1(&[7_i64, 50_256])).passed());
    for off in [-5, -1, 1, 5] {
        let (id, said) = small.said(arr1(&[7, 50_256 + off]));
        assert_eq!(id, "wrong-values");
        assert_eq!(said, "wrong values: `y` differs in 1 of 2 entries");
    }
    // As numbers, with a relative 1e-4, it would have passed.
    let numbers = Small::new(
        OutputKind::default(),
        arr1(&[50_256.0_f32]),
        arr1(&[1.0_f32]),
    );
    assert!(numbers.grade(arr1(&[50_251.0_f32])).passed());
    // The largest that `f32` does not hold.
    let large = Small::new(OutputKind::Ids, arr1(&[(1_i64 << 24) + 1]), arr1(&[0_i64]));
    assert!(!large.grade(arr1(&[1_i64 << 24])).passed());
    assert_eq!(small.named(arr1(&[50_256_i64, 7])), Some(Extent::Whole));
}

#[test]
fn ids_that_come_as_numbers_are_no_reply() {
    let small = Small::new(OutputKind::Ids, arr1(&[7_i64]), arr1(&[8_i64]));
    let graded = small.grade(arr1(&[7.0_f32]));
    let verdict = &graded.first_failure().expect("it is none").verdict;
    assert!(
        matches!(
            verdict,
            Verdict::NoReply(Failure::Crashed(ProcessEnd::WrongType { .. }))
        ),
        "{verdict}"
    );
}

#[test]
fn texts_of_different_lengths_have_a_first_difference() {
    let vocabulary = ["·", "a", "b"].map(String::from).into();
    let text = OutputKind::Text { vocabulary };
    let small = Small::new(text.clone(), arr1(&[1_i64, 2, 1]), arr1(&[1_i64, 2]));
    let (id, said) = small.said(arr1(&[1_i64, 2, 2, 1]));
    assert_eq!(id, "wrong-values");
    assert_eq!(said, "wrong values: `y` has 4 entries, expected 3");
    let graded = small.grade(arr1(&[1_i64, 2, 2, 1]));
    let finding = graded.first_failure().and_then(|it| it.verdict.finding());
    let comparison = finding.and_then(|finding| finding.comparison.as_ref());
    let first = comparison.and_then(|comparison| comparison.first.as_ref());
    assert_eq!(first.map(|first| first.index.clone()), Some(vec![2]));
    assert_eq!(small.named(arr1(&[1_i64, 2])), Some(Extent::Whole));
    // Another number of axes has no order in which they could be compared.
    let (id, _) = small.said(ndarray::arr2(&[[1_i64, 2, 1]]));
    assert_eq!(id, "wrong-shape");
    let unknown = Small::new(text, arr1(&[3_i64]), arr1(&[0_i64]));
    let refused = unknown.pack().expect_err("it has no text");
    assert!(refused.contains("expected ids of the 3 texts"), "{refused}");
}

/// Returns the lines that a learner reads of a wrong answer: the verdict, the place and its surroundings.
fn read(small: &Small, answer: impl Into<Tensor>) -> String {
    let graded = small.grade(answer);
    let grade = graded.first_failure().expect("it is wrong");
    let text = ExerciseText {
        title: "Small".into(),
        chapter: "small".into(),
        minutes: 1,
        difficulty: 1,
        tasks: Vec::new(),
        mistakes: Vec::new(),
    };
    let report = Report {
        exercise: "small",
        text: &text,
        root: None,
        reader: Path::new(""),
        source: Path::new("src/lib.rs"),
        task: &graded,
        grade,
        picture: None,
    };
    let report = report.to_string();
    let lines = report
        .lines()
        .skip(2)
        .take_while(|line| !line.starts_with("next"));
    let finding = grade.verdict.finding().expect("an output is wrong");
    assert!(plot::svg(finding).is_err(), "a picture would say nothing");
    let mut read: Vec<&str> = lines.collect();
    let maps = heat::maps(finding, 80);
    read.extend(maps.lines());
    read.join("\n")
}

#[test]
fn a_text_is_compared_byte_by_byte_and_shown_with_its_spaces() {
    let small = Small::new(
        OutputKind::Bytes,
        Tensor::of_bytes("Naïve cat\n"),
        Tensor::of_bytes("naive cat"),
    );
    assert!(small.grade(Tensor::of_bytes("Naïve cat\n")).passed());
    assert_eq!(
        small.named(Tensor::of_bytes("naive cat")),
        Some(Extent::Whole)
    );
    insta::assert_snapshot!(read(&small, Tensor::of_bytes(b"Na\xefve  cat\n")), @r#"
verdict   wrong values: `y` has 11 characters, expected 10
where     first at step 2: yours `\xef`, expected `ï`
          around it: yours `Na\xefve␣␣cat⏎`, expected `Naïve␣cat⏎`
y; from step 0
  yours    N a \xef v e ␣ ␣ c a t ⏎
  expected N a ï    v e ␣ c a t ⏎
  wrong        x          x x x x x
"#);
    insta::assert_snapshot!(read(&small, Tensor::of_bytes("")), @r#"
verdict   wrong values: `y` has 0 characters, expected 10
where     first at step 0: yours nothing, expected `N`
          around it: yours nothing, expected `Naïve␣cat⏎`
y; from step 0
  yours
  expected N a ï v e ␣ c a t ⏎
  wrong    x x x x x x x x x x
"#);
}

#[test]
fn a_list_of_texts_is_compared_text_by_text() {
    let small = Small::new(
        OutputKind::Texts,
        Tensor::of_texts(&["un", "##believ", "##able"]),
        Tensor::of_texts(&["[UNK]"]),
    );
    assert_eq!(
        small.named(Tensor::of_texts(&["[UNK]"])),
        Some(Extent::Whole)
    );
    insta::assert_snapshot!(read(&small, Tensor::of_texts(&["un", "believ", "able"])), @r#"
verdict   wrong values: `y` differs in 2 of 3 entries
where     first at step 1: yours `believ`, expected `##believ`
          around it: yours `un|believ|able`, expected `un|##believ|##able`
y; from step 0
  yours    un believ   able
  expected un ##believ ##able
  wrong       x        x
"#);
    insta::assert_snapshot!(read(&small, Tensor::of_texts(&["un", "##believ", "##able", ""])), @r#"
verdict   wrong values: `y` has 4 entries, expected 3
where     first at step 3: yours an empty text, expected nothing
          around it: yours `un|##believ|##able|`, expected `un|##believ|##able`
y; from step 0
  yours    un ##believ ##able
  expected un ##believ ##able
  wrong                       x
"#);
}

#[test]
fn pairs_are_shown_as_what_they_join() {
    let small = Small::new(
        OutputKind::Pairs,
        Tensor::of_pairs(&[(116, 104), (256, 101), (32, 257)]),
        Tensor::of_pairs(&[(104, 101)]),
    );
    assert_eq!(
        small.named(Tensor::of_pairs(&[(104, 101)])),
        Some(Extent::Whole)
    );
    let answer = Tensor::of_pairs(&[(116, 104), (32, 256), (257, 101)]);
    insta::assert_snapshot!(read(&small, answer), @r#"
verdict   wrong values: `y` differs in 2 of 3 entries
where     first at step 1: yours `␣+th`, expected `th+e`
          around it: yours `t+h, ␣+th, ␣th+e`, expected `t+h, th+e, ␣+the`
y; from step 0
  yours    t+h ␣+th ␣th+e
  expected t+h th+e ␣+the
  wrong        x    x
"#);
}

#[test]
fn ids_are_shown_as_the_pieces_of_the_case() {
    let pieces = |pieces| OutputKind::Pieces { pieces };
    let mut small = Small::new(
        pieces(PieceSource::Pairs("merges".into())),
        arr1(&[257_i64, 32, 97]),
        arr1(&[256_i64, 101, 32, 97]),
    );
    let refused = small.pack().expect_err("no merges");
    assert!(
        refused.contains("expected its pieces in the case's inputs"),
        "{refused}"
    );
    small.input = Some(("merges", Tensor::of_pairs(&[(116, 104), (256, 101)])));
    insta::assert_snapshot!(read(&small, arr1(&[256_i64, 101, 32, 97])), @r#"
verdict   wrong values: `y` has 4 entries, expected 3
where     first at step 0: yours `th` (256), expected `the` (257)
          around it: yours `th|e|␣|a`, expected `the|␣|a`
mistake   `slip`, in the one case that shows it
y; from step 0
  yours    th  e ␣ a
  expected the ␣ a
  wrong    x   x x x
"#);
    insta::assert_snapshot!(read(&small, arr1(&[257_i64, 226, 999])), @r#"
verdict   wrong values: `y` differs in 2 of 3 entries
where     first at step 1: yours `\xe2` (226), expected `␣` (32)
          around it: yours `the|\xe2|?999`, expected `the|␣|a`
y; from step 0
  yours    the \xe2 ?999
  expected the ␣    a
  wrong        x    x
"#);
    small.kind = pieces(PieceSource::Texts("merges".into()));
    small.input = Some(("merges", Tensor::of_texts(&["[UNK]", "##s"])));
    let refused = small.pack().expect_err("two pieces");
    assert!(
        refused.contains("expected ids of the case's 2 pieces, found 257"),
        "{refused}"
    );
    (small.right, small.slip) = (arr1(&[1_i64, 1]).into(), arr1(&[1_i64]).into());
    insta::assert_snapshot!(read(&small, arr1(&[1_i64, 0])), @r#"
verdict   wrong values: `y` differs in 1 of 2 entries
where     first at step 1: yours `[UNK]` (0), expected `##s` (1)
          around it: yours `##s|[UNK]`, expected `##s|##s`
y; from step 0
  yours    ##s [UNK]
  expected ##s ##s
  wrong        x
"#);
}

#[test]
fn numbers_may_have_a_tolerance_of_their_own() {
    let kind = |growth| OutputKind::Numbers {
        tolerance: Some(OwnTolerance {
            tolerance: Tolerance {
                absolute: 0.1,
                relative: 0.0,
            },
            growth,
        }),
    };
    let (right, slip) = (arr1(&[1.0_f32; 3]), arr1(&[9.0_f32; 3]));
    let fixed = Small::new(kind(None), right.clone(), slip.clone());
    assert!(fixed.grade(arr1(&[1.09_f32, 0.91, 1.0])).passed());
    assert!(!fixed.grade(arr1(&[1.0_f32, 1.0, 1.2])).passed());
    let growing = Growth {
        axis: 0,
        per_index: 1.0,
    };
    let growing = Small::new(kind(Some(growing)), right, slip);
    assert!(growing.grade(arr1(&[1.0_f32, 1.0, 1.2])).passed());
    assert!(!growing.grade(arr1(&[1.2_f32, 1.0, 1.0])).passed());
    let nowhere = Growth {
        axis: 1,
        per_index: 1.0,
    };
    let nowhere = Small::new(kind(Some(nowhere)), arr1(&[1.0_f32]), arr1(&[2.0_f32]));
    let refused = nowhere.pack().expect_err("there is one axis");
    assert!(refused.contains("grows along one of the axes"), "{refused}");
}

#[test]
fn a_mistake_in_a_curve_is_named_by_its_beginning() {
    let curve = OutputKind::Curve { tolerance: None };
    let right = arr1(&[3.0_f32, 2.0, 1.5, 1.2, 1.0, 0.9]);
    let slip = arr1(&[3.0_f32, 2.5, 2.2, 2.0, 1.9, 1.8]);
    let small = Small::new(curve, right, slip.clone());
    assert_eq!(small.named(slip), Some(Extent::Whole));
    let begins = arr1(&[3.0_f32, 2.5, 2.2, 2.0, 1.7, 1.3]);
    assert_eq!(
        small.named(begins.clone()),
        Some(Extent::Beginning("y".into()))
    );
    let shorter = begins.slice(ndarray::s![..4]).to_owned();
    assert_eq!(small.named(shorter), Some(Extent::Beginning("y".into())));
    assert_eq!(
        small.named(arr1(&[3.0_f32, 2.5, 1.5, 1.2, 1.0, 0.9])),
        None,
        "one entry is no beginning"
    );
}

/// A count that a function may double, but not square, when its input doubles.
fn counted() -> Small {
    let rows = OutputKind::Count {
        unit: "rows".into(),
    };
    let property = Property {
        name: "twice-the-input".into(),
        sentence: "twice the input takes at most twice the rows".into(),
        case: "plain".into(),
        edits: vec![Edit {
            input: "x".into(),
            change: Change::Double { axis: 0 },
        }],
        relations: vec![Relation {
            output: "y".into(),
            kind: RelationKind::AtMostTimes(2.0),
        }],
    };
    Small {
        axes: Vec::new(),
        properties: vec![property],
        ..Small::new(rows, arr0(9_i64), arr0(81_i64))
    }
}

#[test]
fn a_count_has_a_bound_and_a_growth() {
    let small = counted();
    let by = |count: fn(usize) -> usize| {
        small.grade_by(|case| {
            let length = case.inputs["x"].len();
            Tensor::from(i64::try_from(count(length)).expect("it is small"))
        })
    };
    assert!(by(|n| 3 * n).passed(), "as many as is allowed");
    assert!(by(|n| n).passed(), "fewer");
    let squared = by(|n| n * n);
    let failure = squared.first_failure().expect("the property fails");
    assert_eq!(failure.name, "twice-the-input");
    assert_eq!(
        failure.verdict.to_string(),
        "wrong values: `y` is 36 rows, expected at most 18"
    );
    let (id, said) = small.said(arr0(10_i64));
    assert_eq!(id, "wrong-values");
    assert_eq!(said, "wrong values: `y` is 10 rows, expected at most 9");
    // Any count that exceeds the bound may be the mistake's.
    assert_eq!(small.named(arr0(70_i64)), Some(Extent::Whole));
}

#[test]
fn an_older_pack_is_refused() {
    let pack = counted().pack().expect("it is in order");
    let mut manifest = pack.manifest().clone();
    manifest.format = 1;
    let older = Pack::new(manifest, pack.tensors().clone()).expect("its parts are in order");
    let refused = Pack::from_bytes(&older.to_bytes().expect("bytes")).expect_err("it is older");
    assert_eq!(
        refused.to_string(),
        "expected a golden pack of format 2, found format 1; record it again, or use the grader that came with it"
    );
}
