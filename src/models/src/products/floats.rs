//! Products of a few rows with a large matrix, on one thread or several.
//!
//! A product of one row reads each number of the matrix once, and is as fast as the memory. A general product of matrices
//! would copy the matrix first.

use std::thread;

use ndarray::{Array2, ArrayView1, ArrayView2, ArrayViewMut1, ArrayViewMut2, Axis};

use super::kernels;
use super::matrices::{add_multiplied, multiply};

/// Number of multiplications that are worth a thread.
const WORTH_A_THREAD: usize = 1 << 17;

/// Numbers of a row, such as a head's, up to which it takes longer to begin with the row than to read it. Wider rows are
/// read one by one, because the memory gives one long row sooner than four.
const NARROW: usize = 256;

/// x W + b, for x (rows, in), W (in, out) and b (out).
pub(crate) fn product(
    x: ArrayView2<'_, f32>,
    weight: ArrayView2<'_, f32>,
    bias: ArrayView1<'_, f32>,
    threads: usize,
) -> Array2<f32> {
    let mut y = Array2::zeros((x.nrows(), weight.ncols()));
    y += &bias;
    let size = share(weight.ncols(), x.nrows() * weight.nrows(), threads);
    let parts = y.axis_chunks_iter_mut(Axis(1), size);
    let weights = weight.axis_chunks_iter(Axis(1), size);
    in_parallel(parts.zip(weights), |(part, weight)| {
        add_product(x, weight, part);
    });
    y
}

/// x Wᵀ, for x (rows, in) and W (out, in).
pub(crate) fn linear(
    x: ArrayView2<'_, f32>,
    weight: ArrayView2<'_, f32>,
    threads: usize,
) -> Array2<f32> {
    let mut y = Array2::zeros((x.nrows(), weight.nrows()));
    let size = share(weight.nrows(), x.nrows() * weight.ncols(), threads);
    let parts = y.axis_chunks_iter_mut(Axis(1), size);
    let weights = weight.axis_chunks_iter(Axis(0), size);
    in_parallel(parts.zip(weights), |(mut part, weight)| {
        if x.nrows() == 1 {
            add_vector_product(weight, x.row(0), part.row_mut(0));
        } else {
            multiply(x, weight.t(), part);
        }
    });
    y
}

/// Adds W x to y.
pub(crate) fn add_vector_product(
    weight: ArrayView2<'_, f32>,
    x: ArrayView1<'_, f32>,
    y: ArrayViewMut1<'_, f32>,
) {
    let (weight, x) = (weight.as_standard_layout(), x.as_standard_layout());
    let slices = (weight.as_slice(), x.as_slice(), y.into_slice());
    let (Some(weight), Some(x), Some(y)) = slices else {
        unreachable!("arrays in the standard layout, and a part of a row");
    };
    kernels::add_product(weight, x, y);
}

/// Adds x W to y.
fn add_product(x: ArrayView2<'_, f32>, weight: ArrayView2<'_, f32>, mut y: ArrayViewMut2<'_, f32>) {
    if x.nrows() == 1 {
        add_row_product(x.row(0), weight, y.row_mut(0));
    } else {
        add_multiplied(x, weight, y);
    }
}

/// Adds x W to y, row by row of W: y stays in the processor while W passes by.
pub(crate) fn add_row_product(
    x: ArrayView1<'_, f32>,
    weight: ArrayView2<'_, f32>,
    mut y: ArrayViewMut1<'_, f32>,
) {
    if let (Some(x), Some(weight), Some(y)) = (x.as_slice(), weight.as_slice(), y.as_slice_mut())
        && y.len() <= NARROW
    {
        kernels::add_rows(x, weight, y);
        return;
    }
    for (&x, row) in x.iter().zip(weight.rows()) {
        y.scaled_add(x, &row);
    }
}

/// Number of outputs for each thread, each of which costs `cost` multiplications. Small products stay on one thread.
pub(super) fn share(outputs: usize, cost: usize, threads: usize) -> usize {
    let worth = (outputs * cost / WORTH_A_THREAD).clamp(1, threads.max(1));
    outputs.div_ceil(worth).max(1)
}

/// Does the work of each part on a thread of its own; the first is done on this one.
pub(super) fn in_parallel<T: Send>(parts: impl Iterator<Item = T>, work: impl Fn(T) + Sync) {
    let mut parts = parts;
    let Some(first) = parts.next() else {
        return;
    };
    thread::scope(|scope| {
        for part in parts {
            scope.spawn(|| work(part));
        }
        work(first);
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::products::tests::whole;

    #[test]
    fn any_number_of_threads_and_rows_gives_the_product() {
        // Of a single row, narrow rows of the weight are added four at a time, and wide ones one by one.
        for (rows, input, output) in [
            (1, 3, 5),
            (1, 70, 64),
            (4, 3, 5),
            (1, 512, 1031),
            (3, 512, 1031),
        ] {
            let (x, weight) = (whole(rows, input), whole(input, output));
            let bias = whole(1, output);
            let expected = x.dot(&weight) + &bias;
            for threads in [0, 1, 2, 7] {
                let found = product(x.view(), weight.view(), bias.row(0), threads);
                assert_eq!(found, expected);
                let found = linear(x.view(), weight.t(), threads);
                assert_eq!(found, &expected - &bias);
            }
        }
    }

    #[test]
    fn small_products_stay_on_one_thread_and_large_ones_are_shared() {
        assert_eq!(share(64, 64, 8), 64);
        assert_eq!(share(1024, 1024, 4), 256);
        assert_eq!(share(0, 64, 8), 1);
    }
}
