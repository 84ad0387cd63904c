//! Correct ways of solving the exercise that differ from the solution: the grader has to accept every one.

mod adapter;
mod in_f64;
mod one_by_one;

use adapter::{
    Attention, Network, attending, biases, blocks, buckets, generating, heads, networks,
};
use in_f64::{attention as in_loops, feed_forward as network_in_f64, rms_norm as norm_in_f64};
use masks::causal;
use ndarray::{Array1, Array2, Array3, ArrayView3, Axis, NewAxis, aview1, concatenate, s};
use one_by_one::{
    attention as attention_in_one_pass, bias as bias_by_products, bucket as bucket_by_counting,
    feed_forward as unit_by_unit, in_columns, logits as norm_in_the_matrix,
};
use sampling::{Beam, log_probabilities};
use t5::{
    DecoderSteps, EPSILON, Head, PADDING, RmsNorm, T5, attention, decoder_block, embed, encode,
    feed_forward, logits, position_bias, relative_position_bucket,
};

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
fn bucket_by_counting_the_limits() {
    buckets(bucket_by_counting).accept();
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

#[test]
fn bias_as_a_product() {
    biases(bias_by_products).accept();
}

#[test]
fn attention_with_a_maximum_that_grows() {
    attending(attention_in_one_pass).accept();
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

#[test]
fn feed_forward_position_by_position_in_f64() {
    networks(network_in_f64).accept();
}

#[test]
fn feed_forward_unit_by_unit() {
    networks(unit_by_unit).accept();
}

#[test]
fn feed_forward_in_columns() {
    networks(in_columns).accept();
}

/// The parts of a block, written otherwise.
struct Parts {
    norm: fn(ArrayView3<'_, f32>, &RmsNorm<'_>) -> Array3<f32>,
    attention: Attention,
    feed_forward: Network,
}

fn block_from(parts: Parts) {
    blocks(move |x, memory, weights, heads, bias, memory_mask| {
        let (batch, length, _) = x.dim();
        let mask = Array3::from_shape_fn((batch, length, length), |(_, i, j)| j <= i);
        let normed = (parts.norm)(x, &weights.norm_1);
        let (read, self_weights) = (parts.attention)(
            normed.view(),
            normed.view(),
            &weights.self_attention,
            heads,
            Some(bias),
            Some(mask.view()),
        );
        let after_self = read + x;
        let normed = (parts.norm)(after_self.view(), &weights.norm_2);
        let (read, cross_weights) = (parts.attention)(
            normed.view(),
            memory,
            &weights.cross_attention,
            heads,
            None,
            memory_mask,
        );
        let after_cross = read + &after_self;
        let normed = (parts.norm)(after_cross.view(), &weights.norm_3);
        let output = (parts.feed_forward)(normed.view(), &weights.feed_forward) + &after_cross;
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
fn block_from_parts_in_f64() {
    block_from(Parts {
        norm: in_f64::rms_norm,
        attention: in_f64::attention,
        feed_forward: in_f64::feed_forward,
    });
}

#[test]
fn block_from_parts_one_by_one() {
    block_from(Parts {
        norm: one_by_one::rms_norm,
        attention: one_by_one::attention,
        feed_forward: one_by_one::feed_forward,
    });
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
fn logits_with_the_norm_in_the_matrix() {
    heads(norm_in_the_matrix).accept();
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

#[test]
fn generate_with_the_beams_as_a_batch() {
    generating(|source, model, search| {
        let memory = encode(aview1(source).insert_axis(Axis(0)), model, None);
        let score = |(tokens, sum): &(Vec<usize>, f32)| {
            sum / (tokens.len() as f32 - 1.0).powf(search.length_penalty)
        };
        let (mut open, mut ended) = (vec![(vec![PADDING], 0.0)], Vec::new());
        for length in 1..=search.longest {
            let tokens = Array2::from_shape_fn((open.len(), length), |(beam, i)| open[beam].0[i]);
            let bias = position_bias(
                model.decoder_bias,
                length,
                length,
                false,
                model.max_distance,
            );
            let (_, keys, d_model) = memory.dim();
            let memory = memory
                .broadcast((open.len(), keys, d_model))
                .expect("a batch of one");
            let mut x = embed(tokens.view(), model.embedding);
            for weights in &model.decoder {
                x = decoder_block(x.view(), memory, weights, model.heads, bias.view(), None).output;
            }
            let logits = logits(x.view(), &model.decoder_norm, &model.head);
            let mut candidates = ended;
            for (logits, (tokens, sum)) in logits
                .index_axis(Axis(1), length - 1)
                .outer_iter()
                .zip(open)
            {
                for (token, log) in log_probabilities(logits).iter().enumerate() {
                    candidates.push(([&tokens[..], &[token]].concat(), sum + log));
                }
            }
            candidates.sort_by(|a, b| score(b).total_cmp(&score(a)));
            candidates.truncate(search.width);
            (ended, open) = candidates
                .into_iter()
                .partition(|(tokens, _)| tokens.ends_with(&[search.end]));
            if open.is_empty() {
                break;
            }
        }
        ended.extend(open);
        let best = ended.iter().max_by(|a, b| score(a).total_cmp(&score(b)));
        let tokens = best.map_or(Vec::new(), |(tokens, _)| tokens[1..].to_vec());
        tokens
            .into_iter()
            .take_while(|&token| token != search.end)
            .collect()
    })
    .accept();
}
