//! The head that scores every word piece at every token.

use attentive_grader::Tolerance;
use tch::{Kind, Tensor};

use super::{
    ANOTHER_EPSILON, EPSILON, GELU_DIFFERS, gelu, linear, own_norm, with_linear, with_norm,
};
use crate::inputs::Inputs;
use crate::model_weights::Weights;
use crate::property::Property;
use crate::random::Random;
use crate::sublayers::norm_with;
use crate::task::Task;

/// Near −2, GELU is a small difference of large numbers, and the norm after it divides its rounding by a standard
/// deviation of about a hundredth.
const TOLERANCE: Tolerance = Tolerance {
    absolute: 5e-5,
    relative: 5e-5,
};

/// The steps of the head, so that a mistake can take one of them differently.
#[derive(Clone, Copy)]
struct Steps {
    transform: fn(&Weights, &Tensor) -> Tensor,
    activation: fn(&Tensor) -> Tensor,
    norm: fn(&Weights, &Tensor) -> Tensor,
    decoder: fn(&Weights, &Tensor) -> Tensor,
}

const HEAD: Steps = Steps {
    transform: |w, x| linear(w, "transform", x),
    activation: gelu,
    norm: |w, x| own_norm(w, 0, x),
    decoder: |w, x| x.linear(&w["word"], Some(&w["bias"])),
};

impl Steps {
    fn run(self, x: &Inputs) -> Tensor {
        let w = Weights::from(x);
        let hidden = (self.activation)(&(self.transform)(&w, &w["states"]));
        (self.decoder)(&w, &(self.norm)(&w, &hidden))
    }
}

/// The cases in which the head has the model's width.
const SAME_WIDTH: &[&str] = &["plain", "square", "gelu", "quiet", "one-token"];

pub(super) fn task() -> Task {
    let task = Task::new("fill_mask", by(HEAD))
        .output("logits", ["text", "token", "word piece"])
        .within(TOLERANCE)
        .property(
            Property::new(
                "tokens-are-independent",
                "changing the vector of token 2 changes no logit of the tokens before it",
            )
            .in_case("plain")
            .disturb(["states"], 1, 2)
            .expect_same_before(["logits"], 1, 2),
        )
        .property(
            Property::new(
                "word-pieces-in-another-order",
                "moving the rows of the word embeddings and the bias moves the logits",
            )
            .in_case("plain")
            .rotate(["word", "bias"], 0)
            .expect_rotated(["logits"], 2),
        );
    mistakes(cases(task))
}

fn by(steps: Steps) -> impl Fn(&Inputs) -> Tensor {
    move |x| steps.run(x)
}

fn mistakes(task: Task) -> Task {
    of_the_decoder(of_the_transform(task))
}

fn of_the_transform(task: Task) -> Task {
    task.mistake(
        "transform-forgotten",
        by(Steps {
            transform: |_, x| x.shallow_clone(),
            ..HEAD
        }),
    )
    .only_in(SAME_WIDTH)
    .mistake("head-skipped", |x| {
        x["states"].linear(&x["word"], Some(&x["bias"]))
    })
    .only_in(SAME_WIDTH)
    .mistake(
        "bias-forgotten",
        by(Steps {
            transform: |w, x| x.linear(&w["w_transform"], None::<&Tensor>),
            ..HEAD
        }),
    )
    .mistake(
        "matrix-transposed",
        by(Steps {
            transform: |w, x| x.matmul(&w["w_transform"]) + &w["b_transform"],
            ..HEAD
        }),
    )
    .only_in(SAME_WIDTH)
    .mistake(
        "activation-forgotten",
        by(Steps {
            activation: Tensor::shallow_clone,
            ..HEAD
        }),
    )
    .mistake(
        "gelu-by-tanh",
        by(Steps {
            activation: |x| x.gelu("tanh"),
            ..HEAD
        }),
    )
    .mistake(
        "relu-for-gelu",
        by(Steps {
            activation: Tensor::relu,
            ..HEAD
        }),
    )
    .mistake(
        "head-norm-forgotten",
        by(Steps {
            norm: |_, x| x.shallow_clone(),
            ..HEAD
        }),
    )
    .mistake(
        "norm-before-gelu",
        by(Steps {
            activation: Tensor::shallow_clone,
            norm: |w, x| gelu(&own_norm(w, 0, x)),
            ..HEAD
        }),
    )
    .mistake("gamma-and-beta-swapped", |x| {
        let w = Weights::from(x).swapped(&[["gamma_0", "beta_0"]]);
        let hidden = gelu(&(HEAD.transform)(&w, &w["states"]));
        (HEAD.decoder)(&w, &(HEAD.norm)(&w, &hidden))
    })
    .mistake(
        "epsilon-1e-5",
        by(Steps {
            norm: |w, x| norm_with(w, 0, x, 1e-5),
            ..HEAD
        }),
    )
    .mistake(
        "epsilon-fixed",
        by(Steps {
            norm: |w, x| norm_with(w, 0, x, EPSILON.into()),
            ..HEAD
        }),
    )
}

