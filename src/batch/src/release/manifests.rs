//! Manifests of the released course, made from the instructor's line by line.

use toml::{Table, Value};

/// Makes the root's manifest, with the released crates as its members; the folders of `programs` are among them.
pub(super) fn root_manifest(text: &str, programs: &[&str]) -> Result<String, String> {
    let mut members = vec![
        "src/course",
        "src/digest",
        "src/grader",
        "src/harness",
        "src/given",
        "src/quiz",
        "src/book",
        "exercises/[0-9]*",
    ];
    members.extend(programs);
    let defaults = [
        ".",
        "src/course",
        "src/digest",
        "src/grader",
        "src/harness",
        "src/given",
        "src/quiz",
    ];
    let mut released = String::new();
    for line in without_tests(text) {
        match line.split_once(" = ") {
            Some(("members", _)) => released += &format!("members = {members:?}\n"),
            Some(("default-members", _)) => {
                released += &format!("default-members = {defaults:?}\n")
            }
            _ => released += &format!("{line}\n"),
        }
    }
    // Parsed again: a list in several lines, or a key elsewhere, would have been left as it was.
    let table: Table = released
        .parse()
        .map_err(|error: toml::de::Error| error.message().to_owned())?;
    if has_list(&table, "members", &members) && has_list(&table, "default-members", &defaults) {
        Ok(released)
    } else {
        Err(
            "expected `members = […]` and `default-members = […]`, each in a line of its own"
                .to_owned(),
        )
    }
}

/// Lists the lines of a manifest without those of tests: the repository's own are not released.
fn without_tests(text: &str) -> impl Iterator<Item = &str> {
    let mut is_test = false;
    text.lines().filter(move |line| {
        is_test = *line == "[[test]]" || (is_test && !line.starts_with('['));
        !is_test
    })
}

/// Returns `true` if the workspace's list under a key is this one.
fn has_list(table: &Table, key: &str, wanted: &[&str]) -> bool {
    let workspace = table.get("workspace");
    let list = workspace.and_then(|workspace| workspace.get(key)?.as_array());
    list.is_some_and(|list| {
        let found = list.iter().map(Value::as_str);
        found.eq(wanted.iter().map(|name| Some(*name)))
    })
}

/// Makes an exercise's manifest, in which the exercises that it builds on are the student's own.
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

/// Makes the manifest of a program that runs exercises' functions: they are the student's own, and tests are not
/// released.
pub(super) fn program_manifest(text: &str) -> Result<String, String> {
    let mut released = String::new();
    for line in without_tests(text) {
        match line.split_once("path = \"../../solutions/") {
            Some((before, path)) => {
                let (folder, _) = path.split_once('"').unwrap_or((path, ""));
                released += &format!("{before}path = \"../../exercises/{folder}\" }}\n");
            }
            None => released += &format!("{line}\n"),
        }
    }
    released
        .parse::<Table>()
        .map_err(|error| error.message().to_owned())?;
    if released.contains("-solution") {
        return Err("expected each dependency on a solution in a line of its own".to_owned());
    }
    Ok(released)
}

/// Lists the folders of the exercises that a program's released manifest depends on.
pub(super) fn run_by(released: &str) -> Vec<String> {
    let mut folders = Vec::new();
    for line in released.lines() {
        let path = line.split_once("path = \"../../exercises/");
        folders.extend(path.and_then(|(_, path)| Some(path.split_once('"')?.0.to_owned())));
    }
    folders
}

/// Lists the folders of the exercises that a released manifest depends on.
pub(super) fn built_on(released: &str) -> Vec<String> {
    let mut folders = Vec::new();
    for line in released.lines() {
        let path = line.split_once("path = \"../").map(|(_, path)| path);
        let folder = path.and_then(|path| Some(path.split_once('"')?.0));
        folders.extend(
            folder
                .filter(|folder| !folder.contains('/'))
                .map(str::to_owned),
        );
    }
    folders
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
        let released = root_manifest(manifest, &[]).expect("it can be released");
        assert!(
            !released.contains("solutions/")
                && !released.contains("src/batch")
                && !released.contains("[[test]]"),
            "{released}"
        );
        assert!(root_manifest("[workspace]\nmembers = [\n]\n", &[]).is_err());
    }

    #[test]
    fn programs_run_the_students_own_functions() {
        let manifest = "[dependencies]\ngpt = { path = \"../../solutions/18-gpt\", package = \"gpt-solution\" }\n[[test]]\nname = \"fetched\"\n\n[lints]\nworkspace = true\n";
        let released = program_manifest(manifest).expect("it can be released");
        assert_eq!(
            released,
            "[dependencies]\ngpt = { path = \"../../exercises/18-gpt\" }\n[lints]\nworkspace = true\n"
        );
        assert_eq!(run_by(&released), ["18-gpt"]);
        let in_a_table =
            "[dependencies.gpt]\npackage = \"gpt-solution\"\npath = \"../../solutions/18-gpt\"\n";
        assert!(program_manifest(in_a_table).is_err());
    }
}
