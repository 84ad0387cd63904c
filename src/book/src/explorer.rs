//! Heat maps of attention whose settings readers can change: `{{#explorer NAME}}`.
//!
//! The page gets queries, keys and values, from which `assets/explorer.js` computes every step for every setting. Without
//! JavaScript, readers see the weights that the course's solutions compute for the first setting.

mod controls;
mod sentence;

use std::collections::BTreeMap;

use attentive_course::Location;
use serde::Serialize;

use crate::BookError;
use crate::figures::{Axis, HeatMap, Panel, Range};
use crate::markdown::{escape, to_html};
use crate::math::Math;
use sentence::{Head, Kind, TOKENS, WORDS};

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
                  word are the same wherever it comes: nothing here knows an order.",
        heads: &[Head::Meaning],
        positions: false,
    },
    Explorer {
        name: "multi-head",
        caption: "Four heads over the same tokens, each with projections of its own: one looks for what is meant, one \
                  for words of the same kind, one for the token before, and one has learned nothing yet.",
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

/// Input of the script.
#[derive(Serialize)]
struct Data {
    /// The kind of each known word; all others are of kind 0.
    kinds: BTreeMap<&'static str, usize>,
    /// Kind of padding.
    pad: usize,
    /// The most words that a sentence may have: positions beyond are not there.
    most: usize,
    d_k: usize,
    /// Names of the entries of an output.
    features: [&'static str; sentence::D_K],
    heads: Vec<Parts>,
}

/// Queries, keys and values of one head.
type Parts = [Part; 3];

/// Vectors of the kinds of words, and what positions add to them. The vector of a token is the sum of both.
#[derive(Serialize)]
struct Part(Rows, Option<Rows>);

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
             {json}</script>{controls}<div class=\"panels\">{}</div></attention-explorer><figcaption>{caption}</figcaption>\
             <details><summary>The numbers at the start</summary><div class=\"numbers\" role=\"region\" \
             aria-label=\"The numbers at the start\" tabindex=\"0\">{}</div></details></figure>",
            panel.inline(
                "the weights before anything is changed; the table below has their numbers."
            ),
            panel.table(),
            name = escape(self.name),
            controls = controls::html(self.heads, self.positions),
        )
    }

    fn data(&self) -> Data {
        let mut kinds = BTreeMap::new();
        for (kind, words) in WORDS {
            kinds.extend(words.iter().map(|word| (*word, kind.index())));
        }
        let mut heads = Vec::new();
        for head in self.heads {
            heads.push(head.parts(self.positions));
        }
        Data {
            kinds,
            pad: Kind::Padding.index(),
            most: TOKENS.len(),
            d_k: sentence::D_K,
            features: ["alive", "noun", "verb", "state"],
            heads,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Computes the weights as the script does for the first setting.
    fn weights([queries, keys, _]: &Parts, query: usize) -> Vec<f32> {
        let vector = |Part(words, places): &Part, place: usize| {
            let mut vector = words[Kind::of(TOKENS[place]).index()].clone();
            for (i, x) in vector.iter_mut().enumerate() {
                *x += places.as_ref().map_or(0.0, |places| places[place][i]);
            }
            vector
        };
        let q = vector(queries, query);
        let mut exps = Vec::new();
        for key in 0..TOKENS.len() {
            let k = vector(keys, key);
            let product: f32 = q.iter().zip(&k).map(|(a, b)| a * b).sum();
            exps.push((product / (sentence::D_K as f32).sqrt()).exp());
        }
        let all: f32 = exps.iter().sum();
        exps.iter().map(|exp| exp / all).collect()
    }

    #[test]
    fn the_scores_give_the_weights_of_the_solutions() {
        for explorer in &EXPLORERS {
            for (head, parts) in explorer.heads.iter().zip(explorer.data().heads) {
                let expected = head.weights(explorer.positions);
                for (query, expected) in expected.outer_iter().enumerate() {
                    for (weight, expected) in weights(&parts, query).iter().zip(expected) {
                        assert!(
                            (weight - expected).abs() < 1e-3,
                            "{} {query}",
                            explorer.name
                        );
                    }
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
