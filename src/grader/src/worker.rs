//! A worker: a process that computes answers and knows no expected value.
//!
//! It reads calls on its standard input and writes replies to what was its standard output; what the learner's code
//! prints goes to standard error instead, so that a `println!` is no reply.

use std::fs::File;
use std::io::{self, BufReader, BufWriter};

use crate::panics;
use crate::verdict::Respond;
use crate::wire;

/// Answers calls until there are no more.
pub(crate) fn serve(folder: String, answers: &mut impl Respond) -> io::Result<()> {
    let replies = File::from(rustix::io::dup(rustix::stdio::stdout())?);
    rustix::stdio::dup2_stdout(rustix::stdio::stderr())?;
    let (mut calls, mut replies) = (BufReader::new(io::stdin()), BufWriter::new(replies));
    panics::remember(folder);
    while let Some((task, case)) = wire::receive_call(&mut calls)? {
        let response = answers.respond(&task, &case);
        wire::send_response(&mut replies, response)?;
    }
    Ok(())
}
