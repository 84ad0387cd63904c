//! An exercise as its author describes it.

use attentive_grader::Tolerance;

use crate::task::Task;

/// An exercise: a crate that learners complete, task by task.
pub struct Exercise {
    pub(crate) name: &'static str,
    pub(crate) tolerance: Tolerance,
    pub(crate) tasks: Vec<Task>,
}

impl Exercise {
    /// An exercise without tasks. `name` is that of the learner's crate.
    pub fn new(name: &'static str, tolerance: Tolerance) -> Self {
        Self {
            name,
            tolerance,
            tasks: Vec::new(),
        }
    }

    /// The name of the learner's crate.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Adds a task. Tasks are solved in this order.
    #[must_use]
    pub fn task(mut self, task: Task) -> Self {
        self.tasks.push(task);
        self
    }
}
