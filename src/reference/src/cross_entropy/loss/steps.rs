//! The loss step by step, so that a mistake can take one of the steps differently.

use tch::{Kind, Tensor};

use super::{counts, ignored};
use crate::inputs::Inputs;

/// The axis of the classes.
const CLASSES: i64 = -1;

/// The steps from logits to the loss.
#[derive(Clone, Copy)]
pub(super) struct Steps {
    /// From the logits (batch, length, vocabulary), the logarithms of the probabilities.
    pub(super) logs: fn(&Tensor) -> Tensor,
    /// The cost (batch, length) of each position.
    pub(super) costs: fn(&Prediction) -> Tensor,
    /// The positions (batch, length) that count, from the targets and the ignored id.
    pub(super) counts: fn(&Tensor, Option<i64>) -> Tensor,
    /// The loss, from all costs and the positions that count.
    pub(super) mean: fn(&BatchCosts) -> Tensor,
}

/// The steps as they should be.
pub(super) const STEPS: Steps = Steps {
    logs: |logits| logits.log_softmax(CLASSES, Kind::Float),
    costs: Prediction::smoothed,
    counts,
    mean: |batch| divided(&batch.sum(), &batch.counted()),
};

/// The formula, with libtorch's operations in place of its kernel.
pub fn formula(logits: &Tensor, targets: &Tensor, ignored: Option<i64>, smoothing: f64) -> Tensor {
    STEPS.loss(logits, targets, ignored, smoothing)
}

impl Steps {
    /// The loss of a case when a step is taken differently.
    pub(super) fn run(self, x: &Inputs) -> Tensor {
        let (logits, targets) = (&x["logits"], &x["targets"]);
        self.loss(logits, targets, ignored(x), x.number("smoothing"))
    }

    pub(super) fn loss(
        self,
        logits: &Tensor,
        targets: &Tensor,
        ignored: Option<i64>,
        smoothing: f64,
    ) -> Tensor {
        let prediction = Prediction {
            logs: (self.logs)(logits),
            targets: targets.shallow_clone(),
            ignored,
            smoothing,
        };
        (self.mean)(&BatchCosts {
            costs: (self.costs)(&prediction),
            counts: (self.counts)(targets, ignored),
            vocabulary: logits.size()[2],
        })
    }
}

/// The predictions of a model for a batch, and its targets.
pub(super) struct Prediction {
    /// The logarithms (batch, length, vocabulary) of the probabilities.
    pub(super) logs: Tensor,
    /// The targets (batch, length).
    pub(super) targets: Tensor,
    /// The id that does not count.
    pub(super) ignored: Option<i64>,
    /// The share of a target that all classes get.
    pub(super) smoothing: f64,
}

impl Prediction {
    /// The cost with smoothing; without it, the part of all classes is left out.
    pub(super) fn smoothed(&self) -> Tensor {
        let target = self.of_target() * (1.0 - self.smoothing);
        if self.smoothing == 0.0 {
            return target;
        }
        target + self.of_all() * (self.smoothing / self.vocabulary())
    }

    /// −ln P of the target. Where that is no class, the position does not count, and any number will do.
    pub(super) fn of_target(&self) -> Tensor {
        let classes = self.targets.clamp(0, self.logs.size()[2] - 1);
        -self
            .logs
            .gather(CLASSES, &classes.unsqueeze(CLASSES), false)
            .squeeze_dim(CLASSES)
    }

    /// The sum of −ln P over all classes.
    pub(super) fn of_all(&self) -> Tensor {
        -self.logs.sum_dim_intlist(CLASSES, false, Kind::Float)
    }

    /// −Σ P ln P over all classes, to which those without probability add nothing.
    pub(super) fn entropy(&self) -> Tensor {
        let products = self.logs.exp() * self.logs.clamp_min(f64::from(f32::MIN));
        -products.sum_dim_intlist(CLASSES, false, Kind::Float)
    }

    /// The number of classes.
    pub(super) fn vocabulary(&self) -> f64 {
        self.logs.size()[2] as f64
    }
}

/// The costs of all positions, and which of them count.
pub(super) struct BatchCosts {
    /// The costs (batch, length).
    pub(super) costs: Tensor,
    /// The positions (batch, length) that count.
    pub(super) counts: Tensor,
    vocabulary: i64,
}

impl BatchCosts {
    /// The costs, with 0 for the positions that do not count.
    pub(super) fn counting(&self) -> Tensor {
        self.costs.masked_fill(&self.counts.logical_not(), 0.0)
    }

    /// The sum of the costs that count.
    pub(super) fn sum(&self) -> Tensor {
        self.counting().sum(Kind::Float)
    }

    /// The number of positions that count.
    pub(super) fn counted(&self) -> Tensor {
        self.counts.sum(Kind::Float)
    }

    /// The number of all positions.
    pub(super) fn all(&self) -> Tensor {
        Tensor::from(self.counts.numel() as f32)
    }

    /// The number of sequences.
    pub(super) fn sequences(&self) -> Tensor {
        Tensor::from(self.counts.size()[0] as f32)
    }

    /// The number of classes.
    pub(super) fn vocabulary(&self) -> f64 {
        self.vocabulary as f64
    }
}

/// A quotient; 0 where it would be divided by 0.
pub(super) fn divided(sum: &Tensor, by: &Tensor) -> Tensor {
    (sum / by).masked_fill(&by.eq(0.0), 0.0)
}
