//! A worker: a process that computes answers and knows no expected value.
//!
//! It reads calls on its standard input and writes replies to what was its standard output; what the learner's code
//! prints goes to standard error instead, so that a `println!` is no reply.

use std::fs::File;
use std::io::{self, BufReader, BufWriter};
use std::process;
use std::sync::mpsc::{self, Receiver};
use std::thread;

use crate::case::Case;
use crate::panics;
use crate::respond::Respond;
use crate::wire;

/// Answers calls until there are no more.
pub(crate) fn serve(folder: String, answers: &mut impl Respond) -> io::Result<()> {
    let replies = File::from(rustix::io::dup(rustix::stdio::stdout())?);
    rustix::stdio::dup2_stdout(rustix::stdio::stderr())?;
    let mut replies = BufWriter::new(replies);
    panics::remember(folder);
    for call in calls() {
        let (task, case) = call?;
        wire::send_reply(&mut replies, answers.respond(&task, &case))?;
    }
    Ok(())
}

/// The calls, read on a thread of their own: when the parent has gone, however it ended, nobody is left to end an
/// endless loop, so the process ends with its input.
fn calls() -> Receiver<io::Result<(String, Case)>> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut from = BufReader::new(io::stdin());
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
