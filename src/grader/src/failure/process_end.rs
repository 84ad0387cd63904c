//! The end of a worker's process, and the signals that end one.

use std::fmt;
use std::process::ExitStatus;

/// The end of a worker's process, or of the conversation with it.
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
