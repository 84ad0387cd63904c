//! `fill-mask`: the likeliest tokens for each gap of a text.

use attentive_models::Tokenizer;
use ndarray::{Array3, ArrayView3, Axis, s};
use sampling::{probabilities, ranking};
use serde::Serialize;

use crate::args::FillMask;
use crate::encode::{Answer, Batch, Reading};
use crate::error::PipelineError;
use crate::model;
use crate::pieces::Piece;
use crate::print::{json, print};

/// Mask tokens of the families that fill gaps.
const MASKS: [&str; 2] = ["[MASK]", "<mask>"];

/// The fills of one text.
#[derive(Debug, Serialize)]
struct Filled {
    text: String,
    gaps: Vec<Gap>,
}

/// A gap, and what fills it.
#[derive(Debug, Serialize)]
struct Gap {
    /// Position of the gap among the tokens, from 0; special tokens count.
    position: usize,
    fills: Vec<Fill>,
}

/// A token that could fill a gap.
#[derive(Debug, Serialize)]
struct Fill {
    id: usize,
    token: String,
    probability: f32,
}

/// Runs the task.
pub(crate) fn run(options: &FillMask) -> Result<(), PipelineError> {
    let opened = model::encoder(&options.model, options.input.own, "fill-mask")?;
    let tokenizer = opened.tokenizer()?;
    let (mask, id) = mask_token(tokenizer)?;
    let reading = Reading::new(&opened, &options.input, options.batching.stride)?;
    for number in 0..reading.texts.len() {
        let mut of_text = reading.pieces.iter().filter(|piece| piece.text == number);
        if !of_text.any(|piece| piece.ids.contains(&id)) {
            let mask = mask.to_owned();
            let number = number + 1;
            return Err(PipelineError::NoGap { number, mask });
        }
    }
    let fill = |batch: &Batch<'_>| answers(batch, id, options.top.into(), tokenizer);
    let gaps = reading.run(&opened.model, &options.batching, fill)?;
    let mut all = Vec::new();
    for (piece, gaps) in reading.pieces.iter().zip(gaps) {
        all.push(Filled {
            text: reading.title(piece),
            gaps,
        });
    }
    if options.input.json {
        return json(&all);
    }
    print(&all.iter().map(in_words).collect::<String>())
}

/// The mask token, and its id.
fn mask_token(tokenizer: &Tokenizer) -> Result<(&'static str, usize), PipelineError> {
    for mask in MASKS {
        if let Some(id) = tokenizer.id(mask) {
            return Ok((mask, id));
        }
    }
    Err(PipelineError::NoMaskToken)
}

fn answers(
    batch: &Batch<'_>,
    mask: usize,
    top: usize,
    tokenizer: &Tokenizer,
) -> Result<Vec<Answer<Vec<Gap>>>, PipelineError> {
    let mut answers = Vec::new();
    for (row, piece) in batch.pieces.iter().enumerate() {
        let positions = gaps(piece, mask);
        let states = batch.states.slice(s![row..=row, ..piece.ids.len(), ..]);
        // A row of logits is as long as the vocabulary: only those that are read are computed.
        let (logits, rows) = if batch.all_logits {
            (batch.encoder.fill_mask(states)?, positions.clone())
        } else {
            let logits = at_positions(batch, states, &positions)?;
            (logits, (0..positions.len()).collect())
        };
        let mut gaps = Vec::new();
        for (position, row) in positions.into_iter().zip(rows) {
            let probabilities = probabilities(logits.slice(s![0, row, ..]));
            let best = ranking(probabilities.view()).into_iter().take(top);
            let fills = best.map(|id| Fill {
                id,
                token: tokenizer.token(id).unwrap_or_default(),
                probability: probabilities[id],
            });
            gaps.push(Gap {
                position,
                fills: fills.collect(),
            });
        }
        let logits = batch
            .all_logits
            .then(|| logits.index_axis_move(Axis(0), 0).into_dyn());
        answers.push(Answer {
            result: gaps,
            logits,
        });
    }
    Ok(answers)
}

fn gaps(piece: &Piece, mask: usize) -> Vec<usize> {
    let ids = piece.ids.iter().enumerate();
    ids.filter(|&(_, &id)| id == mask)
        .map(|(position, _)| position)
        .collect()
}

/// Logits of some positions alone: (1, positions, vocabulary).
fn at_positions(
    batch: &Batch<'_>,
    states: ArrayView3<'_, f32>,
    positions: &[usize],
) -> Result<Array3<f32>, PipelineError> {
    Ok(batch
        .encoder
        .fill_mask(states.select(Axis(1), positions).view())?)
}

fn in_words(filled: &Filled) -> String {
    let mut text = format!("{}\n", filled.text);
    for (number, gap) in filled.gaps.iter().enumerate() {
        if filled.gaps.len() > 1 {
            text += &format!("  gap {}\n", number + 1);
        }
        for fill in &gap.fills {
            text += &format!("  {:.4}  {}\n", fill.probability, fill.token);
        }
    }
    text
}
