//! A worker's main loop: the process that computes answers and knows no expected value.
//!
//! It reads calls on its standard input and writes replies to its standard output, each behind the [`Marker`] that its
//! parent chose. Whatever else is on standard output, the learner's code has printed.

use std::io::{self, BufReader, ErrorKind, Read, Write};
use std::process;
use std::sync::mpsc::{self, Receiver};
use std::thread;

use crate::case::Case;
use crate::marker::Marker;
use crate::panics;
use crate::respond::Respond;
use crate::wire;

/// Answers calls until there are no more. `folder` is the name of the exercise's folder.
pub(crate) fn serve(folder: String, answers: &mut impl Respond) -> io::Result<()> {
    let mut from = BufReader::new(io::stdin());
    let marker = match Marker::receive(&mut from) {
        Ok(marker) => marker,
        // A parent that has gone already wants nothing.
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => return Ok(()),
        Err(error) => return Err(error),
    };
    panics::remember(folder);
    for call in calls(from) {
        let (task, case) = call?;
        let result = answers.respond(&task, &case);
        // Locked, so that no thread of the learner's prints into a reply; flushed, so that nothing that was printed
        // without a newline comes after it.
        let mut replies = io::stdout().lock();
        replies.flush()?;
        wire::send_reply(&mut replies, marker, result)?;
    }
    Ok(())
}

/// The calls, read on a thread of their own: when the parent has gone, however it ended, nobody is left to end an
/// endless loop, so the process ends with its input.
fn calls(mut from: impl Read + Send + 'static) -> Receiver<io::Result<(String, Case)>> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        loop {
            match wire::receive_call(&mut from).transpose() {
                None => process::exit(0),
                Some(call) => {
                    let last = call.is_err();
                    if sender.send(call).is_err() || last {
                        return;
                    }
                }
            }
        }
    });
    receiver
}
