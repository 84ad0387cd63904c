//! Runs an author's computation, and checks what it returns.

use std::any::Any;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use attentive_grader::{Output, Tensor};

use super::error::{Computation, RecordError};
use super::quoted;
use crate::bridge::to_grader;
use crate::inputs::Inputs;
use crate::outputs::Outputs;
use crate::task::{Compute, Task};

/// Runs an author's closure. A panic, of libtorch's or for a missing input, becomes an error that says which it was.
pub(super) fn catch<T>(
    computation: &Computation,
    run: impl FnOnce() -> T,
) -> Result<T, RecordError> {
    // Whatever the closure leaves half-made is dropped with it.
    let run = AssertUnwindSafe(|| tch::no_grad(run));
    catch_unwind(run).map_err(|panic| RecordError::Panicked {
        computation: computation.clone(),
        message: message(&*panic),
    })
}

/// Returns a task's outputs by name. Masks become numbers, as they do in a learner's reply.
pub(super) fn outputs(
    task: &Task,
    computation: &Computation,
    compute: &Compute,
    inputs: &Inputs,
) -> Result<BTreeMap<String, Tensor>, RecordError> {
    let mismatch = |found: String| RecordError::Outputs {
        computation: computation.clone(),
        expected: quoted(task.outputs.iter().map(|output| output.name.as_str())),
        found,
    };
    let named = match (catch(computation, || compute(inputs))?, &task.outputs[..]) {
        (Outputs::Named(named), _) => named,
        (Outputs::Only(tensor), [output]) => {
            return Ok([(output.name.clone(), graded(computation, output, &tensor)?)].into());
        }
        (Outputs::Only(_), _) => return Err(mismatch("one tensor without a name".into())),
    };

    let mut tensors = BTreeMap::new();
    for output in &task.outputs {
        if let Some((_, tensor)) = named.iter().find(|(name, _)| *name == output.name) {
            tensors.insert(output.name.clone(), graded(computation, output, tensor)?);
        }
    }
    if [tensors.len(), task.outputs.len()] != [named.len(); 2] {
        return Err(mismatch(quoted(named.iter().map(|(name, _)| *name))));
    }
    Ok(tensors)
}

fn graded(
    computation: &Computation,
    output: &Output,
    tensor: &tch::Tensor,
) -> Result<Tensor, RecordError> {
    let kind = if output.kind.is_whole() {
        tch::Kind::Int64
    } else {
        tch::Kind::Float
    };
    to_grader(&tensor.to_kind(kind)).map_err(|error| RecordError::Tensor {
        computation: computation.clone(),
        tensor: output.name.clone(),
        message: error.to_string(),
    })
}

/// The first line of a panic's message.
fn message(panic: &(dyn Any + Send)) -> String {
    let text = match (panic.downcast_ref::<String>(), panic.downcast_ref::<&str>()) {
        (Some(text), _) => text.as_str(),
        (None, Some(text)) => text,
        (None, None) => "it panicked without a message",
    };
    // `tch` unwraps libtorch's errors, so that the panic quotes them: what is wrong, then the stack of C++.
    match text.split_once("Torch(\"") {
        Some((_, quoted)) => format!("libtorch: {}", quoted.split("\\n").next().unwrap_or(quoted)),
        None => text.lines().next().unwrap_or(text).to_owned(),
    }
}
