//! From an exercise to its golden pack.

use std::collections::BTreeMap;

use attentive_grader::{
    CaseInfo, Comparison, FORMAT, Manifest, Mistake, Pack, PackProblem, Separation, Tensor,
    Tolerance, separations,
};
use tch::TchError;
use thiserror::Error;

use crate::bridge::to_grader;
use crate::case::{Inputs, Random};
use crate::exercise::{Compute, Exercise, Task};

/// The least distance, in tolerances, between a mistake and the right answer, and between any two mistakes.
const APART: f64 = 10.0;

/// Why an exercise has no golden pack.
#[derive(Debug, Error)]
pub enum RecordError {
    /// libtorch refused.
    #[error("libtorch: {0}")]
    Libtorch(#[from] TchError),
    /// The outputs do not fit what the task says of them.
    #[error("{0}")]
    Pack(#[from] PackProblem),
    /// The cases do not show a mistake, or not which of two it is.
    #[error(
        "task `{task}`: expected {mistake} to be at least {APART} tolerances from {other} in some case, found {found:.1}; \
         add a case in which they differ"
    )]
    Alike {
        /// The task.
        task: String,
        /// The mistake.
        mistake: String,
        /// What it is too close to.
        other: String,
        /// The largest distance, in tolerances.
        found: f64,
    },
}

/// Records an exercise's pack from random inputs of this seed.
///
/// # Errors
/// When the cases do not tell every mistake from the right answer and from every other mistake.
pub fn record(exercise: &Exercise, seed: u64) -> Result<Pack, RecordError> {
    let mut tensors = BTreeMap::new();
    let tasks = exercise
        .tasks
        .iter()
        .map(|task| record_task(exercise, task, seed, &mut tensors));
    let manifest = Manifest {
        format: FORMAT,
        exercise: exercise.name.into(),
        libtorch: env!("LIBTORCH_VERSION").into(),
        seed,
        dtype: "f32".into(),
        tolerance: exercise.tolerance,
        tasks: tasks.collect::<Result<_, _>>()?,
    };
    let pack = Pack::new(manifest, tensors)?;
    pack.manifest()
        .tasks
        .iter()
        .try_for_each(|task| apart(&task.name, separations(&pack, task)))?;
    Ok(pack)
}

fn record_task(
    exercise: &Exercise,
    task: &Task,
    seed: u64,
    tensors: &mut BTreeMap<String, Tensor>,
) -> Result<attentive_grader::Task, RecordError> {
    let mut mistakes: Vec<_> = task
        .mistakes
        .iter()
        .map(|mistake| Mistake {
            id: mistake.id.into(),
            cases: Vec::new(),
        })
        .collect();
    for case in &task.cases {
        let place = format!("{}/{}", task.name, case.name);
        let inputs = (case.inputs)(&Random::new(seed, &format!("{}/{place}", exercise.name)));
        for (name, tensor) in inputs.iter() {
            tensors.insert(format!("{place}/input/{name}"), to_grader(tensor)?);
        }
        let right = compute(task, &task.right, &inputs)?;
        for (mistake, recorded) in task.mistakes.iter().zip(&mut mistakes) {
            if mistake.only.is_some_and(|only| !only.contains(&case.name)) {
                continue;
            }
            let wrong = compute(task, &mistake.wrong, &inputs)?;
            if right
                .iter()
                .zip(&wrong)
                .all(|((_, right), (_, wrong))| equal(wrong, right, exercise.tolerance))
            {
                continue;
            }
            recorded.cases.push(case.name.into());
            let named = wrong
                .into_iter()
                .map(|(name, tensor)| (format!("{place}/mistake/{}/{name}", mistake.id), tensor));
            tensors.extend(named);
        }
        tensors.extend(
            right
                .into_iter()
                .map(|(name, tensor)| (format!("{place}/expected/{name}"), tensor)),
        );
    }
    let cases = task.cases.iter();
    Ok(attentive_grader::Task {
        name: task.name.into(),
        outputs: task.outputs.clone(),
        cases: cases
            .map(|case| CaseInfo {
                name: case.name.into(),
                purpose: case.purpose.into(),
            })
            .collect(),
        mistakes,
        properties: task.properties.clone(),
    })
}

/// A task's outputs by name. Masks and ids become numbers, as they do in a learner's reply.
fn compute(
    task: &Task,
    compute: &Compute,
    inputs: &Inputs,
) -> Result<Vec<(String, Tensor)>, TchError> {
    let outputs = tch::no_grad(|| compute(inputs));
    let named = task.outputs.iter().zip(&outputs);
    named
        .map(|(output, tensor)| {
            Ok((
                output.name.clone(),
                to_grader(&tensor.to_kind(tch::Kind::Float))?,
            ))
        })
        .collect()
}

fn equal(a: &Tensor, b: &Tensor, tolerance: Tolerance) -> bool {
    match (a, b) {
        (Tensor::F32(a), Tensor::F32(b)) => {
            Comparison::new(a, b, tolerance).is_some_and(|same| same.is_equal())
        }
        _ => a == b,
    }
}

fn apart(task: &str, separations: Vec<Separation>) -> Result<(), RecordError> {
    let alike = |mistake: &str, other: String, found: f64| {
        Err(RecordError::Alike {
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
        if from_right < APART {
            return alike(&mistake, "the right answer".into(), from_right);
        }
        if let Some((other, distance)) = nearest.filter(|(_, distance)| *distance < APART) {
            return alike(&mistake, format!("`{other}`"), distance);
        }
    }
    Ok(())
}
