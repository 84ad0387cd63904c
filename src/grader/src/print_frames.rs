//! Prints of a process, call by call.

use std::collections::VecDeque;
use std::io::{self, BufReader, PipeReader, PipeWriter, Write};
use std::sync::mpsc::{self, Receiver, SyncSender};
use std::thread;

use crate::marker::{Marker, Passed};

/// A pipe for all that a process prints, read on a thread of its own and taken apart where a call ends.
#[derive(Debug)]
pub struct PrintFrames {
    pipe: PipeWriter,
    marker: Marker,
    frames: Receiver<Vec<u8>>,
}

impl PrintFrames {
    /// Opens a pipe. Of each call, the last `kept` bytes are kept.
    ///
    /// # Errors
    /// When the system has no pipe.
    pub fn spawn(kept: usize) -> io::Result<Self> {
        let (reader, pipe) = io::pipe()?;
        let marker = Marker::random();
        let (sender, frames) = mpsc::sync_channel(1);
        thread::spawn(move || send_frames(reader, marker, kept, &sender));
        Ok(Self {
            pipe,
            marker,
            frames,
        })
    }

    /// Returns a handle on the pipe for whoever prints.
    ///
    /// # Errors
    /// When the system has no more handles.
    pub fn pipe(&self) -> io::Result<PipeWriter> {
        self.pipe.try_clone()
    }

    /// Ends a call, and returns what was printed since the one before it.
    pub fn end_call(&mut self) -> String {
        // A pipe keeps the order: what was printed before is read before the marker. Where nobody reads any more, nothing
        // is left of it.
        let frame = match self.pipe.write_all(self.marker.bytes()) {
            Ok(()) => self.frames.recv().unwrap_or_default(),
            Err(_) => Vec::new(),
        };
        String::from_utf8_lossy(&frame).into_owned()
    }
}

/// Sends what comes before each marker, until the pipe is closed or nobody takes it any more.
fn send_frames(reader: PipeReader, marker: Marker, kept: usize, frames: &SyncSender<Vec<u8>>) {
    let mut from = BufReader::new(reader);
    loop {
        let mut tail = Tail {
            bytes: VecDeque::new(),
            kept,
        };
        if marker.pass_prints(&mut from, &mut tail) != Passed::Marker
            || frames.send(tail.bytes.into()).is_err()
        {
            return;
        }
    }
}

/// The last bytes of what is written.
struct Tail {
    bytes: VecDeque<u8>,
    kept: usize,
}

impl Write for Tail {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.bytes.extend(bytes);
        let excess = self.bytes.len().saturating_sub(self.kept);
        self.bytes.drain(..excess);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_call_has_its_own_prints() {
        let mut frames = PrintFrames::spawn(4096).expect("a pipe");
        let mut pipe = frames.pipe().expect("a handle");
        pipe.write_all(b"one\n").expect("it is read");
        assert_eq!(frames.end_call(), "one\n");
        assert_eq!(frames.end_call(), "");
        // No UTF-8, and a byte with which a marker begins.
        pipe.write_all(b"two \xff").expect("it is read");
        assert_eq!(frames.end_call(), "two \u{fffd}");
    }

    #[test]
    fn the_end_of_a_flood_is_kept() {
        let mut frames = PrintFrames::spawn(100).expect("a pipe");
        let mut pipe = frames.pipe().expect("a handle");
        for line in 0..5000 {
            writeln!(pipe, "line {line}").expect("the reader reads");
        }
        let end = frames.end_call();
        assert_eq!(end.len(), 100);
        assert!(end.ends_with("line 4998\nline 4999\n"), "{end}");
        pipe.write_all(b"next").expect("it is read");
        assert_eq!(frames.end_call(), "next");
    }
}
