//! Answers each task by a function of the exercise. The cases and their expected outputs are in `golden.safetensors`.
//!
//! Each `let` has the signature that the exercise asks for. If the compiler points at one, the function in `src/lib.rs`
//! has a different one.

// A signature that is written out says more than the name of a type.
#![allow(clippy::type_complexity)]

use adamw::{Moments, Schedule, Settings, adamw_step, clip, learning_rate};
use ndarray::{Array1, Array2, ArrayD, ArrayViewD, Axis, IxDyn, arr0, stack};

fn main() -> std::process::ExitCode {
    attentive_grader::exercise(env!("CARGO_MANIFEST_DIR"))
        .compiled_from(option_env!("ATTENTIVE_DIGESTS"))
        .task("adamw_step", |case| {
            let adamw_step: fn(
                ArrayViewD<'_, f32>,
                ArrayViewD<'_, f32>,
                &Moments,
                usize,
                f32,
                &Settings,
            ) -> (ArrayD<f32>, Moments) = adamw_step;
            let settings = Settings {
                beta_1: case.number("beta_1")?,
                beta_2: case.number("beta_2")?,
                epsilon: case.number("epsilon")?,
                weight_decay: case.number("weight_decay")?,
            };
            let rate = case.number("learning_rate")?;
            let mut parameter = case.view::<IxDyn>("parameter")?.to_owned();
            let mut moments = Moments {
                m: case.view::<IxDyn>("m")?.to_owned(),
                v: case.view::<IxDyn>("v")?.to_owned(),
            };
            let mut history = vec![(parameter.clone(), moments.clone())];
            let gradients = case.view::<IxDyn>("gradients")?;
            for (step, gradient) in (case.size("step")?..).zip(gradients.outer_iter()) {
                (parameter, moments) =
                    adamw_step(parameter.view(), gradient, &moments, step, rate, &settings);
                history.push((parameter.clone(), moments.clone()));
            }
            let of_both = [
                in_rows(&history, |(_, moments)| &moments.m),
                in_rows(&history, |(_, moments)| &moments.v),
            ];
            let of_both = stack(Axis(0), &of_both.each_ref().map(|rows| rows.view()))
                .expect("expected moments in the shape of the parameter");
            Ok(case
                .reply("moments", of_both)
                .and("parameter", in_rows(&history, |(parameter, _)| parameter)))
        })
        .task("clip", |case| {
            let clip: fn(&[ArrayViewD<'_, f32>], f32) -> (Vec<ArrayD<f32>>, f32) = clip;
            let gradients = [
                case.view("weight")?,
                case.view("bias")?,
                case.view("heads")?,
            ];
            let (clipped, norm) = clip(&gradients, case.number("max_norm")?);
            let [weight, bias, heads]: [ArrayD<f32>; 3] = clipped
                .try_into()
                .expect("expected as many gradients as were given");
            Ok(case
                .reply("norm", arr0(norm))
                .and("weight", weight)
                .and("bias", bias)
                .and("heads", heads))
        })
        .task("learning_rate", |case| {
            let learning_rate: fn(usize, &Schedule) -> f32 = learning_rate;
            let schedule = Schedule {
                peak: case.number("peak")?,
                floor: case.number("floor")?,
                warm_up: case.size("warm_up")?,
                steps: case.size("steps")?,
            };
            let taken = case.sizes("taken")?;
            let rates = taken.iter().map(|&step| learning_rate(step, &schedule));
            Ok(case.reply("rates", rates.collect::<Array1<f32>>()))
        })
        .main()
}

/// One tensor of each state of a run, in a row of its own: (step, entry).
fn in_rows<S>(history: &[S], part: impl Fn(&S) -> &ArrayD<f32>) -> Array2<f32> {
    let entries = part(&history[0]).len();
    let rows = history.iter().flat_map(|state| part(state).iter().copied());
    Array2::from_shape_vec((history.len(), entries), rows.collect())
        .expect("expected a parameter and moments in the shape of the parameter")
}
