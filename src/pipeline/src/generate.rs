//! `text-generation`: continues texts, and prints them while they grow.

use std::cell::RefCell;
use std::time::Instant;

use attentive_course::text::count;
use attentive_models::{CachedGpt, Gpt, Tokenizer};
use ndarray::{Array1, Array2, Axis};
use serde::Serialize;

use crate::args::Generate;
use crate::error::PipelineError;
use crate::input;
use crate::model::{self, Opened};
use crate::own;
use crate::pieces::Piece;
use crate::print::{json, note, print};
use crate::stream::Stream;
use crate::tensors::{self, Tensors};
use crate::writer::{self, Bounds, End, Strategy};

/// A model: from all tokens so far to the scores of the next.
type Logits<'a> = Box<dyn FnMut(&[usize]) -> Array1<f32> + 'a>;

/// A text that was continued.
#[derive(Debug, Serialize)]
struct Written {
    prompt: String,
    /// The whole text, with the prompt; without a tokenizer there is none.
    text: Option<String>,
    ids: Vec<usize>,
    new_tokens: usize,
    end: End,
}

/// Runs the task.
pub(crate) fn run(options: &Generate) -> Result<(), PipelineError> {
    let opened = model::gpt(&options.model, options.input.own, "text-generation")?;
    let config = opened.model.config();
    let strategy = writer::strategy(options, config.vocabulary)?;
    let bounds = Bounds {
        new_tokens: options.max_new_tokens,
        context: config.context,
        end: config.end_token,
    };
    let prompts = input::texts(&options.input)?;
    let mut pieces = Vec::new();
    for (number, prompt) in prompts.iter().enumerate() {
        pieces.push(read(&opened, prompt, number, options.input.ids)?);
    }
    if let Some(path) = &options.tensors {
        let computed: Vec<_> = pieces
            .iter()
            .map(|piece| computed(&opened.model, piece))
            .collect();
        tensors::write(path, &pieces, &computed)?;
    }
    let mut logits = logits(&opened.model, options);
    let mut all = Vec::new();
    for (prompt, piece) in prompts.into_iter().zip(pieces) {
        let (ids, end) =
            continue_one(&opened, &piece.ids, strategy, bounds, options, &mut *logits)?;
        all.push(Written {
            prompt,
            text: decode(opened.tokenizer.as_ref(), &ids)?,
            new_tokens: ids.len() - piece.ids.len(),
            ids,
            end,
        });
    }
    if options.input.json {
        return json(&all);
    }
    Ok(())
}

/// Reads a prompt, which leaves room for a token.
fn read(
    opened: &Opened<Gpt>,
    prompt: &str,
    number: usize,
    as_ids: bool,
) -> Result<Piece, PipelineError> {
    let config = opened.model.config();
    let tokenizer = opened.tokenizer.as_ref();
    let text = number + 1;
    let piece = if as_ids {
        let ids = input::ids(prompt, text)?;
        input::ensure_known(&ids, config.vocabulary, text)?;
        Piece::from_ids(ids, tokenizer, number)
    } else {
        Piece::encode(opened.tokenizer()?, prompt, number)?
    };
    match piece.ids.len() {
        0 => Err(PipelineError::EmptyPrompt { number: text }),
        length if length >= config.context => Err(PipelineError::PromptTooLong {
            number: text,
            length,
            context: config.context,
        }),
        _ => Ok(piece),
    }
}

/// Continues one text, and says how fast.
fn continue_one(
    opened: &Opened<Gpt>,
    prompt: &[usize],
    strategy: Strategy,
    bounds: Bounds,
    options: &Generate,
    logits: &mut dyn FnMut(&[usize]) -> Array1<f32>,
) -> Result<(Vec<usize>, End), PipelineError> {
    let tokenizer = opened.tokenizer.as_ref();
    let streams = !options.input.json;
    let stream = RefCell::new(Stream::new(std::io::stdout()));
    let mut show = |tokens: &[usize]| -> Result<(), PipelineError> {
        if let (true, Some(text)) = (streams, decode(tokenizer, tokens)?) {
            stream.borrow_mut().grow(&text)?;
        }
        Ok(())
    };
    show(prompt)?;
    let begun = Instant::now();
    let (tokens, end) = writer::write(prompt, strategy, bounds, logits, &mut show)?;
    let seconds = begun.elapsed().as_secs_f64();
    if streams {
        match decode(tokenizer, &tokens)? {
            Some(text) => stream.into_inner().finish(&text)?,
            None => print(&format!("{}\n", in_numbers(&tokens)))?,
        }
    }
    let new = tokens.len() - prompt.len();
    let why = match end {
        End::Token => "the end token came",
        End::Length => "as many as asked for",
        End::Context => "the model cannot read a longer text",
    };
    note(&format!(
        "{} ({why}), {:.1} tokens per second",
        count(new, "new token"),
        new as f64 / seconds.max(f64::MIN_POSITIVE)
    ));
    Ok((tokens, end))
}

/// The model with a cache. Without exercise 20, the learner's functions compute all of a text each time.
fn logits<'a>(model: &'a Gpt, options: &Generate) -> Logits<'a> {
    if !options.input.own {
        let mut cached = CachedGpt::new(model, options.threads.into());
        return Box::new(move |tokens| cached.next(tokens));
    }
    match own::cached(model) {
        Some(mut cached) => Box::new(move |tokens| cached.next(tokens)),
        None => Box::new(|tokens| model.next(tokens)),
    }
}

fn decode(tokenizer: Option<&Tokenizer>, ids: &[usize]) -> Result<Option<String>, PipelineError> {
    let text = tokenizer.map(|tokenizer| tokenizer.decode(ids, true));
    Ok(text.transpose()?)
}

fn in_numbers(ids: &[usize]) -> String {
    let ids: Vec<String> = ids.iter().map(usize::to_string).collect();
    ids.join(" ")
}

/// Everything that the model computes for a prompt.
fn computed(model: &Gpt, piece: &Piece) -> Tensors {
    let ids = Array2::from_shape_fn((1, piece.ids.len()), |(_, position)| piece.ids[position]);
    let states = model.run(ids.view());
    let logits = model.all_logits(ids.view()).index_axis_move(Axis(0), 0);
    Tensors::of_row(&states, 0, piece.ids.len(), Some(logits.into_dyn()))
}
