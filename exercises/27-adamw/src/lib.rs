//! # AdamW
//!
//! A gradient says in which direction a parameter should move, and its size is a poor guide to how far: the gradients of
//! two parameters of one model can differ by a factor of a million. AdamW divides each gradient by its usual size, so
//! that every parameter moves by about the learning rate. Two more functions belong to a step of training: one limits
//! the length of the gradient, and one says what the learning rate is.
//!
//! ```text
//! in step t = 1, 2, 3, …, for each parameter θ with its gradient g
//!
//! m ← β₁ m + (1 − β₁) g                        the running mean of the gradients
//! v ← β₂ v + (1 − β₂) g²                       the running mean of their squares
//! m̂ = m / (1 − β₁ᵗ)    v̂ = v / (1 − β₂ᵗ)       both began at 0, and this makes up for it
//! θ ← θ − η λ θ                                decay, if θ has two axes or more
//! θ ← θ − η m̂ / (√v̂ + ε)                       the step
//!
//! clip            g · min(1, c / (‖g‖ + 10⁻⁶))        where ‖g‖ is the norm of all gradients together
//! learning rate   from η/w in step 1 up to η in step w, then down along half a cosine to a floor in step T
//! ```
//!
//! (Kingma and Ba 2015, "Adam: A Method for Stochastic Optimization", algorithm 1 and section 3 for the correction of m and
//! v; Loshchilov and Hutter 2019, "Decoupled Weight Decay Regularization", algorithm 2 for the decay, with the whole rate
//! η in front of λ as in PyTorch. Clipping: Pascanu, Mikolov and Bengio 2013, "On the difficulty of training recurrent
//! neural networks", section 3.2. Half a cosine: Loshchilov and Hutter 2017, "SGDR", section 3, without restarts.)
//!
//! | symbol      | shape            | meaning                                                                   |
//! |-------------|------------------|---------------------------------------------------------------------------|
//! | θ, g, m, v  | any, all equal   | one parameter tensor, its gradient, and its two moments                   |
//! | β₁, β₂      |                  | the share of the old mean that each step keeps, such as 0.9 and 0.999     |
//! | ε           |                  | a small number that keeps the divisor from being 0, such as 10⁻⁸          |
//! | λ           |                  | weight decay, such as 0.01 or 0.1                                         |
//! | η           |                  | the learning rate of this step                                            |
//! | c           |                  | the largest norm that gradients may have, such as 1                       |
//! | w, T        |                  | the number of steps of the warm-up, and of the whole run                  |
//!
//! All operations are entry by entry: no number of a tensor influences a different one. Only `clip` looks at all of them
//! together. Decay is *decoupled*: λθ is subtracted from the parameter and is no part of g, so m and v never see it. It
//! is for matrices. Biases and the γ and β of norms have one axis, and are not drawn towards 0.
//!
//! The functions are pure. They take views, change nothing, and return what is new.

use std::f32::consts::PI;

use ndarray::{ArrayD, ArrayViewD};

/// Settings of AdamW that are the same in every step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Settings {
    /// Share of the old mean of gradients that a step keeps, β₁: at least 0 and below 1.
    pub beta_1: f32,
    /// Share of the old mean of squares that a step keeps, β₂: at least 0 and below 1.
    pub beta_2: f32,
    /// Small number that is added to the root, ε.
    pub epsilon: f32,
    /// Weight decay, λ. At 0 nothing decays.
    pub weight_decay: f32,
}

/// Running means that AdamW keeps of a parameter from one step to the next. Both begin as zeros.
#[derive(Debug, Clone, PartialEq)]
pub struct Moments {
    /// Running mean of the gradients, m, in the shape of the parameter.
    pub m: ArrayD<f32>,
    /// Running mean of the squares of the gradients, v, in the shape of the parameter.
    pub v: ArrayD<f32>,
}

/// One step of AdamW for one parameter tensor: the parameter after the step, and its moments.
///
/// `parameter`, `gradient` and both moments have one shape, with any number of axes. `moments` are those before the step.
/// The moments that are returned are m and v of the formula, not m̂ and v̂. `step` is the number of this step: 1 for the
/// first. Parameters with fewer than two axes do not decay.
pub fn adamw_step(
    parameter: ArrayViewD<'_, f32>,
    gradient: ArrayViewD<'_, f32>,
    moments: &Moments,
    step: usize,
    learning_rate: f32,
    settings: &Settings,
) -> (ArrayD<f32>, Moments) {
    todo!(
        "update both moments, correct them, let the parameter decay if it should, and take the step"
    )
}

/// The gradients of all parameters with a norm of at most `max_norm`, and the norm that they had before.
///
/// The norm is that of all gradients together: the root of the sum of the squares of all entries of all tensors. Every
/// entry is multiplied by the same factor, min(1, `max_norm` / (norm + 10⁻⁶)). So gradients that are short enough stay as
/// they are. The clipped gradients have the order and the shapes of `gradients`. `max_norm` is above 0.
pub fn clip(gradients: &[ArrayViewD<'_, f32>], max_norm: f32) -> (Vec<ArrayD<f32>>, f32) {
    todo!("one norm of all entries of all gradients; one factor for all of them, at most 1")
}

/// Course of the learning rate over a run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Schedule {
    /// Largest rate: that of the last step of the warm-up.
    pub peak: f32,
    /// Smallest rate after the warm-up: that of the last step, and of any after it.
    pub floor: f32,
    /// Number of steps of the warm-up, w. It may be 0, and it may be all of them.
    pub warm_up: usize,
    /// Number of steps of the whole run, T: at least 1, and no fewer than those of the warm-up.
    pub steps: usize,
}

/// The learning rate with which step `step` is taken. The first step is step 1.
///
/// | step                        | learning rate                                                   |
/// |-----------------------------|-----------------------------------------------------------------|
/// | 1, …, `warm_up`             | on a straight line: `peak` · step / `warm_up`                   |
/// | `warm_up` + 1, …, `steps`   | on half a cosine from `peak` down to `floor`                    |
/// | after `steps`               | `floor`                                                         |
///
/// So step `warm_up` has the rate `peak`, and step `steps` has the rate `floor`, unless all steps are warm-up. Halfway
/// between these two steps the rate is halfway between these two rates. Without a warm-up, the cosine begins with `peak`
/// before the first step, so that step 1 is already a little lower.
pub fn learning_rate(step: usize, schedule: &Schedule) -> f32 {
    todo!("a straight line up in the warm-up, then half a cosine down, then the floor")
}
