//! The exercise with one correct way of writing each function.

use attentive_grader::{Case, CaseError, Exercise, Reply, exercise};
use ndarray::{
    Array1, Array2, Array3, ArrayD, ArrayView2, ArrayView3, Axis, Ix2, Ix3, IxDyn, arr0, arr1,
    concatenate, stack,
};
use text_classification::{
    Dropout, Encoded, Evaluation, Labelled, Mode, Outcome, PARAMETERS, Plan, Reviews, Steps,
    with_entries,
};
use training::{Part, Schedule, Settings, Tensors, measures};

/// The parameters before the first step, for a vocabulary of so many entries.
pub(crate) type Start<'a> = &'a dyn Fn(usize) -> Tensors;

/// One correct way of writing each function.
pub(crate) struct Ways {
    pub(crate) vocabulary: fn(&[String], usize) -> Vec<String>,
    pub(crate) encode: fn(&[String], &[String], usize) -> Encoded,
    pub(crate) mean_pool: fn(ArrayView3<'_, f32>, ArrayView2<'_, bool>) -> Array2<f32>,
    pub(crate) mean_pool_backward: fn(ArrayView2<'_, bool>, ArrayView2<'_, f32>) -> Array3<f32>,
    pub(crate) drop_out: fn(ArrayView2<'_, f32>, &Dropout<'_>) -> Array2<f32>,
    pub(crate) classify: fn(&Encoded, &Tensors, usize, &Dropout<'_>) -> Steps,
    pub(crate) gradients: fn(&Encoded, &[usize], &Tensors, usize, &Dropout<'_>) -> Part,
    pub(crate) evaluate: fn(ArrayView2<'_, f32>, &[usize], usize) -> Evaluation,
    pub(crate) experiment: fn(&Labelled, &Labelled, &Plan, Start<'_>) -> Outcome,
}

impl Ways {
    pub(crate) fn graded(&'static self) -> Exercise {
        exercise(env!("CARGO_MANIFEST_DIR"))
            .task("vocabulary", |case| {
                let entries = (self.vocabulary)(&case.texts("texts")?, case.size("at_least")?);
                Ok(Reply::default().and_texts("vocabulary", &entries))
            })
            .task("encode", |case| {
                let (texts, vocabulary) = (case.texts("texts")?, case.texts("vocabulary")?);
                let encoded = (self.encode)(&texts, &vocabulary, case.size("longest")?);
                Ok(Reply::default()
                    .and_ids("tokens", encoded.tokens)
                    .and_ids("mask", encoded.mask.mapv(usize::from)))
            })
            .task("mean_pool", |case| {
                let pooled = (self.mean_pool)(case.view("states")?, case.mask("mask")?);
                Ok(case.reply("pooled", pooled))
            })
            .task("mean_pool_backward", |case| {
                let dstates = (self.mean_pool_backward)(case.mask("mask")?, case.view("dpooled")?);
                Ok(case.reply("dstates", dstates))
            })
            .task("drop_out", |case| {
                let y = (self.drop_out)(case.view("x")?, &dropout(case)?);
                Ok(case.reply("y", y))
            })
            .task("classify", |case| {
                let (parameters, heads) = (parameters(case)?, case.size("heads")?);
                let steps = (self.classify)(&encoded(case)?, &parameters, heads, &dropout(case)?);
                Ok(case
                    .reply("embedded", steps.embedded)
                    .and("attended", steps.attended)
                    .and("states", steps.states)
                    .and("pooled", steps.pooled)
                    .and("logits", steps.logits))
            })
            .task("gradients", |case| self.gradients_of(case))
            .task("evaluate", |case| {
                let (logits, labels) = (case.view("logits")?, case.sizes("labels")?);
                let evaluation = (self.evaluate)(logits, &labels, case.size("positive")?);
                let Evaluation {
                    accuracy,
                    precision,
                    recall,
                    f1,
                    ..
                } = evaluation;
                let shares = arr1(&[accuracy, precision, recall, f1]);
                Ok(Reply::default()
                    .and_ids("confusion", evaluation.confusion)
                    .and("shares", shares))
            })
            .task("experiment", |case| self.experiment_of(case))
    }

    fn gradients_of(&self, case: &Case) -> Result<Reply, CaseError> {
        let (batch, labels) = (encoded(case)?, case.sizes("labels")?);
        let (parameters, heads) = (parameters(case)?, case.size("heads")?);
        let part = (self.gradients)(&batch, &labels, &parameters, heads, &dropout(case)?);
        let gradient = |name: &str| part.gradients[name].clone();
        let layer = |name: &str| -> ArrayD<f32> {
            let column = gradient(&format!("b_{name}")).insert_axis(Axis(1));
            let weight = gradient(&format!("w_{name}"));
            concatenate(Axis(1), &[weight.view(), column.view()]).expect("as many rows")
        };
        let attention = ["q", "k", "v", "o"].map(layer);
        let attention = attention.each_ref().map(|layer| layer.view());
        Ok(case
            .reply("loss", arr0(part.loss))
            .and_ids("counted", arr0(part.counted))
            .and("dhead", layer("head"))
            .and("dnorm", measures::layer(&part.gradients, ["gamma", "beta"]))
            .and(
                "dattention",
                stack(Axis(0), &attention).expect("layers of one shape"),
            )
            .and("dposition", gradient("position_embedding"))
            .and("dtoken", gradient("token_embedding")))
    }

    fn experiment_of(&self, case: &Case) -> Result<Reply, CaseError> {
        let Reviews { training, held_out } = reviews(case)?;
        let parameters = parameters(case)?;
        let start = |entries: usize| with_entries(&parameters, entries);
        let outcome = (self.experiment)(&training, &held_out, &plan(case)?, &start);
        let confusion = outcome.evaluation.confusion;
        let right = confusion.diag().sum();
        Ok(Reply::default()
            .and_ids("entries", arr0(outcome.vocabulary.len()))
            .and("losses", Array1::from(outcome.losses))
            .and("logits", outcome.logits)
            .and_count("errors", held_out.texts.len() - right))
    }
}

fn encoded(case: &Case) -> Result<Encoded, CaseError> {
    Ok(Encoded {
        tokens: case.ids::<Ix2>("tokens")?,
        mask: case.mask::<Ix2>("mask")?.to_owned(),
    })
}

fn dropout(case: &Case) -> Result<Dropout<'_>, CaseError> {
    let mode = match case.size("training")? {
        0 => Mode::Evaluation,
        _ => Mode::Training,
    };
    Ok(Dropout {
        rate: case.number("rate")?,
        keep: case.mask("keep")?,
        mode,
    })
}

fn parameters(case: &Case) -> Result<Tensors, CaseError> {
    let mut parameters = Tensors::new();
    for name in PARAMETERS {
        parameters.insert(name.to_owned(), case.view::<IxDyn>(name)?.to_owned());
    }
    Ok(parameters)
}

fn reviews(case: &Case) -> Result<Reviews, CaseError> {
    if case.size("own_texts")? == 0 {
        return Ok(Reviews::of_course());
    }
    Ok(Reviews {
        training: labelled(case, "training")?,
        held_out: labelled(case, "held_out")?,
    })
}

fn labelled(case: &Case, part: &str) -> Result<Labelled, CaseError> {
    Ok(Labelled {
        texts: case.texts(part)?,
        labels: case.sizes(&format!("{part}_labels"))?,
    })
}

fn plan(case: &Case) -> Result<Plan, CaseError> {
    let schedule = Schedule {
        peak: case.number("peak")?,
        floor: case.number("floor")?,
        warm_up: case.size("warm_up")?,
        steps: case.size("steps")?,
    };
    let adamw = Settings {
        beta_1: case.number("beta_1")?,
        beta_2: case.number("beta_2")?,
        epsilon: case.number("epsilon")?,
        weight_decay: case.number("weight_decay")?,
    };
    Ok(Plan {
        at_least: case.size("at_least")?,
        longest: case.size("longest")?,
        heads: case.size("heads")?,
        positive: case.size("positive")?,
        dropout: case.number("rate")?,
        batches: case.ids::<Ix2>("batches")?,
        keep: case.mask::<Ix3>("keep")?.to_owned(),
        max_norm: case.number("max_norm")?,
        schedule,
        adamw,
    })
}
