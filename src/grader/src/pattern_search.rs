//! The search for what wrong entries have in common.

mod arithmetic;
#[cfg(test)]
mod tests;

use ndarray::{ArrayD, ArrayViewD, Axis, Zip};

use crate::case::Case;
use crate::compare::Comparison;
use crate::finding::Finding;
use crate::mask_region::find_region;
use crate::metric::Metric;
use crate::output::OutputKind;
use crate::pattern::Pattern;
use crate::tensor::Tensor;
use arithmetic::{constant, enough, factor, offset, row_factors};

/// The patterns in the difference of two tensors, most telling first.
pub(crate) fn find_patterns(finding: &Finding, case: &Case, metric: Metric) -> Vec<Pattern> {
    // Counts that are too large have nothing in common.
    if let OutputKind::Count { .. } = finding.kind {
        return Vec::new();
    }
    // Of a text or a list, a place says nothing. That it is an input, unchanged, says much.
    if finding.kind.is_read() {
        return input(&finding.got, case).into_iter().collect();
    }
    if let Some(pattern) = moved_axes(finding, metric) {
        return vec![pattern];
    }
    let Some(comparison) = finding
        .comparison
        .as_ref()
        .filter(|_| finding.has_one_shape())
    else {
        return Vec::new();
    };
    match whole(finding, case, metric) {
        Some(pattern) => vec![pattern],
        None => parts(finding, comparison, case, metric),
    }
}

/// Returns `true` if two tensors have one shape and the same entries.
fn equal(a: ArrayViewD<'_, f32>, b: ArrayViewD<'_, f32>, metric: Metric) -> bool {
    a.shape() == b.shape()
        && Zip::from(a)
            .and(b)
            .all(|&a, &b| metric.distance(a, b) <= 1.0)
}

/// The way in which the axes of a right tensor were moved.
fn moved_axes(finding: &Finding, metric: Metric) -> Option<Pattern> {
    let Finding {
        got,
        expected,
        axes,
        ..
    } = finding;
    let (flat, right) = (got.flatten(), expected.flatten());
    let is_reshaped = finding.comparison.is_none()
        && equal(flat.view().into_dyn(), right.view().into_dyn(), metric);
    if is_reshaped {
        return Some(Pattern::Reshaped);
    }
    for (i, j) in pairs(axes.len().min(got.ndim())) {
        let mut swapped = got.view();
        swapped.swap_axes(i, j);
        if equal(swapped, expected.view(), metric) {
            return Some(Pattern::Swapped(axes[i].clone(), axes[j].clone()));
        }
    }
    None
}

/// A pattern that explains all entries. What is simpler comes first: it would be a special case of the others.
fn whole(finding: &Finding, case: &Case, metric: Metric) -> Option<Pattern> {
    let (got, expected) = (&finding.got, &finding.expected);
    let simple = constant(got, expected).or_else(|| input(got, case));
    match finding.kind {
        OutputKind::Numbers { .. } | OutputKind::Curve { .. } => simple
            .or_else(|| factor(got.view(), expected.view(), metric).map(Pattern::Factor))
            .or_else(|| offset(got, expected, metric))
            .or_else(|| row_factors(got, expected, metric)),
        // Nothing is computed with ids.
        _ => simple,
    }
}

/// The patterns in where the wrong entries are, at most two.
fn parts(finding: &Finding, comparison: &Comparison, case: &Case, metric: Metric) -> Vec<Pattern> {
    let Finding {
        got,
        expected,
        axes,
        ..
    } = finding;
    let mut patterns = Vec::new();
    let permuted = (0..axes.len()).find_map(|axis| {
        let order = permutation(got, expected, axis, metric)?;
        Some(Pattern::Permuted(axes[axis].clone(), order))
    });
    match permuted {
        Some(permuted) => patterns.push(permuted),
        None if misplaced(got, expected, metric) => patterns.push(Pattern::Misplaced),
        None => {}
    }
    let masked = case.inputs.values().find_map(|tensor| match tensor {
        Tensor::Bool(mask) => find_region(&comparison.wrong, mask).map(Pattern::Masked),
        _ => None,
    });
    patterns.extend(masked);
    patterns.extend((0..axes.len()).filter_map(|axis| along(finding, &comparison.wrong, axis)));
    patterns.truncate(2);
    patterns
}

fn pairs(axes: usize) -> impl Iterator<Item = (usize, usize)> {
    // The last two axes are the ones that most often change places.
    (0..axes)
        .rev()
        .flat_map(move |j| (0..j).rev().map(move |i| (i, j)))
}

/// The input that has been returned.
fn input(got: &ArrayD<f32>, case: &Case) -> Option<Pattern> {
    let is = |tensor: &Tensor| matches!(tensor, Tensor::F32(input) if input == got);
    let (name, _) = case.inputs.iter().find(|(_, tensor)| is(tensor))?;
    (got.len() > 2).then(|| Pattern::Input(name.clone()))
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

/// At each index of an axis, the index whose right slice is there.
fn permutation(
    got: &ArrayD<f32>,
    expected: &ArrayD<f32>,
    axis: usize,
    metric: Metric,
) -> Option<Vec<usize>> {
    let length = expected.len_of(Axis(axis));
    let slice = |index: usize| expected.index_axis(Axis(axis), index);
    let all_differ = pairs(length).all(|(i, j)| !equal(slice(i), slice(j), metric));
    if !(2..=32).contains(&length) || !all_differ {
        return None;
    }
    let from = |index: usize| {
        (0..length).find(|&other| equal(got.index_axis(Axis(axis), index), slice(other), metric))
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

fn along(finding: &Finding, wrong: &ArrayD<bool>, axis: usize) -> Option<Pattern> {
    let length = wrong.len_of(Axis(axis));
    let indices: Vec<usize> = (0..length)
        .filter(|&i| wrong.index_axis(Axis(axis), i).iter().any(|w| *w))
        .collect();
    let axis = &finding.axes[axis];
    (indices.len() < length).then(|| Pattern::Along {
        axis: axis.clone(),
        labels: finding.labels.get(axis).cloned().unwrap_or_default(),
        wrong: indices,
        length,
    })
}
