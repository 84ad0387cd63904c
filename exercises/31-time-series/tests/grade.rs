//! Answers each task by a function of the exercise. The cases and their expected outputs are in `golden.safetensors`.
//!
//! Each `let` has the signature that the exercise asks for. If the compiler points at one, the function in `src/lib.rs`
//! has a different one.

// A signature that is written out says more than the name of a type.
#![allow(clippy::type_complexity)]

use attentive_grader::{Case, CaseError};
use ndarray::{Array1, Array3, ArrayView1, ArrayView2, Axis, Ix1, Ix2, arr0, stack};
use time_series::measures::{self, from_stacks};
use time_series::{
    Errors, Naive, Part, Record, RunSettings, Scale, Schedule, Settings, Shape, Split, State,
    Steps, Tensors, Windows, errors, forecast, forward, gradients, naive, patches, scale, train,
    windows,
};

fn main() -> std::process::ExitCode {
    attentive_grader::exercise(env!("CARGO_MANIFEST_DIR"))
        .compiled_from(option_env!("ATTENTIVE_DIGESTS"))
        .task("scale", |case| {
            let scale: fn(ArrayView1<'_, f32>, usize) -> Scale = scale;
            let Scale { mean, deviation } = scale(case.view("series")?, case.size("split")?);
            Ok(case
                .reply("mean", arr0(mean))
                .and("deviation", arr0(deviation)))
        })
        .task("windows", |case| {
            let windows: fn(ArrayView1<'_, f32>, usize, usize, usize) -> Split = windows;
            let (context, horizon) = (case.size("context")?, case.size("horizon")?);
            let split = windows(case.view("series")?, case.size("split")?, context, horizon);
            Ok(case
                .reply("train", measures::rows(&split.train))
                .and("test", measures::rows(&split.test)))
        })
        .task("patches", |case| {
            let patches: fn(ArrayView2<'_, f32>, usize) -> Array3<f32> = patches;
            let patches = patches(case.view("contexts")?, case.size("patch")?);
            Ok(case.reply("patches", patches))
        })
        .task("forward", |case| {
            let forward: fn(ArrayView2<'_, f32>, &Tensors, Shape) -> Steps = forward;
            let parameters = from_stacks(|name| case.view(name))?;
            let steps = forward(case.view("contexts")?, &parameters, shape(case)?);
            let attention: Vec<_> = steps.attention.iter().map(|block| block.view()).collect();
            let attention = stack(Axis(0), &attention).expect("expected the weights of each block");
            Ok(case
                .reply("level", steps.level)
                .and("patches", steps.patches)
                .and("embedded", steps.states[0].clone())
                .and("attention", attention)
                .and("forecast", steps.forecast))
        })
        .task("gradients", |case| {
            let gradients: fn(&Windows, &Tensors, Shape) -> Part = gradients;
            let parameters = from_stacks(|name| case.view(name))?;
            let windows = Windows {
                contexts: case.view("contexts")?.to_owned(),
                targets: case.view("targets")?.to_owned(),
            };
            let part = gradients(&windows, &parameters, shape(case)?);
            let gradients = &part.gradients;
            let positions = measures::gradient(gradients, "positions").clone();
            Ok(case
                .reply("loss", arr0(part.loss))
                .and_ids("counted", arr0(part.counted))
                .and("dhead", measures::layer(gradients, ["w_head", "b_head"]))
                .and("dnorm_f", measures::layer(gradients, ["gamma_f", "beta_f"]))
                .and("dblocks", measures::blocks(gradients))
                .and("dpositions", positions)
                .and("dpatch", measures::layer(gradients, ["w_patch", "b_patch"])))
        })
        .task("naive", |case| {
            let naive: fn(ArrayView1<'_, f32>, usize, usize, usize) -> Naive = naive;
            let (horizon, season) = (case.size("horizon")?, case.size("season")?);
            let naive = naive(case.view("series")?, case.size("origin")?, horizon, season);
            Ok(case
                .reply("last", naive.last)
                .and("seasonal", naive.seasonal)
                .and("mean", naive.mean))
        })
        .task("errors", |case| {
            let errors: fn(ArrayView2<'_, f32>, ArrayView2<'_, f32>, Scale) -> Errors = errors;
            let (forecasts, targets) = (case.view("forecasts")?, case.view("targets")?);
            let errors = errors(forecasts, targets, given_scale(case)?);
            Ok(case
                .reply("mae", arr0(errors.mae))
                .and("rmse", arr0(errors.rmse))
                .and("by_step", errors.by_step))
        })
        .task("forecast", |case| {
            let forecast: fn(
                ArrayView1<'_, f32>,
                usize,
                usize,
                Scale,
                &Tensors,
                Shape,
            ) -> Array1<f32> = forecast;
            let parameters = from_stacks(|name| case.view(name))?;
            let forecast = forecast(
                case.view("series")?,
                case.size("origin")?,
                case.size("steps")?,
                given_scale(case)?,
                &parameters,
                shape(case)?,
            );
            Ok(case.reply("forecast", forecast))
        })
        .task("train", |case| {
            let train: fn(
                &State,
                &Windows,
                ArrayView2<'_, usize>,
                usize,
                Shape,
                &RunSettings,
            ) -> (State, Vec<Record>) = train;
            let (split, horizon) = (case.size("split")?, case.size("horizon")?);
            let (shape, settings, order) =
                (shape(case)?, settings(case)?, case.ids::<Ix2>("order")?);
            let series = case.view::<Ix1>("series")?;
            let series = scale(series, split).normalize(series);
            let Split { train: known, test } =
                windows(series.view(), split, shape.context, horizon);
            let mut state = State::new(from_stacks(|name| case.view(name))?);
            let mut records = Vec::new();
            // In the last call there is nothing left to do.
            let until = case.size("until")?;
            for until in [case.size("pause")?, until, until] {
                let (next, taken) = train(&state, &known, order.view(), until, shape, &settings);
                state = next;
                records.extend(taken);
            }
            let forecasts = forward(test.contexts.view(), &state.parameters, shape).forecast;
            let unbeaten = measures::unbeaten(
                [forecasts.view(), test.targets.view()],
                series.view(),
                [split, case.size("season")?],
                naive,
                errors,
            );
            Ok(case
                .reply("losses", measures::curve(&records, |record| record.loss))
                .and("parameters", measures::lengths(&state.parameters))
                .and_count("unbeaten", unbeaten))
        })
        .main()
}

/// The sizes of a case's forecaster.
fn shape(case: &Case) -> Result<Shape, CaseError> {
    Ok(Shape {
        context: case.size("context")?,
        patch: case.size("patch")?,
        heads: case.size("heads")?,
    })
}

/// The scale that a case says.
fn given_scale(case: &Case) -> Result<Scale, CaseError> {
    Ok(Scale {
        mean: case.number("mean")?,
        deviation: case.number("deviation")?,
    })
}

/// The settings of a run. Those that are about tokens are not used.
fn settings(case: &Case) -> Result<RunSettings, CaseError> {
    // Peak, floor, and the numbers of steps; and β₁, β₂, ε and λ.
    let (schedule, adamw): (ArrayView1<'_, f32>, ArrayView1<'_, f32>) =
        (case.view("schedule")?, case.view("adamw")?);
    Ok(RunSettings {
        heads: 1,
        ignored: 0,
        micro_batch: 1,
        max_norm: case.number("max_norm")?,
        schedule: Schedule {
            peak: schedule[0],
            floor: schedule[1],
            warm_up: schedule[2] as usize,
            steps: schedule[3] as usize,
        },
        adamw: Settings {
            beta_1: adamw[0],
            beta_2: adamw[1],
            epsilon: adamw[2],
            weight_decay: adamw[3],
        },
    })
}
