//! Hints at changed signatures, where an exercise's adapter does not compile with a submission.

use std::collections::BTreeMap;
use std::path::PathBuf;

use attentive_course::{SignatureChange, changed_signatures};

use crate::course::Exercise;

/// Describes the functions and types that the compiler's message names and that are not as the exercise asks for them. The
/// list is empty if the message is not about the adapter: errors in the student's own file explain themselves.
pub(crate) fn describe_changes(
    exercise: &Exercise,
    sources: &BTreeMap<String, String>,
    message: &str,
) -> Vec<String> {
    let adapter = exercise.identity.adapter();
    if !message.contains(&*adapter.to_string_lossy()) {
        return Vec::new();
    }
    let folder = exercise.identity.directory().join("src");
    let mut changes = Vec::new();
    for change in changed_signatures(&by_path(&exercise.stub), &by_path(sources), &folder) {
        if change.is_named_in(message) {
            changes.push(describe(&change));
        }
    }
    changes
}

fn by_path(sources: &BTreeMap<String, String>) -> BTreeMap<PathBuf, String> {
    let mut by_path = BTreeMap::new();
    for (path, text) in sources {
        by_path.insert(PathBuf::from(path), text.clone());
    }
    by_path
}

fn describe(change: &SignatureChange) -> String {
    let mut text = format!("{}\nexpected  {}", change.reason(), change.expected);
    if let Some(found) = change.found.signature() {
        text += &format!("\nfound     {}\nwhere     {}", found.text, found.location);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::intake::softmax_course;

    #[test]
    fn a_changed_function_is_named_if_the_message_is_about_the_adapter() {
        let exercise = &softmax_course().exercises[0];
        let mut sources = exercise.stub.clone();
        let own = sources.get_mut("lib.rs").expect("the stub has it");
        *own = own.replacen("pub fn softmax(", "pub fn softmax(n: usize, ", 1);
        let message = "error[E0308]: mismatched types\n --> exercises/01-softmax/tests/grade.rs:9:5\n  softmax(x)";
        let changes = describe_changes(exercise, &sources, message);
        assert_eq!(changes.len(), 1, "{changes:?}");
        assert!(
            changes[0].starts_with(
                "`softmax` is not what the exercise asks for\nexpected  pub fn softmax("
            )
        );
        assert!(
            changes[0].contains("\nwhere     exercises/01-softmax/src/lib.rs:"),
            "{changes:?}"
        );
        let elsewhere = message.replace("tests/grade.rs", "src/lib.rs");
        assert_eq!(
            describe_changes(exercise, &sources, &elsewhere),
            [] as [String; 0]
        );
        assert_eq!(
            describe_changes(exercise, &exercise.stub, message),
            [] as [String; 0]
        );
    }
}
