//! The outputs of a task, by name.

use tch::Tensor;

/// The results of a computation: a tensor for each of the task's outputs, or the only one without its name.
///
/// ```text
/// Task::new("scores", |x| scores(&x["q"], &x["k"]))
/// Task::new("attention", |x| [("weights", weights(x)), ("output", output(x))])
/// ```
#[derive(Debug)]
pub enum Outputs {
    /// The output of a task that has only one.
    Only(Tensor),
    /// The outputs of a task that has several.
    Named(Vec<(&'static str, Tensor)>),
}

impl From<Tensor> for Outputs {
    fn from(tensor: Tensor) -> Self {
        Self::Only(tensor)
    }
}

impl<const N: usize> From<[(&'static str, Tensor); N]> for Outputs {
    fn from(named: [(&'static str, Tensor); N]) -> Self {
        Self::Named(named.into())
    }
}

impl FromIterator<(&'static str, Tensor)> for Outputs {
    fn from_iter<I: IntoIterator<Item = (&'static str, Tensor)>>(named: I) -> Self {
        Self::Named(named.into_iter().collect())
    }
}
