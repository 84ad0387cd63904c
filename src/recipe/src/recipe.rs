//! The sizes of a model and the settings of its training.

use serde::{Deserialize, Serialize};

use crate::data::Data;

/// The steps of a run for each one in which the learning rate rises.
const STEPS_PER_WARM_UP: usize = 20;
/// The share of the largest learning rate that is left at the end.
const FLOOR: f32 = 0.1;

/// Sizes of a decoder, as exercise 18 has it, and settings of its training.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Recipe {
    /// The data that the model learns from.
    pub data: Data,
    /// The number of blocks.
    pub blocks: usize,
    /// The number of heads of each attention.
    pub heads: usize,
    /// The width of the model. The feed-forward networks are four times as wide.
    pub width: usize,
    /// The number of tokens that the model reads at once.
    pub context: usize,
    /// The number of sequences of a batch.
    pub batch: usize,
    /// The number of sequences that go through the model at once; the gradients of a batch are put together from these.
    pub micro_batch: usize,
    /// The number of steps.
    pub steps: usize,
    /// The number of steps in which the learning rate rises.
    pub warm_up: usize,
    /// The largest learning rate.
    pub peak: f32,
    /// The learning rate of the last step.
    pub floor: f32,
    /// The largest norm that the gradients of a step may have.
    pub max_norm: f32,
    /// AdamW's β₁.
    pub beta_1: f32,
    /// AdamW's β₂.
    pub beta_2: f32,
    /// AdamW's ε.
    pub epsilon: f32,
    /// AdamW's λ, for parameters with two axes.
    pub weight_decay: f32,
    /// The standard deviation of the first weights.
    pub deviation: f32,
}

impl Recipe {
    /// nanoGPT's recipe for processors without a graphics card (Karpathy 2022, github.com/karpathy/nanoGPT). Only biases,
    /// which its blocks leave out, are added here.
    pub const NANO: Self = Self {
        data: Data::Text,
        blocks: 4,
        heads: 4,
        width: 128,
        context: 64,
        batch: 12,
        micro_batch: 3,
        steps: 2000,
        warm_up: 100,
        peak: 1e-3,
        floor: 1e-3 * FLOOR,
        max_norm: 1.0,
        beta_1: 0.9,
        beta_2: 0.99,
        epsilon: 1e-8,
        weight_decay: 0.1,
        deviation: 0.02,
    };

    /// A model that is trained in seconds, so that one can try what a change does.
    pub const POCKET: Self = Self {
        blocks: 2,
        heads: 2,
        width: 32,
        context: 32,
        batch: 8,
        micro_batch: 2,
        steps: 500,
        warm_up: 25,
        peak: 3e-3,
        floor: 3e-3 * FLOOR,
        // The weights are as large as in a model of 128, compared with the width.
        deviation: 0.04,
        ..Self::NANO
    };

    /// A model of two blocks in which an induction head appears (Olsson et al. 2022, "In-context Learning and Induction
    /// Heads"). One head of each block is enough for that, and with larger first weights it does not take long.
    pub const INDUCTION: Self = Self {
        data: Data::Chains,
        heads: 1,
        batch: 32,
        micro_batch: 8,
        steps: 800,
        warm_up: 40,
        peak: 5e-3,
        floor: 5e-3 * FLOOR,
        deviation: 0.1,
        ..Self::POCKET
    };

    /// All recipes of the course.
    pub const ALL: [Self; 3] = [Self::NANO, Self::POCKET, Self::INDUCTION];

    /// Returns `true` if this is a recipe of the course, with any number of steps and any learning rate.
    pub fn is_known(&self) -> bool {
        Self::ALL
            .iter()
            .any(|known| known.with_steps(self.steps).with_peak(self.peak) == *self)
    }

    /// The same recipe with a different number of steps. The warm-up is a twentieth of them.
    #[must_use]
    pub fn with_steps(self, steps: usize) -> Self {
        Self {
            steps,
            warm_up: steps / STEPS_PER_WARM_UP,
            ..self
        }
    }

    /// The same recipe with a different largest learning rate. The last one is a tenth of it.
    #[must_use]
    pub fn with_peak(self, peak: f32) -> Self {
        Self {
            peak,
            floor: peak * FLOOR,
            ..self
        }
    }

    /// The width of a block's feed-forward network.
    pub fn inner_width(&self) -> usize {
        4 * self.width
    }

    /// The number of tokens of a batch.
    pub fn tokens(&self) -> usize {
        self.batch * self.context
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recipe_with_its_own_numbers_is_the_same_recipe() {
        for recipe in Recipe::ALL {
            assert_eq!(recipe.with_steps(recipe.steps), recipe);
            assert_eq!(recipe.with_peak(recipe.peak), recipe);
            assert_eq!(recipe.width % recipe.heads, 0);
            assert_eq!(recipe.batch % recipe.micro_batch, 0);
        }
    }

    #[test]
    fn a_recipe_is_known_by_everything_but_steps_and_rate() {
        let changed = Recipe::POCKET.with_steps(7).with_peak(0.5);
        assert!(changed.is_known());
        let other = Recipe {
            heads: 1,
            ..changed
        };
        assert!(!other.is_known());
    }

    #[test]
    fn short_runs_have_short_warm_ups() {
        let warm_up = |steps| Recipe::NANO.with_steps(steps).warm_up;
        assert_eq!([1, 19, 20, 200, 4000].map(warm_up), [0, 0, 1, 10, 200]);
    }
}
