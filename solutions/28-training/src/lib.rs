//! # The training loop
//!
//! Everything is there: a model, a loss, the gradients of all layers, and an optimiser. This exercise puts it together,
//! and at its end a small decoder learns. What is new in it is order: which part of a step comes first, what is kept from
//! one step to the next, and what has to be stored, so that a run can be interrupted.
//!
//! ```text
//! step t = 1, 2, 3, …
//!
//! forward         x₀ = E[token] + P[position]     x_{i+1} = block_i(x_i)     logits = LayerNorm_f(x_n) Eᵀ
//! loss            the mean cross-entropy of the positions that count
//! backward        from the logits through the norm, the blocks from the last to the first, and the embedding
//! clip            all gradients together
//! rate            that of step t, which is being taken
//! AdamW           every parameter, with its own moments
//! ```
//!
//! A block is two sums, and the gradient goes back through both of their terms:
//!
//! ```text
//! forward    a  = x  + Attention(LayerNorm₁(x))             y  = a  + FeedForward(LayerNorm₂(a))
//! backward   dx = da + what comes back through the norm     da = dy + what comes back through the norm
//! ```
//!
//! E is used twice, for the tokens and for the logits, so its gradient is a sum of two parts.
//!
//! A batch that does not fit into memory is read in parts. If Nₖ positions count in part k, with the mean loss Lₖ:
//!
//! ```text
//! the loss of the batch is    L = Σ Nₖ Lₖ / Σ Nₖ      and so is its gradient    g = Σ Nₖ gₖ / Σ Nₖ
//! ```
//!
//! (The model: Radford et al. 2019, "Language Models are Unsupervised Multitask Learners", section 2.3. The same matrix
//! for tokens and logits: Press and Wolf 2017, "Using the Output Embedding to Improve Language Models". Gradients of
//! parts: Ott et al. 2018, "Scaling Neural Machine Translation", section 3.)
//!
//! | name         | shape                    | meaning                                                              |
//! |--------------|--------------------------|----------------------------------------------------------------------|
//! | x, a, y      | (batch, length, d_model) | the input of a block, the sum after its attention, and its output    |
//! | dx, da, dy   | (batch, length, d_model) | their gradients                                                      |
//! | [`Tensors`]  |                          | tensors by name: all parameters, or a gradient for each of them      |
//! | [`Part`]     |                          | a loss, the number of positions that count in it, and its gradients  |
//! | [`State`]    |                          | parameters, moments, and the number of steps that have been taken    |
//! | [`Record`]   |                          | what a step reports: loss, norm of the gradients, learning rate      |
//!
//! You do not write the parts again. `embed`, `block` and `logits` are those of exercise 18, and [`decoder`] gives you its
//! weights. `cross_entropy` is that of exercise 24; `linear_backward`, `cross_entropy_backward` and `embedding_backward`
//! are those of exercise 25, `self_attention_backward` that of 26, and `adamw_step`, `clip` and `learning_rate` those of
//! 27. [`norm_backward`], [`gelu`], [`gelu_backward`] and [`projections`] bring them to the shapes that you have here.
//! `Cargo.toml` says whose functions these are, the course's or your own.
//!
//! On the way forward, `weights.norm_1.apply(x, EPSILON)` is the layer norm of each position, and
//! `linear(x, weight, Some(bias))` a linear layer. The mask of a block is `causal(length, length)`, `true` where a position
//! may attend; with `broadcast((batch, length, length))` it is that of a batch.
//!
//! The matrices of the model are (in, out), as in exercise 18, and `linear_backward` takes and returns (out, in):
//! `w.t()` on the way in, and `dw.t()` on the way out.

#[path = "../../../exercises/28-training/src/layers.rs"]
mod layers;
#[path = "../../../exercises/28-training/src/measures.rs"]
pub mod measures;
#[path = "../../../exercises/28-training/src/state.rs"]
mod state;

