//! Claims of `long-sequences.md` and its quiz, computed.

use attentive_book::figures::lessons::long_sequences::EXAMPLE;
use attentive_book::figures::random::normals;
use masks::sliding_window;
use ndarray::{Array1, Array2, Axis, array, s};
use softmax::softmax;

use crate::assert_rows_close;
use crate::lesson::{Lesson, commas, shown};
use crate::quizzes::QuizClaims;

pub(crate) const QUIZ: QuizClaims = QuizClaims {
    numbers: &[
        ("long-state", || f64::from(128 * 128 + 128)),
        ("long-ssm", || {
            let states = state_space(&[8.0, 0.0, 4.0], &[0.5; 3]);
            f64::from(states[2])
        }),
        ("long-interpolation", || 10_000.0 / (32_768.0 / 8192.0)),
    ],
    checks: &[("long-yarn", || {
        for pair in 0..EXAMPLE.features / 2 {
            let (turns, speed) = (EXAMPLE.turns(pair), EXAMPLE.yarn(pair));
            assert!(turns < 32.0 || speed == 1.0);
            assert!(turns > 1.0 || speed == 1.0 / EXAMPLE.factor);
        }
    })],
    slips: &[],
};

/// The function φ of linear attention, which makes all entries positive.
fn phi(x: f32) -> f32 {
    if x > 0.0 { x + 1.0 } else { x.exp() }
}

type Matrix = Array2<f32>;

// ANCHOR: linear_attention
/// Linear attention under a causal mask.
///
/// `q` and `k` are (n, d), after φ. `v` is (n, d_v).
fn linear_attention(q: &Matrix, k: &Matrix, v: &Matrix) -> Matrix {
    let mut state = Array2::zeros((k.ncols(), v.ncols())); // S
    let mut total = Array1::zeros(k.ncols()); // z
    let mut output = Array2::zeros(v.dim());
    for i in 0..q.nrows() {
        let (key, value) = (k.slice(s![i..=i, ..]), v.slice(s![i..=i, ..]));
        state += &key.t().dot(&value);
        total += &k.row(i);
        let row = q.row(i).dot(&state) / q.row(i).dot(&total);
        output.row_mut(i).assign(&row);
    }
    output
}
// ANCHOR_END: linear_attention

#[test]
fn the_state_gives_what_all_pairs_give() {
    let [q, k, v] = [1, 2, 3].map(|seed| normals((6, 4), seed));
    let (q, k) = (q.mapv(phi), k.mapv(phi));
    let mut weights = q.dot(&k.t());
    for ((query, key), weight) in weights.indexed_iter_mut() {
        if key > query {
            *weight = 0.0;
        }
    }
    let sums = weights.sum_axis(Axis(1)).insert_axis(Axis(1));
    let by_pairs = (weights / sums).dot(&v);
    let by_state = linear_attention(&q, &k, &v);
    for (by_state, by_pairs) in by_state.rows().into_iter().zip(by_pairs.rows()) {
        assert_rows_close(&by_state.to_vec(), &by_pairs.to_vec(), 1e-5);
    }
}

#[test]
fn two_keys() {
    let lesson = Lesson::read("long-sequences");
    let keys = array![[1.0_f32, -1.0], [-1.0, 1.0]];
    let values = array![[10.0_f32], [20.0]];
    let query = array![1.0_f32, -1.0];
    let (phi_keys, phi_query) = (keys.mapv(phi), query.mapv(phi));
    let products = phi_keys.dot(&phi_query);
    for key in 0..2 {
        let entries: Vec<String> = phi_keys
            .row(key)
            .iter()
            .map(|&entry| shown(entry, 3).trim_end_matches(".000").to_owned())
            .collect();
        lesson.says(format!(
            "| ({}) | {} | {} |",
            entries.join(", "),
            values[(key, 0)],
            shown(products[key], 3)
        ));
    }
    let queries = array![[0.0, 0.0], [phi_query[0], phi_query[1]]];
    let output = linear_attention(&queries, &phi_keys, &values)[(1, 0)];
    lesson.says(format!(
        r"/ {} \approx {}",
        shown(products.sum(), 3),
        shown(output, 2)
    ));
    lesson.vector(&phi_keys.t().dot(&values).column(0).to_vec(), 2);
    lesson.vector(&phi_keys.sum_axis(Axis(0)).to_vec(), 3);
    let scores = keys.dot(&query).insert_axis(Axis(0));
    assert_eq!(scores, array![[2.0, -2.0]]);
    let sharp = softmax(scores.view()).dot(&values)[(0, 0)];
    lesson.says(format!("2 and -2 would give {}", shown(sharp, 2)));
}

