//! Correct ways of solving the exercise that differ from the solution: the grader has to accept every one.

use attentive_grader::{Case, CaseError, Exercise, Reply, exercise};
use gpt::Gpt;
use kv_cache::{Block, Cache, Model, append, attend, read};
use ndarray::{Array1, Array2, Array3, Array4, ArrayView3, Axis, concatenate, s, stack};

type Append = fn(ArrayView3<'_, f32>, ArrayView3<'_, f32>) -> Array3<f32>;
type Attend =
    fn(ArrayView3<'_, f32>, ArrayView3<'_, f32>, ArrayView3<'_, f32>) -> (Array3<f32>, Array3<f32>);
type Read = fn(&[usize], &[Cache], &Model<'_>) -> (Array2<f32>, Vec<Cache>);
type Generate = fn(&[usize], usize, &Model<'_>) -> Vec<usize>;

fn appending(append: Append) -> Exercise {
    exercise(env!("CARGO_MANIFEST_DIR")).task("append", move |case| {
        Ok(case.reply("longer", append(case.view("past")?, case.view("new")?)))
    })
}

fn attending(attend: Attend) -> Exercise {
    exercise(env!("CARGO_MANIFEST_DIR")).task("attend", move |case| {
        let (queries, keys) = (case.view("queries")?, case.view("keys")?);
        let (contexts, weights) = attend(queries, keys, case.view("values")?);
        Ok(case.reply("weights", weights).and("contexts", contexts))
    })
}

fn reading(read: Read) -> Exercise {
    exercise(env!("CARGO_MANIFEST_DIR")).task("read", move |case| {
        let (tokens, model) = (case.sizes("tokens")?, Model::new(&weights(case)?));
        let (mut caches, mut logits, mut from) = (model.empty_caches(), Vec::new(), 0);
        for length in case.sizes("pieces")? {
            let (of_piece, longer) = read(&tokens[from..from + length], &caches, &model);
            logits.push(of_piece);
            (caches, from) = (longer, from + length);
        }
        let logits: Vec<_> = logits.iter().map(|logits| logits.view()).collect();
        let all = |part: fn(&Cache) -> ArrayView3<'_, f32>| -> Array4<f32> {
            let parts: Vec<_> = caches.iter().map(part).collect();
            stack(Axis(0), &parts).expect("equal shapes")
        };
        let positions = caches.iter().map(|cache| cache.values.len_of(Axis(1)));
        Ok(Reply::default()
            .and_ids("positions", positions.collect::<Array1<_>>())
            .and("keys", all(|cache| cache.keys.view()))
            .and("values", all(|cache| cache.values.view()))
            .and(
                "logits",
                concatenate(Axis(0), &logits).expect("equal widths"),
            )
            .and_count("projected", model.projected()))
    })
}

fn writing(generate: Generate) -> Exercise {
    exercise(env!("CARGO_MANIFEST_DIR")).task("generate", move |case| {
        let (prompt, count, weights) = (case.sizes("prompt")?, case.size("count")?, weights(case)?);
        let write = |count: usize| {
            let model = Model::new(&weights);
            (generate(&prompt, count, &model), model.projected())
        };
        let several = count.max(1);
        let newest = (write(several + 1).1 - write(several).1) / weights.blocks.len();
        let (written, projected) = write(count);
        Ok(Reply::default()
            .and_ids("written", Array1::from(written))
            .and_count("newest", newest)
            .and_count("projected", projected))
    })
}

fn weights(case: &Case) -> Result<Gpt<'_>, CaseError> {
    Gpt::stacked(
        |name| case.view(name),
        |name| case.view(name),
        |name| case.view(name),
        case.size("heads")?,
    )
}

#[test]
fn append_by_pushing_to_a_copy_of_the_past() {
    appending(|past, new| {
        let mut longer = past.to_owned();
        longer
            .append(Axis(1), new)
            .expect("equal heads and features");
        longer
    })
    .accept();
}

#[test]
fn append_into_two_slices_of_zeros() {
    appending(|past, new| {
        let (heads, length, head_dim) = past.dim();
        let mut longer = Array3::zeros((heads, length + new.len_of(Axis(1)), head_dim));
        longer.slice_mut(s![.., ..length, ..]).assign(&past);
        longer.slice_mut(s![.., length.., ..]).assign(&new);
        longer
    })
    .accept();
}

#[test]
fn append_entry_by_entry() {
    appending(|past, new| {
        let (heads, length, head_dim) = past.dim();
        let shape = (heads, length + new.len_of(Axis(1)), head_dim);
        Array3::from_shape_fn(shape, |(head, position, feature)| {
            match position.checked_sub(length) {
                None => past[(head, position, feature)],
                Some(position) => new[(head, position, feature)],
            }
        })
    })
    .accept();
}

/// Each query with as many keys as it may attend to, so that no mask is needed.
fn attend_in_f64(
    queries: ArrayView3<'_, f32>,
    keys: ArrayView3<'_, f32>,
    values: ArrayView3<'_, f32>,
) -> (Array3<f32>, Array3<f32>) {
    let (heads, new, head_dim) = queries.dim();
    let length = keys.len_of(Axis(1));
    let mut contexts = Array3::<f64>::zeros((heads, new, head_dim));
    let mut weights = Array3::<f64>::zeros((heads, new, length));
    for head in 0..heads {
        for query in 0..new {
            let so_far = length - new + query + 1;
            let score = |key: usize| {
                let product =
                    |d| f64::from(queries[(head, query, d)]) * f64::from(keys[(head, key, d)]);
                (0..head_dim).map(product).sum::<f64>() / (head_dim as f64).sqrt()
            };
            let sum: f64 = (0..so_far).map(|key| score(key).exp()).sum();
            for key in 0..so_far {
                let weight = score(key).exp() / sum;
                weights[(head, query, key)] = weight;
                for d in 0..head_dim {
                    contexts[(head, query, d)] += weight * f64::from(values[(head, key, d)]);
                }
            }
        }
    }
    (contexts.mapv(|x| x as f32), weights.mapv(|x| x as f32))
}

#[test]
fn attend_without_a_mask_in_f64() {
    attending(attend_in_f64).accept();
}

/// −1e9 instead of −∞ where a key is too late, and the scale on the queries.
#[test]
fn attend_with_large_negative_scores() {
    attending(|queries, keys, values| {
        let (heads, new, head_dim) = queries.dim();
        let length = keys.len_of(Axis(1));
        let mut contexts = Array3::zeros((heads, new, head_dim));
        let mut weights = Array3::zeros((heads, new, length));
        for head in 0..heads {
            let scaled = &queries.index_axis(Axis(0), head) * (head_dim as f32).powf(-0.5);
            let mut scores = scaled.dot(&keys.index_axis(Axis(0), head).t());
            for ((query, key), score) in scores.indexed_iter_mut() {
                if key + new > length + query {
                    *score = -1e9;
                }
            }
            for mut row in scores.rows_mut() {
                let max = row.fold(f32::NEG_INFINITY, |max, &score| max.max(score));
                row.mapv_inplace(|score| (score - max).exp());
                row /= row.sum();
            }
            let context = scores.dot(&values.index_axis(Axis(0), head));
            contexts.index_axis_mut(Axis(0), head).assign(&context);
            weights.index_axis_mut(Axis(0), head).assign(&scores);
        }
        (contexts, weights)
    })
    .accept();
}

/// With as many queries as keys, most of which are not wanted.
#[test]
fn attend_as_the_last_rows_of_a_square() {
    attending(|queries, keys, values| {
        let past = keys.len_of(Axis(1)) - queries.len_of(Axis(1));
        let nothing = Array3::zeros((queries.dim().0, past, queries.dim().2));
        let all = concatenate(Axis(1), &[nothing.view(), queries]).expect("equal widths");
        let (contexts, weights) = attend(all.view(), keys, values);
        let last = s![.., past.., ..];
        (
            contexts.slice(last).to_owned(),
            weights.slice(last).to_owned(),
        )
    })
    .accept();
}

/// One token after the other goes through all blocks.
fn read_token_by_token(
    tokens: &[usize],
    caches: &[Cache],
    model: &Model<'_>,
) -> (Array2<f32>, Vec<Cache>) {
    let (mut caches, mut rows) = (caches.to_vec(), Vec::new());
    for &token in tokens {
        let mut x = model.embed(&[token], caches[0].values.len_of(Axis(1)));
        for (block, cache) in model.blocks.iter().zip(&mut caches) {
            let [queries, keys, values] = block.project(x.view());
            let equal = "equal heads and features";
            cache.keys.append(Axis(1), keys.view()).expect(equal);
            cache.values.append(Axis(1), values.view()).expect(equal);
            let (contexts, _) =
                attend_in_f64(queries.view(), cache.keys.view(), cache.values.view());
            x = block.finish(x.view(), contexts.view());
        }
        rows.push(model.logits(x.view()));
    }
    let rows: Vec<_> = rows.iter().map(|row| row.view()).collect();
    (concatenate(Axis(0), &rows).expect("equal widths"), caches)
}

#[test]
fn read_one_token_after_the_other() {
    reading(read_token_by_token).accept();
}

/// The first tokens by a call of their own.
#[test]
fn read_in_two_halves() {
    reading(|tokens, caches, model| {
        let (first, rest) = tokens.split_at(tokens.len() / 2);
        if first.is_empty() {
            return read(rest, caches, model);
        }
        let (before, caches) = read(first, caches, model);
        let (after, caches) = read(rest, &caches, model);
        let both = concatenate(Axis(0), &[before.view(), after.view()]).expect("equal widths");
        (both, caches)
    })
    .accept();
}

/// One block after the other by recursion, from the last one: each asks the one before it for its input.
#[test]
fn read_from_the_last_block_by_recursion() {
    fn through(
        blocks: &[Block<'_>],
        caches: &[Cache],
        embedded: &Array2<f32>,
    ) -> (Array2<f32>, Vec<Cache>) {
        let (Some((block, before)), Some((cache, others))) =
            (blocks.split_last(), caches.split_last())
        else {
            return (embedded.clone(), Vec::new());
        };
        let (x, mut longer) = through(before, others, embedded);
        let [queries, keys, values] = block.project(x.view());
        let cache = Cache {
            keys: append(cache.keys.view(), keys.view()),
            values: append(cache.values.view(), values.view()),
        };
        let (contexts, _) = attend(queries.view(), cache.keys.view(), cache.values.view());
        longer.push(cache);
        (block.finish(x.view(), contexts.view()), longer)
    }
    reading(|tokens, caches, model| {
        let past = caches.last().map_or(0, |cache| cache.keys.len_of(Axis(1)));
        let (x, longer) = through(&model.blocks, caches, &model.embed(tokens, past));
        (model.logits(x.view()), longer)
    })
    .accept();
}

/// The most likely token at the last position.
fn last_best(logits: &Array2<f32>) -> usize {
    let scores = logits.slice(s![-1, ..]);
    let max = scores.fold(f32::NEG_INFINITY, |max, &score| max.max(score));
    scores
        .iter()
        .position(|&score| score == max)
        .expect("a token")
}

/// The last token is read as well, although nothing is asked after it.
#[test]
fn generate_with_its_last_token_read() {
    writing(|prompt, count, model| {
        let (mut logits, mut caches) = read(prompt, &model.empty_caches(), model);
        let mut written = Vec::new();
        for _ in 0..count {
            written.push(last_best(&logits));
            (logits, caches) = read(&written[written.len() - 1..], &caches, model);
        }
        written
    })
    .accept();
}

/// A prompt that is read token by token costs as many rows of keys.
#[test]
fn generate_after_a_prompt_that_is_read_token_by_token() {
    writing(|prompt, count, model| {
        let mut text = prompt.to_vec();
        let mut caches = model.empty_caches();
        for position in 0..prompt.len() + count {
            let (logits, longer) = read_token_by_token(&text[position..=position], &caches, model);
            caches = longer;
            if text.len() == position + 1 && text.len() < prompt.len() + count {
                text.push(last_best(&logits));
            }
        }
        text.split_off(prompt.len())
    })
    .accept();
}

/// Nothing is read unless a token is asked for.
#[test]
fn generate_by_an_iterator_over_what_is_to_be_read() {
    writing(|prompt, count, model| {
        let (mut caches, mut unread) = (model.empty_caches(), prompt.to_vec());
        let next = || {
            let (logits, longer) = read(&unread, &caches, model);
            let next = last_best(&logits);
            (caches, unread) = (longer, vec![next]);
            next
        };
        std::iter::repeat_with(next).take(count).collect()
    })
    .accept();
}
