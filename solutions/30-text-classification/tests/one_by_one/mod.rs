//! Text by text. The gradients of each are computed without padding.

use ndarray::{
    Array1, Array2, Array3, ArrayD, ArrayView2, ArrayView3, Axis, concatenate, s, stack,
};
use text_classification::{
    Dropout, Encoded, Evaluation, Labelled, Mode, Outcome, PADDING, Plan, SPECIAL, Steps, UNKNOWN,
    words,
};
use training::{Part, State, Tensors, update};

use crate::adapter::Start;

/// Words in alphabetical order first, and from these count by count, from the largest.
pub(crate) fn vocabulary(texts: &[String], at_least: usize) -> Vec<String> {
    let mut all: Vec<String> = texts.iter().flat_map(|text| words(text)).collect();
    all.sort();
    let mut counted: Vec<(String, usize)> = Vec::new();
    for word in all {
        match counted.last_mut() {
            Some((last, count)) if *last == word => *count += 1,
            _ => counted.push((word, 1)),
        }
    }
    let most = counted.iter().map(|(_, count)| *count).max().unwrap_or(0);
    let mut entries = SPECIAL.map(str::to_owned).to_vec();
    for count in (at_least.max(1)..=most).rev() {
        let of_count = counted.iter().filter(|(_, found)| *found == count);
        entries.extend(of_count.map(|(word, _)| word.clone()));
    }
    entries
}

/// Rows as vectors, which are padded once the longest is known.
pub(crate) fn encode(texts: &[String], vocabulary: &[String], longest: usize) -> Encoded {
    let mut rows: Vec<Vec<usize>> = Vec::new();
    for text in texts {
        let mut row = Vec::new();
        for word in words(text) {
            if row.len() == longest {
                break;
            }
            let place = vocabulary.iter().position(|entry| *entry == word);
            row.push(place.unwrap_or(UNKNOWN));
        }
        rows.push(row);
    }
    let length = rows.iter().map(Vec::len).max().unwrap_or(0);
    let (mut tokens, mut mask) = (Vec::new(), Vec::new());
    for mut row in rows {
        let counted = row.len();
        row.resize(length, PADDING);
        tokens.extend(row);
        mask.extend((0..length).map(|position| position < counted));
    }
    let shape = (texts.len(), length);
    Encoded {
        tokens: Array2::from_shape_vec(shape, tokens).expect("rows of one length"),
        mask: Array2::from_shape_vec(shape, mask).expect("rows of one length"),
    }
}

/// The mean of those rows that are words, by `ndarray`'s own mean.
pub(crate) fn mean_pool(states: ArrayView3<'_, f32>, mask: ArrayView2<'_, bool>) -> Array2<f32> {
    let mut means: Array2<f32> = Array2::zeros((states.len_of(Axis(0)), states.len_of(Axis(2))));
    for (text, states) in states.outer_iter().enumerate() {
        let places: Vec<usize> = (0..mask.ncols()).filter(|&at| mask[(text, at)]).collect();
        if let Some(mean) = states.select(Axis(0), &places).mean_axis(Axis(0)) {
            means.row_mut(text).assign(&mean);
        }
    }
    means
}

/// One text after the other, in which padding is skipped.
pub(crate) fn mean_pool_backward(
    mask: ArrayView2<'_, bool>,
    dpooled: ArrayView2<'_, f32>,
) -> Array3<f32> {
    let mut texts = Vec::new();
    for (mask, dpooled) in mask.rows().into_iter().zip(dpooled.rows()) {
        let counted = mask.iter().filter(|&&is_word| is_word).count() as f32;
        let mut dstates: Array2<f32> = Array2::zeros((mask.len(), dpooled.len()));
        for (mut row, _) in dstates
            .rows_mut()
            .into_iter()
            .zip(&mask)
            .filter(|(_, is_word)| **is_word)
        {
            row += &(&dpooled / counted);
        }
        texts.push(dstates);
    }
    let texts: Vec<ArrayView2<'_, f32>> = texts.iter().map(|text| text.view()).collect();
    stack(Axis(0), &texts).expect("texts of one shape")
}

pub(crate) fn drop_out(x: ArrayView2<'_, f32>, dropout: &Dropout<'_>) -> Array2<f32> {
    let mut y = x.to_owned();
    if let Mode::Evaluation = dropout.mode {
        return y;
    }
    let factor = 1.0 / (1.0 - dropout.rate);
    for (mut y, keep) in y.rows_mut().into_iter().zip(dropout.keep.rows()) {
        for (entry, &is_kept) in y.iter_mut().zip(&keep) {
            *entry *= if is_kept { factor } else { 0.0 };
        }
    }
    y
}

/// The text with this number, with so many positions.
fn one(batch: &Encoded, text: usize, length: usize) -> Encoded {
    let part = s![text..=text, ..length];
    Encoded {
        tokens: batch.tokens.slice(part).to_owned(),
        mask: batch.mask.slice(part).to_owned(),
    }
}

fn dropout_of<'a>(dropout: &'a Dropout<'_>, text: usize) -> Dropout<'a> {
    Dropout {
        rate: dropout.rate,
        keep: dropout.keep.slice(s![text..=text, ..]),
        mode: dropout.mode,
    }
}

