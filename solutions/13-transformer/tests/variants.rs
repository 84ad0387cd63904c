//! Correct ways of solving the exercise that differ from the solution: the grader has to accept every one.

#[path = "../../11-encoder-block/tests/in_f64/mod.rs"]
mod in_f64;
mod wide;

use std::collections::BTreeMap;

use attentive_grader::{Case, CaseError, Exercise, Reply, Tensor, exercise};
use decoder_block::decoder_block;
use encoder_block::post_norm_block;
use ndarray::{
    Array, Array1, Array2, Array3, Array4, ArrayView2, ArrayView3, Axis, Dimension, RemoveAxis,
    Zip, concatenate, s, stack,
};
use transformer::{Decoded, END, Model, PADDING, START, Weights, may_read, trained};

use in_f64::{batch, widen};

type Embed = fn(ArrayView2<'_, usize>, ArrayView2<'_, f32>) -> Array3<f32>;
type Encode = fn(ArrayView2<'_, usize>, &Model<'_>) -> Vec<Array3<f32>>;
type Decode =
    fn(ArrayView2<'_, usize>, ArrayView3<'_, f32>, ArrayView2<'_, usize>, &Model<'_>) -> Decoded;
type GreedyDecode = fn(&[usize], usize, &Model<'_>) -> Vec<usize>;

fn with(embed: Embed, encode: Encode, decode: Decode, greedy_decode: GreedyDecode) -> Exercise {
    exercise(env!("CARGO_MANIFEST_DIR"))
        .task("embed", move |case| {
            Ok(case.reply(
                "vectors",
                embed(case.ids("tokens")?.view(), case.view("embedding")?),
            ))
        })
        .task("encode", move |case| {
            let weights = weights(case)?;
            let states = encode(case.ids("source")?.view(), &model(&weights));
            Ok(with_states(Reply::default(), &states))
        })
        .task("decode", move |case| {
            let (weights, source, target) =
                (weights(case)?, case.ids("source")?, case.ids("target")?);
            let decoded = decode(
                target.view(),
                case.view("memory")?,
                source.view(),
                &model(&weights),
            );
            let reply = case
                .reply("logits", decoded.logits)
                .and("cross_weights", stacked(&decoded.cross_weights));
            Ok(with_states(reply, &decoded.states))
        })
        .task("greedy_decode", move |case| {
            let (source, longest, weights) =
                (case.sizes("source")?, case.size("longest")?, weights(case)?);
            let tokens = greedy_decode(&source, longest, &model(&weights));
            Ok(Reply::default().and_ids("tokens", Array1::from(tokens)))
        })
}

fn weights(case: &Case) -> Result<Weights, CaseError> {
    if !case.inputs.contains_key("embedding") {
        return Ok(trained());
    }
    let numbers = case
        .inputs
        .iter()
        .filter_map(|(name, tensor)| match tensor {
            Tensor::F32(numbers) => Some((name.clone(), numbers.clone())),
            Tensor::Bool(_) | Tensor::I64(_) => None,
        });
    Ok(Weights::new(
        numbers.collect::<BTreeMap<_, _>>(),
        case.size("heads")?,
    ))
}

fn model(weights: &Weights) -> Model<'_> {
    weights.model().unwrap_or_else(|error| panic!("{error}"))
}

fn with_states(reply: Reply, states: &[Array3<f32>]) -> Reply {
    reply
        .and("embedded", states[0].clone())
        .and("blocks", stacked(&states[1..]))
}

/// Arrays of equal shapes as one, with a first axis more.
fn stacked<D: Dimension>(of_blocks: &[Array<f32, D>]) -> Array<f32, D::Larger>
where
    D::Larger: RemoveAxis,
{
    let views: Vec<_> = of_blocks.iter().map(|array| array.view()).collect();
    stack(Axis(0), &views).expect("equal shapes")
}

/// Tokens that are worth looking at when nothing else is known: a batch of one.
fn row(tokens: &[usize]) -> Array2<usize> {
    Array2::from_shape_vec((1, tokens.len()), tokens.to_vec()).expect("one row")
}

