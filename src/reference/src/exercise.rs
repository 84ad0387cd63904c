//! What an author says about an exercise: its tasks, their cases, the right way and the wrong ones.

use attentive_grader::{Output, Property, Tolerance};
use tch::Tensor;

use crate::case::{Inputs, Random};

/// Computes a task's outputs, in the order in which the task names them.
pub(crate) type Compute = Box<dyn Fn(&Inputs) -> Vec<Tensor>>;

/// An exercise.
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

    /// One task more; they are solved in this order.
    #[must_use]
    pub fn task(mut self, task: Task) -> Self {
        self.tasks.push(task);
        self
    }
}

/// One function that learners write.
pub struct Task {
    pub(crate) name: &'static str,
    pub(crate) right: Compute,
    pub(crate) outputs: Vec<Output>,
    pub(crate) cases: Vec<CaseMaker>,
    pub(crate) mistakes: Vec<MistakeMaker>,
    pub(crate) properties: Vec<Property>,
}

/// A case whose inputs are made when a pack is recorded.
pub(crate) struct CaseMaker {
    pub(crate) name: &'static str,
    pub(crate) purpose: &'static str,
    pub(crate) inputs: Box<dyn Fn(&Random) -> Inputs>,
}

/// A wrong way of computing a task, and the cases in which it can be computed at all (`None`: in every one).
pub(crate) struct MistakeMaker {
    pub(crate) id: &'static str,
    pub(crate) only: Option<&'static [&'static str]>,
    pub(crate) wrong: Compute,
}

impl Task {
    /// A task and the right way of computing it.
    pub fn new(name: &'static str, right: impl Fn(&Inputs) -> Vec<Tensor> + 'static) -> Self {
        let right = Box::new(right);
        Self {
            name,
            right,
            outputs: vec![],
            cases: vec![],
            mistakes: vec![],
            properties: vec![],
        }
    }

    /// One output more, and what each of its axes counts. The first wrong output is the one that is reported.
    #[must_use]
    pub fn output(mut self, name: &str, axes: &[&str]) -> Self {
        let axes = axes.iter().map(|&axis| axis.into()).collect();
        self.outputs.push(Output {
            name: name.into(),
            axes,
            alphabet: None,
        });
        self
    }

    /// One output more, of symbols one after the other. Reports show it as text: the alphabet has the sign of each
    /// symbol by its number.
    #[must_use]
    pub fn text(mut self, name: &str, alphabet: String) -> Self {
        let axes = vec!["position".into()];
        self.outputs.push(Output {
            name: name.into(),
            axes,
            alphabet: Some(alphabet),
        });
        self
    }

    /// One case more, with what it is there to find out.
    #[must_use]
    pub fn case(
        mut self,
        name: &'static str,
        purpose: &'static str,
        inputs: impl Fn(&Random) -> Inputs + 'static,
    ) -> Self {
        self.cases.push(CaseMaker {
            name,
            purpose,
            inputs: Box::new(inputs),
        });
        self
    }

    /// One wrong way more.
    #[must_use]
    pub fn mistake(
        mut self,
        id: &'static str,
        wrong: impl Fn(&Inputs) -> Vec<Tensor> + 'static,
    ) -> Self {
        self.mistakes.push(MistakeMaker {
            id,
            only: None,
            wrong: Box::new(wrong),
        });
        self
    }

    /// One wrong way more, which does not even give a result except in these cases.
    #[must_use]
    pub fn mistake_in(
        mut self,
        cases: &'static [&'static str],
        id: &'static str,
        wrong: impl Fn(&Inputs) -> Vec<Tensor> + 'static,
    ) -> Self {
        self.mistakes.push(MistakeMaker {
            id,
            only: Some(cases),
            wrong: Box::new(wrong),
        });
        self
    }

    /// One property more.
    #[must_use]
    pub fn property(mut self, property: Property) -> Self {
        self.properties.push(property);
        self
    }
}
