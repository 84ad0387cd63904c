//! Running a sandboxed program to its end, with limits on its time and its output.

use std::fs::File;
use std::io::{self, Read, Write};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use wait_timeout::ChildExt;

/// Limits on a process.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ProcessLimits {
    /// The time that it may run.
    pub(crate) time: Duration,
    /// The most bytes that it may write to standard output.
    pub(crate) output: u64,
    /// The most bytes of its standard error that are kept.
    pub(crate) errors: u64,
}

/// The end of a process, and what it wrote to standard error.
#[derive(Debug)]
pub(crate) struct ProcessOutput {
    pub(crate) end: BoundedEnd,
    pub(crate) errors: String,
}

/// The end of a process that had limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BoundedEnd {
    /// It ended by itself.
    Ended(ExitStatus),
    /// It had to be ended, because its time was over.
    OutOfTime,
    /// It wrote more to standard output than it may.
    OutputTooLarge,
}

/// Runs a program to its end, and writes its standard output into a file: it may be so large that few of them would fit
/// into memory.
pub(crate) fn run_bounded(
    mut command: Command,
    limits: ProcessLimits,
    file: File,
) -> io::Result<ProcessOutput> {
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let output = collect(child.stdout.take(), limits.output, file);
    let errors = collect(child.stderr.take(), limits.errors, Vec::new());
    let status = child.wait_timeout(limits.time)?;
    if status.is_none() {
        child.kill()?;
        child.wait()?;
    }
    let errors = collected(&errors)?.map_or_else(Vec::new, |errors| errors.sink);
    let too_large = collected(&output)?.is_some_and(|output| output.is_cut);
    let end = if too_large {
        BoundedEnd::OutputTooLarge
    } else {
        status.map_or(BoundedEnd::OutOfTime, BoundedEnd::Ended)
    };
    Ok(ProcessOutput {
        end,
        errors: String::from_utf8_lossy(&errors).into_owned(),
    })
}

/// The bytes of a pipe.
struct CollectedOutput<W> {
    sink: W,
    /// `true` if there were more than the limit.
    is_cut: bool,
}

/// Reads a pipe to its end on a thread of its own. The bytes beyond the limit are thrown away.
fn collect<W: Write + Send + 'static>(
    pipe: Option<impl Read + Send + 'static>,
    limit: u64,
    sink: W,
) -> Receiver<io::Result<CollectedOutput<W>>> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        // Nobody waits any longer when the program had to be ended.
        let _ = sender.send(copy_bounded(pipe, limit, sink));
    });
    receiver
}

fn copy_bounded<W: Write>(
    pipe: Option<impl Read>,
    limit: u64,
    mut sink: W,
) -> io::Result<CollectedOutput<W>> {
    let mut is_cut = false;
    if let Some(mut pipe) = pipe {
        let copied = io::copy(&mut pipe.by_ref().take(limit), &mut sink);
        // The program ends only when all that it writes is taken. An error of the pipe is an end.
        is_cut = io::copy(&mut pipe, &mut io::sink()).is_ok_and(|rest| rest > 0);
        copied?;
    }
    Ok(CollectedOutput { sink, is_cut })
}

/// Waits for the bytes of a pipe. It is closed when the last process of the sandbox has gone, soon after the first.
fn collected<W>(
    pipe: &Receiver<io::Result<CollectedOutput<W>>>,
) -> io::Result<Option<CollectedOutput<W>>> {
    pipe.recv_timeout(Duration::from_secs(5)).ok().transpose()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Runs a script, and returns what it wrote, too.
    fn shell(script: &str) -> (ProcessOutput, Vec<u8>) {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        let limits = ProcessLimits {
            time: Duration::from_secs(1),
            output: 4,
            errors: 4,
        };
        let file = tempfile::NamedTempFile::new().expect("a file");
        let to = file.reopen().expect("it is there");
        let output = run_bounded(command, limits, to).expect("there is a shell");
        (output, std::fs::read(file.path()).expect("it is there"))
    }

    #[test]
    fn each_end_is_told_from_the_others() {
        let (fine, written) = shell("printf abcd; printf 123456 >&2; exit 3");
        assert!(matches!(fine.end, BoundedEnd::Ended(status) if status.code() == Some(3)));
        assert_eq!(written, b"abcd");
        assert_eq!(fine.errors, "1234");
        let (large, written) = shell("printf abcde");
        assert_eq!(large.end, BoundedEnd::OutputTooLarge);
        assert_eq!(written, b"abcd");
        assert_eq!(shell("exec sleep 60").0.end, BoundedEnd::OutOfTime);
    }
}
