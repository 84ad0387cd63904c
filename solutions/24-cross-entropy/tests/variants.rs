//! Correct ways of solving the exercise that differ from the solution: the grader has to accept every one.

use attentive_grader::{Case, CaseError, Exercise, Reply, exercise};
use cross_entropy::{BatchLoss, NextTokenPairs};
use ndarray::{Array2, Array3, ArrayView1, ArrayView2, ArrayView3, Axis, Zip, arr0, s, stack};
use softmax::log_softmax;

type Pairs = fn(&[usize], usize, usize) -> NextTokenPairs;
type Loss = fn(ArrayView3<'_, f32>, ArrayView2<'_, usize>, Option<usize>, f32) -> f32;

fn pairing(pairs: Pairs) -> Exercise {
    exercise(env!("CARGO_MANIFEST_DIR")).task("next_token_pairs", move |case| {
        let tokens = case.sizes("tokens")?;
        let pairs = pairs(&tokens, case.size("context")?, case.size("stride")?);
        Ok(Reply::default()
            .and_ids("inputs", pairs.inputs)
            .and_ids("targets", pairs.targets))
    })
}

fn losing(loss: Loss) -> Exercise {
    exercise(env!("CARGO_MANIFEST_DIR")).task("cross_entropy", move |case| {
        let targets = case.ids("targets")?;
        let is_ignoring = case.inputs.contains_key("ignored");
        let ignored = is_ignoring.then(|| case.size("ignored")).transpose()?;
        let (logits, smoothing) = (case.view("logits")?, case.number("smoothing")?);
        Ok(case.reply(
            "loss",
            arr0(loss(logits, targets.view(), ignored, smoothing)),
        ))
    })
}

fn evaluating(
    perplexity: fn(&[BatchLoss]) -> f32,
    bits: fn(&[BatchLoss], usize) -> f32,
) -> Exercise {
    exercise(env!("CARGO_MANIFEST_DIR"))
        .task("perplexity", move |case| {
            Ok(case.reply("perplexity", arr0(perplexity(&batches(case)?))))
        })
        .task("bits_per_byte", move |case| {
            Ok(case.reply("bits", arr0(bits(&batches(case)?, case.size("bytes")?))))
        })
}

fn batches(case: &Case) -> Result<Vec<BatchLoss>, CaseError> {
    let means: ArrayView1<'_, f32> = case.view("means")?;
    let counted = case.sizes("counted")?;
    Ok(means
        .iter()
        .zip(counted)
        .map(|(&mean, counted)| BatchLoss { mean, counted })
        .collect())
}

#[test]
fn pairs_by_a_loop_with_indices() {
    pairing(|tokens, context, stride| {
        let count = match tokens.len() {
            length if length > context => (length - context - 1) / stride + 1,
            _ => 0,
        };
        let mut inputs = Array2::zeros((count, context));
        let mut targets = Array2::zeros((count, context));
        for window in 0..count {
            for position in 0..context {
                let token = window * stride + position;
                inputs[(window, position)] = tokens[token];
                targets[(window, position)] = tokens[token + 1];
            }
        }
        NextTokenPairs { inputs, targets }
    })
    .accept();
}

/// Every window of the right size, of which each `stride`-th is taken.
#[test]
fn pairs_from_the_windows_of_a_slice() {
    pairing(|tokens, context, stride| {
        let windows: Vec<&[usize]> = tokens.windows(context + 1).step_by(stride).collect();
        let part = |from: usize| {
            let rows: Vec<usize> = windows
                .iter()
                .flat_map(|window| &window[from..from + context])
                .copied()
                .collect();
            Array2::from_shape_vec((windows.len(), context), rows).expect("as many tokens")
        };
        NextTokenPairs {
            inputs: part(0),
            targets: part(1),
        }
    })
    .accept();
}

/// Row by row, until the text ends.
#[test]
fn pairs_that_are_pushed() {
    pairing(|tokens, context, stride| {
        let mut inputs = Array2::zeros((0, context));
        let mut targets = Array2::zeros((0, context));
        let mut rest = tokens;
        while rest.len() > context {
            let row = |part: &[usize]| ArrayView1::from(part).to_owned();
            inputs
                .push_row(row(&rest[..context]).view())
                .expect("a row as long as the others");
            targets
                .push_row(row(&rest[1..=context]).view())
                .expect("a row as long as the others");
            rest = rest.get(stride..).unwrap_or_default();
        }
        NextTokenPairs { inputs, targets }
    })
    .accept();
}

/// One array of windows with their last targets, from which both are cut.
#[test]
fn pairs_cut_out_of_longer_windows() {
    pairing(|tokens, context, stride| {
        let starts = (0..tokens.len()).step_by(stride);
        let rows: Vec<ArrayView1<'_, usize>> = starts
            .filter_map(|start| tokens.get(start..start + context + 1))
            .map(ArrayView1::from)
            .collect();
        let windows = match rows.is_empty() {
            true => Array2::zeros((0, context + 1)),
            false => stack(Axis(0), &rows).expect("rows of one length"),
        };
        NextTokenPairs {
            inputs: windows.slice(s![.., ..context]).to_owned(),
            targets: windows.slice(s![.., 1..]).to_owned(),
        }
    })
    .accept();
}

