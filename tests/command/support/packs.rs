//! Golden packs of the toy course, computed here.

use std::collections::BTreeMap;

use attentive_grader::{
    CaseInfo, FORMAT, Labels, Manifest, Mistake, Output, OutputKind, Pack, Task, Tensor, Tolerance,
};
use ndarray::{Array2, ArrayD};

/// Sizes of each case's inputs.
const CASES: [(&str, &str, [usize; 2]); 2] = [
    ("plain", "3 rows and 4 columns", [3, 4]),
    ("one", "a single number", [1, 1]),
];

/// One task of the toy course: how its output follows from its inputs, and how a mistake makes it.
struct Toy {
    name: &'static str,
    output: &'static str,
    inputs: &'static [&'static str],
    right: fn(&[ArrayD<f32>]) -> ArrayD<f32>,
    mistake: &'static str,
    wrong: fn(&[ArrayD<f32>]) -> ArrayD<f32>,
}

/// Returns the pack of the exercise `halve`.
pub(super) fn halve() -> Vec<u8> {
    let halve = Toy {
        name: "halve",
        output: "half",
        inputs: &["x"],
        right: |inputs| &inputs[0] * 0.5,
        mistake: "doubled",
        wrong: |inputs| &inputs[0] * 2.0,
    };
    let midpoint = Toy {
        name: "midpoint",
        output: "middle",
        inputs: &["a", "b"],
        right: |inputs| (&inputs[0] + &inputs[1]) * 0.5,
        mistake: "sum",
        wrong: |inputs| &inputs[0] + &inputs[1],
    };
    pack("halve", &[halve, midpoint])
}

/// Returns the pack of the exercise `quarter`.
pub(super) fn quarter() -> Vec<u8> {
    let quarter = Toy {
        name: "quarter",
        output: "quarter",
        inputs: &["x"],
        right: |inputs| &inputs[0] * 0.25,
        mistake: "half",
        wrong: |inputs| &inputs[0] * 0.5,
    };
    pack("quarter", &[quarter])
}

fn pack(exercise: &str, toys: &[Toy]) -> Vec<u8> {
    let mut tensors = BTreeMap::new();
    for toy in toys {
        for (case, _, shape) in CASES {
            let place = format!("{}/{case}", toy.name);
            let mut inputs = Vec::new();
            for (nth, name) in toy.inputs.iter().enumerate() {
                let input = numbers(shape, nth as f32);
                tensors.insert(format!("{place}/input/{name}"), Tensor::F32(input.clone()));
                inputs.push(input);
            }
            let mut add = |what: String, numbers| {
                let name = format!("{place}/{what}/{}", toy.output);
                tensors.insert(name, Tensor::F32(numbers));
            };
            add("expected".to_owned(), (toy.right)(&inputs));
            add(format!("mistake/{}", toy.mistake), (toy.wrong)(&inputs));
        }
    }
    let manifest = Manifest {
        format: FORMAT,
        exercise: exercise.to_owned(),
        libtorch: "none".to_owned(),
        seed: 0,
        dtype: "f32".to_owned(),
        tolerance: Tolerance {
            absolute: 1e-5,
            relative: 1e-5,
        },
        tasks: toys.iter().map(task).collect(),
    };
    let pack = Pack::new(manifest, tensors).expect("the pack is whole");
    pack.to_bytes().expect("the pack is small")
}

fn task(toy: &Toy) -> Task {
    Task {
        name: toy.name.to_owned(),
        outputs: vec![Output {
            name: toy.output.to_owned(),
            axes: vec!["row".to_owned(), "column".to_owned()],
            labels: Labels::new(),
            kind: OutputKind::default(),
        }],
        order: None,
        cases: CASES
            .iter()
            .map(|(name, purpose, _)| CaseInfo {
                name: (*name).to_owned(),
                purpose: (*purpose).to_owned(),
            })
            .collect(),
        mistakes: vec![Mistake {
            id: toy.mistake.to_owned(),
            cases: CASES.iter().map(|(name, ..)| (*name).to_owned()).collect(),
            unknown_in: vec![],
            form_of: None,
        }],
        properties: Vec::new(),
    }
}

/// Returns numbers of which no two are equal; another `nth` gives others.
fn numbers(shape: [usize; 2], nth: f32) -> ArrayD<f32> {
    let number = |(row, column): (usize, usize)| {
        let (row, column) = (row as f32, column as f32);
        1.3 * row - 0.7 * column + 2.1 * nth + 0.4
    };
    Array2::from_shape_fn(shape, number).into_dyn()
}
