//! Correct ways of solving the exercise that differ from the solution: the grader has to accept every one.

use attentive_grader::{Exercise, exercise};
use attentive_variants::softmax::in_f64;
use ndarray::{Array1, Array2, ArrayView2, Axis, concatenate, s};
use rotary_embedding::Layout;

type Rotate = fn(ArrayView2<'_, f32>, usize, Layout) -> Array2<f32>;

/// Both tasks: the rotation, and attention built on it with a softmax that differs from the solution's.
fn with(rotate: Rotate) -> Exercise {
    let layout = |halves: usize| {
        if halves == 1 {
            Layout::Halves
        } else {
            Layout::Interleaved
        }
    };
    exercise(env!("CARGO_MANIFEST_DIR"))
        .task("rotate", move |case| {
            let layout = layout(case.size("halves")?);
            Ok(case.reply(
                "output",
                rotate(case.view("x")?, case.size("offset")?, layout),
            ))
        })
        .task("attention_with_rotary", move |case| {
            let (q, k): (ArrayView2<'_, f32>, ArrayView2<'_, f32>) =
                (case.view("q")?, case.view("k")?);
            let (offset, layout) = (case.size("offset")?, layout(case.size("halves")?));
            let q = rotate(q, offset + k.nrows() - q.nrows(), layout);
            let scores = q.dot(&rotate(k, offset, layout).t()) / (q.ncols() as f32).sqrt();
            let weights = in_f64(scores.mapv(f64::from), case.optional_mask("mask")?);
            let weights = weights.mapv(|weight| weight as f32);
            Ok(case
                .reply("output", weights.dot(&case.view::<ndarray::Ix2>("v")?))
                .and("weights", weights))
        })
}

/// (length, head_dim / 2).
fn angles(x: ArrayView2<'_, f32>, offset: usize) -> Array2<f64> {
    let head_dim = x.ncols() as f64;
    let positions = Array1::from_iter((offset..offset + x.nrows()).map(|m| m as f64));
    let frequencies =
        Array1::from_iter((0..x.ncols() / 2).map(|i| 10_000_f64.powf(-2.0 * i as f64 / head_dim)));
    positions.insert_axis(Axis(1)) * frequencies
}

#[test]
fn tables_as_wide_as_the_vectors() {
    // As models that speak of `rotate_half` do it: x cos + (−second half, first half) sin, with tables as wide as x.
    with(|x, offset, layout| {
        let (head_dim, angles) = (x.ncols(), angles(x, offset));
        let pair_of = |j: usize| match layout {
            Layout::Interleaved => j / 2,
            Layout::Halves => j % (head_dim / 2),
        };
        let partner = |j: usize| match layout {
            Layout::Interleaved => (j ^ 1, j.is_multiple_of(2)),
            Layout::Halves => ((j + head_dim / 2) % head_dim, j < head_dim / 2),
        };
        let wide = |f: fn(f64) -> f64| {
            Array2::from_shape_fn(x.raw_dim(), |(m, j)| f(angles[(m, pair_of(j))]) as f32)
        };
        let turned = Array2::from_shape_fn(x.raw_dim(), |(m, j)| {
            let (other, first) = partner(j);
            if first { -x[(m, other)] } else { x[(m, other)] }
        });
        &x * wide(f64::cos) + turned * wide(f64::sin)
    })
    .accept();
}

#[test]
fn frequencies_by_the_exponential_and_pairs_as_columns() {
    with(|x, offset, layout| {
        let (length, head_dim) = x.dim();
        let step = -(10_000_f64.ln()) * 2.0 / head_dim as f64;
        let frequencies = Array1::from_iter((0..head_dim / 2).map(|i| (step * i as f64).exp()));
        let positions = Array1::range(offset as f64, (offset + length) as f64, 1.0);
        // Less a whole number of turns, an angle is small enough for `f32`.
        let angles = positions.insert_axis(Axis(1)) * frequencies;
        let angles = angles.mapv(|angle| (angle % std::f64::consts::TAU) as f32);
        let (sin, cos) = (angles.sin(), angles.cos());
        let (a, b) = match layout {
            Layout::Interleaved => (x.slice(s![.., ..;2]), x.slice(s![.., 1..;2])),
            Layout::Halves => x.split_at(Axis(1), head_dim / 2),
        };
        let (first, second) = (&a * &cos - &b * &sin, &a * &sin + &b * &cos);
        match layout {
            Layout::Interleaved => {
                let mut rotated = Array2::zeros((length, head_dim));
                rotated.slice_mut(s![.., ..;2]).assign(&first);
                rotated.slice_mut(s![.., 1..;2]).assign(&second);
                rotated
            }
            Layout::Halves => {
                concatenate(Axis(1), &[first.view(), second.view()]).expect("as many positions")
            }
        }
    })
    .accept();
}

#[test]
fn a_rotation_matrix_for_each_position_in_f64() {
    with(|x, offset, layout| {
        let head_dim = x.ncols();
        let mut rotated = Array2::zeros(x.raw_dim());
        for (m, row) in x.rows().into_iter().enumerate() {
            let mut matrix = Array2::<f64>::zeros((head_dim, head_dim));
            for i in 0..head_dim / 2 {
                let (a, b) = match layout {
                    Layout::Interleaved => (2 * i, 2 * i + 1),
                    Layout::Halves => (i, i + head_dim / 2),
                };
                let angle = (offset + m) as f64 / 10_000_f64.powf((2 * i) as f64 / head_dim as f64);
                matrix[(a, a)] = angle.cos();
                matrix[(a, b)] = -angle.sin();
                matrix[(b, a)] = angle.sin();
                matrix[(b, b)] = angle.cos();
            }
            rotated
                .row_mut(m)
                .assign(&matrix.dot(&row.mapv(f64::from)).mapv(|x| x as f32));
        }
        rotated
    })
    .accept();
}

#[test]
fn turned_from_position_to_position() {
    // Each pair's direction at one position is that at the position before, turned once more: (cos, sin) · (cos θ, sin θ).
    with(|x, offset, layout| {
        let head_dim = x.ncols();
        let mut rotated = x.to_owned();
        for i in 0..head_dim / 2 {
            let theta = (-(2.0 * i as f64) / head_dim as f64 * 10_000_f64.ln()).exp();
            let (mut cos, mut sin) = (1.0, 0.0);
            let (a, b) = match layout {
                Layout::Interleaved => (2 * i, 2 * i + 1),
                Layout::Halves => (i, i + head_dim / 2),
            };
            for position in 0..offset + x.nrows() {
                if position >= offset {
                    let row = position - offset;
                    let (first, second) = (f64::from(x[(row, a)]), f64::from(x[(row, b)]));
                    rotated[(row, a)] = (first * cos - second * sin) as f32;
                    rotated[(row, b)] = (first * sin + second * cos) as f32;
                }
                (cos, sin) = (
                    cos * theta.cos() - sin * theta.sin(),
                    cos * theta.sin() + sin * theta.cos(),
                );
            }
        }
        rotated
    })
    .accept();
}
