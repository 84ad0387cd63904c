//! Claims of `adamw.md` and its quiz, computed.

use adamw::{Moments, Schedule, Settings, adamw_step, clip, learning_rate};
use ndarray::{ArrayD, IxDyn, arr1, arr2};

use crate::assert_close;
use crate::lesson::{Lesson, joined, shortest, shown};
use crate::quizzes::QuizClaims;

const USUAL: Settings = Settings {
    beta_1: 0.9,
    beta_2: 0.999,
    epsilon: 1e-8,
    weight_decay: 0.0,
};

pub(crate) const QUIZ: QuizClaims = QuizClaims {
    numbers: &[
        ("adamw-first-step", || {
            let bias = arr1(&[0.5]).into_dyn();
            f64::from(run(bias, &[0.02], 0.001, &USUAL)[0].parameter)
        }),
        ("adamw-second-moment", || {
            let settings = Settings {
                beta_2: 0.9,
                ..USUAL
            };
            let states = run(arr1(&[1.0]).into_dyn(), &[2.0, 4.0], 0.1, &settings);
            f64::from(states[1].v_hat)
        }),
        ("adamw-decay", || {
            let states = run(matrix(4.0), &[0.0, 0.0], 0.01, &decaying(0.5));
            f64::from(states[1].parameter)
        }),
        ("adamw-clip", || f64::from(clipped(6.5).0[0][0])),
        ("adamw-rate", || {
            f64::from(learning_rate(550, &THOUSAND)) * 1000.0
        }),
    ],
    checks: &[
        ("adamw-which-decay", || {
            for (shape, decays) in [
                (&[11, 4][..], true),
                (&[4], false),
                (&[2, 4, 3], true),
                (&[8], false),
            ] {
                let ones = ArrayD::ones(IxDyn(shape));
                let states = run(ones, &[0.0], 0.01, &decaying(0.5));
                assert_eq!(states[0].parameter < 1.0, decays, "{shape:?}");
            }
        }),
        ("adamw-l2", || {
            let [large, small] = [100.0, 0.01].map(|size| alternating(size, Decay::L2(0.1)));
            let decoupled = alternating(100.0, Decay::Decoupled(0.1));
            assert!(large > decoupled && small < decoupled);
        }),
        ("adamw-scale", || {
            let gradients = [0.3, -0.1, 0.2];
            let larger = gradients.map(|gradient| gradient * 1000.0);
            let end = |gradients: &[f32]| run(matrix(2.0), gradients, 0.1, &USUAL)[2].parameter;
            assert_close(f64::from(end(&gradients)), f64::from(end(&larger)), 1e-5);
        }),
        ("adamw-order", || {
            let (gradients, norm) = clip(&[arr1(&[24.0, 32.0]).into_dyn().view()], 1.0);
            assert_close(f64::from(norm), 40.0, 1e-5);
            assert_close(f64::from(gradients[0][0]), 24.0 / 40.0, 1e-5);
        }),
    ],
    slips: &[
        ("adamw-first-step", "0.4968", || {
            0.5 - 0.001 * 0.1 / 0.001_f32.sqrt()
        }),
        ("adamw-first-step", "0.49998", || 0.5 - 0.001 * 0.02),
        ("adamw-second-moment", "1.96", || 0.9 * 0.4 + 0.1 * 16.0),
        ("adamw-second-moment", "19.6", || {
            (0.9 * 0.4 + 0.1 * 16.0) / (1.0 - 0.9)
        }),
        ("adamw-decay", "1", || 4.0 * 0.5 * 0.5),
        ("adamw-decay", "3.98", || 4.0 - 2.0 * 0.01),
        ("adamw-clip", "3", || {
            clip(&[arr1(&[3.0, 4.0]).into_dyn().view()], 6.5).0[0][0]
        }),
        ("adamw-clip", "0.115", || 3.0 * 6.5 / 169.0),
        ("adamw-rate", "0.48", || {
            let none = Schedule {
                warm_up: 0,
                ..THOUSAND
            };
            learning_rate(550, &none) * 1000.0
        }),
        ("adamw-rate", "0.5", || {
            let to_0 = Schedule {
                floor: 0.0,
                ..THOUSAND
            };
            learning_rate(550, &to_0) * 1000.0
        }),
    ],
};

