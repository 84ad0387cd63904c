//! The task `classify`.

use tch::{Kind, Tensor};

use super::{ANOTHER_EPSILON, EPSILON};
use crate::inputs::Inputs;
use crate::layer_norm::kernel::rms_norm;
use crate::model_weights::Weights;
use crate::property::Property;
use crate::random::Random;
use crate::sublayers::norm_with;
use crate::task::Task;

/// The axes of the vectors.
const IMAGES: i64 = 0;
const TOKENS: i64 = 1;

/// The cases in which each mistake shows that is not about a special one.
const TELLING: &[&str] = &["plain", "epsilon"];

/// The steps, so that a mistake can take one of them differently.
#[derive(Clone, Copy)]
struct Steps {
    norm: fn(&Weights, &Tensor) -> Tensor,
    image: fn(&Tensor) -> Tensor,
    scores: fn(&Weights, &Tensor) -> Tensor,
}

const HEAD: Steps = Steps {
    norm: |w, x| norm_with(w, 0, x, w.number("epsilon")),
    image: |tokens| tokens.select(TOKENS, 0),
    scores: |w, vectors| vectors.linear(&w["w_classifier"], Some(&w["b_classifier"])),
};

impl Steps {
    fn run(self, x: &Inputs) -> Tensor {
        let w = Weights::from(x);
        let normed = (self.norm)(&w, &w["x"]);
        (self.scores)(&w, &(self.image)(&normed))
    }
}

fn by(steps: Steps) -> impl Fn(&Inputs) -> Tensor {
    move |x| steps.run(x)
}

pub(super) fn task() -> Task {
    let task = Task::new("classify", by(HEAD)).output("logits", ["image", "class"]);
    properties(mistakes(cases(task)))
}

fn cases(task: Task) -> Task {
    task.case(
        "plain",
        "2 images of 5 tokens with 4 features, 3 classes",
        |random| head(random, [2, 5, 4], 3, EPSILON),
    )
    .case(
        "epsilon",
        "3 images of 2 tokens with 5 features, 4 classes, and an ε of 0.1",
        |random| head(random, [3, 2, 5], 4, ANOTHER_EPSILON),
    )
    .case(
        "square",
        "as many images as tokens, features and classes: here swapped axes go through",
        |random| head(random, [4, 4, 4], 4, EPSILON),
    )
    .case(
        "quiet",
        "numbers of about 0.001: compared with their variance, an ε of 10⁻⁵ is large",
        |random| {
            let inputs = head(random, [2, 3, 4], 2, EPSILON);
            let x = &inputs["x"] * 1e-3;
            inputs.with("x", x)
        },
    )
    .case("one-class", "one image, and one class", |random| {
        head(random, [1, 3, 4], 1, EPSILON)
    })
}

fn head(random: &Random, shape: [i64; 3], classes: i64, epsilon: f32) -> Inputs {
    let width = shape[2];
    let weight = random.normal(&[classes, width]) / (width as f64).sqrt();
    Inputs::default()
        .with("x", random.normal(&shape))
        .with("epsilon", epsilon)
        .with("gamma_0", random.normal(&[width]) * 0.5 + 1.0)
        .with("beta_0", random.normal(&[width]) * 0.5)
        .with("w_classifier", weight)
        .with("b_classifier", random.normal(&[classes]) * 0.5)
}

fn mistakes(task: Task) -> Task {
    of_epsilon(of_the_norm(of_the_scores(of_the_image(task))).others_only_in(TELLING))
}

fn of_the_image(task: Task) -> Task {
    task.mistake(
        "mean-instead-of-cls",
        by(Steps {
            image: |tokens| tokens.mean_dim(TOKENS, false, Kind::Float),
            ..HEAD
        }),
    )
    .form(
        "mean-instead-of-cls",
        "mean-of-the-patches",
        by(Steps {
            image: |tokens| {
                let patches = tokens.narrow(TOKENS, 1, tokens.size()[1] - 1);
                patches.mean_dim(TOKENS, false, Kind::Float)
            },
            ..HEAD
        }),
    )
    .form("mean-instead-of-cls", "mean-before-the-norm", |x| {
        let mean = x["x"].mean_dim(TOKENS, true, Kind::Float);
        HEAD.run(&x.clone().with("x", mean))
    })
    .mistake(
        "last-token-instead",
        by(Steps {
            image: |tokens| tokens.select(TOKENS, -1),
            ..HEAD
        }),
    )
    .mistake(
        "first-patch-instead",
        by(Steps {
            image: |tokens| tokens.select(TOKENS, 1),
            ..HEAD
        }),
    )
    .only_in(["plain", "square"])
    .mistake(
        "maximum-instead",
        by(Steps {
            image: |tokens| tokens.amax(TOKENS, false),
            ..HEAD
        }),
    )
    .mistake(
        "first-image-instead",
        by(Steps {
            image: |tokens| tokens.select(IMAGES, 0),
            ..HEAD
        }),
    )
    .only_in(["square"])
    .mistake(
        "first-image-everywhere",
        by(Steps {
            image: |tokens| {
                let class_tokens = tokens.select(TOKENS, 0);
                class_tokens.narrow(IMAGES, 0, 1).expand_as(&class_tokens)
            },
            ..HEAD
        }),
    )
}

