//! What wrong entries have in common: the difference between "12 of 35 are wrong" and knowing where to look.

use std::fmt;

use ndarray::{ArrayD, ArrayViewD, Axis, Zip};

use crate::bundle::Tensor;
use crate::case::Case;
use crate::compare::Tolerance;
use crate::masked;
use crate::report::number;
use crate::verdict::Finding;

/// One thing that wrong entries have in common.
#[derive(Debug, Clone, PartialEq)]
pub enum Pattern {
    /// The same numbers in the same order, in another shape.
    Reshaped,
    /// Right after swapping two axes.
    Swapped(String, String),
    /// Right after division by a constant.
    Factor(f64),
    /// Right after subtraction of a constant.
    Offset(f64),
    /// Right up to the order along an axis: at each index, the index whose right slice stands there.
    Permuted(String, Vec<usize>),
    /// Only the rows whose mask allows nothing are wrong.
    FullyMasked,
    /// Only entries that the mask blocks are wrong.
    Masked,
    /// Only rows with a blocked entry are wrong.
    RowsWithMask,
    /// The wrong entries are at these indices of an axis, out of so many.
    Along {
        /// What the axis counts.
        axis: String,
        /// The indices with a wrong entry.
        wrong: Vec<usize>,
        /// The axis's length.
        length: usize,
    },
}

/// The patterns in the difference of two tensors, most telling first.
pub(crate) fn find(finding: &Finding, case: &Case, tolerance: Tolerance) -> Vec<Pattern> {
    let Finding { got, expected, axes, comparison, .. } = finding;
    let equal = |a: ArrayViewD<'_, f32>, b: ArrayViewD<'_, f32>| {
        a.shape() == b.shape() && Zip::from(a).and(b).all(|&a, &b| tolerance.distance(a, b) <= 1.0)
    };
    if got.len() == expected.len()
        && comparison.is_none()
        && equal(got.flatten().view().into_dyn(), expected.flatten().view().into_dyn())
    {
        return vec![Pattern::Reshaped];
    }
    for (i, j) in pairs(axes.len().min(got.ndim())) {
        let mut swapped = got.view();
        swapped.swap_axes(i, j);
        if equal(swapped, expected.view()) {
            return vec![Pattern::Swapped(axes[i].clone(), axes[j].clone())];
        }
    }
    let Some(comparison) = comparison else { return Vec::new() };
    if let Some(pattern) = factor(got, expected, tolerance).or_else(|| offset(got, expected, tolerance)) {
        return vec![pattern];
    }
    let permuted = (0..axes.len()).find_map(|axis| {
        let order = permutation(got, expected, axis, &equal)?;
        Some(Pattern::Permuted(axes[axis].clone(), order))
    });
    let masks = case.inputs.values().filter_map(|tensor| match tensor {
        Tensor::Bool(mask) => Some(mask),
        _ => None,
    });
    let masked = masks.filter_map(|mask| masked::find(&comparison.wrong, mask)).next();
    let along = (0..axes.len()).filter_map(|axis| along(&comparison.wrong, axis, axes));
    permuted.into_iter().chain(masked).chain(along).take(2).collect()
}

fn pairs(axes: usize) -> impl Iterator<Item = (usize, usize)> {
    // The last two axes are the ones that most often change places.
    (0..axes).rev().flat_map(move |j| (0..j).rev().map(move |i| (i, j)))
}

/// The constant by which all entries are too large, if there is one.
fn factor(got: &ArrayD<f32>, expected: &ArrayD<f32>, tolerance: Tolerance) -> Option<Pattern> {
    let (mut above, mut below) = (0.0, 0.0);
    Zip::from(got).and(expected).for_each(|&got, &expected| {
        above += f64::from(got) * f64::from(expected);
        below += f64::from(expected) * f64::from(expected);
    });
    let factor = above / below;
    let right =
        |&got: &f32, &expected: &f32| tolerance.distance(got, (f64::from(expected) * factor) as f32) <= 1.0;
    let holds = factor.is_finite() && factor.abs() > 1e-6 && Zip::from(got).and(expected).all(right);
    (holds && enough(expected)).then_some(Pattern::Factor(factor))
}

/// The constant that has been added to all entries, if there is one.
fn offset(got: &ArrayD<f32>, expected: &ArrayD<f32>, tolerance: Tolerance) -> Option<Pattern> {
    let differences = got.iter().zip(expected).map(|(got, expected)| f64::from(*got) - f64::from(*expected));
    let offset = differences.sum::<f64>() / got.len() as f64;
    let right =
        |&got: &f32, &expected: &f32| tolerance.distance(got, (f64::from(expected) + offset) as f32) <= 1.0;
    let holds = offset.is_finite() && Zip::from(got).and(expected).all(right);
    (holds && enough(expected)).then_some(Pattern::Offset(offset))
}

