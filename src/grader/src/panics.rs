//! What a panic said, and the line of the learner's own that led to it.

use std::backtrace::Backtrace;
use std::panic::{self, AssertUnwindSafe, PanicHookInfo};
use std::sync::Mutex;

use crate::case::{Case, CaseError, Reply};
use crate::verdict::{Response, SourceLocation};

/// What `todo!` begins its message with.
const TODO: &str = "not yet implemented";

static LAST: Mutex<Option<Response>> = Mutex::new(None);

/// From now on panics are remembered instead of printed. `folder` is the name of the exercise's folder.
pub(crate) fn remember(folder: String) {
    panic::set_hook(Box::new(move |info| {
        let response = understand(info, &folder);
        if let Ok(mut last) = LAST.lock() {
            last.get_or_insert(response);
        }
    }));
}

/// Calls an answer; a panic in it becomes a response.
pub(crate) fn catch(
    answer: impl FnOnce(&Case) -> Result<Reply, CaseError>,
    case: &Case,
) -> Response {
    let forget = || LAST.lock().ok().and_then(|mut last| last.take());
    forget();
    match panic::catch_unwind(AssertUnwindSafe(|| answer(case))) {
        Ok(Ok(reply)) => Response::Reply(reply),
        Ok(Err(error)) => Response::Broken {
            message: error.to_string(),
        },
        Err(_) => forget().unwrap_or_else(|| Response::Panicked {
            message: "a panic without a message".into(),
            place: None,
        }),
    }
}

fn understand(info: &PanicHookInfo<'_>, folder: &str) -> Response {
    let message = info
        .payload_as_str()
        .unwrap_or("a panic without a message")
        .to_owned();
    if let Some(text) = message.strip_prefix(TODO) {
        return Response::NotImplemented {
            text: text.trim_start_matches(": ").to_owned(),
        };
    }
    let source = format!("{folder}/src/");
    let here = info.location().map(|location| SourceLocation {
        file: location.file().to_owned(),
        line: location.line(),
    });
    let place = match here {
        Some(place) if place.file.contains(&source) => Some(place),
        // The panic came out of a library; the learner wants the line that called it.
        _ => frame(&Backtrace::force_capture().to_string(), &source),
    };
    Response::Panicked { message, place }
}

/// The innermost frame of a backtrace in the learner's source: a line such as `at ./exercises/01-softmax/src/lib.rs:31:5`.
fn frame(backtrace: &str, source: &str) -> Option<SourceLocation> {
    backtrace.lines().find_map(|line| {
        let at = line.trim().strip_prefix("at ")?.trim_start_matches("./");
        let mut parts = at.rsplitn(3, ':');
        let (_column, line, file) = (parts.next()?, parts.next()?, parts.next()?);
        file.contains(source).then_some(SourceLocation {
            file: file.to_owned(),
            line: line.parse().ok()?,
        })
    })
}
