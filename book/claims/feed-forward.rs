//! Claims of `feed-forward.md` and its quiz, computed.

use attentive_book::figures::random::normals;
use feed_forward::{erf, feed_forward, gelu, gelu_tanh, relu, swiglu};
use ndarray::{Array2, array};

use crate::assert_close;
use crate::lesson::{Lesson, commas, shown};
use crate::lessons::three_families::linear;
use crate::quizzes::QuizClaims;

pub(crate) const QUIZ: QuizClaims = QuizClaims {
    numbers: &[
        ("ffn-parameters", || {
            (linear(512, 2048) + linear(2048, 512)) as f64
        }),
        ("ffn-gelu", || f64::from(gelu(array![[1.0]].view())[(0, 0)])),
    ],
    checks: &[
        ("ffn-positions", || {
            let (w_1, b_1, w_2, b_2) = (
                normals((7, 4), 1),
                normals(7, 2),
                normals((4, 7), 3),
                normals(4, 4),
            );
            let run = |x: &Array2<f32>| {
                feed_forward(x.view(), w_1.view(), b_1.view(), w_2.view(), b_2.view())
            };
            let x = normals((5, 4), 5);
            let mut changed = x.clone();
            changed.row_mut(3).fill(1.0);
            let (before, after) = (run(&x), run(&changed));
            assert!((0..5).all(|row| (before.row(row) == after.row(row)) == (row != 3)));
        }),
        ("ffn-gate", || {
            let (w, w_2) = (array![[0.0, 0.0], [1.0, 2.0]], normals((2, 2), 1)); // the gate of unit 0 is always 0
            let v = normals((2, 2), 2);
            let run = |v: &Array2<f32>| {
                swiglu(array![[1.0, -1.5]].view(), w.view(), v.view(), w_2.view())
            };
            let mut other = v.clone();
            other.row_mut(0).fill(100.0);
            assert_eq!(run(&v), run(&other));
        }),
    ],
    slips: &[
        ("ffn-gelu", "0.92", || 0.5 * (1.0 + erf(1.0))),
        ("ffn-gelu", "0.73", || 1.0 / (1.0 + (-1_f32).exp())),
    ],
};

#[test]
fn two_positions_through_a_feed_forward_layer() {
    let lesson = Lesson::read("feed-forward");
    let (w_1, b_1) = (
        array![[1.0, 0.0], [1.0, 1.0], [-2.0, 1.0]],
        array![0.0, 0.5, 1.0],
    );
    let (w_2, b_2) = (array![[1.0, 2.0, 0.0], [0.0, -1.0, 1.0]], array![0.5, 0.0]);
    let x = array![[1.0, 2.0], [2.0, -1.0]];
    let output = feed_forward(x.view(), w_1.view(), b_1.view(), w_2.view(), b_2.view());
    output
        .rows()
        .into_iter()
        .for_each(|row| lesson.vector(&row.to_vec(), 1));
    let linear = (x.dot(&w_1.t()) + &b_1).dot(&w_2.t()) + &b_2;
    lesson.says(format!(
        "second number would be {}",
        shown(linear[(1, 1)], 1)
    ));
}

#[test]
fn the_activations_side_by_side() {
    let lesson = Lesson::read("feed-forward");
    let number = |number: f32| {
        if number == 0.0 {
            "0".to_owned()
        } else {
            shown(number, 4)
        }
    };
    for x in [-3.0_f32, -2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 2.0, 3.0] {
        let row = array![[x]];
        let [exact, tanh] = [gelu(row.view()), gelu_tanh(row.view())].map(|y| number(y[(0, 0)]));
        let (relu, swish) = (relu(row.view())[(0, 0)], number(x / (1.0 + (-x).exp())));
        lesson.says(format!("| {x} | {relu} | {exact} | {tanh} | {swish} |"));
    }
}

/// The exercise has the form with the exponential, and this is the form with tanh.
#[test]
fn both_forms_of_the_approximation_give_the_same_numbers() {
    let x = Array2::from_shape_fn((1, 20_001), |(_, step)| step as f32 * 1e-3 - 10.0);
    let by_exp = gelu_tanh(x.view());
    let factor = std::f32::consts::FRAC_2_PI.sqrt();
    let by_tanh = x.mapv(|x| 0.5 * x * (1.0 + (factor * (x + 0.044715 * x.powi(3))).tanh()));
    let furthest = (by_exp - by_tanh)
        .iter()
        .fold(0.0, |furthest: f32, off| furthest.max(off.abs()));
    assert!(furthest < 2e-6, "{furthest}");
}

#[test]
fn how_far_the_approximations_are_off() {
    let lesson = Lesson::read("feed-forward");
    let x = Array2::from_shape_fn((1, 100_001), |(_, step)| step as f32 * 1e-4 - 5.0);
    let exact = gelu(x.view());
    let furthest = |other: Array2<f32>| {
        let off = (&exact - &other).mapv(f32::abs);
        let at = (0..off.len())
            .max_by(|&a, &b| off[(0, a)].total_cmp(&off[(0, b)]))
            .unwrap_or_default();
        (x[(0, at)].abs(), off[(0, at)])
    };
    let (place, off) = furthest(gelu_tanh(x.view()));
    lesson.says(format!("largest at ±{place:.1}, where it is {off:.5}"));
    assert!(off < 0.0005);
    assert!(furthest(x.mapv(|x| x / (1.0 + (-1.702 * x).exp()))).1 < 0.0205);
    let bend = (2.0 / std::f32::consts::PI).sqrt();
    let no_cube = furthest(x.mapv(|x| 0.5 * x * (1.0 + (bend * x).tanh()))).1;
    assert_close(f64::from(no_cube), 0.03, 0.005);
    // The bracket closed too early: the cubic term is too large by √(π/2) − 1, a quarter.
    assert_close(f64::from(bend.recip()), 1.25, 0.005);

    let lowest = exact
        .iter()
        .zip(&x)
        .min_by(|a, b| a.0.total_cmp(b.0))
        .expect("not empty");
    lesson.says(format!(
        "falls to {}, at x = {}",
        shown(*lowest.0, 2),
        shown(*lowest.1, 2)
    ));
    let phi_of = |scale: f32| 0.5 * (1.0 + feed_forward::erf(scale));
    let [sharp, sharper] = [1.0, 2_f32.sqrt()].map(|scale| shown(phi_of(scale), 4));
    lesson.says(format!(
        "at 1 you get {sharp} or {sharper} instead of {}",
        shown(phi_of(0.5_f32.sqrt()), 4)
    ));
}

#[test]
fn feed_forward_layers_beside_attention() {
    let lesson = Lesson::read("feed-forward");
    let in_tex = |number: usize| commas(number).replace(',', "{,}");
    let (feed_forward, attention) = (2 * 512 * 2048, 4 * 512 * 512);
    assert_eq!(feed_forward, 2 * attention);
    lesson.says(format!("= {}, and attention has", in_tex(feed_forward)));
    lesson.says(format!("= {} (without the biases)", in_tex(attention)));
    let (swiglu, attention) = (3.0 * 4096.0 * 11_008.0, 4.0 * 4096.0 * 4096.0);
    lesson.says(format!("{} times: 3", shown(swiglu / attention, 2)));
}
