//! Claims of `gpt.md` and its quiz, computed.

use attentive_book::figures::random::normals;
use gpt::{BlockWeights, EPSILON, Gpt, Linear, Norm, block, embed, logits, next_tokens};
use ndarray::{Array1, Array2, Array3, array, aview1, s};

use crate::lesson::{Lesson, commas, joined, shown};
use crate::quizzes::QuizClaims;

pub(crate) const QUIZ: QuizClaims = QuizClaims {
    numbers: &[
        ("gpt-key-column", || (D_MODEL + 3 * HEAD_DIM) as f64),
        ("gpt-past", || position_of_the_eighth_token(7)),
        ("gpt-parameters", || {
            (Count::of_the_smallest().all() + VOCABULARY * D_MODEL) as f64 / 1e6
        }),
    ],
    checks: &[
        ("gpt-last-norm", || {
            let example = Example::new();
            let x = array![[[5.0, 4.0]]];
            let with = logits(x.view(), &example.norm(), example.e.view());
            let without = x.index_axis(ndarray::Axis(0), 0).dot(&example.e.t());
            assert_ne!(best(&with), best(&without.insert_axis(ndarray::Axis(0))));
        }),
        ("gpt-rows", || {
            let example = Example::random();
            let alone = example.logits(array![[0, 1, 2]]);
            for padding in [[0, 1], [2, 2]] {
                let padded = example.logits(array![[0, 1, 2, padding[0], padding[1]]]);
                let real = padded.slice(s![.., ..3, ..]);
                assert!(
                    (&real - &alone)
                        .iter()
                        .all(|difference| difference.abs() < 1e-5)
                );
            }
        }),
    ],
    slips: &[
        ("gpt-key-column", "640", || {
            (3 * 3 * HEAD_DIM + HEAD_DIM) as f32
        }),
        ("gpt-past", "0", || position_of_the_eighth_token(0) as f32),
    ],
};

const VOCABULARY: usize = 50_257;
const CONTEXT: usize = 1024;
const D_MODEL: usize = 768;
const HEAD_DIM: usize = 64;
const BLOCKS: usize = 12;

/// The row of P that `embed` adds to one token when it is told of so many tokens before it.
fn position_of_the_eighth_token(past: usize) -> f64 {
    let positions = Array2::from_shape_fn((10, 1), |(position, _)| position as f32);
    let tokens = Array2::zeros((1, 1));
    let vectors = embed(tokens.view(), past, array![[0.0]].view(), positions.view());
    f64::from(vectors[(0, 0, 0)])
}

/// The parameters of a GPT-2.
struct Count {
    e: usize,
    p: usize,
    block: usize,
}

impl Count {
    fn of_the_smallest() -> Self {
        let layer = |from: usize, to: usize| from * to + to;
        let norm = 2 * D_MODEL;
        let attention = layer(D_MODEL, 3 * D_MODEL) + layer(D_MODEL, D_MODEL);
        let network = layer(D_MODEL, 4 * D_MODEL) + layer(4 * D_MODEL, D_MODEL);
        Self {
            e: VOCABULARY * D_MODEL,
            p: CONTEXT * D_MODEL,
            block: 2 * norm + attention + network,
        }
    }

    fn all(&self) -> usize {
        self.e + self.p + BLOCKS * self.block + 2 * D_MODEL
    }
}

/// The token with the largest logit at the first position.
fn best(logits: &Array3<f32>) -> usize {
    let scores = logits.slice(s![0, 0, ..]);
    (0..scores.len()).fold(0, |best, token| {
        if scores[token] > scores[best] {
            token
        } else {
            best
        }
    })
}

/// The weights of a small model: that of the worked example, or a random one.
struct Example {
    e: Array2<f32>,
    p: Array2<f32>,
    square: Array2<f32>,
    qkv: Array2<f32>,
    ones: Array1<f32>,
    zeros: Array1<f32>,
}

impl Example {
    fn new() -> Self {
        let identity = Array2::eye(2);
        let three_identities =
            ndarray::concatenate![ndarray::Axis(1), identity, identity, identity];
        Self {
            e: array![[2.0, 0.0], [0.0, 1.0], [1.0, 3.0]],
            p: array![[1.0, 0.0], [0.0, 1.0], [0.5, 0.0], [0.0, 0.5], [0.0, 0.0]],
            square: identity,
            qkv: three_identities,
            ones: Array1::ones(2),
            zeros: Array1::zeros(6),
        }
    }

    /// A model of four features with random weights and without biases.
    fn random() -> Self {
        Self {
            e: normals((6, 4), 1),
            p: normals((5, 4), 2),
            square: normals((4, 4), 3),
            qkv: normals((4, 12), 4),
            ones: Array1::ones(4),
            zeros: Array1::zeros(12),
        }
    }