#[test]
fn everything_in_f64_one_sequence_at_a_time() {
    /// Turns the states of each sequence into batches, one for each state.
    fn batches<D: Dimension>(sequences: &[Vec<Array<f64, D>>]) -> Vec<Array<f32, D::Larger>>
    where
        D::Larger: RemoveAxis,
    {
        let state = |nth: usize| {
            batch(
                &sequences
                    .iter()
                    .map(|states| states[nth].clone())
                    .collect::<Vec<_>>(),
            )
        };
        (0..sequences[0].len()).map(state).collect()
    }
    with(
        |tokens, embedding| {
            batch(
                &tokens
                    .outer_iter()
                    .map(|tokens| wide::embed(&tokens.to_vec(), embedding))
                    .collect::<Vec<_>>(),
            )
        },
        |source, model| {
            let sequences: Vec<_> = source
                .outer_iter()
                .map(|source| wide::encode(&source.to_vec(), model))
                .collect();
            batches(&sequences)
        },
        |target, memory, source, model| {
            let (mut states, mut weights, mut logits) = (Vec::new(), Vec::new(), Vec::new());
            for ((target, memory), source) in target
                .outer_iter()
                .zip(memory.outer_iter())
                .zip(source.outer_iter())
            {
                let decoded =
                    wide::decode(&target.to_vec(), &widen(memory), &source.to_vec(), model);
                states.push(decoded.0);
                weights.push(decoded.1);
                logits.push(decoded.2);
            }
            Decoded {
                states: batches(&states),
                cross_weights: batches(&weights),
                logits: batch(&logits),
            }
        },
        |source, longest, model| {
            let memory = wide::encode(source, model)
                .pop()
                .expect("at least the embedding");
            let mut target = vec![START];
            for _ in 0..longest {
                let (_, _, logits) = wide::decode(&target, &memory, source, model);
                let scores = logits.index_axis(Axis(0), target.len() - 1);
                // Of equals, `max_by` returns the last.
                let best = (0..scores.len())
                    .rev()
                    .max_by(|&a, &b| scores[a].total_cmp(&scores[b]))
                    .expect("tokens");
                if best == END {
                    break;
                }
                target.push(best);
            }
            target.into_iter().skip(1).collect()
        },
    )
    .accept();
}

/// Rows of the embedding by a product with ones and zeros, after the whole embedding has been scaled.
fn by_one_hot(tokens: ArrayView2<'_, usize>, embedding: ArrayView2<'_, f32>) -> Array3<f32> {
    let (batch, length) = tokens.dim();
    let (vocabulary, d_model) = embedding.dim();
    let one_hot = Array2::from_shape_fn((batch * length, vocabulary), |(row, token)| {
        f32::from(u8::from(tokens[(row / length, row % length)] == token))
    });
    let vectors = one_hot.dot(&(&embedding * (d_model as f32).sqrt()));
    let vectors = vectors
        .to_shape((batch, length, d_model))
        .expect("as many entries")
        .into_owned();
    vectors + positional_encoding::sinusoidal(length, d_model, 0)
}

/// Logits entry by entry, from the last feature to the first.
fn logits_by_loops(state: &Array3<f32>, embedding: ArrayView2<'_, f32>) -> Array3<f32> {
    let (batch, length, d_model) = state.dim();
    Array3::from_shape_fn((batch, length, embedding.nrows()), |(b, i, token)| {
        (0..d_model)
            .rev()
            .map(|d| state[(b, i, d)] * embedding[(token, d)])
            .sum()
    })
}

fn encode(source: ArrayView2<'_, usize>, model: &Model<'_>) -> Vec<Array3<f32>> {
    let mask = may_read(source, source.ncols());
    model.encoder.iter().fold(
        vec![by_one_hot(source, model.embedding)],
        |mut states, block| {
            let x = states.last().expect("at least the embedding").view();
            let output = post_norm_block(x, block, model.heads, Some(mask.view())).output;
            states.push(output);
            states
        },
    )
}

fn decode(
    target: ArrayView2<'_, usize>,
    memory: ArrayView3<'_, f32>,
    source: ArrayView2<'_, usize>,
    model: &Model<'_>,
) -> Decoded {
    let mask = Array3::from_shape_fn(
        (target.nrows(), target.ncols(), source.ncols()),
        |(b, _, j)| source[(b, j)] != 0,
    );
    let (mut states, mut cross_weights) = (vec![by_one_hot(target, model.embedding)], Vec::new());
    for block in &model.decoder {
        let steps = decoder_block(
            states[cross_weights.len()].view(),
            memory,
            block,
            model.heads,
            Some(mask.view()),
        );
        states.push(steps.output);
        cross_weights.push(steps.cross_weights);
    }
    let logits = logits_by_loops(&states[cross_weights.len()], model.embedding);
    Decoded {
        states,
        cross_weights,
        logits,
    }
}

/// The decoder is always given all positions that there may be, of which the later ones hold padding: under the causal
/// mask they change nothing, and the score to look at is that of the last real one.
#[test]
fn by_one_hot_products_and_with_a_target_of_fixed_length() {
    with(by_one_hot, encode, decode, |source, longest, model| {
        let source = row(source);
        let memory = encode(source.view(), model)
            .pop()
            .expect("at least the embedding");
        let mut target = Array2::from_elem((1, longest + 1), PADDING);
        target[(0, 0)] = START;
        let mut written = 0;
        while written < longest {
            let logits = decode(target.view(), memory.view(), source.view(), model).logits;
            let scores = logits.slice(s![0, written, ..]);
            let best =
                scores.iter().enumerate().fold(
                    0,
                    |best, (token, &score)| {
                        if score > scores[best] { token } else { best }
                    },
                );
            if best == END {
                break;
            }
            written += 1;
            target[(0, written)] = best;
        }
        target.slice(s![0, 1..=written]).to_vec()
    })
    .accept();
}

