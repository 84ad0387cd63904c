//! Manifests of the released course, made from the instructor's line by line.

use toml::{Table, Value};

/// The root's manifest, with the released crates as its members.
pub(super) fn root_manifest(text: &str) -> Result<String, String> {
    let members = [
        "src/course",
        "src/grader",
        "src/given",
        "src/quiz",
        "src/book",
        "exercises/*",
    ];
    let defaults = [".", "src/course", "src/grader", "src/given", "src/quiz"];
    let line = |line: &str| match line.split_once(" = ").map(|(key, _)| key) {
        Some("members") => format!("members = {members:?}\n"),
        Some("default-members") => format!("default-members = {defaults:?}\n"),
        _ => format!("{line}\n"),
    };
    let text: String = text.lines().map(line).collect();
    // That it is so, and not only looks so.
    let table: Table = text
        .parse()
        .map_err(|error: toml::de::Error| error.message().to_owned())?;
    let list = |key: &str| {
        table
            .get("workspace")
            .and_then(|workspace| workspace.get(key))
            .and_then(Value::as_array)
    };
    let is = |key: &str, wanted: &[&str]| {
        list(key).is_some_and(|list| {
            list.iter()
                .map(Value::as_str)
                .eq(wanted.iter().map(|one| Some(*one)))
        })
    };
    if is("members", &members) && is("default-members", &defaults) {
        Ok(text)
    } else {
        Err(
            "expected `members = […]` and `default-members = […]`, each in a line of its own"
                .to_owned(),
        )
    }
}

/// An exercise's manifest, in which what it builds on is the student's own.
pub(super) fn exercise_manifest(text: &str) -> Result<String, String> {
    let mut released = String::new();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        let own = line
            .strip_prefix("# ")
            .filter(|own| own.contains("path = \"../") && own.contains(" = {"));
        match own {
            Some(own)
                if lines
                    .peek()
                    .is_some_and(|next| next.contains("-solution\"")) =>
            {
                lines.next();
                released.push_str(own);
            }
            _ if line.starts_with("# Earlier exercises") => {
                released.push_str("# Earlier exercises: your own.")
            }
            _ if line.starts_with("# Made from solutions/") => continue,
            _ if line.starts_with("# `cargo attentive check --chain`")
                || line.starts_with("# its line to") =>
            {
                continue;
            }
            _ => released.push_str(line),
        }
        released.push('\n');
    }
    let table: Table = released
        .parse()
        .map_err(|error: toml::de::Error| error.message().to_owned())?;
    let dependencies = table
        .get("dependencies")
        .map(ToString::to_string)
        .unwrap_or_default();
    if dependencies.contains("solutions/") {
        return Err("expected a line such as `# name = { path = \"../NN-name\" }` above each dependency on a solution".to_owned());
    }
    Ok(released)
}

/// The folders of the exercises that a released manifest depends on.
pub(super) fn built_on(released: &str) -> Vec<String> {
    let folder = |line: &str| {
        let (_, path) = line.split_once("path = \"../")?;
        path.split_once('"')
            .map(|(folder, _)| folder.to_owned())
            .filter(|folder| !folder.contains('/'))
    };
    released.lines().filter_map(folder).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_later_exercise_builds_on_becomes_the_students_own() {
        let manifest = include_str!("../../../../exercises/12-decoder-block/Cargo.toml");
        let released = exercise_manifest(manifest).expect("it can be released");
        assert!(
            released.contains("\nencoder-block = { path = \"../11-encoder-block\" }\n"),
            "{released}"
        );
        assert!(!released.contains("solution"), "{released}");
        assert_eq!(
            built_on(&released),
            ["11-encoder-block", "06-masks", "07-multi-head-attention"]
        );
    }

    #[test]
    fn the_root_has_neither_solutions_nor_what_is_made_with_them() {
        let manifest = include_str!("../../../../Cargo.toml");
        let released = root_manifest(manifest).expect("it can be released");
        assert!(
            !released.contains("solutions/*") && !released.contains("src/batch"),
            "{released}"
        );
        assert!(root_manifest("[workspace]\nmembers = [\n]\n").is_err());
    }
}