const THOUSAND: Schedule = Schedule {
    peak: 0.001,
    floor: 0.0001,
    warm_up: 100,
    steps: 1000,
};

const fn decaying(weight_decay: f32) -> Settings {
    Settings {
        weight_decay,
        ..USUAL
    }
}

fn matrix(entry: f32) -> ArrayD<f32> {
    arr2(&[[entry]]).into_dyn()
}

/// The numbers of the first entry after a step.
struct State {
    m: f32,
    v: f32,
    m_hat: f32,
    v_hat: f32,
    parameter: f32,
}

/// A run from its first step. All entries of the parameter have the same gradient.
fn run(
    mut parameter: ArrayD<f32>,
    gradients: &[f32],
    rate: f32,
    settings: &Settings,
) -> Vec<State> {
    let zeros = ArrayD::zeros(parameter.raw_dim());
    let mut moments = Moments {
        m: zeros.clone(),
        v: zeros.clone(),
    };
    let mut states = Vec::new();
    for (step, &gradient) in (1..).zip(gradients) {
        let gradient = &zeros + gradient;
        let before = parameter.view();
        (parameter, moments) = adamw_step(before, gradient.view(), &moments, step, rate, settings);
        let first = |tensor: &ArrayD<f32>| tensor.iter().copied().next().unwrap_or_default();
        let (m, v) = (first(&moments.m), first(&moments.v));
        states.push(State {
            m,
            v,
            m_hat: m / (1.0 - settings.beta_1.powi(step as i32)),
            v_hat: v / (1.0 - settings.beta_2.powi(step as i32)),
            parameter: first(&parameter),
        });
    }
    states
}

/// A way of making weights smaller, with its λ.
#[derive(Clone, Copy)]
enum Decay {
    L2(f32),
    Decoupled(f32),
}

/// A weight of 2 after 100 steps with a rate of 0.01, whose gradients alternate between this number and its negative.
fn alternating(size: f32, decay: Decay) -> f32 {
    let settings = decaying(match decay {
        Decay::L2(_) => 0.0,
        Decay::Decoupled(lambda) => lambda,
    });
    let mut weight = matrix(2.0);
    let mut moments = Moments {
        m: matrix(0.0),
        v: matrix(0.0),
    };
    for step in 1..=100 {
        let mut gradient = matrix(if step % 2 == 1 { size } else { -size });
        if let Decay::L2(lambda) = decay {
            gradient = gradient + &weight * lambda;
        }
        (weight, moments) = adamw_step(
            weight.view(),
            gradient.view(),
            &moments,
            step,
            0.01,
            &settings,
        );
    }
    weight[[0, 0]]
}

/// The lesson's two gradients, clipped, and their norm.
fn clipped(limit: f32) -> (Vec<ArrayD<f32>>, f32) {
    let (first, second) = (arr1(&[3.0, 4.0]).into_dyn(), arr1(&[12.0]).into_dyn());
    clip(&[first.view(), second.view()], limit)
}

#[test]
fn the_predictions() {
    let lesson = Lesson::read("adamw");
    let [large, small] = [100.0, 0.01].map(|size| shown(alternating(size, Decay::L2(0.1)), 2));
    lesson.says(format!(
        "The first is at {large} and the second at {small}."
    ));

    let [large, small] =
        [100.0, 0.01].map(|size| shown(alternating(size, Decay::Decoupled(0.5)), 2));
    assert_eq!(large, small);
    lesson.says(format!("Both are at {large}."));
    let decayed = run(matrix(2.0), &[0.0; 100], 0.01, &decaying(0.5))[99].parameter;
    lesson.says(format!("$2 \\cdot 0.995^{{100}} = {}$", shown(decayed, 2)));
}

#[test]
fn the_first_step_without_a_correction() {
    let first = &run(matrix(2.0), &[4.0], 0.1, &USUAL)[0];
    let times = first.m / first.v.sqrt();
    Lesson::read("adamw").says(format!("$0.1 / \\sqrt{{0.001}} = {}$", shown(times, 2)));
}

