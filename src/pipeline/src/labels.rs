//! Classes with their probabilities.

use ndarray::ArrayView1;
use sampling::{probabilities, ranking};
use serde::Serialize;

/// A class, and its probability.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Label {
    pub(crate) label: String,
    pub(crate) probability: f32,
}

/// All classes, the likeliest first. `names` has those that the model's configuration names.
pub(crate) fn ranked(logits: ArrayView1<'_, f32>, names: &[String]) -> Vec<Label> {
    let shares = probabilities(logits);
    let ranking = ranking(shares.view()).into_iter();
    let labels = ranking.map(|number| Label {
        label: name(names, number),
        probability: shares[number],
    });
    labels.collect()
}

fn name(names: &[String], number: usize) -> String {
    let name = names.get(number);
    name.cloned().unwrap_or_else(|| format!("LABEL_{number}"))
}
