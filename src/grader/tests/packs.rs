//! Packs that are refused because a wrong answer could pass them, and graders that cannot be fooled into passing.

use std::collections::BTreeMap;

use attentive_grader::{
    Case, CaseInfo, Change, Edit, FORMAT, Failure, Labels, Manifest, Output, OutputKind, Pack,
    Property, Relation, RelationKind, Reply, Respond, Task, Tensor, Tolerance, Verdict, exercise,
    grade,
};
use ndarray::{Array1, arr1};

fn name(text: &str) -> String {
    text.to_owned()
}

/// `double`, with one case and one property.
fn manifest() -> Manifest {
    let property = Property {
        name: name("moved"),
        sentence: name("moving the entries moves the results"),
        case: name("plain"),
        edits: vec![Edit {
            input: name("x"),
            change: Change::Rotate { axis: 0 },
        }],
        relations: vec![Relation {
            output: name("twice"),
            kind: RelationKind::Rotated { axis: 0 },
        }],
    };
    let task = Task {
        name: name("double"),
        outputs: vec![Output {
            name: name("twice"),
            axes: vec![name("entry")],
            labels: Labels::new(),
            kind: OutputKind::default(),
        }],
        order: None,
        cases: vec![CaseInfo {
            name: name("plain"),
            purpose: name("three numbers"),
        }],
        mistakes: vec![],
        properties: vec![property],
    };
    Manifest {
        format: FORMAT,
        exercise: name("double"),
        libtorch: name("none"),
        seed: 0,
        dtype: name("f32"),
        tolerance: Tolerance {
            absolute: 1e-6,
            relative: 1e-6,
        },
        tasks: vec![task],
    }
}

fn tensors() -> BTreeMap<String, Tensor> {
    let tensor = |numbers: [f32; 3]| Tensor::from(arr1(&numbers));
    BTreeMap::from([
        (name("double/plain/input/x"), tensor([1.0, 2.0, 5.0])),
        (
            name("double/plain/expected/twice"),
            tensor([2.0, 4.0, 10.0]),
        ),
    ])
}

/// The reason for which a pack with this change is refused.
fn refused(change: impl FnOnce(&mut Manifest)) -> String {
    let mut manifest = manifest();
    change(&mut manifest);
    Pack::new(manifest, tensors())
        .expect_err("it is refused")
        .to_string()
}

#[test]
fn a_pack_that_could_not_fail_is_refused() {
    Pack::new(manifest(), tensors()).expect("as it is, it is in order");
    let said = [
        refused(|manifest| manifest.tolerance.absolute = f32::INFINITY),
        refused(|manifest| manifest.tolerance.relative = f32::NAN),
        refused(|manifest| manifest.tasks.clear()),
        refused(|manifest| manifest.tasks[0].cases.clear()),
        refused(|manifest| manifest.tasks[0].outputs.clear()),
        refused(|manifest| manifest.tasks[0].properties[0].case = name("plane")),
        refused(|manifest| manifest.tasks[0].properties[0].relations.clear()),
    ];
    let expected = [
        "expected a tolerance of 0 or more, found inf and 0.000001",
        "expected a tolerance of 0 or more, found 0.000001 and NaN",
        "expected at least one task, found none",
        "expected cases and outputs of the task `double`, found none",
        "expected cases and outputs of the task `double`, found none",
        "the property `double/moved`: its edits change nothing in the case `plane`",
        "the property `double/moved`: it demands nothing",
    ];
    for (said, expected) in said.iter().zip(expected) {
        assert!(said.contains(expected), "{said}");
    }
}

#[test]
fn a_pack_whose_right_answer_is_no_number_is_refused() {
    let mut tensors = tensors();
    tensors.insert(
        name("double/plain/expected/twice"),
        Tensor::from(arr1(&[2.0, f32::NAN, 10.0])),
    );
    let refused = Pack::new(manifest(), tensors)
        .expect_err("it is refused")
        .to_string();
    assert!(
        refused.contains("`double/plain/expected/twice`: expected numbers, found NaN"),
        "{refused}"
    );
}

/// Answers by a rule that may depend on the number of calls before.
struct By<F>(F, usize);

impl<F: Fn(Array1<f32>, usize) -> Array1<f32>> Respond for By<F> {
    fn respond(&mut self, _: &str, case: &Case) -> Result<Reply, Failure> {
        self.1 += 1;
        let x = case
            .view::<ndarray::Ix1>("x")
            .expect("the input")
            .to_owned();
        Ok(case.reply("twice", (self.0)(x, self.1 - 1)))
    }
}

#[test]
fn a_property_is_not_passed_by_an_output_of_another_shape() {
    let pack = Pack::new(manifest(), tensors()).expect("it is in order");
    let task = &pack.manifest().tasks[0];
    let verdicts = |rule: fn(Array1<f32>, usize) -> Array1<f32>| {
        let graded = grade(&pack, task, &mut By(rule, 0));
        graded
            .grades
            .into_iter()
            .map(|grade| grade.verdict)
            .collect::<Vec<_>>()
    };
    assert!(verdicts(|x, _| x * 2.0).iter().all(Verdict::passed));
    let later = verdicts(|x, calls| {
        if calls == 0 {
            x * 2.0
        } else {
            Array1::zeros(0)
        }
    });
    assert!(
        matches!(later[..], [Verdict::Passed, Verdict::WrongShape(_)]),
        "{later:?}"
    );
    let known = verdicts(|_, _| arr1(&[2.0, 4.0, 10.0]));
    assert!(
        matches!(known[..], [Verdict::Passed, Verdict::WrongValues(_)]),
        "{known:?}"
    );
}

#[test]
#[should_panic(expected = "the golden pack has no task `dubble`")]
fn a_variant_of_a_task_that_is_not_there_is_not_accepted() {
    let own = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(env!("CARGO_PKG_NAME"));
    let folder = own.join("double");
    std::fs::create_dir_all(&folder).expect("it can be made");
    let pack = Pack::new(manifest(), tensors()).expect("it is in order");
    std::fs::write(
        folder.join("golden.safetensors"),
        pack.to_bytes().expect("bytes"),
    )
    .expect("written");
    exercise(&folder)
        .task("dubble", |_| Ok(Reply::default()))
        .accept();
}