use adamw::{adamw_step, clip, learning_rate};
use attention_backward::self_attention_backward;
use attentive_given::linear;
use backward::{cross_entropy_backward, embedding_backward, linear_backward};
use cross_entropy::cross_entropy;
use gpt::{EPSILON, block, embed, logits};
use masks::causal;
use ndarray::{Array2, Array3, ArrayView3, Axis, concatenate, s};

pub use adamw::{Moments, Schedule, Settings};
pub use gpt::BlockWeights;
pub use layers::{NormGradients, gelu, gelu_backward, norm_backward, projections};
pub use state::{
    Batch, CheckpointError, Part, Record, RunSettings, State, Tensors, decoder, find,
    stored_parameters,
};

/// The backward pass of a block of exercise 18: the gradient of its input, and those of its weights.
///
/// `x` is the input of the block and `dy` the gradient of its output; both are (batch, length, d_model). The gradients of
/// the weights have the shapes of the weights, and go by the names `gamma_1`, `beta_1`, `w_qkv`, `b_qkv`, `w_o`, `b_o`,
/// `gamma_2`, `beta_2`, `w_fc`, `b_fc`, `w_proj` and `b_proj`.
pub fn block_backward(
    x: ArrayView3<'_, f32>,
    weights: &BlockWeights<'_>,
    heads: usize,
    dy: ArrayView3<'_, f32>,
) -> (Array3<f32>, Tensors) {
    // region: solution "back through the second sum and the feed-forward network, then through the first and attention"
    let (batch, length, _) = x.dim();
    let a = block(x, weights, heads).after_attention;
    let normed = weights.norm_2.apply(a.view(), EPSILON);
    let (w_fc, w_proj) = (weights.widen.weight.t(), weights.narrow.weight.t());
    let hidden = linear(normed.view(), w_fc, Some(weights.widen.bias));
    let narrow = linear_backward(gelu(hidden.view()).view(), w_proj, dy);
    let dhidden = gelu_backward(hidden.view(), narrow.dx.view());
    let widen = linear_backward(normed.view(), w_fc, dhidden.view());
    let norm_2 = norm_backward(a.view(), &weights.norm_2, widen.dx.view());
    let da = &dy + &norm_2.dx;

    let normed = weights.norm_1.apply(x, EPSILON);
    let causal = causal(length, length);
    let no_future = causal.broadcast((batch, length, length));
    let projections = projections(weights);
    let (dnormed, attention) =
        self_attention_backward(normed.view(), &projections, heads, no_future, da.view());
    let norm_1 = norm_backward(x, &weights.norm_1, dnormed.view());
    let dx = &da + &norm_1.dx;

    let (dw_q, dw_k, dw_v) = (attention.dw_q, attention.dw_k, attention.dw_v);
    let (db_q, db_k, db_v) = (attention.db_q, attention.db_k, attention.db_v);
    let named = [
        ("gamma_1", norm_1.dgamma.into_dyn()),
        ("beta_1", norm_1.dbeta.into_dyn()),
        (
            "w_qkv",
            concatenate![Axis(1), dw_q.t(), dw_k.t(), dw_v.t()].into_dyn(),
        ),
        ("b_qkv", concatenate![Axis(0), db_q, db_k, db_v].into_dyn()),
        ("w_o", attention.dw_o.t().to_owned().into_dyn()),
        ("b_o", attention.db_o.into_dyn()),
        ("gamma_2", norm_2.dgamma.into_dyn()),
        ("beta_2", norm_2.dbeta.into_dyn()),
        ("w_fc", widen.dw.t().to_owned().into_dyn()),
        ("b_fc", widen.db.into_dyn()),
        ("w_proj", narrow.dw.t().to_owned().into_dyn()),
        ("b_proj", narrow.db.into_dyn()),
    ];
    let named = named.map(|(name, gradient)| (name.to_owned(), gradient));
    (dx, Tensors::from(named))
    // endregion
}