/// One constant can be fitted to anything that has a single value.
fn enough(expected: &ArrayD<f32>) -> bool {
    expected.len() > 2 && expected.iter().any(|entry| Some(entry) != expected.first())
}

/// At each index of an axis, the index whose right slice stands there.
fn permutation(
    got: &ArrayD<f32>,
    expected: &ArrayD<f32>,
    axis: usize,
    equal: &impl Fn(ArrayViewD<'_, f32>, ArrayViewD<'_, f32>) -> bool,
) -> Option<Vec<usize>> {
    let length = expected.len_of(Axis(axis));
    let slice = |index: usize| expected.index_axis(Axis(axis), index);
    let all_differ = pairs(length).all(|(i, j)| !equal(slice(i), slice(j)));
    if !(2..=32).contains(&length) || !all_differ {
        return None;
    }
    let from =
        |index: usize| (0..length).find(|&other| equal(got.index_axis(Axis(axis), index), slice(other)));
    let order: Vec<usize> = (0..length).map(from).collect::<Option<_>>()?;
    let mut sorted = order.clone();
    sorted.sort_unstable();
    sorted.iter().enumerate().all(|(index, &other)| index == other).then_some(order)
}

fn along(wrong: &ArrayD<bool>, axis: usize, axes: &[String]) -> Option<Pattern> {
    let length = wrong.len_of(Axis(axis));
    let indices: Vec<usize> =
        (0..length).filter(|&i| wrong.index_axis(Axis(axis), i).iter().any(|w| *w)).collect();
    (indices.len() < length).then(|| Pattern::Along { axis: axes[axis].clone(), wrong: indices, length })
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Reshaped => {
                write!(f, "the numbers are right and in the right order, only the shape is not")
            }
            Self::Swapped(a, b) => write!(f, "right after swapping the axes {a} and {b}"),
            Self::Factor(factor) => {
                let (factor, root) = (number(*factor as f32), root(*factor));
                write!(f, "every entry is {factor} times the right one{root}")
            }
            Self::Offset(offset) => {
                write!(f, "every entry is the right one {} {}", sign(*offset), number(offset.abs() as f32))
            }
            Self::Permuted(axis, order) => {
                write!(f, "every {axis} is right, but they stand in the order {}", list(order))
            }
            Self::FullyMasked => write!(f, "only rows whose mask allows nothing are wrong"),
            Self::Masked => write!(f, "only positions that the mask blocks are wrong"),
            Self::RowsWithMask => write!(f, "only rows in which the mask blocks something are wrong"),
            Self::Along { axis, wrong, length } => f.write_str(&describe(axis, wrong, *length)),
        }
    }
}

fn sign(number: f64) -> &'static str {
    if number < 0.0 { "minus" } else { "plus" }
}

/// " (√8)" where a factor is the root of a whole number, or one over it: that number is usually a dimension.
fn root(factor: f64) -> String {
    let whole = |x: f64| {
        (x.round() >= 2.0 && x.round() <= 4096.0 && (x / x.round() - 1.0).abs() < 1e-3).then_some(x.round())
    };
    let size = factor.abs();
    if let Some(n) = whole(size) {
        format!(" ({n})")
    } else if let Some(n) = whole(1.0 / size) {
        format!(" (1/{n})")
    } else if let Some(n) = whole(size * size) {
        format!(" (√{n})")
    } else if let Some(n) = whole(1.0 / (size * size)) {
        format!(" (1/√{n})")
    } else {
        String::new()
    }
}

fn describe(axis: &str, wrong: &[usize], length: usize) -> String {
    let right: Vec<usize> = (0..length).filter(|index| !wrong.contains(index)).collect();
    let every = |step: usize, from: usize| (from..length).step_by(step).eq(wrong.iter().copied());
    match (wrong, right.as_slice()) {
        ([one], _) => format!("wrong only at {axis} {one}"),
        (_, [one]) => format!("right only at {axis} {one}"),
        _ if length >= 4 && every(2, 1) => format!("wrong only at odd indices of {axis}"),
        _ if length >= 4 && every(2, 0) => format!("wrong only at even indices of {axis}"),
        ([first, .., last], _) if last - first + 1 == wrong.len() => {
            format!("wrong only at {axis} {first} to {last}")
        }
        _ => format!("wrong only at {axis} {}", list(wrong)),
    }
}

