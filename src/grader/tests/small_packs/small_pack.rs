//! A pack with one task, `f`.

use std::collections::BTreeMap;

use attentive_grader::{
    CaseInfo, FORMAT, Manifest, Mistake, Output, Pack, Task, Tensor, Tolerance,
};

/// Makes a pack whose task has one output. Numbers are right within 0.001.
pub(crate) fn pack(
    output: Output,
    cases: &[&str],
    mistakes: Vec<Mistake>,
    tensors: BTreeMap<String, Tensor>,
) -> Pack {
    let case = |name: &&str| CaseInfo {
        name: (*name).into(),
        purpose: "a case".into(),
    };
    let task = Task {
        name: "f".into(),
        outputs: vec![output],
        order: None,
        cases: cases.iter().map(case).collect(),
        mistakes,
        properties: vec![],
    };
    let tolerance = Tolerance {
        absolute: 1e-3,
        relative: 0.0,
    };
    Pack::new(manifest(task, tolerance), tensors).expect("a pack")
}

/// Makes the manifest of a pack with this task.
pub(crate) fn manifest(task: Task, tolerance: Tolerance) -> Manifest {
    Manifest {
        format: FORMAT,
        exercise: "small".into(),
        libtorch: "none".into(),
        seed: 0,
        dtype: "f32".into(),
        tolerance,
        tasks: vec![task],
    }
}
