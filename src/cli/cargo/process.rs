//! The process that compiles, which can be stopped from another thread.

use std::io;
use std::process::{Child, ExitStatus};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// One process after the other, until they are stopped.
#[derive(Debug, Default)]
pub(super) struct Processes(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    running: Option<Child>,
    is_stopped: bool,
}

impl Processes {
    /// Starts a process, and returns what else `spawn` returns, such as its pipes. There is no process after a stop.
    pub(super) fn start<T>(&self, spawn: impl FnOnce() -> io::Result<(Child, T)>) -> io::Result<T> {
        let mut state = self.state();
        if state.is_stopped {
            return Err(io::ErrorKind::Interrupted.into());
        }
        let (child, rest) = spawn()?;
        state.running = Some(child);
        Ok(rest)
    }

    /// Waits until the process has ended, of which all pipes have been read.
    pub(super) fn wait(&self) -> io::Result<Option<ExitStatus>> {
        let child = self.state().running.take();
        child.map(|mut child| child.wait()).transpose()
    }

    /// Ends the process that is under way, and starts no other.
    pub(super) fn stop(&self) {
        let mut state = self.state();
        state.is_stopped = true;
        if let Some(child) = &mut state.running {
            // It may have ended by itself, which is as good.
            let _ = child.kill();
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