fn list(numbers: &[usize]) -> String {
    numbers.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use ndarray::{Array, Array3, Ix3, arr2};

    use super::*;
    use crate::compare::Comparison;

    const TOLERANCE: Tolerance = Tolerance { absolute: 1e-6, relative: 1e-5 };

    fn heads() -> Array3<f32> {
        Array::from_shape_fn(Ix3(3, 4, 4), |(h, i, j)| ((7 * h + 5 * i + 3 * j * j) as f32).sin())
    }

    fn said(got: ArrayD<f32>, mask: Option<ArrayD<bool>>) -> Vec<String> {
        let expected = heads().into_dyn();
        let axes = ["head", "query", "key"].map(String::from);
        let inputs = mask.into_iter().map(|mask| ("mask".to_owned(), Tensor::Bool(mask))).collect();
        let comparison = Comparison::new(&got, &expected, TOLERANCE);
        let case = Case { name: "test".into(), inputs };
        let (output, axes, patterns) = ("test".into(), axes.into(), vec![]);
        let (alphabet, right_before) = (None, Vec::new());
        let finding = Finding { output, axes, alphabet, got, expected, comparison, patterns, right_before };
        find(&finding, &case, TOLERANCE).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn whole_tensors() {
        let right = heads();
        assert_eq!(
            said((&right * 8_f32.sqrt()).into_dyn(), None),
            ["every entry is 2.82843 times the right one (√8)"]
        );
        assert_eq!(
            said((&right / 64.0).into_dyn(), None),
            ["every entry is 0.01562 times the right one (1/64)"]
        );
        assert_eq!(
            said((&right * 1.0002).into_dyn(), None),
            ["every entry is 1.00020 times the right one"],
            "enough digits to see a difference"
        );
        assert_eq!(said((&right - 0.5).into_dyn(), None), ["every entry is the right one minus 0.50000"]);
        let flat = right.clone().into_shape_with_order((12, 4)).expect("as many entries").into_dyn();
        assert_eq!(said(flat, None), ["the numbers are right and in the right order, only the shape is not"]);
        let mut swapped = right.clone().into_dyn();
        swapped.swap_axes(1, 2);
        assert_eq!(said(swapped.clone(), None), ["right after swapping the axes query and key"]);
        swapped.swap_axes(0, 1);
        assert_eq!(said(swapped, None), Vec::<String>::new(), "two swaps at once are not looked for");
        let order = right.select(Axis(0), &[2, 0, 1]).into_dyn();
        assert_eq!(said(order, None), ["every head is right, but they stand in the order 2, 0, 1"]);
    }

    #[test]
    fn parts_of_tensors() {
        let with = |wrong: &dyn Fn(usize, usize, usize) -> bool| {
            let mut got = heads();
            got.indexed_iter_mut()
                .for_each(|((h, i, j), x)| *x += if wrong(h, i, j) { 1.0 + (h + i + j) as f32 } else { 0.0 });
            said(got.into_dyn(), None)
        };
        assert_eq!(with(&|h, _, _| h == 1), ["wrong only at head 1"]);
        assert_eq!(with(&|_, i, _| i != 0), ["right only at query 0"]);
        assert_eq!(with(&|_, _, j| j % 2 == 1), ["wrong only at odd indices of key"]);
        assert_eq!(
            with(&|_, i, j| i == 2 && j > 0 && j < 3),
            ["wrong only at query 2", "wrong only at key 1 to 2"]
        );
    }

    #[test]
    fn masks() {
        let mask = arr2(&[
            [true, true, true, true],
            [true, false, true, true],
            [false; 4],
            [false, true, true, true],
        ]);
        let with = |wrong: &dyn Fn(usize, usize) -> bool| {
            let mut got = heads();
            got.indexed_iter_mut().for_each(|((h, i, j), x)| {
                *x += if wrong(i, j) { 1.0 + (h + 2 * i + j) as f32 } else { 0.0 }
            });
            said(got.into_dyn(), Some(mask.clone().into_dyn()))[0].clone()
        };
        assert_eq!(with(&|i, j| !mask[(i, j)]), "only positions that the mask blocks are wrong");
        assert_eq!(with(&|i, _| i == 2), "only rows whose mask allows nothing are wrong");
        assert_eq!(with(&|i, _| i > 0), "only rows in which the mask blocks something are wrong");
        assert_eq!(with(&|i, _| i < 2), "wrong only at query 0 to 1");
    }
}
