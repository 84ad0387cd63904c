//! One layer makes queries, keys and values, and its backward pass is one product; states are changed in place.

use attention_backward::attention_backward;
use attentive_given::linear;
use backward::{cross_entropy_backward, linear_backward};
use cross_entropy::cross_entropy;
use gpt::{EPSILON, embed};
use masks::causal;
use ndarray::{Array2, Array3, ArrayView2, ArrayView3, arr0, s};
use training::{
    Batch, BlockWeights, CheckpointError, Moments, Part, Record, RunSettings, State, Tensors,
    decoder, find, gelu, gelu_backward, norm_backward,
};

/// Everything that the forward pass of a block has computed.
struct Kept {
    normed_1: Array3<f32>,
    qkv: Array3<f32>,
    contexts: Array3<f32>,
    a: Array3<f32>,
    normed_2: Array3<f32>,
    hidden: Array3<f32>,
    output: Array3<f32>,
}

fn forward(x: ArrayView3<'_, f32>, weights: &BlockWeights<'_>, heads: usize) -> Kept {
    let layer = |x: &Array3<f32>, layer: gpt::Linear<'_>| {
        linear(x.view(), layer.weight.t(), Some(layer.bias))
    };
    let normed_1 = weights.norm_1.apply(x, EPSILON);
    let qkv = layer(&normed_1, weights.qkv);
    let mut contexts = Array3::zeros(x.raw_dim());
    let (batch, _, d_model) = x.dim();
    for b in 0..batch {
        for head in 0..heads {
            let [q, k, v] =
                [0, 1, 2].map(|third| qkv.slice(columns(b, third, head, heads, d_model)));
            let context = probabilities(q, k).dot(&v);
            let own = columns(b, 0, head, heads, d_model);
            contexts.slice_mut(own).assign(&context);
        }
    }
    let a = layer(&contexts, weights.attention_output) + x;
    let normed_2 = weights.norm_2.apply(a.view(), EPSILON);
    let hidden = layer(&normed_2, weights.widen);
    let output = layer(&gelu(hidden.view()), weights.narrow) + &a;
    Kept {
        normed_1,
        qkv,
        contexts,
        a,
        normed_2,
        hidden,
        output,
    }
}

type Columns = ndarray::SliceInfo<[ndarray::SliceInfoElem; 3], ndarray::Ix3, ndarray::Ix2>;

/// The columns of a head in one third of all features, or in the contexts.
fn columns(b: usize, third: usize, head: usize, heads: usize, d_model: usize) -> Columns {
    let width = d_model / heads;
    let from = third * d_model + head * width;
    s![b, .., from..from + width]
}

/// The softmax of the scores that are no later than their query.
fn probabilities(q: ArrayView2<'_, f32>, k: ArrayView2<'_, f32>) -> Array2<f32> {
    let mut scores = q.dot(&k.t()) / (q.ncols() as f32).sqrt();
    for ((query, key), score) in scores.indexed_iter_mut() {
        if key > query {
            *score = f32::NEG_INFINITY;
        }
    }
    for mut row in scores.rows_mut() {
        let largest = row.fold(f32::MIN, |largest, &score| largest.max(score));
        row.mapv_inplace(|score| (score - largest).exp());
        let sum = row.sum();
        row /= sum;
    }
    scores
}

