//! Answers each task by a function of the exercise. The cases and their expected outputs are in `golden.safetensors`.
//!
//! Each `let` has the signature that the exercise asks for. If the compiler points at one, the function in `src/lib.rs`
//! has a different one.

// A signature that is written out says more than the name of a type.
#![allow(clippy::type_complexity)]

use attentive_grader::{Case, CaseError, Reply};
use ndarray::{
    Array2, Array3, ArrayD, ArrayView2, ArrayView3, Axis, Ix2, Ix3, IxDyn, arr0, arr1, concatenate,
    stack,
};
use text_classification::{
    Dropout, Encoded, Evaluation, Labelled, Mode, Outcome, PARAMETERS, Plan, Reviews, Steps,
    classify, drop_out, encode, evaluate, experiment, gradients, mean_pool, mean_pool_backward,
    vocabulary, with_entries,
};
use training::{Part, Schedule, Settings, Tensors, measures};

fn main() -> std::process::ExitCode {
    attentive_grader::exercise(env!("CARGO_MANIFEST_DIR"))
        .compiled_from(option_env!("ATTENTIVE_DIGESTS"))
        .task("vocabulary", |case| {
            let vocabulary: fn(&[String], usize) -> Vec<String> = vocabulary;
            let entries = vocabulary(&case.texts("texts")?, case.size("at_least")?);
            Ok(Reply::default().and_texts("vocabulary", &entries))
        })
        .task("encode", |case| {
            let encode: fn(&[String], &[String], usize) -> Encoded = encode;
            let (texts, vocabulary) = (case.texts("texts")?, case.texts("vocabulary")?);
            let encoded = encode(&texts, &vocabulary, case.size("longest")?);
            Ok(Reply::default()
                .and_ids("tokens", encoded.tokens)
                .and_ids("mask", encoded.mask.mapv(usize::from)))
        })
        .task("mean_pool", |case| {
            let mean_pool: fn(ArrayView3<'_, f32>, ArrayView2<'_, bool>) -> Array2<f32> = mean_pool;
            let pooled = mean_pool(case.view("states")?, case.mask("mask")?);
            Ok(case.reply("pooled", pooled))
        })
        .task("mean_pool_backward", |case| {
            let mean_pool_backward: fn(ArrayView2<'_, bool>, ArrayView2<'_, f32>) -> Array3<f32> =
                mean_pool_backward;
            let dstates = mean_pool_backward(case.mask("mask")?, case.view("dpooled")?);
            Ok(case.reply("dstates", dstates))
        })
        .task("drop_out", |case| {
            let drop_out: fn(ArrayView2<'_, f32>, &Dropout<'_>) -> Array2<f32> = drop_out;
            Ok(case.reply("y", drop_out(case.view("x")?, &dropout(case)?)))
        })
        .task("classify", |case| {
            let classify: fn(&Encoded, &Tensors, usize, &Dropout<'_>) -> Steps = classify;
            let (parameters, heads) = (parameters(case)?, case.size("heads")?);
            let steps = classify(&encoded(case)?, &parameters, heads, &dropout(case)?);
            Ok(case
                .reply("embedded", steps.embedded)
                .and("attended", steps.attended)
                .and("states", steps.states)
                .and("pooled", steps.pooled)
                .and("logits", steps.logits))
        })
        .task("gradients", |case| {
            let gradients: fn(&Encoded, &[usize], &Tensors, usize, &Dropout<'_>) -> Part =
                gradients;
            let (batch, labels) = (encoded(case)?, case.sizes("labels")?);
            let (parameters, heads) = (parameters(case)?, case.size("heads")?);
            let part = gradients(&batch, &labels, &parameters, heads, &dropout(case)?);
            let layer = |name: &str| layer(&part.gradients, name);
            let attention = ["q", "k", "v", "o"].map(layer);
            let attention = attention.each_ref().map(|layer| layer.view());
            let attention = stack(Axis(0), &attention).expect("layers of one shape");
            let norm = measures::layer(&part.gradients, ["gamma", "beta"]);
            Ok(case
                .reply("loss", arr0(part.loss))
                .and_ids("counted", arr0(part.counted))
                .and("dhead", layer("head"))
                .and("dnorm", norm)
                .and("dattention", attention)
                .and("dposition", gradient(&part.gradients, "position_embedding"))
                .and("dtoken", gradient(&part.gradients, "token_embedding")))
        })
        .task("evaluate", |case| {
            let evaluate: fn(ArrayView2<'_, f32>, &[usize], usize) -> Evaluation = evaluate;
            let (logits, labels) = (case.view("logits")?, case.sizes("labels")?);
            let evaluation = evaluate(logits, &labels, case.size("positive")?);
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
        .task("experiment", |case| {
            let experiment: fn(&Labelled, &Labelled, &Plan, &dyn Fn(usize) -> Tensors) -> Outcome =
                experiment;
            let Reviews { training, held_out } = reviews(case)?;
            let parameters = parameters(case)?;
            let start = |entries: usize| with_entries(&parameters, entries);
            let outcome = experiment(&training, &held_out, &plan(case)?, &start);
            let confusion = outcome.evaluation.confusion;
            let right = confusion.diag().sum();
            Ok(Reply::default()
                .and_ids("entries", arr0(outcome.vocabulary.len()))
                .and("losses", ndarray::Array1::from(outcome.losses))
                .and("logits", outcome.logits)
                .and_count("errors", held_out.texts.len().saturating_sub(right)))
        })
        .main()
}

/// The texts of a case as the model reads them.
fn encoded(case: &Case) -> Result<Encoded, CaseError> {
    Ok(Encoded {
        tokens: case.ids::<Ix2>("tokens")?,
        mask: case.mask::<Ix2>("mask")?.to_owned(),
    })
}

fn dropout(case: &Case) -> Result<Dropout<'_>, CaseError> {
    Ok(Dropout {
        rate: case.number("rate")?,
        keep: case.mask("keep")?,
        mode: match case.size("training")? {
            0 => Mode::Evaluation,
            _ => Mode::Training,
        },
    })
}

fn parameters(case: &Case) -> Result<Tensors, CaseError> {
    let mut parameters = Tensors::new();
    for name in PARAMETERS {
        parameters.insert(name.to_owned(), case.view::<IxDyn>(name)?.to_owned());
    }
    Ok(parameters)
}

/// The gradient of a parameter.
fn gradient(gradients: &Tensors, name: &str) -> ArrayD<f32> {
    let gradient = gradients.get(name).cloned();
    gradient.unwrap_or_else(|| panic!("expected a gradient `{name}`, found none"))
}

/// The gradients of a linear layer as one matrix, with that of the bias as its last column.
fn layer(gradients: &Tensors, name: &str) -> ArrayD<f32> {
    let (weight, bias) = (format!("w_{name}"), format!("b_{name}"));
    let (dw, db) = (gradient(gradients, &weight), gradient(gradients, &bias));
    assert!(
        dw.ndim() == 2 && db.ndim() == 1 && dw.len_of(Axis(0)) == db.len(),
        "expected the gradients of `{weight}` and `{bias}` to have their shapes, found {:?} and {:?}",
        dw.shape(),
        db.shape()
    );
    let column = db.insert_axis(Axis(1));
    concatenate(Axis(1), &[dw.view(), column.view()]).expect("as many rows")
}

/// The texts of a case, or those of the course.
fn reviews(case: &Case) -> Result<Reviews, CaseError> {
    if case.size("own_texts")? == 0 {
        return Ok(Reviews::of_course());
    }
    Ok(Reviews {
        training: labelled(case, "training")?,
        held_out: labelled(case, "held_out")?,
    })
}

/// The texts and the labels of a part of a case.
fn labelled(case: &Case, part: &str) -> Result<Labelled, CaseError> {
    Ok(Labelled {
        texts: case.texts(part)?,
        labels: case.sizes(&format!("{part}_labels"))?,
    })
}

fn plan(case: &Case) -> Result<Plan, CaseError> {
    Ok(Plan {
        at_least: case.size("at_least")?,
        longest: case.size("longest")?,
        heads: case.size("heads")?,
        positive: case.size("positive")?,
        dropout: case.number("rate")?,
        batches: case.ids::<Ix2>("batches")?,
        keep: case.mask::<Ix3>("keep")?.to_owned(),
        max_norm: case.number("max_norm")?,
        schedule: Schedule {
            peak: case.number("peak")?,
            floor: case.number("floor")?,
            warm_up: case.size("warm_up")?,
            steps: case.size("steps")?,
        },
        adamw: Settings {
            beta_1: case.number("beta_1")?,
            beta_2: case.number("beta_2")?,
            epsilon: case.number("epsilon")?,
            weight_decay: case.number("weight_decay")?,
        },
    })
}
