//! Reasons for which a call of a learner's function gave no reply.

mod process_end;

use std::fmt;
use std::time::Duration;

pub use process_end::{ProcessEnd, Signal};

/// A line of the learner's source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceLocation {
    /// The file, as the compiler was given it.
    pub file: String,
    /// The line, from 1.
    pub line: u32,
    /// The column, from 1, where it is known.
    pub column: Option<u32>,
}

impl fmt::Display for SourceLocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)?;
        match self.column {
            Some(column) => write!(f, ":{column}"),
            None => Ok(()),
        }
    }
}

/// The reason for which a call gave no reply. Its text is the summary that people read.
#[derive(Debug, Clone, PartialEq)]
pub enum Failure {
    /// The function is still `todo!()`.
    NotImplemented {
        /// The text in the `todo!`.
        text: String,
    },
    /// The function panicked.
    Panicked {
        /// The panic's message.
        message: String,
        /// The line in the learner's file, where one took part.
        location: Option<SourceLocation>,
    },
    /// The function did not return in time.
    TimedOut {
        /// The time that it had.
        limit: Duration,
    },
    /// The function's process ended before it replied, or sent something that is no reply.
    Crashed(ProcessEnd),
    /// The course is at fault: the adapter and the pack do not fit.
    Broken {
        /// The parts that do not fit, in a sentence.
        message: String,
    },
}

impl Failure {
    /// Returns the name in reports for machines.
    pub fn id(&self) -> &'static str {
        match self {
            Self::NotImplemented { .. } => "not-implemented",
            Self::Panicked { .. } => "panicked",
            Self::TimedOut { .. } => "timed-out",
            Self::Crashed(_) => "crashed",
            Self::Broken { .. } => "broken-course",
        }
    }

    /// Returns the line of the learner's file that failed, where one is known.
    pub fn location(&self) -> Option<&SourceLocation> {
        match self {
            Self::Panicked { location, .. } => location.as_ref(),
            _ => None,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotImplemented { text } if text.is_empty() => f.write_str("not implemented yet"),
            Self::NotImplemented { text } => write!(f, "not implemented yet: {text}"),
            Self::Panicked { message, .. } => write!(f, "panicked: {}", message.trim()),
            Self::TimedOut { limit } => write!(
                f,
                "timed out: no result after {} s (an endless loop, perhaps)",
                limit.as_secs_f64()
            ),
            Self::Crashed(end) => write!(f, "crashed: {end}"),
            Self::Broken { message } => {
                write!(f, "the course is broken, not your code: {message}")
            }
        }
    }
}
