//! The exercise with one correct way of writing each function.

use attentive_grader::{Case, CaseError, Exercise, Reply, exercise};
use ndarray::{Array1, Array3, ArrayView1, ArrayView2, Axis, Ix1, Ix2, arr0, stack};
use time_series::measures::{self, from_stacks};
use time_series::{
    Errors, Naive, Part, Record, RunSettings, Scale, Schedule, Settings, Shape, Split, State,
    Steps, Tensors, Windows,
};

type Forecast = fn(ArrayView1<'_, f32>, usize, usize, Scale, &Tensors, Shape) -> Array1<f32>;
type Train =
    fn(&State, &Windows, ArrayView2<'_, usize>, usize, Shape, &RunSettings) -> (State, Vec<Record>);

/// One correct way of writing each function.
pub(crate) struct Ways {
    pub(crate) scale: fn(ArrayView1<'_, f32>, usize) -> Scale,
    pub(crate) windows: fn(ArrayView1<'_, f32>, usize, usize, usize) -> Split,
    pub(crate) patches: fn(ArrayView2<'_, f32>, usize) -> Array3<f32>,
    pub(crate) forward: fn(ArrayView2<'_, f32>, &Tensors, Shape) -> Steps,
    pub(crate) gradients: fn(&Windows, &Tensors, Shape) -> Part,
    pub(crate) naive: fn(ArrayView1<'_, f32>, usize, usize, usize) -> Naive,
    pub(crate) errors: fn(ArrayView2<'_, f32>, ArrayView2<'_, f32>, Scale) -> Errors,
    pub(crate) forecast: Forecast,
    pub(crate) train: Train,
}

impl Ways {
    pub(crate) fn graded(&'static self) -> Exercise {
        exercise(env!("CARGO_MANIFEST_DIR"))
            .task("scale", |case| {
                let scale = (self.scale)(case.view("series")?, case.size("split")?);
                Ok(case
                    .reply("mean", arr0(scale.mean))
                    .and("deviation", arr0(scale.deviation)))
            })
            .task("windows", |case| {
                let [split, context, horizon] = [
                    case.size("split")?,
                    case.size("context")?,
                    case.size("horizon")?,
                ];
                let Split { train, test } =
                    (self.windows)(case.view("series")?, split, context, horizon);
                Ok(case
                    .reply("train", measures::rows(&train))
                    .and("test", measures::rows(&test)))
            })
            .task("patches", |case| {
                let patches = (self.patches)(case.view("contexts")?, case.size("patch")?);
                Ok(case.reply("patches", patches))
            })
            .task("forward", |case| {
                let parameters = from_stacks(|name| case.view(name))?;
                let steps = (self.forward)(case.view("contexts")?, &parameters, shape(case)?);
                let attention: Vec<_> = steps.attention.iter().map(|block| block.view()).collect();
                let attention = stack(Axis(0), &attention).expect("as many heads in all blocks");
                Ok(case
                    .reply("level", steps.level)
                    .and("patches", steps.patches)
                    .and("embedded", steps.states[0].clone())
                    .and("attention", attention)
                    .and("forecast", steps.forecast))
            })
            .task("gradients", |case| self.gradients(case))
            .task("naive", |case| {
                let (origin, horizon) = (case.size("origin")?, case.size("horizon")?);
                let season = case.size("season")?;
                let naive = (self.naive)(case.view("series")?, origin, horizon, season);
                Ok(case
                    .reply("last", naive.last)
                    .and("seasonal", naive.seasonal)
                    .and("mean", naive.mean))
            })
            .task("errors", |case| {
                let (forecasts, targets) = (case.view("forecasts")?, case.view("targets")?);
                let errors = (self.errors)(forecasts, targets, scale(case)?);
                Ok(case
                    .reply("mae", arr0(errors.mae))
                    .and("rmse", arr0(errors.rmse))
                    .and("by_step", errors.by_step))
            })
            .task("forecast", |case| {
                let parameters = from_stacks(|name| case.view(name))?;
                let (origin, steps) = (case.size("origin")?, case.size("steps")?);
                let (scale, shape) = (scale(case)?, shape(case)?);
                let series = case.view("series")?;
                let forecast = (self.forecast)(series, origin, steps, scale, &parameters, shape);
                Ok(case.reply("forecast", forecast))
            })
            .task("train", |case| self.trained(case))
    }

    fn gradients(&self, case: &Case) -> Result<Reply, CaseError> {
        let windows = Windows {
            contexts: case.view("contexts")?.to_owned(),
            targets: case.view("targets")?.to_owned(),
        };
        let parameters = from_stacks(|name| case.view(name))?;
        let part = (self.gradients)(&windows, &parameters, shape(case)?);
        let layer = |names| measures::layer(&part.gradients, names);
        let positions = measures::gradient(&part.gradients, "positions");
        Ok(case
            .reply("loss", arr0(part.loss))
            .and_ids("counted", arr0(part.counted))
            .and("dhead", layer(["w_head", "b_head"]))
            .and("dnorm_f", layer(["gamma_f", "beta_f"]))
            .and("dblocks", measures::blocks(&part.gradients))
            .and("dpositions", positions.clone())
            .and("dpatch", layer(["w_patch", "b_patch"])))
    }

    fn trained(&self, case: &Case) -> Result<Reply, CaseError> {
        let (split, season) = (case.size("split")?, case.size("season")?);
        let (shape, settings) = (shape(case)?, settings(case)?);
        let order = case.ids::<Ix2>("order")?;
        let series = case.view::<Ix1>("series")?;
        let series = (self.scale)(series, split).normalize(series);
        let Split { train, test } =
            (self.windows)(series.view(), split, shape.context, case.size("horizon")?);
        let mut state = State::new(from_stacks(|name| case.view(name))?);
        let mut records = Vec::new();
        let until = case.size("until")?;
        for until in [case.size("pause")?, until, until] {
            let (next, taken) = (self.train)(&state, &train, order.view(), until, shape, &settings);
            state = next;
            records.extend(taken);
        }
        let forecasts = (self.forward)(test.contexts.view(), &state.parameters, shape).forecast;
        let unbeaten = measures::unbeaten(
            [forecasts.view(), test.targets.view()],
            series.view(),
            [split, season],
            self.naive,
            self.errors,
        );
        Ok(case
            .reply("losses", measures::curve(&records, |record| record.loss))
            .and("parameters", measures::lengths(&state.parameters))
            .and_count("unbeaten", unbeaten))
    }
}

fn shape(case: &Case) -> Result<Shape, CaseError> {
    Ok(Shape {
        context: case.size("context")?,
        patch: case.size("patch")?,
        heads: case.size("heads")?,
    })
}

fn scale(case: &Case) -> Result<Scale, CaseError> {
    Ok(Scale {
        mean: case.number("mean")?,
        deviation: case.number("deviation")?,
    })
}

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