#[test]
fn loss_in_f64() {
    losing(|logits, targets, ignored, smoothing| {
        let (mut sum, mut counted) = (0.0, 0.0);
        for ((sequence, position), &target) in targets.indexed_iter() {
            if ignored == Some(target) {
                continue;
            }
            let row = logits.slice(s![sequence, position, ..]).mapv(f64::from);
            let max = row.fold(f64::NEG_INFINITY, |max, &x| max.max(x));
            let logs = &row - max - (&row - max).exp().sum().ln();
            let smoothing = f64::from(smoothing);
            for (class, log) in logs.iter().enumerate() {
                let mut share = smoothing / logs.len() as f64;
                if class == target {
                    share += 1.0 - smoothing;
                }
                if share > 0.0 {
                    sum -= share * log;
                }
            }
            counted += 1.0;
        }
        if counted > 0.0 {
            (sum / counted) as f32
        } else {
            0.0
        }
    })
    .accept();
}

/// The logarithm of the sum of exponentials, less the target's logit; the mean of the logits for the smoothing.
#[test]
fn loss_from_the_log_sum_exp() {
    losing(|logits, targets, ignored, smoothing| {
        let mut costs = Vec::new();
        for (row, &target) in logits.rows().into_iter().zip(targets) {
            if Some(target) != ignored {
                let max = row.fold(f32::NEG_INFINITY, |max, &x| max.max(x));
                let log_sum_exp = max + row.mapv(|x| (x - max).exp()).sum().ln();
                let mut expected = row[target];
                if smoothing > 0.0 {
                    let mean = row.mean().expect("at least one class");
                    expected = (1.0 - smoothing) * expected + smoothing * mean;
                }
                costs.push(log_sum_exp - expected);
            }
        }
        costs.iter().sum::<f32>() / costs.len().max(1) as f32
    })
    .accept();
}

/// A distribution for each position as the target, and a sum over all entries; where a share is 0, nothing is added.
#[test]
fn loss_against_smoothed_distributions() {
    losing(|logits, targets, ignored, smoothing| {
        let (batch, length, vocabulary) = logits.dim();
        let mut shares = Array3::from_elem(logits.dim(), smoothing / vocabulary as f32);
        let mut counted = 0;
        for ((sequence, position), &target) in targets.indexed_iter() {
            if Some(target) == ignored {
                shares.slice_mut(s![sequence, position, ..]).fill(0.0);
            } else {
                shares[(sequence, position, target)] += 1.0 - smoothing;
                counted += 1;
            }
        }
        if counted == 0 {
            return 0.0;
        }
        let rows = logits
            .to_shape((batch * length, vocabulary))
            .expect("as many entries");
        let logs = log_softmax(rows.view());
        let shares = shares
            .into_shape_with_order((batch * length, vocabulary))
            .expect("as many entries");
        let costs = Zip::from(&logs)
            .and(&shares)
            .map_collect(|log, &share| if share == 0.0 { 0.0 } else { -share * log });
        costs.sum() / counted as f32
    })
    .accept();
}

/// A weighted mean of the sums of sequences, from the last to the first.
#[test]
fn loss_sequence_by_sequence() {
    losing(|logits, targets, ignored, smoothing| {
        let mut sums = Vec::new();
        for (logits, targets) in logits.outer_iter().zip(targets.outer_iter()).rev() {
            let logs = log_softmax(logits);
            let (mut of_targets, mut of_all, mut counted) = (0.0, 0.0, 0);
            for (position, &target) in targets.iter().enumerate() {
                if Some(target) != ignored {
                    of_targets += logs[(position, target)];
                    of_all += logs.row(position).mean().expect("at least one class");
                    counted += 1;
                }
            }
            let of_all = if smoothing == 0.0 {
                0.0
            } else {
                smoothing * of_all
            };
            sums.push(((1.0 - smoothing) * of_targets + of_all, counted));
        }
        let counted: usize = sums.iter().map(|(_, counted)| counted).sum();
        match counted {
            0 => 0.0,
            _ => -sums.iter().map(|(sum, _)| sum).sum::<f32>() / counted as f32,
        }
    })
    .accept();
}

#[test]
fn evaluation_in_f64() {
    fn totals(batches: &[BatchLoss]) -> (f64, f64) {
        batches.iter().fold((0.0, 0.0), |(nats, tokens), batch| {
            let counted = batch.counted as f64;
            (nats + f64::from(batch.mean) * counted, tokens + counted)
        })
    }
    evaluating(
        |batches| {
            let (nats, tokens) = totals(batches);
            (nats / tokens.max(1.0)).exp() as f32
        },
        |batches, bytes| (totals(batches).0 / 2_f64.ln() / bytes as f64) as f32,
    )
    .accept();
}

/// Each batch has a weight, its share of the positions.
#[test]
fn evaluation_by_weights() {
    evaluating(
        |batches| {
            let counted: usize = batches.iter().map(|batch| batch.counted).sum();
            let weight = |batch: &BatchLoss| batch.counted as f32 / counted.max(1) as f32;
            let mean: f32 = batches.iter().map(|batch| batch.mean * weight(batch)).sum();
            mean.exp()
        },
        |batches, bytes| {
            let bits = |batch: &BatchLoss| batch.mean * std::f32::consts::LOG2_E;
            let per_byte = |batch: &BatchLoss| bits(batch) * (batch.counted as f32 / bytes as f32);
            batches.iter().map(per_byte).sum()
        },
    )
    .accept();
}

/// The perplexity as a power of 2, and the bits per byte from the perplexity.
#[test]
fn evaluation_in_bits() {
    fn counted(batches: &[BatchLoss]) -> usize {
        batches.iter().map(|batch| batch.counted).sum()
    }
    fn perplexity(batches: &[BatchLoss]) -> f32 {
        let mut bits = 0.0;
        for batch in batches.iter().rev() {
            bits += batch.mean / 2_f32.ln() * batch.counted as f32;
        }
        (bits / counted(batches).max(1) as f32).exp2()
    }
    evaluating(perplexity, |batches, bytes| {
        perplexity(batches).log2() * counted(batches) as f32 / bytes as f32
    })
    .accept();
}
