//! Llamas whose rotary frequencies are scaled, through the functions of exercise 21.
//!
//! The exercise's `rotate` has one base for all pairs of features, and its `self_attention` calls it. Any frequency is that of
//! some base, though. So each pair is rotated by itself, with a base of its own, and the other functions of the exercise are put
//! together around this.

use feed_forward::swiglu;
use kv_cache::{Cache, append};
use layer_norm::rms_norm;
use llama::{
    AttentionSteps, BlockSteps, BlockWeights, Config, Llama, grouped_query_attention, merge_heads,
    rotate, split_heads,
};
use ndarray::{Array2, Array3, ArrayView2, ArrayView3, Axis, s};

use super::rotation::Rotation;
use crate::config::LlamaConfig;
use crate::products::linear;

/// The width of the vectors in which a pair is rotated. The frequency of their second pair is base^(−1/4): the fourth root
/// also makes the error small with which a base is rounded to `f32`.
const WIDTH: usize = 8;
/// The second pair of these vectors.
const PAIR: [usize; 2] = [1, 1 + WIDTH / 2];

/// A rotary embedding with a frequency for each pair of features.
#[derive(Debug)]
pub(crate) struct Scaled {
    /// The base by which each pair gets its frequency.
    bases: Vec<f32>,
}

impl Scaled {
    /// The rotary embedding of a model. There is none if the exercise has a place for its frequencies.
    pub(crate) fn new(config: &LlamaConfig) -> Option<Self> {
        config.rotary.scaling?;
        let rotation = Rotation::new(&config.rotary, config.head_dim);
        let frequencies = rotation.frequencies().iter();
        let exponent = -(WIDTH as f64) / 2.0;
        let bases = frequencies.map(|frequency| frequency.powf(exponent) as f32);
        Some(Self {
            bases: bases.collect(),
        })
    }

    /// Exercise 21's `logits` with these frequencies.
    pub(crate) fn logits(
        &self,
        tokens: &[usize],
        pasts: &[Cache],
        model: &Llama<'_>,
    ) -> (Array2<f32>, Vec<Cache>) {
        let mut x = model.token_embedding.select(Axis(0), tokens);
        let mut caches = Vec::new();
        for (weights, past) in model.blocks.iter().zip(pasts) {
            let steps = self.block(x.view(), past, weights, &model.config);
            x = steps.output;
            caches.push(steps.cache);
        }
        let normed = rms_norm(x.view(), model.final_norm, model.config.epsilon);
        let head = model.head.unwrap_or(model.token_embedding);
        (linear(normed.view(), head, 1), caches)
    }

    /// Exercise 21's `block` with these frequencies.
    pub(crate) fn block(
        &self,
        x: ArrayView2<'_, f32>,
        past: &Cache,
        weights: &BlockWeights<'_>,
        config: &Config,
    ) -> BlockSteps {
        let normed = rms_norm(x, weights.norm_1, config.epsilon);
        let AttentionSteps {
            output: attention,
            cache,
            ..
        } = self.self_attention(normed.view(), past, weights, config);
        let after_attention = &x + &attention;
        let normed = rms_norm(after_attention.view(), weights.norm_2, config.epsilon);
        let feed_forward = swiglu(normed.view(), weights.w_gate, weights.w_up, weights.w_down);
        BlockSteps {
            output: &after_attention + &feed_forward,
            attention,
            after_attention,
            feed_forward,
            cache,
        }
    }

    /// Exercise 21's `self_attention` with these frequencies.
    pub(crate) fn self_attention(
        &self,
        x: ArrayView2<'_, f32>,
        past: &Cache,
        weights: &BlockWeights<'_>,
        config: &Config,
    ) -> AttentionSteps {
        let position = past.keys.len_of(Axis(1));
        let split = |matrix, heads| split_heads(linear(x, matrix, 1).view(), heads);
        let queries = split(weights.w_q, config.heads);
        let keys = split(weights.w_k, config.kv_heads);
        let values = split(weights.w_v, config.kv_heads);
        let queries = self.rotate(queries.view(), position);
        let keys = self.rotate(keys.view(), position);
        let cache = Cache {
            keys: append(past.keys.view(), keys.view()),
            values: append(past.values.view(), values.view()),
        };
        let (contexts, attention_weights) =
            grouped_query_attention(queries.view(), cache.keys.view(), cache.values.view());
        AttentionSteps {
            cache,
            weights: attention_weights,
            output: linear(merge_heads(contexts.view()).view(), weights.w_o, 1),
        }
    }

    /// Rotates the vectors of each head, (heads, new, head_dim), each pair by the exercise's `rotate` with its own base.
    fn rotate(&self, x: ArrayView3<'_, f32>, past: usize) -> Array3<f32> {
        let (heads, new, head_dim) = x.dim();
        let mut rotated = Array3::zeros(x.raw_dim());
        for (pair, &base) in self.bases.iter().enumerate() {
            let features = [pair, pair + head_dim / 2];
            let mut alone = Array3::zeros((heads, new, WIDTH));
            for (place, feature) in PAIR.into_iter().zip(features) {
                let column = x.slice(s![.., .., feature]);
                alone.slice_mut(s![.., .., place]).assign(&column);
            }
            let turned = rotate(alone.view(), past, base);
            for (place, feature) in PAIR.into_iter().zip(features) {
                let column = turned.slice(s![.., .., place]);
                rotated.slice_mut(s![.., .., feature]).assign(&column);
            }
        }
        rotated
    }
}

#[cfg(test)]
mod tests {
    use std::f64::consts::TAU;

    use super::*;
    use crate::config::{Rotary, RotaryScaling};

    #[test]
    fn a_pair_turns_by_its_frequency_far_out_as_well() {
        let rotary = Rotary {
            base: 500_000.0,
            scaling: Some(RotaryScaling::Llama3 {
                factor: 8.0,
                low_turns: 1.0,
                high_turns: 4.0,
                original_context: 8192.0,
            }),
        };
        let rotation = Rotation::new(&rotary, 64);
        let exponent = -(WIDTH as f64) / 2.0;
        let bases = rotation
            .frequencies()
            .iter()
            .map(|f| f.powf(exponent) as f32);
        let scaled = Scaled {
            bases: bases.collect(),
        };
        let far = 8000;
        let turned = scaled.rotate(Array3::ones((1, 1, 64)).view(), far);
        for (pair, frequency) in rotation.frequencies().iter().enumerate() {
            let angle = far as f64 * frequency % TAU;
            let expected = angle.cos() - angle.sin();
            let found = f64::from(turned[[0, 0, pair]]);
            assert!(
                (found - expected).abs() < 1e-3,
                "{pair}: {found} {expected}"
            );
        }
    }
}
