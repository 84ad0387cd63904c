//! Correct ways of solving the exercise that differ from the solution: the grader has to accept every one.

#[expect(dead_code, reason = "GPT-2 has a feed-forward network of its own")]
#[path = "../../11-encoder-block/tests/in_f64/mod.rs"]
mod in_f64;

use attentive_grader::{Exercise, Reply, exercise};
use encoder_block::Projections;
use gpt::{BlockSteps, BlockWeights, EPSILON, Gpt, Linear, Norm, block, embed, logits};
use multi_head_attention::{merge_heads, multi_head_attention, split_heads};
use ndarray::{
    Array1, Array2, Array3, Array4, ArrayView2, ArrayView3, Axis, NewAxis, concatenate, s, stack,
};

use in_f64::{Matrix, batch, widen};

type Embed =
    fn(ArrayView2<'_, usize>, usize, ArrayView2<'_, f32>, ArrayView2<'_, f32>) -> Array3<f32>;
type Block = fn(ArrayView3<'_, f32>, &BlockWeights<'_>, usize) -> BlockSteps;
type Logits = fn(ArrayView3<'_, f32>, &Norm<'_>, ArrayView2<'_, f32>) -> Array3<f32>;
type NextTokens = fn(ArrayView2<'_, usize>, &[usize], &Gpt<'_>) -> Vec<usize>;

fn embedding(embed: Embed) -> Exercise {
    exercise(env!("CARGO_MANIFEST_DIR")).task("embed", move |case| {
        let (tokens, past) = (case.ids("tokens")?, case.size("past")?);
        let (e, p) = (
            case.view("token_embedding")?,
            case.view("position_embedding")?,
        );
        Ok(case.reply("vectors", embed(tokens.view(), past, e, p)))
    })
}

fn blocks(block: Block) -> Exercise {
    exercise(env!("CARGO_MANIFEST_DIR")).task("block", move |case| {
        let weights = BlockWeights::named(|name| case.view(name), |name| case.view(name))?;
        let steps = block(case.view("x")?, &weights, case.size("heads")?);
        Ok(case
            .reply("attention_weights", steps.attention_weights)
            .and("attention", steps.attention)
            .and("after_attention", steps.after_attention)
            .and("feed_forward", steps.feed_forward)
            .and("output", steps.output))
    })
}

fn heads(logits: Logits) -> Exercise {
    exercise(env!("CARGO_MANIFEST_DIR")).task("logits", move |case| {
        let norm = Norm {
            gamma: case.view("gamma_f")?,
            beta: case.view("beta_f")?,
        };
        let scores = logits(case.view("x")?, &norm, case.view("token_embedding")?);
        Ok(case.reply("logits", scores))
    })
}

fn choosing(next_tokens: NextTokens) -> Exercise {
    exercise(env!("CARGO_MANIFEST_DIR")).task("next_tokens", move |case| {
        let (tokens, lengths) = (case.ids("tokens")?, case.sizes("lengths")?);
        let model = Gpt::stacked(
            |name| case.view(name),
            |name| case.view(name),
            |name| case.view(name),
            case.size("heads")?,
        )?;
        let next = next_tokens(tokens.view(), &lengths, &model);
        Ok(Reply::default().and_ids("next", Array1::from(next)))
    })
}

/// The thirds of W_qkv as exercise 07 takes them, copied.
struct Thirds {
    weights: Vec<Array2<f32>>,
    biases: Vec<Array1<f32>>,
}

impl Thirds {
    fn of(fused: Linear<'_>) -> Self {
        let d_model = fused.weight.nrows();
        let weights = fused.weight.axis_chunks_iter(Axis(1), d_model);
        let biases = fused.bias.axis_chunks_iter(Axis(0), d_model);
        Self {
            weights: weights.map(|third| third.t().to_owned()).collect(),
            biases: biases.map(|third| third.to_owned()).collect(),
        }
    }

    fn projections<'a>(&'a self, output: &'a Linear<'_>) -> Projections<'a> {
        let [w_q, w_k, w_v] = [0, 1, 2].map(|third| self.weights[third].view());
        let [b_q, b_k, b_v] = [0, 1, 2].map(|third| self.biases[third].view());
        let (w_o, b_o) = (output.weight.t(), output.bias.view());
        Projections {
            w_q,
            b_q,
            w_k,
            b_k,
            w_v,
            b_v,
            w_o,
            b_o,
        }
    }
}

