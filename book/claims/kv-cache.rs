//! Claims of `kv-cache.md` and its quiz, computed.

use attentive_book::figures::lessons::kv_cache::SmallModel;
use gpt::{block, embed, logits};
use kv_cache::{Cache, Model, append, attend, generate, read};
use ndarray::{Array1, Array2, Array3, ArrayView1, Axis, array, concatenate, s};

use crate::lesson::{Lesson, joined, shown};
use crate::quizzes::QuizClaims;

pub(crate) const QUIZ: QuizClaims = QuizClaims {
    numbers: &[
        ("kv-cache-mask", || keys_read(3, 8)[1] as f64),
        ("kv-cache-rows", || rows_of_keys(20, 10) as f64),
        ("kv-cache-memory", || bytes(24, 1024, 2) as f64 / 1024.0),
        ("kv-cache-position", || position_of_the_newest(6, 3) as f64),
    ],
    checks: &[
        ("kv-cache-queries", || {
            // A query is not among what reading returns, and still the text can be continued.
            let weights = SmallModel::random(4, 2);
            let model = Model::new(&weights.gpt());
            let at_once = read(&[0, 1, 2, 3], &model.empty_caches(), &model).0;
            let (_, caches) = read(&[0, 1, 2], &model.empty_caches(), &model);
            let after = read(&[3], &caches, &model).0;
            assert!(close(&after, &at_once.slice(s![3.., ..]).to_owned()));
        }),
        ("kv-cache-axis", || {
            let keys = Array3::<f32>::zeros((4, 4, 8));
            let joined = |axis| concatenate(Axis(axis), &[keys.view(), keys.view()]);
            assert_eq!(joined(0).map(|keys| keys.dim()), Ok((8, 4, 8)));
            assert_eq!(joined(1).map(|keys| keys.dim()), Ok((4, 8, 8)));
            let one = keys.slice(s![.., ..1, ..]);
            assert!(concatenate(Axis(0), &[keys.view(), one]).is_err());
        }),
        ("kv-cache-still-fits", || {
            let weights = SmallModel::random(6, 2);
            let of = |text: &[usize], weights: &SmallModel| {
                let model = Model::new(&weights.gpt());
                read(text, &model.empty_caches(), &model).1
            };
            let before = of(&[0, 1, 2], &weights);
            assert_eq!(
                out_of_date(&before, &of(&[0, 1, 2, 4, 3], &weights)),
                [0, 0]
            );
            assert_eq!(out_of_date(&before, &of(&[4, 0, 1, 2], &weights)), [3, 3]);
            let mut tuned = SmallModel::random(6, 2);
            tuned.qkv[0] *= 1.1;
            assert_eq!(out_of_date(&before, &of(&[0, 1, 2], &tuned)), [3, 3]);
        }),
        ("kv-cache-single-tokens", || {
            let one = Array3::<f32>::from_shape_fn((1, 1, 2), |(_, _, d)| d as f32);
            let past = Array3::<f32>::from_shape_fn((1, 3, 2), |(_, i, d)| (i + d) as f32);
            let (_, weights) = attend(one.view(), past.view(), past.view());
            assert!(weights.iter().all(|&weight| weight > 0.0));
            let (_, weights) = attend(past.view(), past.view(), past.view());
            assert!(weights.iter().any(|&weight| weight == 0.0));
        }),
    ],
    slips: &[
        ("kv-cache-mask", "2", || keys_read(3, 3)[1] as f32),
        ("kv-cache-mask", "8", || keys_read(3, 8)[2] as f32),
        ("kv-cache-rows", "30", || (20 + 10) as f32),
        ("kv-cache-rows", "245", || {
            (20..30)
                .map(|length| rows_of_keys(length, 1))
                .sum::<usize>() as f32
        }),
        ("kv-cache-memory", "48", || {
            bytes(24, 1024, 2) as f32 / 2048.0
        }),
        ("kv-cache-memory", "4", || bytes(1, 1024, 2) as f32 / 1024.0),
        ("kv-cache-memory", "6", || bytes(24, 64, 2) as f32 / 1024.0),
        ("kv-cache-position", "0", || {
            position_of_the_newest(0, 1) as f32
        }),
        ("kv-cache-position", "9", || {
            position_of_the_newest(6, 3) as f32 + 1.0
        }),
        ("kv-cache-position", "7", || {
            position_of_the_newest(6, 2) as f32
        }),
    ],
};

/// The number of keys that each of some new queries reads, when there are so many keys.
fn keys_read(new: usize, keys: usize) -> Vec<usize> {
    let (queries, keys) = (Array3::zeros((1, new, 1)), Array3::zeros((1, keys, 1)));
    let (_, weights) = attend(queries.view(), keys.view(), keys.view());
    let of_row = |row: ArrayView1<'_, f32>| row.iter().filter(|&&weight| weight > 0.0).count();
    weights
        .index_axis(Axis(0), 0)
        .rows()
        .into_iter()
        .map(of_row)
        .collect()
}