/// Padding is cut off before a source is read and put back afterwards, and tokens are chosen by their probabilities.
#[test]
fn without_padding_and_by_log_probabilities() {
    fn embed(tokens: ArrayView2<'_, usize>, embedding: ArrayView2<'_, f32>) -> Array3<f32> {
        let positions = positional_encoding::sinusoidal(tokens.ncols(), embedding.ncols(), 0);
        let root = (embedding.ncols() as f32).sqrt();
        Array3::from_shape_fn(
            (tokens.nrows(), tokens.ncols(), embedding.ncols()),
            |(b, i, d)| positions[(i, d)] + root * embedding[(tokens[(b, i)], d)],
        )
    }
    /// A source of a batch without its padding.
    fn real(source: ArrayView2<'_, usize>, element: usize) -> Array2<usize> {
        row(&source
            .row(element)
            .iter()
            .copied()
            .filter(|&token| token != PADDING)
            .collect::<Vec<_>>())
    }
    fn decode(
        target: ArrayView2<'_, usize>,
        memory: ArrayView3<'_, f32>,
        source: ArrayView2<'_, usize>,
        model: &Model<'_>,
    ) -> Decoded {
        let mut elements = Vec::new();
        for element in 0..target.nrows() {
            let length = real(source, element).len();
            let memory = memory.slice(s![element..=element, ..length, ..]);
            let mut states = vec![embed(
                target.slice(s![element..=element, ..]),
                model.embedding,
            )];
            let mut cross_weights = Vec::new();
            for block in &model.decoder {
                let steps = decoder_block(
                    states[states.len() - 1].view(),
                    memory,
                    block,
                    model.heads,
                    None,
                );
                let mut weights = Array4::zeros((1, model.heads, target.ncols(), source.ncols()));
                weights
                    .slice_mut(s![.., .., .., ..length])
                    .assign(&steps.cross_weights);
                states.push(steps.output);
                cross_weights.push(weights);
            }
            elements.push((states, cross_weights));
        }
        let joined = |nth: usize| {
            let views: Vec<_> = elements
                .iter()
                .map(|(states, _)| states[nth].view())
                .collect();
            concatenate(Axis(0), &views).expect("equal shapes")
        };
        let weights = |nth: usize| {
            let views: Vec<_> = elements
                .iter()
                .map(|(_, weights)| weights[nth].view())
                .collect();
            concatenate(Axis(0), &views).expect("equal shapes")
        };
        let states: Vec<_> = (0..=model.decoder.len()).map(joined).collect();
        let logits = logits_by_loops(&states[states.len() - 1], model.embedding);
        Decoded {
            states,
            cross_weights: (0..model.decoder.len()).map(weights).collect(),
            logits,
        }
    }
    with(
        embed,
        |source, model| {
            let mask = may_read(source, source.ncols());
            let mut states = vec![embed(source, model.embedding)];
            for block in &model.encoder {
                let x = &states[states.len() - 1];
                let elements: Vec<_> = (0..source.nrows())
                    .map(|element| {
                        let (x, mask) = (
                            x.slice(s![element..=element, .., ..]),
                            mask.slice(s![element..=element, .., ..]),
                        );
                        post_norm_block(x, block, model.heads, Some(mask)).output
                    })
                    .collect();
                let views: Vec<_> = elements.iter().map(|element| element.view()).collect();
                states.push(concatenate(Axis(0), &views).expect("equal shapes"));
            }
            states
        },
        decode,
        |source, longest, model| {
            let source = row(source);
            let memory = encode(source.view(), model)
                .pop()
                .expect("at least the embedding");
            let mut target = vec![START];
            loop {
                let logits =
                    decode(row(&target).view(), memory.view(), source.view(), model).logits;
                let last = logits.slice(s![0, target.len() - 1, ..]);
                let max = last.fold(f32::MIN, |max, &score| max.max(score));
                let log_sum = last.mapv(|score| (score - max).exp()).sum().ln() + max;
                let mut best = (f32::NEG_INFINITY, END);
                Zip::indexed(last).for_each(|token, &score| {
                    if score - log_sum > best.0 {
                        best = (score - log_sum, token);
                    }
                });
                if best.1 == END || target.len() > longest {
                    return target[1..].to_vec();
                }
                target.push(best.1);
            }
        },
    )
    .accept();
}
