//! The parts of a T5 in `f32`, one query, one unit, one offset at a time, with nothing that a library has.

use ndarray::{Array1, Array3, Array4, ArrayView1, ArrayView2, ArrayView3, Axis, s};
use t5::{AttentionWeights, EPSILON, FeedForward, Head, RmsNorm};

/// The far bucket of a distance is how many limits it has reached.
pub(crate) fn bucket(
    offset: isize,
    bidirectional: bool,
    buckets: usize,
    max_distance: usize,
) -> usize {
    let count = if bidirectional { buckets / 2 } else { buckets };
    let (first, distance) = match offset {
        ..=0 => (0, offset.unsigned_abs()),
        _ if bidirectional => (count, offset.unsigned_abs()),
        _ => (0, 0),
    };
    let exact = count / 2;
    let far = count - exact;
    let times = |distance: usize| (distance as f64 / exact as f64).ln();
    // Rounding may leave a distance a little below the limit that it is.
    let is_reached = |&step: &usize| {
        distance > 0 && times(distance) * far as f64 + 1e-9 >= times(max_distance) * step as f64
    };
    let steps = (1..far).filter(is_reached).count();
    first + distance.min(exact) + steps
}

/// The bias as a product: a row with a single 1 for each pair, times the table.
pub(crate) fn bias(
    table: ArrayView2<'_, f32>,
    queries: usize,
    keys: usize,
    bidirectional: bool,
    max_distance: usize,
) -> Array3<f32> {
    let (buckets, heads) = table.dim();
    let mut chosen = Array3::zeros((queries, keys, buckets));
    for query in 0..queries {
        for key in 0..keys {
            let offset = key as isize - (keys - queries + query) as isize;
            chosen[(
                query,
                key,
                bucket(offset, bidirectional, buckets, max_distance),
            )] = 1.0;
        }
    }
    let mut bias = Array3::zeros((heads, queries, keys));
    for (query, chosen) in chosen.outer_iter().enumerate() {
        bias.slice_mut(s![.., query, ..])
            .assign(&chosen.dot(&table).t());
    }
    bias
}

/// Attention in one pass over the keys, with a maximum, a sum and a context that are corrected on the way.
pub(crate) fn attention(
    x: ArrayView3<'_, f32>,
    source: ArrayView3<'_, f32>,
    weights: &AttentionWeights<'_>,
    heads: usize,
    bias: Option<ArrayView3<'_, f32>>,
    mask: Option<ArrayView3<'_, bool>>,
) -> (Array3<f32>, Array4<f32>) {
    let (batch, queries, _) = x.dim();
    let (keys, inner) = (source.len_of(Axis(1)), weights.w_q.nrows());
    let size = inner / heads;
    let mut all = Array4::zeros((batch, heads, queries, keys));
    let mut output = Array3::zeros(x.dim());
    for sequence in 0..batch {
        for query in 0..queries {
            let mut contexts = Array1::<f32>::zeros(inner);
            let asked = weights.w_q.dot(&x.slice(s![sequence, query, ..]));
            for head in 0..heads {
                let part = s![head * size..(head + 1) * size];
                let (mut largest, mut sum) = (f32::NEG_INFINITY, 0.0);
                let mut context = Array1::<f32>::zeros(size);
                let mut scores = Array1::from_elem(keys, f32::NEG_INFINITY);
                for key in 0..keys {
                    if mask.is_some_and(|mask| !mask[(sequence, query, key)]) {
                        continue;
                    }
                    let read = source.slice(s![sequence, key, ..]);
                    let k = weights.w_k.dot(&read);
                    let added = bias.map_or(0.0, |bias| bias[(head, query, key)]);
                    let score = asked.slice(part).dot(&k.slice(part)) + added;
                    scores[key] = score;
                    let before = largest;
                    largest = score.max(before);
                    let (kept, weight) = ((before - largest).exp(), (score - largest).exp());
                    sum = sum * kept + weight;
                    let v = weights.w_v.dot(&read);
                    context = context * kept + &v.slice(part) * weight;
                }
                if sum > 0.0 {
                    contexts.slice_mut(part).assign(&(context / sum));
                    let weights = scores.mapv(|score| (score - largest).exp() / sum);
                    all.slice_mut(s![sequence, head, query, ..])
                        .assign(&weights);
                }
            }
            let mixed = weights.w_o.dot(&contexts);
            output.slice_mut(s![sequence, query, ..]).assign(&mixed);
        }
    }
    (output, all)
}

