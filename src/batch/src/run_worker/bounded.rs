//! A worker with a limit on all of its calls together.

use std::io::PipeWriter;
use std::process::Command;
use std::time::{Duration, Instant};

use attentive_grader::{
    Case, Failure, Pack, ProcessEnd, Reply, ReplyBounds, Respond, SourceLocation, Worker,
};

use crate::limits::Limits;
use crate::text::plain;

/// A worker with a limit on all of its calls together. It is not believed when it replies that the course is broken: the
/// stubs have shown before that the course is in order.
pub(super) struct BoundedWorker {
    worker: Worker,
    end: Instant,
    limit: Duration,
}

impl BoundedWorker {
    /// Prepares a worker, which starts with the first call; `prints` takes what it prints to standard output.
    pub(super) fn new(command: Command, pack: &Pack, limits: &Limits, prints: PipeWriter) -> Self {
        let bounds = ReplyBounds::of_pack(pack);
        Self {
            worker: Worker::new(command, bounds, limits.call, prints),
            end: Instant::now() + limits.task,
            limit: limits.task,
        }
    }
}

impl Respond for BoundedWorker {
    fn respond(&mut self, task: &str, case: &Case) -> Result<Reply, Failure> {
        if Instant::now() >= self.end {
            return Err(Failure::TimedOut { limit: self.limit });
        }
        // A frame has room for megabytes, and each of these texts is wrapped, searched and kept.
        self.worker
            .respond(task, case)
            .map_err(|failure| match failure {
                Failure::Broken { message } => Failure::Crashed(ProcessEnd::RefusedCall {
                    message: plain(&message),
                }),
                Failure::Panicked { message, location } => Failure::Panicked {
                    message: plain(&message),
                    location: location.map(|location| SourceLocation {
                        file: plain(&location.file),
                        ..location
                    }),
                },
                Failure::NotImplemented { text } => Failure::NotImplemented { text: plain(&text) },
                Failure::Crashed(ProcessEnd::UnreadableReply { error }) => {
                    Failure::Crashed(ProcessEnd::UnreadableReply {
                        error: plain(&error),
                    })
                }
                other => other,
            })
    }
}
