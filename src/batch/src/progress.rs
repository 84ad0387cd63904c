//! Reports that are written while a class is graded, so that nobody waits for the slowest submission.

use std::time::{Duration, Instant};

use crate::args::ReportArguments;
use crate::context::CacheContexts;
use crate::course::Course;
use crate::error::Error;
use crate::grades::Grades;
use crate::intake::Submission;
use crate::journal::Results;
use crate::output::OutputFolder;
use crate::publish::{write_and_print, write_reports};
use crate::run::Run;
use crate::run_header::RunHeader;
use crate::run_progress::RunProgress;

/// The least time from one writing of reports to the next.
const PAUSE: Duration = Duration::from_secs(30);
/// The number of times as long as writing takes that it pauses at least.
const SHARE: u32 = 20;

/// Writes reports from time to time, and at the end.
#[derive(Debug)]
pub(crate) struct Progress<'a> {
    pub(crate) output: &'a OutputFolder,
    pub(crate) course: &'a Course,
    pub(crate) header: &'a RunHeader,
    pub(crate) submissions: &'a [Submission],
    pub(crate) contexts: &'a CacheContexts,
    pub(crate) reports: &'a ReportArguments,
    pub(crate) schedule: Schedule,
}

/// The time of the next reports.
#[derive(Debug)]
pub(crate) struct Schedule {
    next: Instant,
}

impl Schedule {
    /// Begins with a pause.
    pub(crate) fn new() -> Self {
        Self {
            next: Instant::now() + PAUSE,
        }
    }
}

impl Progress<'_> {
    /// Writes reports of what is known so far, if the last ones are old.
    pub(crate) fn write_if_due(&mut self, results: &Results) -> Result<(), Error> {
        if Instant::now() < self.schedule.next {
            return Ok(());
        }
        self.write(results)
    }

    /// Writes reports of what is known so far.
    pub(crate) fn write(&mut self, results: &Results) -> Result<(), Error> {
        let start = Instant::now();
        self.with_run(results, |run| {
            write_reports(run, self.reports)?;
            self.write_progress(run, false)
        })?;
        self.schedule.next = Instant::now() + PAUSE.max(start.elapsed() * SHARE);
        Ok(())
    }

    /// Writes everything, and prints the grades.
    pub(crate) fn finish(&self, results: &Results, json: bool) -> Result<(), Error> {
        self.with_run(results, |run| {
            write_and_print(run, self.reports, json)?;
            self.write_progress(run, true)
        })
    }

    fn write_progress(&self, run: Run<'_>, finished: bool) -> Result<(), Error> {
        let progress = RunProgress::of(run.grades, finished);
        Ok(self.output.write_progress(progress)?)
    }

    fn with_run<T>(&self, results: &Results, write: impl FnOnce(Run<'_>) -> T) -> T {
        let grades = Grades::new(self.course, self.submissions, self.contexts, results);
        write(Run {
            output: self.output,
            course: self.course,
            header: self.header,
            submissions: self.submissions,
            grades: &grades,
            book: self.reports.book.as_deref(),
        })
    }
}
