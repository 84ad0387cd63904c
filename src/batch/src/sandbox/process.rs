//! Running a sandboxed program to its end, with limits on its time and its output.

use std::io::{self, Read};
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

/// The end of a process, and everything that it wrote.
#[derive(Debug)]
pub(crate) struct ProcessOutput {
    pub(crate) end: BoundedEnd,
    pub(crate) output: Vec<u8>,
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

/// Runs a program to its end.
pub(crate) fn run_bounded(
    mut command: Command,
    limits: ProcessLimits,
) -> io::Result<ProcessOutput> {
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let output = collect(child.stdout.take(), limits.output);
    let errors = collect(child.stderr.take(), limits.errors);
    let status = child.wait_timeout(limits.time)?;
    if status.is_none() {
        child.kill()?;
        child.wait()?;
    }
    let mut errors = collected(&errors);
    errors.truncate(usize::try_from(limits.errors).unwrap_or(usize::MAX));
    let mut output = collected(&output);
    let end = if output.len() as u64 > limits.output {
        BoundedEnd::OutputTooLarge
    } else {
        status.map_or(BoundedEnd::OutOfTime, BoundedEnd::Ended)
    };
    output.truncate(usize::try_from(limits.output).unwrap_or(usize::MAX));
    Ok(ProcessOutput {
        end,
        output,
        errors: String::from_utf8_lossy(&errors).into_owned(),
    })
}

/// Reads a pipe to its end on a thread of its own. Of the bytes beyond the limit, all but one are thrown away.
fn collect(pipe: Option<impl Read + Send + 'static>, limit: u64) -> Receiver<Vec<u8>> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut pipe) = pipe {
            // An error is an end: the bytes before it count.
            let _ = pipe.by_ref().take(limit + 1).read_to_end(&mut bytes);
            let _ = io::copy(&mut pipe, &mut io::sink());
        }
        // Nobody waits any longer when the program had to be ended.
        let _ = sender.send(bytes);
    });
    receiver
}

/// Waits for the bytes of a pipe. It is closed when the last process of the sandbox has gone, soon after the first.
fn collected(pipe: &Receiver<Vec<u8>>) -> Vec<u8> {
    pipe.recv_timeout(Duration::from_secs(5))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> ProcessOutput {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        let limits = ProcessLimits {
            time: Duration::from_secs(1),
            output: 4,
            errors: 4,
        };
        run_bounded(command, limits).expect("there is a shell")
    }

    #[test]
    fn each_end_is_told_from_the_others() {
        let fine = shell("printf abcd; printf 123456 >&2; exit 3");
        assert!(matches!(fine.end, BoundedEnd::Ended(status) if status.code() == Some(3)));
        assert_eq!(fine.output, b"abcd");
        assert_eq!(fine.errors, "1234");
        let large = shell("printf abcde");
        assert_eq!(large.end, BoundedEnd::OutputTooLarge);
        assert_eq!(large.output, b"abcd");
        assert_eq!(shell("exec sleep 60").end, BoundedEnd::OutOfTime);
    }
}
