//! Panics: their messages, and the line of the learner's own that led to them.

use std::backtrace::Backtrace;
use std::panic::{self, AssertUnwindSafe, PanicHookInfo};
use std::path::MAIN_SEPARATOR;
use std::sync::Mutex;

use crate::case::{Case, CaseError, Reply};
use crate::failure::{Failure, SourceLocation};

/// The beginning of `todo!`'s message.
const TODO: &str = "not yet implemented";

static LAST: Mutex<Option<Failure>> = Mutex::new(None);

/// Remembers panics from now on, instead of printing them. `folder` is the name of the exercise's folder.
pub(crate) fn remember(folder: String) {
    panic::set_hook(Box::new(move |info| {
        let failure = understand(info, &folder);
        if let Ok(mut last) = LAST.lock() {
            last.get_or_insert(failure);
        }
    }));
}

/// Calls an answer; a panic in it becomes a failure.
pub(crate) fn catch(
    answer: impl FnOnce(&Case) -> Result<Reply, CaseError>,
    case: &Case,
) -> Result<Reply, Failure> {
    let forget = || LAST.lock().ok().and_then(|mut last| last.take());
    forget();
    match panic::catch_unwind(AssertUnwindSafe(|| answer(case))) {
        Ok(Ok(reply)) => Ok(reply),
        Ok(Err(error)) => Err(Failure::Broken {
            message: error.to_string(),
        }),
        Err(_) => Err(forget().unwrap_or_else(|| Failure::Panicked {
            message: "a panic without a message".into(),
            location: None,
        })),
    }
}

fn understand(info: &PanicHookInfo<'_>, folder: &str) -> Failure {
    let message = info
        .payload_as_str()
        .unwrap_or("a panic without a message")
        .to_owned();
    if let Some(text) = message.strip_prefix(TODO) {
        return Failure::NotImplemented {
            text: text.trim_start_matches(": ").to_owned(),
        };
    }
    let source = format!("{folder}{MAIN_SEPARATOR}src{MAIN_SEPARATOR}");
    let here = info.location().map(|location| SourceLocation {
        file: location.file().to_owned(),
        line: location.line(),
        column: Some(location.column()),
    });
    let location = match here {
        Some(here) if here.file.contains(&source) => Some(here),
        // The panic came out of a library; the learner wants the line that called it.
        _ => frame(&Backtrace::force_capture().to_string(), &source),
    };
    Failure::Panicked { message, location }
}

/// The innermost frame of a backtrace in the learner's source: a line such as `at ./exercises/01-softmax/src/lib.rs:31:5`.
fn frame(backtrace: &str, source: &str) -> Option<SourceLocation> {
    backtrace.lines().find_map(|line| {
        let at = line.trim().strip_prefix("at ")?;
        let here = ["./", ".\\"].iter().find_map(|here| at.strip_prefix(here));
        let at = here.unwrap_or(at);
        let mut parts = at.rsplitn(3, ':');
        let (column, line, file) = (parts.next()?, parts.next()?, parts.next()?);
        file.contains(source).then_some(SourceLocation {
            file: file.to_owned(),
            line: line.parse().ok()?,
            column: column.parse().ok(),
        })
    })
}
