//! `text-generation`: continues texts, and prints them while they grow.

use attentive_models::LanguageModel;

use crate::args::Generate;
use crate::chat;
use crate::continuation::{Continuation, Shown};
use crate::error::PipelineError;
use crate::input;
use crate::model::{self, Opened};
use crate::pieces::Piece;
use crate::print::json;
use crate::tensors::{self, Tensors};
use crate::written::{Given, Written};

/// Runs the task.
pub(crate) fn run(options: &Generate) -> Result<(), PipelineError> {
    if options.chat {
        return chat::run(options);
    }
    let own = options.input.own;
    let opened = model::writer(&options.model, own, "text-generation", options.weights)?;
    let mut continuation = Continuation::new(&opened, options)?;
    let prompts = input::texts(&options.input)?;
    let mut pieces = Vec::new();
    for (number, prompt) in prompts.iter().enumerate() {
        pieces.push(read(&opened, prompt, number, options.input.ids)?);
    }
    if let Some(path) = &options.tensors {
        let computed: Vec<_> = pieces
            .iter()
            .map(|piece| computed(&*opened.model, piece))
            .collect();
        tensors::write(path, &pieces, &computed)?;
    }
    let mut all = Vec::new();
    for (prompt, piece) in prompts.into_iter().zip(pieces) {
        let continued = continuation.continue_one(&piece.ids, Shown::All)?;
        all.push(Written::new(
            Given::Prompt(prompt),
            piece.ids.len(),
            continued,
        ));
    }
    if options.input.json {
        return json(&all);
    }
    Ok(())
}

/// Reads a prompt, which leaves room for a token.
fn read(
    opened: &Opened<Box<dyn LanguageModel>>,
    prompt: &str,
    number: usize,
    as_ids: bool,
) -> Result<Piece, PipelineError> {
    let piece = opened.piece(opened.model.vocabulary(), prompt, number, as_ids)?;
    input::ensure_room(piece.ids.len(), opened.model.context(), number + 1)?;
    Ok(piece)
}

/// Everything that the model computes for a prompt.
fn computed(model: &dyn LanguageModel, piece: &Piece) -> Tensors {
    let (states, logits) = model.run(&piece.ids);
    Tensors::of_row(&states, 0, piece.ids.len(), Some(logits.into_dyn()))
}