fn backward(
    x: ArrayView3<'_, f32>,
    kept: &Kept,
    weights: &BlockWeights<'_>,
    heads: usize,
    dy: ArrayView3<'_, f32>,
) -> (Array3<f32>, Tensors) {
    let (batch, length, d_model) = x.dim();
    let narrow = linear_backward(
        gelu(kept.hidden.view()).view(),
        weights.narrow.weight.t(),
        dy,
    );
    let dhidden = gelu_backward(kept.hidden.view(), narrow.dx.view());
    let widen = linear_backward(
        kept.normed_2.view(),
        weights.widen.weight.t(),
        dhidden.view(),
    );
    let norm_2 = norm_backward(kept.a.view(), &weights.norm_2, widen.dx.view());
    let mut da = norm_2.dx;
    da += &dy;

    let w_o = weights.attention_output.weight.t();
    let output = linear_backward(kept.contexts.view(), w_o, da.view());
    let mask = causal(length, length);
    let mut dqkv = Array3::zeros(kept.qkv.raw_dim());
    for b in 0..batch {
        for head in 0..heads {
            let own = |third| columns(b, third, head, heads, d_model);
            let [q, k, v] = [0, 1, 2].map(|third| kept.qkv.slice(own(third)));
            let dcontext = output.dx.slice(own(0));
            let gradients = attention_backward(q, k, v, Some(mask.view()), dcontext);
            dqkv.slice_mut(own(0)).assign(&gradients.dq);
            dqkv.slice_mut(own(1)).assign(&gradients.dk);
            dqkv.slice_mut(own(2)).assign(&gradients.dv);
        }
    }
    let qkv = linear_backward(kept.normed_1.view(), weights.qkv.weight.t(), dqkv.view());
    let norm_1 = norm_backward(x, &weights.norm_1, qkv.dx.view());
    da += &norm_1.dx;

    let mut gradients = Tensors::new();
    for (name, layer) in [("qkv", qkv), ("o", output), ("fc", widen), ("proj", narrow)] {
        let dw = layer.dw.reversed_axes().as_standard_layout().to_owned();
        gradients.insert(format!("w_{name}"), dw.into_dyn());
        gradients.insert(format!("b_{name}"), layer.db.into_dyn());
    }
    let vectors = [
        ("gamma_1", norm_1.dgamma),
        ("beta_1", norm_1.dbeta),
        ("gamma_2", norm_2.dgamma),
        ("beta_2", norm_2.dbeta),
    ];
    for (name, vector) in vectors {
        gradients.insert(name.to_owned(), vector.into_dyn());
    }
    (da, gradients)
}

pub(crate) fn block_backward(
    x: ArrayView3<'_, f32>,
    weights: &BlockWeights<'_>,
    heads: usize,
    dy: ArrayView3<'_, f32>,
) -> (Array3<f32>, Tensors) {
    backward(x, &forward(x, weights, heads), weights, heads, dy)
}

/// The forward pass keeps everything; embeddings get their gradients by a product with a matrix of zeros and ones.
pub(crate) fn gradients(batch: &Batch, parameters: &Tensors, heads: usize, ignored: usize) -> Part {
    let model = decoder(parameters, heads);
    let (e, p) = (model.token_embedding, model.position_embedding);
    let mut inputs = vec![embed(batch.inputs.view(), 0, e, p)];
    let mut kept = Vec::new();
    for (index, weights) in model.blocks.iter().enumerate() {
        let steps = forward(inputs[index].view(), weights, heads);
        inputs.push(steps.output.clone());
        kept.push(steps);
    }
    let last = &inputs[kept.len()];
    let normed = model.final_norm.apply(last.view(), EPSILON);
    let scores = linear(normed.view(), e, None);
    let targets = batch.targets.view();
    let dscores = cross_entropy_backward(scores.view(), targets, Some(ignored), 0.0, 1.0);
    let head = linear_backward(normed.view(), e, dscores.view());
    let norm = norm_backward(last.view(), &model.final_norm, head.dx.view());
    let mut all = Tensors::new();
    let mut dx = norm.dx;
    for index in (0..kept.len()).rev() {
        let (x, weights) = (inputs[index].view(), &model.blocks[index]);
        let (dinput, of_block) = backward(x, &kept[index], weights, heads, dx.view());
        all.extend(
            of_block
                .into_iter()
                .map(|(name, gradient)| (format!("blocks.{index}.{name}"), gradient)),
        );
        dx = dinput;
    }
    let (sequences, length, d_model) = dx.dim();
    let rows = dx
        .to_shape((sequences * length, d_model))
        .expect("as many entries");
    let tokens: Vec<usize> = batch.inputs.iter().copied().collect();
    let one_if = |is: bool| f32::from(u8::from(is));
    let of_tokens = Array2::from_shape_fn((e.nrows(), tokens.len()), |(token, i)| {
        one_if(tokens[i] == token)
    });
    let of_positions = Array2::from_shape_fn((p.nrows(), tokens.len()), |(row, i)| {
        one_if(i % length == row)
    });
    let de = of_tokens.dot(&rows) + &head.dw;
    all.insert("token_embedding".to_owned(), de.into_dyn());
    all.insert(
        "position_embedding".to_owned(),
        of_positions.dot(&rows).into_dyn(),
    );
    all.insert("gamma_f".to_owned(), norm.dgamma.into_dyn());
    all.insert("beta_f".to_owned(), norm.dbeta.into_dyn());
    Part {
        loss: cross_entropy(scores.view(), targets, Some(ignored), 0.0),
        counted: targets
            .iter()
            .map(|&target| usize::from(target != ignored))
            .sum(),
        gradients: all,
    }
}

