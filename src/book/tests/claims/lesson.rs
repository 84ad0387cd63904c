//! The text of a lesson, to look for the numbers that claims compute.

use std::fs;
use std::path::Path;

/// The text of a lesson.
pub(crate) struct Lesson {
    name: &'static str,
    text: String,
}

impl Lesson {
    pub(crate) fn read(name: &'static str) -> Self {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../../book/src/{name}.md"));
        let text =
            fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        Self {
            name,
            text: plain(&text),
        }
    }

    /// Panics unless the lesson says this, however it breaks its lines and marks its formulas.
    #[track_caller]
    pub(crate) fn says(&self, what: impl AsRef<str>) {
        let what = plain(what.as_ref());
        assert!(
            self.text.contains(&what),
            "{}.md does not say {what:?}",
            self.name
        );
    }

    /// Panics unless the lesson has a table row that begins with `head` and goes on with these numbers.
    #[track_caller]
    pub(crate) fn row(&self, head: &str, numbers: &[f32], decimals: usize) {
        self.says(format!("| {head} | {} |", joined(numbers, decimals, " | ")));
    }

    /// Returns the cells of the first table row that begins with `head`.
    #[track_caller]
    pub(crate) fn cells(&self, head: &str) -> Vec<&str> {
        self.cells_below("", head)
    }

    /// Returns the cells of the first table row that begins with `head`, below the text `above`.
    #[track_caller]
    pub(crate) fn cells_below(&self, above: &str, head: &str) -> Vec<&str> {
        let row = format!("| {head} |");
        let below = self.text.split_once(above).map(|(_, below)| below);
        let Some((_, rest)) = below.and_then(|text| text.split_once(&row)) else {
            panic!("{}.md has no table row {head:?} below {above:?}", self.name);
        };
        // An empty cell is where one row ends and the next begins.
        rest.split('|')
            .map(str::trim)
            .take_while(|cell| !cell.is_empty())
            .collect()
    }

    /// Panics unless the lesson has these numbers in brackets.
    #[track_caller]
    pub(crate) fn vector(&self, numbers: &[f32], decimals: usize) {
        self.says(format!("({})", joined(numbers, decimals, ", ")));
    }

    /// Panics unless the lesson has a matrix with these rows.
    #[track_caller]
    pub(crate) fn matrix(&self, matrix: &ndarray::Array2<f32>, decimals: usize) {
        for row in matrix.rows() {
            self.says(joined(&row.to_vec(), decimals, " & "));
        }
    }
}

/// Removes the markup that only typesets a text.
fn plain(text: &str) -> String {
    let text = text
        .replace("{,}", ",")
        .replace(r"\ ", " ")
        .replace(['$', '*'], "")
        .replace('−', "-");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Formats numbers with so many decimals, and joins them.
pub(crate) fn joined(numbers: &[f32], decimals: usize, between: &str) -> String {
    let numbers: Vec<String> = numbers
        .iter()
        .map(|&number| shown(number, decimals))
        .collect();
    numbers.join(between)
}

/// Formats a number with so many decimals, and no minus before a zero.
pub(crate) fn shown(number: f32, decimals: usize) -> String {
    let shown = format!("{number:.decimals$}");
    if shown
        .trim_start_matches('-')
        .chars()
        .all(|c| matches!(c, '0' | '.'))
    {
        return shown.trim_start_matches('-').to_owned();
    }
    shown
}

/// Formats a number with at most so many decimals: 0.5 and 1 as they are.
pub(crate) fn shortest(number: f32, decimals: usize) -> String {
    let text = shown(number, decimals);
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text,
    }
}

/// Formats a number with commas between thousands.
pub(crate) fn commas(number: usize) -> String {
    let digits = number.to_string();
    let groups = digits.as_bytes().rchunks(3).rev();
    groups
        .map(|group| std::str::from_utf8(group).expect("digits"))
        .collect::<Vec<_>>()
        .join(",")
}
