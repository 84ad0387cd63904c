//! `tokenize`: the tokens of a text, of several models side by side.

use attentive_models::Tokenizer;
use serde::Serialize;

use crate::args::Tokenize;
use crate::error::PipelineError;
use crate::input;
use crate::model;
use crate::own;
use crate::pieces::Piece;
use crate::print::{columns, json, pad, print};

/// The tokens of one text.
#[derive(Debug, Serialize)]
struct Tokens<'a> {
    text: &'a str,
    models: Vec<OfModel<'a>>,
}

/// The tokens of one text in one model.
#[derive(Debug, Serialize)]
struct OfModel<'a> {
    model: &'a str,
    vocabulary: usize,
    ids: Vec<usize>,
    tokens: Vec<String>,
}

/// Runs the task.
pub(crate) fn run(options: &Tokenize) -> Result<(), PipelineError> {
    if options.model.is_empty() {
        return Err(model::none_named());
    }
    let mut tokenizers = Vec::new();
    for name in &options.model {
        let mut tokenizer = Tokenizer::open(&model::folder(name)?)?;
        if options.input.own {
            own::use_exercise(&mut tokenizer);
        }
        tokenizers.push((name.as_str(), tokenizer));
    }
    let texts = input::texts(&options.input)?;
    let mut all = Vec::new();
    for (number, text) in texts.iter().enumerate() {
        let mut models = Vec::new();
        for (model, tokenizer) in &tokenizers {
            models.push(tokens(model, tokenizer, text, number, options.input.ids)?);
        }
        all.push(Tokens { text, models });
    }
    if options.input.json {
        return json(&all);
    }
    print(&all.iter().map(table).collect::<Vec<_>>().join("\n"))
}

fn tokens<'a>(
    model: &'a str,
    tokenizer: &Tokenizer,
    text: &str,
    number: usize,
    as_ids: bool,
) -> Result<OfModel<'a>, PipelineError> {
    let vocabulary = tokenizer.size();
    let piece = if as_ids {
        let ids = input::ids(text, number + 1)?;
        input::ensure_known(&ids, vocabulary, number + 1)?;
        Piece::from_ids(ids, Some(tokenizer), number)
    } else {
        Piece::encode(tokenizer, text, number)?
    };
    Ok(OfModel {
        model,
        vocabulary,
        ids: piece.ids,
        tokens: piece.tokens,
    })
}

/// A row for each position, and for each model a column of ids and one of tokens.
fn table(tokens: &Tokens<'_>) -> String {
    let mut table = format!("{}\n", tokens.text);
    for of in &tokens.models {
        table += &format!(
            "{}: {} of a vocabulary of {}\n",
            of.model,
            attentive_course::text::count(of.ids.len(), "token"),
            of.vocabulary
        );
    }
    let rows = tokens
        .models
        .iter()
        .map(|of| of.ids.len())
        .max()
        .unwrap_or(0);
    for row in 0..rows {
        let mut line = format!("{:>4}", row + 1);
        for of in &tokens.models {
            let widest = of.tokens.iter().map(|token| columns(token)).max();
            let (id, token) = match (of.ids.get(row), of.tokens.get(row)) {
                (Some(id), Some(token)) => (id.to_string(), token.as_str()),
                _ => (String::new(), ""),
            };
            line += &format!("  {id:>6}  {}", pad(token, widest.unwrap_or(0)));
        }
        table += line.trim_end();
        table.push('\n');
    }
    table
}
