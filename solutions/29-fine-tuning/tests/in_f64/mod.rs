//! Everything in `f64`.

use fine_tuning::{Lora, Trained, Tuning};
use ndarray::{Array2, ArrayView1, ArrayView2, Axis};

use super::{HeadOutputs, Matrices};

fn wide(array: ArrayView2<'_, f32>) -> Array2<f64> {
    array.mapv(f64::from)
}

fn narrow(array: Array2<f64>) -> Array2<f32> {
    array.mapv(|entry| entry as f32)
}

pub(crate) fn head(
    vectors: ArrayView2<'_, f32>,
    weight: ArrayView2<'_, f32>,
    bias: ArrayView1<'_, f32>,
    labels: &[usize],
) -> HeadOutputs {
    let vectors = wide(vectors);
    let mut dlogits = vectors.dot(&wide(weight).t()) + bias.mapv(f64::from);
    let share = 1.0 / labels.len() as f64;
    let mut loss = 0.0;
    for (mut row, &label) in dlogits.rows_mut().into_iter().zip(labels) {
        let largest = row.fold(f64::NEG_INFINITY, |a, &b| a.max(b));
        let sum: f64 = row.iter().map(|logit| (logit - largest).exp()).sum();
        loss += share * (largest + sum.ln() - row[label]);
        row.mapv_inplace(|logit| share * (logit - largest).exp() / sum);
        row[label] -= share;
    }
    let db = dlogits.sum_axis(Axis(0)).mapv(|entry| entry as f32);
    (loss as f32, narrow(dlogits.t().dot(&vectors)), db)
}

pub(crate) fn unfreeze(name: &str, tuning: &Tuning) -> Option<f32> {
    let depth = match name.split('.').collect::<Vec<_>>()[..] {
        ["head", ..] => 0,
        ["blocks", number, ..] => {
            tuning.blocks - number.parse::<usize>().expect("the number of a block")
        }
        _ => tuning.blocks + 1,
    };
    let most = match tuning.trained {
        Trained::Top(blocks) => blocks,
        Trained::Everything => usize::MAX,
    };
    let rate = f64::from(tuning.rate) * f64::from(tuning.decay).powf(depth as f64);
    (depth <= most).then_some(rate as f32)
}

pub(crate) fn lora_start(
    [d_in, d_out, rank]: [usize; 3],
    deviation: f32,
    normal: &mut dyn FnMut() -> f32,
) -> Lora {
    let drawn = (0..rank * d_in).map(|_| f64::from(deviation) * f64::from(normal()));
    let a = Array2::from_shape_vec((rank, d_in), drawn.collect());
    Lora {
        a: narrow(a.expect("as many numbers")),
        b: Array2::from_elem((d_out, rank), 0.0),
    }
}

pub(crate) fn lora_forward([x, weight, a, b]: Matrices<'_>, alpha: f32) -> Array2<f32> {
    let scale = f64::from(alpha) / a.nrows() as f64;
    let (x, a, b) = (wide(x), wide(a), wide(b));
    narrow(x.dot(&wide(weight).t()) + x.dot(&a.t()).dot(&b.t()) * scale)
}

pub(crate) fn lora_backward(
    [x, weight, a, b]: Matrices<'_>,
    alpha: f32,
    dy: ArrayView2<'_, f32>,
) -> [Array2<f32>; 3] {
    let scale = f64::from(alpha) / a.nrows() as f64;
    let [x, weight, a, b, dy] = [x, weight, a, b, dy].map(wide);
    let dz = dy.dot(&b) * scale;
    let db = dy.t().dot(&x.dot(&a.t())) * scale;
    [dy.dot(&weight) + dz.dot(&a), dz.t().dot(&x), db].map(narrow)
}

pub(crate) fn lora_merge([_, weight, a, b]: Matrices<'_>, alpha: f32) -> Array2<f32> {
    let scale = f64::from(alpha) / a.nrows() as f64;
    narrow(wide(weight) + wide(b).dot(&wide(a)) * scale)
}
