//! `feature-extraction`: a vector for each text, and how similar the texts are by it.

use ndarray::{Array1, Array2, s};
use serde::Serialize;

use crate::args::{Features, Pool};
use crate::encode::{Answer, Batch, Reading};
use crate::error::PipelineError;
use crate::model;
use crate::print::{json, print};

/// Number of entries of a vector that are shown.
const SHOWN: usize = 4;

/// The vector of one piece.
#[derive(Debug, Serialize)]
struct Vector {
    text: String,
    norm: f32,
    vector: Vec<f32>,
}

/// Runs the task.
pub(crate) fn run(options: &Features) -> Result<(), PipelineError> {
    let opened = model::encoder(&options.model, options.input.own, "feature-extraction")?;
    let reading = Reading::new(&opened, &options.input, options.batching.stride)?;
    let pool = |batch: &Batch<'_>| Ok(answers(batch, options.pool));
    let vectors = reading.run(&opened.model, &options.batching, pool)?;
    let mut all = Vec::new();
    for (piece, vector) in reading.pieces.iter().zip(&vectors) {
        all.push(Vector {
            text: reading.title(piece),
            norm: vector.dot(vector).sqrt(),
            vector: vector.to_vec(),
        });
    }
    if options.input.json {
        return json(&all);
    }
    let mut text = String::new();
    for vector in &all {
        text += &in_words(vector);
    }
    if all.len() > 1 {
        text += &similarities(&vectors);
    }
    print(&text)
}

fn answers(batch: &Batch<'_>, pool: Pool) -> Vec<Answer<Array1<f32>>> {
    let vectors = match pool {
        Pool::Mean => batch.encoder.sentence(batch.states, batch.mask),
        Pool::Cls => batch.states.slice(s![.., 0, ..]).to_owned(),
    };
    let rows = vectors.rows().into_iter();
    rows.map(|row| Answer {
        result: row.to_owned(),
        logits: None,
    })
    .collect()
}

fn in_words(vector: &Vector) -> String {
    let first = vector.vector.iter().take(SHOWN);
    let first: Vec<String> = first.map(|number| format!("{number:.4}")).collect();
    format!(
        "{}\n  {} numbers, norm {:.4}: {} …\n",
        vector.text,
        vector.vector.len(),
        vector.norm,
        first.join(" ")
    )
}

/// A table of the cosines of all pairs.
fn similarities(vectors: &[Array1<f32>]) -> String {
    let numbers = (1..=vectors.len()).map(|number| format!("{number:>9}"));
    let mut table = format!("\ncosine{}\n", numbers.collect::<String>());
    for (number, row) in cosines(vectors).rows().into_iter().enumerate() {
        let row = row.iter().map(|cosine| format!("{cosine:>9.4}"));
        table += &format!("{:>6}{}\n", number + 1, row.collect::<String>());
    }
    table
}

fn cosines(vectors: &[Array1<f32>]) -> Array2<f32> {
    Array2::from_shape_fn((vectors.len(), vectors.len()), |(a, b)| {
        let (a, b) = (&vectors[a], &vectors[b]);
        let lengths = (a.dot(a) * b.dot(b)).sqrt();
        if lengths > 0.0 {
            a.dot(b) / lengths
        } else {
            0.0
        }
    })
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn cosines_do_not_depend_on_lengths() {
        let vectors = [
            array![3.0, 0.0],
            array![0.0, 0.5],
            array![2.0, 2.0],
            array![0.0, 0.0],
        ];
        insta::assert_snapshot!(similarities(&vectors), @r"

        cosine        1        2        3        4
             1   1.0000   0.0000   0.7071   0.0000
             2   0.0000   1.0000   0.7071   0.0000
             3   0.7071   0.7071   1.0000   0.0000
             4   0.0000   0.0000   0.0000   0.0000
        ");
    }
}
