//! The figure of the lesson on BERT, computed by its solution.

use bert::{Bert, BertEmbeddings, BertLayer, Encoded, Linear, Norm, Projections, encode, sentence};
use ndarray::{Array1, Array2, Axis as Dimension};

use crate::figures::random::normals;
use crate::figures::{Figure, Lines, NamedFigure, Panel, Series, Ticks};

/// The lesson's figures, by the name in `{{#figure NAME}}`.
pub(crate) const FIGURES: &[NamedFigure] = &[NamedFigure {
    name: "padding-in-the-mean",
    compute: padding_in_the_mean,
}];

const WIDTH: usize = 32;
const D_FF: usize = 64;
const WORDS: usize = 200;
const PLACES: usize = 40;

/// Tokens of the text.
const TEXT: usize = 8;

/// Numbers of padded places after it.
const PADDING: [usize; 9] = [0, 4, 8, 12, 16, 20, 24, 28, 32];

/// Models with random weights that are averaged over.
const MODELS: u16 = 10;

/// The weights of a BERT of two layers that share them, with norms that have learned nothing and no biases.
struct RandomBert {
    word: Array2<f32>,
    position: Array2<f32>,
    /// Query, key, value and output.
    attention: [Array2<f32>; 4],
    intermediate: Array2<f32>,
    output: Array2<f32>,
    ones: Array1<f32>,
    zeros: Array1<f32>,
    wide_zeros: Array1<f32>,
}

impl RandomBert {
    fn draw(seed: u64) -> Self {
        let weight = |out: usize, from: usize, i: u64| -> Array2<f32> {
            normals((out, from), seed + i) * (from as f32).sqrt().recip()
        };
        Self {
            word: normals((WORDS, WIDTH), seed),
            position: normals((PLACES, WIDTH), seed + 1) * 0.5,
            attention: [2, 3, 4, 5].map(|i| weight(WIDTH, WIDTH, i)),
            intermediate: weight(D_FF, WIDTH, 6),
            output: weight(WIDTH, D_FF, 7),
            ones: Array1::ones(WIDTH),
            zeros: Array1::zeros(WIDTH),
            wide_zeros: Array1::zeros(D_FF),
        }
    }

    fn model(&self) -> Bert<'_> {
        let [w_q, w_k, w_v, w_o] = self.attention.each_ref().map(|w| w.view());
        let b = self.zeros.view();
        let norm = Norm {
            gamma: self.ones.view(),
            beta: b,
        };
        let layer = BertLayer {
            attention: Projections {
                w_q,
                b_q: b,
                w_k,
                b_k: b,
                w_v,
                b_v: b,
                w_o,
                b_o: b,
            },
            attention_norm: norm,
            intermediate: Linear {
                weight: self.intermediate.view(),
                bias: self.wide_zeros.view(),
            },
            output: Linear {
                weight: self.output.view(),
                bias: b,
            },
            output_norm: norm,
        };
        Bert {
            embeddings: BertEmbeddings {
                word: self.word.view(),
                position: self.position.view(),
                token_type: None,
                norm,
                projection: None,
            },
            layers: vec![layer; 2],
            heads: 4,
            epsilon: 1e-12,
        }
    }
}

/// The vector of a text of 8 tokens with so much padding after it. Attention reads padding if `attend` is set, and the
/// mean counts it if `count` is set.
fn vector(model: &Bert<'_>, padding: usize, attend: bool, count: bool) -> Array1<f32> {
    let tokens = TEXT + padding;
    // Token 0 is padding; the others differ from each other.
    let ids = Array2::from_shape_fn((1, tokens), |(_, i)| if i < TEXT { 11 * i + 1 } else { 0 });
    let types = Array2::zeros((1, tokens));
    let mask =
        |padding_too: bool| Array2::from_shape_fn((1, tokens), |(_, i)| padding_too || i < TEXT);
    let Encoded { states, .. } = encode(ids.view(), types.view(), mask(attend).view(), model);
    let last = &states[states.len() - 1];
    sentence(last.view(), mask(count).view()).index_axis_move(Dimension(0), 0)
}

/// Cosines of a text's vector with that of the padded text, with the mask and without it.
fn padding_in_the_mean() -> Figure {
    let mut cosines = [(); 3].map(|()| Array1::<f32>::zeros(PADDING.len()));
    for draw in 0..MODELS {
        let bert = RandomBert::draw(100 * u64::from(draw));
        let model = bert.model();
        let alone = vector(&model, 0, false, false);
        let ways = [(false, false), (true, false), (true, true)];
        for (cosines, (attend, count)) in cosines.iter_mut().zip(ways) {
            for (cosine, padding) in cosines.iter_mut().zip(PADDING) {
                let padded = vector(&model, padding, attend, count);
                *cosine += alone.dot(&padded) / f32::from(MODELS);
            }
        }
    }
    let names = [
        "masked in both",
        "read by attention",
        "read, and counted in the mean",
    ];
    Figure {
        caption: "The cosine between the vector of a text of 8 tokens and the vector of the same text with padding, in \
                  a BERT with random weights, 32 features and 2 layers, on average over 10 models. With the mask in \
                  both places nothing changes, however much padding there is.",
        description: "three curves over the number of padded places; the first stays at 1, the second falls a little, \
                      the third falls further.",
        panels: vec![Panel::Lines(Lines {
            title: "one text, more and more padding".to_owned(),
            x: Ticks {
                name: "padded places",
                ticks: vec![0.0, 8.0, 16.0, 24.0, 32.0],
                logarithmic: false,
            },
            y: Ticks {
                name: "cosine",
                ticks: vec![0.0, 0.25, 0.5, 0.75, 1.0],
                logarithmic: false,
            },
            points: PADDING.map(|padding| padding as f32).into(),
            series: names
                .iter()
                .zip(cosines)
                .map(|(name, values)| Series {
                    name: (*name).to_owned(),
                    values: values.to_vec(),
                })
                .collect(),
        })],
    }
}
