//! From an exercise to its golden pack.

mod compute;
mod error;
mod names;

use std::collections::BTreeMap;

use attentive_grader::{
    CaseInfo, FORMAT, Manifest, Pack, Separation, Tensor, Tolerance, separations,
};

use crate::bridge::to_grader;
use crate::exercise::Exercise;
use crate::inputs::Inputs;
use crate::random::Random;
use crate::task::{Case, Task};

pub use error::{Computation, Named, Part, RecordError};

/// The least distance, in tolerances, between a mistake and the right answer, and between any two mistakes.
const MIN_SEPARATION: f64 = 10.0;

/// Records an exercise's pack from random inputs of this seed.
///
/// # Errors
/// When names are there twice or not at all, when a computation fails or returns other outputs than the task has, and
/// when the cases do not tell every mistake from the right answer and from every other mistake.
pub fn record(exercise: &Exercise, seed: u64) -> Result<Pack, RecordError> {
    // A sum that is split among threads is rounded otherwise: a pack must not depend on the number of cores. And where
    // others work too, threads that wait for each other take most of the time.
    tch::set_num_threads(1);
    let mut tensors = BTreeMap::new();
    let mut tasks = Vec::new();
    for task in &exercise.tasks {
        names::check(task)?;
        tasks.push(record_task(exercise, task, seed, &mut tensors)?);
    }
    let manifest = Manifest {
        format: FORMAT,
        exercise: exercise.name.into(),
        libtorch: env!("LIBTORCH_VERSION").into(),
        seed,
        dtype: "f32".into(),
        tolerance: exercise.tolerance,
        tasks,
    };
    let pack = Pack::new(manifest, tensors)?;
    for task in &pack.manifest().tasks {
        ensure_separated(&task.name, separations(&pack, task))?;
    }
    Ok(pack)
}

fn record_task(
    exercise: &Exercise,
    task: &Task,
    seed: u64,
    tensors: &mut BTreeMap<String, Tensor>,
) -> Result<attentive_grader::Task, RecordError> {
    let mut cases = Vec::new();
    let mut mistakes: Vec<_> = task
        .mistakes
        .iter()
        .map(|mistake| attentive_grader::Mistake {
            id: mistake.id.into(),
            cases: Vec::new(),
            unknown_in: Vec::new(),
            form_of: mistake.form_of.map(Into::into),
        })
        .collect();
    for case in &task.cases {
        let key = format!("{}/{}", task.name, case.name);
        let random = Random::new(seed, &format!("{}/{key}", exercise.name));
        let inputs = make_inputs(task, case, &random)?;
        for (name, tensor) in inputs.iter() {
            let tensor = to_grader(tensor).map_err(|error| RecordError::Tensor {
                computation: computation(task, case, Part::Inputs),
                tensor: name.into(),
                message: error.to_string(),
            })?;
            tensors.insert(format!("{key}/input/{name}"), tensor);
        }
        let right = compute::outputs(
            task,
            &computation(task, case, Part::Right),
            &task.right,
            &inputs,
        )?;
        for (mistake, recorded) in task.mistakes.iter().zip(&mut mistakes) {
            if !mistake.is_computable_in(case.name) {
                recorded.unknown_in.push(case.name.into());
                continue;
            }
            let computation = computation(task, case, Part::Mistake(mistake.id));
            let wrong = compute::outputs(task, &computation, &mistake.wrong, &inputs)?;
            if all_right(task, &right, &wrong, exercise.tolerance) {
                continue;
            }
            recorded.cases.push(case.name.into());
            for (name, tensor) in wrong {
                tensors.insert(format!("{key}/mistake/{}/{name}", mistake.id), tensor);
            }
        }
        for (name, tensor) in right {
            tensors.insert(format!("{key}/expected/{name}"), tensor);
        }
        cases.push(CaseInfo {
            name: case.name.into(),
            purpose: case.purpose.into(),
        });
    }
    Ok(attentive_grader::Task {
        name: task.name.into(),
        outputs: task.outputs.clone(),
        order: task.order.clone(),
        cases,
        mistakes,
        properties: task.properties.iter().cloned().map(Into::into).collect(),
    })
}

fn make_inputs(task: &Task, case: &Case, random: &Random) -> Result<Inputs, RecordError> {
    compute::catch(&computation(task, case, Part::Inputs), || {
        (case.inputs)(random)
    })
}

fn computation(task: &Task, case: &Case, part: Part) -> Computation {
    Computation {
        task: task.name,
        case: case.name,
        part,
    }
}

/// Returns `true` if a mistake does not show: all outputs are right.
fn all_right(
    task: &Task,
    right: &BTreeMap<String, Tensor>,
    wrong: &BTreeMap<String, Tensor>,
    tolerance: Tolerance,
) -> bool {
    task.outputs.iter().all(|output| {
        let (right, wrong) = (&right[&output.name], &wrong[&output.name]);
        let comparison = output.compare(wrong, right, tolerance);
        comparison.is_some_and(|comparison| comparison.is_equal())
    })
}

fn ensure_separated(task: &str, separations: Vec<Separation>) -> Result<(), RecordError> {
    let too_close = |mistake: &str, other: String, found: f64| {
        Err(RecordError::TooClose {
            task: task.into(),
            mistake: format!("`{mistake}`"),
            other,
            found,
        })
    };
    for Separation {
        mistake,
        from_right,
        nearest,
    } in separations
    {
        if from_right < MIN_SEPARATION {
            return too_close(&mistake, "the right answer".into(), from_right);
        }
        if let Some((other, distance)) = nearest.filter(|(_, distance)| *distance < MIN_SEPARATION)
        {
            return too_close(&mistake, format!("`{other}`"), distance);
        }
    }
    Ok(())
}

/// Names between backticks, in their order.
fn quoted<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let names: Vec<_> = names.map(|name| format!("`{name}`")).collect();
    names.join(", ")
}
