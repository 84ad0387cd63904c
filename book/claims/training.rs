//! Claims of `training.md` and its quiz, computed.

use ::training::{
    BlockWeights, Moments, Part, Record, RunSettings, Schedule, Settings, State, Tensors,
    accumulate, block_backward, resume, save, update,
};
use attentive_book::figures::lessons::training::Runs;
use attentive_book::figures::random::normals;
use backward::{embedding_backward, linear_backward};
use ndarray::{Array1, Array2, ArrayD, array};

use crate::assert_close;
use crate::lesson::{Lesson, shown};
use crate::quizzes::QuizClaims;

pub(crate) const QUIZ: QuizClaims = QuizClaims {
    numbers: &[
        ("training-residual", || {
            let da = 1.0 + through(-0.25, 1.0);
            f64::from(da + through(0.5, da))
        }),
        ("training-tied", || f64::from(0.3 + of_token_7())),
        ("training-parts", || {
            f64::from(accumulate(&[part(2.0, 100, 0.0), part(4.0, 25, 0.0)]).loss)
        }),
        ("training-rate", || f64::from(rate_after(4)) * 1000.0),
    ],
    checks: &[
        ("training-order", || {
            let clipped = two_steps(1.0);
            let unclipped = two_steps(f32::INFINITY);
            let first = |states: &[State]| states[1].parameters["weight"].clone();
            assert!(
                (first(&clipped) - first(&unclipped))
                    .iter()
                    .all(|it| it.abs() < 1e-6)
            );
            assert!(clipped[1].moments["weight"] != unclipped[1].moments["weight"]);
            let second = |states: &[State]| states[2].parameters["weight"].clone();
            assert!(
                (second(&clipped) - second(&unclipped))
                    .iter()
                    .all(|it| it.abs() > 1e-3)
            );
        }),
        ("training-checkpoint", || {
            let states = two_steps(1.0);
            let right = &states[2].parameters["weight"];
            for changed in [without_moments(&states[1]), without_count(&states[1])] {
                let (state, _) = update(&changed, &second_part(), &settings(1.0));
                assert!(state.parameters["weight"] != *right);
            }
            let (state, _) = update(&states[1], &second_part(), &settings(1.0));
            assert_eq!(&state.parameters["weight"], right);
        }),
        ("training-clear", || {
            let mut state = weight(&[[0.0]]);
            let settings = RunSettings {
                schedule: Schedule {
                    peak: 0.01,
                    floor: 0.01,
                    warm_up: 0,
                    steps: 10,
                },
                adamw: Settings {
                    weight_decay: 0.0,
                    ..settings(1.0).adamw
                },
                ..settings(f32::INFINITY)
            };
            let mut moved = 0.0;
            for step in 1..=10 {
                let before = state.parameters["weight"].sum();
                (state, _) = update(&state, &part(0.0, 1, step as f32), &settings);
                moved = before - state.parameters["weight"].sum();
            }
            assert!((0.8..1.4).contains(&(moved / 0.01)), "{moved}");
        }),
    ],
    slips: &[
        ("training-residual", "−0.125", || {
            through(0.5, through(-0.25, 1.0))
        }),
        ("training-residual", "1", || 1.0),
        ("training-tied", "0.3", || 0.3),
        ("training-tied", "0.1", of_token_7),
        ("training-parts", "3", || (2.0 + 4.0) / 2.0),
        ("training-parts", "6", || 2.0 + 4.0),
        ("training-rate", "1.2", || rate_after(3) * 1000.0),
        ("training-rate", "1.8", || rate_after(5) * 1000.0),
        ("training-rate", "0.3", || rate_after(0) * 1000.0),
    ],
};

/// The gradient that comes back through a layer which multiplies by a number.
fn through(factor: f32, dy: f32) -> f32 {
    let (x, weight, dy) = (array![[1.0]], array![[factor]], array![[dy]]);
    linear_backward(x.view(), weight.view(), dy.view()).dx[(0, 0)]
}

/// The gradient that token 7 of the quiz gets as an embedding.
fn of_token_7() -> f32 {
    let (tokens, dy) = (array![[7, 2, 7]], array![[[0.2], [0.9], [-0.1]]]);
    let embedding = Array2::zeros((8, 1));
    embedding_backward(tokens.view(), embedding.view(), dy.view())[(7, 0)]
}

/// The rate of the step after so many, in the quiz's run.
fn rate_after(taken: usize) -> f32 {
    let settings = RunSettings {
        schedule: Schedule {
            peak: 0.003,
            floor: 0.0,
            warm_up: 10,
            steps: 100,
        },
        ..settings(1.0)
    };
    let state = State {
        step: taken,
        ..weight(&[[0.0]])
    };
    update(&state, &part(0.0, 1, 1.0), &settings).1.rate
}

