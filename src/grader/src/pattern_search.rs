//! The search for what wrong entries have in common.

use ndarray::{ArrayD, ArrayViewD, Axis, Zip};

use crate::case::Case;
use crate::finding::Finding;
use crate::mask_region::find_region;
use crate::metric::Metric;
use crate::output::OutputKind;
use crate::pattern::Pattern;
use crate::tensor::Tensor;

/// The patterns in the difference of two tensors, most telling first.
pub(crate) fn find_patterns(finding: &Finding, case: &Case, metric: Metric) -> Vec<Pattern> {
    let has_arithmetic = match finding.kind {
        OutputKind::Numbers { .. } | OutputKind::Curve { .. } => true,
        OutputKind::Ids | OutputKind::Text { .. } => false,
        // Counts that are too large have nothing in common.
        OutputKind::Count { .. } => return Vec::new(),
    };
    let Finding {
        got,
        expected,
        axes,
        comparison,
        ..
    } = finding;
    let equal = |a: ArrayViewD<'_, f32>, b: ArrayViewD<'_, f32>| {
        a.shape() == b.shape()
            && Zip::from(a)
                .and(b)
                .all(|&a, &b| metric.distance(a, b) <= 1.0)
    };
    if got.len() == expected.len()
        && comparison.is_none()
        && equal(
            got.flatten().view().into_dyn(),
            expected.flatten().view().into_dyn(),
        )
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
    let Some(comparison) = comparison.as_ref().filter(|_| finding.has_one_shape()) else {
        return Vec::new();
    };
    let mut whole = constant(got, expected).or_else(|| input(got, case));
    if has_arithmetic {
        whole = whole
            .or_else(|| factor(got.view(), expected.view(), metric).map(Pattern::Factor))
            .or_else(|| offset(got, expected, metric))
            .or_else(|| row_factors(got, expected, metric));
    }
    if let Some(pattern) = whole {
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
    let masked = masks
        .filter_map(|mask| find_region(&comparison.wrong, mask).map(Pattern::Masked))
        .next();
    let along = (0..axes.len()).filter_map(|axis| along(&comparison.wrong, axis, axes));
    let misplaced =
        (permuted.is_none() && misplaced(got, expected, metric)).then_some(Pattern::Misplaced);
    permuted
        .into_iter()
        .chain(misplaced)
        .chain(masked)
        .chain(along)
        .take(2)
        .collect()
}

fn pairs(axes: usize) -> impl Iterator<Item = (usize, usize)> {
    // The last two axes are the ones that most often change places.
    (0..axes)
        .rev()
        .flat_map(move |j| (0..j).rev().map(move |i| (i, j)))
}

/// The number that all entries are, though they should differ.
fn constant(got: &ArrayD<f32>, expected: &ArrayD<f32>) -> Option<Pattern> {
    let entry = *got.first()?;
    let holds = entry.is_finite() && got.iter().all(|other| *other == entry);
    (holds && enough(expected.view())).then_some(Pattern::Constant(entry))
}

/// The input that has been returned.
fn input(got: &ArrayD<f32>, case: &Case) -> Option<Pattern> {
    let is = |tensor: &Tensor| matches!(tensor, Tensor::F32(input) if input == got);
    let (name, _) = case.inputs.iter().find(|(_, tensor)| is(tensor))?;
    (got.len() > 2).then(|| Pattern::Input(name.clone()))
}

/// The constant by which all entries are too large, if there is one.
fn factor(got: ArrayViewD<'_, f32>, expected: ArrayViewD<'_, f32>, metric: Metric) -> Option<f64> {
    let (mut above, mut below) = (0.0, 0.0);
    Zip::from(&got).and(&expected).for_each(|&got, &expected| {
        above += f64::from(got) * f64::from(expected);
        below += f64::from(expected) * f64::from(expected);
    });
    let factor = above / below;
    let right = |&got: &f32, &expected: &f32| {
        metric.distance(got, (f64::from(expected) * factor) as f32) <= 1.0
    };
    let holds =
        factor.is_finite() && factor.abs() > 1e-6 && Zip::from(&got).and(&expected).all(right);
    (holds && enough(expected)).then_some(factor)
}

/// The constants by which the rows are too large, if each has one.
fn row_factors(got: &ArrayD<f32>, expected: &ArrayD<f32>, metric: Metric) -> Option<Pattern> {
    let rows = |array: &ArrayD<f32>| -> Vec<_> {
        array
            .rows()
            .into_iter()
            .map(|row| row.into_dyn().to_owned())
            .collect()
    };
    let factors: Vec<f64> = rows(got)
        .iter()
        .zip(&rows(expected))
        .map(|(got, expected)| factor(got.view(), expected.view(), metric))
        .collect::<Option<_>>()?;
    (factors.len() > 1).then_some(Pattern::RowFactors(factors))
}

/// Returns `true` if the right numbers are all there, in other places.
fn misplaced(got: &ArrayD<f32>, expected: &ArrayD<f32>, metric: Metric) -> bool {
    let sorted = |array: &ArrayD<f32>| {
        let mut numbers: Vec<f32> = array.iter().copied().collect();
        numbers.sort_by(f32::total_cmp);
        numbers
    };
    let mut pairs = sorted(got).into_iter().zip(sorted(expected));
    enough(expected.view()) && pairs.all(|(got, expected)| metric.distance(got, expected) <= 1.0)
}

/// The constant that has been added to all entries, if there is one.
fn offset(got: &ArrayD<f32>, expected: &ArrayD<f32>, metric: Metric) -> Option<Pattern> {
    let differences = got
        .iter()
        .zip(expected)
        .map(|(got, expected)| f64::from(*got) - f64::from(*expected));
    let offset = differences.sum::<f64>() / got.len() as f64;
    let right = |&got: &f32, &expected: &f32| {
        metric.distance(got, (f64::from(expected) + offset) as f32) <= 1.0
    };
    let holds = offset.is_finite() && Zip::from(got).and(expected).all(right);
    (holds && enough(expected.view())).then_some(Pattern::Offset(offset))
}

/// One constant can be fitted to anything that has a single value.
fn enough(expected: ArrayViewD<'_, f32>) -> bool {
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
    let from = |index: usize| {
        (0..length).find(|&other| equal(got.index_axis(Axis(axis), index), slice(other)))
    };
    let order: Vec<usize> = (0..length).map(from).collect::<Option<_>>()?;
    let mut sorted = order.clone();
    sorted.sort_unstable();
    sorted
        .iter()
        .enumerate()
        .all(|(index, &other)| index == other)
        .then_some(order)
}

fn along(wrong: &ArrayD<bool>, axis: usize, axes: &[String]) -> Option<Pattern> {
    let length = wrong.len_of(Axis(axis));
    let indices: Vec<usize> = (0..length)
        .filter(|&i| wrong.index_axis(Axis(axis), i).iter().any(|w| *w))
        .collect();
    (indices.len() < length).then(|| Pattern::Along {
        axis: axes[axis].clone(),
        wrong: indices,
        length,
    })
}

#[cfg(test)]
mod tests {
    use ndarray::{Array, Array3, Ix3, arr2};

    use super::*;
    use crate::metric::Tolerance;
    use crate::output::Output;

    const TOLERANCE: Tolerance = Tolerance {
        absolute: 1e-6,
        relative: 1e-5,
    };

    fn heads() -> Array3<f32> {
        Array::from_shape_fn(Ix3(3, 4, 4), |(h, i, j)| {
            ((7 * h + 5 * i + 3 * j * j) as f32).sin()
        })
    }

    fn said(got: ArrayD<f32>, mask: Option<ArrayD<bool>>) -> Vec<String> {
        let axes = ["head", "query", "key"].map(String::from).into();
        let inputs = mask
            .into_iter()
            .map(|mask| ("mask".to_owned(), Tensor::Bool(mask)))
            .collect();
        let case = Case {
            name: "test".into(),
            inputs,
        };
        let output = Output {
            name: "test".into(),
            axes,
            kind: OutputKind::default(),
        };
        let finding = Finding::new(output, &got.into(), &heads().into(), TOLERANCE);
        find_patterns(&finding, &case, TOLERANCE.into())
            .iter()
            .map(ToString::to_string)
            .collect()
    }

    #[test]
    fn whole_tensors() {
        let right = heads();
        assert_eq!(
            said((&right * 8_f32.sqrt()).into_dyn(), None),
            ["every entry is 2.8284 (√8) times the right one"]
        );
        assert_eq!(
            said((&right / 64.0).into_dyn(), None),
            ["every entry is 0.0156 (1/64) times the right one"]
        );
        assert_eq!(
            said((&right - 0.5).into_dyn(), None),
            ["every entry is the right one minus 0.50000"]
        );
        let flat = right
            .clone()
            .into_shape_with_order((12, 4))
            .expect("as many entries")
            .into_dyn();
        assert_eq!(
            said(flat, None),
            ["the numbers are right and in the right order, only the shape is not"]
        );
        let mut swapped = right.clone().into_dyn();
        swapped.swap_axes(1, 2);
        assert_eq!(
            said(swapped.clone(), None),
            ["right after swapping the axes query and key"]
        );
        swapped.swap_axes(0, 1);
        assert_eq!(
            said(swapped, None),
            Vec::<String>::new(),
            "two swaps at once are not looked for"
        );
        assert_eq!(
            said((&right * 1.0002).into_dyn(), None),
            ["every entry is 1.00020 times the right one"]
        );
        assert_eq!(
            said((&right * 3.0).into_dyn(), None),
            ["every entry is 3 times the right one"]
        );
        assert_eq!(
            said(Array3::zeros((3, 4, 4)).into_dyn(), None),
            ["every entry is 0"]
        );
        let rows = arr2(&[[2.0], [3.0], [1.0], [0.5]]);
        assert_eq!(
            said((&right * &rows).into_dyn(), None),
            ["each row is the right one times a number of its own: 2, 3, 1, …"]
        );
        let order = right.select(Axis(0), &[2, 0, 1]).into_dyn();
        assert_eq!(
            said(order, None),
            ["every head is right, but they stand in the order 2, 0, 1"]
        );
    }

    #[test]
    fn parts_of_tensors() {
        let with = |wrong: &dyn Fn(usize, usize, usize) -> bool| {
            let mut got = heads();
            got.indexed_iter_mut().for_each(|((h, i, j), x)| {
                *x += if wrong(h, i, j) {
                    1.0 + (h + i + j) as f32
                } else {
                    0.0
                }
            });
            said(got.into_dyn(), None)
        };
        assert_eq!(with(&|h, _, _| h == 1), ["wrong only at head 1"]);
        assert_eq!(with(&|_, i, _| i != 0), ["right only at query 0"]);
        assert_eq!(with(&|_, i, _| i != 1), ["wrong only at query 0, 2, 3"]);
        assert_eq!(
            with(&|_, _, j| j % 2 == 1),
            ["wrong only at odd indices of key"]
        );
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
                *x += if wrong(i, j) {
                    1.0 + (h + 2 * i + j) as f32
                } else {
                    0.0
                }
            });
            said(got.into_dyn(), Some(mask.clone().into_dyn()))[0].clone()
        };
        assert_eq!(
            with(&|i, j| !mask[(i, j)]),
            "only positions that the mask blocks are wrong"
        );
        assert_eq!(
            with(&|i, _| i == 2),
            "only rows whose mask allows nothing are wrong"
        );
        assert_eq!(
            with(&|i, _| i > 0),
            "only rows in which the mask blocks something are wrong"
        );
        assert_eq!(with(&|i, _| i < 2), "wrong only at query 0 to 1");
    }
}