/// The rows of keys that a block computes for so many tokens after a prompt of so many.
fn rows_of_keys(prompt: usize, count: usize) -> usize {
    let weights = SmallModel::random(prompt + count, 1);
    let model = Model::new(&weights.gpt());
    generate(&vec![0; prompt], count, &model);
    model.projected()
}

/// The bytes that a cache takes for each token.
fn bytes(blocks: usize, width: usize, bytes_per_number: usize) -> usize {
    let new = Array3::<f32>::zeros((1, 1, width));
    let none = Array3::zeros((1, 0, width));
    let (keys, values) = (
        append(none.view(), new.view()),
        append(none.view(), new.view()),
    );
    blocks * (keys.len() + values.len()) * bytes_per_number
}

/// The position at which the last of some tokens is read, one by one, after a prompt.
fn position_of_the_newest(prompt: usize, written: usize) -> usize {
    let weights = SmallModel::random(prompt + written, 1);
    let model = Model::new(&weights.gpt());
    let before = vec![0; prompt + written - 1];
    let caches = match before.is_empty() {
        true => model.empty_caches(),
        false => read(&before, &model.empty_caches(), &model).1,
    };
    caches[0].keys.len_of(Axis(1))
}

/// The rows of keys, in each block, that differ although they are at the same position.
fn out_of_date(before: &[Cache], after: &[Cache]) -> Vec<usize> {
    let of_block = |(before, after): (&Cache, &Cache)| {
        let length = before.keys.len_of(Axis(1)).min(after.keys.len_of(Axis(1)));
        let row =
            |cache: &Cache, position: usize| cache.keys.slice(s![.., position, ..]).to_owned();
        let differs = |&position: &usize| !close(&row(before, position), &row(after, position));
        (0..length).filter(differs).count()
    };
    before.iter().zip(after).map(of_block).collect()
}

/// Returns `true` if two arrays differ by no more than rounding.
fn close(a: &Array2<f32>, b: &Array2<f32>) -> bool {
    a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-5)
}

#[test]
fn the_predictions() {
    // In a text of 1000 tokens, one token changes some rows by less than what is counted as a difference.
    for (length, position) in [(10, 4), (25, 10)] {
        let weights = SmallModel::random(length, 2);
        let model = Model::new(&weights.gpt());
        let caches = |text: &[usize]| read(text, &model.empty_caches(), &model).1;
        let text: Vec<usize> = (0..length).map(|i| i % weights.e.nrows()).collect();
        let before = caches(&text);

        let mut replaced = text.clone();
        replaced[position] = (text[position] + 1) % weights.e.nrows();
        assert_eq!(
            out_of_date(&before, &caches(&replaced)),
            [1, length - position]
        );
        let mut shorter = text;
        shorter.remove(position);
        assert_eq!(
            out_of_date(&before, &caches(&shorter)),
            [length - 1 - position; 2]
        );
    }
    let lesson = Lesson::read("kv-cache");
    lesson.says(format!(
        "One in the first block, and {} in the second.",
        1000 - 400
    ));
    lesson.says(format!("{} in both.", 999 - 400));
}

/// The model of the worked example.
fn by_hand() -> SmallModel {
    let identity = Array2::eye(2);
    let qkv = concatenate![Axis(1), identity, identity, identity];
    SmallModel::new(
        array![[2.0, 0.0], [0.0, 1.0], [1.0, 3.0]],
        array![[1.0, 0.0], [0.0, 1.0], [3.0, 0.0]],
        vec![qkv],
        vec![identity],
        1,
    )
}

/// A row as the lesson writes it: (1, −1).
fn row(numbers: ArrayView1<'_, f32>) -> String {
    let numbers = joined(&numbers.to_vec(), 3, ", ");
    format!("({numbers})").replace('-', "−").replace(".000", "")
}

/// Logits as the lesson writes them: 2, −1 and −2.
fn scores(logits: ArrayView1<'_, f32>) -> String {
    let [the, cat, sat] = [0, 1, 2].map(|token| shown(logits[token], 0).replace('-', "−"));
    format!("{the}, {cat} and {sat}")
}