#[test]
fn embed_by_selecting_rows_and_adding_a_slice() {
    embedding(|tokens, past, e, p| {
        let (batch, length) = tokens.dim();
        let numbers: Vec<usize> = tokens.iter().copied().collect();
        let rows = e.select(Axis(0), &numbers);
        let vectors = rows
            .into_shape_with_order((batch, length, e.ncols()))
            .expect("as many entries");
        vectors + p.slice(s![past..past + length, ..])
    })
    .accept();
}

#[test]
fn embed_as_a_product_with_one_hot_rows() {
    embedding(|tokens, past, e, p| {
        let mut vectors = Vec::new();
        for sequence in tokens.rows() {
            let one_hot = |(i, token): (usize, usize)| f32::from(u8::from(sequence[i] == token));
            let tokens = Array2::from_shape_fn((sequence.len(), e.nrows()), one_hot);
            let at = |(i, position): (usize, usize)| f32::from(u8::from(past + i == position));
            let positions = Array2::from_shape_fn((sequence.len(), p.nrows()), at);
            vectors.push(tokens.dot(&e) + positions.dot(&p));
        }
        let views: Vec<_> = vectors.iter().map(|vectors| vectors.view()).collect();
        stack(Axis(0), &views).expect("equal shapes")
    })
    .accept();
}

#[test]
fn embed_entry_by_entry_from_the_last_to_the_first() {
    embedding(|tokens, past, e, p| {
        let (batch, length) = tokens.dim();
        let mut vectors = Array3::zeros((batch, length, e.ncols()));
        for b in (0..batch).rev() {
            for i in (0..length).rev() {
                for d in (0..e.ncols()).rev() {
                    vectors[(b, i, d)] = p[(i + past, d)] + e[(tokens[(b, i)], d)];
                }
            }
        }
        vectors
    })
    .accept();
}

/// GELU as GPT-2 computes it.
fn gelu(x: f64) -> f64 {
    let inner = (2.0 / std::f64::consts::PI).sqrt() * (x + 0.044715 * x * x * x);
    x / 2.0 + x / 2.0 * inner.tanh()
}

fn layer(x: &Matrix, w: Linear<'_>) -> Matrix {
    x.dot(&widen(w.weight)) + widen(w.bias)
}

/// The block of one batch element in `f64`: its steps, and the weights of attention.
fn in_double(x: &Matrix, w: &BlockWeights<'_>, heads: usize) -> ([Matrix; 4], Array3<f64>) {
    let (thirds, epsilon) = (Thirds::of(w.qkv), f64::from(EPSILON));
    let projections = thirds.projections(&w.attention_output);
    let normed = in_f64::norm(x, &w.norm_1, epsilon);
    let (read, weights) = in_f64::attention(&normed, &normed, &projections, heads, |i, j| j <= i);
    let a = x + &read;
    let normed = in_f64::norm(&a, &w.norm_2, epsilon);
    let thought = layer(&layer(&normed, w.widen).mapv(gelu), w.narrow);
    let y = &a + &thought;
    ([read, a, thought, y], weights)
}

#[test]
fn block_in_f64_one_batch_element_at_a_time() {
    blocks(|x, w, heads| {
        let (mut states, mut weights): ([Vec<Matrix>; 4], _) = (Default::default(), Vec::new());
        for x in x.outer_iter() {
            let (steps, weight) = in_double(&widen(x), w, heads);
            weights.push(weight);
            for (all, one) in states.iter_mut().zip(steps) {
                all.push(one);
            }
        }
        let [attention, after_attention, feed_forward, output] = states.map(|all| batch(&all));
        BlockSteps {
            attention_weights: batch(&weights),
            attention,
            after_attention,
            feed_forward,
            output,
        }
    })
    .accept();
}

