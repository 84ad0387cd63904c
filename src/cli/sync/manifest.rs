//! The manifest of an exercise, made from its solution's line by line, so that everything else stays as it is written.

use attentive_course::{Exercise, line_of_byte};
use thiserror::Error;
use toml::Table;

/// Ending of a solution's package name.
const SUFFIX: &str = "-solution\"";
/// The test that only a solution has: correct variants that the grader must accept.
const VARIANTS: &str = "name = \"variants\"";
/// The line by which `cargo test` leaves out a library's unit tests.
const NO_UNIT_TESTS: &str = "\ntest = false";
/// The attribute of a unit test.
const UNIT_TEST: &str = "#[test]";
/// The test that both have; its file is in the exercise's folder.
const GRADE: &str = "name = \"grade\"";
/// The library that runs the tests: it is loaded by the test program, so that no code mentions it.
const HARNESS: &str = "attentive-harness";
/// Beginning of the path to another solution, as seen from a solution.
const SIBLING: &str = "path = \"../";
/// Comment above the exercises that an exercise builds on.
const CHAIN: &str = "\
# Earlier exercises, as the course solves them: a slip in yours does not count against you here.
# `cargo attentive check --chain` tries your own without a change here. To build on your own from now on, move the # from
# its line to the line below it.
";
/// An exercise's lints.
const LINTS: &str = "\
# Half an answer uses half of everything: such warnings would only be in the way.
[lints.rust]
dead_code = \"allow\"
unused_imports = \"allow\"
unused_variables = \"allow\"
";

/// A reason why a manifest cannot be made from a solution's.
#[derive(Debug, Error)]
#[error("{line}: {message}")]
pub(crate) struct ManifestError {
    pub(super) line: usize,
    pub(super) message: String,
}

/// The manifest of an exercise. `code` is all the Rust text that it has: development dependencies that it does not
/// mention are left out.
pub(super) fn exercise_manifest(
    solution: &str,
    exercise: &Exercise,
    code: &str,
) -> Result<String, ManifestError> {
    check(solution, &format!("{}-solution", exercise.name))?;
    let folder = exercise.folder();
    let mut text = format!(
        "# Made from solutions/{folder} by `cargo attentive author sync`: change it there.\n"
    );
    for table in tables(solution) {
        match table
            .lines()
            .find(|line| line.starts_with('['))
            .map(str::trim)
            .unwrap_or_default()
        {
            "[package]" => text.push_str(&table.replace(SUFFIX, "\"")),
            "[[test]]" if table.contains(VARIANTS) => {}
            // Most exercises have none, and a program for none would be compiled and linked with each save. A learner who
            // writes some is told of this line by the harness.
            "[lib]" if code.contains(UNIT_TEST) => text.push_str(&table.replace(NO_UNIT_TESTS, "")),
            // The adapter is where cargo looks for it.
            "[[test]]" if table.contains(GRADE) => text.extend(
                table
                    .split_inclusive('\n')
                    .filter(|line| !line.starts_with("path = ")),
            ),
            "[dependencies]" => text.push_str(&on_solutions(&table)),
            "[dev-dependencies]" => text.extend(
                table
                    .split_inclusive('\n')
                    .filter(|line| is_needed(line, code)),
            ),
            "[lints]" => text.push_str(LINTS),
            _ => text.push_str(&table),
        }
    }
    check(&text, &exercise.name)?;
    Ok(text)
}

/// The dependencies with the paths to other solutions as seen from an exercise, and above each of them, commented out,
/// the learner's own.
fn on_solutions(table: &str) -> String {
    let (mut text, mut told) = (String::new(), false);
    for line in table.split_inclusive('\n') {
        if !line.contains(SIBLING) {
            text.push_str(line);
            continue;
        }
        if !told {
            text.push_str(CHAIN);
            told = true;
        }
        if let Some((own, _)) = line.split_once(", package") {
            text.push_str(&format!("# {own} }}\n"));
        }
        text.push_str(&line.replace(SIBLING, "path = \"../../solutions/"));
    }
    text
}

/// The text of each table, with its header.
fn tables(text: &str) -> Vec<String> {
    let mut tables = vec![String::new()];
    for line in text.split_inclusive('\n') {
        if line.starts_with('[') {
            tables.push(String::new());
        }
        if let Some(table) = tables.last_mut() {
            table.push_str(line);
        }
    }
    tables
}

/// Returns `true` for a line that is no development dependency, or one that an exercise has to have.
fn is_needed(line: &str, code: &str) -> bool {
    match line.split(['=', '.']).next().map(str::trim) {
        Some(name) if line.contains('=') && !name.starts_with('#') => {
            name == HARNESS || code.contains(&format!("{}::", name.replace('-', "_")))
        }
        _ => true,
    }
}

