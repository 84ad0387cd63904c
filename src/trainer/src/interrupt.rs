//! Requests to stop, such as Ctrl-C: a run saves first.

#[cfg(unix)]
use std::process;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
#[cfg(unix)]
use std::thread;

#[cfg(unix)]
use nix::sys::signal::{SigSet, Signal};

/// Exit status of a program that was interrupted, as shells have it.
pub(crate) const INTERRUPTED: u8 = 130;

/// A request to stop, which may come at any time.
#[derive(Debug, Clone, Default)]
pub(crate) struct Stop(Arc<AtomicBool>);

impl Stop {
    /// Returns `true` once the request has come.
    pub(crate) fn is_requested(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// Notes that the request has come.
    #[cfg(any(unix, test))]
    fn request(&self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Takes requests to stop from now on. The first is noted, and a second one ends the program at once. To be called before
/// other threads are started.
#[cfg(unix)]
pub(crate) fn listen() -> Stop {
    let stop = Stop::default();
    let mut signals = SigSet::empty();
    signals.add(Signal::SIGINT);
    signals.add(Signal::SIGTERM);
    // A signal that every thread blocks is kept for the thread that waits for it. Without that, it ends the program, and
    // there is the last checkpoint.
    if signals.thread_block().is_ok() {
        let noted = stop.clone();
        thread::spawn(move || {
            if signals.wait().is_ok() {
                noted.request();
            }
            // A person who asks twice does not want to wait.
            if signals.wait().is_ok() {
                process::exit(INTERRUPTED.into());
            }
        });
    }
    stop
}

/// Takes no requests: a program that is told to stop ends at once, and there is the last checkpoint.
#[cfg(not(unix))]
pub(crate) fn listen() -> Stop {
    Stop::default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_seen_by_all_that_wait_for_it() {
        let stop = Stop::default();
        let other = stop.clone();
        assert!(!stop.is_requested());
        other.request();
        assert!(stop.is_requested());
    }
}
