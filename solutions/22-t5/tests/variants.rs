//! Correct ways of solving the exercise that differ from the solution: the grader has to accept every one.

use attentive_grader::{Case, CaseError, Exercise, Reply, exercise};
use masks::causal;
use ndarray::{
    Array1, Array2, Array3, Array4, ArrayView2, ArrayView3, Axis, NewAxis, aview1, concatenate, s,
};
use sampling::{Beam, log_probabilities};
use t5::{
    AttentionWeights, DecoderSteps, DecoderWeights, EPSILON, FeedForward, Head, PADDING, RmsNorm,
    Search, Settings, T5, attention, decoder_block, embed, encode, feed_forward, logits,
    position_bias, relative_position_bucket,
};

type Bucket = fn(isize, bool, usize, usize) -> usize;
type Bias = fn(ArrayView2<'_, f32>, usize, usize, bool, usize) -> Array3<f32>;
type Attention = fn(
    ArrayView3<'_, f32>,
    ArrayView3<'_, f32>,
    &AttentionWeights<'_>,
    usize,
    Option<ArrayView3<'_, f32>>,
    Option<ArrayView3<'_, bool>>,
) -> (Array3<f32>, Array4<f32>);
type Network = fn(ArrayView3<'_, f32>, &FeedForward<'_>) -> Array3<f32>;
type Block = fn(
    ArrayView3<'_, f32>,
    ArrayView3<'_, f32>,
    &DecoderWeights<'_>,
    usize,
    ArrayView3<'_, f32>,
    Option<ArrayView3<'_, bool>>,
) -> DecoderSteps;
type Logits = fn(ArrayView3<'_, f32>, &RmsNorm<'_>, &Head<'_>) -> Array3<f32>;
type Generate = fn(&[usize], &T5<'_>, &Search) -> Vec<usize>;

fn is_true(case: &Case, name: &str) -> Result<bool, CaseError> {
    Ok(case.size(name)? != 0)
}

fn buckets(bucket: Bucket) -> Exercise {
    exercise(env!("CARGO_MANIFEST_DIR")).task("relative_position_bucket", move |case| {
        let (both, buckets) = (is_true(case, "bidirectional")?, case.size("buckets")?);
        let max_distance = case.size("max_distance")?;
        let offsets: Array1<f32> = case.view("offsets")?.to_owned();
        let found = offsets.mapv(|offset| bucket(offset as isize, both, buckets, max_distance));
        Ok(Reply::default().and_ids("buckets", found))
    })
}

fn biases(bias: Bias) -> Exercise {
    exercise(env!("CARGO_MANIFEST_DIR")).task("position_bias", move |case| {
        let bias = bias(
            case.view("table")?,
            case.size("queries")?,
            case.size("keys")?,
            is_true(case, "bidirectional")?,
            case.size("max_distance")?,
        );
        Ok(case.reply("bias", bias))
    })
}

fn attending(attention: Attention) -> Exercise {
    exercise(env!("CARGO_MANIFEST_DIR")).task("attention", move |case| {
        let weights = AttentionWeights::named(|name| case.view(name), "")?;
        let bias = if case.inputs.contains_key("bias") {
            Some(case.view("bias")?)
        } else {
            None
        };
        let mask = case.optional_mask("mask")?;
        let (x, source) = (case.view("x")?, case.view("source")?);
        let (output, weights) = attention(x, source, &weights, case.size("heads")?, bias, mask);
        Ok(case.reply("weights", weights).and("output", output))
    })
}

fn networks(network: Network) -> Exercise {
    exercise(env!("CARGO_MANIFEST_DIR")).task("feed_forward", move |case| {
        let weights = FeedForward::named(|name| case.view(name), is_true(case, "gated")?)?;
        Ok(case.reply("output", network(case.view("x")?, &weights)))
    })
}

fn blocks(block: Block) -> Exercise {
    exercise(env!("CARGO_MANIFEST_DIR")).task("decoder_block", move |case| {
        let gated = is_true(case, "gated")?;
        let weights = DecoderWeights::named(|name| case.view(name), |name| case.view(name), gated)?;
        let (x, memory, bias) = (case.view("x")?, case.view("memory")?, case.view("bias")?);
        let (heads, mask) = (case.size("heads")?, case.optional_mask("mask")?);
        let steps = block(x, memory, &weights, heads, bias, mask);
        Ok(case
            .reply("self_weights", steps.self_weights)
            .and("after_self", steps.after_self)
            .and("cross_weights", steps.cross_weights)
            .and("after_cross", steps.after_cross)
            .and("output", steps.output))
    })
}

fn heads(logits: Logits) -> Exercise {
    exercise(env!("CARGO_MANIFEST_DIR")).task("logits", move |case| {
        let norm = RmsNorm {
            gamma: case.view("gamma_f")?,
        };
        let matrix = case.view("matrix")?;
        let head = if is_true(case, "tied")? {
            Head::Tied(matrix)
        } else {
            Head::Untied(matrix)
        };
        Ok(case.reply("logits", logits(case.view("x")?, &norm, &head)))
    })
}

fn generating(generate: Generate) -> Exercise {
    exercise(env!("CARGO_MANIFEST_DIR")).task("generate", move |case| {
        let settings = Settings {
            gated: is_true(case, "gated")?,
            tied: is_true(case, "tied")?,
            heads: case.size("heads")?,
            max_distance: case.size("max_distance")?,
        };
        let model = T5::stacked(
            |name| case.view(name),
            |name| case.view(name),
            |name| case.view(name),
            settings,
        )?;
        let search = Search {
            width: case.size("width")?,
            longest: case.size("longest")?,
            end: case.size("end")?,
            length_penalty: case.number("length_penalty")?,
        };
        let sources: Array2<usize> = case.ids("sources")?;
        let mut texts = Vec::new();
        for source in sources.rows() {
            let tokens = generate(&source.to_vec(), &model, &search);
            let tokens: Vec<String> = tokens.iter().map(usize::to_string).collect();
            texts.push(tokens.join(","));
        }
        Ok(Reply::default().and_texts("texts", &texts))
    })
}

#[test]
fn bucket_in_f64_by_another_base() {
    buckets(|offset, both, buckets, max_distance| {
        let count = if both { buckets / 2 } else { buckets };
        let first = if both && offset > 0 { count } else { 0 };
        let distance = if both { offset.abs() } else { (-offset).max(0) } as f64;
        let exact = (count / 2) as f64;
        let far = (distance / exact).log2() / (max_distance as f64 / exact).log2();
        let far = exact + (far * (count as f64 - exact)).floor();
        let bucket = if distance < exact { distance } else { far };
        first + bucket.min(count as f64 - 1.0) as usize
    })
    .accept();
}

#[test]
fn bucket_by_searching_for_the_limits() {
    // The limit of each far bucket is the exact number times a power; no logarithm is taken.
    buckets(|offset, both, buckets, max_distance| {
        let count = if both { buckets / 2 } else { buckets };
        let exact = count / 2;
        let distance = match (both, offset > 0) {
            (false, true) => 0,
            _ => offset.unsigned_abs(),
        };
        let begins = |bucket: usize| {
            let share = (bucket - exact) as f64 / (count - exact) as f64;
            exact as f64 * (max_distance as f64 / exact as f64).powf(share)
        };
        let bucket = if distance < exact {
            distance
        } else {
            // Rounding may leave a limit a little above the whole number that it is.
            let reached = |&bucket: &usize| begins(bucket) <= distance as f64 + 1e-9;
            (exact..count).rev().find(reached).unwrap_or(exact)
        };
        bucket + if both && offset > 0 { count } else { 0 }
    })
    .accept();
}

#[test]
fn bias_by_looking_up_rows_and_moving_the_heads() {
    biases(|table, queries, keys, both, max_distance| {
        let mut found = Vec::new();
        for query in keys - queries..keys {
            for key in 0..keys {
                let offset = key as isize - query as isize;
                found.push(relative_position_bucket(
                    offset,
                    both,
                    table.nrows(),
                    max_distance,
                ));
            }
        }
        let rows = table.select(Axis(0), &found);
        let rows = rows
            .into_shape_with_order((queries, keys, table.ncols()))
            .expect("as many entries");
        rows.permuted_axes([2, 0, 1])
            .as_standard_layout()
            .into_owned()
    })
    .accept();
}

#[test]
fn bias_from_one_number_for_each_offset() {
    biases(|table, queries, keys, both, max_distance| {
        let past = keys - queries;
        // The offsets from −(keys − 1) to keys − 1.
        let last = keys as isize - 1;
        let buckets: Vec<usize> = (-last..=last)
            .map(|offset| relative_position_bucket(offset, both, table.nrows(), max_distance))
            .collect();
        let mut bias = Array3::zeros((table.ncols(), queries, keys));
        for (head, mut bias) in bias.outer_iter_mut().enumerate() {
            for ((query, key), entry) in bias.indexed_iter_mut() {
                *entry = table[(buckets[keys - 1 + key - (past + query)], head)];
            }
        }
        bias
    })
    .accept();
}

/// Attention in `f64`, with loops and nothing else.
fn in_loops(
    x: ArrayView3<'_, f32>,
    source: ArrayView3<'_, f32>,
    weights: &AttentionWeights<'_>,
    heads: usize,
    bias: Option<ArrayView3<'_, f32>>,
    mask: Option<ArrayView3<'_, bool>>,
) -> (Array3<f32>, Array4<f32>) {
    let wide = |matrix: ArrayView2<'_, f32>| matrix.mapv(f64::from);
    let (w_q, w_k, w_v, w_o) = (
        wide(weights.w_q),
        wide(weights.w_k),
        wide(weights.w_v),
        wide(weights.w_o),
    );
    let (batch, queries, d_model) = x.dim();
    let (keys, size) = (source.len_of(Axis(1)), w_q.nrows() / heads);
    let mut output = Array3::<f64>::zeros((batch, queries, d_model));
    let mut all = Array4::<f64>::zeros((batch, heads, queries, keys));
    for b in 0..batch {
        let (x, source) = (
            wide(x.index_axis(Axis(0), b)),
            wide(source.index_axis(Axis(0), b)),
        );
        for h in 0..heads {
            let rows = s![h * size..(h + 1) * size, ..];
            let q = x.dot(&w_q.slice(rows).t());
            let k = source.dot(&w_k.slice(rows).t());
            let v = source.dot(&w_v.slice(rows).t());
            for i in 0..queries {
                let mut row = Array1::<f64>::zeros(keys);
                for j in 0..keys {
                    let added = bias.map_or(0.0, |bias| f64::from(bias[(h, i, j)]));
                    if mask.is_none_or(|mask| mask[(b, i, j)]) {
                        row[j] = (q.row(i).dot(&k.row(j)) + added).exp();
                    }
                }
                let sum = row.sum();
                if sum > 0.0 {
                    row /= sum;
                }
                let mixed = w_o.slice(s![.., h * size..(h + 1) * size]);
                let read = mixed.dot(&row.dot(&v));
                let mut to = output.slice_mut(s![b, i, ..]);
                to += &read;
                all.slice_mut(s![b, h, i, ..]).assign(&row);
            }
        }
    }
    (output.mapv(|x| x as f32), all.mapv(|x| x as f32))
}

#[test]
fn attention_head_by_head_in_f64() {
    attending(in_loops).accept();
}

#[test]
fn attention_with_a_finite_sentinel_and_a_bias_that_has_the_mask_in_it() {
    attending(|x, source, weights, heads, bias, mask| {
        let (batch, queries, _) = x.dim();
        let keys = source.len_of(Axis(1));
        let mut output = Vec::new();
        let mut all = Vec::new();
        for b in 0..batch {
            let mut added = Array3::zeros((heads, queries, keys));
            if let Some(bias) = bias {
                added += &bias;
            }
            if let Some(mask) = mask {
                let blocked = mask
                    .index_axis(Axis(0), b)
                    .mapv(|may| if may { 0.0 } else { -1e9 });
                added += &blocked.slice(s![NewAxis, .., ..]);
            }
            let at = s![b..b + 1, .., ..];
            let (mut y, mut w) = in_loops(
                x.slice(at),
                source.slice(at),
                weights,
                heads,
                Some(added.view()),
                None,
            );
            if let Some(mask) = mask {
                for (i, row) in mask.index_axis(Axis(0), b).rows().into_iter().enumerate() {
                    if !row.iter().any(|&may| may) {
                        y.slice_mut(s![.., i, ..]).fill(0.0);
                        w.slice_mut(s![.., .., i, ..]).fill(0.0);
                    }
                }
            }
            output.push(y);
            all.push(w);
        }
        let output: Vec<_> = output.iter().map(|y| y.view()).collect();
        let all: Vec<_> = all.iter().map(|w| w.view()).collect();
        (
            concatenate(Axis(0), &output).expect("equal shapes"),
            concatenate(Axis(0), &all).expect("equal shapes"),
        )
    })
    .accept();
}

/// The feed-forward network at each position by itself, in `f64`.
fn network_in_f64(x: ArrayView3<'_, f32>, weights: &FeedForward<'_>) -> Array3<f32> {
    let gelu = |x: f64| {
        let inner = (2.0 / std::f64::consts::PI).sqrt() * (x + 0.044_715 * x * x * x);
        0.5 * x * (1.0 + inner.tanh())
    };
    let wide = |matrix: &ArrayView2<'_, f32>| matrix.mapv(f64::from);
    let mut y = Array3::zeros(x.dim());
    for (x, mut y) in x
        .lanes(Axis(2))
        .into_iter()
        .zip(y.lanes_mut(Axis(2)).into_iter())
    {
        let x = x.mapv(f64::from);
        let output = match weights {
            FeedForward::Relu { w_in, w_out } => {
                wide(w_out).dot(&wide(w_in).dot(&x).mapv(|x| x.max(0.0)))
            }
            FeedForward::GatedGelu {
                w_gate,
                w_value,
                w_out,
            } => wide(w_out).dot(&(wide(w_gate).dot(&x).mapv(gelu) * wide(w_value).dot(&x))),
        };
        y.assign(&output.mapv(|y| y as f32));
    }
    y
}

#[test]
fn feed_forward_position_by_position_in_f64() {
    networks(network_in_f64).accept();
}

/// RMS norm of each position, in `f64`.
fn norm_in_f64(x: ArrayView3<'_, f32>, norm: &RmsNorm<'_>) -> Array3<f32> {
    let mut normed = x.to_owned();
    for mut row in normed.lanes_mut(Axis(2)) {
        let squares: f64 = row.iter().map(|&x| f64::from(x).powi(2)).sum();
        let root = (squares / row.len() as f64 + f64::from(EPSILON)).sqrt();
        row.zip_mut_with(&norm.gamma, |x, &gamma| {
            *x = (f64::from(*x) / root * f64::from(gamma)) as f32;
        });
    }
    normed
}

#[test]
fn block_from_parts_in_f64() {
    blocks(|x, memory, weights, heads, bias, memory_mask| {
        let (batch, length, _) = x.dim();
        let mask = Array3::from_shape_fn((batch, length, length), |(_, i, j)| j <= i);
        let normed = norm_in_f64(x, &weights.norm_1);
        let (read, self_weights) = in_loops(
            normed.view(),
            normed.view(),
            &weights.self_attention,
            heads,
            Some(bias),
            Some(mask.view()),
        );
        let after_self = read + x;
        let normed = norm_in_f64(after_self.view(), &weights.norm_2);
        let (read, cross_weights) = in_loops(
            normed.view(),
            memory,
            &weights.cross_attention,
            heads,
            None,
            memory_mask,
        );
        let after_cross = read + &after_self;
        let normed = norm_in_f64(after_cross.view(), &weights.norm_3);
        let output = network_in_f64(normed.view(), &weights.feed_forward) + &after_cross;
        DecoderSteps {
            self_weights,
            after_self,
            cross_weights,
            after_cross,
            output,
        }
    })
    .accept();
}

#[test]
fn block_with_the_causal_mask_in_the_bias() {
    blocks(|x, memory, weights, heads, bias, memory_mask| {
        let length = x.len_of(Axis(1));
        let blocked = causal(length, length).mapv(|may| if may { 0.0 } else { -1e9 });
        let bias = &bias + &blocked;
        let normed = weights.norm_1.apply(x, EPSILON);
        let (read, self_weights) = attention(
            normed.view(),
            normed.view(),
            &weights.self_attention,
            heads,
            Some(bias.view()),
            None,
        );
        let after_self = &x + &read;
        let normed = weights.norm_2.apply(after_self.view(), EPSILON);
        let cross = &weights.cross_attention;
        let (read, cross_weights) =
            attention(normed.view(), memory, cross, heads, None, memory_mask);
        let after_cross = &after_self + &read;
        let normed = weights.norm_3.apply(after_cross.view(), EPSILON);
        let output = feed_forward(normed.view(), &weights.feed_forward) + &after_cross;
        DecoderSteps {
            self_weights,
            after_self,
            cross_weights,
            after_cross,
            output,
        }
    })
    .accept();
}

#[test]
fn logits_scaled_before_the_product() {
    heads(|x, norm, head| {
        let (matrix, scale) = match head {
            Head::Tied(matrix) => (matrix, (matrix.ncols() as f32).powf(-0.5)),
            Head::Untied(matrix) => (matrix, 1.0),
        };
        let normed = norm_in_f64(x, norm) * scale;
        let mut logits = Array3::zeros((x.dim().0, x.dim().1, matrix.nrows()));
        for (rows, mut logits) in normed.outer_iter().zip(logits.outer_iter_mut()) {
            logits.assign(&rows.dot(&matrix.t()));
        }
        logits
    })
    .accept();
}

#[test]
fn logits_token_by_token_in_f64() {
    heads(|x, norm, head| {
        let (matrix, divisor) = match head {
            Head::Tied(matrix) => (matrix, (matrix.ncols() as f64).sqrt()),
            Head::Untied(matrix) => (matrix, 1.0),
        };
        let normed = norm_in_f64(x, norm).mapv(f64::from);
        let (batch, length, _) = x.dim();
        Array3::from_shape_fn((batch, length, matrix.nrows()), |(b, i, token)| {
            let row = matrix.row(token).mapv(f64::from);
            (normed.slice(s![b, i, ..]).dot(&row) / divisor) as f32
        })
    })
    .accept();
}

/// The logits of the token after a target, given the memory.
fn after(target: &[usize], memory: ArrayView3<'_, f32>, model: &T5<'_>) -> Array1<f32> {
    let length = target.len();
    let bias = position_bias(
        model.decoder_bias,
        length,
        length,
        false,
        model.max_distance,
    );
    let embedded = embed(aview1(target).insert_axis(Axis(0)), model.embedding);
    let x = model.decoder.iter().fold(embedded, |x, weights| {
        decoder_block(x.view(), memory, weights, model.heads, bias.view(), None).output
    });
    let last = x.slice(s![.., length - 1.., ..]);
    let logits = logits(last, &model.decoder_norm, &model.head);
    logits.slice(s![0, 0, ..]).to_owned()
}

#[test]
fn generate_with_a_search_of_its_own() {
    generating(|source, model, search| {
        let memory = encode(aview1(source).insert_axis(Axis(0)), model, None);
        // The start is part of the tokens here, and removed at the end.
        let mut beams = vec![Beam {
            tokens: vec![PADDING],
            log_probability: 0.0,
            score: 0.0,
        }];
        for _ in 0..search.longest {
            let mut candidates = Vec::new();
            for beam in beams {
                if beam.tokens.len() > 1 && beam.tokens.ends_with(&[search.end]) {
                    candidates.push(beam);
                    continue;
                }
                let logits = after(&beam.tokens, memory.view(), model);
                for (token, log) in log_probabilities(logits.view()).iter().enumerate() {
                    let log_probability = beam.log_probability + log;
                    let written = beam.tokens.len() as f32;
                    candidates.push(Beam {
                        tokens: [&beam.tokens[..], &[token]].concat(),
                        log_probability,
                        score: log_probability / written.powf(search.length_penalty),
                    });
                }
            }
            candidates.sort_by(|a, b| b.score.total_cmp(&a.score));
            candidates.truncate(search.width);
            beams = candidates;
        }
        let tokens = &beams[0].tokens[1..];
        tokens
            .strip_suffix(&[search.end])
            .unwrap_or(tokens)
            .to_vec()
    })
    .accept();
}

#[test]
fn generate_with_a_mask_that_allows_everything() {
    generating(|source, model, search| {
        let length = source.len();
        let everything = Array3::from_elem((1, length, length), true);
        let source = aview1(source).insert_axis(Axis(0));
        let memory = encode(source, model, Some(everything.view()));
        let mut next = |target: &[usize]| after(target, memory.view(), model);
        let beams = sampling::beam_search(&[PADDING], &mut next, search);
        let tokens = beams[0].tokens.iter().copied();
        tokens.take_while(|&token| token != search.end).collect()
    })
    .accept();
}