/// The loss of the decoder on a batch, and the gradient of each of its parameters.
///
/// Positions whose target is `ignored` do not count. The gradients have the names and the shapes of `parameters`, which
/// are those of a decoder; see [`Tensors`].
pub fn gradients(batch: &Batch, parameters: &Tensors, heads: usize, ignored: usize) -> Part {
    // region: solution "forward, with the input of each block kept; the loss; then back, from the logits to the embedding"
    let model = decoder(parameters, heads);
    let (tokens, targets) = (batch.inputs.view(), batch.targets.view());
    let (e, p) = (model.token_embedding, model.position_embedding);
    let mut inputs = Vec::new();
    let mut x = embed(tokens, 0, e, p);
    for weights in &model.blocks {
        let output = block(x.view(), weights, model.heads).output;
        inputs.push(x);
        x = output;
    }
    let scores = logits(x.view(), &model.final_norm, e);
    let loss = cross_entropy(scores.view(), targets, Some(ignored), 0.0);

    let dscores = cross_entropy_backward(scores.view(), targets, Some(ignored), 0.0, 1.0);
    let normed = model.final_norm.apply(x.view(), EPSILON);
    let output = linear_backward(normed.view(), e, dscores.view());
    let final_norm = norm_backward(x.view(), &model.final_norm, output.dx.view());
    let mut gradients = Tensors::new();
    let mut dx = final_norm.dx;
    for (index, weights) in model.blocks.iter().enumerate().rev() {
        let (dinput, of_block) =
            block_backward(inputs[index].view(), weights, model.heads, dx.view());
        for (name, gradient) in of_block {
            gradients.insert(format!("blocks.{index}.{name}"), gradient);
        }
        dx = dinput;
    }
    let de = output.dw + embedding_backward(tokens, e, dx.view());
    let mut dp = Array2::zeros(p.raw_dim());
    let read = s![..tokens.ncols(), ..];
    dp.slice_mut(read).assign(&dx.sum_axis(Axis(0)));

    gradients.insert("token_embedding".to_owned(), de.into_dyn());
    gradients.insert("position_embedding".to_owned(), dp.into_dyn());
    gradients.insert("gamma_f".to_owned(), final_norm.dgamma.into_dyn());
    gradients.insert("beta_f".to_owned(), final_norm.dbeta.into_dyn());
    let counted = targets.iter().filter(|&&target| target != ignored).count();
    Part {
        loss,
        counted,
        gradients,
    }
    // endregion
}

/// The parts of a batch as one: the loss and the gradients that the whole batch would have had.
///
/// There is at least one part, and all have gradients of the same names and shapes. A part in which nothing counts has a
/// loss and gradients of 0 and changes nothing. If nothing counts in any of them, loss and gradients are 0.
pub fn accumulate(parts: &[Part]) -> Part {
    // region: solution "the mean of losses and gradients, in which a part has as much weight as positions count in it"
    let counted: usize = parts.iter().map(|part| part.counted).sum();
    let mut loss = 0.0;
    let mut gradients = Tensors::new();
    for part in parts {
        let share = part.counted as f32 / counted.max(1) as f32;
        loss += part.loss * share;
        for (name, gradient) in &part.gradients {
            let weighted = gradient * share;
            gradients
                .entry(name.clone())
                .and_modify(|sum| *sum += &weighted)
                .or_insert(weighted);
        }
    }
    Part {
        loss,
        counted,
        gradients,
    }
    // endregion
}

/// Takes a step with the loss and the gradients of a batch: the state after it, and what it reports.
///
/// The gradients have the names of the parameters, and [`Part::gradient`] finds one of them. The step is number
/// `state.step` + 1, and its rate is that of this number.
pub fn update(state: &State, batch: &Part, settings: &RunSettings) -> (State, Record) {
    // region: solution "clip all gradients; the rate of this step; AdamW for every parameter with its moments"
    let step = state.step + 1;
    let mut gradients = Vec::new();
    for (name, parameter) in &state.parameters {
        gradients.push(batch.gradient(name, parameter));
    }
    let (clipped, norm) = clip(&gradients, settings.max_norm);
    let rate = learning_rate(step, &settings.schedule);
    let mut next = state.clone();
    next.step = step;
    for ((name, parameter), gradient) in state.parameters.iter().zip(&clipped) {
        let (parameter, moments) = adamw_step(
            parameter.view(),
            gradient.view(),
            &state.moments[name],
            step,
            rate,
            &settings.adamw,
        );
        next.parameters.insert(name.clone(), parameter);
        next.moments.insert(name.clone(), moments);
    }
    let loss = batch.loss;
    (next, Record { loss, norm, rate })
    // endregion
}

