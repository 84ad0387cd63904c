//! The parameters of a decoder before its first step.

use std::collections::BTreeMap;

use ndarray::{Array1, ArrayD, IxDyn};
use rand_chacha::ChaCha8Rng;

use crate::random::{PARAMETERS, generator, normal};
use crate::recipe::Recipe;

/// The parameters of a decoder before the first step, by the names that they have in exercise 28.
///
/// Matrices are normal numbers, and their deviation is smaller in the last layers of both halves of a block, because the
/// residual stream adds up what comes out of these (Radford et al. 2019, "Language Models are Unsupervised Multitask
/// Learners", section 2.3). Biases and β are 0, and γ is 1.
pub fn first_parameters(
    recipe: &Recipe,
    vocabulary: usize,
    seed: u64,
) -> BTreeMap<String, ArrayD<f32>> {
    let (width, inner) = (recipe.width, recipe.inner_width());
    let deviation = recipe.deviation;
    let added = deviation / (2.0 * recipe.blocks as f32).sqrt();
    let mut random = generator(seed, PARAMETERS);
    let mut named = BTreeMap::new();
    let mut add = |name: String, tensor: ArrayD<f32>| named.insert(name, tensor);
    for (name, rows) in [
        ("token_embedding", vocabulary),
        ("position_embedding", recipe.context),
    ] {
        add(name.to_owned(), matrix(rows, width, deviation, &mut random));
    }
    for block in 0..recipe.blocks {
        for (name, input, output, deviation) in [
            ("qkv", width, 3 * width, deviation),
            ("o", width, width, added),
            ("fc", width, inner, deviation),
            ("proj", inner, width, added),
        ] {
            let weight = matrix(input, output, deviation, &mut random);
            add(format!("blocks.{block}.w_{name}"), weight);
            add(format!("blocks.{block}.b_{name}"), constant(output, 0.0));
        }
        for norm in [1, 2] {
            add(format!("blocks.{block}.gamma_{norm}"), constant(width, 1.0));
            add(format!("blocks.{block}.beta_{norm}"), constant(width, 0.0));
        }
    }
    add("gamma_f".to_owned(), constant(width, 1.0));
    add("beta_f".to_owned(), constant(width, 0.0));
    named
}

fn matrix(rows: usize, columns: usize, deviation: f32, random: &mut ChaCha8Rng) -> ArrayD<f32> {
    ArrayD::from_shape_simple_fn(IxDyn(&[rows, columns]), || deviation * normal(random))
}

fn constant(length: usize, number: f32) -> ArrayD<f32> {
    Array1::from_elem(length, number).into_dyn()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decoder_has_all_of_its_parameters() {
        let recipe = Recipe::POCKET;
        let parameters = first_parameters(&recipe, 50, 1);
        assert_eq!(parameters.len(), 4 + 12 * recipe.blocks);
        assert_eq!(parameters["token_embedding"].shape(), [50, 32]);
        assert_eq!(parameters["position_embedding"].shape(), [32, 32]);
        assert_eq!(parameters["blocks.1.w_qkv"].shape(), [32, 96]);
        assert_eq!(parameters["blocks.1.w_proj"].shape(), [128, 32]);
        assert_eq!(parameters["blocks.0.b_fc"].shape(), [128]);
        assert!(parameters["gamma_f"].iter().all(|&gamma| gamma == 1.0));
    }

    #[test]
    fn a_seed_draws_the_same_parameters_and_a_different_seed_others() {
        let drawn = |seed| first_parameters(&Recipe::POCKET, 50, seed);
        assert_eq!(drawn(1), drawn(1));
        assert_ne!(drawn(1)["blocks.0.w_fc"], drawn(2)["blocks.0.w_fc"]);
    }

    #[test]
    fn what_the_residual_stream_adds_up_is_smaller() {
        let parameters = first_parameters(&Recipe::POCKET, 50, 1);
        let deviation = |name: &str| {
            let weights = &parameters[name];
            let squares: f32 = weights.iter().map(|weight| weight * weight).sum();
            (squares / weights.len() as f32).sqrt()
        };
        // Of 4,096 numbers: the deviation is known to about 1 %.
        assert!((deviation("blocks.0.w_fc") - 0.04).abs() < 0.002);
        assert!((deviation("blocks.0.w_proj") - 0.02).abs() < 0.001);
    }
}