/// One product makes queries, keys and values. What is later gets −1e9, which is enough for a softmax.
#[test]
fn block_with_one_product_for_queries_keys_and_values() {
    blocks(|x, w, heads| {
        let (batch, length, d_model) = x.dim();
        let layer = |x: &Array3<f32>, w: Linear<'_>| {
            let mut y = Array3::zeros((batch, length, w.bias.len()));
            for (x, mut y) in x.outer_iter().zip(y.outer_iter_mut()) {
                y.assign(&(x.dot(&w.weight) + w.bias));
            }
            y
        };
        let fused = layer(&w.norm_1.apply(x, EPSILON), w.qkv);
        let head_dim = d_model / heads;
        let part = |third: usize| {
            let columns = fused.slice(s![.., .., third * d_model..(third + 1) * d_model]);
            split_heads(columns, heads)
        };
        let (q, k, v) = (part(0), part(1), part(2));

        let mut attention_weights = Array4::zeros((batch, heads, length, length));
        let mut context = Array4::zeros((batch, heads, length, head_dim));
        for b in 0..batch {
            for h in 0..heads {
                let head = s![b, h, .., ..];
                let mut scores = q.slice(head).dot(&k.slice(head).t());
                scores *= (head_dim as f32).powf(-0.5);
                for ((i, j), score) in scores.indexed_iter_mut() {
                    if j > i {
                        *score = -1e9;
                    }
                }
                for mut row in scores.rows_mut() {
                    let max = row.fold(f32::NEG_INFINITY, |max, &score| max.max(score));
                    row.mapv_inplace(|score| (score - max).exp());
                    let sum = row.sum();
                    row /= sum;
                }
                context.slice_mut(head).assign(&scores.dot(&v.slice(head)));
                attention_weights.slice_mut(head).assign(&scores);
            }
        }
        let attention = layer(&merge_heads(context.view()), w.attention_output);
        let after_attention = &attention + &x;

        let hidden = layer(&w.norm_2.apply(after_attention.view(), EPSILON), w.widen);
        let feed_forward = layer(&hidden.mapv(|x| gelu(x.into()) as f32), w.narrow);
        BlockSteps {
            attention_weights,
            output: &feed_forward + &after_attention,
            attention,
            after_attention,
            feed_forward,
        }
    })
    .accept();
}

/// One position after the other, each of which sees nothing later because nothing later is there yet.
#[test]
fn block_one_position_at_a_time() {
    blocks(|x, w, heads| {
        let (_, length, _) = x.dim();
        let thirds = Thirds::of(w.qkv);
        let projections = thirds.projections(&w.attention_output);
        let mut rows: [Vec<Array3<f32>>; 4] = Default::default();
        let mut attention_weights = Array4::zeros((x.dim().0, heads, length, length));
        for i in 0..length {
            let normed = w.norm_1.apply(x.slice(s![.., ..=i, ..]), EPSILON);
            let (now, so_far) = (normed.slice(s![.., i.., ..]), normed.view());
            let (read, weights) =
                multi_head_attention(now, so_far, so_far, &projections, heads, None);
            attention_weights
                .slice_mut(s![.., .., i..=i, ..=i])
                .assign(&weights);
            let a = &x.slice(s![.., i..=i, ..]) + &read;
            let normed = w.norm_2.apply(a.view(), EPSILON);
            let mut thought = Array3::zeros(a.raw_dim());
            for (normed, mut thought) in normed.outer_iter().zip(thought.outer_iter_mut()) {
                let hidden = normed.dot(&w.widen.weight) + w.widen.bias;
                let hidden = hidden.mapv(|x| x / (1.0 + (-2.0 * inner(x)).exp()));
                thought.assign(&(hidden.dot(&w.narrow.weight) + w.narrow.bias));
            }
            let y = &a + &thought;
            for (all, one) in rows.iter_mut().zip([read, a, thought, y]) {
                all.push(one);
            }
        }
        let [attention, after_attention, feed_forward, output] = rows.map(|rows| {
            let views: Vec<_> = rows.iter().map(|row| row.view()).collect();
            concatenate(Axis(1), &views).expect("equal shapes")
        });
        BlockSteps {
            attention_weights,
            attention,
            after_attention,
            feed_forward,
            output,
        }
    })
    .accept();
}

/// The argument of GELU's tanh. ½ (1 + tanh(z)) is σ(2 z).
fn inner(x: f32) -> f32 {
    0.797_884_6 * x * (1.0 + 0.044715 * x * x)
}

#[test]
fn logits_in_f64() {
    heads(|x, norm, e| {
        let normed = |x| in_f64::norm(&widen(x), norm, f64::from(EPSILON));
        let elements = x.outer_iter().map(|x| normed(x).dot(&widen(e).t()));
        batch(&elements.collect::<Vec<_>>())
    })
    .accept();
}

