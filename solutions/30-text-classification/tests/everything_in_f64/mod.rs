//! Everything in `f64`, from the formulas.

mod model;

use std::collections::HashMap;

use ndarray::{Array1, Array2, Array3, ArrayView2, ArrayView3, Axis, s};
use text_classification::{
    Dropout, Encoded, Evaluation, Labelled, Mode, Outcome, PADDING, Plan, Steps, UNKNOWN, words,
};
use training::{Part, State, Tensors, update};

use crate::adapter::Start;
use model::{Model, Text};

/// One sort by a key with everything in it.
pub(crate) fn vocabulary(texts: &[String], at_least: usize) -> Vec<String> {
    let mut counts: HashMap<String, usize> = HashMap::new();
    for word in texts.iter().flat_map(|text| words(text)) {
        *counts.entry(word).or_insert(0) += 1;
    }
    let mut keys = Vec::new();
    for (word, count) in counts {
        if count >= at_least {
            keys.push((usize::MAX - count, word));
        }
    }
    keys.sort();
    let mut entries = vec!["[PAD]".to_owned(), "[UNK]".to_owned()];
    for (_, word) in keys {
        entries.push(word);
    }
    entries
}

/// Position by position, looking each word up in the list.
pub(crate) fn encode(texts: &[String], vocabulary: &[String], longest: usize) -> Encoded {
    let texts: Vec<Vec<String>> = texts.iter().map(|text| words(text)).collect();
    let longest_text = texts.iter().map(Vec::len).max().unwrap_or(0);
    let length = longest_text.min(longest);
    let id = |word: &String| {
        let place = vocabulary.iter().position(|entry| entry == word);
        place.unwrap_or(UNKNOWN)
    };
    let shape = (texts.len(), length);
    Encoded {
        tokens: Array2::from_shape_fn(shape, |(text, position)| {
            texts[text].get(position).map_or(PADDING, id)
        }),
        mask: Array2::from_shape_fn(shape, |(text, position)| position < texts[text].len()),
    }
}

pub(crate) fn mean_pool(states: ArrayView3<'_, f32>, mask: ArrayView2<'_, bool>) -> Array2<f32> {
    let (batch, length, d_model) = states.dim();
    Array2::from_shape_fn((batch, d_model), |(text, feature)| {
        let (mut sum, mut counted) = (0.0_f64, 0.0_f64);
        for position in 0..length {
            if mask[(text, position)] {
                sum += f64::from(states[(text, position, feature)]);
                counted += 1.0;
            }
        }
        if counted == 0.0 {
            0.0
        } else {
            (sum / counted) as f32
        }
    })
}

pub(crate) fn mean_pool_backward(
    mask: ArrayView2<'_, bool>,
    dpooled: ArrayView2<'_, f32>,
) -> Array3<f32> {
    let (batch, length) = mask.dim();
    Array3::from_shape_fn(
        (batch, length, dpooled.ncols()),
        |(text, position, feature)| {
            if !mask[(text, position)] {
                return 0.0;
            }
            let mut counted = 0.0;
            for &is_word in mask.row(text) {
                counted += f64::from(u8::from(is_word));
            }
            (f64::from(dpooled[(text, feature)]) / counted) as f32
        },
    )
}

pub(crate) fn drop_out(x: ArrayView2<'_, f32>, dropout: &Dropout<'_>) -> Array2<f32> {
    Array2::from_shape_fn(x.dim(), |at| match dropout.mode {
        Mode::Evaluation => x[at],
        Mode::Training if dropout.keep[at] => {
            (f64::from(x[at]) / (1.0 - f64::from(dropout.rate))) as f32
        }
        Mode::Training => 0.0,
    })
}

/// The texts of a batch with the factor of each of their features.
fn texts(batch: &Encoded, model: &Model, dropout: &Dropout<'_>) -> Vec<Text> {
    let (texts, length) = batch.tokens.dim();
    let d_model = model.d_model();
    (0..texts)
        .map(|text| {
            let factor = |feature: usize| match dropout.mode {
                Mode::Evaluation => 1.0,
                Mode::Training if dropout.keep[(text, feature)] => {
                    1.0 / (1.0 - f64::from(dropout.rate))
                }
                Mode::Training => 0.0,
            };
            let factors: Array1<f64> = (0..d_model).map(factor).collect();
            let tokens: Vec<usize> = batch.tokens.row(text).to_vec();
            let mask: Vec<bool> = (0..length).map(|at| batch.mask[(text, at)]).collect();
            Text::new(model, tokens, mask, factors)
        })
        .collect()
}

