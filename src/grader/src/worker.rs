//! The parent's side of a worker: start it, ask it, and end it when it takes too long.

use std::fmt;
use std::io::{self, BufReader, BufWriter, Write};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::case::{Case, Reply};
use crate::failure::{Failure, ProcessEnd};
use crate::marker::Marker;
use crate::reply_bound::{ReplyBound, ReplyBounds};
use crate::reply_stream::{Message, ReplyStream};
use crate::respond::Respond;
use crate::wire;

/// The time that a learner's function has for one case, unless said otherwise.
pub const DEFAULT_LIMIT: Duration = Duration::from_secs(10);

/// The time that a worker which has closed its pipe has to end, so that its own status is seen: in a sandbox, on a busy
/// machine, that is not at once.
const ENDING: Duration = Duration::from_millis(500);

/// A worker process that answers cases. It is started when it is first needed, and again after it has ended.
#[derive(Debug)]
pub struct Worker {
    command: Command,
    bounds: ReplyBounds,
    limit: Duration,
    prints: Prints,
    running: Option<Running>,
}

#[derive(Debug)]
struct Running {
    child: Child,
    calls: Sender<(String, Case)>,
    bounds: Sender<ReplyBound>,
    messages: Receiver<Message>,
}

impl Worker {
    /// Makes a worker that is started by `command` with the argument `--worker`. Its replies to the cases that it is
    /// asked are read within `bounds`.
    ///
    /// Prints of the learner's code to standard output go to `prints`. When it cannot be written there, the worker
    /// is ended: it has printed more than is taken. The command's standard error is left as it is.
    pub fn new(
        mut command: Command,
        bounds: ReplyBounds,
        limit: Duration,
        prints: impl Write + Send + 'static,
    ) -> Self {
        command
            .arg("--worker")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        Self {
            command,
            bounds,
            limit,
            prints: Prints(Arc::new(Mutex::new(prints))),
            running: None,
        }
    }

    fn ask(&mut self, task: &str, case: &Case) -> io::Result<Result<Reply, Failure>> {
        let running = match &mut self.running {
            Some(running) => running,
            None => {
                let running = Running::start(&mut self.command, self.prints.clone())?;
                self.running.insert(running)
            }
        };
        // When the worker has gone, the way in which it ended matters, and that is found below.
        let _gone = running.bounds.send(self.bounds.get(task, &case.name));
        let _gone = running.calls.send((task.to_owned(), case.clone()));
        let failure = match running.messages.recv_timeout(self.limit) {
            Ok(Message::Result(result)) => return Ok(result),
            Ok(Message::Closed) | Err(RecvTimeoutError::Disconnected) => {
                let status = self.end(ENDING)?;
                Failure::Crashed(status.map_or(ProcessEnd::ClosedReplies, ProcessEnd::from))
            }
            Ok(Message::Unreadable(error)) => {
                self.end(Duration::ZERO)?;
                Failure::Crashed(ProcessEnd::from(error))
            }
            Ok(Message::PrintsRefused) => {
                self.end(Duration::ZERO)?;
                Failure::Crashed(ProcessEnd::PrintedTooMuch)
            }
            Err(RecvTimeoutError::Timeout) => {
                self.end(Duration::ZERO)?;
                Failure::TimedOut { limit: self.limit }
            }
        };
        Ok(Err(failure))
    }

    /// Ends the worker if it has not ended by itself when it has had a moment. Its input stays open until then: what it
    /// ends with is its own doing.
    fn end(&mut self, moment: Duration) -> io::Result<Option<ExitStatus>> {
        let Some(mut running) = self.running.take() else {
            return Ok(None);
        };
        let status = wait_or_kill(&mut running.child, moment)?;
        // All that it printed is passed on before the next call prints something. A process that it has started may keep
        // the pipe open, and is not waited for.
        while let Ok(Message::Result(_)) = running.messages.recv_timeout(ENDING) {}
        Ok(status)
    }
}

/// Returns the status with which a process ends by itself in a moment. After that it is killed, and has none.
fn wait_or_kill(child: &mut Child, moment: Duration) -> io::Result<Option<ExitStatus>> {
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

impl Running {
    fn start(command: &mut Command, prints: Prints) -> io::Result<Self> {
        let mut child = command.spawn()?;
        let missing = || io::Error::other("the worker has no pipes");
        let mut to = BufWriter::new(child.stdin.take().ok_or_else(missing)?);
        let from = BufReader::with_capacity(1 << 16, child.stdout.take().ok_or_else(missing)?);
        let marker = Marker::random();
        let (calls, waiting) = mpsc::channel::<(String, Case)>();
        // On a thread of its own: a worker that has stopped reading must not stop its parent, too.
        thread::spawn(move || {
            let mut sent = to.write_all(marker.bytes());
            while sent.is_ok()
                && let Ok((task, case)) = waiting.recv()
            {
                sent = wire::send_call(&mut to, &task, &case);
            }
        });
        let (sender, messages) = mpsc::sync_channel(1);
        let (bounds, expected) = mpsc::channel();
        thread::spawn(move || {
            let mut replies = ReplyStream::new(from, prints, marker, expected);
            loop {
                let message = replies.next_message();
                let last = !matches!(message, Message::Result(_));
                if sender.send(message).is_err() || last {
                    break;
                }
            }
        });
        Ok(Self {
            child,
            calls,
            bounds,
            messages,
        })
    }
}

/// The place to which one worker after the other passes on what the learner's code prints.
#[derive(Clone)]
struct Prints(Arc<Mutex<dyn Write + Send>>);

impl fmt::Debug for Prints {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Prints")
    }
}

impl Write for Prints {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut prints = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        prints.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        let mut prints = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        prints.flush()
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
        if let Some(Running {
            mut child,
            calls,
            messages,
            ..
        }) = self.running.take()
        {
            // It ends with its input.
            drop((calls, messages));
            // Nobody is left to be told of a failure.
            let _ended = wait_or_kill(&mut child, Duration::from_millis(20));
        }
    }
}
