//! The interface between a grader and whatever answers its cases.

use crate::case::{Case, Reply};
use crate::failure::Failure;

/// Answers cases: a worker process does, and recorded tensors in a test.
pub trait Respond {
    /// Calls the function of a task with the inputs of a case.
    ///
    /// # Errors
    /// When the function gives no reply.
    fn respond(&mut self, task: &str, case: &Case) -> Result<Reply, Failure>;

    /// Returns what the last call printed, as far as it is kept. It is asked for once after each call.
    fn printed(&mut self) -> String {
        String::new()
    }
}
