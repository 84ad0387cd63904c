//! Runs a model that reads: texts become pieces, pieces become batches, and each task makes its own of the states.

use std::path::Path;

use attentive_models::Encoder;
use indicatif::ProgressBar;
use ndarray::{Array2, ArrayD, ArrayView2, ArrayView3, CowArray};

use crate::args::{Batching, Input};
use crate::batches;
use crate::error::PipelineError;
use crate::input;
use crate::model::Opened;
use crate::pieces::Piece;
use crate::print::note;
use crate::tensors::{self, Tensors};

/// A batch that a model has read.
pub(crate) struct Batch<'a> {
    /// The model.
    pub(crate) encoder: &'a Encoder,
    /// The pieces, one in each row.
    pub(crate) pieces: Vec<&'a Piece>,
    /// Its last hidden states: (pieces, tokens, width).
    pub(crate) states: ArrayView3<'a, f32>,
    /// `true` where there is a token, `false` where there is padding: (pieces, tokens).
    pub(crate) mask: ArrayView2<'a, bool>,
    /// `true` if the logits of all positions are wanted.
    pub(crate) all_logits: bool,
}

/// The answer of a task for one piece, and the logits that it comes from.
pub(crate) struct Answer<T> {
    /// The answer.
    pub(crate) result: T,
    /// The logits, if the task has them.
    pub(crate) logits: Option<ArrayD<f32>>,
}

/// Texts, and the pieces that they were made into.
#[derive(Debug)]
pub(crate) struct Reading {
    /// The texts, in their order.
    pub(crate) texts: Vec<String>,
    /// Their pieces: of each text one, or with a stride several.
    pub(crate) pieces: Vec<Piece>,
    /// `true` if the functions of exercise 17 are to run the model.
    own: bool,
}

impl Reading {
    /// Reads the texts of a command, and says which are too long.
    ///
    /// # Errors
    /// When they cannot be read, or have tokens that the model does not know.
    pub(crate) fn new(
        opened: &Opened<Encoder>,
        input: &Input,
        stride: Option<usize>,
    ) -> Result<Self, PipelineError> {
        let texts = input::texts(input)?;
        let mut all = Vec::new();
        for (number, text) in texts.iter().enumerate() {
            let piece = read(opened, text, number, input.ids)?;
            let (pieces, too_long) = piece.fit(opened.model.config().context, stride);
            if let Some(too_long) = too_long {
                note(&too_long.in_words(stride.map(|_| pieces.len())));
            }
            all.extend(pieces);
        }
        Ok(Self {
            texts,
            pieces: all,
            own: input.own,
        })
    }

    /// Runs the model on all pieces, and `head` on each batch: an answer for each of its pieces.
    ///
    /// # Errors
    /// When a head is missing, or tensors cannot be written.
    pub(crate) fn run<T: Send>(
        &self,
        encoder: &Encoder,
        batching: &Batching,
        head: impl Fn(&Batch<'_>) -> Result<Vec<Answer<T>>, PipelineError> + Sync,
    ) -> Result<Vec<T>, PipelineError> {
        let lengths: Vec<usize> = self.pieces.iter().map(|piece| piece.ids.len()).collect();
        let progress = progress(lengths.len());
        let keeps = batching.tensors.is_some();
        let work = |indices: &[usize]| {
            let pieces = indices.iter().map(|&index| &self.pieces[index]).collect();
            run_batch(encoder, pieces, (self.own, keeps), &head)
        };
        let finished = |number: usize| progress.set_position(number as u64);
        let computed = batches::run(&lengths, batching.threads.into(), work, finished)?;
        progress.finish_and_clear();
        let mut results = Vec::new();
        let mut kept = Vec::new();
        for (result, tensors) in computed {
            results.push(result);
            kept.extend(tensors);
        }
        if let Some(path) = &batching.tensors {
            tensors::write(Path::new(path), &self.pieces, &kept)?;
        }
        Ok(results)
    }

    /// The text of a piece, and if it is a window of it, which.
    pub(crate) fn title(&self, piece: &Piece) -> String {
        let of_text = self.pieces.iter().filter(|other| other.text == piece.text);
        let text = &self.texts[piece.text];
        if of_text.count() == 1 {
            return text.clone();
        }
        let content = piece.ids.len() - piece.before - piece.after;
        let (first, last) = (piece.first + 1, piece.first + content);
        format!("text {}, tokens {first} to {last}", piece.text + 1)
    }
}

/// Reads one text as tokens.
fn read(
    opened: &Opened<Encoder>,
    text: &str,
    number: usize,
    as_ids: bool,
) -> Result<Piece, PipelineError> {
    if !as_ids {
        return Ok(Piece::encode(opened.tokenizer()?, text, number)?);
    }
    let ids = input::ids(text, number + 1)?;
    input::ensure_known(&ids, opened.model.config().vocabulary, number + 1)?;
    if ids.is_empty() {
        return Err(PipelineError::EmptyPrompt { number: number + 1 });
    }
    Ok(Piece::from_ids(ids, opened.tokenizer.as_ref(), number))
}

fn run_batch<T>(
    encoder: &Encoder,
    pieces: Vec<&Piece>,
    (own, keeps): (bool, bool),
    head: impl Fn(&Batch<'_>) -> Result<Vec<Answer<T>>, PipelineError>,
) -> Result<Vec<(T, Option<Tensors>)>, PipelineError> {
    let longest = pieces
        .iter()
        .map(|piece| piece.ids.len())
        .max()
        .unwrap_or(0);
    // Token 0 is as good a padding as any: the mask hides it.
    let mut ids = Array2::zeros((pieces.len(), longest));
    let mut mask = Array2::from_elem((pieces.len(), longest), false);
    for (row, piece) in pieces.iter().enumerate() {
        for (position, &id) in piece.ids.iter().enumerate() {
            ids[(row, position)] = id;
            mask[(row, position)] = true;
        }
    }
    let types = Array2::zeros(ids.dim());
    let (ids, types) = (ids.view(), types.view());
    let states = (own || keeps).then(|| encoder.run(ids, types, mask.view()));
    let last = match states.as_ref().and_then(|states| states.hidden.last()) {
        Some(last) => last.into(),
        None => CowArray::from(encoder.last_states(ids, types, mask.view())),
    };
    let batch = Batch {
        encoder,
        pieces,
        states: last.view(),
        mask: mask.view(),
        all_logits: keeps,
    };
    let answers = head(&batch)?;
    let mut computed = Vec::new();
    for (row, answer) in answers.into_iter().enumerate() {
        let length = batch.pieces[row].ids.len();
        let kept = states.as_ref().filter(|_| keeps);
        let tensors = kept.map(|states| Tensors::of_row(states, row, length, answer.logits));
        computed.push((answer.result, tensors));
    }
    Ok(computed)
}

/// A bar on standard error, if that is a terminal and there is something to wait for.
fn progress(pieces: usize) -> ProgressBar {
    if pieces < 2 {
        return ProgressBar::hidden();
    }
    ProgressBar::new(pieces as u64)
}