fn of_the_scores(task: Task) -> Task {
    task.mistake(
        "bias-forgotten",
        by(Steps {
            scores: |w, vectors| vectors.linear(&w["w_classifier"], None::<&Tensor>),
            ..HEAD
        }),
    )
    .mistake(
        "classifier-transposed",
        by(Steps {
            scores: |w, vectors| vectors.matmul(&w["w_classifier"]) + &w["b_classifier"],
            ..HEAD
        }),
    )
    .only_in(["square"])
    .mistake(
        "tanh-before-the-classifier",
        by(Steps {
            image: |tokens| tokens.select(TOKENS, 0).tanh(),
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
}

fn of_the_norm(task: Task) -> Task {
    task.mistake(
        "no-last-norm",
        by(Steps {
            norm: |_, x| x.shallow_clone(),
            ..HEAD
        }),
    )
    .mistake(
        "norm-without-gamma",
        by(Steps {
            norm: |w, x| (HEAD.norm)(&w.with("gamma_0", w["gamma_0"].ones_like()), x),
            ..HEAD
        }),
    )
    .mistake(
        "beta-forgotten",
        by(Steps {
            norm: |w, x| (HEAD.norm)(&w.with("beta_0", w["beta_0"].zeros_like()), x),
            ..HEAD
        }),
    )
    .mistake(
        "gamma-and-beta-swapped",
        by(Steps {
            norm: |w, x| (HEAD.norm)(&w.swapped(&[["gamma_0", "beta_0"]]), x),
            ..HEAD
        }),
    )
    .mistake(
        "head-twice-normed",
        by(Steps {
            norm: |w, x| (HEAD.norm)(w, &(HEAD.norm)(w, x)),
            ..HEAD
        }),
    )
    .mistake(
        "rms-instead",
        by(Steps {
            norm: |w, x| rms_norm(x, &w["gamma_0"], w.number("epsilon")),
            ..HEAD
        }),
    )
    .form(
        "rms-instead",
        "rms-with-beta",
        by(Steps {
            norm: |w, x| rms_norm(x, &w["gamma_0"], w.number("epsilon")) + &w["beta_0"],
            ..HEAD
        }),
    )
}

fn of_epsilon(task: Task) -> Task {
    task.mistake(
        "epsilon-1e-5",
        by(Steps {
            norm: |w, x| norm_with(w, 0, x, 1e-5),
            ..HEAD
        }),
    )
    .only_in(["epsilon", "quiet"])
    .form(
        "epsilon-1e-5",
        "epsilon-1e-6",
        by(Steps {
            norm: |w, x| norm_with(w, 0, x, 1e-6),
            ..HEAD
        }),
    )
    .only_in(["epsilon", "quiet"])
    .mistake(
        "epsilon-fixed",
        by(Steps {
            norm: |w, x| norm_with(w, 0, x, EPSILON.into()),
            ..HEAD
        }),
    )
    .only_in(["epsilon"])
}

fn properties(task: Task) -> Task {
    task.property(
        Property::new(
            "only-the-class-token",
            "changing every token but the first changes nothing",
        )
        .in_case("plain")
        .disturb(["x"], 1, 1)
        .expect_same(["logits"]),
    )
    .property(
        Property::new(
            "images-apart",
            "changing image 1 changes nothing in image 0",
        )
        .in_case("plain")
        .disturb(["x"], 0, 1)
        .expect_same_before(["logits"], 0, 1),
    )
    .property(
        Property::new(
            "an-offset-is-gone-after-the-norm",
            "a number added to all of x changes nothing: the last norm subtracts the mean",
        )
        .in_case("plain")
        .add(["x"], 2.0)
        .expect_same(["logits"]),
    )
}
