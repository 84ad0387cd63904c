//! The task `gradients`.

mod mistakes;

use tch::Tensor;

use super::ONE_NUMBER;
use super::classify::small;
use super::model::{Batch, RIGHT, Steps, Way, loss, parameters};
use crate::inputs::Inputs;
use crate::model_weights::Weights;
use crate::outputs::Outputs;
use crate::property::Property;
use crate::task::Task;
use crate::training_run::decoder::differentiate;
use crate::training_run::update::times;

const OUTPUTS: [&str; 7] = [
    "loss",
    "counted",
    "dhead",
    "dnorm",
    "dattention",
    "dposition",
    "dtoken",
];

pub(super) fn task() -> Task {
    let task = Task::new("gradients", by(RIGHT))
        .output("loss", ONE_NUMBER)
        .ids("counted", ONE_NUMBER)
        .output("dhead", ["row", "column"])
        .output("dnorm", ["row", "feature"])
        .output("dattention", ["layer", "row", "column"])
        .labels("layer", ["queries", "keys", "values", "output"])
        .output("dposition", ["position", "feature"])
        .output("dtoken", ["entry", "feature"]);
    properties(mistakes::add(cases(task)))
}

fn cases(task: Task) -> Task {
    task.case(
        "training",
        "3 texts of 4, 2 and 0 words, with dropout; the last column of a linear layer's gradient is that of its bias",
        |random| {
            let inputs = small(random, &[4, 2, 0], 5, true);
            // The second word comes twice in the first text, and in the second text, too.
            let tokens = Tensor::from_slice(&[3_i64, 5, 8, 5, 0, 5, 2, 0, 0, 0, 0, 0, 0, 0, 0]);
            inputs
                .with("tokens", tokens.reshape([3, 5]))
                .with("labels", Tensor::from_slice(&[2_i64, 0, 1]))
        },
    )
}

/// A loss, and gradients by the names of the parameters.
#[derive(Debug)]
struct Found {
    loss: Tensor,
    texts: i64,
    gradients: Weights,
}

impl Found {
    /// All gradients, multiplied.
    fn times(mut self, factor: f64) -> Self {
        self.gradients = times(&self.gradients, factor);
        self
    }

    /// The gradients of a linear layer, with that of the bias as the last column.
    fn layer(&self, name: &str) -> Tensor {
        let weight = &self.gradients[&format!("w_{name}")];
        let bias = &self.gradients[&format!("b_{name}")];
        Tensor::cat(&[weight.shallow_clone(), bias.unsqueeze(1)], 1)
    }
}

impl From<Found> for Outputs {
    fn from(found: Found) -> Self {
        let gradient = |name: &str| found.gradients[name].shallow_clone();
        let norm = [gradient("gamma"), gradient("beta")];
        let attention = ["q", "k", "v", "o"].map(|name| found.layer(name));
        [
            ("loss", found.loss.shallow_clone()),
            ("counted", Tensor::from(found.texts)),
            ("dhead", found.layer("head")),
            ("dnorm", Tensor::stack(&norm, 0)),
            ("dattention", Tensor::stack(&attention, 0)),
            ("dposition", gradient("position_embedding")),
            ("dtoken", gradient("token_embedding")),
        ]
        .into()
    }
}

fn find(x: &Inputs, way: Way, cost: fn(&Steps, &Tensor) -> Tensor) -> Found {
    let batch = Batch::of(x);
    let (loss, gradients) =
        differentiate(&parameters(x), |w| cost(&way.run(w, &batch), &x["labels"]));
    Found {
        loss,
        texts: x["labels"].size()[0],
        gradients,
    }
}

fn mean_cost(steps: &Steps, labels: &Tensor) -> Tensor {
    loss(&steps.logits, labels)
}

fn by(way: Way) -> impl Fn(&Inputs) -> Found {
    move |x| find(x, way, mean_cost)
}

fn properties(task: Task) -> Task {
    const OF_TEXTS: [&str; 4] = ["tokens", "mask", "keep", "labels"];
    let gradients = OUTPUTS.into_iter().filter(|&name| name != "counted");
    let gradients: Vec<&str> = gradients.collect();
    task.property(
        Property::new(
            "texts-in-another-order",
            "moving the texts of a batch with their labels changes nothing: everything is a mean over them",
        )
        .in_case("training")
        .rotate(OF_TEXTS, 0)
        .expect_same(OUTPUTS),
    )
    .property(
        Property::new(
            "a-batch-twice",
            "a batch in which every text is there twice has the same loss and the same gradients",
        )
        .in_case("training")
        .double(OF_TEXTS, 0)
        .expect_same(gradients),
    )
    .property(
        Property::new(
            "padding-does-not-matter",
            "different tokens at the last position, which is padding in all texts, change nothing",
        )
        .in_case("training")
        .fill(["tokens"], 1, 4, 5.0)
        .expect_same(OUTPUTS),
    )
    .property(
        Property::new(
            "classes-sum-to-zero",
            "the gradients of all classes add up to 0: what one gains, the others lose",
        )
        .in_case("training")
        .rotate(["labels"], 0)
        .expect_sum_of_zero(["dhead"], 0),
    )
}