pub(crate) fn classify(
    batch: &Encoded,
    parameters: &Tensors,
    heads: usize,
    dropout: &Dropout<'_>,
) -> Steps {
    let model = Model::new(parameters, heads);
    let (count, length) = batch.tokens.dim();
    let (d_model, classes) = (model.d_model(), model.classes());
    let mut steps = Steps {
        embedded: Array3::zeros((count, length, d_model)),
        attended: Array3::zeros((count, length, d_model)),
        states: Array3::zeros((count, length, d_model)),
        pooled: Array2::zeros((count, d_model)),
        logits: Array2::zeros((count, classes)),
    };
    let narrow = |wide: &Array2<f64>| wide.mapv(|entry| entry as f32);
    for (index, text) in texts(batch, &model, dropout).iter().enumerate() {
        let all = s![index, .., ..];
        steps.embedded.slice_mut(all).assign(&narrow(&text.x));
        steps.attended.slice_mut(all).assign(&narrow(&text.a));
        steps.states.slice_mut(all).assign(&narrow(&text.h));
        let pooled = text.dropped.mapv(|entry| entry as f32);
        steps.pooled.row_mut(index).assign(&pooled);
        let logits = text.logits.mapv(|entry| entry as f32);
        steps.logits.row_mut(index).assign(&logits);
    }
    steps
}

pub(crate) fn gradients(
    batch: &Encoded,
    labels: &[usize],
    parameters: &Tensors,
    heads: usize,
    dropout: &Dropout<'_>,
) -> Part {
    let model = Model::new(parameters, heads);
    let share = 1.0 / labels.len() as f64;
    let mut sums = model.zeros();
    let mut loss = 0.0;
    for (text, &label) in texts(batch, &model, dropout).iter().zip(labels) {
        let largest = text.logits.fold(f64::NEG_INFINITY, |a, &b| a.max(b));
        let exponentials = text.logits.mapv(|logit| (logit - largest).exp());
        let sum = exponentials.sum();
        loss += share * (largest + sum.ln() - text.logits[label]);
        let mut dlogits = exponentials * (share / sum);
        dlogits[label] -= share;
        text.backward(&model, &dlogits, &mut sums);
    }
    Part {
        loss: loss as f32,
        counted: labels.len(),
        gradients: sums.into_tensors(),
    }
}

pub(crate) fn evaluate(
    logits: ArrayView2<'_, f32>,
    labels: &[usize],
    positive: usize,
) -> Evaluation {
    let classes = logits.ncols();
    let mut confusion: Array2<usize> = Array2::zeros((classes, classes));
    for (text, &label) in labels.iter().enumerate() {
        let mut best = classes - 1;
        for class in (0..classes).rev() {
            if logits[(text, class)] >= logits[(text, best)] {
                best = class;
            }
        }
        confusion[(label, best)] += 1;
    }
    let ratio = |part: usize, whole: usize| match whole {
        0 => 0.0,
        _ => part as f64 / whole as f64,
    };
    let both = confusion[(positive, positive)];
    let (taken, there) = (
        confusion.column(positive).sum(),
        confusion.row(positive).sum(),
    );
    let right: usize = (0..classes).map(|class| confusion[(class, class)]).sum();
    Evaluation {
        accuracy: ratio(right, confusion.sum()) as f32,
        precision: ratio(both, taken) as f32,
        recall: ratio(both, there) as f32,
        f1: ratio(2 * both, taken + there) as f32,
        confusion,
    }
}

pub(crate) fn experiment(
    training: &Labelled,
    held_out: &Labelled,
    plan: &Plan,
    start: Start<'_>,
) -> Outcome {
    let vocabulary = vocabulary(&training.texts, plan.at_least);
    let all = encode(&training.texts, &vocabulary, plan.longest);
    let mut state = State::new(start(vocabulary.len()));
    let mut losses = Vec::new();
    for step in 0..plan.batches.nrows() {
        let numbers = plan.batches.row(step).to_vec();
        let labels: Vec<usize> = numbers.iter().map(|&n| training.labels[n]).collect();
        let dropout = Dropout {
            rate: plan.dropout,
            keep: plan.keep.index_axis(Axis(0), step),
            mode: Mode::Training,
        };
        let batch = all.select(&numbers);
        let part = gradients(&batch, &labels, &state.parameters, plan.heads, &dropout);
        losses.push(part.loss);
        state = update(&state, &part, &plan.run_settings()).0;
    }
    let all = encode(&held_out.texts, &vocabulary, plan.longest);
    let keep = Array2::from_elem((held_out.texts.len(), plan.keep.len_of(Axis(2))), false);
    let dropout = Dropout {
        rate: 0.0,
        keep: keep.view(),
        mode: Mode::Evaluation,
    };
    let logits = classify(&all, &state.parameters, plan.heads, &dropout).logits;
    Outcome {
        vocabulary,
        losses,
        evaluation: evaluate(logits.view(), &held_out.labels, plan.positive),
        logits,
    }
}
