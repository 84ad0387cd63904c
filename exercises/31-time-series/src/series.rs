//! Series: the one of the tests, and those of files. Everything in this file is given.

use std::fmt;

use ndarray::{Array1, ArrayView1};

/// The number of time units over which [`sines`] runs.
const LENGTH: f32 = 100.0;

/// sin 0.1t + sin 0.01t at equal distances from t = 0 to t = 100, plus a tenth of the noise: as many values as it has.
pub fn sines(noise: ArrayView1<'_, f32>) -> Array1<f32> {
    let step = LENGTH / (noise.len().max(2) - 1) as f32;
    let signal = |index: usize| {
        let t = index as f32 * step;
        (0.1 * t).sin() + (0.01 * t).sin()
    };
    (0..noise.len()).map(signal).collect::<Array1<f32>>() + &noise * 0.1
}

/// A way of treating values that are missing in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gaps {
    /// A missing value is an error.
    Refuse,
    /// A missing value is the one before it. Unlike a mean of both neighbours, it does not look into the future.
    RepeatLast,
}

/// A file that is no series.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SeriesError {
    /// The header does not have the column.
    Column {
        /// The column that was asked for.
        expected: String,
        /// The columns that there are.
        found: String,
    },
    /// A row has no value in the column.
    Missing {
        /// The line in the file, from 1.
        line: usize,
        /// The column.
        column: String,
    },
    /// A value is no number, or not a finite one.
    Number {
        /// The line in the file, from 1.
        line: usize,
        /// The column.
        column: String,
        /// The text that is there.
        found: String,
    },
    /// There are no rows.
    Empty,
}

impl fmt::Display for SeriesError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Column { expected, found } => write!(
                f,
                "1: expected a column `{expected}` in the header, found {found}; give one of these"
            ),
            Self::Missing { line, column } => write!(
                f,
                "{line}: expected a number in the column `{column}`, found nothing; add it, or read the file with \
                 `Gaps::RepeatLast`"
            ),
            Self::Number {
                line,
                column,
                found,
            } => write!(
                f,
                "{line}: expected a number in the column `{column}`, found `{found}`; is it the right column?"
            ),
            Self::Empty => write!(
                f,
                "expected a header and a row for each value, found no row"
            ),
        }
    }
}

impl std::error::Error for SeriesError {}

/// Reads one column of a table: a header with the names, and below it a line for each value, with commas between them.
///
/// Lines without any text are left out. Quotes around a name or a value are taken off.
///
/// # Errors
/// When there is no such column, no row, or a value that is missing or no number. The first row needs a value in any
/// case.
pub fn read(text: &str, column: &str, gaps: Gaps) -> Result<Array1<f32>, SeriesError> {
    let mut lines = (1..).zip(text.trim_start_matches('\u{feff}').lines());
    let (_, header) = lines.next().unwrap_or((1, ""));
    let names: Vec<&str> = header.split(',').map(cell).collect();
    let Some(index) = names.iter().position(|&name| name == column) else {
        let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
        return Err(SeriesError::Column {
            expected: column.to_owned(),
            found: names.join(", "),
        });
    };
    let mut values: Vec<f32> = Vec::new();
    for (line, row) in lines.filter(|(_, row)| !row.trim().is_empty()) {
        let found = row.split(',').nth(index).map_or("", cell);
        let last = values.last().copied();
        let value = match (is_missing(found), gaps, last) {
            (false, _, _) => number(found, line, column)?,
            (true, Gaps::RepeatLast, Some(last)) => last,
            (true, _, _) => {
                let column = column.to_owned();
                return Err(SeriesError::Missing { line, column });
            }
        };
        values.push(value);
    }
    if values.is_empty() {
        return Err(SeriesError::Empty);
    }
    Ok(values.into())
}

fn cell(text: &str) -> &str {
    text.trim().trim_matches('"')
}

/// Returns `true` for the words by which programs write that there is no value.
fn is_missing(text: &str) -> bool {
    text.is_empty() || ["na", "nan", "null"].contains(&text.to_lowercase().as_str())
}

fn number(found: &str, line: usize, column: &str) -> Result<f32, SeriesError> {
    match found.parse::<f32>() {
        Ok(number) if number.is_finite() => Ok(number),
        _ => Err(SeriesError::Number {
            line,
            column: column.to_owned(),
            found: found.to_owned(),
        }),
    }
}