/// A mean that moves towards each next part.
pub(crate) fn accumulate(parts: &[Part]) -> Part {
    let mut mean = parts[0].clone();
    for part in &parts[1..] {
        if part.counted == 0 {
            continue;
        }
        mean.counted += part.counted;
        let share = part.counted as f32 / mean.counted as f32;
        mean.loss += (part.loss - mean.loss) * share;
        for (sum, gradient) in mean.gradients.values_mut().zip(part.gradients.values()) {
            let difference = gradient - &*sum;
            sum.scaled_add(share, &difference);
        }
    }
    mean
}

/// Everything in place, with the corrections in the size of the step and in ε.
pub(crate) fn update(state: &State, batch: &Part, settings: &RunSettings) -> (State, Record) {
    let mut state = state.clone();
    state.step += 1;
    let norms = batch.gradients.values().map(|g| g.mapv(|g| g * g).sum());
    let norm = norms.sum::<f32>().sqrt();
    let factor = match settings.max_norm / (norm + 1e-6) {
        factor if factor < 1.0 => factor,
        _ => 1.0,
    };
    let rate = adamw::learning_rate(state.step, &settings.schedule);
    let adamw = settings.adamw;
    let correction = |beta: f32| 1.0 - beta.powi(state.step as i32);
    let root = correction(adamw.beta_2).sqrt();
    for (name, gradient) in &batch.gradients {
        let gradient = gradient * factor;
        let Moments { m, v } = state
            .moments
            .get_mut(name)
            .expect("moments of each parameter");
        *m *= adamw.beta_1;
        m.scaled_add(1.0 - adamw.beta_1, &gradient);
        *v *= adamw.beta_2;
        v.scaled_add(1.0 - adamw.beta_2, &(&gradient * &gradient));
        let parameter = state
            .parameters
            .get_mut(name)
            .expect("a parameter of each gradient");
        if parameter.shape().len() > 1 {
            *parameter *= 1.0 - rate * adamw.weight_decay;
        }
        let divisor = v.mapv(|v| v.sqrt() / root + adamw.epsilon);
        parameter.scaled_add(-rate / correction(adamw.beta_1), &(&*m / &divisor));
    }
    let loss = batch.loss;
    (state, Record { loss, norm, rate })
}

/// Two parts become one as soon as the second is there.
pub(crate) fn step(state: &State, batch: &Batch, settings: &RunSettings) -> (State, Record) {
    let mut whole: Option<Part> = None;
    for part in batch.micro_batches(settings.micro_batch) {
        let next = gradients(&part, &state.parameters, settings.heads, settings.ignored);
        whole = Some(match whole {
            Some(whole) => accumulate(&[whole, next]),
            None => next,
        });
    }
    update(state, &whole.expect("at least one sequence"), settings)
}

pub(crate) fn train(
    state: &State,
    batches: &[Batch],
    until: usize,
    settings: &RunSettings,
) -> (State, Vec<Record>) {
    let mut records = Vec::with_capacity(until);
    let last = (state.step + 1..=until).fold(state.clone(), |state, number| {
        let (next, record) = step(&state, &batches[(number - 1) % batches.len()], settings);
        records.push(record);
        next
    });
    (last, records)
}

pub(crate) fn save(state: &State) -> Tensors {
    let step = arr0(state.step as f32).into_dyn();
    let mut checkpoint = Tensors::from([("step".to_owned(), step)]);
    for (name, moments) in &state.moments {
        checkpoint.insert(["v.", name].concat(), moments.v.to_owned());
        checkpoint.insert(["m.", name].concat(), moments.m.to_owned());
    }
    for (name, parameter) in &state.parameters {
        checkpoint.insert(["parameters.", name].concat(), parameter.to_owned());
    }
    checkpoint
}

pub(crate) fn resume(checkpoint: &Tensors) -> Result<State, CheckpointError> {
    let step = find(checkpoint, "step", &[])?;
    let mut state = State {
        step: step.iter().sum::<f32>().round() as usize,
        ..State::new(Tensors::new())
    };
    for (stored, tensor) in checkpoint {
        let Some((_, name)) = stored.split_once('.') else {
            continue;
        };
        // Whichever of the three is met first, the other two have to be there in its shape.
        let of = |kind: &str| find(checkpoint, &format!("{kind}.{name}"), tensor.shape()).cloned();
        let (m, v) = (of("m")?, of("v")?);
        state.moments.insert(name.to_owned(), Moments { m, v });
        state.parameters.insert(name.to_owned(), of("parameters")?);
    }
    Ok(state)
}
