//! The verdict on one case or property.

use std::fmt;

use crate::failure::Failure;
use crate::finding::Finding;
use crate::output::OutputKind;
use crate::tensor::Entry;

/// The verdict on one case or one property. Its text is a summary in a line.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    /// Every output is right.
    Passed,
    /// An output has a different shape.
    WrongShape(Box<Finding>),
    /// An output has a different shape, and so many entries that they were not read.
    TooLarge {
        /// The output's name.
        output: String,
        /// The thing that each axis counts.
        axes: Vec<String>,
        /// The shape that it has.
        got: Vec<usize>,
        /// The shape that it should have.
        expected: Vec<usize>,
    },
    /// An output is NaN or infinite where it should not be.
    NotANumber(Box<Finding>),
    /// An output has wrong entries.
    WrongValues(Box<Finding>),
    /// The function gave no reply.
    NoReply(Failure),
    /// Nothing was tried, because something before it has to work first.
    NotRun {
        /// The thing that has to work first, as a phrase.
        because: String,
    },
}

impl Verdict {
    /// Returns `true` if the answer is right.
    pub fn passed(&self) -> bool {
        matches!(self, Self::Passed)
    }

    /// Returns the verdict's name in reports for machines.
    pub fn id(&self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::WrongShape(_) | Self::TooLarge { .. } => "wrong-shape",
            Self::NotANumber(_) => "not-a-number",
            Self::WrongValues(_) => "wrong-values",
            Self::NoReply(failure) => failure.id(),
            Self::NotRun { .. } => "not-run",
        }
    }

    /// Returns the output at fault, if the verdict is about one.
    pub fn finding(&self) -> Option<&Finding> {
        match self {
            Self::WrongShape(finding) | Self::NotANumber(finding) | Self::WrongValues(finding) => {
                Some(finding)
            }
            _ => None,
        }
    }

    /// Returns the reason for which there was no reply, if there was none.
    pub fn failure(&self) -> Option<&Failure> {
        match self {
            Self::NoReply(failure) => Some(failure),
            _ => None,
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Passed => f.write_str("passed"),
            Self::WrongShape(finding) => {
                let (got, expected) = (finding.got.shape(), finding.expected.shape());
                write_wrong_shape(f, &finding.output, &finding.axes, got, expected)
            }
            Self::TooLarge {
                output,
                axes,
                got,
                expected,
            } => write_wrong_shape(f, output, axes, got, expected),
            Self::NotANumber(finding) => {
                let comparison = finding.comparison.as_ref();
                let count = comparison.map_or(0, |comparison| comparison.not_finite);
                write!(
                    f,
                    "not a number: `{}` is NaN or infinite in {count} of {}",
                    finding.output,
                    entries(finding.got.len())
                )
            }
            Self::WrongValues(finding) => write_wrong_values(f, finding),
            Self::NoReply(failure) => failure.fmt(f),
            Self::NotRun { because } => write!(f, "not run: {because}"),
        }
    }
}

fn write_wrong_shape(
    f: &mut fmt::Formatter<'_>,
    output: &str,
    axes: &[String],
    got: &[usize],
    expected: &[usize],
) -> fmt::Result {
    let (got, expected, axes) = (shape(got), shape(expected), axes.join(", "));
    write!(
        f,
        "wrong shape: `{output}` is {got}, expected {expected}, which is ({axes})"
    )
}

fn write_wrong_values(f: &mut fmt::Formatter<'_>, finding: &Finding) -> fmt::Result {
    let (output, length) = (&finding.output, finding.got.len());
    if let Some((got, expected)) = finding.items() {
        let (found, right) = (got.len(), expected.len());
        let found_items = match finding.kind {
            OutputKind::Bytes => counted(found, "character", "characters"),
            _ => entries(found),
        };
        if found != right {
            return write!(
                f,
                "wrong values: `{output}` has {found_items}, expected {right}"
            );
        }
        let wrong = got.differences(&expected);
        return write_differences(f, output, wrong, found, &found_items);
    }
    let comparison = finding.comparison.as_ref();
    let first = comparison.and_then(|comparison| comparison.first.as_ref());
    if let OutputKind::Count { unit } = &finding.kind
        && let Some((Entry::Id(got), Entry::Id(bound))) = first.map(|it| (it.got, it.expected))
        && length == 1
    {
        return write!(
            f,
            "wrong values: `{output}` is {got} {unit}, expected at most {bound}"
        );
    }
    if !finding.has_one_shape() {
        let expected = finding.expected.len();
        return write!(
            f,
            "wrong values: `{output}` has {}, expected {expected}",
            entries(length)
        );
    }
    let count = comparison.map_or(0, |comparison| comparison.count());
    write_differences(f, output, count, length, &entries(length))
}

/// Writes how many of an output's items differ; `items` counts them all in words.
fn write_differences(
    f: &mut fmt::Formatter<'_>,
    output: &str,
    wrong: usize,
    of: usize,
    items: &str,
) -> fmt::Result {
    match of {
        1 => write!(f, "wrong value: `{output}`"),
        _ => write!(f, "wrong values: `{output}` differs in {wrong} of {items}"),
    }
}

fn entries(number: usize) -> String {
    counted(number, "entry", "entries")
}

/// Counts a noun: `1 entry`, `2 entries`.
fn counted(number: usize, one: &str, several: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { several })
}

fn shape(shape: &[usize]) -> String {
    let lengths: Vec<_> = shape.iter().map(ToString::to_string).collect();
    format!("({})", lengths.join(", "))
}
