//! A sentence, words for sentences of the reader's own, and hand-made heads whose attention has a meaning.

use multi_head_attention::{Projections, multi_head_attention};
use ndarray::{Array1, Array2, ArrayView2, Axis, s};
use positional_encoding::sinusoidal;

use super::{Part, Parts, Rows};

/// The sentence, padded to nine tokens.
pub(super) const TOKENS: &[&str] = &[
    "the", "animal", "left", "the", "street", "it", "was", "tired", PAD,
];
/// The token that is padding.
pub(super) const PAD: &str = "[pad]";

/// Words that the heads know, with their kinds. All others are [`Kind::Unknown`].
pub(super) const WORDS: &[(Kind, &[&str])] = &[
    (Kind::Padding, &[PAD]),
    (Kind::Article, &["the", "a", "an"]),
    (
        Kind::Living,
        &["animal", "cat", "dog", "bird", "child", "woman", "man"],
    ),
    (
        Kind::Thing,
        &["street", "house", "river", "tree", "book", "ball"],
    ),
    (Kind::Verb, &["left", "saw", "crossed", "chased", "found"]),
    (Kind::Auxiliary, &["was", "is", "were", "are"]),
    (Kind::State, &["tired", "wide", "old", "small", "hungry"]),
    (Kind::Pronoun, &["it", "he", "she", "they"]),
];

/// A kind of word: words of a kind have the same vector.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A word that the heads do not know, and that has no properties.
    Unknown,
    Padding,
    Article,
    Living,
    Thing,
    Verb,
    Auxiliary,
    State,
    Pronoun,
}

impl Kind {
    const ALL: [Self; 9] = [
        Self::Unknown,
        Self::Padding,
        Self::Article,
        Self::Living,
        Self::Thing,
        Self::Verb,
        Self::Auxiliary,
        Self::State,
        Self::Pronoun,
    ];

    /// Returns the row of this kind in what the page gets.
    pub(super) fn index(self) -> usize {
        self as usize
    }

    /// Returns the kind of a word.
    pub(super) fn of(word: &str) -> Self {
        let known = WORDS.iter().find(|(_, words)| words.contains(&word));
        known.map_or(Self::Unknown, |(kind, _)| *kind)
    }

    /// Returns the features that are not 0, each with its amount.
    fn properties(self) -> &'static [(usize, f32)] {
        match self {
            Self::Unknown | Self::Padding => &[],
            Self::Article => &[(ARTICLE, 1.0)],
            Self::Living => &[(NOUN, 1.0), (ALIVE, 1.0)],
            Self::Thing => &[(NOUN, 1.0)],
            Self::Verb => &[(VERB, 1.0)],
            Self::Auxiliary => &[(VERB, 0.7)],
            Self::State => &[(STATE, 1.0)],
            Self::Pronoun => &[(PRONOUN, 1.0)],
        }
    }
}

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
            Self::Nothing => "nothing learned",
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

    /// Returns the queries, keys and values for the page's script: those of each kind of word, and with `positions` what each
    /// position adds to them.
    pub(super) fn parts(self, positions: bool) -> Parts {
        let kinds = tokens(&Kind::ALL);
        let places = sinusoidal(TOKENS.len(), D_MODEL, 0);
        self.projections().map(|w| {
            Part(
                rows(kinds.dot(&w.t()).view()),
                positions.then(|| rows(places.dot(&w.t()).view())),
            )
        })
    }

    /// Computes the weights (queries, keys) with the solution on multi-head attention, with this as its first head.
    pub(super) fn weights(self, positions: bool) -> Array2<f32> {
        let kinds: Vec<Kind> = TOKENS.iter().map(|word| Kind::of(word)).collect();
        let mut x = tokens(&kinds);
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

/// Returns tokens of these kinds without their positions, (tokens, D_MODEL).
fn tokens(kinds: &[Kind]) -> Array2<f32> {
    let mut x = Array2::zeros((kinds.len(), D_MODEL));
    for (token, kind) in kinds.iter().enumerate() {
        for &(feature, amount) in kind.properties() {
            x[(token, feature)] = amount;
        }
    }
    x
}

/// Rounds to four decimals, to keep pages small.
fn rows(matrix: ArrayView2<'_, f32>) -> Rows {
    let round = |number: &f32| (number * 1e4).round() / 1e4 + 0.0; // + 0.0 turns −0 into 0
    matrix
        .outer_iter()
        .map(|row| row.iter().map(round).collect())
        .collect()
}
