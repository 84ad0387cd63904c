//! Texts from the command line, a file or standard input; and token ids in their place.

use std::fs;
use std::io::{self, ErrorKind, IsTerminal, Read};
use std::path::Path;

use crate::args::Input;
use crate::error::PipelineError;

/// The texts that a command was given, in their order.
///
/// # Errors
/// When a file cannot be read, or there is no text at all.
pub(crate) fn texts(input: &Input) -> Result<Vec<String>, PipelineError> {
    if !input.texts.is_empty() {
        return Ok(input.texts.clone());
    }
    let text = match &input.file {
        Some(path) => fs::read_to_string(path).map_err(|error| of_file(path, error))?,
        // Nobody who forgot the text should wait in front of a silent terminal.
        None if io::stdin().is_terminal() => return Err(PipelineError::NoText),
        None => {
            let mut text = String::new();
            io::stdin()
                .read_to_string(&mut text)
                .map_err(PipelineError::Input)?;
            text
        }
    };
    let texts = lines(&text);
    if texts.is_empty() {
        return Err(PipelineError::NoText);
    }
    Ok(texts)
}

/// The error of a file of texts.
fn of_file(path: &Path, error: io::Error) -> PipelineError {
    let path = path.to_owned();
    match error.kind() {
        ErrorKind::InvalidData => PipelineError::NotUtf8 { path },
        _ => PipelineError::File { path, error },
    }
}

/// The lines of a file. Editors of some systems put a byte order mark in front, which is no part of the first text.
fn lines(file: &str) -> Vec<String> {
    let text = file.strip_prefix('\u{feff}').unwrap_or(file);
    text.lines().map(str::to_owned).collect()
}

/// Reads a text such as `101 2023, 102` as token ids. `number` is the text's, from 1.
///
/// # Errors
/// When one of its words is no number.
pub(crate) fn ids(text: &str, number: usize) -> Result<Vec<usize>, PipelineError> {
    let mut ids = Vec::new();
    let words = text
        .split(|c: char| c.is_whitespace() || matches!(c, ',' | '[' | ']'))
        .filter(|word| !word.is_empty());
    for word in words {
        let id = word.parse().map_err(|_| PipelineError::NotIds {
            number,
            found: word.to_owned(),
        })?;
        ids.push(id);
    }
    Ok(ids)
}

/// Checks that a model has all tokens of a text.
///
/// # Errors
/// When it does not; the error names the first one.
pub(crate) fn ensure_known(
    ids: &[usize],
    vocabulary: usize,
    number: usize,
) -> Result<(), PipelineError> {
    match ids.iter().find(|&&id| id >= vocabulary) {
        Some(&found) => Err(PipelineError::IdOutOfVocabulary {
            number,
            found,
            vocabulary,
        }),
        None => Ok(()),
    }
}

/// Checks that a prompt has a token, and leaves room for one. `number` is the text's, from 1.
///
/// # Errors
/// When it does not.
pub(crate) fn ensure_room(
    length: usize,
    context: usize,
    number: usize,
) -> Result<(), PipelineError> {
    match length {
        0 => Err(PipelineError::EmptyPrompt { number }),
        length if length >= context => Err(PipelineError::PromptTooLong {
            number,
            length,
            context,
        }),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_line_is_a_text() {
        assert_eq!(lines("one\r\n\ntwo"), ["one", "", "two"]);
        assert_eq!(lines("\u{feff}one\n"), ["one"]);
        assert!(lines("\u{feff}").is_empty());
    }

    #[test]
    fn ids_may_be_written_as_a_list() {
        assert_eq!(
            ids("[101, 2023,102]", 1).expect("they are ids"),
            [101, 2023, 102]
        );
        assert!(ids("", 1).expect("there are none").is_empty());
        let error = ids("101 the", 2).expect_err("it is a word").to_string();
        assert!(error.contains("found `the` in text 2"), "{error}");
        ids("-1", 1).expect_err("no id is negative");
    }
}
