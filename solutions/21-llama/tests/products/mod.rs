//! Few large products: all query heads of a group are rows of one matrix, and so are W_gate and W_up.

use layer_norm::rms_norm;
use llama::{AttentionSteps, BlockSteps, BlockWeights, Cache, Config, Llama, rotate, split_heads};
use ndarray::{Array2, Array3, ArrayView2, ArrayView3, Axis, concatenate, s};

use super::adapter::Functions;

pub(super) const FUNCTIONS: Functions = Functions {
    rotate: rotate_vector_by_vector,
    attend,
    self_attention,
    block,
    logits,
};

/// Pair by pair, in place; the frequency is multiplied from pair to pair.
fn rotate_vector_by_vector(x: ArrayView3<'_, f32>, past: usize, base: f32) -> Array3<f32> {
    let mut rotated = x.to_owned();
    let half = x.len_of(Axis(2)) / 2;
    let step = f64::from(base).powf(-1.0 / half as f64);
    for mut head in rotated.outer_iter_mut() {
        for (row, mut vector) in head.outer_iter_mut().enumerate() {
            let mut frequency = 1.0;
            for i in 0..half {
                let angle = (past + row) as f64 * frequency;
                let (sin, cos) = (angle.sin() as f32, angle.cos() as f32);
                let (a, b) = (vector[i], vector[i + half]);
                vector[i] = a * cos - b * sin;
                vector[i + half] = b * cos + a * sin;
                frequency *= step;
            }
        }
    }
    rotated
}

/// The queries of a group, one head after the other, are the rows of one matrix.
fn attend(
    queries: ArrayView3<'_, f32>,
    keys: ArrayView3<'_, f32>,
    values: ArrayView3<'_, f32>,
) -> (Array3<f32>, Array3<f32>) {
    let (heads, new, head_dim) = queries.dim();
    let (kv_heads, length, _) = keys.dim();
    let rows = heads / kv_heads * new;
    let grouped = queries
        .to_shape((kv_heads, rows, head_dim))
        .expect("as many entries");
    let mut weights = Array3::zeros((kv_heads, rows, length));
    let mut contexts = Array3::zeros((kv_heads, rows, head_dim));
    for shared in 0..kv_heads {
        let of_head = s![shared, .., ..];
        let scaled = &grouped.slice(of_head) * (head_dim as f32).sqrt().recip();
        let mut scores = scaled.dot(&keys.slice(of_head).t());
        for (row, mut scores) in scores.rows_mut().into_iter().enumerate() {
            let so_far = length - new + row % new + 1;
            scores.slice_mut(s![so_far..]).fill(f32::NEG_INFINITY);
            let largest = scores.fold(f32::NEG_INFINITY, |a, &b| a.max(b));
            scores.mapv_inplace(|score| (score - largest).exp());
            let sum = scores.sum();
            scores /= sum;
        }
        contexts
            .slice_mut(of_head)
            .assign(&scores.dot(&values.slice(of_head)));
        weights.slice_mut(of_head).assign(&scores);
    }
    let contexts = contexts.into_shape_with_order((heads, new, head_dim));
    let weights = weights.into_shape_with_order((heads, new, length));
    (
        contexts.expect("as many entries"),
        weights.expect("as many entries"),
    )
}

/// One product for queries, keys and values.
fn self_attention(
    x: ArrayView2<'_, f32>,
    past: &Cache,
    weights: &BlockWeights<'_>,
    config: &Config,
) -> AttentionSteps {
    let position = past.keys.len_of(Axis(1));
    let fused = x.dot(&concatenate![Axis(0), weights.w_q, weights.w_k, weights.w_v].t());
    let (inner, shared) = (weights.w_q.nrows(), weights.w_k.nrows());
    let queries = split_heads(fused.slice(s![.., ..inner]), config.heads);
    let keys = fused.slice(s![.., inner..inner + shared]);
    let keys = split_heads(keys, config.kv_heads);
    let values = split_heads(fused.slice(s![.., inner + shared..]), config.kv_heads);

    let both = concatenate![Axis(0), queries, keys];
    let both = rotate(both.view(), position, config.base);
    let cache = Cache {
        keys: concatenate![Axis(1), past.keys, both.slice(s![config.heads.., .., ..])],
        values: concatenate![Axis(1), past.values, values],
    };
    let (contexts, attention) = attend(
        both.slice(s![..config.heads, .., ..]),
        cache.keys.view(),
        cache.values.view(),
    );
    let mut output = Array2::zeros(x.raw_dim());
    let head_dim = inner / config.heads;
    // The last layer head by head: the sum of what each adds.
    for (head, context) in contexts.outer_iter().enumerate() {
        let columns = weights
            .w_o
            .slice(s![.., head * head_dim..(head + 1) * head_dim]);
        output += &context.dot(&columns.t());
    }
    AttentionSteps {
        cache,
        weights: attention,
        output,
    }
}

/// The γ of each norm goes into the matrices that follow it.
fn block(
    x: ArrayView2<'_, f32>,
    past: &Cache,
    weights: &BlockWeights<'_>,
    config: &Config,
) -> BlockSteps {
    let normed = rms_norm(x, weights.norm_1, config.epsilon);
    let steps = self_attention(normed.view(), past, weights, config);
    let mut after_attention = steps.output.clone();
    after_attention += &x;

    let ones = weights.norm_2.mapv(|_| 1.0);
    let normed = rms_norm(after_attention.view(), ones.view(), config.epsilon);
    let wide = concatenate![Axis(0), weights.w_gate, weights.w_up] * weights.norm_2;
    let wide = normed.dot(&wide.t());
    let d_ff = weights.w_gate.nrows();
    let (gate, up) = wide.view().split_at(Axis(1), d_ff);
    let hidden = gate.mapv(|x| x / (1.0 + (-x).exp())) * up;
    let feed_forward = hidden.dot(&weights.w_down.t());
    BlockSteps {
        attention: steps.output,
        output: &after_attention + &feed_forward,
        after_attention,
        feed_forward,
        cache: steps.cache,
    }
}

/// Token by token, each after the cache of those before it.
fn logits(tokens: &[usize], pasts: &[Cache], model: &Llama<'_>) -> (Array2<f32>, Vec<Cache>) {
    let mut caches = pasts.to_vec();
    let mut all = Array2::zeros((0, model.token_embedding.nrows()));
    for &token in tokens {
        let mut x = model.token_embedding.select(Axis(0), &[token]);
        for (cache, weights) in caches.iter_mut().zip(&model.blocks) {
            let steps = block(x.view(), cache, weights, &model.config);
            (x, *cache) = (steps.output, steps.cache);
        }
        let normed = rms_norm(x.view(), model.final_norm, model.config.epsilon);
        let head = model.head.unwrap_or(model.token_embedding);
        let logits = normed.dot(&head.t());
        all.append(Axis(0), logits.view()).expect("equal widths");
    }
    (all, caches)
}
