//! Processes of a course that are still running, and marks that they leave.

use std::fs;
#[cfg(target_os = "linux")]
use std::path::PathBuf;

use super::Checkout;
use super::waiting::wait;

impl Checkout {
    /// Returns code for a learner's file that says when it is run; see [`Checkout::wait_for_mark`].
    pub(crate) fn mark(&self) -> String {
        let mark = self.path("mark");
        format!("std::fs::write({mark:?}, \"\").expect(\"a mark can be written\");")
    }

    /// Waits until a learner's code with a mark is run.
    pub(crate) fn wait_for_mark(&self) {
        wait(|| self.path("mark").exists()).expect("the code is run");
        fs::remove_file(self.path("mark")).expect("the mark can be removed");
    }

    /// Lists the processes that run in this course.
    #[cfg(target_os = "linux")]
    fn processes(&self) -> Vec<String> {
        let here = |process: &PathBuf| {
            fs::read_link(process.join("cwd")).is_ok_and(|cwd| cwd.starts_with(&self.root))
        };
        let all = fs::read_dir("/proc")
            .expect("Linux has /proc")
            .flatten()
            .map(|entry| entry.path());
        let command =
            |process: PathBuf| fs::read_to_string(process.join("cmdline")).unwrap_or_default();
        // A process that has ended and waits to be noticed has no command line.
        all.filter(here)
            .map(command)
            .filter(|line| !line.is_empty())
            .collect()
    }

    /// Waits until no process runs in this course, on the system on which one can tell.
    pub(crate) fn assert_nothing_runs(&self) {
        #[cfg(target_os = "linux")]
        wait(|| self.processes().is_empty())
            .unwrap_or_else(|()| panic!("still running: {:?}", self.processes()));
    }
}
