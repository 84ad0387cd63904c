//! Correct ways of solving the exercise that differ from the solution: the grader has to accept every one.

use std::f32::consts::FRAC_PI_2;

use attentive_grader::{Exercise, exercise};
use ndarray::{Array1, Array2, Array3, ArrayView3, Axis, Zip, concatenate, s};

type Sinusoidal = fn(usize, usize, usize) -> Array2<f32>;
type AddPositions = fn(ArrayView3<'_, f32>, usize) -> Array3<f32>;

fn with(sinusoidal: Sinusoidal, add_positions: AddPositions) -> Exercise {
    exercise(env!("CARGO_MANIFEST_DIR"))
        .task("sinusoidal", move |case| {
            let (length, d_model, offset) = (
                case.size("length")?,
                case.size("d_model")?,
                case.size("offset")?,
            );
            Ok(case.reply("encoding", sinusoidal(length, d_model, offset)))
        })
        .task("add_positions", move |case| {
            Ok(case.reply(
                "output",
                add_positions(case.view("x")?, case.size("offset")?),
            ))
        })
}

#[test]
fn everything_in_f64() {
    fn entry(position: usize, column: usize, d_model: usize) -> f64 {
        let angle = position as f64 * 10_000_f64.powf(-2.0 * (column / 2) as f64 / d_model as f64);
        if column.is_multiple_of(2) {
            angle.sin()
        } else {
            angle.cos()
        }
    }
    with(
        |length, d_model, offset| {
            Array2::from_shape_fn((length, d_model), |(row, column)| {
                entry(offset + row, column, d_model) as f32
            })
        },
        |x, offset| {
            Array3::from_shape_fn(x.dim(), |(sequence, row, column)| {
                let encoding = entry(offset + row, column, x.dim().2);
                (f64::from(x[(sequence, row, column)]) + encoding) as f32
            })
        },
    )
    .accept();
}

#[test]
fn frequencies_by_exp_and_columns_filled_in_two_strides() {
    fn sinusoidal(length: usize, d_model: usize, offset: usize) -> Array2<f32> {
        let positions: Array1<f32> = (offset..offset + length)
            .map(|position| position as f32)
            .collect();
        let step = -10_000_f32.ln() / d_model as f32;
        let frequencies: Array1<f32> = (0..d_model)
            .step_by(2)
            .map(|two_i| (two_i as f32 * step).exp())
            .collect();
        let angles = &positions.insert_axis(Axis(1)) * &frequencies;
        let mut encoding = Array2::zeros((length, d_model));
        encoding.slice_mut(s![.., 0..;2]).assign(&angles.sin());
        encoding
            .slice_mut(s![.., 1..;2])
            .assign(&angles.slice(s![.., ..d_model / 2]).cos());
        encoding
    }
    with(sinusoidal, |x, offset| {
        let mut output = x.to_owned();
        let encoding = sinusoidal(x.dim().1, x.dim().2, offset);
        output
            .outer_iter_mut()
            .for_each(|mut sequence| sequence += &encoding);
        output
    })
    .accept();
}

#[test]
fn each_row_turned_on_from_the_one_before() {
    // sin(a + b) and cos(a + b) from those of a and b: only the first row knows its position.
    fn sinusoidal(length: usize, d_model: usize, offset: usize) -> Array2<f32> {
        let mut encoding = Array2::zeros((length, d_model));
        for column in (0..d_model).step_by(2) {
            let frequency = 10_000_f32.powf(column as f32 / d_model as f32).recip();
            let (sin_step, cos_step) = frequency.sin_cos();
            let (mut sin, mut cos) = (offset as f32 * frequency).sin_cos();
            for row in 0..length {
                encoding[(row, column)] = sin;
                if column + 1 < d_model {
                    encoding[(row, column + 1)] = cos;
                }
                (sin, cos) = (
                    sin * cos_step + cos * sin_step,
                    cos * cos_step - sin * sin_step,
                );
            }
        }
        encoding
    }
    with(sinusoidal, |x, offset| {
        let encoding = sinusoidal(x.dim().1, x.dim().2, offset);
        Zip::from(&x)
            .and_broadcast(&encoding)
            .map_collect(|x, encoding| x + encoding)
    })
    .accept();
}

#[test]
fn the_last_rows_of_a_table_from_0_with_cosines_as_shifted_sines() {
    fn table(length: usize, d_model: usize) -> Array2<f32> {
        let root = 10_000_f32.powf(1.0 / d_model as f32);
        Array2::from_shape_fn((length, d_model), |(position, column)| {
            let angle = position as f32 / root.powi((column & !1) as i32);
            (angle + FRAC_PI_2 * (column & 1) as f32).sin()
        })
    }
    with(
        |length, d_model, offset| {
            table(offset + length, d_model)
                .slice(s![offset.., ..])
                .to_owned()
        },
        |x, offset| {
            let encoding = table(offset + x.dim().1, x.dim().2);
            encoding
                .slice(s![offset.., ..])
                .broadcast(x.dim())
                .map(|encoding| &encoding + &x)
                .expect("it fits")
        },
    )
    .accept();
}

#[test]
fn sines_and_cosines_in_halves_and_then_interleaved() {
    fn sinusoidal(length: usize, d_model: usize, offset: usize) -> Array2<f32> {
        let angle = |(row, i): (usize, usize)| {
            (offset + row) as f32 / 10_000_f32.powf(2.0 * i as f32 / d_model as f32)
        };
        let sines = Array2::from_shape_fn((length, d_model.div_ceil(2)), |at| angle(at).sin());
        let cosines = Array2::from_shape_fn((length, d_model / 2), |at| angle(at).cos());
        let halves = concatenate![Axis(1), sines, cosines];
        let order: Vec<usize> = (0..d_model)
            .map(|column| column / 2 + (column % 2) * sines.ncols())
            .collect();
        halves.select(Axis(1), &order)
    }
    with(sinusoidal, |x, offset| {
        sinusoidal(x.dim().1, x.dim().2, offset) + x
    })
    .accept();
}