#[test]
fn logits_token_by_token() {
    heads(|x, norm, e| {
        let normed = norm.apply(x, EPSILON);
        let (batch, length, _) = x.dim();
        Array3::from_shape_fn((batch, length, e.nrows()), |(b, i, token)| {
            let products = normed.slice(s![b, i, ..]).to_owned() * e.row(token);
            products.iter().rev().sum()
        })
    })
    .accept();
}

/// γ and β belong to the features, so they can be taken into E: (γ x̂ + β) · e = x̂ · (γ e) + β · e.
#[test]
fn logits_with_gamma_and_beta_in_the_embedding() {
    heads(|x, norm, e| {
        let (ones, zeros) = (norm.gamma.mapv(|_| 1.0), norm.beta.mapv(|_| 0.0));
        let plain = Norm {
            gamma: ones.view(),
            beta: zeros.view(),
        };
        let (scaled, bias) = (&e * &norm.gamma, e.dot(&norm.beta));
        let normed = plain.apply(x, EPSILON);
        let scores: Vec<_> = normed
            .outer_iter()
            .map(|x| x.dot(&scaled.t()) + &bias)
            .collect();
        let views: Vec<_> = scores.iter().map(|scores| scores.view()).collect();
        stack(Axis(0), &views).expect("equal shapes")
    })
    .accept();
}

/// Only the last real positions need the last norm and the product with E, which is the largest of all.
#[test]
fn next_tokens_with_the_head_at_one_position_only() {
    choosing(|tokens, lengths, model| {
        let mut x = embed(tokens, 0, model.token_embedding, model.position_embedding);
        for weights in &model.blocks {
            x = block(x.view(), weights, model.heads).output;
        }
        let rows: Vec<_> = lengths
            .iter()
            .enumerate()
            .map(|(sequence, &length)| x.slice(s![sequence, length - 1, ..]))
            .collect();
        let last = stack(Axis(0), &rows).expect("equal widths");
        let last = last.slice(s![NewAxis, .., ..]);
        let scores = logits(last, &model.final_norm, model.token_embedding);
        let mut next = Vec::new();
        for scores in scores.index_axis(Axis(0), 0).rows() {
            let max = scores.fold(f32::NEG_INFINITY, |max, &score| max.max(score));
            next.extend(scores.iter().position(|&score| score == max));
        }
        next
    })
    .accept();
}

/// Each sequence by itself and without its padding.
#[test]
fn next_tokens_one_sequence_at_a_time() {
    choosing(|tokens, lengths, model| {
        let mut next = Vec::new();
        for (sequence, &length) in tokens.outer_iter().zip(lengths) {
            let real = sequence.slice(s![NewAxis, ..length]);
            let x = embed(real, 0, model.token_embedding, model.position_embedding);
            let x = model
                .blocks
                .iter()
                .fold(x, |x, weights| block(x.view(), weights, model.heads).output);
            let scores = logits(x.view(), &model.final_norm, model.token_embedding);
            let scores = scores.slice(s![0, -1, ..]);
            let mut order: Vec<usize> = (0..scores.len()).collect();
            order.sort_by(|&one, &other| scores[other].total_cmp(&scores[one]));
            next.push(order[0]);
        }
        next
    })
    .accept();
}

#[test]
fn next_tokens_in_f64() {
    choosing(|tokens, lengths, model| {
        let (e, p) = (
            widen(model.token_embedding),
            widen(model.position_embedding),
        );
        let mut next = Vec::new();
        for (tokens, &length) in tokens.outer_iter().zip(lengths) {
            let numbers: Vec<usize> = tokens.iter().take(length).copied().collect();
            let mut x = e.select(Axis(0), &numbers) + p.slice(s![..length, ..]);
            for weights in &model.blocks {
                let ([.., y], _) = in_double(&x, weights, model.heads);
                x = y;
            }
            let normed = in_f64::norm(&x, &model.final_norm, f64::from(EPSILON));
            let scores = e.dot(&normed.row(length - 1));
            let best = (0..scores.len())
                .rev()
                .max_by(|&one, &other| scores[one].total_cmp(&scores[other]));
            next.extend(best);
        }
        next
    })
    .accept();
}
