//! The figure of the lesson `byte-pair-encoding`, computed by its solution.

use std::collections::BTreeMap;

use byte_pair_encoding::{Merges, encode, train, words};

use crate::figures::{Figure, Lines, NamedFigure, Panel, Series, Ticks};

/// The lesson's figures, by the name in `{{#figure NAME}}`.
pub(crate) const FIGURES: &[NamedFigure] = &[NamedFigure {
    name: "ids-per-character",
    compute: ids_per_character,
}];

/// The text that the lesson's merges are learned from.
const TEXT: &str = "Attention reads a text as a table of vectors, one for each token. Every token asks a question, \
    and every token offers a key. Where a question and a key fit each other, the weight is large, and the value behind \
    that key is read. So a pronoun finds its noun, a verb finds its subject, and a bracket finds the bracket that \
    opened it. No rule says which words belong together: the model learns it from text, and from nothing else. One \
    layer reads the tokens. The next layer reads what the first one has found. After some layers a vector no longer \
    stands for a word alone, but for a word in its sentence. The last layer turns each vector into a score for every \
    token that could come next. The model writes the token with the best score, adds it to the text, and reads the \
    text again. This is slow, because every new token needs all of the weights; so the keys and values of the tokens \
    before it are kept. What the model has not seen in training it can still spell, because every text is made of \
    bytes.";

/// Texts that the merges have not seen, with the names of their languages.
const OTHERS: [(&str, &str); 3] = [
    (
        "new, English",
        "A queen keeps bees behind her old house. In spring they fly to the apple trees, and in autumn there is honey \
         for the whole village.",
    ),
    (
        "new, German",
        "Eine Königin hält Bienen hinter ihrem alten Haus. Im Frühling fliegen sie zu den Apfelbäumen, und im Herbst \
         gibt es Honig für das ganze Dorf.",
    ),
    (
        "new, Greek",
        "Μια βασίλισσα έχει μέλισσες πίσω από το παλιό της σπίτι.",
    ),
];

/// The number of merges that the lesson's tokenizer has.
const COUNT: usize = 200;

/// Returns the number of characters of the text that the lesson's merges are learned from.
pub fn characters() -> usize {
    TEXT.chars().count()
}

/// Returns the merges of the lesson's tokenizer.
pub fn merges() -> Vec<(usize, usize)> {
    let mut counts = BTreeMap::new();
    for word in words(TEXT) {
        *counts.entry(word).or_insert(0) += 1;
    }
    let counts: Vec<(&str, usize)> = counts.into_iter().collect();
    train(&counts, COUNT)
}

/// The number of ids for each character of four texts, with more and more merges.
fn ids_per_character() -> Figure {
    let merges = merges();
    let counts: Vec<usize> = (0..=COUNT).step_by(10).collect();
    let series = |name: &str, text: &str| {
        let ids = |count: &usize| encode(text, &Merges::new(&merges[..*count])).len() as f32;
        let characters = text.chars().count() as f32;
        Series {
            name: name.to_owned(),
            values: counts.iter().map(|count| ids(count) / characters).collect(),
        }
    };
    let own = series("the text itself", TEXT);
    let others = OTHERS.iter().map(|(name, text)| series(name, text));
    Figure {
        caption: "Ids for each character of four texts. The merges were learned from the first one. They save less in a \
                  new English text, little in a German one, and nothing in a Greek one, where a letter has two bytes.",
        description: "four curves over 0 to 200 merges: the text itself falls from 1 to 0.3 ids for each character, a \
                      new English text to 0.55, a German one to 0.82, and a Greek one stays at 1.82.",
        panels: vec![Panel::Lines(Lines {
            title: "what merges save".to_owned(),
            x: Ticks {
                name: "merges",
                ticks: vec![0.0, 50.0, 100.0, 150.0, 200.0],
                logarithmic: false,
            },
            y: Ticks {
                name: "ids for each character",
                ticks: vec![0.0, 0.5, 1.0, 1.5, 2.0],
                logarithmic: false,
            },
            points: counts.iter().map(|&count| count as f32).collect(),
            series: std::iter::once(own).chain(others).collect(),
        })],
    }
}