/// A run of a single matrix.
fn weight<const N: usize>(entries: &[[f32; N]; 1]) -> State {
    let matrix = ndarray::arr2(entries).into_dyn();
    State::new(Tensors::from([("weight".to_owned(), matrix)]))
}

/// A part with a gradient that has one entry.
fn part(loss: f32, counted: usize, gradient: f32) -> Part {
    part_of(loss, counted, array![[gradient]].into_dyn())
}

fn part_of(loss: f32, counted: usize, gradient: ArrayD<f32>) -> Part {
    Part {
        loss,
        counted,
        gradients: Tensors::from([("weight".to_owned(), gradient)]),
    }
}

/// The settings of the worked example, with a limit of the norm.
fn settings(max_norm: f32) -> RunSettings {
    RunSettings {
        heads: 1,
        ignored: 0,
        micro_batch: 1,
        max_norm,
        schedule: Schedule {
            peak: 0.04,
            floor: 0.004,
            warm_up: 4,
            steps: 100,
        },
        adamw: Settings {
            beta_1: 0.9,
            beta_2: 0.999,
            epsilon: 1e-8,
            weight_decay: 0.1,
        },
    }
}

fn second_part() -> Part {
    part_of(1.0, 1, array![[0.3, 0.4]].into_dyn())
}

/// The states of the worked example: before the first step, and after each.
fn two_steps(max_norm: f32) -> Vec<State> {
    two_steps_with_records(max_norm).0
}

fn two_steps_with_records(max_norm: f32) -> (Vec<State>, Vec<Record>) {
    let mut states = vec![weight(&[[1.0, -2.0]])];
    let mut records = Vec::new();
    for part in [
        part_of(2.0, 1, array![[3.0, 4.0]].into_dyn()),
        second_part(),
    ] {
        let (state, record) = update(&states[records.len()], &part, &settings(max_norm));
        states.push(state);
        records.push(record);
    }
    (states, records)
}

fn without_moments(state: &State) -> State {
    State {
        step: state.step,
        ..State::new(state.parameters.clone())
    }
}

fn without_count(state: &State) -> State {
    State {
        step: 0,
        ..state.clone()
    }
}

/// The two weights of a state, with four decimals.
fn weights(state: &State, between: &str) -> String {
    let weights = state.parameters["weight"].iter();
    let shown: Vec<String> = weights.map(|&weight| shown(weight, 4)).collect();
    shown.join(between)
}

/// The way of a parameter in a step, in learning rates, with moments of these sizes before it and a gradient of 1.
fn moved(taken: usize, [m, v]: [f32; 2]) -> f32 {
    let mut state = weight(&[[0.0]]);
    state.step = taken;
    let moments = Moments {
        m: array![[m]].into_dyn(),
        v: array![[v]].into_dyn(),
    };
    state.moments.insert("weight".to_owned(), moments);
    let (after, record) = update(&state, &part(0.0, 1, 1.0), &settings(f32::INFINITY));
    -after.parameters["weight"].sum() / record.rate
}

#[test]
fn the_predictions() {
    let lesson = Lesson::read("training");
    let lost = shown(moved(1000, [0.0, 0.0]), 1);
    lesson.says(format!("{lost} times as far as the learning rate"));
    let counted_again = shown(moved(0, [1.0, 1.0]), 2);
    lesson.says(format!("{counted_again} times as far."));
    lesson.says(format!("$10 / \\sqrt{{1000}} = {counted_again}$"));
}

#[test]
fn the_parts_of_a_batch() {
    let lesson = Lesson::read("training");
    let parts = [part(2.0, 6, 1.0), part(4.0, 1, -2.0), part(4.0, 1, -1.0)];
    let whole = accumulate(&parts);
    let equal = parts.map(|part| Part { counted: 1, ..part });
    let mean = accumulate(&equal);
    lesson.says(format!(
        "| loss | 2 | 4 | 4 | {} | {} |",
        shown(whole.loss, 3),
        shown(mean.loss, 3)
    ));
    let gradient = |part: &Part| shown(part.gradients["weight"].sum(), 3);
    lesson.says(format!(
        "| gradient | 1 | -2 | -1 | {} | {} |",
        gradient(&whole),
        gradient(&mean)
    ));
}

