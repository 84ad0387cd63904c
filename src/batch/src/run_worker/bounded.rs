//! A worker with a limit on all of its calls together.

use std::borrow::Cow;
use std::io::PipeWriter;
use std::process::Command;
use std::time::{Duration, Instant};

use attentive_grader::{
    Case, Failure, ProcessEnd, Reply, ReplyBounds, Respond, SourceLocation, Worker,
};

use crate::budget::JobBudget;
use crate::course::Exercise;
use crate::limits::{LimitHit, Limits};
use crate::text::plain;

/// A worker with a limit on all of its calls together. It is not believed when it replies that the course is broken: the
/// stubs have shown before that the course is in order.
pub(super) struct BoundedWorker<'a> {
    worker: Worker,
    limits: &'a Limits,
    asked: AskedExercise<'a>,
    end: Instant,
    was_asked: bool,
    /// The limit on several calls that was reached, if one was.
    reached: Option<LimitHit>,
}

/// The exercise whose tasks a worker is asked.
#[derive(Clone, Copy)]
pub(super) struct AskedExercise<'a> {
    pub(super) exercise: &'a Exercise,
    pub(super) budget: JobBudget<'a>,
    /// `true` if the worker answers for several exercises, and a task has the exercise's name in front.
    pub(super) is_joint: bool,
}

impl AskedExercise<'_> {
    /// Returns the name by which the worker knows a task.
    fn name(self, task: &str) -> Cow<'_, str> {
        if self.is_joint {
            Cow::Owned(format!("{}/{task}", self.exercise.folder))
        } else {
            Cow::Borrowed(task)
        }
    }
}

/// Returns bounds on the replies to the cases of exercises.
pub(super) fn bounds(asked: &[AskedExercise<'_>]) -> ReplyBounds {
    match asked {
        [alone] if !alone.is_joint => ReplyBounds::of_pack(&alone.exercise.pack),
        _ => ReplyBounds::of_exercises(
            asked
                .iter()
                .map(|one| (&*one.exercise.folder, &one.exercise.pack)),
        ),
    }
}

impl<'a> BoundedWorker<'a> {
    /// Prepares a worker, which starts with the first call; `prints` takes what it prints to standard output. The exercise
    /// `asked` is the first that it is asked, and `bounds` are those of all.
    pub(super) fn new(
        command: Command,
        bounds: ReplyBounds,
        limits: &'a Limits,
        prints: PipeWriter,
        asked: AskedExercise<'a>,
    ) -> Self {
        Self {
            worker: Worker::new(command, bounds, limits.call, prints),
            limits,
            asked,
            end: Instant::now() + limits.task,
            was_asked: false,
            reached: None,
        }
    }

    /// Begins an exercise.
    pub(super) fn begin_exercise(&mut self, asked: AskedExercise<'a>) {
        self.asked = asked;
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
        } else if self.asked.budget.is_exhausted() {
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
        let reply = self.worker.respond(&self.asked.name(task), case);
        self.asked.budget.charge(start.elapsed());
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
