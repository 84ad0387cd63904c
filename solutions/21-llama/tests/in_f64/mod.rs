//! All sums and products in `f64`, entry by entry, without the parts of earlier exercises.

use llama::{AttentionSteps, BlockSteps, BlockWeights, Cache, Config, Llama};
use ndarray::{Array2, Array3, ArrayView1, ArrayView2, ArrayView3, Axis, concatenate};

use super::adapter::Functions;

pub(super) const FUNCTIONS: Functions = Functions {
    rotate,
    attend,
    self_attention,
    block,
    logits,
};

fn rotate(x: ArrayView3<'_, f32>, past: usize, base: f32) -> Array3<f32> {
    let half = x.len_of(Axis(2)) / 2;
    Array3::from_shape_fn(x.dim(), |(head, row, feature)| {
        let pair = feature % half;
        let frequency = (-f64::from(base).ln() * pair as f64 / half as f64).exp();
        let (sin, cos) = ((past + row) as f64 * frequency).sin_cos();
        let a = f64::from(x[(head, row, pair)]);
        let b = f64::from(x[(head, row, pair + half)]);
        let rotated = if feature < half {
            a * cos - b * sin
        } else {
            a * sin + b * cos
        };
        rotated as f32
    })
}

/// Each query with as many keys as it may attend to, so that no mask is needed.
fn attend(
    queries: ArrayView3<'_, f32>,
    keys: ArrayView3<'_, f32>,
    values: ArrayView3<'_, f32>,
) -> (Array3<f32>, Array3<f32>) {
    let (heads, new, head_dim) = queries.dim();
    let (kv_heads, length, _) = keys.dim();
    let mut contexts = Array3::<f64>::zeros((heads, new, head_dim));
    let mut weights = Array3::<f64>::zeros((heads, new, length));
    for head in 0..heads {
        let shared = head * kv_heads / heads;
        for query in 0..new {
            let so_far = length - new + query + 1;
            let score = |key: usize| {
                let product =
                    |d| f64::from(queries[(head, query, d)]) * f64::from(keys[(shared, key, d)]);
                (0..head_dim).map(product).sum::<f64>() / (head_dim as f64).sqrt()
            };
            let sum: f64 = (0..so_far).map(|key| score(key).exp()).sum();
            for key in 0..so_far {
                let weight = score(key).exp() / sum;
                weights[(head, query, key)] = weight;
                for d in 0..head_dim {
                    contexts[(head, query, d)] += weight * f64::from(values[(shared, key, d)]);
                }
            }
        }
    }
    (contexts.mapv(|x| x as f32), weights.mapv(|x| x as f32))
}

/// x Wᵀ.
fn layer(x: ArrayView2<'_, f32>, w: ArrayView2<'_, f32>) -> Array2<f32> {
    let product = x.mapv(f64::from).dot(&w.t().mapv(f64::from));
    product.mapv(|x| x as f32)
}

fn norm(x: ArrayView2<'_, f32>, gamma: ArrayView1<'_, f32>, epsilon: f32) -> Array2<f32> {
    Array2::from_shape_fn(x.dim(), |(row, feature)| {
        let squares = x.row(row).mapv(|x| f64::from(x).powi(2));
        let mean = squares.sum() / squares.len() as f64;
        let normed = f64::from(x[(row, feature)]) / (mean + f64::from(epsilon)).sqrt();
        (normed * f64::from(gamma[feature])) as f32
    })
}

/// Head h has the columns from h · head_dim on.
fn split(x: &Array2<f32>, heads: usize) -> Array3<f32> {
    let head_dim = x.ncols() / heads;
    Array3::from_shape_fn((heads, x.nrows(), head_dim), |(head, row, feature)| {
        x[(row, head * head_dim + feature)]
    })
}

fn self_attention(
    x: ArrayView2<'_, f32>,
    past: &Cache,
    weights: &BlockWeights<'_>,
    config: &Config,
) -> AttentionSteps {
    let position = past.keys.len_of(Axis(1));
    let queries = split(&layer(x, weights.w_q), config.heads);
    let keys = split(&layer(x, weights.w_k), config.kv_heads);
    let values = split(&layer(x, weights.w_v), config.kv_heads);
    let keys = rotate(keys.view(), position, config.base);
    let cache = Cache {
        keys: concatenate![Axis(1), past.keys, keys],
        values: concatenate![Axis(1), past.values, values],
    };
    let queries = rotate(queries.view(), position, config.base);
    let (contexts, attention) = attend(queries.view(), cache.keys.view(), cache.values.view());
    let head_dim = contexts.len_of(Axis(2));
    let merged = Array2::from_shape_fn((x.nrows(), config.heads * head_dim), |(row, column)| {
        contexts[(column / head_dim, row, column % head_dim)]
    });
    AttentionSteps {
        cache,
        weights: attention,
        output: layer(merged.view(), weights.w_o),
    }
}

fn block(
    x: ArrayView2<'_, f32>,
    past: &Cache,
    weights: &BlockWeights<'_>,
    config: &Config,
) -> BlockSteps {
    let normed = norm(x, weights.norm_1, config.epsilon);
    let steps = self_attention(normed.view(), past, weights, config);
    let after_attention = &x + &steps.output;
    let normed = norm(after_attention.view(), weights.norm_2, config.epsilon);
    let (gate, up) = (
        layer(normed.view(), weights.w_gate),
        layer(normed.view(), weights.w_up),
    );
    let hidden = Array2::from_shape_fn(gate.dim(), |at| {
        let (gate, up) = (f64::from(gate[at]), f64::from(up[at]));
        (gate / (1.0 + (-gate).exp()) * up) as f32
    });
    let feed_forward = layer(hidden.view(), weights.w_down);
    BlockSteps {
        attention: steps.output,
        output: &after_attention + &feed_forward,
        after_attention,
        feed_forward,
        cache: steps.cache,
    }
}

fn logits(tokens: &[usize], pasts: &[Cache], model: &Llama<'_>) -> (Array2<f32>, Vec<Cache>) {
    let d_model = model.token_embedding.ncols();
    let mut x = Array2::from_shape_fn((tokens.len(), d_model), |(row, feature)| {
        model.token_embedding[(tokens[row], feature)]
    });
    let mut caches = Vec::new();
    for (number, weights) in model.blocks.iter().enumerate() {
        let steps = block(x.view(), &pasts[number], weights, &model.config);
        x = steps.output;
        caches.push(steps.cache);
    }
    let normed = norm(x.view(), model.final_norm, model.config.epsilon);
    let head = model.head.unwrap_or(model.token_embedding);
    (layer(normed.view(), head), caches)
}
