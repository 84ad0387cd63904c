//! `text2text-generation`: turns texts into different ones, and prints these while they grow.

use attentive_models::T5;

use crate::args::Text2Text;
use crate::continuation::{Continuation, Continued, Limits, Shown};
use crate::error::PipelineError;
use crate::input;
use crate::model::{self, Opened};
use crate::pieces::Piece;
use crate::print::{json, note};
use crate::tensors::{self, Tensors};
use crate::writer::{Bounds, Calls};
use crate::written::{Given, Written};

/// The name of the task.
const TASK: &str = "text2text-generation";

/// Runs the task.
pub(crate) fn run(options: &Text2Text) -> Result<(), PipelineError> {
    let opened = model::text2text(&options.model, options.input.own, TASK)?;
    let sources = input::texts(&options.input)?;
    let mut pieces = Vec::new();
    for (number, source) in sources.iter().enumerate() {
        pieces.push(read(&opened, source, number, options.input.ids)?);
    }
    if let Some(path) = &options.tensors {
        let computed: Vec<_> = pieces
            .iter()
            .map(|piece| computed(&opened.model, piece))
            .collect();
        tensors::write(path, &pieces, &computed)?;
    }
    if options.input.own {
        note(
            "Exercise 22 keeps no keys and values, so each new token costs the whole target again.",
        );
    }
    let mut all = Vec::new();
    for (source, piece) in sources.into_iter().zip(pieces) {
        let mut target = target(&opened, &piece, options)?;
        // The start token is no part of the target.
        target.ids.remove(0);
        all.push(Written::new(Given::Source(source), 0, target));
    }
    if options.input.json {
        return json(&all);
    }
    Ok(())
}

/// Reads a source, which has a token and is not too long.
fn read(
    opened: &Opened<T5>,
    source: &str,
    number: usize,
    as_ids: bool,
) -> Result<Piece, PipelineError> {
    let config = opened.model.config();
    let piece = opened.piece(config.vocabulary, source, number, as_ids)?;
    let (number, length, context) = (number + 1, piece.ids.len(), config.context);
    // The tokenizer has a token for spaces, to which there is no answer.
    let is_blank = !as_ids && source.trim().is_empty();
    if is_blank || length == piece.before + piece.after {
        return Err(PipelineError::EmptyPrompt { number });
    }
    if length > context {
        return Err(PipelineError::SourceTooLong {
            number,
            length,
            context,
        });
    }
    Ok(piece)
}

/// Writes the target of a source.
fn target(
    opened: &Opened<T5>,
    source: &Piece,
    options: &Text2Text,
) -> Result<Continued, PipelineError> {
    let config = opened.model.config();
    let limits = Limits {
        vocabulary: config.vocabulary,
        bounds: Bounds {
            new_tokens: options.max_new_tokens,
            context: config.context,
            end: &config.end_tokens,
        },
        stop_strings: &config.stop_strings,
    };
    let mut continuation = Continuation::of(
        calls(&opened.model, source, options),
        limits,
        opened.tokenizer.as_ref(),
        &options.decoding,
        !options.input.json,
    )?;
    continuation.continue_one(&[config.start_token], Shown::Target)
}

/// The model for one source: with the course's cache, or by exercise 22.
fn calls<'a>(t5: &'a T5, source: &Piece, options: &Text2Text) -> Calls<'a> {
    if options.input.own {
        return Calls {
            logits: t5.by_exercise(&source.ids),
            search: t5.search_by_exercise(&source.ids),
        };
    }
    Calls {
        logits: t5.cached(&source.ids, options.decoding.threads.into()),
        search: None,
    }
}

/// The states of the encoder for a source, and the scores of the first token of the target.
fn computed(t5: &T5, source: &Piece) -> Tensors {
    let states = t5.run(&source.ids, &[t5.config().start_token]);
    let logits = states.logits.into_dyn();
    Tensors::of_row(&states.encoder, 0, source.ids.len(), Some(logits))
}