#[test]
fn the_worked_example() {
    let (lesson, weights) = (Lesson::read("kv-cache"), by_hand());
    for (i, name) in ["the", "cat", "sat"].iter().enumerate() {
        let (e, p) = (row(weights.e.row(i)), row(weights.p.row(i)));
        lesson.says(format!("| `{name}` | {e} | | {i} | {p} |"));
    }
    let model = Model::new(&weights.gpt());
    let (logits, caches) = read(&[0, 1], &model.empty_caches(), &model);
    let key = |caches: &[Cache], position: usize| row(caches[0].keys.slice(s![0, position, ..]));
    let (first, second) = (key(&caches, 0), key(&caches, 1));
    assert_eq!(caches[0].keys, caches[0].values);
    lesson.says(format!(
        "Its keys are {first} and {second}, and so are its values."
    ));
    lesson.says(format!(
        "The logits after `cat` are {}, so `sat`",
        scores(logits.row(1))
    ));

    let x = model.embed(&[2], 2);
    lesson.says(format!("(1, 3) + (3, 0) = {}", row(x.row(0))));
    let [queries, keys, values] = model.blocks[0].project(x.view());
    assert_eq!((&queries, &queries), (&keys, &values));
    lesson.says(format!(
        "makes it {}. This",
        row(queries.slice(s![0, 0, ..]))
    ));

    let keys = append(caches[0].keys.view(), keys.view());
    let (contexts, attention) = attend(queries.view(), keys.view(), keys.view());
    let numbers = |numbers: Vec<f32>| {
        let [a, b, c] = [0, 1, 2].map(|i| shown(numbers[i], 3).replace('-', "−"));
        format!("{a}, {b} and {c}")
    };
    let query = queries.slice(s![0, 0, ..]);
    let products: Array1<f32> = keys.index_axis(Axis(0), 0).dot(&query);
    lesson.says(format!(
        "scores are {}, and the weights {}. The context is {}.",
        numbers((products / 2_f32.sqrt()).to_vec()),
        numbers(attention.slice(s![0, 0, ..]).to_vec()),
        row(contexts.slice(s![0, 0, ..])),
    ));
    let a = &x + &contexts.slice(s![0, .., ..]);
    let y = model.blocks[0].finish(x.view(), contexts.view());
    lesson.says(format!(
        "{} after the first sum and {} after the second",
        row(a.row(0)),
        row(y.row(0))
    ));
    lesson.says(format!(
        "logits are {}. The second token is `the`.",
        scores(model.logits(y.view()).row(0))
    ));

    let model = Model::new(&weights.gpt());
    assert_eq!(generate(&[0, 1], 2, &model), [2, 0]);
    assert_eq!(model.projected(), 3);
}

#[test]
fn a_position_from_0_writes_sat_again() {
    let weights = by_hand();
    let model = Model::new(&weights.gpt());
    let (_, caches) = read(&[0, 1], &model.empty_caches(), &model);
    let x = model.embed(&[2], 0);
    let [queries, keys, values] = model.blocks[0].project(x.view());
    let lesson = Lesson::read("kv-cache");
    let norm = row(queries.slice(s![0, 0, ..]));
    lesson.says(format!(
        "(1, 3) + (1, 0) = {}, its norm {norm}",
        row(x.row(0))
    ));
    let keys = append(caches[0].keys.view(), keys.view());
    let values = append(caches[0].values.view(), values.view());
    let (contexts, _) = attend(queries.view(), keys.view(), values.view());
    let y = model.blocks[0].finish(x.view(), contexts.view());
    let logits = model.logits(y.view());
    assert!(
        (0..2).all(|token| logits[(0, token)] < logits[(0, 2)]),
        "{logits}"
    );
}

#[test]
fn the_counts_of_the_table() {
    for (prompt, count) in [(1, 1), (4, 7), (20, 10)] {
        assert_eq!(rows_of_keys(prompt, count), prompt + count - 1);
        let anew: usize = (0..count)
            .map(|written| rows_of_keys(prompt + written, 1))
            .sum();
        assert_eq!(anew, (prompt..prompt + count).sum::<usize>());
    }
}

#[test]
fn pieces_give_what_exercise_18_gives() {
    let weights = SmallModel::random(7, 3);
    let (gpt, text) = (weights.gpt(), [0, 3, 1, 4, 4, 2, 0]);
    let tokens = Array2::from_shape_fn((1, text.len()), |(_, i)| text[i]);
    let mut x = embed(
        tokens.view(),
        0,
        gpt.token_embedding,
        gpt.position_embedding,
    );
    for weights in &gpt.blocks {
        x = block(x.view(), weights, gpt.heads).output;
    }
    let at_once = logits(x.view(), &gpt.final_norm, gpt.token_embedding);
    let at_once = at_once.index_axis(Axis(0), 0).to_owned();
    for first in 1..text.len() {
        let model = Model::new(&gpt);
        let (before, caches) = read(&text[..first], &model.empty_caches(), &model);
        let (after, _) = read(&text[first..], &caches, &model);
        let both = concatenate![Axis(0), before, after];
        assert!(close(&both, &at_once), "{first} tokens first");
    }
}

#[test]
fn the_memory_of_gpt_2() {
    let lesson = Lesson::read("kv-cache");
    let of_a_token = bytes(12, 768, 4);
    assert_eq!(of_a_token, 73_728);
    lesson.says("= 73{,}728$ bytes");
    lesson.says(format!("takes {} MiB", 1024 * of_a_token / (1024 * 1024)));
}