#[test]
fn the_first_step_with_a_wrong_correction() {
    let lesson = Lesson::read("adamw");
    let first = &run(matrix(2.0), &[4.0], 0.1, &USUAL)[0];
    let sizes = [
        (
            first.m_hat / first.v.sqrt(),
            30.0,
            "If only $m$ is corrected, the first step is thirty times too large",
        ),
        (
            first.m / first.v_hat.sqrt(),
            0.1,
            "if only $v$ is, it has a tenth of its size",
        ),
        (
            (1.0 - USUAL.beta_1) / (1.0 - USUAL.beta_2),
            100.0,
            "one of the two divisors is wrong by a factor of a hundred",
        ),
        (
            first.v.sqrt() / (1.0 - USUAL.beta_2) / first.m_hat,
            30.0,
            "the first step is thirty times too small",
        ),
    ];
    for (size, about, text) in sizes {
        assert_close(f64::from(size), about, 0.06 * about);
        lesson.says(text);
    }
}

#[test]
fn the_worked_example() {
    const GRADIENTS: [f32; 3] = [4.0, 4.0, -2.0];
    let lesson = Lesson::read("adamw");
    let settings = decaying(0.1);
    let states = run(matrix(2.0), &GRADIENTS, 0.1, &settings);
    let mut before = 2.0;
    for (t, (state, gradient)) in (1..).zip(states.iter().zip(GRADIENTS)) {
        let decay = before * 0.1 * 0.1;
        let cells = [
            shortest(gradient, 0),
            shortest(state.m, 3),
            shortest(state.v, 5),
            shortest(state.m_hat, 3),
            shortest(state.v_hat, 3),
            shortest(decay, 4),
            shortest(before - decay - state.parameter, 4),
            shortest(state.parameter, 4),
        ];
        lesson.says(format!("| {t} | {} |", cells.join(" | ")));
        before = state.parameter;
    }

    let small = GRADIENTS.map(|gradient| gradient / 1000.0);
    let small = run(matrix(2.0), &small, 0.1, &settings);
    for (small, large) in small.iter().zip(&states) {
        assert_close(f64::from(small.parameter), f64::from(large.parameter), 5e-6);
    }
    let bias = run(arr1(&[2.0]).into_dyn(), &GRADIENTS, 0.1, &settings);
    lesson.says(format!(
        "missing and $\\theta$ would end at {}.",
        shown(bias[2].parameter, 4)
    ));
}

#[test]
fn the_clipped_gradients() {
    let lesson = Lesson::read("adamw");
    let (gradients, norm) = clipped(1.0);
    assert_close(f64::from(norm), 13.0, 1e-5);
    let together: Vec<f32> = gradients.iter().flatten().copied().collect();
    lesson.says(format!(
        "({}) and ({}).",
        joined(&together[..2], 3, ", "),
        shown(together[2], 3)
    ));

    let one_by_one = [arr1(&[3.0, 4.0]), arr1(&[12.0])]
        .map(|gradient| clip(&[gradient.into_dyn().view()], 1.0).0.remove(0));
    let [first, second] = one_by_one.each_ref().map(|gradient| gradient.view());
    lesson.says(format!(
        "Clipped one by one they would be ({}, {}) and ({})",
        shortest(first[0], 3),
        shortest(first[1], 3),
        shortest(second[0], 3)
    ));
    let (_, norm) = clip(&[first, second], 1.0);
    lesson.says(format!(
        "the norm of both together would be {}.",
        shown(norm, 3)
    ));
}

#[test]
fn the_norm_of_many_entries() {
    let (_, norm) = clip(&[ArrayD::ones(IxDyn(&[1000])).view()], 1.0);
    Lesson::read("adamw").says(format!(
        "a thousand entries of 1 have a norm of {}",
        shown(norm, 0)
    ));
}

#[test]
fn the_rates() {
    let lesson = Lesson::read("adamw");
    let schedule = Schedule {
        peak: 0.003,
        floor: 0.0003,
        warm_up: 4,
        steps: 12,
    };
    let rates: Vec<String> = (1..=12)
        .map(|step| shortest(learning_rate(step, &schedule) * 1000.0, 3))
        .collect();
    lesson.says(format!("| rate · 1000 | {} |", rates.join(" | ")));
    assert_close(
        f64::from(learning_rate(8, &schedule)),
        (0.003 + 0.0003) / 2.0,
        1e-8,
    );
}
