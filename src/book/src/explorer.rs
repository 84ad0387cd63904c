//! Heat maps of attention whose settings readers can change: `{{#explorer NAME}}`.
//!
//! The page gets scores and values, from which `assets/explorer.js` computes the weights for every setting. Without
//! JavaScript, readers see the weights that the course's solutions compute for the first setting.

mod sentence;

use attentive_course::Location;
use serde::Serialize;

use crate::BookError;
use crate::figures::{Axis, HeatMap, Panel, Range};
use crate::markdown::{escape, to_html};
use crate::math::Math;
use sentence::{Head, PAD, TOKENS};

/// An explorer of one page.
struct Explorer {
    name: &'static str,
    /// Caption in Markdown.
    caption: &'static str,
    heads: &'static [Head],
    /// `true` if positions are added to the tokens, and can be left out.
    positions: bool,
}

const EXPLORERS: [Explorer; 3] = [
    Explorer {
        name: "attention",
        caption: "Each row is a token that asks, each column one that answers. The tokens and projections are made by \
                  hand, so that “it” asks for something alive and finds the animal, not the street. Rows of the same \
                  word are the same, wherever it stands: nothing here knows an order.",
        heads: &[Head::Meaning],
        positions: false,
    },
    Explorer {
        name: "multi-head",
        caption: "Four heads over the same tokens, each with projections of its own: one looks for what is meant, one \
                  for words of the same kind, one for the token before, and one has learnt nothing yet.",
        heads: &[Head::Meaning, Head::Kind, Head::Before, Head::Nothing],
        positions: true,
    },
    Explorer {
        name: "positions",
        caption: "A head that finds the token before each token, by its sinusoidal encoding alone. Leave the \
                  positions out, and it has nothing to go by. Shuffle, and it follows the places, not the words.",
        heads: &[Head::Before, Head::Meaning],
        positions: true,
    },
];

/// Input of the script: the unscaled scores and the values.
#[derive(Serialize)]
struct Data {
    tokens: &'static [&'static str],
    /// Index of the token that is padding.
    pad: usize,
    d_k: usize,
    heads: Vec<Scores>,
}

/// The products of one head. A query is the sum of a token's part and its position's, and so is a key: of the four
/// products, `tt` is token by token, `tp` token (query) by position (key), and so on.
#[derive(Serialize)]
struct Scores {
    name: &'static str,
    tt: Rows,
    /// Value of each token.
    v: Rows,
    #[serde(flatten)]
    positions: Option<PositionScores>,
}

#[derive(Serialize)]
struct PositionScores {
    tp: Rows,
    pt: Rows,
    pp: Rows,
    /// Part of each position in the value of the token there.
    vp: Rows,
}

type Rows = Vec<Vec<f32>>;

/// Returns the names of all explorers.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    EXPLORERS.iter().map(|explorer| explorer.name)
}

/// Returns the HTML of an explorer, on one line; `None` if there is none of this name.
pub(crate) fn html(name: &str, math: &Math, at: &Location) -> Option<Result<String, BookError>> {
    let explorer = EXPLORERS.iter().find(|explorer| explorer.name == name)?;
    Some(to_html(explorer.caption, math, at).map(|caption| explorer.html(&caption)))
}

impl Explorer {
    fn html(&self, caption: &str) -> String {
        let panel = Panel::HeatMap(HeatMap {
            title: self.heads[0].name().to_owned(),
            rows: Axis::words("query", TOKENS),
            columns: Axis::words("key", TOKENS),
            values: self.heads[0].weights(self.positions),
            mask: None,
            range: Range::One,
        });
        // Numbers cannot make JSON fail, nor end the script.
        let json = serde_json::to_string(&self.data()).unwrap_or_default();
        format!(
            "<figure class=\"explorer\" id=\"explorer-{name}\"><attention-explorer><script type=\"application/json\">\
             {json}</script><div class=\"panels\">{}</div></attention-explorer><figcaption>{caption}</figcaption>\
             <details><summary>The numbers at the start</summary><div class=\"numbers\" role=\"region\" \
             aria-label=\"The numbers at the start\" tabindex=\"0\">{}</div></details></figure>",
            panel.inline(
                "the weights before anything is changed; the table below has their numbers."
            ),
            panel.table(),
            name = escape(self.name),
        )
    }

    fn data(&self) -> Data {
        let heads = self
            .heads
            .iter()
            .map(|head| head.scores(self.positions))
            .collect();
        Data {
            tokens: TOKENS,
            pad: PAD,
            d_k: sentence::D_K,
            heads,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Computes the weights as the script does for the first setting.
    fn weights(scores: &Scores) -> Rows {
        let row = |query: usize| {
            let score = |key: usize| {
                let placed = scores.positions.as_ref().map_or(0.0, |p| {
                    p.tp[query][key] + p.pt[query][key] + p.pp[query][key]
                });
                ((scores.tt[query][key] + placed) / (sentence::D_K as f32).sqrt()).exp()
            };
            let all: f32 = (0..TOKENS.len()).map(score).sum();
            (0..TOKENS.len()).map(|key| score(key) / all).collect()
        };
        (0..TOKENS.len()).map(row).collect()
    }

    #[test]
    fn the_scores_give_the_weights_of_the_solutions() {
        for explorer in &EXPLORERS {
            for (head, scores) in explorer.heads.iter().zip(explorer.data().heads) {
                let expected = head.weights(explorer.positions);
                for ((query, key), expected) in expected.indexed_iter() {
                    let weight = weights(&scores)[query][key];
                    assert!(
                        (weight - expected).abs() < 1e-3,
                        "{} {query} {key}",
                        explorer.name
                    );
                }
            }
        }
    }

    #[test]
    fn the_captions_tell_the_truth() {
        let place = |word: &str| {
            TOKENS
                .iter()
                .position(|token| *token == word)
                .expect("a token")
        };
        let largest = |head: Head, positions: bool, query: usize| {
            let weights = head.weights(positions);
            let row = weights.row(query);
            (0..row.len())
                .max_by(|&a, &b| row[a].total_cmp(&row[b]))
                .expect("a key")
        };
        assert_eq!(largest(Head::Meaning, false, place("it")), place("animal"));
        for query in 1..TOKENS.len() {
            assert_eq!(largest(Head::Before, true, query), query - 1);
        }
        let even = 1.0 / TOKENS.len() as f32;
        for weight in Head::Before
            .weights(false)
            .iter()
            .chain(&Head::Nothing.weights(true))
        {
            assert!((weight - even).abs() < 1e-6);
        }
    }
}
