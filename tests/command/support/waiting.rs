//! Waiting for what a program that was started does.

use std::process::Child;
use std::thread;
use std::time::{Duration, Instant};

/// Time for anything that has to happen. It is long, so that nothing depends on how fast the machine is, or on what else
/// is compiled in the same folder.
const PATIENCE: Duration = Duration::from_secs(600);

/// Waits until something holds.
pub(crate) fn wait(mut holds: impl FnMut() -> bool) -> Result<(), ()> {
    let start = Instant::now();
    while !holds() {
        if start.elapsed() > PATIENCE {
            return Err(());
        }
        thread::sleep(Duration::from_millis(10));
    }
    Ok(())
}

/// Ends a process that a test has started.
pub(crate) fn kill(mut child: Child) {
    child.kill().expect("it can be ended");
    child.wait().expect("it has ended");
}
