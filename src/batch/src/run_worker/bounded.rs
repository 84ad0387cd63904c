//! A worker with a limit on all of its calls together.

use std::io::PipeWriter;
use std::process::Command;
use std::time::{Duration, Instant};

use attentive_grader::{
    Case, Failure, Pack, ProcessEnd, Reply, ReplyBounds, Respond, SourceLocation, Worker,
};

use crate::budget::JobBudget;
use crate::limits::{LimitHit, Limits};
use crate::text::plain;

/// A worker with a limit on all of its calls together. It is not believed when it replies that the course is broken: the
/// stubs have shown before that the course is in order.
pub(super) struct BoundedWorker<'a> {
    worker: Worker,
    limits: &'a Limits,
    budget: JobBudget<'a>,
    end: Instant,
    was_asked: bool,
    /// The limit on several calls that was reached, if one was.
    reached: Option<LimitHit>,
}

impl<'a> BoundedWorker<'a> {
    /// Prepares a worker, which starts with the first call; `prints` takes what it prints to standard output.
    pub(super) fn new(
        command: Command,
        pack: &Pack,
        limits: &'a Limits,
        prints: PipeWriter,
        budget: JobBudget<'a>,
    ) -> Self {
        let bounds = ReplyBounds::of_pack(pack);
        Self {
            worker: Worker::new(command, bounds, limits.call, prints),
            limits,
            budget,
            end: Instant::now() + limits.task,
            was_asked: false,
            reached: None,
        }
    }

    /// Begins a task, which has the time of one.
    pub(super) fn begin_task(&mut self) {
        self.end = Instant::now() + self.limits.task;
        self.reached = None;
    }

    /// Returns the limit on several calls that the task reached.
    pub(super) fn reached(&self) -> Option<LimitHit> {
        self.reached
    }

    /// Returns the limit that leaves no time for one more call, and its time.
    fn exhausted(&self) -> Option<(LimitHit, Duration)> {
        let Limits {
            task, submission, ..
        } = *self.limits;
        if !self.was_asked {
            None // the sandbox is proved to work by entering it
        } else if self.budget.is_exhausted() {
            Some((LimitHit::SubmissionTime(submission), submission))
        } else if Instant::now() >= self.end {
            Some((LimitHit::TaskTime(task), task))
        } else {
            None
        }
    }
}

impl Respond for BoundedWorker<'_> {
    fn respond(&mut self, task: &str, case: &Case) -> Result<Reply, Failure> {
        if let Some((reached, limit)) = self.exhausted() {
            self.reached = Some(reached);
            return Err(Failure::TimedOut { limit });
        }
        self.was_asked = true;
        let start = Instant::now();
        let reply = self.worker.respond(task, case);
        self.budget.charge(start.elapsed());
        // Each of these texts is wrapped, searched and kept.
        reply.map_err(|failure| match failure {
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
