//! Masks as numbers that are multiplied with, and batches that are padded anew.

use std::collections::HashMap;

use attention_backward::self_attention_backward;
use attentive_given::linear;
use backward::{embedding_backward, linear_backward};
use gpt::{EPSILON, embed};
use multi_head_attention::multi_head_attention;
use ndarray::{Array1, Array2, Array3, ArrayView2, ArrayView3, Axis, concatenate, s};
use text_classification::{
    Dropout, Encoded, Evaluation, Labelled, Mode, Outcome, PADDING, Plan, SPECIAL, Steps, UNKNOWN,
    classifier, words,
};
use training::{Part, State, Tensors, norm_backward, update};

use crate::adapter::Start;

/// A comparison of counts, and then of words.
pub(crate) fn vocabulary(texts: &[String], at_least: usize) -> Vec<String> {
    let mut counts: HashMap<String, usize> = HashMap::new();
    for word in words(&texts.join(" ")) {
        *counts.entry(word).or_default() += 1;
    }
    counts.retain(|_, count| *count >= at_least);
    let mut found: Vec<&String> = counts.keys().collect();
    found.sort_by(|a, b| counts[*b].cmp(&counts[*a]).then(a.cmp(b)));
    let special = SPECIAL.iter().map(|entry| (*entry).to_owned());
    special.chain(found.into_iter().cloned()).collect()
}

/// As many positions as there may be, of which those that are padding in all texts are cut off.
pub(crate) fn encode(texts: &[String], vocabulary: &[String], longest: usize) -> Encoded {
    let mut tokens = Array2::from_elem((texts.len(), longest), PADDING);
    let mut mask = Array2::from_elem((texts.len(), longest), false);
    let mut length = 0;
    for (text, content) in texts.iter().enumerate() {
        for (position, word) in words(content).into_iter().take(longest).enumerate() {
            let place = vocabulary.iter().position(|entry| *entry == word);
            tokens[(text, position)] = place.unwrap_or(UNKNOWN);
            mask[(text, position)] = true;
            length = length.max(position + 1);
        }
    }
    Encoded {
        tokens: tokens.slice(s![.., ..length]).to_owned(),
        mask: mask.slice(s![.., ..length]).to_owned(),
    }
}

/// Each position's share of its text: (batch, length).
fn shares(mask: ArrayView2<'_, bool>) -> Array2<f32> {
    let numbers = mask.mapv(|is_word| f32::from(u8::from(is_word)));
    let counted = numbers.sum_axis(Axis(1)).mapv(|counted| counted.max(1.0));
    numbers / counted.insert_axis(Axis(1))
}

/// A product of shares and states for each text.
pub(crate) fn mean_pool(states: ArrayView3<'_, f32>, mask: ArrayView2<'_, bool>) -> Array2<f32> {
    let mut pooled: Array2<f32> = Array2::zeros((states.len_of(Axis(0)), states.len_of(Axis(2))));
    let shares = shares(mask);
    for (text, states) in states.outer_iter().enumerate() {
        pooled.row_mut(text).assign(&shares.row(text).dot(&states));
    }
    pooled
}

/// The outer product of shares and gradient for each text.
pub(crate) fn mean_pool_backward(
    mask: ArrayView2<'_, bool>,
    dpooled: ArrayView2<'_, f32>,
) -> Array3<f32> {
    shares(mask).insert_axis(Axis(2)) * dpooled.insert_axis(Axis(1))
}

/// A product with factors.
pub(crate) fn drop_out(x: ArrayView2<'_, f32>, dropout: &Dropout<'_>) -> Array2<f32> {
    let factors = match dropout.mode {
        Mode::Training => dropout
            .keep
            .mapv(|is_kept| f32::from(u8::from(is_kept)) / (1.0 - dropout.rate)),
        Mode::Evaluation => Array2::ones(x.raw_dim()),
    };
    &x * &factors
}

/// The same mask for every query of a text.
fn mask_of_keys(mask: ArrayView2<'_, bool>) -> Array3<bool> {
    let (batch, length) = mask.dim();
    Array3::from_shape_fn((batch, length, length), |(text, _, key)| mask[(text, key)])
}

pub(crate) fn classify(
    batch: &Encoded,
    parameters: &Tensors,
    heads: usize,
    dropout: &Dropout<'_>,
) -> Steps {
    let model = classifier(parameters);
    let (e, p) = (model.token_embedding, model.position_embedding);
    let embedded = embed(batch.tokens.view(), 0, e, p);
    let mask = mask_of_keys(batch.mask.view());
    let x = embedded.view();
    let output = multi_head_attention(x, x, x, &model.attention, heads, Some(mask.view()));
    let attended = output.0 + &embedded;
    let states = model.norm.apply(attended.view(), EPSILON);
    let pooled = drop_out(mean_pool(states.view(), batch.mask.view()).view(), dropout);
    let logits = pooled.dot(&model.w_head.t()) + model.b_head;
    Steps {
        embedded,
        attended,
        states,
        pooled,
        logits,
    }
}

/// The loss and the gradient of the logits, from their softmax.
fn cost(logits: &Array2<f32>, labels: &[usize]) -> (f32, Array2<f32>) {
    let texts = labels.len() as f32;
    let mut dlogits = logits.clone();
    let mut loss = 0.0;
    for (mut row, &label) in dlogits.rows_mut().into_iter().zip(labels) {
        let largest = row.fold(f32::NEG_INFINITY, |a, &b| a.max(b));
        let of_label = row[label];
        row.mapv_inplace(|logit| (logit - largest).exp());
        let sum = row.sum();
        loss += largest + sum.ln() - of_label;
        row /= sum * texts;
        row[label] -= 1.0 / texts;
    }
    (loss / texts, dlogits)
}

