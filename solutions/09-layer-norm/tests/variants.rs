//! Correct ways of solving the exercise that differ from the solution: the grader has to accept every one.

use attentive_grader::{Exercise, exercise};
use ndarray::{Array1, Array2, ArrayView1, ArrayView2, Axis, Zip};

type LayerNorm =
    fn(ArrayView2<'_, f32>, ArrayView1<'_, f32>, ArrayView1<'_, f32>, f32) -> Array2<f32>;
type RmsNorm = fn(ArrayView2<'_, f32>, ArrayView1<'_, f32>, f32) -> Array2<f32>;

/// All four tasks: the two norms, and the residual orders built on the first of them.
fn with(layer_norm: LayerNorm, rms_norm: RmsNorm) -> Exercise {
    exercise(env!("CARGO_MANIFEST_DIR"))
        .task("layer_norm", move |case| {
            let (gamma, beta, epsilon) = (
                case.view("gamma")?,
                case.view("beta")?,
                case.number("epsilon")?,
            );
            Ok(case.reply("output", layer_norm(case.view("x")?, gamma, beta, epsilon)))
        })
        .task("rms_norm", move |case| {
            let (gamma, epsilon) = (case.view("gamma")?, case.number("epsilon")?);
            Ok(case.reply("output", rms_norm(case.view("x")?, gamma, epsilon)))
        })
        .task("add_and_norm", move |case| {
            let (gamma, beta, epsilon) = (
                case.view("gamma")?,
                case.view("beta")?,
                case.number("epsilon")?,
            );
            let mut sum = case.view("sublayer")?.to_owned();
            sum += &case.view::<ndarray::Ix2>("x")?;
            Ok(case.reply("output", layer_norm(sum.view(), gamma, beta, epsilon)))
        })
        .task("pre_norm", move |case| {
            let (gamma, beta, epsilon) = (
                case.view("gamma")?,
                case.view("beta")?,
                case.number("epsilon")?,
            );
            let x: ArrayView2<'_, f32> = case.view("x")?;
            let normalised = layer_norm(x, gamma, beta, epsilon);
            let mut output = case.view::<ndarray::Ix2>("mixing")?.dot(&normalised);
            output += &x;
            Ok(case.reply("output", output))
        })
}

#[test]
fn everything_in_f64() {
    with(
        |x, gamma, beta, epsilon| {
            let x = x.mapv(f64::from);
            let mean = x.mean_axis(Axis(1)).expect("features").insert_axis(Axis(1));
            let deviation =
                (x.var_axis(Axis(1), 0.0).insert_axis(Axis(1)) + f64::from(epsilon)).sqrt();
            let output = (x - mean) / deviation * gamma.mapv(f64::from) + beta.mapv(f64::from);
            output.mapv(|x| x as f32)
        },
        |x, gamma, epsilon| {
            let x = x.mapv(f64::from);
            let mean = x
                .pow2()
                .mean_axis(Axis(1))
                .expect("features")
                .insert_axis(Axis(1));
            (x / (mean + f64::from(epsilon)).sqrt() * gamma.mapv(f64::from)).mapv(|x| x as f32)
        },
    )
    .accept();
}

#[test]
fn whole_arrays_with_an_axis_of_length_one() {
    with(
        |x, gamma, beta, epsilon| {
            let mean = x.mean_axis(Axis(1)).expect("features").insert_axis(Axis(1));
            let deviation = (x.var_axis(Axis(1), 0.0) + epsilon)
                .sqrt()
                .insert_axis(Axis(1));
            (&x - &mean) / &deviation * gamma + beta
        },
        |x, gamma, epsilon| {
            let mean = x
                .powi(2)
                .mean_axis(Axis(1))
                .expect("features")
                .insert_axis(Axis(1));
            &x * &gamma / (mean + epsilon).sqrt()
        },
    )
    .accept();
}

#[test]
fn loops_from_the_last_feature_to_the_first() {
    fn backwards(row: ArrayView1<'_, f32>, term: impl Fn(f32) -> f32) -> f32 {
        row.iter().rev().fold(0.0, |sum, &x| sum + term(x)) / row.len() as f32
    }
    with(
        |x, gamma, beta, epsilon| {
            let mut output = Array2::zeros(x.raw_dim());
            for (mut output, row) in output.rows_mut().into_iter().zip(x.rows()) {
                let mean = backwards(row, |x| x);
                let scale = 1.0 / (backwards(row, |x| (x - mean) * (x - mean)) + epsilon).sqrt();
                Zip::from(&mut output)
                    .and(row)
                    .and(gamma)
                    .and(beta)
                    .for_each(|output, &x, &gamma, &beta| {
                        *output = (x - mean).mul_add(scale * gamma, beta)
                    });
            }
            output
        },
        |x, gamma, epsilon| {
            let scales = x
                .rows()
                .into_iter()
                .map(|row| (backwards(row, |x| x * x) + epsilon).powf(-0.5));
            &x * &Array1::from_iter(scales).insert_axis(Axis(1)) * gamma
        },
    )
    .accept();
}

#[test]
fn one_pass_over_the_features() {
    // Welford's algorithm: mean and variance are kept up to date with each feature.
    with(
        |x, gamma, beta, epsilon| {
            let mut output = x.to_owned();
            for mut row in output.rows_mut() {
                let (mut mean, mut squares) = (0.0, 0.0);
                for (i, &x) in row.iter().enumerate() {
                    let from_old = x - mean;
                    mean += from_old / (i + 1) as f32;
                    squares += from_old * (x - mean);
                }
                let deviation = (squares / row.len() as f32 + epsilon).sqrt();
                row.mapv_inplace(|x| (x - mean) / deviation);
            }
            output * gamma + beta
        },
        |x, gamma, epsilon| {
            // √(Σ x² / n + ε) = √(Σ x² + n ε) / √n
            let n = x.ncols() as f32;
            let norms = x.map_axis(Axis(1), |row| (row.dot(&row) + n * epsilon).sqrt());
            &x / &norms.insert_axis(Axis(1)) * (&gamma * n.sqrt())
        },
    )
    .accept();
}

#[test]
fn features_in_columns() {
    // The transposed computation: the broadcasts then run along the rows as they are.
    with(
        |x, gamma, beta, epsilon| {
            let x = x.t();
            let n = x.nrows() as f32;
            let distance = &x - &(x.sum_axis(Axis(0)) / n);
            let deviation = ((&distance * &distance).sum_axis(Axis(0)) / n + epsilon).sqrt();
            let columns =
                distance / deviation * gamma.insert_axis(Axis(1)) + beta.insert_axis(Axis(1));
            columns.reversed_axes()
        },
        |x, gamma, epsilon| {
            let squares = (&x * &x).dot(&Array1::from_elem(x.ncols(), 1.0 / x.ncols() as f32));
            (&x.t() / (squares + epsilon).sqrt()).reversed_axes() * gamma
        },
    )
    .accept();
}