/// Each text as a batch of its own.
pub(crate) fn classify(
    batch: &Encoded,
    parameters: &Tensors,
    heads: usize,
    dropout: &Dropout<'_>,
) -> Steps {
    let (texts, length) = batch.tokens.dim();
    let steps: Vec<Steps> = (0..texts)
        .map(|text| {
            let one = one(batch, text, length);
            text_classification::classify(&one, parameters, heads, &dropout_of(dropout, text))
        })
        .collect();
    let positions = |of: fn(&Steps) -> &Array3<f32>| {
        let parts: Vec<_> = steps.iter().map(|steps| of(steps).view()).collect();
        concatenate(Axis(0), &parts).expect("texts of one shape")
    };
    let vectors = |of: fn(&Steps) -> &Array2<f32>| {
        let parts: Vec<_> = steps.iter().map(|steps| of(steps).view()).collect();
        concatenate(Axis(0), &parts).expect("texts of one shape")
    };
    Steps {
        embedded: positions(|steps| &steps.embedded),
        attended: positions(|steps| &steps.attended),
        states: positions(|steps| &steps.states),
        pooled: vectors(|steps| &steps.pooled),
        logits: vectors(|steps| &steps.logits),
    }
}

/// The mean of the gradients of all texts, from the last to the first. Each is cut after its last word.
pub(crate) fn gradients(
    batch: &Encoded,
    labels: &[usize],
    parameters: &Tensors,
    heads: usize,
    dropout: &Dropout<'_>,
) -> Part {
    let share = 1.0 / labels.len() as f32;
    let mut whole = Part {
        loss: 0.0,
        counted: labels.len(),
        gradients: Tensors::new(),
    };
    for (text, label) in labels.iter().enumerate().rev() {
        let last = (0..batch.mask.ncols()).rfind(|&at| batch.mask[(text, at)]);
        // One position of padding is left in a text without words.
        let cut = one(batch, text, last.map_or(1, |last| last + 1));
        let part = text_classification::gradients(
            &cut,
            &[*label],
            parameters,
            heads,
            &dropout_of(dropout, text),
        );
        whole.loss += share * part.loss;
        for (name, gradient) in part.gradients {
            let sum = whole
                .gradients
                .entry(name)
                .or_insert_with(|| ArrayD::zeros(gradient.raw_dim()));
            sum.scaled_add(share, &gradient);
        }
    }
    whole
}

/// Every text is a hit, a miss, a false alarm or none of these.
pub(crate) fn evaluate(
    logits: ArrayView2<'_, f32>,
    labels: &[usize],
    positive: usize,
) -> Evaluation {
    let classes = logits.ncols();
    let mut confusion: Array2<usize> = Array2::zeros((classes, classes));
    let (mut right, mut hits, mut misses, mut alarms) = (0_u32, 0_u32, 0_u32, 0_u32);
    for (scores, &label) in logits.rows().into_iter().zip(labels) {
        let largest = scores.fold(f32::NEG_INFINITY, |a, &b| a.max(b));
        let best = scores.iter().position(|&score| score == largest);
        let best = best.expect("at least one class");
        confusion[(label, best)] += 1;
        right += u32::from(label == best);
        hits += u32::from(label == positive && best == positive);
        misses += u32::from(label == positive && best != positive);
        alarms += u32::from(label != positive && best == positive);
    }
    let ratio = |part: u32, rest: u32| {
        let whole = f64::from(part) + f64::from(rest);
        if whole > 0.0 {
            (f64::from(part) / whole) as f32
        } else {
            0.0
        }
    };
    let (precision, recall) = (ratio(hits, alarms), ratio(hits, misses));
    Evaluation {
        confusion,
        accuracy: ratio(right, labels.len() as u32 - right),
        precision,
        recall,
        f1: if hits == 0 {
            0.0
        } else {
            2.0 / (1.0 / precision + 1.0 / recall)
        },
    }
}

/// The training texts of each batch are encoded when they are read, and so have the length of the longest in the batch.
pub(crate) fn experiment(
    training: &Labelled,
    held_out: &Labelled,
    plan: &Plan,
    start: Start<'_>,
) -> Outcome {
    let vocabulary = vocabulary(&training.texts, plan.at_least);
    let mut state = State::new(start(vocabulary.len()));
    let mut losses: Array1<f32> = Array1::zeros(plan.batches.nrows());
    for (step, numbers) in plan.batches.rows().into_iter().enumerate() {
        let texts: Vec<String> = numbers.iter().map(|&n| training.texts[n].clone()).collect();
        let labels: Vec<usize> = numbers.iter().map(|&n| training.labels[n]).collect();
        let dropout = Dropout {
            rate: plan.dropout,
            keep: plan.keep.index_axis(Axis(0), step),
            mode: Mode::Training,
        };
        let batch = encode(&texts, &vocabulary, plan.longest);
        let part = text_classification::gradients(
            &batch,
            &labels,
            &state.parameters,
            plan.heads,
            &dropout,
        );
        let (next, record) = update(&state, &part, &plan.run_settings());
        losses[step] = record.loss;
        state = next;
    }
    let encoded = encode(&held_out.texts, &vocabulary, plan.longest);
    let keep = Array2::from_elem((held_out.texts.len(), plan.keep.len_of(Axis(2))), true);
    let dropout = Dropout {
        rate: plan.dropout,
        keep: keep.view(),
        mode: Mode::Evaluation,
    };
    let logits = classify(&encoded, &state.parameters, plan.heads, &dropout).logits;
    Outcome {
        vocabulary,
        losses: losses.to_vec(),
        evaluation: evaluate(logits.view(), &held_out.labels, plan.positive),
        logits,
    }
}