fn of_the_decoder(task: Task) -> Task {
    task.mistake(
        "decoder-bias-forgotten",
        by(Steps {
            decoder: |w, x| x.linear(&w["word"], None::<&Tensor>),
            ..HEAD
        }),
    )
    .mistake(
        "decoder-not-tied",
        by(Steps {
            decoder: |w, x| x.linear(&w["w_transform"], Some(&w["bias"])),
            ..HEAD
        }),
    )
    .only_in(["square"])
    .mistake(
        "embedding-transposed",
        by(Steps {
            decoder: |w, x| x.matmul(&w["word"]) + &w["bias"],
            ..HEAD
        }),
    )
    .only_in(["square"])
    .mistake("logits-as-probabilities", |x| {
        HEAD.run(x).softmax(-1, Kind::Float)
    })
    .form(
        "logits-as-probabilities",
        "logits-as-log-probabilities",
        |x| HEAD.run(x).log_softmax(-1, Kind::Float),
    )
}

fn cases(task: Task) -> Task {
    task.case(
        "plain",
        "2 texts of 3 tokens, 6 features, 11 word pieces",
        |random| head(random, [2, 3, 6], 6, 11, EPSILON),
    )
    .case(
        "square",
        "as many word pieces as features and tokens: here the word embeddings could be transposed",
        |random| head(random, [1, 4, 4], 4, 4, EPSILON),
    )
    .case(
        "narrow",
        "ALBERT's head goes from 6 features to the 4 of its word embeddings; an ε of 0.1",
        |random| head(random, [2, 3, 6], 4, 7, ANOTHER_EPSILON),
    )
    .case(
        "gelu",
        "numbers near −2 before GELU, where its approximation by tanh is a hundredth off",
        |random| {
            let inputs = head(random, [1, 3, 5], 5, 8, EPSILON);
            let weight = &inputs["w_transform"] * 0.3;
            let bias = &inputs["b_transform"] * 0.2 + GELU_DIFFERS;
            inputs.with("w_transform", weight).with("b_transform", bias)
        },
    )
    .case(
        "quiet",
        "numbers of about 0.001 before the norm: compared with their variance, an ε of 10⁻⁵ is \
         large",
        |random| {
            let inputs = head(random, [1, 2, 5], 5, 7, EPSILON);
            let weight = &inputs["w_transform"] * 2e-3;
            let bias = &inputs["b_transform"] * 2e-3;
            inputs.with("w_transform", weight).with("b_transform", bias)
        },
    )
    .case("one-token", "one text of one token", |random| {
        head(random, [1, 1, 3], 3, 5, EPSILON)
    })
}

/// States of this shape, and a head of this width for a vocabulary.
fn head(random: &Random, shape: [i64; 3], width: i64, vocabulary: i64, epsilon: f32) -> Inputs {
    let inputs = Inputs::default()
        .with("states", random.normal(&shape))
        .with("epsilon", epsilon)
        .with("word", random.normal(&[vocabulary, width]))
        .with("bias", random.normal(&[vocabulary]) * 0.5);
    let inputs = with_linear(
        inputs,
        random,
        ["w_transform", "b_transform"],
        [width, shape[2]],
    );
    with_norm(inputs, random, width)
}
