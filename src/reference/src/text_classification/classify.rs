//! The task `classify`.

use tch::{Device, Kind, Tensor};

use super::dropout::Dropout;
use super::model::{
    Batch, RIGHT, SMALL, Size, Steps, Way, attention, norm, parameters, with_parameters, words,
};
use super::pool;
use crate::inputs::Inputs;
use crate::masks::first_keys;
use crate::model_weights::Weights;
use crate::outputs::Outputs;
use crate::property::Property;
use crate::random::Random;
use crate::sublayers::causal_mask;
use crate::task::Task;

const OUTPUTS: [&str; 5] = ["embedded", "attended", "states", "pooled", "logits"];

impl From<Steps> for Outputs {
    fn from(steps: Steps) -> Self {
        [
            ("embedded", steps.embedded),
            ("attended", steps.attended),
            ("states", steps.states),
            ("pooled", steps.pooled),
            ("logits", steps.logits),
        ]
        .into()
    }
}

pub(super) fn task() -> Task {
    let task = Task::new("classify", by(RIGHT))
        .output("embedded", ["text", "position", "feature"])
        .output("attended", ["text", "position", "feature"])
        .output("states", ["text", "position", "feature"])
        .output("pooled", ["text", "feature"])
        .output("logits", ["text", "class"]);
    let task = of_vectors(of_norms(of_attention(cases(task))));
    properties(task.others_only_in(&["training"]))
}

fn by(way: Way) -> impl Fn(&Inputs) -> Steps {
    move |x| way.run(&parameters(x), &Batch::of(x))
}

/// Texts of random words with these lengths, padded to the longest of them or to `length`.
pub(super) fn texts(
    inputs: Inputs,
    random: &Random,
    size: Size,
    lengths: &[i64],
    length: i64,
) -> Inputs {
    let shape = [lengths.len() as i64, length];
    let mask = first_keys(length, lengths);
    // The first two entries are special, and a word may be unknown.
    let words = random.uniform(&shape, 1.0, size.entries as f64).floor();
    let tokens = words
        .to_kind(Kind::Int64)
        .masked_fill(&mask.logical_not(), 0_i64);
    inputs.with("tokens", tokens).with("mask", mask)
}

/// Adds dropout with a rate of 0.25, for so many texts. An entry of each text is dropped in any case: text i's entry i.
pub(super) fn with_dropout(
    inputs: Inputs,
    random: &Random,
    [texts, d_model]: [i64; 2],
    is_training: bool,
) -> Inputs {
    let dropped = Tensor::eye_m(texts, d_model, (Kind::Bool, Device::Cpu));
    let keep = random.uniform(&[texts, d_model], 0.0, 1.0).ge(0.25);
    inputs
        .with("rate", 0.25_f32)
        .with("training", i64::from(is_training))
        .with("keep", keep.logical_and(&dropped.logical_not()))
}

/// A case of the small size.
pub(super) fn small(random: &Random, lengths: &[i64], length: i64, is_training: bool) -> Inputs {
    let inputs = with_parameters(Inputs::default(), random, SMALL);
    let inputs = texts(inputs, random, SMALL, lengths, length);
    let shape = [lengths.len() as i64, SMALL.d_model];
    with_dropout(inputs, random, shape, is_training)
}

fn cases(task: Task) -> Task {
    task.case(
        "training",
        "2 texts of 5 and 3 words, with dropout; width 4, 2 heads, 3 classes",
        |random| small(random, &[5, 3], 5, true),
    )
    .case(
        "evaluation",
        "texts of 1, 0, 3 and 2 words, which are judged: nothing is dropped; as many texts as positions and features, so that \
         wrong axes go through",
        |random| small(random, &[1, 0, 3, 2], 4, false),
    )
}

