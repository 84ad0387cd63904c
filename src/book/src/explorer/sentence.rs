//! A sentence, and hand-made heads whose attention has a meaning.

use multi_head_attention::{Projections, multi_head_attention};
use ndarray::{Array1, Array2, ArrayView2, Axis, s};
use positional_encoding::sinusoidal;
use scaled_dot_product::scores;

use super::{PositionScores, Rows, Scores};

/// The sentence, padded to nine tokens.
pub(super) const TOKENS: &[&str] = &[
    "the", "animal", "left", "the", "street", "it", "was", "tired", "[pad]",
];
/// Index of the padding.
pub(super) const PAD: usize = 8;

/// Width of the tokens. The first half is for positions, whose short waves are there; in the second half, each feature
/// is a property of words.
const D_MODEL: usize = 16;
/// Width of a head.
pub(super) const D_K: usize = 4;

const ALIVE: usize = 8;
const NOUN: usize = 9;
const STATE: usize = 10;
const VERB: usize = 11;
const PRONOUN: usize = 12;
const ARTICLE: usize = 13;

/// Properties of each token.
const PROPERTIES: [&[(usize, f32)]; 9] = [
    &[(ARTICLE, 1.0)],
    &[(NOUN, 1.0), (ALIVE, 1.0)],
    &[(VERB, 1.0)],
    &[(ARTICLE, 1.0)],
    &[(NOUN, 1.0)],
    &[(PRONOUN, 1.0)],
    &[(VERB, 0.7)],
    &[(STATE, 1.0)],
    &[],
];

/// One of four heads.
#[derive(Debug, Clone, Copy)]
pub(super) enum Head {
    /// Looks for the meaning: pronouns for something alive, articles for nouns.
    Meaning,
    /// Looks for words of the same kind.
    Kind,
    /// Looks for the token before.
    Before,
    /// Looks for nothing.
    Nothing,
}

/// Entries of a projection: row, column, number.
type Entries = Vec<(usize, usize, f32)>;

impl Head {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Meaning => "what is meant",
            Self::Kind => "same kind of word",
            Self::Before => "the token before",
            Self::Nothing => "nothing learnt",
        }
    }

    /// Returns the query projection and the key projection.
    fn query_and_key(self) -> (Entries, Entries) {
        match self {
            Self::Meaning => (
                vec![
                    (0, PRONOUN, 2.5),
                    (0, STATE, 2.5),
                    (0, VERB, 1.0),
                    (1, ARTICLE, 2.0),
                    (1, VERB, 1.0),
                    (1, PRONOUN, 1.0),
                    (2, NOUN, 1.5),
                ],
                vec![
                    (0, ALIVE, 2.0),
                    (1, NOUN, 2.0),
                    (2, STATE, 2.0),
                    (2, VERB, 1.0),
                ],
            ),
            Self::Kind => {
                let kinds = vec![
                    (0, NOUN, 2.5),
                    (1, VERB, 3.0),
                    (2, ARTICLE, 2.5),
                    (3, STATE, 2.5),
                    (3, PRONOUN, 2.5),
                ];
                (kinds.clone(), kinds)
            }
            Self::Before => {
                // The sines and cosines of position m − 1, from those of m: cos(a − b) is largest where a = b.
                const GAIN: f32 = 4.0;
                let (mut turned, mut kept) = (Vec::new(), Vec::new());
                for pair in 0..2 {
                    let angle = 10_000_f32.powf(-2.0 * pair as f32 / D_MODEL as f32);
                    let (sine, cosine) = (2 * pair, 2 * pair + 1);
                    turned.extend([
                        (sine, sine, GAIN * angle.cos()),
                        (sine, cosine, -GAIN * angle.sin()),
                    ]);
                    turned.extend([
                        (cosine, sine, GAIN * angle.sin()),
                        (cosine, cosine, GAIN * angle.cos()),
                    ]);
                    kept.extend([(sine, sine, 1.5), (cosine, cosine, 1.5)]);
                }
                (turned, kept)
            }
            Self::Nothing => (Vec::new(), Vec::new()),
        }
    }

    /// Returns W_Q, W_K and W_V, each (D_K, D_MODEL).
    fn projections(self) -> [Array2<f32>; 3] {
        let (query, key) = self.query_and_key();
        let value = vec![
            (0, ALIVE, 1.0),
            (1, NOUN, 1.0),
            (2, VERB, 1.0),
            (3, STATE, 1.0),
            (3, ARTICLE, -1.0),
        ];
        [query, key, value].map(|entries| {
            let mut w = Array2::zeros((D_K, D_MODEL));
            for (row, column, number) in entries {
                w[(row, column)] = number;
            }
            w
        })
    }

    /// Returns the scores for the page's script; without `positions`, only those of the tokens.
    pub(super) fn scores(self, positions: bool) -> Scores {
        let [w_q, w_k, w_v] = self.projections();
        let parts = [tokens(), sinusoidal(TOKENS.len(), D_MODEL, 0)];
        let [t, p] = parts.map(|x| [x.dot(&w_q.t()), x.dot(&w_k.t()), x.dot(&w_v.t())]);
        let unscaled = |q: &Array2<f32>, k: &Array2<f32>| {
            rows((scores(q.view(), k.view()) * (D_K as f32).sqrt()).view())
        };
        Scores {
            name: self.name(),
            tt: unscaled(&t[0], &t[1]),
            v: rows(t[2].view()),
            positions: positions.then(|| PositionScores {
                tp: unscaled(&t[0], &p[1]),
                pt: unscaled(&p[0], &t[1]),
                pp: unscaled(&p[0], &p[1]),
                vp: rows(p[2].view()),
            }),
        }
    }

    /// Computes the weights (queries, keys) with the solution on multi-head attention, with this as its first head.
    pub(super) fn weights(self, positions: bool) -> Array2<f32> {
        let mut x = tokens();
        if positions {
            x += &sinusoidal(TOKENS.len(), D_MODEL, 0);
        }
        let x = x.insert_axis(Axis(0));
        let [w_q, w_k, w_v] = self.projections().map(|w| {
            let mut all = Array2::zeros((D_MODEL, D_MODEL));
            all.slice_mut(s![..D_K, ..]).assign(&w);
            all
        });
        let (w_o, b) = (Array2::eye(D_MODEL), Array1::zeros(D_MODEL));
        let projections = Projections {
            w_q: w_q.view(),
            b_q: b.view(),
            w_k: w_k.view(),
            b_k: b.view(),
            w_v: w_v.view(),
            b_v: b.view(),
            w_o: w_o.view(),
            b_o: b.view(),
        };
        let (_, weights) = multi_head_attention(
            x.view(),
            x.view(),
            x.view(),
            &projections,
            D_MODEL / D_K,
            None,
        );
        weights.slice(s![0, 0, .., ..]).to_owned()
    }
}

/// Returns the tokens without their positions, (tokens, D_MODEL).
fn tokens() -> Array2<f32> {
    let mut x = Array2::zeros((TOKENS.len(), D_MODEL));
    for (token, properties) in PROPERTIES.iter().enumerate() {
        for &(feature, amount) in *properties {
            x[(token, feature)] = amount;
        }
    }
    x
}

/// Rounds to three decimals, to keep pages small.
fn rows(matrix: ArrayView2<'_, f32>) -> Rows {
    let round = |number: &f32| (number * 1e3).round() / 1e3 + 0.0; // + 0.0 turns −0 into 0
    matrix
        .outer_iter()
        .map(|row| row.iter().map(round).collect())
        .collect()
}