/// One step of training: the state after it, and what it reports.
///
/// The batch goes through the model in parts of `settings.micro_batch` sequences; see [`Batch::micro_batches`]. However
/// large they are, the step is the same.
pub fn step(state: &State, batch: &Batch, settings: &RunSettings) -> (State, Record) {
    // region: solution "the gradients of each part, all with the same parameters; together; and one update"
    let mut parts = Vec::new();
    for part in batch.micro_batches(settings.micro_batch) {
        parts.push(gradients(
            &part,
            &state.parameters,
            settings.heads,
            settings.ignored,
        ));
    }
    update(state, &accumulate(&parts), settings)
    // endregion
}

/// Takes steps until `until` steps have been taken in all: the state after them, and the reports of those that were taken
/// here.
///
/// Step 1 reads the first batch, step 2 the second, and after the last batch comes the first again. There is at least one
/// batch. The state may be that of a run that has taken steps before: its next step reads the batch that would have come
/// next. If `until` steps have been taken already, nothing happens.
pub fn train(
    state: &State,
    batches: &[Batch],
    until: usize,
    settings: &RunSettings,
) -> (State, Vec<Record>) {
    // region: solution "while there are steps to take: the batch of this step, the step, its report"
    let mut state = state.clone();
    let mut records = Vec::new();
    while state.step < until {
        let batch = &batches[state.step % batches.len()];
        let (next, record) = step(&state, batch, settings);
        state = next;
        records.push(record);
    }
    (state, records)
    // endregion
}

/// Everything that a run needs to go on, as tensors that can be written to a file.
///
/// The parameter `gamma_f` is stored as `parameters.gamma_f`, its moments as `m.gamma_f` and `v.gamma_f`, and so with all
/// parameters. The number of steps that have been taken is a tensor `step` without axes.
pub fn save(state: &State) -> Tensors {
    // region: solution "each parameter and both of its moments under their names, and the step"
    let mut checkpoint = Tensors::new();
    for (name, parameter) in &state.parameters {
        let Moments { m, v } = &state.moments[name];
        checkpoint.insert(format!("parameters.{name}"), parameter.clone());
        checkpoint.insert(format!("m.{name}"), m.clone());
        checkpoint.insert(format!("v.{name}"), v.clone());
    }
    let step = ndarray::arr0(state.step as f32).into_dyn();
    checkpoint.insert("step".to_owned(), step);
    checkpoint
    // endregion
}

/// The state that was saved. A run that is resumed is the run that was not interrupted.
///
/// [`stored_parameters`] says which parameters there are. [`find`] gets any other tensor out of a checkpoint, or says what is
/// wrong with it.
///
/// # Errors
/// When the step, a moment, or the parameter of a moment is missing, or a moment does not have the shape of its parameter.
pub fn resume(checkpoint: &Tensors) -> Result<State, CheckpointError> {
    // region: solution "for each stored parameter, its two moments in its shape; and the step"
    let mut state = State::new(Tensors::new());
    for (name, parameter) in stored_parameters(checkpoint)? {
        let m = find(checkpoint, &format!("m.{name}"), parameter.shape())?.clone();
        let v = find(checkpoint, &format!("v.{name}"), parameter.shape())?.clone();
        state.moments.insert(name.to_owned(), Moments { m, v });
        state.parameters.insert(name.to_owned(), parameter.clone());
    }
    state.step = find(checkpoint, "step", &[])?.sum() as usize;
    Ok(state)
    // endregion
}
