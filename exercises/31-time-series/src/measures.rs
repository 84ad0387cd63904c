//! Measures by which forecasters are compared, and the parameters of a case. Everything in this file is given.

use std::ops::Range;

use ndarray::{
    Array1, Array2, ArrayD, ArrayView1, ArrayView2, ArrayViewD, Axis, concatenate, stack,
};
use training::Tensors;
use training::measures::OF_A_BLOCK;

pub use training::measures::lengths;

use crate::model::{Errors, Naive, Scale, Windows};

/// The parameters of a forecaster that are not in a block.
pub const AROUND_THE_BLOCKS: [&str; 7] = [
    "w_patch",
    "b_patch",
    "positions",
    "gamma_f",
    "beta_f",
    "w_head",
    "b_head",
];

/// The parameters of a forecaster. `tensor` finds a tensor by its name; those of the blocks are stacked, with the
/// blocks on their first axis.
///
/// # Errors
/// When a tensor is not found.
pub fn from_stacks<'a, E>(
    tensor: impl Fn(&str) -> Result<ArrayViewD<'a, f32>, E>,
) -> Result<Tensors, E> {
    let mut parameters = Tensors::new();
    for name in AROUND_THE_BLOCKS {
        parameters.insert(name.to_owned(), tensor(name)?.to_owned());
    }
    for name in OF_A_BLOCK {
        for (block, tensor) in tensor(name)?.outer_iter().enumerate() {
            parameters.insert(format!("blocks.{block}.{name}"), tensor.to_owned());
        }
    }
    Ok(parameters)
}

/// The gradient of a parameter.
///
/// # Panics
/// If it is missing.
pub fn gradient<'a>(gradients: &'a Tensors, name: &str) -> &'a ArrayD<f32> {
    gradients
        .get(name)
        .unwrap_or_else(|| panic!("expected a gradient `{name}`, found none"))
}

/// The gradients of a layer as one matrix: next to W its bias, as the last column; below γ its β, as the last row.
///
/// # Panics
/// If one of them is missing, or their shapes do not fit each other.
pub fn layer(gradients: &Tensors, [first, second]: [&str; 2]) -> ArrayD<f32> {
    let (upper, lower) = (gradient(gradients, first), gradient(gradients, second));
    let joined = if upper.ndim() == lower.ndim() {
        let rows = [upper, lower].map(|vector| vector.view().insert_axis(Axis(0)));
        concatenate(Axis(0), &rows)
    } else {
        let column = lower.view().insert_axis(Axis(1));
        concatenate(Axis(1), &[upper.view(), column])
    };
    joined.unwrap_or_else(|_| panic!("expected `{second}` to be as long as `{first}`"))
}

/// The norm of each gradient of each block, in the order of their names: (block, parameter).
///
/// # Panics
/// If there is no block, or blocks have different gradients.
pub fn blocks(gradients: &Tensors) -> Array2<f32> {
    let mut rows: Vec<Array1<f32>> = Vec::new();
    loop {
        let prefix = format!("blocks.{}.", rows.len());
        let named = gradients.iter();
        let of_block: Tensors = named
            .filter(|(name, _)| name.starts_with(&prefix))
            .map(|(name, gradient)| (name.clone(), gradient.clone()))
            .collect();
        if of_block.is_empty() {
            break;
        }
        rows.push(lengths(&of_block));
    }
    let rows: Vec<_> = rows.iter().map(|row| row.view()).collect();
    assert!(
        !rows.is_empty(),
        "expected gradients such as `blocks.0.w_qkv`, found none"
    );
    stack(Axis(0), &rows).expect("expected as many gradients in all blocks")
}

/// Windows as rows: the context, and after it the target.
///
/// # Panics
/// If there are not as many targets as contexts.
pub fn rows(windows: &Windows) -> Array2<f32> {
    concatenate![Axis(1), windows.contexts, windows.targets]
}

/// The three naive forecasts from each of these values on: last, seasonal and mean, each (origins, horizon).
pub fn naive_forecasts(
    series: ArrayView1<'_, f32>,
    origins: Range<usize>,
    [horizon, season]: [usize; 2],
    naive: impl Fn(ArrayView1<'_, f32>, usize, usize, usize) -> Naive,
) -> [Array2<f32>; 3] {
    let [mut last, mut seasonal, mut mean] =
        [(); 3].map(|()| Array2::<f32>::zeros((origins.len(), horizon)));
    for (row, origin) in origins.enumerate() {
        let naive = naive(series, origin, horizon, season);
        last.row_mut(row).assign(&naive.last);
        seasonal.row_mut(row).assign(&naive.seasonal);
        mean.row_mut(row).assign(&naive.mean);
    }
    [last, seasonal, mean]
}

/// The number of the three naive forecasts that a model does not beat: its RMSE over the test windows is not smaller.
///
/// `forecasts` and `targets` are (windows, horizon). The first target begins at `split`, the next one value later, and
/// so on. Everything is in the units of `series`.
pub fn unbeaten(
    [forecasts, targets]: [ArrayView2<'_, f32>; 2],
    series: ArrayView1<'_, f32>,
    [split, season]: [usize; 2],
    naive: impl Fn(ArrayView1<'_, f32>, usize, usize, usize) -> Naive,
    errors: impl Fn(ArrayView2<'_, f32>, ArrayView2<'_, f32>, Scale) -> Errors,
) -> usize {
    let units = Scale {
        mean: 0.0,
        deviation: 1.0,
    };
    let (windows, horizon) = targets.dim();
    let naive = naive_forecasts(series, split..split + windows, [horizon, season], naive);
    let model = errors(forecasts, targets, units).rmse;
    let naive = naive.map(|naive| errors(naive.view(), targets, units).rmse);
    let beaten = naive.iter().filter(|&&naive| model < naive);
    naive.len() - beaten.count()
}

/// Numbers as a curve.
pub fn curve<T>(records: &[T], number: impl Fn(&T) -> f32) -> Array1<f32> {
    records.iter().map(number).collect()
}
