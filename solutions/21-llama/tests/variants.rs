//! Correct ways of solving the exercise that differ from the solution: the grader has to accept every one.

mod adapter;
mod in_f64;
mod products;

use adapter::Functions;
use llama::{
    AttentionSteps, BlockSteps, BlockWeights, Cache, Config, Llama, merge_heads, split_heads,
};
use ndarray::{Array2, Array3, ArrayView1, ArrayView2, ArrayView3, Axis, Zip, s, stack};

#[test]
fn everything_in_f64_entry_by_entry() {
    in_f64::FUNCTIONS.accept();
}

#[test]
fn one_product_for_each_group_and_one_for_gate_and_up() {
    products::FUNCTIONS.accept();
}

/// Keys and values are repeated for each query head first, as `repeat_kv` of `transformers` does it; rotation by
/// `rotate_half`; angles in `f32` where they are small.
#[test]
fn heads_repeated_and_halves_rotated() {
    Functions {
        rotate: rotate_half,
        attend: attend_to_repeated,
        self_attention: attention_of_rows,
        block: block_of_rows,
        logits: logits_of_rows,
    }
    .accept();
}

/// x · cos + rotate_half(x) · sin, where rotate_half puts the negated second half before the first.
fn rotate_half(x: ArrayView3<'_, f32>, past: usize, base: f32) -> Array3<f32> {
    let (_, new, head_dim) = x.dim();
    let half = head_dim / 2;
    let angle = |(row, feature): (usize, usize)| {
        let exponent = 2.0 * (feature % half) as f64 / head_dim as f64;
        (past + row) as f64 / f64::from(base).powf(exponent)
    };
    let cos = Array2::from_shape_fn((new, head_dim), |at| angle(at).cos() as f32);
    let sin = Array2::from_shape_fn((new, head_dim), |at| angle(at).sin() as f32);
    let mut turned = Array3::zeros(x.raw_dim());
    turned
        .slice_mut(s![.., .., ..half])
        .assign(&-&x.slice(s![.., .., half..]));
    turned
        .slice_mut(s![.., .., half..])
        .assign(&x.slice(s![.., .., ..half]));
    &x * &cos + turned * sin
}

/// Each key head as often as there are query heads in its group.
fn repeated(heads: ArrayView3<'_, f32>, group: usize) -> Array3<f32> {
    let mut all = Vec::new();
    for head in heads.outer_iter() {
        all.extend((0..group).map(|_| head));
    }
    stack(Axis(0), &all).expect("heads of equal shape")
}

fn attend_to_repeated(
    queries: ArrayView3<'_, f32>,
    keys: ArrayView3<'_, f32>,
    values: ArrayView3<'_, f32>,
) -> (Array3<f32>, Array3<f32>) {
    let (heads, new, head_dim) = queries.dim();
    let group = heads / keys.len_of(Axis(0));
    let (keys, values) = (repeated(keys, group), repeated(values, group));
    let length = keys.len_of(Axis(1));
    let mut weights = Array3::zeros((heads, new, length));
    let mut contexts = Array3::zeros(queries.raw_dim());
    for head in 0..heads {
        let of_head = s![head, .., ..];
        let scores = queries.slice(of_head).dot(&keys.slice(of_head).t());
        let mut scores = scores / (head_dim as f32).sqrt();
        for ((query, key), score) in scores.indexed_iter_mut() {
            if key > length - new + query {
                *score = -1e9;
            }
        }
        for mut row in scores.rows_mut() {
            let largest = row.fold(f32::NEG_INFINITY, |a, &b| a.max(b));
            row.mapv_inplace(|score| (score - largest).exp());
            row /= row.sum();
        }
        contexts
            .slice_mut(of_head)
            .assign(&scores.dot(&values.slice(of_head)));
        weights.slice_mut(of_head).assign(&scores);
    }
    (contexts, weights)
}

/// The cache is grown by pushing to a copy of it.
fn attention_of_rows(
    x: ArrayView2<'_, f32>,
    past: &Cache,
    weights: &BlockWeights<'_>,
    config: &Config,
) -> AttentionSteps {
    let mut cache = past.clone();
    let position = cache.values.len_of(Axis(1));
    let split = |w: ArrayView2<'_, f32>, heads| split_heads(x.dot(&w.t()).view(), heads);
    let keys = split(weights.w_k, config.kv_heads);
    let keys = rotate_half(keys.view(), position, config.base);
    let values = split(weights.w_v, config.kv_heads);
    cache.keys.append(Axis(1), keys.view()).expect("it fits");
    cache
        .values
        .append(Axis(1), values.view())
        .expect("it fits");
    let queries = split(weights.w_q, config.heads);
    let queries = rotate_half(queries.view(), position, config.base);
    let (contexts, attention) =
        attend_to_repeated(queries.view(), cache.keys.view(), cache.values.view());
    AttentionSteps {
        cache,
        weights: attention,
        output: merge_heads(contexts.view()).dot(&weights.w_o.t()),
    }
}

/// x · γ / √(mean square + ε), by iterators.
fn norm_of_rows(x: ArrayView2<'_, f32>, gamma: ArrayView1<'_, f32>, epsilon: f32) -> Array2<f32> {
    let mut normed = x.to_owned();
    for mut row in normed.rows_mut() {
        let squares: f32 = row.iter().map(|x| x * x).sum();
        let factor = 1.0 / (squares / row.len() as f32 + epsilon).sqrt();
        Zip::from(&mut row)
            .and(gamma)
            .for_each(|x, &gamma| *x *= factor * gamma);
    }
    normed
}

fn block_of_rows(
    x: ArrayView2<'_, f32>,
    past: &Cache,
    weights: &BlockWeights<'_>,
    config: &Config,
) -> BlockSteps {
    let normed = norm_of_rows(x, weights.norm_1, config.epsilon);
    let steps = attention_of_rows(normed.view(), past, weights, config);
    let after_attention = &steps.output + &x;
    let normed = norm_of_rows(after_attention.view(), weights.norm_2, config.epsilon);
    let gate = normed.dot(&weights.w_gate.t());
    let sigmoid = gate.mapv(|gate| 0.5 * (1.0 + (0.5 * gate).tanh()));
    let hidden = gate * sigmoid * normed.dot(&weights.w_up.t());
    let feed_forward = hidden.dot(&weights.w_down.t());
    BlockSteps {
        attention: steps.output,
        output: &feed_forward + &after_attention,
        after_attention,
        feed_forward,
        cache: steps.cache,
    }
}

fn logits_of_rows(
    tokens: &[usize],
    pasts: &[Cache],
    model: &Llama<'_>,
) -> (Array2<f32>, Vec<Cache>) {
    let rows: Vec<_> = tokens
        .iter()
        .map(|&token| model.token_embedding.row(token))
        .collect();
    let mut x = stack(Axis(0), &rows).expect("rows of equal length");
    let mut caches = pasts.to_vec();
    for (cache, weights) in caches.iter_mut().zip(&model.blocks) {
        let steps = block_of_rows(x.view(), cache, weights, &model.config);
        (x, *cache) = (steps.output, steps.cache);
    }
    let normed = norm_of_rows(x.view(), model.final_norm, model.config.epsilon);
    let head = match model.head {
        Some(head) => head,
        None => model.token_embedding,
    };
    (normed.dot(&head.t()), caches)
}
