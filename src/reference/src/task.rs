//! A task as its author describes it: its outputs, its cases, the right way and the wrong ones.

use attentive_grader::{Output, OutputKind};

use crate::inputs::Inputs;
use crate::outputs::Outputs;
use crate::property::Property;
use crate::random::Random;

/// Computes a task's outputs.
pub(crate) type Compute = Box<dyn Fn(&Inputs) -> Outputs>;

/// One function that learners write.
pub struct Task {
    pub(crate) name: &'static str,
    pub(crate) right: Compute,
    pub(crate) outputs: Vec<Output>,
    pub(crate) cases: Vec<Case>,
    pub(crate) mistakes: Vec<Mistake>,
    pub(crate) properties: Vec<Property>,
}

/// A case, whose inputs are made when a pack is recorded.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) purpose: &'static str,
    pub(crate) inputs: Box<dyn Fn(&Random) -> Inputs>,
}

/// A wrong way of computing a task.
pub(crate) struct Mistake {
    pub(crate) id: &'static str,
    /// The cases in which it can be computed at all; `None` for every one.
    pub(crate) only_in: Option<Vec<&'static str>>,
    pub(crate) wrong: Compute,
}

impl Mistake {
    /// Returns `true` if the mistake gives a result in the case of this name.
    pub(crate) fn is_computable_in(&self, case: &str) -> bool {
        let only_in = self.only_in.as_ref();
        only_in.is_none_or(|cases| cases.contains(&case))
    }
}

impl Task {
    /// A task and the right way of computing it.
    pub fn new<O: Into<Outputs>>(
        name: &'static str,
        right: impl Fn(&Inputs) -> O + 'static,
    ) -> Self {
        Self {
            name,
            right: Box::new(move |x| right(x).into()),
            outputs: Vec::new(),
            cases: Vec::new(),
            mistakes: Vec::new(),
            properties: Vec::new(),
        }
    }

    /// Adds an output of numbers, with what each of its axes counts. The first wrong output is the one that is reported.
    #[must_use]
    pub fn output(self, name: &str, axes: &[&str]) -> Self {
        self.output_of_kind(name, axes, OutputKind::default())
    }

    /// Adds an output of tokens one after the other. Reports show it as text, with the sign of each token by its number.
    #[must_use]
    pub fn text(self, name: &str, vocabulary: Vec<String>) -> Self {
        self.output_of_kind(name, &["position"], OutputKind::Text { vocabulary })
    }

    /// Adds an output of any kind: ids, a curve, a count, or numbers with a tolerance of their own.
    #[must_use]
    pub fn output_of_kind(mut self, name: &str, axes: &[&str], kind: OutputKind) -> Self {
        self.outputs.push(Output {
            name: name.into(),
            axes: axes.iter().map(|&axis| axis.into()).collect(),
            kind,
        });
        self
    }

    /// Adds a case, with what it is there to find out.
    #[must_use]
    pub fn case(
        mut self,
        name: &'static str,
        purpose: &'static str,
        inputs: impl Fn(&Random) -> Inputs + 'static,
    ) -> Self {
        self.cases.push(Case {
            name,
            purpose,
            inputs: Box::new(inputs),
        });
        self
    }

    /// Adds a wrong way of computing the task.
    #[must_use]
    pub fn mistake<O: Into<Outputs>>(
        mut self,
        id: &'static str,
        wrong: impl Fn(&Inputs) -> O + 'static,
    ) -> Self {
        self.mistakes.push(Mistake {
            id,
            only_in: None,
            wrong: Box::new(move |x| wrong(x).into()),
        });
        self
    }

    /// Restricts the mistake before it to these cases: in all others it gives no result at all.
    ///
    /// # Panics
    /// When there is no mistake before it.
    #[must_use]
    pub fn only_in(mut self, cases: impl AsRef<[&'static str]>) -> Self {
        let mistake = self.mistakes.last_mut();
        mistake.expect("`only_in` follows a mistake").only_in = Some(cases.as_ref().to_vec());
        self
    }

    /// Adds a relation between the outputs of related calls.
    #[must_use]
    pub fn property(mut self, property: Property) -> Self {
        self.properties.push(property);
        self
    }
}
