//! `text-classification` and `token-classification`: labels with their probabilities.

use ndarray::{Axis, s};
use serde::Serialize;

use crate::args::Classify;
use crate::edits::{self, Correction, EditedToken};
use crate::encode::{Answer, Batch, Reading};
use crate::error::PipelineError;
use crate::labels::{Label, ranked};
use crate::model;
use crate::pieces::Piece;
use crate::print::{columns, json, note, pad, print};

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
    /// The text after the edits, if the labels are edits and the places of the tokens are known.
    #[serde(skip_serializing_if = "Option::is_none")]
    correction: Option<Correction>,
    /// The part of the text that was read.
    #[serde(skip)]
    read: String,
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
    let are_edits = edits::are_edits(&opened.model.config().labels);
    let mut all = Vec::new();
    for (piece, labels) in reading.pieces.iter().zip(labels) {
        let mut labelled = LabelledTokens::new(piece, &labels, &reading);
        if are_edits {
            labelled.correct(piece, &reading.texts[piece.text]);
        }
        all.push(labelled);
    }
    if options.input.json {
        return json(&all);
    }
    print(&all.iter().map(table).collect::<String>())
}

impl LabelledTokens {
    fn new(piece: &Piece, labels: &[Label], reading: &Reading) -> Self {
        let tokens = piece.content().map(|position| LabelledToken {
            token: piece.tokens[position].clone(),
            label: labels[position].clone(),
        });
        Self {
            text: reading.title(piece),
            tokens: tokens.collect(),
            correction: None,
            read: String::new(),
        }
    }

    /// Applies the edits to the part of the text that the piece is.
    fn correct(&mut self, piece: &Piece, text: &str) {
        let Some(read) = piece.place(text) else {
            let number = piece.text + 1;
            note(&format!(
                "text {number}: the edits are not applied, because it is not known where its tokens are in the text"
            ));
            return;
        };
        let mut tokens = Vec::new();
        for (position, labelled) in piece.content().zip(&self.tokens) {
            let (start, end) = piece.offsets[position];
            tokens.push(EditedToken {
                token: &labelled.token,
                label: &labelled.label.label,
                place: start - read.start..end - read.start,
            });
        }
        text[read].clone_into(&mut self.read);
        self.correction = Some(Correction::new(&self.read, &tokens));
    }
}

fn table(labelled: &LabelledTokens) -> String {
    let lengths = labelled.tokens.iter().map(|token| columns(&token.token));
    let width = lengths.max().unwrap_or(0);
    let mut text = format!("{}\n", labelled.text);
    for LabelledToken { token, label } in &labelled.tokens {
        let Label { label, probability } = label;
        text += &format!("  {}  {probability:.4}  {label}\n", pad(token, width));
    }
    if let Some(correction) = &labelled.correction {
        text += &correction.lines(&labelled.read, console::colors_enabled());
    }
    text
}

fn text_labels(batch: &Batch<'_>) -> Result<Vec<Answer<Vec<Label>>>, PipelineError> {
    let names = &batch.encoder.config().labels;
    let logits = batch.encoder.classify(batch.states)?;
    let mut answers = Vec::new();
    for row in logits.rows() {
        answers.push(Answer {
            result: ranked(row, names),
            logits: Some(row.to_owned().into_dyn()),
        });
    }
    Ok(answers)
}

fn token_labels(batch: &Batch<'_>) -> Result<Vec<Answer<Vec<Label>>>, PipelineError> {
    let names = &batch.encoder.config().labels;
    let logits = batch.encoder.classify_tokens(batch.states)?;
    let mut answers = Vec::new();
    for (logits, piece) in logits.axis_iter(Axis(0)).zip(&batch.pieces) {
        let logits = logits.slice(s![..piece.ids.len(), ..]);
        let mut labels = Vec::new();
        for row in logits.rows() {
            labels.extend(ranked(row, names).into_iter().next());
        }
        answers.push(Answer {
            result: labels,
            logits: Some(logits.to_owned().into_dyn()),
        });
    }
    Ok(answers)
}
