//! Regions of a solved source file: the parts that learners write.

use thiserror::Error;

use crate::signature::function_line;

const BEGIN: &str = "// region:";
const END: &str = "// endregion";
/// Begins a line that takes given code from the exercises: it is beside the stub already.
const GIVEN: &str = "#[path = \"../../../exercises/";
/// Begins a line that names a part for the book to include.
const ANCHOR: &str = "// ANCHOR";
/// The longest line that rustfmt leaves whole.
const LINE_WIDTH: usize = 100;

/// A fault in a file's regions.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("{line}: {problem}")]
pub struct RegionError {
    /// The line, from 1.
    pub line: usize,
    /// The fault.
    pub problem: RegionProblem,
}

/// A kind of fault in a region.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum RegionProblem {
    /// A region has no end.
    #[error(
        "expected `{END}` before the end of the file, found none; add it below the part to write"
    )]
    Unclosed,
    /// A region begins within the one that begins on this line.
    #[error(
        "expected `{END}` for the region of line {0}, found another region; close the first before this one"
    )]
    Nested(usize),
    /// An end has no region.
    #[error(
        "expected `{BEGIN} solution …` somewhere above, found `{END}`; delete it, or add what it ends"
    )]
    Unopened,
    /// A region has no text for its stub, or one that cannot be in a string.
    #[error(
        "expected `{BEGIN} solution \"what to write\"`, found `{0}`; the text is what the stub's todo! says"
    )]
    Text(String),
    /// An exercise has no region.
    #[error(
        "expected at least one `{BEGIN} solution \"what to write\"`, found none; a stub without a gap is no exercise"
    )]
    NoRegion,
}

/// The stub of a source file.
#[derive(Debug, PartialEq, Eq)]
pub struct StubText {
    /// Its text.
    pub text: String,
    /// Number of regions that became a `todo!`.
    pub regions: usize,
}

/// Makes the stub of a source file: every region is replaced by a `todo!` with its text. The lines that take given code
/// from the exercises and the book's anchors are left out, and everything else stays as it is.
///
/// # Errors
/// When a region is not closed, not opened, in another one, or without a text.
pub fn stub_text(source: &str) -> Result<StubText, RegionError> {
    let mut text = String::with_capacity(source.len());
    let mut opened = None;
    let mut regions = 0;
    for (index, whole) in source.split_inclusive('\n').enumerate() {
        let line = index + 1;
        let code = whole.trim();
        let fail = |problem| Err(RegionError { line, problem });
        match (opened, code.strip_prefix(BEGIN)) {
            (Some(opened), Some(_)) => return fail(RegionProblem::Nested(opened)),
            (None, Some(kind)) => {
                let Some(message) = message(kind) else {
                    return fail(RegionProblem::Text(code.to_owned()));
                };
                let indent = &whole[..whole.len() - whole.trim_start().len()];
                let newline = if whole.ends_with("\r\n") {
                    "\r\n"
                } else {
                    "\n"
                };
                text.push_str(&todo(&message, indent, newline));
                opened = Some(line);
                regions += 1;
            }
            (Some(_), None) if code == END => opened = None,
            (None, None) if code == END => return fail(RegionProblem::Unopened),
            (Some(_), None) => {}
            (None, None) if code.starts_with(GIVEN) || code.starts_with(ANCHOR) => {}
            (None, None) => text.push_str(whole),
        }
    }
    match opened {
        Some(line) => Err(RegionError {
            line,
            problem: RegionProblem::Unclosed,
        }),
        None => Ok(StubText { text, regions }),
    }
}

/// Returns what the first `todo!` of a stub's function says when it is called; `None` if there is no such function, or it
/// has none with a text.
pub fn todo_text(stub: &str, function: &str) -> Option<String> {
    let line = function_line(stub, function)?;
    let from_function: String = stub.split_inclusive('\n').skip(line - 1).collect();
    // rustfmt puts the end of a function at the beginning of a line.
    let (function, _) = from_function.split_once("\n}")?;
    let (_, after) = function.split_once("todo!(")?;
    let literal = after.trim_start().strip_prefix('"')?;
    let (mut text, mut characters) = (String::new(), literal.chars());
    loop {
        match characters.next()? {
            '"' => return Some(text.replace("{{", "{").replace("}}", "}")),
            '\\' => text.push(characters.next()?),
            character => text.push(character),
        }
    }
}

/// Returns the source without the lines that take given code from the exercises.
pub fn without_given_paths(source: &str) -> String {
    source
        .split_inclusive('\n')
        .filter(|line| !line.trim().starts_with(GIVEN))
        .collect()
}

/// Lays out a `todo!` as rustfmt does, so that formatting an exercise changes nothing that its learner has not written.
fn todo(message: &str, indent: &str, newline: &str) -> String {
    let line = format!("{indent}todo!(\"{message}\")");
    if line.chars().count() <= LINE_WIDTH {
        return line + newline;
    }
    format!("{indent}todo!({newline}{indent}    \"{message}\"{newline}{indent}){newline}")
}

