//! The parent's side of a worker: start it, ask it, and end it when it takes too long.

use std::io::{self, BufReader, BufWriter};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant};

use crate::case::{Case, Reply};
use crate::failure::{Failure, ProcessEnd};
use crate::respond::Respond;
use crate::wire;

/// How long a learner's function may take for one case, unless said otherwise.
pub const DEFAULT_LIMIT: Duration = Duration::from_secs(10);

/// How long a worker that has closed its pipe may take to end, so that its own status is seen: in a sandbox, on a busy
/// machine, that is not at once.
const ENDING: Duration = Duration::from_millis(500);

/// A worker process that answers cases. It is started when it is first needed, and again after it has ended.
#[derive(Debug)]
pub struct Worker {
    command: Command,
    limit: Duration,
    running: Option<Running>,
}

#[derive(Debug)]
struct Running {
    child: Child,
    calls: Sender<(String, Case)>,
    replies: Receiver<io::Result<Option<Result<Reply, Failure>>>>,
}

impl Worker {
    /// A worker that is started by `command` with the argument `--worker`.
    ///
    /// The command's standard error is left as it is: that is where the learner's `println!` and `dbg!` go.
    pub fn new(mut command: Command, limit: Duration) -> Self {
        command
            .arg("--worker")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        Self {
            command,
            limit,
            running: None,
        }
    }

    fn ask(&mut self, task: &str, case: &Case) -> io::Result<Result<Reply, Failure>> {
        let running = match &mut self.running {
            Some(running) => running,
            None => self.running.insert(Running::start(&mut self.command)?),
        };
        // When the worker has gone, the way in which it ended matters, and that is found below.
        let _gone = running.calls.send((task.to_owned(), case.clone()));
        let failure = match running.replies.recv_timeout(self.limit) {
            Ok(Ok(Some(result))) => return Ok(result),
            Ok(Ok(None)) | Err(RecvTimeoutError::Disconnected) => {
                let status = self.end(ENDING)?;
                Failure::Crashed(status.map_or(ProcessEnd::ClosedReplies, ProcessEnd::from))
            }
            Ok(Err(error)) => {
                self.end(Duration::ZERO)?;
                let error = error.to_string();
                Failure::Crashed(ProcessEnd::UnreadableReply { error })
            }
            Err(RecvTimeoutError::Timeout) => {
                self.end(Duration::ZERO)?;
                Failure::TimedOut { limit: self.limit }
            }
        };
        Ok(Err(failure))
    }

    /// Ends the worker if it has not ended by itself when it has had a moment.
    fn end(&mut self, moment: Duration) -> io::Result<Option<ExitStatus>> {
        let Some(Running {
            mut child,
            calls,
            replies,
        }) = self.running.take()
        else {
            return Ok(None);
        };
        drop((calls, replies));
        let end = Instant::now() + moment;
        loop {
            if let Some(status) = child.try_wait()? {
                return Ok(Some(status));
            }
            if Instant::now() >= end {
                break;
            }
            thread::sleep(Duration::from_millis(1));
        }
        child.kill()?;
        child.wait()?;
        Ok(None)
    }
}

impl Running {
    fn start(command: &mut Command) -> io::Result<Self> {
        let mut child = command.spawn()?;
        let missing = || io::Error::other("the worker has no pipes");
        let mut to = BufWriter::new(child.stdin.take().ok_or_else(missing)?);
        let mut from = BufReader::new(child.stdout.take().ok_or_else(missing)?);
        let (calls, waiting) = mpsc::channel::<(String, Case)>();
        // On a thread of its own: a worker that has stopped reading must not stop its parent, too.
        thread::spawn(move || {
            while let Ok((task, case)) = waiting.recv() {
                if wire::send_call(&mut to, &task, &case).is_err() {
                    break;
                }
            }
        });
        let (sender, replies) = mpsc::sync_channel(1);
        thread::spawn(move || {
            loop {
                let reply = wire::receive_reply(&mut from);
                let last = !matches!(reply, Ok(Some(_)));
                if sender.send(reply).is_err() || last {
                    break;
                }
            }
        });
        Ok(Self {
            child,
            calls,
            replies,
        })
    }
}

impl Respond for Worker {
    fn respond(&mut self, task: &str, case: &Case) -> Result<Reply, Failure> {
        self.ask(task, case).unwrap_or_else(|error| {
            Err(Failure::Broken {
                message: format!("the worker cannot be run: {error}"),
            })
        })
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // Nobody is left to be told of a failure.
        let _ended = self.end(Duration::from_millis(20));
    }
}
