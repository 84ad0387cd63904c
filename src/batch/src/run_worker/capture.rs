//! Capture of everything that a worker prints.

use std::io::{self, PipeWriter, Read};
use std::process::Command;
use std::thread::{self, JoinHandle};

/// Everything that a worker prints, read on a thread of its own up to a limit.
#[derive(Debug)]
pub(super) struct PrintCapture {
    limit: u64,
    reader: JoinHandle<Vec<u8>>,
}

/// Everything that a worker printed.
pub(super) struct Captured {
    pub(super) text: String,
    /// `true` if it printed as much as it may, or more.
    pub(super) flooded: bool,
}

impl PrintCapture {
    /// Connects a command's standard error, and returns the pipe for what it prints to standard output. At the limit,
    /// the pipe is closed: whoever goes on printing gets an error.
    pub(super) fn spawn(command: &mut Command, limit: u64) -> io::Result<(PipeWriter, Self)> {
        let (reader, writer) = io::pipe()?;
        command.stderr(writer.try_clone()?);
        let read = move || {
            let mut bytes = Vec::new();
            // An error is an end: what came before it counts.
            let _ = reader.take(limit).read_to_end(&mut bytes);
            bytes
        };
        let capture = Self {
            limit,
            reader: thread::spawn(read),
        };
        Ok((writer, capture))
    }

    /// Waits until every process has closed its end of the pipe, and returns what they printed.
    pub(super) fn finish(self) -> Captured {
        let bytes = self.reader.join().unwrap_or_default();
        Captured {
            text: String::from_utf8_lossy(&bytes).into_owned(),
            flooded: bytes.len() as u64 >= self.limit,
        }
    }
}
