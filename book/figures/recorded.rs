//! Figures of trained models, which are fetched. Their numbers are recorded, because a build fetches nothing.

use ndarray::{Array2, aview1};

use crate::figures::{Axis, Bars, Figure, HeatMap, NamedFigure, Panel, Range};

/// The figures, by the name in `{{#figure NAME}}`.
pub(crate) const FIGURES: &[NamedFigure] = &[
    NamedFigure {
        name: "trained-attention",
        compute: trained_attention,
    },
    NamedFigure {
        name: "atom-mapping",
        compute: atom_mapping,
    },
    NamedFigure {
        name: "gap-of-a-reaction",
        compute: gap,
    },
    NamedFigure {
        name: "reviews",
        compute: reviews,
    },
    NamedFigure {
        name: "greetings",
        compute: greetings,
    },
];

/// Tables of numbers. Each has a line with its name, one with the command that computes it, one with the labels of its
/// columns, and its rows. `src/pipeline/tests/seeds` writes them, and compares them with what the models compute.
const RECORDED: &str = include_str!("recorded.csv");

/// A recorded table.
struct Table {
    columns: Vec<&'static str>,
    rows: Vec<&'static str>,
    values: Array2<f32>,
}

/// Returns the table of this name; it is empty if there is none, and then a claim fails.
fn table(name: &str) -> Table {
    let heading = format!("# {name}\n");
    let text = RECORDED.split_once(&heading).map_or("", |(_, below)| below);
    let mut lines = text
        .lines()
        .skip(1)
        .take_while(|line| !line.is_empty())
        .map(|line| line.split(','));
    let columns: Vec<&str> = lines.next().into_iter().flatten().skip(1).collect();
    let (mut rows, mut values) = (Vec::new(), Array2::zeros((0, columns.len())));
    for mut line in lines {
        rows.extend(line.next());
        let numbers: Vec<f32> = line.filter_map(|number| number.parse().ok()).collect();
        // A row that is too short is left out, and a claim fails.
        let _ = values.push_row(aview1(&numbers));
    }
    Table {
        columns,
        rows,
        values,
    }
}

/// A recorded table as a picture.
fn heat_map(name: &str, title: String, axes: [&'static str; 2], range: Range) -> Panel {
    let table = table(name);
    let [rows, columns] = axes;
    Panel::HeatMap(HeatMap {
        title,
        rows: Axis::words(rows, &table.rows),
        columns: Axis::words(columns, &table.columns),
        values: table.values,
        mask: None,
        range,
    })
}

/// One head of a sentence encoder on three sentences.
fn trained_attention() -> Figure {
    let panel = |name: &str| {
        heat_map(
            name,
            format!("{name}: layer 6, head 1"),
            ["query", "key"],
            Range::One,
        )
    };
    Figure {
        caption: "The first head of the last layer of all-MiniLM-L6-v2 reads three sentences. Each row is a token that \
                  reads, and its weights add up to 1.",
        description: "three heat maps with the tokens of a sentence on both sides.",
        panels: ["weather", "learning", "market"].map(panel).into(),
    }
}

/// A head that finds out where the atoms of a product come from.
fn atom_mapping() -> Figure {
    Figure {
        caption: "Head 6 of layer 11 of RXNMapper, which was trained to fill gaps in reactions. Rows are the atoms of the \
                  product, columns those of the reactants. A row has the attention from its atom, divided by its sum over \
                  the reactants' atoms.",
        description: "a heat map of ten atoms and eleven atoms; each row has one dark cell, and the dark cells go down in \
                      two diagonals that leave out the chlorine.",
        panels: vec![heat_map(
            "atoms",
            "where the atoms of the product come from".to_owned(),
            ["atom of the product", "atom of the reactants"],
            Range::One,
        )],
    }
}

/// The likeliest tokens for the gap of a reaction.
fn gap() -> Figure {
    let table = table("gap");
    Figure {
        caption: "What rxnfp puts in the gap of `CC(=O)[MASK].Nc1ccccc1>>CC(=O)Nc1ccccc1`.",
        description: "five bars; the first is much higher than the others.",
        panels: vec![Panel::Bars(Bars {
            title: "probability of a sign".to_owned(),
            axis: Axis::words("sign", &table.columns),
            weights: table.values.iter().copied().collect(),
        })],
    }
}

/// Reviews without a classifier.
fn reviews() -> Figure {
    let title = "cosine of two sentences".to_owned();
    Figure {
        caption: "The cosines of five reviews with a positive and a negative sentence, by all-MiniLM-L6-v2.",
        description: "a table of five reviews and two sentences; the numbers of a row differ little, but for one film.",
        panels: vec![heat_map(
            "reviews",
            title,
            ["review", "sentence"],
            Range::One,
        )],
    }
}

/// The same thing in several languages.
fn greetings() -> Figure {
    let title = "tokens of one text".to_owned();
    Figure {
        caption: "A greeting in four languages, and a line of Rust: the numbers of their tokens, without special ones.",
        description: "a table of three tokenizers and five texts; the numbers are smallest in English.",
        panels: vec![heat_map(
            "greetings",
            title,
            ["tokenizer", "text"],
            Range::Of(30.0),
        )],
    }
}
