//! Reasons for which a call of a learner's function gave no reply.

use std::fmt;
use std::process::ExitStatus;
use std::time::Duration;

/// A line of the learner's source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceLocation {
    /// The file, as the compiler was given it.
    pub file: String,
    /// The line, from 1.
    pub line: u32,
}

impl fmt::Display for SourceLocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
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

/// The end of a worker's process, or of the talk with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProcessEnd {
    /// It ended itself with this status.
    Exited(i32),
    /// A signal ended it.
    Signal(Signal),
    /// It ended with 128 and a signal's number, as sandboxes and shells pass a signal on.
    PassedOnSignal(Signal),
    /// It closed its standard output and went on.
    ClosedReplies,
    /// It printed more than whoever started it takes.
    PrintedTooMuch,
    /// It sent a reply that cannot be read.
    UnreadableReply {
        /// The reason.
        error: String,
    },
    /// It replied with an output that is larger than any answer to the case. Its entries were not read.
    TooLargeReply {
        /// The output's name.
        output: String,
        /// The output's shape.
        shape: Vec<usize>,
        /// The most entries that it may have.
        most: usize,
    },
    /// It replied, but left out an output.
    MissingOutput {
        /// The output's name.
        output: String,
    },
    /// It replied with an output of another type.
    WrongType {
        /// The output's name.
        output: String,
        /// The type that it has.
        found: &'static str,
        /// The type that was expected.
        expected: &'static str,
    },
    /// It replied that the course is broken, and is not believed.
    RefusedCall {
        /// The words of its reply.
        message: String,
    },
    /// It overflowed its stack, as it said itself.
    StackOverflow,
    /// It panicked while it was panicking, as it said itself.
    PanicWhilePanicking,
}

impl ProcessEnd {
    /// Returns the signal that ended the process, if one did.
    pub fn signal(&self) -> Option<Signal> {
        match self {
            Self::Signal(signal) | Self::PassedOnSignal(signal) => Some(*signal),
            _ => None,
        }
    }
}

impl From<ExitStatus> for ProcessEnd {
    fn from(status: ExitStatus) -> Self {
        if let Some(number) = signal_number(status) {
            return Self::Signal(Signal::from_number(number));
        }
        match status.code() {
            Some(code @ 129..=192) => Self::PassedOnSignal(Signal::from_number(code - 128)),
            Some(code) => Self::Exited(code),
            None => Self::ClosedReplies,
        }
    }
}

#[cfg(unix)]
fn signal_number(status: ExitStatus) -> Option<i32> {
    std::os::unix::process::ExitStatusExt::signal(&status)
}

/// Elsewhere processes end by no signals, and each end has a code.
#[cfg(not(unix))]
fn signal_number(_: ExitStatus) -> Option<i32> {
    None
}

impl fmt::Display for ProcessEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exited(code) => write!(f, "it ended the whole process with exit status {code}"),
            Self::Signal(signal) => {
                write!(f, "its process was ended by signal: {}", signal.number())?;
                if let Some(name) = signal.name() {
                    write!(f, " ({name})")?;
                }
                f.write_str(" (a stack overflow, perhaps, from endless recursion, or an abort)")
            }
            Self::PassedOnSignal(signal) => {
                write!(f, "its process was ended by signal {}", signal.number())?;
                if *signal == Signal::SegmentationFault {
                    f.write_str(
                        " (a stack overflow from endless recursion, perhaps, or a wrong pointer in unsafe code)",
                    )?;
                }
                Ok(())
            }
            Self::ClosedReplies => f.write_str("its process closed the pipe to the grader"),
            Self::PrintedTooMuch => f.write_str("it printed more than is taken"),
            Self::UnreadableReply { error } => {
                write!(f, "it replied with something that is no tensor: {error}")
            }
            Self::TooLargeReply {
                output,
                shape,
                most,
            } => write!(
                f,
                "it returned `{output}` with the shape {shape:?}, expected at most {most} entries: no answer to this \
                 case is so large"
            ),
            Self::MissingOutput { output } => write!(f, "it replied without `{output}`"),
            Self::WrongType {
                output,
                found,
                expected,
            } => write!(
                f,
                "it replied with {found} as `{output}`, expected {expected}"
            ),
            Self::RefusedCall { message } => {
                write!(f, "it replied that it cannot be asked: {message}")
            }
            Self::StackOverflow => f.write_str("a stack overflow (endless recursion, perhaps)"),
            Self::PanicWhilePanicking => f.write_str("a panic while it was panicking"),
        }
    }
}

/// A signal that ended a process; the named ones have the same number on Linux and macOS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// `SIGABRT`.
    Abort,
    /// `SIGKILL`.
    Kill,
    /// `SIGSEGV`.
    SegmentationFault,
    /// `SIGXCPU`: the limit of processor time.
    CpuLimit,
    /// `SIGXFSZ`: the limit of a file's size.
    FileSizeLimit,
    /// Any other, by its number.
    Other(i32),
}

impl Signal {
    /// Returns the signal with this number.
    pub fn from_number(number: i32) -> Self {
        match number {
            6 => Self::Abort,
            9 => Self::Kill,
            11 => Self::SegmentationFault,
            24 => Self::CpuLimit,
            25 => Self::FileSizeLimit,
            other => Self::Other(other),
        }
    }

    /// Returns its number.
    pub fn number(self) -> i32 {
        match self {
            Self::Abort => 6,
            Self::Kill => 9,
            Self::SegmentationFault => 11,
            Self::CpuLimit => 24,
            Self::FileSizeLimit => 25,
            Self::Other(number) => number,
        }
    }

    fn name(self) -> Option<&'static str> {
        match self {
            Self::Abort => Some("SIGABRT"),
            Self::Kill => Some("SIGKILL"),
            Self::SegmentationFault => Some("SIGSEGV"),
            Self::CpuLimit => Some("SIGXCPU"),
            Self::FileSizeLimit => Some("SIGXFSZ"),
            Self::Other(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signal_keeps_its_number() {
        for number in 1..65 {
            assert_eq!(Signal::from_number(number).number(), number);
        }
    }

    #[cfg(unix)]
    #[test]
    fn statuses_are_understood() {
        use std::os::unix::process::ExitStatusExt;
        let end = |status| ProcessEnd::from(ExitStatus::from_raw(status));
        assert_eq!(end(24), ProcessEnd::Signal(Signal::CpuLimit));
        assert_eq!(end(64), ProcessEnd::Signal(Signal::Other(64)));
        assert_eq!(
            end((128 + 24) << 8),
            ProcessEnd::PassedOnSignal(Signal::CpuLimit)
        );
        assert_eq!(end(3 << 8), ProcessEnd::Exited(3));
        assert_eq!(
            end(6).to_string(),
            "its process was ended by signal: 6 (SIGABRT) (a stack overflow, perhaps, from endless recursion, or an abort)"
        );
    }
}
