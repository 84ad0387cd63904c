//! The task `cross_entropy_backward`.

mod cases;
mod mistakes;

use tch::{Kind, Reduction, Tensor};

use super::autograd::gradients;
use super::linear_in;
use crate::inputs::Inputs;
use crate::property::Property;
use crate::task::Task;

/// The id that libtorch ignores unless it is told otherwise. It is no token.
const NONE_IGNORED: i64 = -100;

/// The axes of the logits.
const LOGITS: [&str; 3] = ["batch element", "position", "token"];

/// Targets (batch, length), and which of them count.
pub struct Targets {
    /// The ids.
    pub ids: Tensor,
    /// The id that does not count.
    pub ignored: Option<i64>,
    /// The share of a target that all tokens get in equal parts.
    pub smoothing: f64,
}

impl Targets {
    /// The loss of exercise 24: the mean cross-entropy of the positions that count.
    pub fn forward(&self, [logits]: &[Tensor; 1]) -> Tensor {
        logits.flatten(0, 1).cross_entropy_loss(
            &self.ids.flatten(0, 1),
            None::<Tensor>,
            Reduction::Mean,
            self.ignored.unwrap_or(NONE_IGNORED),
            self.smoothing,
        )
    }

    /// dloss (p − q) / N where a position counts, and 0 elsewhere.
    pub fn formula(&self, logits: &Tensor, dloss: f64) -> Tensor {
        let tokens = logits.size()[2];
        let p = logits.softmax(-1, logits.kind());
        let q = self.one_hot(tokens) * (1.0 - self.smoothing) + self.smoothing / tokens as f64;
        (p - q) * self.counts() * (dloss / self.counted().max(1.0))
    }

    /// 1 for the target of a position and 0 for other tokens. Ignored targets, which may be no tokens, are token 0
    /// here.
    fn one_hot(&self, tokens: i64) -> Tensor {
        let ids = &self.ids * self.counts().squeeze_dim(-1).to_kind(Kind::Int64);
        ids.one_hot(tokens).to_kind(Kind::Double)
    }

    /// 1 where a position counts and 0 elsewhere: (batch, length, 1).
    fn counts(&self) -> Tensor {
        let counts = self.ids.ne(self.ignored.unwrap_or(NONE_IGNORED));
        counts.to_kind(Kind::Double).unsqueeze(-1)
    }

    /// The number of positions that count.
    fn counted(&self) -> f64 {
        self.counts().sum(Kind::Double).double_value(&[])
    }
}

impl From<&Inputs> for Targets {
    fn from(x: &Inputs) -> Self {
        Self {
            ids: x["targets"].shallow_clone(),
            ignored: x.get("ignored").map(|_| x.size("ignored")),
            smoothing: x.number("smoothing"),
        }
    }
}

pub(super) fn task() -> Task {
    let task = Task::new("cross_entropy_backward", right).output("dlogits", LOGITS);
    properties(mistakes::of_targets(mistakes::of_means(
        mistakes::of_softmax(cases::add(task)),
    )))
}

/// The gradient by autograd. If nothing counts, it is 0, although libtorch's loss is NaN.
fn right(x: &Inputs) -> Tensor {
    let targets = Targets::from(x);
    let [dlogits] = gradients(
        [&x["logits"]],
        |logits| targets.forward(logits),
        &x["dloss"],
    );
    dlogits
}

fn properties(task: Task) -> Task {
    task.property(
        Property::new(
            "rows-sum-to-zero",
            "the gradients of all tokens at a position add up to 0: what the target gains, the others lose",
        )
        .in_case("plain")
        .disturb(["logits"], 1, 0)
        .expect_sum_of_zero(["dlogits"], 2),
    )
    .property(
        Property::new(
            "a-number-added-to-all-logits",
            "adding 10 to all logits changes no probability, and so it changes no gradient",
        )
        .in_case("plain")
        .add(["logits"], 10.0)
        .expect_same(["dlogits"]),
    )
    .property(linear_in("dloss", &["dlogits"]))
    .property(
        Property::new(
            "positions-in-another-order",
            "moving logits and targets of all positions together moves their gradients",
        )
        .in_case("ignored")
        .rotate(["logits", "targets"], 1)
        .expect_rotated(["dlogits"], 1),
    )
}
