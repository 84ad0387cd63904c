//! Running a sandboxed program to its end, with limits on its time and its output.

use std::io::{self, Read};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

/// What a program may take.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ProcessLimits {
    /// How long it may run.
    pub(crate) time: Duration,
    /// How much it may write to standard output, in bytes.
    pub(crate) output: u64,
    /// How much of its standard error is kept, in bytes.
    pub(crate) errors: u64,
}

/// How a program ended, and what it wrote.
#[derive(Debug)]
pub(crate) struct ProcessOutput {
    /// `None` when it had to be ended, because its time was over or it wrote too much.
    pub(crate) status: Option<ExitStatus>,
    pub(crate) output: Vec<u8>,
    /// Whether it wrote more than it may.
    pub(crate) overflowed: bool,
    pub(crate) errors: String,
}

/// Runs a program to its end.
pub(crate) fn run_bounded(
    mut command: Command,
    limits: ProcessLimits,
) -> io::Result<ProcessOutput> {
    let end = Instant::now() + limits.time;
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let output = collect(child.stdout.take(), limits.output);
    let errors = collect(child.stderr.take(), limits.errors);
    let status = wait(&mut child, end)?;
    // Its pipes are closed when the last process of the sandbox has gone, which follows at once.
    let rest = |from: &Receiver<Vec<u8>>| {
        from.recv_timeout(Duration::from_secs(5))
            .unwrap_or_default()
    };
    let errors = String::from_utf8_lossy(&rest(&errors)).into_owned();
    let mut output = output
        .recv_timeout(Duration::from_secs(5))
        .unwrap_or_default();
    let overflowed = output.len() as u64 > limits.output;
    output.truncate(usize::try_from(limits.output).unwrap_or(usize::MAX));
    Ok(ProcessOutput {
        status: status.filter(|_| !overflowed),
        output,
        overflowed,
        errors,
    })
}

fn wait(child: &mut Child, end: Instant) -> io::Result<Option<ExitStatus>> {
    let mut pause = Duration::from_micros(500);
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if Instant::now() >= end {
            child.kill()?;
            child.wait()?;
            return Ok(None);
        }
        thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(2));
    }
}

/// Reads a pipe to its end on a thread of its own; what is beyond the limit, but for one byte, is thrown away.
fn collect(pipe: Option<impl Read + Send + 'static>, limit: u64) -> Receiver<Vec<u8>> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut pipe) = pipe {
            // A pipe that breaks has no more to say.
            let _ = pipe.by_ref().take(limit + 1).read_to_end(&mut bytes);
            let _ = io::copy(&mut pipe, &mut io::sink());
        }
        // Nobody waits any longer when the program had to be ended.
        let _ = sender.send(bytes);
    });
    receiver
}
