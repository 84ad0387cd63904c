//! The heads that score classes, BERT's and DistilBERT's.

use tch::{Kind, Tensor};

use super::{linear, with_linear};
use crate::inputs::Inputs;
use crate::model_weights::Weights;
use crate::property::Property;
use crate::random::Random;
use crate::task::Task;

/// The axes of the states that count texts and tokens.
const TEXTS: i64 = 0;
const TOKENS: i64 = 1;

/// The cases with BERT's head, and those with DistilBERT's.
const BERT: &[&str] = &["bert", "square", "one-token"];
const DISTIL_BERT: &[&str] = &["distil-bert", "distil-square"];
const SEVERAL_TOKENS: &[&str] = &["bert", "square", "distil-bert", "distil-square"];

/// The steps of a head, so that a mistake can take one of them differently.
#[derive(Clone, Copy)]
struct Steps {
    text: fn(&Tensor) -> Tensor,
    hidden: fn(&Weights, &Tensor) -> Tensor,
    activation: fn(&Weights, &Tensor) -> Tensor,
    classifier: fn(&Weights, &Tensor) -> Tensor,
}

const HEAD: Steps = Steps {
    text: |states| states.select(TOKENS, 0),
    hidden: |w, x| linear(w, first_layer(w), x),
    activation: |w, x| match first_layer(w) {
        "pooler" => x.tanh(),
        _ => x.relu(),
    },
    classifier: |w, x| linear(w, "classifier", x),
};

impl Steps {
    fn run(self, x: &Inputs) -> Tensor {
        let w = Weights::from(x);
        let hidden = (self.hidden)(&w, &(self.text)(&w["states"]));
        (self.classifier)(&w, &(self.activation)(&w, &hidden))
    }
}

/// The name of the first layer, which says whose head it is.
fn first_layer(w: &Weights) -> &'static str {
    match w.get("w_pooler") {
        Some(_) => "pooler",
        None => "pre_classifier",
    }
}

/// The matrix of the first layer.
fn first_matrix(w: &Weights) -> &Tensor {
    &w[&format!("w_{}", first_layer(w))]
}

/// The bias of the first layer.
fn first_bias(w: &Weights) -> &Tensor {
    &w[&format!("b_{}", first_layer(w))]
}

pub(super) fn task() -> Task {
    let task = Task::new("classify", by(HEAD))
        .output("logits", ["text", "class"])
        .property(
            Property::new(
                "only-the-first-token",
                "changing every token but the first changes nothing",
            )
            .in_case("bert")
            .disturb(["states"], 1, 1)
            .expect_same(["logits"]),
        )
        .property(
            Property::new("texts-apart", "changing text 1 changes nothing in text 0")
                .in_case("distil-bert")
                .disturb(["states"], 0, 1)
                .expect_same_before(["logits"], 0, 1),
        );
    mistakes(cases(task))
}

fn by(steps: Steps) -> impl Fn(&Inputs) -> Tensor {
    move |x| steps.run(x)
}

fn mistakes(task: Task) -> Task {
    let task = task
        .mistake(
            "pooler-tanh-forgotten",
            by(Steps {
                activation: |_, x| x.shallow_clone(),
                ..HEAD
            }),
        )
        .only_in(BERT)
        .mistake(
            "relu-forgotten",
            by(Steps {
                activation: |_, x| x.shallow_clone(),
                ..HEAD
            }),
        )
        .only_in(DISTIL_BERT)
        .mistake(
            "relu-for-tanh",
            by(Steps {
                activation: |_, x| x.relu(),
                ..HEAD
            }),
        )
        .only_in(BERT)
        .mistake(
            "tanh-for-relu",
            by(Steps {
                activation: |_, x| x.tanh(),
                ..HEAD
            }),
        )
        .only_in(DISTIL_BERT)
        .mistake(
            "first-layer-forgotten",
            by(Steps {
                hidden: |_, x| x.shallow_clone(),
                activation: |_, x| x.shallow_clone(),
                ..HEAD
            }),
        )
        .mistake(
            "bias-forgotten",
            by(Steps {
                hidden: |w, x| x.linear(first_matrix(w), None::<&Tensor>),
                ..HEAD
            }),
        )
        .mistake(
            "matrix-transposed",
            by(Steps {
                hidden: |w, x| x.matmul(first_matrix(w)) + first_bias(w),
                ..HEAD
            }),
        );
    of_the_text(of_the_classifier(task))
}

