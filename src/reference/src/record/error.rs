//! The reasons for which an exercise has no golden pack.

use std::fmt;

use attentive_grader::PackProblem;
use thiserror::Error;

use super::MIN_SEPARATION;

/// A reason for which an exercise has no golden pack.
#[derive(Debug, Error)]
pub enum RecordError {
    /// Two cases, mistakes, outputs or properties of a task have the same name.
    #[error("task `{task}`: expected one {kind} called `{name}`, found two; rename one")]
    Duplicate {
        /// The task.
        task: &'static str,
        /// The kind of what there are two of.
        kind: Named,
        /// Their name.
        name: String,
    },
    /// A mistake or a property is about a case that the task does not have.
    #[error("task `{task}`, {kind} `{name}`: expected one of its cases {known}, found `{case}`")]
    UnknownCase {
        /// The task.
        task: &'static str,
        /// The kind that names the case: a mistake or a property.
        kind: Named,
        /// Its name.
        name: String,
        /// The name that no case has.
        case: String,
        /// The names of the cases.
        known: String,
    },
    /// A computation returned other outputs than the task has.
    #[error("{computation}: expected the outputs {expected}, found {found}")]
    Outputs {
        /// The computation.
        computation: Computation,
        /// The outputs that the task names.
        expected: String,
        /// The outputs that were returned.
        found: String,
    },
    /// A computation panicked: an input is missing, or libtorch refused its shapes.
    #[error("{computation}: {message}")]
    Panicked {
        /// The computation.
        computation: Computation,
        /// The panic's message, without libtorch's stack.
        message: String,
    },
    /// A tensor cannot be written into a pack.
    #[error("{computation}, `{tensor}`: {message}")]
    Tensor {
        /// The computation.
        computation: Computation,
        /// The name of the input or the output.
        tensor: String,
        /// libtorch's objection.
        message: String,
    },
    /// The outputs do not fit what the task says of them.
    #[error(transparent)]
    Pack(#[from] PackProblem),
    /// The cases do not show a mistake, or not which of two it is.
    #[error(
        "task `{task}`: expected {mistake} to be at least {MIN_SEPARATION} tolerances from {other} \
         in some case, found {found:.1}; add a case in which they differ"
    )]
    TooClose {
        /// The task.
        task: String,
        /// The mistake.
        mistake: String,
        /// The mistake, or the right answer, that is too close.
        other: String,
        /// The largest distance, in tolerances.
        found: f64,
    },
}

/// A kind of what has a name within a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Named {
    /// An output.
    Output,
    /// A case.
    Case,
    /// A mistake.
    Mistake,
    /// A property.
    Property,
}

impl fmt::Display for Named {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Output => "output",
            Self::Case => "case",
            Self::Mistake => "mistake",
            Self::Property => "property",
        })
    }
}

/// One of the many computations of which a pack is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Computation {
    /// The task.
    pub task: &'static str,
    /// The case.
    pub case: &'static str,
    /// The part of the case that is computed.
    pub part: Part,
}

/// A part of a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The inputs.
    Inputs,
    /// The right outputs.
    Right,
    /// The outputs of the mistake with this id.
    Mistake(&'static str),
}

impl fmt::Display for Computation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { task, case, part } = self;
        write!(f, "task `{task}`, case `{case}`, ")?;
        match part {
            Part::Inputs => f.write_str("its inputs"),
            Part::Right => f.write_str("the right way"),
            Part::Mistake(id) => write!(f, "mistake `{id}`"),
        }
    }
}
