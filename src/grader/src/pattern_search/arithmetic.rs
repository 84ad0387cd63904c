//! One number by which all entries differ from the right ones.

use ndarray::{ArrayD, ArrayViewD, Zip};

use crate::metric::Metric;
use crate::pattern::Pattern;

/// The number that all entries are, though they should differ.
pub(super) fn constant(got: &ArrayD<f32>, expected: &ArrayD<f32>) -> Option<Pattern> {
    let entry = *got.first()?;
    let holds = entry.is_finite() && got.iter().all(|other| *other == entry);
    (holds && enough(expected.view())).then_some(Pattern::Constant(entry))
}

/// The constant by which all entries are too large, if there is one.
pub(super) fn factor(
    got: ArrayViewD<'_, f32>,
    expected: ArrayViewD<'_, f32>,
    metric: Metric,
) -> Option<f64> {
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
pub(super) fn row_factors(
    got: &ArrayD<f32>,
    expected: &ArrayD<f32>,
    metric: Metric,
) -> Option<Pattern> {
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

/// The constant that has been added to all entries, if there is one.
pub(super) fn offset(got: &ArrayD<f32>, expected: &ArrayD<f32>, metric: Metric) -> Option<Pattern> {
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
pub(super) fn enough(expected: ArrayViewD<'_, f32>) -> bool {
    expected.len() > 2 && expected.iter().any(|entry| Some(entry) != expected.first())
}