fn of_the_text(task: Task) -> Task {
    task.mistake(
        "mean-instead-of-cls",
        by(Steps {
            text: |states| states.mean_dim(TOKENS, false, Kind::Float),
            ..HEAD
        }),
    )
    .only_in(SEVERAL_TOKENS)
    .mistake(
        "first-text-instead",
        by(Steps {
            text: |states| states.select(TEXTS, 0),
            ..HEAD
        }),
    )
    .mistake(
        "last-token-instead",
        by(Steps {
            text: |states| states.select(TOKENS, -1),
            ..HEAD
        }),
    )
    .only_in(SEVERAL_TOKENS)
}

fn of_the_classifier(task: Task) -> Task {
    task.form(
        "bias-forgotten",
        "classifier-bias-forgotten",
        by(Steps {
            classifier: |w, x| x.linear(&w["w_classifier"], None::<&Tensor>),
            ..HEAD
        }),
    )
    .mistake("logits-as-probabilities", |x| {
        HEAD.run(x).softmax(-1, Kind::Float)
    })
    .form(
        "logits-as-probabilities",
        "logits-as-log-probabilities",
        |x| HEAD.run(x).log_softmax(-1, Kind::Float),
    )
    .form("logits-as-probabilities", "logits-as-sigmoids", |x| {
        HEAD.run(x).sigmoid()
    })
    .form(
        "logits-as-probabilities",
        "logits-of-bert-as-probabilities",
        |x| probabilities_after("pooler", x),
    )
    .form(
        "logits-as-probabilities",
        "logits-of-distil-bert-as-probabilities",
        |x| probabilities_after("pre_classifier", x),
    )
    .mistake("activation-of-the-logits", |x| {
        (HEAD.activation)(&x.into(), &HEAD.run(x))
    })
    .form("activation-of-the-logits", "tanh-of-the-logits", |x| {
        let (w, logits) = (x.into(), HEAD.run(x));
        match first_layer(&w) {
            "pooler" => logits.tanh(),
            _ => logits,
        }
    })
}

/// Probabilities from the head with this first layer, and logits from the other one.
fn probabilities_after(name: &str, x: &Inputs) -> Tensor {
    let logits = HEAD.run(x);
    if first_layer(&x.into()) == name {
        logits.softmax(-1, Kind::Float)
    } else {
        logits
    }
}

fn cases(task: Task) -> Task {
    task.case(
        "bert",
        "BERT's head: 2 texts of 3 tokens, 6 features, 4 classes",
        |random| head(random, [2, 3, 6], 4, ["w_pooler", "b_pooler"]),
    )
    .case(
        "square",
        "as many texts as tokens, features and classes: here swapped axes go through",
        |random| head(random, [4, 4, 4], 4, ["w_pooler", "b_pooler"]),
    )
    .case(
        "distil-bert",
        "DistilBERT's head: 3 texts of 4 tokens, 5 features, 2 classes",
        |random| {
            let names = ["w_pre_classifier", "b_pre_classifier"];
            head(random, [3, 4, 5], 2, names)
        },
    )
    .case(
        "distil-square",
        "DistilBERT's head with as many texts as tokens, features and classes",
        |random| {
            let names = ["w_pre_classifier", "b_pre_classifier"];
            head(random, [3, 3, 3], 3, names)
        },
    )
    .case(
        "one-token",
        "one text of one token, and one class",
        |random| head(random, [1, 1, 3], 1, ["w_pooler", "b_pooler"]),
    )
}

/// States of this shape, and a head for so many classes.
fn head(random: &Random, shape: [i64; 3], classes: i64, first_layer: [&'static str; 2]) -> Inputs {
    let width = shape[2];
    let inputs = Inputs::default().with("states", random.normal(&shape));
    let inputs = with_linear(inputs, random, first_layer, [width, width]);
    with_linear(
        inputs,
        random,
        ["w_classifier", "b_classifier"],
        [classes, width],
    )
}
