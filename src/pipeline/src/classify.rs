//! `text-classification` and `token-classification`: labels with their probabilities.

use ndarray::{Axis, s};
use sampling::{probabilities, ranking};
use serde::Serialize;

use crate::args::Classify;
use crate::encode::{Answer, Batch, Reading};
use crate::error::PipelineError;
use crate::model;
use crate::print::{json, pad, print};

/// A label, and its probability.
#[derive(Debug, Clone, Serialize)]
struct Label {
    label: String,
    probability: f32,
}

/// A text and its labels, the likeliest first.
#[derive(Debug, Serialize)]
struct LabelledText {
    text: String,
    labels: Vec<Label>,
}

/// A text and the label of each token.
#[derive(Debug, Serialize)]
struct LabelledTokens {
    text: String,
    tokens: Vec<LabelledToken>,
}

/// A token and its likeliest label.
#[derive(Debug, Serialize)]
struct LabelledToken {
    token: String,
    #[serde(flatten)]
    label: Label,
}

/// Runs `text-classification`.
pub(crate) fn texts(options: &Classify) -> Result<(), PipelineError> {
    let opened = model::encoder(&options.model, options.input.own, "text-classification")?;
    let reading = Reading::new(&opened, &options.input, options.batching.stride)?;
    let classify = |batch: &Batch<'_>| text_labels(batch);
    let labels = reading.run(&opened.model, &options.batching, classify)?;
    let mut all = Vec::new();
    for (piece, labels) in reading.pieces.iter().zip(labels) {
        let text = reading.title(piece);
        all.push(LabelledText { text, labels });
    }
    if options.input.json {
        return json(&all);
    }
    let mut text = String::new();
    for labelled in &all {
        text += &format!("{}\n", labelled.text);
        for Label { label, probability } in &labelled.labels {
            text += &format!("  {probability:.4}  {label}\n");
        }
    }
    print(&text)
}

/// Runs `token-classification`.
pub(crate) fn tokens(options: &Classify) -> Result<(), PipelineError> {
    let opened = model::encoder(&options.model, options.input.own, "token-classification")?;
    let reading = Reading::new(&opened, &options.input, options.batching.stride)?;
    let classify = |batch: &Batch<'_>| token_labels(batch);
    let labels = reading.run(&opened.model, &options.batching, classify)?;
    let mut all = Vec::new();
    for (piece, labels) in reading.pieces.iter().zip(labels) {
        let content = piece.before..piece.ids.len() - piece.after;
        let tokens = content.map(|position| LabelledToken {
            token: piece.tokens[position].clone(),
            label: labels[position].clone(),
        });
        all.push(LabelledTokens {
            text: reading.title(piece),
            tokens: tokens.collect(),
        });
    }
    if options.input.json {
        return json(&all);
    }
    print(&all.iter().map(table).collect::<String>())
}

fn table(labelled: &LabelledTokens) -> String {
    let lengths = labelled
        .tokens
        .iter()
        .map(|token| token.token.chars().count());
    let width = lengths.max().unwrap_or(0);
    let mut text = format!("{}\n", labelled.text);
    for LabelledToken { token, label } in &labelled.tokens {
        let Label { label, probability } = label;
        text += &format!("  {}  {probability:.4}  {label}\n", pad(token, width));
    }
    text
}

fn text_labels(batch: &Batch<'_>) -> Result<Vec<Answer<Vec<Label>>>, PipelineError> {
    let Some(last) = batch.states.hidden.last() else {
        return Ok(Vec::new());
    };
    let logits = batch.encoder.classify(last.view())?;
    let mut answers = Vec::new();
    for row in logits.rows() {
        let probabilities = probabilities(row);
        let ranking = ranking(probabilities.view()).into_iter();
        let labels = ranking.map(|number| label(batch, number, probabilities[number]));
        answers.push(Answer {
            result: labels.collect(),
            logits: Some(row.to_owned().into_dyn()),
        });
    }
    Ok(answers)
}

fn token_labels(batch: &Batch<'_>) -> Result<Vec<Answer<Vec<Label>>>, PipelineError> {
    let Some(last) = batch.states.hidden.last() else {
        return Ok(Vec::new());
    };
    let logits = batch.encoder.classify_tokens(last.view())?;
    let mut answers = Vec::new();
    for (logits, piece) in logits.axis_iter(Axis(0)).zip(&batch.pieces) {
        let logits = logits.slice(s![..piece.ids.len(), ..]);
        let mut labels = Vec::new();
        for row in logits.rows() {
            let probabilities = probabilities(row);
            let best = ranking(probabilities.view())[0];
            labels.push(label(batch, best, probabilities[best]));
        }
        answers.push(Answer {
            result: labels,
            logits: Some(logits.to_owned().into_dyn()),
        });
    }
    Ok(answers)
}

/// A label by its number; its name is in the model's configuration, if it has one.
fn label(batch: &Batch<'_>, number: usize, probability: f32) -> Label {
    let name = batch.encoder.config().labels.get(number);
    Label {
        label: name.cloned().unwrap_or_else(|| format!("LABEL_{number}")),
        probability,
    }
}
