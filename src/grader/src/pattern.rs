//! Patterns that wrong entries have in common: the difference between "12 of 35 are wrong" and knowing where to look.

use std::fmt;

use crate::mask_region::MaskRegion;
use crate::number::format_number;

/// One thing that wrong entries have in common.
#[derive(Debug, Clone, PartialEq)]
pub enum Pattern {
    /// The same numbers in the same order, in another shape.
    Reshaped,
    /// Right after swapping two axes.
    Swapped(String, String),
    /// All entries are this number, where they should not be.
    Constant(f32),
    /// The input of this name, as it came.
    Input(String),
    /// Right after division by a constant.
    Factor(f64),
    /// Right after subtraction of a constant.
    Offset(f64),
    /// Right up to the order along an axis: at each index, the index whose right slice stands there.
    Permuted(String, Vec<usize>),
    /// Each row is right after division by a constant of its own.
    RowFactors(Vec<f64>),
    /// The right numbers, in other places.
    Misplaced,
    /// Only entries in this region of the case's mask are wrong.
    Masked(MaskRegion),
    /// The wrong entries are at these indices of an axis, out of so many.
    Along {
        /// The thing that the axis counts.
        axis: String,
        /// The names of its indices, if they have any.
        labels: Vec<String>,
        /// The indices with a wrong entry.
        wrong: Vec<usize>,
        /// The axis's length.
        length: usize,
    },
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Reshaped => {
                write!(
                    f,
                    "the numbers are right and in the right order, only the shape is not"
                )
            }
            Self::Swapped(a, b) => write!(f, "right after swapping the axes {a} and {b}"),
            Self::Constant(entry) => write!(f, "every entry is {}", format_number(*entry)),
            Self::Input(name) => write!(f, "this is the input `{name}`, as it came"),
            Self::Factor(factor) => {
                write!(f, "every entry is {} times the right one", times(*factor))
            }
            Self::RowFactors(factors) => {
                let several: Vec<_> = factors
                    .iter()
                    .take(3)
                    .map(|factor| format_number(*factor as f32))
                    .collect();
                let more = if factors.len() > several.len() {
                    ", …"
                } else {
                    ""
                };
                let several = several.join(", ");
                write!(
                    f,
                    "each row is the right one times a number of its own: {several}{more}"
                )
            }
            Self::Offset(offset) => {
                let size = format_number(offset.abs() as f32);
                write!(f, "every entry is the right one {} {size}", sign(*offset))
            }
            Self::Misplaced => write!(f, "the right numbers are all there, but in other places"),
            Self::Permuted(axis, order) => {
                write!(
                    f,
                    "every {axis} is right, but they are in the order {}",
                    list(order)
                )
            }
            Self::Masked(MaskRegion::RowsThatAllowNothing) => {
                write!(f, "only rows whose mask allows nothing are wrong")
            }
            Self::Masked(MaskRegion::BlockedEntries) => {
                write!(f, "only positions that the mask blocks are wrong")
            }
            Self::Masked(MaskRegion::RowsWithBlockedEntries) => {
                write!(f, "only rows in which the mask blocks something are wrong")
            }
            Self::Along {
                axis,
                labels,
                wrong,
                length,
            } if labels.len() < *length => f.write_str(&describe(axis, wrong, *length)),
            Self::Along { labels, wrong, .. } => f.write_str(&describe_labelled(labels, wrong)),
        }
    }
}

fn sign(number: f64) -> &'static str {
    if number < 0.0 { "minus" } else { "plus" }
}

/// A factor, and what it is the root of or one over, where that is a whole number: usually that is a dimension.
fn times(factor: f64) -> String {
    let whole = |x: f64| {
        (x.round() >= 2.0 && x.round() <= 4096.0 && (x / x.round() - 1.0).abs() < 1e-3)
            .then_some(x.round())
    };
    let (size, sign) = (factor.abs(), if factor < 0.0 { "−" } else { "" });
    if let Some(n) = whole(size) {
        format!("{sign}{n}")
    } else if let Some(n) = whole(1.0 / size) {
        format!("{factor:.4} (1/{n})")
    } else if let Some(n) = whole(size * size) {
        format!("{factor:.4} (√{n})")
    } else if let Some(n) = whole(1.0 / (size * size)) {
        format!("{factor:.4} (1/√{n})")
    } else {
        format_number(factor as f32)
    }
}

fn describe(axis: &str, wrong: &[usize], length: usize) -> String {
    let right: Vec<usize> = (0..length).filter(|index| !wrong.contains(index)).collect();
    let every = |step: usize, from: usize| (from..length).step_by(step).eq(wrong.iter().copied());
    match (wrong, right.as_slice()) {
        ([one], _) => format!("wrong only at {axis} {one}"),
        // One in the middle that happens to be right says nothing.
        (_, [one]) if *one == 0 || one + 1 == length => format!("right only at {axis} {one}"),
        _ if length >= 4 && every(2, 1) => format!("wrong only at odd indices of {axis}"),
        _ if length >= 4 && every(2, 0) => format!("wrong only at even indices of {axis}"),
        ([first, .., last], _) if last - first + 1 == wrong.len() => {
            format!("wrong only at {axis} {first} to {last}")
        }
        _ => format!("wrong only at {axis} {}", list(wrong)),
    }
}

/// Names the wrong indices of an axis all of whose indices have a name.
fn describe_labelled(labels: &[String], wrong: &[usize]) -> String {
    match wrong {
        [first, .., last] if wrong.len() > 2 && last - first + 1 == wrong.len() => {
            format!("wrong only at {} to {}", labels[*first], labels[*last])
        }
        _ => {
            let names: Vec<&str> = wrong.iter().map(|&index| labels[index].as_str()).collect();
            format!("wrong only at {}", names.join(", "))
        }
    }
}

fn list(numbers: &[usize]) -> String {
    numbers
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(", ")
}
