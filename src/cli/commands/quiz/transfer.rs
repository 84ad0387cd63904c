//! Answers from and to the book in a browser, which writes them in the same way.

use std::io;
use std::path::Path;

use attentive_course::files;
use attentive_course::text::count;

use crate::commands::{CommandResult, finish};
use crate::error::Error;
use crate::progress::{AnswerChanges, Progress};

/// Prints all answers.
pub(super) fn export() -> CommandResult {
    let text = serde_json::to_string_pretty(Progress::load()?.answers())?;
    finish(&format!("{text}\n"), true)
}

/// Adds the answers of a file, or of standard input at `-`; one to a question that was answered already replaces it, and
/// `null` forgets it.
pub(super) fn import(file: &Path) -> CommandResult {
    let text = if file == Path::new("-") {
        io::read_to_string(io::stdin().lock())?
    } else {
        files::read_text(file)?
    };
    let changes: AnswerChanges = serde_json::from_str(&text).map_err(|error| Error::NoAnswers {
        file: file.display().to_string(),
        error,
    })?;
    let forgotten = changes.values().filter(|answer| answer.is_none()).count();
    let mut told = format!("{} taken over", count(changes.len() - forgotten, "answer"));
    if forgotten > 0 {
        told += &format!(", {forgotten} forgotten");
    }
    Progress::update(|progress| progress.change_answers(changes))?;
    finish(&format!("{told}\n"), true)
}