/// Reads ` solution "text"` as the message of a `todo!`.
fn message(kind: &str) -> Option<String> {
    let text = kind
        .trim()
        .strip_prefix("solution")?
        .trim_start()
        .strip_prefix('"')?
        .strip_suffix('"')?;
    let escaped = |(at, _): (usize, &str)| text[..at].ends_with('\\');
    let is_literal = !text.ends_with('\\') && text.match_indices('"').all(escaped);
    // In the string of a `todo!`, a brace would begin an argument.
    (is_literal && !text.is_empty()).then(|| text.replace('{', "{{").replace('}', "}}"))
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    const SOLVED: &str = "\
//! Doubles.

/// Twice `x`.
pub fn double(x: f32) -> f32 {
    // region: solution \"add {x} to itself\"
    let y = x;
    x + y
    // endregion
}

// A comment that stays.
pub fn half(x: f32) -> f32 {
\t// region: solution \"the \\\"half\\\"\"
\tx / 2.0
\t// endregion
}
";

    #[test]
    fn a_functions_todo_says_what_its_region_said() {
        let stub = stub_text(SOLVED).expect("it is in order").text;
        assert_eq!(
            todo_text(&stub, "double").as_deref(),
            Some("add {x} to itself")
        );
        assert_eq!(todo_text(&stub, "half").as_deref(), Some("the \"half\""));
        assert_eq!(todo_text(&stub, "third"), None);
        let long = "long ".repeat(30);
        let stub = format!(
            "fn a() {{\n    1\n}}\n\nfn b() {{\n    todo!(\n        \"{long}\"\n    )\n}}\n"
        );
        assert_eq!(todo_text(&stub, "b"), Some(long));
        assert_eq!(todo_text(&stub, "a"), None);
    }

    #[test]
    fn regions_become_todo_and_the_rest_stays() {
        let StubText { text, regions } = stub_text(SOLVED).expect("the regions are in order");
        assert_eq!(regions, 2);
        insta::assert_snapshot!(text, @r#"
        //! Doubles.

        /// Twice `x`.
        pub fn double(x: f32) -> f32 {
            todo!("add {{x}} to itself")
        }

        // A comment that stays.
        pub fn half(x: f32) -> f32 {
        	todo!("the \"half\"")
        }
        "#);
        let again = stub_text(&text).expect("a stub has no regions");
        assert_eq!(again, StubText { text, regions: 0 });
    }

    #[test]
    fn anchors_of_the_book_are_left_out() {
        let source = "// ANCHOR: part\nfn f() {}\n// ANCHOR_END: part\n";
        let StubText { text, .. } = stub_text(source).expect("no regions");
        assert_eq!(text, "fn f() {}\n");
    }

    #[test]
    fn a_long_text_is_laid_out_as_rustfmt_does() {
        let message = "long ".repeat(20);
        let source = format!("    {BEGIN} solution \"{message}\"\n    {END}\n");
        let StubText { text, .. } = stub_text(&source).expect("the regions are in order");
        assert_eq!(text, format!("    todo!(\n        \"{message}\"\n    )\n"));
    }

    #[test]
    fn windows_lines_stay_windows_lines() {
        let StubText { text, .. } =
            stub_text(&SOLVED.replace('\n', "\r\n")).expect("the regions are in order");
        assert_eq!(text.matches('\n').count(), text.matches("\r\n").count());
    }

    #[test]
    fn each_fault_is_told_with_its_line() {
        let begin = "// region: solution \"x\"\n";
        let faults = [
            (format!("{begin}x\n"), 1, RegionProblem::Unclosed),
            (
                format!("\n{begin}{begin}{END}\n"),
                3,
                RegionProblem::Nested(2),
            ),
            (
                format!("{begin}{END}\n\n{END}\n"),
                4,
                RegionProblem::Unopened,
            ),
        ];
        for (source, line, problem) in faults {
            assert_eq!(
                stub_text(&source),
                Err(RegionError { line, problem }),
                "{source}"
            );
        }
        for text in [
            "solution",
            "solution \"",
            "solution \"\"",
            "solution \"a\"b\"",
            "solution \"a\\\"",
            "x \"y\"",
        ] {
            let error = stub_text(&format!("{BEGIN} {text}\n{END}\n")).expect_err(text);
            assert_eq!(
                error.problem,
                RegionProblem::Text(format!("{BEGIN} {text}"))
            );
        }
    }

    /// Lines that are no marks, with marks of all kinds in any order among them.
    fn source() -> impl Strategy<Value = String> {
        let line = prop_oneof![
            4 => "[ \\t]{0,4}[a-z{}\"/#]{0,12}",
            1 => Just(format!("    {BEGIN} solution \"a {{b}} \\\"c\\\"\"")),
            1 => Just(format!("{BEGIN} solution \"{}\"", "long ".repeat(30))),
            1 => Just(format!("{BEGIN} hint")),
            1 => Just(format!("\t{END}")),
            1 => Just(format!("{GIVEN}11-block/src/weights.rs\"]")),
        ];
        let newline = prop_oneof![Just("\n"), Just("\r\n")];
        vec((line, newline), 0..20).prop_map(|lines| {
            let lines = lines.into_iter();
            lines.map(|(line, newline)| line + newline).collect()
        })
    }

    proptest! {
        #[test]
        fn any_text_has_a_stub_or_a_fault_on_one_of_its_lines(text in any::<String>()) {
            if let Err(error) = stub_text(&text) {
                prop_assert!((1..=text.lines().count()).contains(&error.line));
            }
        }

        #[test]
        fn a_stub_has_a_gap_for_each_region_and_the_lines_outside_as_they_are(source in source()) {
            let Ok(StubText { text, regions }) = stub_text(&source) else {
                return Ok(());
            };
            prop_assert_eq!(text.matches("todo!(").count(), regions);
            prop_assert!(text.len() <= 2 * source.len());
            let again = stub_text(&text);
            prop_assert_eq!(again, Ok(StubText { text: text.clone(), regions: 0 }));
            let mut inside = false;
            let mut outside = Vec::new();
            for line in without_given_paths(&source).lines() {
                inside |= line.trim().starts_with(BEGIN);
                if !inside {
                    outside.push(line.to_owned());
                }
                inside &= line.trim() != END;
            }
            let mut found = text.lines();
            for line in outside {
                prop_assert!(found.any(|found| found == line), "{line:?} is missing or out of order");
            }
        }
    }
}