/// Mistakes as far as what attention returns.
fn of_attention(task: Task) -> Task {
    let attend = |attend: fn(&Weights, &Batch, &Tensor) -> Tensor| by(Way { attend, ..RIGHT });
    task.mistake(
        "positions-forgotten",
        by(Way {
            embed: words,
            ..RIGHT
        }),
    )
    .mistake(
        "positions-from-1",
        by(Way {
            embed: |w, tokens| {
                let length = tokens.size()[1];
                words(w, tokens) + w["position_embedding"].narrow(0, 1, length)
            },
            ..RIGHT
        }),
    )
    .mistake(
        "padding-attended",
        attend(|w, batch, x| attention(w, batch.heads, x, None)),
    )
    .mistake(
        "mask-inverted",
        attend(|w, batch, x| attention(w, batch.heads, x, Some(&batch.keys().logical_not()))),
    )
    .mistake(
        "padding-on-the-queries",
        attend(|w, batch, x| {
            let queries = batch.keys().transpose(1, 2);
            attention(w, batch.heads, x, Some(&queries))
        }),
    )
    .mistake(
        "causal-mask",
        attend(|w, batch, x| {
            let mask = batch.keys().logical_and(&causal_mask(x));
            attention(w, batch.heads, x, Some(&mask))
        }),
    )
    .mistake(
        "one-head",
        attend(|w, batch, x| attention(w, 1, x, Some(&batch.keys()))),
    )
}

/// Mistakes of the sum and the norm after attention.
fn of_norms(task: Task) -> Task {
    task.mistake(
        "residual-forgotten",
        by(Way {
            sum: |_, attention| attention.shallow_clone(),
            ..RIGHT
        }),
    )
    .mistake(
        "attention-forgotten",
        by(Way {
            sum: |x, _| x.shallow_clone(),
            ..RIGHT
        }),
    )
    .mistake(
        "norm-forgotten",
        by(Way {
            norm: |_, x| x.shallow_clone(),
            ..RIGHT
        }),
    )
    .mistake(
        "norm-before",
        by(Way {
            attend: |w, batch, x| (RIGHT.attend)(w, batch, &norm(w, x)),
            norm: |_, x| x.shallow_clone(),
            ..RIGHT
        }),
    )
    .mistake(
        "norm-on-the-branch",
        by(Way {
            attend: |w, batch, x| norm(w, &(RIGHT.attend)(w, batch, x)),
            norm: |_, x| x.shallow_clone(),
            ..RIGHT
        }),
    )
}

/// Mistakes from the states to the logits.
fn of_vectors(task: Task) -> Task {
    let pool = |pool: fn(&Tensor, &Tensor) -> Tensor| by(Way { pool, ..RIGHT });
    let drop = |drop: fn(&Dropout, &Tensor) -> Tensor| by(Way { drop, ..RIGHT });
    let head = |head: fn(&Weights, &Tensor) -> Tensor| by(Way { head, ..RIGHT });
    task.mistake(
        "padding-counted",
        pool(|states, mask| pool::mean(states, &mask.ones_like())),
    )
    .mistake(
        "dropout-at-evaluation",
        drop(|dropout, pooled| dropout.always().run(pooled)),
    )
    .only_in(["evaluation"])
    .mistake("no-dropout", drop(|_, pooled| pooled.shallow_clone()))
    .mistake(
        "bias-forgotten",
        head(|w, pooled| pooled.linear(&w["w_head"], None::<&Tensor>)),
    )
    .mistake(
        "probabilities-returned",
        head(|w, pooled| (RIGHT.head)(w, pooled).softmax(-1, Kind::Double)),
    )
    .form(
        "probabilities-returned",
        "logarithms-returned",
        head(|w, pooled| (RIGHT.head)(w, pooled).log_softmax(-1, Kind::Double)),
    )
}

fn properties(task: Task) -> Task {
    const OF_TEXTS: [&str; 3] = ["tokens", "mask", "keep"];
    task.property(
        Property::new(
            "texts-in-another-order",
            "moving the texts moves all of their results: no text depends on a different one",
        )
        .in_case("training")
        .rotate(OF_TEXTS, 0)
        .expect_rotated(OUTPUTS, 0),
    )
    .property(
        Property::new(
            "evaluation-does-not-drop",
            "in evaluation it does not matter what would be kept",
        )
        .in_case("evaluation")
        .fill(["keep"], 0, 0, 0.0)
        .expect_same(OUTPUTS),
    )
    .property(
        Property::new(
            "padding-does-not-matter",
            "different tokens at position 3, which is padding in all texts, change no text's vector",
        )
        .in_case("evaluation")
        .fill(["tokens"], 1, 3, 5.0)
        .expect_same(["pooled", "logits"]),
    )
    .property(
        Property::new(
            "unread-positions-do-not-matter",
            "the rows of P after the last position change nothing",
        )
        .in_case("evaluation")
        .disturb(["position_embedding"], 0, 4)
        .expect_same(OUTPUTS),
    )
}