/// Checks that it is TOML and the manifest of the package `name`.
fn check(text: &str, name: &str) -> Result<(), ManifestError> {
    let table: Table = match toml::from_str(text) {
        Ok(table) => table,
        Err(error) => {
            let at = error.span().map_or(0, |span| span.start);
            return Err(ManifestError {
                line: line_of_byte(text, at),
                message: error.message().to_owned(),
            });
        }
    };
    let found = table
        .get("package")
        .and_then(|package| package.get("name")?.as_str())
        .unwrap_or_default();
    if found == name {
        return Ok(());
    }
    Err(ManifestError {
        line: line_of_byte(text, text.find("name").unwrap_or(0)),
        message: format!(
            "expected the package name `{name}`, which follows from the folder, found `{found}`"
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use attentive_course::Tree;

    const SOLUTION: &str = r#"[package]
name = "softmax-solution"
version.workspace = true

[lib]
name = "softmax"
doctest = false
test = false

[dependencies]
ndarray = { workspace = true }

# To test with.
[dev-dependencies]
# Compares.
attentive-grader = { workspace = true }
attentive-harness = { workspace = true }
insta = { workspace = true }

[[test]]
name = "grade"
path = "../../exercises/01-softmax/tests/grade.rs"
harness = false

[[test]]
name = "variants"
harness = false

[lints]
workspace = true
"#;

    #[test]
    fn an_exercise_has_its_own_name_and_only_what_it_needs() {
        let exercise = Exercise {
            number: "01".into(),
            name: "softmax".into(),
            tree: Tree::Solutions,
        };
        let code = "fn main() { attentive_grader::exercise(\"\").main() }";
        insta::assert_snapshot!(exercise_manifest(SOLUTION, &exercise, code).expect("it is a manifest"), @r#"
        # Made from solutions/01-softmax by `cargo attentive author sync`: change it there.
        [package]
        name = "softmax"
        version.workspace = true

        [lib]
        name = "softmax"
        doctest = false
        test = false

        [dependencies]
        ndarray = { workspace = true }

        # To test with.
        [dev-dependencies]
        # Compares.
        attentive-grader = { workspace = true }
        attentive-harness = { workspace = true }

        [[test]]
        name = "grade"
        harness = false

        # Half an answer uses half of everything: such warnings would only be in the way.
        [lints.rust]
        dead_code = "allow"
        unused_imports = "allow"
        unused_variables = "allow"
        "#);
    }

    #[test]
    fn the_unit_tests_of_an_exercise_are_run() {
        let exercise = Exercise {
            number: "01".into(),
            name: "softmax".into(),
            tree: Tree::Solutions,
        };
        let code = "#[test]\nfn rows_sum_to_one() {}\n";
        let manifest = exercise_manifest(SOLUTION, &exercise, code).expect("it is a manifest");
        assert!(!manifest.contains(NO_UNIT_TESTS), "{manifest}");
    }

    #[test]
    fn a_composite_builds_on_solutions_and_says_how_to_build_on_ones_own() {
        let exercise = Exercise {
            number: "11".into(),
            name: "encoder-block".into(),
            tree: Tree::Solutions,
        };
        let solution = "\
[package]
name = \"encoder-block-solution\"

[dependencies]
layer-norm = { path = \"../09-layer-norm\", package = \"layer-norm-solution\" }
masks = { path = \"../06-masks\", package = \"masks-solution\" }
ndarray = { workspace = true }
";
        insta::assert_snapshot!(exercise_manifest(solution, &exercise, "").expect("it is a manifest"), @r#"
        # Made from solutions/11-encoder-block by `cargo attentive author sync`: change it there.
        [package]
        name = "encoder-block"

        [dependencies]
        # Earlier exercises, as the course solves them: a slip in yours does not count against you here.
        # `cargo attentive check --chain` tries your own without a change here. To build on your own from now on, move the # from
        # its line to the line below it.
        # layer-norm = { path = "../09-layer-norm" }
        layer-norm = { path = "../../solutions/09-layer-norm", package = "layer-norm-solution" }
        # masks = { path = "../06-masks" }
        masks = { path = "../../solutions/06-masks", package = "masks-solution" }
        ndarray = { workspace = true }
        "#);
    }

    #[test]
    fn a_manifest_of_something_else_is_refused_with_its_line() {
        let exercise = Exercise {
            number: "01".into(),
            name: "softmax".into(),
            tree: Tree::Solutions,
        };
        let refused = |text: &str| {
            exercise_manifest(text, &exercise, "")
                .expect_err("refused")
                .to_string()
        };
        let other = "[package]\nname = \"sofmax-solution\"\n";
        assert!(refused(other).starts_with("2: expected the package name `softmax-solution`"));
        assert!(refused("[package]\nname = softmax-solution\n").starts_with("2: "));
    }
}