pub(crate) fn gradients(
    batch: &Encoded,
    labels: &[usize],
    parameters: &Tensors,
    heads: usize,
    dropout: &Dropout<'_>,
) -> Part {
    let model = classifier(parameters);
    let steps = classify(batch, parameters, heads, dropout);
    let (loss, dlogits) = cost(&steps.logits, labels);
    let head = linear_backward(steps.pooled.view(), model.w_head, dlogits.view());
    let dpooled = drop_out(head.dx.view(), dropout);
    let dstates = mean_pool_backward(batch.mask.view(), dpooled.view());
    let norm = norm_backward(steps.attended.view(), &model.norm, dstates.view());
    let (dx, attention) = self_attention_backward(
        steps.embedded.view(),
        &model.attention,
        heads,
        Some(mask_of_keys(batch.mask.view()).view()),
        norm.dx.view(),
    );
    let dx = &dx + &norm.dx;
    let mut gradients = Tensors::new();
    let mut insert = |name: &str, gradient: ndarray::ArrayD<f32>| {
        gradients.insert(name.to_owned(), gradient);
    };
    let e = model.token_embedding;
    let de = embedding_backward(batch.tokens.view(), e, dx.view());
    insert("token_embedding", de.into_dyn());
    let unread = model.position_embedding.nrows() - batch.tokens.ncols();
    let zeros: Array2<f32> = Array2::zeros((unread, e.ncols()));
    let dp = concatenate(Axis(0), &[dx.sum_axis(Axis(0)).view(), zeros.view()]);
    insert("position_embedding", dp.expect("equal widths").into_dyn());
    for (name, dw, db) in [
        ("q", attention.dw_q, attention.db_q),
        ("k", attention.dw_k, attention.db_k),
        ("v", attention.dw_v, attention.db_v),
        ("o", attention.dw_o, attention.db_o),
        ("head", head.dw, head.db),
    ] {
        insert(&format!("w_{name}"), dw.into_dyn());
        insert(&format!("b_{name}"), db.into_dyn());
    }
    insert("gamma", norm.dgamma.into_dyn());
    insert("beta", norm.dbeta.into_dyn());
    Part {
        loss,
        counted: labels.len(),
        gradients,
    }
}

/// The confusion matrix is a product of two matrices of zeros and ones.
pub(crate) fn evaluate(
    logits: ArrayView2<'_, f32>,
    labels: &[usize],
    positive: usize,
) -> Evaluation {
    let (texts, classes) = logits.dim();
    let predictions: Vec<usize> = logits
        .rows()
        .into_iter()
        .map(|scores| {
            (1..classes).fold(0, |best, class| {
                if scores[class] > scores[best] {
                    class
                } else {
                    best
                }
            })
        })
        .collect();
    let one_hot = |ids: &[usize]| -> Array2<f32> {
        Array2::from_shape_fn((ids.len(), classes), |(text, class)| {
            f32::from(u8::from(ids[text] == class))
        })
    };
    let confusion = one_hot(labels).t().dot(&one_hot(&predictions));
    let share = |part: f32, whole: f32| if whole > 0.0 { part / whole } else { 0.0 };
    let both = confusion[(positive, positive)];
    let (taken, there): (Array1<f32>, Array1<f32>) =
        (confusion.sum_axis(Axis(0)), confusion.sum_axis(Axis(1)));
    let (precision, recall) = (share(both, taken[positive]), share(both, there[positive]));
    Evaluation {
        accuracy: share(confusion.diag().sum(), texts as f32),
        precision,
        recall,
        f1: share(2.0 * precision * recall, precision + recall),
        confusion: confusion.mapv(|count| count as usize),
    }
}

/// The loop counts its steps, and the model is run on one held-out text at a time.
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
    while state.step < plan.batches.nrows() {
        let numbers = plan.batches.row(state.step).to_vec();
        let batch = all.select(&numbers);
        let labels: Vec<usize> = numbers.into_iter().map(|n| training.labels[n]).collect();
        let dropout = Dropout {
            rate: plan.dropout,
            keep: plan.keep.index_axis(Axis(0), state.step),
            mode: Mode::Training,
        };
        let part = gradients(&batch, &labels, &state.parameters, plan.heads, &dropout);
        let (next, record) = update(&state, &part, &plan.run_settings());
        state = next;
        losses.push(record.loss);
    }
    let model = classifier(&state.parameters);
    let mut logits: Array2<f32> = Array2::zeros((held_out.texts.len(), model.b_head.len()));
    let keep = Array2::from_elem((1, model.token_embedding.ncols()), true);
    let dropout = Dropout {
        rate: plan.dropout,
        keep: keep.view(),
        mode: Mode::Evaluation,
    };
    for (mut row, text) in logits.rows_mut().into_iter().zip(&held_out.texts) {
        let one = encode(std::slice::from_ref(text), &vocabulary, plan.longest);
        let steps = classify(&one, &state.parameters, plan.heads, &dropout);
        // The head as the given layer has it.
        let scores = linear(steps.pooled.view(), model.w_head, Some(model.b_head));
        row.assign(&scores.row(0));
    }
    Outcome {
        vocabulary,
        losses,
        evaluation: evaluate(logits.view(), &held_out.labels, plan.positive),
        logits,
    }
}