#[test]
fn the_two_steps() {
    let lesson = Lesson::read("training");
    let (states, records) = two_steps_with_records(1.0);
    for (step, (state, record)) in (1..).zip(states[1..].iter().zip(&records)) {
        let clipped = ["0.6, 0.8", "0.3, 0.4"][step - 1];
        lesson.says(format!(
            "| {step} | {} | {clipped} | {} | {} |",
            shown(record.norm, 3),
            shown(record.rate, 2),
            weights(state, ", ")
        ));
    }
    let m = &states[1].moments["weight"].m;
    assert_close(f64::from(m[[0, 0]]), 0.06, 1e-6);
    assert_close(f64::from(m[[0, 1]]), 0.08, 1e-6);

    let unclipped = two_steps(f32::INFINITY);
    lesson.says(format!(
        "the weights after step 2 would be {}",
        weights(&unclipped[2], " and ")
    ));
    assert_eq!(weights(&unclipped[1], ", "), weights(&states[1], ", "));
}

#[test]
fn the_interruption() {
    let lesson = Lesson::read("training");
    let states = two_steps(1.0);
    let resumed = |state: &State| update(state, &second_part(), &settings(1.0)).0;
    lesson.says(format!(
        "If the moments are lost, it leads to {}.",
        weights(&resumed(&without_moments(&states[1])), " and ")
    ));
    lesson.says(format!(
        "and it leads to {}.",
        weights(&resumed(&without_count(&states[1])), " and ")
    ));
}

#[test]
fn a_checkpoint_with_numbers_that_are_not_finite_is_refused() {
    let lesson = Lesson::read("training");
    let step: f32 = "NaN".parse().expect("a number, in a manner of speaking");
    lesson.says(format!("`f32::NAN as usize` is {}", step as usize));
    let whole = save(&two_steps(1.0)[1]);
    assert_eq!(resume(&whole).expect("a checkpoint").step, 1);
    for (damaged, number) in [
        ("step", f32::NAN),
        ("step", f32::INFINITY),
        ("m.weight", f32::NAN),
        ("v.weight", f32::NEG_INFINITY),
    ] {
        let mut checkpoint = whole.clone();
        let tensor = checkpoint.get_mut(damaged).expect("a tensor");
        *tensor.first_mut().expect("a number") = number;
        let error = resume(&checkpoint).expect_err("it is damaged").to_string();
        let says = format!("expected finite numbers in `{damaged}`, found NaN or infinity;");
        assert!(error.starts_with(&says), "{error}");
    }
}

#[test]
fn the_gradient_of_the_bias_of_the_keys_is_0() {
    let (vector, matrix) = (
        |length: usize, seed: u64| -> Array1<f32> { normals(length, seed) },
        |shape: (usize, usize), seed: u64| -> Array2<f32> { normals(shape, seed) * 0.5 },
    );
    let mut tensors = Tensors::new();
    for (seed, (name, length)) in (1..).zip([
        ("gamma_1", 4),
        ("beta_1", 4),
        ("b_qkv", 12),
        ("b_o", 4),
        ("gamma_2", 4),
        ("beta_2", 4),
        ("b_fc", 5),
        ("b_proj", 4),
    ]) {
        tensors.insert(name.to_owned(), vector(length, seed).into_dyn());
    }
    for (seed, (name, shape)) in (20..).zip([
        ("w_qkv", (4, 12)),
        ("w_o", (4, 4)),
        ("w_fc", (4, 5)),
        ("w_proj", (5, 4)),
    ]) {
        tensors.insert(name.to_owned(), matrix(shape, seed).into_dyn());
    }
    let weights = BlockWeights::named(
        |name| tensors[name].view().into_dimensionality::<ndarray::Ix1>(),
        |name| tensors[name].view().into_dimensionality::<ndarray::Ix2>(),
    );
    let weights = weights.expect("vectors and matrices");
    let (x, dy) = (normals((2, 3, 4), 40), normals((2, 3, 4), 41));
    let (_, gradients) = block_backward(x.view(), &weights, 2, dy.view());
    let db_qkv = &gradients["b_qkv"];
    let largest = |range: std::ops::Range<usize>| {
        range.map(|entry| db_qkv[[entry]].abs()).fold(0.0, f32::max)
    };
    assert!(largest(4..8) < 1e-5, "{db_qkv}");
    assert!(largest(0..4) > 1e-3 && largest(8..12) > 1e-3, "{db_qkv}");
}

#[test]
fn the_run_is_libtorchs() {
    let runs = Runs::load();
    for (libtorch, record) in runs.libtorch.losses().into_iter().zip(runs.solution()) {
        assert_close(f64::from(record.loss), f64::from(libtorch), 1e-4);
    }
}