/// The states of a state-space model with one number, `b` = 1.
fn state_space(inputs: &[f32], factors: &[f32]) -> Vec<f32> {
    let mut state = 0.0;
    let mut states = Vec::new();
    for (input, factor) in inputs.iter().zip(factors) {
        state = factor * state + input;
        states.push(state);
    }
    states
}

#[test]
fn a_state_that_fades_and_one_that_chooses() {
    let lesson = Lesson::read("long-sequences");
    let (inputs, chosen) = ([4.0, 0.0, 0.0, 2.0], [1.0, 1.0, 1.0, 0.0]);
    let (fading, choosing) = (
        state_space(&inputs, &[0.5; 4]),
        state_space(&inputs, &chosen),
    );
    for step in 0..4 {
        lesson.says(format!(
            "| {} | {} | {} | {} | {} |",
            step + 1,
            inputs[step],
            fading[step],
            chosen[step],
            choosing[step]
        ));
    }
}

#[test]
fn a_sink_takes_what_is_not_needed() {
    let lesson = Lesson::read("long-sequences");
    let mut scores = Array2::zeros((1, 10));
    scores[(0, 0)] = 4.0;
    let with = softmax(scores.view());
    let without = softmax(scores.slice(s![.., 1..]));
    lesson.says(format!(r"\approx {}, and", shown(with[(0, 1)], 3)));
    lesson.says(format!("and {} goes to the sink", shown(with[(0, 0)], 3)));
    lesson.says(format!(
        "gets {}, which is {} times",
        shown(without[(0, 0)], 3),
        shown(without[(0, 0)] / with[(0, 1)], 1)
    ));
}

#[test]
fn three_ways_of_stretching() {
    let lesson = Lesson::read("long-sequences");
    for pair in [0, 16, 32, 48, 63] {
        lesson.says(format!(
            "| {pair} | {} | 0.25 | {} | {} |",
            shown(EXAMPLE.turns(pair), 1),
            shown(EXAMPLE.with_larger_base(pair), 3),
            shown(EXAMPLE.yarn(pair), 3)
        ));
    }
    let base = (EXAMPLE.larger_base() / 10.0).round() as usize * 10;
    lesson.says(format!(r"b' \approx {}", commas(base)));
    // New angles: the pair has made no whole turn in training, and turns further now.
    let turns = EXAMPLE.turns(48);
    assert!(turns < 1.0 && 4.0 * EXAMPLE.with_larger_base(48) > 1.0);
    assert!(4.0 * EXAMPLE.yarn(48) <= 1.0);
}

#[test]
fn a_state_is_as_large_as_a_short_cache() {
    let lesson = Lesson::read("long-sequences");
    let state = 64 * 64 + 64;
    lesson.says(format!("64 + 64 = {state}"));
    lesson.says(format!("up to {} tokens", state / (2 * 64)));
}

#[test]
fn a_window_reaches_back_through_layers() {
    let (tokens, window) = (20, 4);
    let one: Array2<f32> =
        sliding_window(tokens, tokens, window).mapv(|may| f32::from(u8::from(may)));
    let three = one.dot(&one).dot(&one);
    let furthest = three.row(tokens - 1).iter().position(|&paths| paths > 0.0);
    assert_eq!(furthest, Some(tokens - 1 - 3 * (window - 1)));
    Lesson::read("long-sequences").says(format!(r"l \cdot {} tokens back", 4096 - 1));
}
