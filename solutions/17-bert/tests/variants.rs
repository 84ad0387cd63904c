//! Correct ways of solving the exercise that differ from the solution: the grader has to accept every one.

// Its feed-forward network has ReLU, which BERT's does not.
#[allow(dead_code)]
#[path = "../../11-encoder-block/tests/in_f64/mod.rs"]
mod in_f64;
mod layers_in_f64;

use attentive_grader::{Exercise, exercise};
use bert::{
    Bert, BertEmbeddings, ClassificationHead, Encoded, Linear, MaskedLmHead, Norm, embed, gelu,
};
use ndarray::{
    Array1, Array2, Array3, Array4, ArrayView1, ArrayView2, ArrayView3, Axis, Zip, s, stack,
};

use in_f64::{batch, widen};
use layers_in_f64::{gelu_in_f64, linear_in_f64};

type Embed =
    fn(ArrayView2<'_, usize>, ArrayView2<'_, usize>, &BertEmbeddings<'_>, f32) -> Array3<f32>;
type Encode =
    fn(ArrayView2<'_, usize>, ArrayView2<'_, usize>, ArrayView2<'_, bool>, &Bert<'_>) -> Encoded;
type Sentence = fn(ArrayView3<'_, f32>, ArrayView2<'_, bool>) -> Array2<f32>;
type FillMask = fn(ArrayView3<'_, f32>, &MaskedLmHead<'_>, ArrayView2<'_, f32>, f32) -> Array3<f32>;
type Classify = fn(ArrayView3<'_, f32>, &ClassificationHead<'_>) -> Array2<f32>;

fn with_embed(embed: Embed) -> Exercise {
    exercise(env!("CARGO_MANIFEST_DIR")).task("embed", move |case| {
        let embeddings = BertEmbeddings::named(
            |name| case.view(name),
            |name| case.view(name),
            |name| case.inputs.contains_key(name),
        )?;
        let (ids, types) = (case.ids("ids")?, case.ids("types")?);
        let epsilon = case.number("epsilon")?;
        Ok(case.reply(
            "vectors",
            embed(ids.view(), types.view(), &embeddings, epsilon),
        ))
    })
}

fn with_encode(encode: Encode) -> Exercise {
    exercise(env!("CARGO_MANIFEST_DIR")).task("encode", move |case| {
        let model = Bert::named(
            |name| case.view(name),
            |name| case.view(name),
            |name| case.inputs.contains_key(name),
            (
                case.size("layers")?,
                case.size("heads")?,
                case.number("epsilon")?,
            ),
        )?;
        let (ids, types, mask) = (case.ids("ids")?, case.ids("types")?, case.mask("mask")?);
        let encoded = encode(ids.view(), types.view(), mask, &model);
        let states: Vec<_> = encoded.states.iter().map(|state| state.view()).collect();
        let attention: Vec<_> = encoded.attention.iter().map(|layer| layer.view()).collect();
        Ok(case
            .reply("states", stack(Axis(0), &states).expect("equal shapes"))
            .and(
                "attention",
                stack(Axis(0), &attention).expect("equal shapes"),
            ))
    })
}

fn with_sentence(sentence: Sentence) -> Exercise {
    exercise(env!("CARGO_MANIFEST_DIR")).task("sentence", move |case| {
        Ok(case.reply("vector", sentence(case.view("states")?, case.mask("mask")?)))
    })
}

fn with_fill_mask(fill_mask: FillMask) -> Exercise {
    exercise(env!("CARGO_MANIFEST_DIR")).task("fill_mask", move |case| {
        let head = MaskedLmHead::named(|name| case.view(name), |name| case.view(name))?;
        let (states, word) = (case.view("states")?, case.view("word")?);
        let epsilon = case.number("epsilon")?;
        Ok(case.reply("logits", fill_mask(states, &head, word, epsilon)))
    })
}

fn with_classify(classify: Classify) -> Exercise {
    exercise(env!("CARGO_MANIFEST_DIR")).task("classify", move |case| {
        let head = ClassificationHead::named(
            |name| case.view(name),
            |name| case.view(name),
            |name| case.inputs.contains_key(name),
        )?;
        Ok(case.reply("logits", classify(case.view("states")?, &head)))
    })
}

/// The vectors of one text, in `f64`.
fn embed_in_f64(
    ids: ArrayView1<'_, usize>,
    types: ArrayView1<'_, usize>,
    tables: &BertEmbeddings<'_>,
    epsilon: f32,
) -> in_f64::Matrix {
    let sum = Array2::from_shape_fn((ids.len(), tables.word.ncols()), |(position, feature)| {
        let of_type = tables
            .token_type
            .map_or(0.0, |table| table[(types[position], feature)]);
        f64::from(of_type)
            + f64::from(tables.position[(position, feature)])
            + f64::from(tables.word[(ids[position], feature)])
    });
    let normed = in_f64::norm(&sum, &tables.norm, f64::from(epsilon));
    match &tables.projection {
        Some(projection) => linear_in_f64(&normed, projection),
        None => normed,
    }
}

#[test]
fn embed_in_f64_text_by_text() {
    with_embed(|ids, types, tables, epsilon| {
        let texts = ids.outer_iter().zip(types.outer_iter());
        let vectors: Vec<_> = texts
            .map(|(ids, types)| embed_in_f64(ids, types, tables, epsilon))
            .collect();
        batch(&vectors)
    })
    .accept();
}

/// Rows are selected from each table at once, and position comes first in the sum.
#[test]
fn embed_by_selecting_rows() {
    with_embed(|ids, types, tables, epsilon| {
        let (texts, tokens) = ids.dim();
        let width = tables.word.ncols();
        let flat: Vec<usize> = ids.iter().copied().collect();
        let positions = tables.position.slice(s![..tokens, ..]);
        let words = tables.word.select(Axis(0), &flat);
        let mut sum = &positions
            + &words
                .into_shape_with_order((texts, tokens, width))
                .expect("as many entries");
        if let Some(table) = tables.token_type {
            let flat: Vec<usize> = types.iter().copied().collect();
            let rows = table.select(Axis(0), &flat);
            sum += &rows
                .into_shape_with_order((texts, tokens, width))
                .expect("as many entries");
        }
        let normed = tables.norm.apply(sum.view(), epsilon);
        tables
            .projection
            .map_or_else(|| normed.clone(), |layer| layer.apply(normed.view()))
    })
    .accept();
}

/// The variance as the mean of squares less the square of the mean, and types added before positions.
#[test]
fn embed_with_a_norm_of_its_own() {
    fn norm(row: ArrayView1<'_, f32>, norm: &Norm<'_>, epsilon: f32) -> Array1<f32> {
        let (mut sum, mut squares) = (0.0_f64, 0.0_f64);
        for &x in row {
            sum += f64::from(x);
            squares += f64::from(x) * f64::from(x);
        }
        let width = row.len() as f64;
        let mean = sum / width;
        let scale = (squares / width - mean * mean + f64::from(epsilon)).sqrt();
        row.mapv(|x| ((f64::from(x) - mean) / scale) as f32) * norm.gamma + norm.beta
    }
    with_embed(|ids, types, tables, epsilon| {
        let (texts, tokens) = ids.dim();
        let mut vectors = Array3::zeros((texts, tokens, tables.word.ncols()));
        for text in 0..texts {
            for position in 0..tokens {
                let mut sum = tables.position.row(position).to_owned();
                if let Some(table) = &tables.token_type {
                    sum = &table.row(types[(text, position)]) + &sum;
                }
                sum += &tables.word.row(ids[(text, position)]);
                vectors.slice_mut(s![text, position, ..]).assign(&norm(
                    sum.view(),
                    &tables.norm,
                    epsilon,
                ));
            }
        }
        let Some(projection) = &tables.projection else {
            return vectors;
        };
        projection.apply(vectors.view())
    })
    .accept();
}

#[test]
fn encode_in_f64_text_by_text() {
    with_encode(|ids, types, mask, model| {
        let epsilon = f64::from(model.epsilon);
        let mut states = vec![Vec::new(); model.layers.len() + 1];
        let mut attention = vec![Vec::new(); model.layers.len()];
        for (text, ids) in ids.outer_iter().enumerate() {
            let mut x = embed_in_f64(ids, types.row(text), &model.embeddings, model.epsilon);
            states[0].push(x.clone());
            for (number, layer) in model.layers.iter().enumerate() {
                let may = |_, key| mask[(text, key)];
                let (read, weights) = in_f64::attention(&x, &x, &layer.attention, model.heads, may);
                let h = in_f64::norm(&(&x + &read), &layer.attention_norm, epsilon);
                let hidden = linear_in_f64(&h, &layer.intermediate).mapv(gelu_in_f64);
                let added = linear_in_f64(&hidden, &layer.output);
                x = in_f64::norm(&(&h + &added), &layer.output_norm, epsilon);
                states[number + 1].push(x.clone());
                attention[number].push(weights);
            }
        }
        Encoded {
            states: states.iter().map(|texts| batch(texts)).collect(),
            attention: attention.iter().map(|texts| batch(texts)).collect(),
        }
    })
    .accept();
}

/// One mask for the whole stack, written out; the first layer's input is moved along instead of looked up; the sums of
/// the residual connections are the other way round.
#[test]
fn encode_with_a_mask_that_is_written_out() {
    with_encode(|ids, types, mask, model| {
        let (texts, tokens) = ids.dim();
        let may =
            Array3::from_shape_fn((texts, tokens, tokens), |(text, _, key)| mask[(text, key)]);
        let mut x = embed(ids, types, &model.embeddings, model.epsilon);
        let mut encoded = Encoded {
            states: vec![x.clone()],
            attention: vec![],
        };
        for layer in &model.layers {
            let (read, weights) = multi_head_attention::multi_head_attention(
                x.view(),
                x.view(),
                x.view(),
                &layer.attention,
                model.heads,
                Some(may.view()),
            );
            x = layer
                .attention_norm
                .apply((read + &x).view(), model.epsilon);
            let hidden = layer.intermediate.apply(x.view());
            let hidden = hidden.mapv(|x| gelu_in_f64(f64::from(x)) as f32);
            x = layer.output.apply(hidden.view()) + &x;
            x = layer.output_norm.apply(x.view(), model.epsilon);
            encoded.states.push(x.clone());
            encoded.attention.push(weights);
        }
        encoded
    })
    .accept();
}

/// Each text by itself, without its padding; what padding would have computed is filled in afterwards, from a second
/// call in which it only asks.
#[test]
fn encode_without_padding() {
    with_encode(|ids, types, mask, model| {
        let (texts, tokens) = ids.dim();
        let embedded = embed(ids, types, &model.embeddings, model.epsilon);
        let mut encoded = Encoded {
            states: vec![embedded],
            attention: vec![],
        };
        for (number, layer) in model.layers.iter().enumerate() {
            let x = encoded.states[number].clone();
            let mut read = Array3::zeros(x.raw_dim());
            let mut all = Array4::zeros((texts, model.heads, tokens, tokens));
            for text in 0..texts {
                let own: Vec<usize> = (0..tokens).filter(|&token| mask[(text, token)]).collect();
                let queries = x.slice(s![text..=text, .., ..]);
                let keys = queries.select(Axis(1), &own);
                let (output, weights) = multi_head_attention::multi_head_attention(
                    queries,
                    keys.view(),
                    keys.view(),
                    &layer.attention,
                    model.heads,
                    None,
                );
                if own.is_empty() {
                    // Attention to nothing adds the bias of its last layer.
                    let mut rows = read.slice_mut(s![text, .., ..]);
                    rows += &layer.attention.b_o;
                    continue;
                }
                read.slice_mut(s![text..=text, .., ..]).assign(&output);
                for (column, &token) in own.iter().enumerate() {
                    all.slice_mut(s![text..=text, .., .., token])
                        .assign(&weights.slice(s![.., .., .., column]));
                }
            }
            let h = layer
                .attention_norm
                .apply((&x + &read).view(), model.epsilon);
            let added = layer
                .output
                .apply(gelu(layer.intermediate.apply(h.view()).view()).view());
            encoded
                .states
                .push(layer.output_norm.apply((&h + &added).view(), model.epsilon));
            encoded.attention.push(all);
        }
        encoded
    })
    .accept();
}

/// A weighted mean, with weights of 0 and 1 from the mask; then `normalize` with its smallest length.
#[test]
fn sentence_as_the_library_for_sentence_vectors_does() {
    with_sentence(|states, mask| {
        let weights = mask.mapv(|counts| if counts { 1.0_f32 } else { 0.0 });
        let counted = weights.sum_axis(Axis(1)).mapv(|count| count.max(1e-9));
        let mut mean = (&states * &weights.insert_axis(Axis(2))).sum_axis(Axis(1));
        mean /= &counted.insert_axis(Axis(1));
        for mut row in mean.rows_mut() {
            let length = row.iter().map(|x| x * x).sum::<f32>().sqrt().max(1e-12);
            row.mapv_inplace(|x| x / length);
        }
        mean
    })
    .accept();
}

/// A mean over all places, with zeros for padding: it is too short, and the length takes that out.
#[test]
fn sentence_divided_by_the_number_of_places() {
    with_sentence(|states, mask| {
        let (texts, tokens, width) = states.dim();
        Array2::from_shape_fn((texts, width), |(text, feature)| {
            let mean = |feature: usize| {
                (0..tokens)
                    .filter(|&token| mask[(text, token)])
                    .map(|token| f64::from(states[(text, token, feature)]))
                    .sum::<f64>()
                    / tokens as f64
            };
            let length = (0..width)
                .map(|feature| mean(feature).powi(2))
                .sum::<f64>()
                .sqrt();
            if length == 0.0 {
                return 0.0;
            }
            (mean(feature) / length) as f32
        })
    })
    .accept();
}

/// The mean is kept up to date token by token.
#[test]
fn sentence_with_a_running_mean() {
    with_sentence(|states, mask| {
        let (texts, _, width) = states.dim();
        let mut vectors = Array2::zeros((texts, width));
        Zip::from(vectors.rows_mut())
            .and(states.outer_iter())
            .and(mask.outer_iter())
            .for_each(|mut vector, states, mask| {
                let mut mean = Array1::<f32>::zeros(width);
                let mut count = 0.0;
                for (state, &counts) in states.outer_iter().zip(mask) {
                    if counts {
                        count += 1.0;
                        mean = &mean + &((&state - &mean) / count);
                    }
                }
                let square = mean.dot(&mean);
                if square > 0.0 {
                    vector.assign(&(mean * square.sqrt().recip()));
                }
            });
        vectors
    })
    .accept();
}

#[test]
fn fill_mask_in_f64_text_by_text() {
    with_fill_mask(|states, head, word, epsilon| {
        let texts: Vec<_> = states
            .outer_iter()
            .map(|text| {
                let hidden = linear_in_f64(&widen(text), &head.transform).mapv(gelu_in_f64);
                let normed = in_f64::norm(&hidden, &head.norm, f64::from(epsilon));
                normed.dot(&widen(word).t()) + widen(head.bias)
            })
            .collect();
        batch(&texts)
    })
    .accept();
}

/// All tokens of all texts are rows of one matrix.
#[test]
fn fill_mask_on_rows() {
    with_fill_mask(|states, head, word, epsilon| {
        let (texts, tokens, width) = states.dim();
        let rows = states
            .to_shape((texts * tokens, width))
            .expect("as many entries");
        let hidden = rows.dot(&head.transform.weight.t()) + head.transform.bias;
        let hidden = feed_forward::gelu(hidden.view());
        let normed = head.norm.apply(hidden.view().insert_axis(Axis(0)), epsilon);
        let logits = normed.index_axis(Axis(0), 0).dot(&word.t()) + head.bias;
        logits
            .into_shape_with_order((texts, tokens, word.nrows()))
            .expect("as many entries")
    })
    .accept();
}

/// One word piece after the other: its score is a dot product.
#[test]
fn fill_mask_by_dot_products() {
    with_fill_mask(|states, head, word, epsilon| {
        let (texts, tokens, _) = states.dim();
        let hidden = gelu(head.transform.apply(states).view());
        let normed = head.norm.apply(hidden.view(), epsilon);
        Array3::from_shape_fn((texts, tokens, word.nrows()), |(text, token, piece)| {
            head.bias[piece] + word.row(piece).dot(&normed.slice(s![text, token, ..]))
        })
    })
    .accept();
}

#[test]
fn classify_in_f64() {
    with_classify(|states, head| {
        let first = widen(states.slice(s![.., 0, ..]));
        let logits = match head {
            ClassificationHead::Bert { pooler, classifier } => {
                linear_in_f64(&linear_in_f64(&first, pooler).tanh(), classifier)
            }
            ClassificationHead::DistilBert {
                pre_classifier,
                classifier,
            } => linear_in_f64(
                &linear_in_f64(&first, pre_classifier).mapv(|x| x.max(0.0)),
                classifier,
            ),
        };
        logits.mapv(|x| x as f32)
    })
    .accept();
}

/// The head is applied to every token, and the first is taken at the end.
#[test]
fn classify_every_token_and_take_the_first() {
    with_classify(|states, head| {
        let (hidden, classifier) = match head {
            ClassificationHead::Bert { pooler, classifier } => {
                (pooler.apply(states).mapv(f32::tanh), classifier)
            }
            ClassificationHead::DistilBert {
                pre_classifier,
                classifier,
            } => {
                let hidden = pre_classifier.apply(states);
                (hidden.mapv(|x| if x > 0.0 { x } else { 0.0 }), classifier)
            }
        };
        classifier.apply(hidden.view()).index_axis_move(Axis(1), 0)
    })
    .accept();
}

/// tanh by its definition, text by text and class by class.
#[test]
fn classify_in_plain_loops() {
    fn neuron(x: &[f32], layer: &Linear<'_>, number: usize) -> f32 {
        let row = layer.weight.row(number);
        let products = x.iter().zip(row).rev().map(|(x, w)| x * w);
        products.sum::<f32>() + layer.bias[number]
    }
    with_classify(|states, head| {
        let (first, last) = match head {
            ClassificationHead::Bert { pooler, classifier } => (pooler, classifier),
            ClassificationHead::DistilBert {
                pre_classifier,
                classifier,
            } => (pre_classifier, classifier),
        };
        let mut logits = Array2::zeros((states.len_of(Axis(0)), last.bias.len()));
        for (text, states) in states.outer_iter().enumerate() {
            let cls = states.row(0).to_vec();
            let hidden: Vec<f32> = (0..first.bias.len())
                .map(|number| neuron(&cls, first, number))
                .map(|x| match head {
                    ClassificationHead::Bert { .. } => 1.0 - 2.0 / ((2.0 * x).exp() + 1.0),
                    ClassificationHead::DistilBert { .. } => f32::max(x, 0.0),
                })
                .collect();
            for class in 0..last.bias.len() {
                logits[(text, class)] = neuron(&hidden, last, class);
            }
        }
        logits
    })
    .accept();
}
