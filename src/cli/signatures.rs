//! Hints at a changed signature, when the exercise's adapter does not compile with the learner's functions.

use std::collections::BTreeMap;
use std::path::PathBuf;

use attentive_course::{Exercise, Location, SignatureChange, changed_signatures, files};

use crate::cargo::CompilerError;
use crate::root::{course, shown};
use crate::style::{labelled, typed};

/// Lists the functions and types that the compiler's errors in an exercise's adapter name, and that are not as the exercise
/// asks for them.
pub(crate) fn find_changes(exercise: &Exercise, errors: &[CompilerError]) -> Vec<SignatureChange> {
    let mut named = String::new();
    for error in errors {
        if let Some(file) = &error.file
            && file.ends_with(exercise.adapter())
        {
            named += &error.text;
        }
    }
    // Errors in the learner's own file explain themselves. Where there is no stub, the compiler's words have to do.
    let Ok(stub) = course().stub(exercise) else {
        return Vec::new();
    };
    let folder = exercise.directory().join("src");
    let mut changes = changed_signatures(&stub, &read_all(exercise), &folder);
    changes.retain(|change| change.is_named_in(&named));
    changes
}

/// Reads the learner's files, as far as they can be read.
fn read_all(exercise: &Exercise) -> BTreeMap<PathBuf, String> {
    let folder = exercise.directory().join("src");
    let mut texts = BTreeMap::new();
    for file in files::list_rust(&folder).unwrap_or_default() {
        if let Ok(text) = files::read_text(&folder.join(&file)) {
            texts.insert(file, text);
        }
    }
    texts
}

/// Describes a change in words: the function, what is asked for, and what is there.
pub(crate) fn describe(change: &SignatureChange) -> String {
    let mut lines = vec![
        labelled("signature", &change.reason()),
        labelled("expected", &typed(&change.expected)),
    ];
    if let Some(signature) = change.found.signature() {
        lines.push(labelled("found", &typed(&signature.text)));
        let Location { file, line } = &signature.location;
        lines.push(labelled("where", &format!("{}:{line}", shown(file))));
    }
    lines.join("\n") + "\n\n"
}
