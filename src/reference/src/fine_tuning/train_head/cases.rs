//! The cases of `train_head`.

use tch::{Kind, Tensor};

use crate::bert;
use crate::inputs::Inputs;
use crate::random::Random;
use crate::task::Task;

/// Ids of three sentences, each padded to 10 tokens: "what a splendid film", "a bore", "i would see it again". Id 0 is
/// the padding, 1 is `[CLS]`, 2 is `[SEP]`, and the ten words have the others in the order of the alphabet.
const SENTENCES: [[i64; 10]; 3] = [
    [1, 11, 3, 10, 6, 2, 0, 0, 0, 0],
    [1, 3, 5, 2, 0, 0, 0, 0, 0, 0],
    [1, 7, 12, 9, 8, 4, 2, 0, 0, 0],
];

/// The number of ids.
const VOCABULARY: i64 = 13;

/// The settings of a run.
#[derive(Debug, Clone, Copy)]
struct Plan {
    batch_size: i64,
    epochs: i64,
    learning_rate: f32,
    betas: [f32; 2],
    weight_decay: f32,
}

pub(super) fn add(task: Task) -> Task {
    task.case(
        "three-sentences",
        "the [CLS] vectors of three sentences of 10 tokens with padding, by a BERT as in exercise 17; labels 1, 0, 1, \
         batches of two, AdamW at 10⁻⁵, and a new head of zeros",
        three_sentences,
    )
    .case(
        "plain",
        "7 examples of 4 features, 3 classes; batches of 3, so that the last has one example",
        |random| {
            let plan = Plan {
                batch_size: 3,
                epochs: 2,
                learning_rate: 0.02,
                betas: [0.8, 0.95],
                weight_decay: 0.5,
            };
            examples(random, [7, 4, 3], &[2, 0, 1, 1, 2, 0, 1], plan)
        },
    )
    .case(
        "large-batch",
        "a batch may have more examples than there are: each epoch has one batch",
        |random| {
            let plan = Plan {
                batch_size: 8,
                epochs: 3,
                learning_rate: 0.05,
                betas: [0.7, 0.9],
                weight_decay: 0.0,
            };
            examples(random, [3, 2, 2], &[1, 0, 0], plan)
        },
    )
    .case("one-by-one", "batches of one example", |random| {
        let plan = Plan {
            batch_size: 1,
            epochs: 2,
            learning_rate: 0.03,
            betas: [0.9, 0.95],
            weight_decay: 0.2,
        };
        examples(random, [3, 3, 2], &[0, 1, 1], plan)
    })
}

fn three_sentences(random: &Random) -> Inputs {
    let vectors = read(random);
    let width = vectors.size()[1];
    let plan = Plan {
        batch_size: 2,
        epochs: 10,
        learning_rate: 1e-5,
        betas: [0.9, 0.999],
        weight_decay: 0.01,
    };
    let zeros = |shape: &[i64]| Tensor::zeros(shape, (Kind::Float, vectors.device()));
    let head = [zeros(&[2, width]), zeros(&[2])];
    with_plan(vectors, head, &[1, 0, 1], plan)
}

/// The vectors of `[CLS]` that a small BERT with random weights has for the sentences.
fn read(random: &Random) -> Tensor {
    let model = bert::small(random);
    let width = model["word"].size()[1];
    let ids = Tensor::stack(&SENTENCES.map(|ids| Tensor::from_slice(&ids)), 0);
    let model = model
        .with("word", random.normal(&[VOCABULARY, width]))
        .with("position", random.normal(&[ids.size()[1], width]))
        .with("types", ids.zeros_like())
        .with("mask", ids.not_equal(0))
        .with("ids", ids);
    let states = bert::formula(&model).states;
    let last = states.last().expect("a model with layers");
    last.select(1, 0).contiguous()
}

fn examples(
    random: &Random,
    [examples, features, classes]: [i64; 3],
    labels: &[i64],
    plan: Plan,
) -> Inputs {
    let vectors = random.normal(&[examples, features]) + 0.3;
    let head = [
        random.normal(&[classes, features]),
        random.normal(&[classes]),
    ];
    with_plan(vectors, head, labels, plan)
}

fn with_plan(vectors: Tensor, [weight, bias]: [Tensor; 2], labels: &[i64], plan: Plan) -> Inputs {
    Inputs::default()
        .with("vectors", vectors)
        .with("weight", weight)
        .with("bias", bias)
        .with("labels", Tensor::from_slice(labels))
        .with("batch_size", plan.batch_size)
        .with("epochs", plan.epochs)
        .with("learning_rate", plan.learning_rate)
        .with("beta_1", plan.betas[0])
        .with("beta_2", plan.betas[1])
        .with("epsilon", 1e-8_f32)
        .with("weight_decay", plan.weight_decay)
}