    fn norm(&self) -> Norm<'_> {
        Norm {
            gamma: self.ones.view(),
            beta: self.zeros.slice(s![..self.ones.len()]),
        }
    }

    fn model(&self) -> Gpt<'_> {
        let layer = Linear {
            weight: self.square.view(),
            bias: self.zeros.slice(s![..self.ones.len()]),
        };
        let qkv = Linear {
            weight: self.qkv.view(),
            bias: self.zeros.view(),
        };
        Gpt {
            token_embedding: self.e.view(),
            position_embedding: self.p.view(),
            blocks: vec![BlockWeights {
                norm_1: self.norm(),
                qkv,
                attention_output: layer,
                norm_2: self.norm(),
                widen: layer,
                narrow: layer,
            }],
            final_norm: self.norm(),
            heads: 1,
        }
    }

    fn embedded(&self, tokens: &Array2<usize>) -> Array3<f32> {
        embed(tokens.view(), 0, self.e.view(), self.p.view())
    }

    fn logits(&self, tokens: Array2<usize>) -> Array3<f32> {
        let model = self.model();
        let steps = block(self.embedded(&tokens).view(), &model.blocks[0], model.heads);
        logits(
            steps.output.view(),
            &model.final_norm,
            model.token_embedding,
        )
    }
}

/// A row as the lesson writes it: (1, −1).
fn row(numbers: ndarray::ArrayView1<'_, f32>, decimals: usize) -> String {
    let numbers = joined(&numbers.to_vec(), decimals, ", ");
    format!("({numbers})").replace('-', "−").replace(".000", "")
}

#[test]
fn the_worked_example() {
    let (lesson, example) = (Lesson::read("gpt"), Example::new());
    let tokens = array![[0, 1]];
    let x = example.embedded(&tokens);
    lesson.says(format!(
        "(2, 0) + (1, 0) = {}",
        row(x.slice(s![0, 0, ..]), 3)
    ));
    lesson.says(format!(
        "(0, 1) + (0, 1) = {}",
        row(x.slice(s![0, 1, ..]), 3)
    ));
    for (token, name) in ["the", "cat", "sat"].iter().enumerate() {
        lesson.says(format!("| `{name}` | {} |", row(example.e.row(token), 3)));
    }

    let model = example.model();
    let steps = block(x.view(), &model.blocks[0], 1);
    let weights = steps.attention_weights.slice(s![0, 0, .., ..]);
    assert_eq!(weights.row(0), aview1(&[1.0, 0.0]));
    lesson.says(format!(
        "weights are {} and {}",
        shown(weights[(1, 0)], 3),
        shown(weights[(1, 1)], 3)
    ));
    let at = |array: &Array3<f32>, position: usize| row(array.slice(s![0, position, ..]), 3);
    lesson.says(format!("it gets {}.", at(&steps.attention, 0)));
    lesson.says(format!("it gets {}.", at(&steps.attention, 1)));
    let a = &steps.after_attention;
    lesson.says(format!("{} and {}", at(a, 0), at(a, 1)));
    lesson.says(format!("GELU of (1, −1) is {}", at(&steps.feed_forward, 0)));
    lesson.says(format!(
        "For position 1 it is {}",
        at(&steps.feed_forward, 1)
    ));
    lesson.says(format!(
        "{} and {}",
        at(&steps.output, 0),
        at(&steps.output, 1)
    ));

    let scores = example.logits(tokens.clone());
    let whole = |position: usize| {
        let numbers = scores.slice(s![0, position, ..]).to_vec();
        joined(&numbers, 0, ", ").replace('-', "−")
    };
    assert_eq!([whole(0), whole(1)], ["2, −1, −2", "−2, 1, 2"]);
    assert_eq!(next_tokens(tokens.view(), &[2], &model), [2]);

    let output = steps.output.slice(s![0, 1, ..]);
    let raw: Array1<f32> = example.e.dot(&output);
    let [the, cat, sat] = [0, 1, 2].map(|token| shown(raw[token], 3).replace('-', "−"));
    lesson.says(format!("would be {the}, {cat} and {sat}"));
}

#[test]
fn layer_norms_of_two_features_are_plus_and_minus_one() {
    let example = Example::new();
    for pair in [[3.0, 0.0], [4.0, -1.0], [4.841, -1.159]] {
        let x = Array3::from_shape_fn((1, 1, 2), |(_, _, feature)| pair[feature]);
        let normed = example.norm().apply(x.view(), EPSILON);
        assert_eq!(row(normed.slice(s![0, 0, ..]), 3), "(1, −1)");
    }
}

#[test]
fn padding_after_a_text_changes_nothing_and_before_it_everything() {
    let example = Example::random();
    let alone = example.logits(array![[0, 1, 2]]);
    let before = example.logits(array![[1, 1, 0, 1, 2]]);
    let real = before.slice(s![.., 2.., ..]);
    for position in 0..3 {
        let difference = &real.slice(s![0, position, ..]) - &alone.slice(s![0, position, ..]);
        assert!(
            difference.iter().any(|difference| difference.abs() > 1e-3),
            "{position}"
        );
    }
}

#[test]
fn the_parameters_of_gpt_2() {
    let (lesson, count) = (Lesson::read("gpt"), Count::of_the_smallest());
    for (name, parameters) in [
        ("$E$", count.e),
        ("$P$", count.p),
        ("a block", count.block),
        ("12 blocks", BLOCKS * count.block),
        ("the last norm", 2 * D_MODEL),
        ("all", count.all()),
    ] {
        lesson.says(format!("| {name} | {} |", commas(parameters)));
    }
}

#[test]
fn the_columns_of_head_h() {
    let lesson = Lesson::read("gpt");
    lesson.says(format!(
        "at column ${} + {HEAD_DIM} h$ and its values",
        D_MODEL
    ));
    lesson.says(format!("at column ${} + {HEAD_DIM} h$.", 2 * D_MODEL));
    assert_eq!(D_MODEL / HEAD_DIM, 12);
}