/// GELU's tanh form as x times a sigmoid.
fn gelu(x: f32) -> f32 {
    let inner = std::f32::consts::FRAC_2_PI.sqrt() * (x + 0.044_715 * x.powi(3));
    x / (1.0 + (-2.0 * inner).exp())
}

/// The sum of what each hidden unit adds to a position.
fn units(x: ArrayView1<'_, f32>, weights: &FeedForward<'_>) -> Array1<f32> {
    let (hidden, w_out) = match weights {
        FeedForward::Relu { w_in, w_out } => (w_in.dot(&x).mapv(|x| x.max(0.0)), w_out),
        FeedForward::GatedGelu {
            w_gate,
            w_value,
            w_out,
        } => (w_gate.dot(&x).mapv(gelu) * w_value.dot(&x), w_out),
    };
    let mut y = Array1::zeros(x.len());
    for (&hidden, written) in hidden.iter().zip(w_out.columns()) {
        y.scaled_add(hidden, &written);
    }
    y
}

/// The feed-forward network, unit by unit.
pub(crate) fn feed_forward(x: ArrayView3<'_, f32>, weights: &FeedForward<'_>) -> Array3<f32> {
    let mut y = Array3::zeros(x.dim());
    for (x, mut y) in x.lanes(Axis(2)).into_iter().zip(y.lanes_mut(Axis(2))) {
        y.assign(&units(x, weights));
    }
    y
}

/// The feed-forward network with each position as a column: W xᵀ.
pub(crate) fn in_columns(x: ArrayView3<'_, f32>, weights: &FeedForward<'_>) -> Array3<f32> {
    let mut y = Array3::zeros(x.dim());
    for (x, mut y) in x.outer_iter().zip(y.outer_iter_mut()) {
        let columns = match weights {
            FeedForward::Relu { w_in, w_out } => {
                w_out.dot(&w_in.dot(&x.t()).mapv(|x| if x > 0.0 { x } else { 0.0 }))
            }
            FeedForward::GatedGelu {
                w_gate,
                w_value,
                w_out,
            } => w_out.dot(&(w_value.dot(&x.t()) * w_gate.dot(&x.t()).mapv(gelu))),
        };
        y.assign(&columns.t());
    }
    y
}

/// RMS norm as a product with the inverse root.
pub(crate) fn rms_norm(x: ArrayView3<'_, f32>, norm: &RmsNorm<'_>) -> Array3<f32> {
    let mut normed = x.to_owned();
    for mut row in normed.lanes_mut(Axis(2)) {
        row *= inverse_root(row.view());
        row *= &norm.gamma;
    }
    normed
}

fn inverse_root(row: ArrayView1<'_, f32>) -> f32 {
    1.0 / (row.dot(&row) / row.len() as f32 + EPSILON).sqrt()
}

/// Logits with γ and the scale in the matrix, and the root of the squares taken out at the end.
pub(crate) fn logits(x: ArrayView3<'_, f32>, norm: &RmsNorm<'_>, head: &Head<'_>) -> Array3<f32> {
    let matrix = match head {
        Head::Tied(matrix) => matrix / (matrix.ncols() as f32).sqrt(),
        Head::Untied(matrix) => matrix.to_owned(),
    };
    let matrix = matrix * norm.gamma;
    let (batch, length, _) = x.dim();
    let mut logits = Array3::zeros((batch, length, matrix.nrows()));
    for (x, mut logits) in x.lanes(Axis(2)).into_iter().zip(logits.lanes_mut(Axis(2))) {
        logits.assign(&(matrix.dot(&x) * inverse_root(x)));
    }
    logits
}
