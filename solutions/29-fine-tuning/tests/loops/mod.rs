//! Every product as loops over single entries, from the last to the first.

use fine_tuning::{Lora, Trained, Tuning};
use ndarray::{Array1, Array2, ArrayView1, ArrayView2};

use super::{HeadOutputs, Matrices};

fn product(
    (rows, columns, inner): (usize, usize, usize),
    term: &dyn Fn(usize, usize, usize) -> f32,
) -> Array2<f32> {
    Array2::from_shape_fn((rows, columns), |(row, column)| {
        (0..inner).rev().map(|i| term(row, column, i)).sum()
    })
}

pub(crate) fn head(
    vectors: ArrayView2<'_, f32>,
    weight: ArrayView2<'_, f32>,
    bias: ArrayView1<'_, f32>,
    labels: &[usize],
) -> HeadOutputs {
    let (examples, features) = vectors.dim();
    let (mut loss, mut dw, mut db) = (
        0.0,
        Array2::zeros(weight.raw_dim()),
        Array1::zeros(bias.len()),
    );
    for example in (0..examples).rev() {
        let logits: Vec<f32> = (0..bias.len())
            .map(|class| weight.row(class).dot(&vectors.row(example)) + bias[class])
            .collect();
        let largest = logits.iter().copied().fold(f32::MIN, f32::max);
        let sum: f32 = logits.iter().map(|logit| (logit - largest).exp()).sum();
        loss += sum.ln() + largest - logits[labels[example]];
        for class in (0..bias.len()).rev() {
            let p = (logits[class] - largest).exp() / sum;
            let q = if labels[example] == class { 1.0 } else { 0.0 };
            db[class] += (p - q) / examples as f32;
            for feature in (0..features).rev() {
                let entry: &mut f32 = &mut dw[(class, feature)];
                *entry += (p - q) * vectors[(example, feature)] / examples as f32;
            }
        }
    }
    (loss / examples as f32, dw, db)
}

pub(crate) fn unfreeze(name: &str, tuning: &Tuning) -> Option<f32> {
    // From the head downwards, one layer after the other, with the rate on the way.
    let mut layers = vec!["head.".to_owned()];
    layers.extend(
        (0..tuning.blocks)
            .rev()
            .map(|block| format!("blocks.{block}.")),
    );
    if tuning.trained == Trained::Everything {
        layers.push("embeddings.".to_owned());
    }
    let trained = match tuning.trained {
        Trained::Top(blocks) => &layers[..=blocks],
        Trained::Everything => &layers[..],
    };
    let mut rate = tuning.rate;
    for layer in trained {
        if name.starts_with(layer.as_str()) {
            return Some(rate);
        }
        rate *= tuning.decay;
    }
    None
}

pub(crate) fn lora_start(
    [d_in, d_out, rank]: [usize; 3],
    deviation: f32,
    normal: &mut dyn FnMut() -> f32,
) -> Lora {
    let (mut a, b) = (Array2::zeros((rank, d_in)), Array2::zeros((d_out, rank)));
    for row in 0..rank {
        for column in 0..d_in {
            a[(row, column)] = normal() * deviation;
        }
    }
    Lora { a, b }
}

pub(crate) fn lora_forward([x, weight, a, b]: Matrices<'_>, alpha: f32) -> Array2<f32> {
    let rank = a.nrows();
    let sizes = (x.nrows(), weight.nrows(), x.ncols());
    let y = product(sizes, &|p, o, i| x[(p, i)] * weight[(o, i)]);
    let z = product((x.nrows(), rank, x.ncols()), &|p, k, i| {
        x[(p, i)] * a[(k, i)]
    });
    let sizes = (x.nrows(), b.nrows(), rank);
    y + product(sizes, &|p, o, k| {
        z[(p, k)] * b[(o, k)] * alpha / rank as f32
    })
}

pub(crate) fn lora_backward(
    [x, weight, a, b]: Matrices<'_>,
    alpha: f32,
    dy: ArrayView2<'_, f32>,
) -> [Array2<f32>; 3] {
    let (positions, d_in) = x.dim();
    let (d_out, rank) = b.dim();
    let factor = alpha / rank as f32;
    let z = product((positions, rank, d_in), &|p, k, i| x[(p, i)] * a[(k, i)]);
    let dz = product((positions, rank, d_out), &|p, k, o| {
        factor * dy[(p, o)] * b[(o, k)]
    });
    let through_w = product((positions, d_in, d_out), &|p, i, o| {
        dy[(p, o)] * weight[(o, i)]
    });
    let through_a = product((positions, d_in, rank), &|p, i, k| dz[(p, k)] * a[(k, i)]);
    [
        through_w + through_a,
        product((rank, d_in, positions), &|k, i, p| dz[(p, k)] * x[(p, i)]),
        product((d_out, rank, positions), &|o, k, p| {
            factor * dy[(p, o)] * z[(p, k)]
        }),
    ]
}

pub(crate) fn lora_merge([_, weight, a, b]: Matrices<'_>, alpha: f32) -> Array2<f32> {
    let rank = a.nrows();
    let sizes = (weight.nrows(), weight.ncols(), rank);
    let product = product(sizes, &|o, i, k| b[(o, k)] * a[(k, i)]);
    product * alpha / rank as f32 + weight
}
