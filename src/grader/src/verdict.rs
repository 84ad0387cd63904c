//! What can be said of an answer.

use std::time::Duration;

use ndarray::ArrayD;

use crate::case::Reply;
use crate::compare::{Comparison, Tolerance};
use crate::pack::Output;
use crate::pattern::Pattern;

/// A place in the learner's source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceLocation {
    /// The file, as the compiler was given it.
    pub file: String,
    /// The line, from 1.
    pub line: u32,
}

/// What came of calling a learner's function.
#[derive(Debug, Clone, PartialEq)]
pub enum Response {
    /// It returned.
    Reply(Reply),
    /// It is still `todo!()`.
    NotImplemented {
        /// The text in the `todo!`.
        text: String,
    },
    /// It panicked.
    Panicked {
        /// The panic's message.
        message: String,
        /// The line in the learner's file, where one took part.
        place: Option<SourceLocation>,
    },
    /// It did not return in time.
    TimedOut {
        /// The time that it had.
        limit: Duration,
    },
    /// Its process ended, or said something that is no reply.
    Crashed {
        /// How, as a phrase.
        how: String,
    },
    /// The course itself is at fault: the adapter and the pack do not fit.
    Broken {
        /// What does not fit.
        message: String,
    },
}

/// Whatever answers cases: a worker process, or recorded tensors in a test.
pub trait Respond {
    /// Calls the function of a task with the inputs of a case.
    fn respond(&mut self, task: &str, case: &crate::case::Case) -> Response;
}

/// One output that is not what libtorch returns.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// The output's name.
    pub output: String,
    /// What each axis counts.
    pub axes: Vec<String>,
    /// For an output of symbols, the sign of each by its number.
    pub alphabet: Option<String>,
    /// The learner's numbers.
    pub got: ArrayD<f32>,
    /// libtorch's numbers (or, for a property, what the relation demands).
    pub expected: ArrayD<f32>,
    /// Where they differ; `None` when their shapes do.
    pub comparison: Option<Comparison>,
    /// What the differences have in common, most telling first.
    pub patterns: Vec<Pattern>,
    /// In a case, the outputs that are computed before this one: they are all right.
    pub right_before: Vec<String>,
    /// Whether it is the only wrong one, and others are computed after it.
    pub rest_right: bool,
}

impl Finding {
    /// Compares an output with what it should be; what can be said about why it differs is left to be added.
    pub(crate) fn new(
        output: Output,
        got: ArrayD<f32>,
        expected: ArrayD<f32>,
        tolerance: Tolerance,
    ) -> Self {
        let Output {
            name: output,
            axes,
            alphabet,
        } = output;
        let comparison = Comparison::new(&got, &expected, tolerance);
        let (patterns, right_before, rest_right) = (Vec::new(), Vec::new(), false);
        Self {
            output,
            axes,
            alphabet,
            got,
            expected,
            comparison,
            patterns,
            right_before,
            rest_right,
        }
    }
}

/// The verdict on one case or property.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    /// Every output is right.
    Passed,
    /// The function is still `todo!()`.
    NotImplemented {
        /// The text in the `todo!`.
        text: String,
    },
    /// An output has another shape.
    WrongShape(Box<Finding>),
    /// An output is NaN or infinite where it should not be.
    NotANumber(Box<Finding>),
    /// An output has wrong entries.
    WrongValues(Box<Finding>),
    /// The function panicked.
    Panicked {
        /// The panic's message.
        message: String,
        /// The line in the learner's file, where one took part.
        place: Option<SourceLocation>,
    },
    /// The function did not return in time.
    TimedOut {
        /// The time that it had.
        limit: Duration,
    },
    /// The function's process ended before it returned.
    Crashed {
        /// How, as a phrase.
        how: String,
    },
    /// The course is at fault.
    Broken {
        /// What does not fit.
        message: String,
    },
    /// Not tried, because something before it has to work first.
    NotRun {
        /// What has to work first, as a phrase.
        because: String,
    },
}

impl Verdict {
    /// Whether the answer is right.
    pub fn passed(&self) -> bool {
        matches!(self, Self::Passed)
    }

    /// The verdict's name in reports for machines.
    pub fn id(&self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::NotImplemented { .. } => "not-implemented",
            Self::WrongShape(_) => "wrong-shape",
            Self::NotANumber(_) => "not-a-number",
            Self::WrongValues(_) => "wrong-values",
            Self::Panicked { .. } => "panicked",
            Self::TimedOut { .. } => "timed-out",
            Self::Crashed { .. } => "crashed",
            Self::Broken { .. } => "broken-course",
            Self::NotRun { .. } => "not-run",
        }
    }

    /// The output at fault, if the verdict is about one.
    pub fn finding(&self) -> Option<&Finding> {
        match self {
            Self::WrongShape(finding) | Self::NotANumber(finding) | Self::WrongValues(finding) => {
                Some(finding)
            }
            _ => None,
        }
    }
}
