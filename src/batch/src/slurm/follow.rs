//! Following of a run until its jobs have ended.

use std::io::{self, Write};
use std::thread;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use crate::slurm::controller::Controller;
use crate::slurm::error::SlurmError;
use crate::slurm::interrupt;
use crate::slurm::record::Record;
use crate::slurm::run_folder::{MERGE, RunFolder};
use crate::slurm::status::{MergeStatus, Status, StatusJson};

/// The first pause between two looks, and the longest: each look costs the controller, and all users share it.
const PAUSES: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(15)];
/// Ratio of each pause to the one before.
const GROWTH: f64 = 1.25;
/// The time that a shared folder may need until it shows what a node has written.
const SETTLING: Duration = Duration::from_secs(3);

/// Printer of statuses.
pub(crate) struct Followed<'a> {
    pub(crate) controller: Controller,
    pub(crate) record: &'a Record,
    pub(crate) folder: &'a RunFolder,
    /// `true` for a line of JSON with each change, on standard output.
    pub(crate) json: bool,
}

/// Follows jobs until all have ended; returns `true` if everything could be graded.
pub(crate) fn follow(followed: &Followed<'_>) -> Result<bool, SlurmError> {
    interrupt::advise(
        "The jobs go on. The same command once more follows them again; with --status it only prints their progress.",
    );
    let bar = bar();
    let mut pause = PAUSES[0];
    let mut last = None;
    loop {
        let mut status = followed.look()?;
        if !status.is_active() && !matches!(status.merge, MergeStatus::Done { .. }) {
            thread::sleep(SETTLING);
            status = followed.look()?;
        }
        if last.as_ref() != Some(&status) {
            followed.show(&status, &bar)?;
        }
        if !status.is_active() {
            bar.finish_and_clear();
            return followed.conclude(&status);
        }
        last = Some(status);
        thread::sleep(pause);
        pause = pause.mul_f64(GROWTH).min(PAUSES[1]);
    }
}

impl Followed<'_> {
    /// Looks at the run once.
    pub(crate) fn look(&self) -> Result<Status, SlurmError> {
        Status::look(self.controller, self.record, self.folder)
    }

    /// Prints a status on standard output.
    pub(crate) fn print(&self, status: &Status) -> Result<(), SlurmError> {
        let text = if self.json {
            self.json(status)?
        } else {
            let mut lines = vec![status.to_string()];
            lines.extend(status.failures(self.folder));
            lines.join("\n")
        };
        writeln!(io::stdout().lock(), "{text}").map_err(SlurmError::Terminal)
    }

    fn json(&self, status: &Status) -> Result<String, SlurmError> {
        let json = StatusJson::new(status, self.record.merge.as_deref(), self.folder);
        serde_json::to_string(&json).map_err(|error| SlurmError::Json {
            path: self.folder.record(),
            error,
        })
    }

    /// Shows a status that is new.
    fn show(&self, status: &Status, bar: &ProgressBar) -> Result<(), SlurmError> {
        if self.json {
            return self.print(status);
        }
        bar.set_message(status.to_string());
        if bar.is_hidden() {
            eprintln!("{status}");
        }
        Ok(())
    }

    /// Says how the run ended.
    fn conclude(&self, status: &Status) -> Result<bool, SlurmError> {
        let failures = status.failures(self.folder);
        let missing = status.missing().len();
        if missing > 0 {
            return Err(SlurmError::Parts {
                failed: missing,
                of: self.record.parts,
                list: failures.join("\n"),
            });
        }
        match &status.merge {
            MergeStatus::Done { has_faults } => Ok(!has_faults),
            MergeStatus::Failed(failure) => {
                let log = self.folder.log(MERGE);
                let text = format!("  merge: {failure}\n    log: {}", log.display());
                Err(SlurmError::Merge(text))
            }
            // Not submitted, because somebody cancelled it or this program was ended before.
            MergeStatus::Missing | MergeStatus::Pending | MergeStatus::Running => Err(
                SlurmError::Merge("  merge: it was not submitted".to_owned()),
            ),
        }
    }
}

/// Makes a line that shows the status as it changes.
fn bar() -> ProgressBar {
    let bar = ProgressBar::new_spinner();
    // The template is a constant; should indicatif no longer like it, its own will do.
    if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} ({elapsed})") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}
