//! Ctrl-C, which ends the following of jobs and not the jobs.

use std::process;

/// Exit status of a program that was interrupted, as shells have it.
const INTERRUPTED: i32 = 130;

/// From now on, Ctrl-C prints `advice` before it ends this program.
pub(super) fn advise(advice: &'static str) {
    // Where there can be no handler, Ctrl-C ends this program without it, and the jobs go on as well.
    let _ = ctrlc::set_handler(move || {
        eprintln!("\n{advice}");
        process::exit(INTERRUPTED);
    });
}
