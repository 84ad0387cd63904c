//! The task `head`.

mod mistakes;

use tch::{Kind, Reduction, Tensor};

use crate::backward::autograd::gradients;
use crate::inputs::Inputs;
use crate::outputs::Outputs;
use crate::property::Property;
use crate::random::Random;
use crate::task::Task;

const OUTPUTS: [&str; 3] = ["loss", "dw", "db"];

/// The id that libtorch ignores unless it is told otherwise. It is no class.
const NONE_IGNORED: i64 = -100;

/// The loss of a head with these weights and this bias: the mean cross-entropy of the labels.
pub fn forward(vectors: &Tensor, labels: &Tensor, [weight, bias]: &[Tensor; 2]) -> Tensor {
    let logits = vectors.linear(weight, Some(bias));
    logits.cross_entropy_loss(labels, None::<Tensor>, Reduction::Mean, NONE_IGNORED, 0.0)
}

/// The gradients of the weights and of the bias.
pub fn formula(vectors: &Tensor, labels: &Tensor, [weight, bias]: &[Tensor; 2]) -> [Tensor; 2] {
    let batch = Batch {
        vectors: vectors.shallow_clone(),
        weight: weight.shallow_clone(),
        bias: bias.shallow_clone(),
        labels: labels.shallow_clone(),
    };
    batch.gradients(&batch.dlogits(&batch.p()))
}

pub(super) fn task() -> Task {
    let task = Task::new("head", right)
        .output("loss", [])
        .output("dw", ["class", "feature"])
        .output("db", ["class"]);
    properties(mistakes::add(cases(task)))
}

/// Only the head is differentiated: the vectors are constants.
fn right(x: &Inputs) -> Outputs {
    let vectors = x["vectors"].to_kind(Kind::Double);
    let loss = |head: &[Tensor; 2]| forward(&vectors, &x["labels"], head);
    let head = [&x["weight"], &x["bias"]];
    let [dw, db] = gradients(head, loss, &Tensor::from(1_f64));
    let loss = loss(&head.map(|tensor| tensor.to_kind(Kind::Double)));
    named([loss, dw, db])
}

fn cases(task: Task) -> Task {
    task.case(
        "plain",
        "4 examples of 5 features, 3 classes, of which one is not there",
        |random| batch(random, [4, 5, 3], &[2, 0, 2, 2]),
    )
    .case(
        "square",
        "as many examples as features and classes: here wrong sums and products go through",
        |random| batch(random, [3, 3, 3], &[1, 0, 1]),
    )
    .case(
        "one-example",
        "one example, where a mean and a sum are the same",
        |random| batch(random, [1, 3, 2], &[1]),
    )
    .case(
        "fresh",
        "a new head of zeros: all classes are equally probable, and the loss is ln 5",
        |random| {
            let inputs = batch(random, [2, 4, 5], &[3, 4]);
            let zeros = ["weight", "bias"].map(|name| inputs[name].zeros_like());
            let [weight, bias] = zeros;
            inputs.with("weight", weight).with("bias", bias)
        },
    )
    .case(
        "large-logits",
        "logits near 600, 200, 0 and −200, whose exponentials are infinite or 0",
        |random| {
            let levels = Tensor::from_slice(&[200_f32, -200.0, 0.0, 600.0]);
            batch(random, [2, 3, 4], &[3, 0]).with("bias", levels)
        },
    )
}

fn properties(task: Task) -> Task {
    task.property(
        Property::new(
            "examples-in-another-order",
            "moving vectors and labels of all examples together changes nothing",
        )
        .in_case("plain")
        .rotate(["vectors", "labels"], 0)
        .expect_same(OUTPUTS),
    )
    .property(
        Property::new(
            "classes-sum-to-zero",
            "the gradients of all classes add up to 0: what one gains, the others lose",
        )
        .in_case("plain")
        .disturb(["vectors"], 0, 0)
        .expect_sum_of_zero(["dw", "db"], 0),
    )
    .property(
        Property::new(
            "a-number-added-to-all-logits",
            "adding 10 to all biases changes no probability, and so it changes nothing",
        )
        .in_case("plain")
        .add(["bias"], 10.0)
        .expect_same(OUTPUTS),
    )
    .property(
        Property::new(
            "features-in-another-order",
            "moving the features of vectors and weights together moves those of dw",
        )
        .in_case("plain")
        .rotate(["vectors", "weight"], 1)
        .expect_same(["loss", "db"])
        .expect_rotated(["dw"], 1),
    )
}

fn batch(random: &Random, [examples, features, classes]: [i64; 3], labels: &[i64]) -> Inputs {
    Inputs::default()
        .with("vectors", random.normal(&[examples, features]) + 0.3)
        .with("weight", random.normal(&[classes, features]))
        .with("bias", random.normal(&[classes]))
        .with("labels", Tensor::from_slice(labels))
}

/// The inputs of a case.
struct Batch {
    vectors: Tensor,
    weight: Tensor,
    bias: Tensor,
    labels: Tensor,
}

impl Batch {
    fn of(x: &Inputs) -> Self {
        let [vectors, weight, bias, labels] =
            ["vectors", "weight", "bias", "labels"].map(|name| x[name].shallow_clone());
        Self {
            vectors,
            weight,
            bias,
            labels,
        }
    }

    fn examples(&self) -> f64 {
        self.vectors.size()[0] as f64
    }

    fn classes(&self) -> f64 {
        self.weight.size()[0] as f64
    }

    fn logits(&self) -> Tensor {
        self.vectors.linear(&self.weight, Some(&self.bias))
    }

    /// The probabilities of the classes: (batch, classes).
    fn p(&self) -> Tensor {
        self.logits().softmax(-1, self.vectors.kind())
    }

    /// 1 for the label of an example, and 0 for other classes.
    fn q(&self) -> Tensor {
        let classes = self.weight.size()[0];
        self.labels.one_hot(classes).to_kind(self.vectors.kind())
    }

    /// The loss of these logits.
    fn loss_of(&self, logits: &Tensor) -> Tensor {
        self.mean_cost(&logits.log_softmax(-1, self.vectors.kind()))
    }

    /// The mean cost of the labels, if the logarithms of all probabilities are these.
    fn mean_cost(&self, logs: &Tensor) -> Tensor {
        let of_labels = logs.gather(1, &self.labels.unsqueeze(1), false);
        of_labels.mean(self.vectors.kind()).neg()
    }

    fn loss(&self) -> Tensor {
        self.loss_of(&self.logits())
    }

    /// The gradient of the logits, if these are the probabilities.
    fn dlogits(&self, p: &Tensor) -> Tensor {
        (p - self.q()) / self.examples()
    }

    /// The gradients of the head, if those of the logits are these.
    fn gradients(&self, dlogits: &Tensor) -> [Tensor; 2] {
        let dw = dlogits.tr().matmul(&self.vectors);
        [dw, over(0, dlogits)]
    }
}

/// The sum along an axis.
fn over(axis: i64, tensor: &Tensor) -> Tensor {
    tensor.sum_dim_intlist(axis, false, None::<Kind>)
}

fn named(outputs: [Tensor; 3]) -> Outputs {
    OUTPUTS.into_iter().zip(outputs).collect()
}
