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
use crate::respond::Respond;
use crate::wire;

/// Answers calls until there are no more.
pub(crate) fn serve(answers: &mut impl Respond) -> io::Result<()> {
    let mut from = BufReader::new(io::stdin());
    let marker = match Marker::receive(&mut from) {
        Ok(marker) => marker,
        // A parent that has gone already wants nothing.
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => return Ok(()),
        Err(error) => return Err(error),
    };
    let mut replies = standard_output()?;
    for call in calls(from) {
        let (task, case) = call?;
        let result = answers.respond(&task, &case);
        // Locked, so that no thread of the learner's prints into a reply; flushed, so that nothing that was printed
        // without a newline comes after it.
        let mut prints = io::stdout().lock();
        prints.flush()?;
        wire::send_reply(&mut replies, marker, result)?;
    }
    Ok(())
}

/// Returns a handle of its own on standard output. The library's would drop, without an error, what is written after
/// the learner's code has closed the descriptor.
#[cfg(unix)]
fn standard_output() -> io::Result<impl Write> {
    use std::os::fd::AsFd;
    let handle = std::fs::File::from(io::stdout().as_fd().try_clone_to_owned()?);
    // Never closed: the library aborts where a descriptor that it owns is closed already.
    Ok(&*Box::leak(Box::new(handle)))
}

/// Elsewhere nothing closes it by accident. The lock may be taken twice by one thread.
#[cfg(not(unix))]
fn standard_output() -> io::Result<impl Write> {
    Ok(io::stdout())
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
