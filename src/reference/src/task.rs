//! A task as its author describes it: its outputs, its cases, the right way and the wrong ones.

use attentive_grader::{Growth, Labels, Output, OutputKind, OwnTolerance, PieceSource, Tolerance};

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
    pub(crate) order: Option<String>,
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
    /// The mistake of which it is another form.
    pub(crate) form_of: Option<&'static str>,
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
            order: None,
            cases: Vec::new(),
            mistakes: Vec::new(),
            properties: Vec::new(),
        }
    }

    /// Adds an output of numbers, with what each of its axes counts, in the singular. They are compared within the
    /// exercise's tolerance, or [their own](Self::within).
    ///
    /// Outputs are compared in this order, and the first wrong one is reported.
    #[must_use]
    pub fn output(self, name: &str, axes: impl AsRef<[&'static str]>) -> Self {
        self.output_of_kind(name, axes.as_ref(), OutputKind::Numbers { tolerance: None })
    }

    /// Adds an output of whole numbers such as token ids, compared exactly, with what each of its axes counts.
    #[must_use]
    pub fn ids(self, name: &str, axes: impl AsRef<[&'static str]>) -> Self {
        self.output_of_kind(name, axes.as_ref(), OutputKind::Ids)
    }

    /// Adds an output of token ids one after the other, compared exactly and shown as text. The vocabulary has the text
    /// of each id, in their order.
    #[must_use]
    pub fn text(self, name: &str, vocabulary: Vec<String>) -> Self {
        self.output_of_kind(name, &["position"], OutputKind::Text { vocabulary })
    }

    /// Adds an output that is a text or a string of bytes, compared exactly and shown character by character. It is
    /// made by [`of_bytes`](crate::texts::of_bytes).
    #[must_use]
    pub fn bytes(self, name: &str) -> Self {
        self.output_of_kind(name, &["character"], OutputKind::Bytes)
    }

    /// Adds an output that is a list of texts, with what each of them is, such as a word. It is made by
    /// [`of_texts`](crate::texts::of_texts).
    #[must_use]
    pub fn texts(self, name: &str, axis: &'static str) -> Self {
        self.output_of_kind(name, &[axis], OutputKind::Texts)
    }

    /// Adds an output of pairs of ids that are joined, such as merges. It is made by
    /// [`of_pairs`](crate::texts::of_pairs).
    #[must_use]
    pub fn pairs(self, name: &str, axis: &'static str) -> Self {
        self.output_of_kind(name, &[axis], OutputKind::Pairs)
    }

    /// Adds an output of token ids one after the other, compared exactly and shown as pieces of text. An input of each
    /// case says which piece an id is.
    #[must_use]
    pub fn pieces(self, name: &str, pieces: PieceSource) -> Self {
        self.output_of_kind(name, &["piece"], OutputKind::Pieces { pieces })
    }

    /// Adds an output of numbers along one axis, such as the losses of training: it is drawn as a line, and the first
    /// step that differs is reported. It may have [a tolerance of its own](Self::within).
    #[must_use]
    pub fn curve(self, name: &str, axis: &'static str) -> Self {
        self.output_of_kind(name, &[axis], OutputKind::Curve { tolerance: None })
    }

    /// Adds a count, such as the rows computed or the peak of memory, with the name of what is counted, in the plural.
    /// The right way's count is a bound: less is right, too.
    #[must_use]
    pub fn count(self, name: &str, unit: &str) -> Self {
        self.output_of_kind(name, &[], OutputKind::Count { unit: unit.into() })
    }

    /// Names the indices of an axis of the output before it, from the first. One without a name keeps its number.
    ///
    /// # Panics
    /// When there is no output before it.
    #[must_use]
    pub fn labels(mut self, axis: &str, labels: impl IntoIterator<Item: Into<String>>) -> Self {
        let output = self.outputs.last_mut();
        let labels = labels.into_iter().map(Into::into).collect();
        let all = &mut output.expect("`labels` follows an output").labels;
        all.insert(axis.into(), labels);
        self
    }

    /// Compares the outputs that begin with an axis, such as `step`, index by index along it: of these, the one that
    /// differs at the smallest index is reported.
    #[must_use]
    pub fn in_order_of(mut self, axis: &str) -> Self {
        self.order = Some(axis.into());
        self
    }

    /// Gives the output of numbers or the curve before it a tolerance of its own instead of the exercise's.
    ///
    /// # Panics
    /// When there is no such output before it.
    #[must_use]
    pub fn within(mut self, tolerance: Tolerance) -> Self {
        *self.last_tolerance() = Some(OwnTolerance {
            tolerance,
            growth: None,
        });
        self
    }

    /// Lets the tolerance of the output before it grow along an axis where errors add up: at the index i, it is
    /// 1 + i · `per_index` times as large.
    ///
    /// # Panics
    /// When the output before it has no tolerance of its own.
    #[must_use]
    pub fn growing(mut self, axis: usize, per_index: f32) -> Self {
        let own = self.last_tolerance().as_mut();
        own.expect("`growing` follows `within`").growth = Some(Growth { axis, per_index });
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
            form_of: None,
            only_in: None,
            wrong: Box::new(move |x| wrong(x).into()),
        });
        self
    }

    /// Adds another form of a mistake, with a different number for example. Learners read the words of that mistake.
    #[must_use]
    pub fn form<O: Into<Outputs>>(
        mut self,
        form_of: &'static str,
        id: &'static str,
        wrong: impl Fn(&Inputs) -> O + 'static,
    ) -> Self {
        self.mistakes.push(Mistake {
            id,
            form_of: Some(form_of),
            only_in: None,
            wrong: Box::new(move |x| wrong(x).into()),
        });
        self
    }

    /// Restricts the mistake before it to these cases: in all others it gives no result, or one that depends on more than
    /// the mistake, so that the grader counts them neither for nor against it.
    ///
    /// # Panics
    /// When there is no mistake before it.
    #[must_use]
    pub fn only_in(mut self, cases: impl AsRef<[&'static str]>) -> Self {
        let mistake = self.mistakes.last_mut();
        mistake.expect("`only_in` follows a mistake").only_in = Some(cases.as_ref().to_vec());
        self
    }

    /// Restricts all mistakes so far that are not restricted yet: the pack stays small, and these cases tell enough.
    #[must_use]
    pub fn others_only_in(mut self, cases: &[&'static str]) -> Self {
        for mistake in &mut self.mistakes {
            mistake.only_in.get_or_insert_with(|| cases.to_vec());
        }
        self
    }

    /// Adds a relation between the outputs of related calls.
    #[must_use]
    pub fn property(mut self, property: Property) -> Self {
        self.properties.push(property);
        self
    }

    fn output_of_kind(mut self, name: &str, axes: &[&'static str], kind: OutputKind) -> Self {
        self.outputs.push(Output {
            name: name.into(),
            axes: axes.iter().map(|&axis| axis.into()).collect(),
            labels: Labels::new(),
            kind,
        });
        self
    }

    fn last_tolerance(&mut self) -> &mut Option<OwnTolerance> {
        match self.outputs.last_mut().map(|output| &mut output.kind) {
            Some(OutputKind::Numbers { tolerance } | OutputKind::Curve { tolerance }) => tolerance,
            _ => panic!("a tolerance follows an output of numbers or a curve"),
        }
    }
}
