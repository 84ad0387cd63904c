//! `layer-norm.md` and `feed-forward.md`.

use feed_forward::{feed_forward, gelu, gelu_tanh, relu};
use layer_norm::{layer_norm, rms_norm};
use ndarray::{Array1, Array2, array};

use super::{Lesson, joined, shown};
use crate::assert_close;

const EPSILON: f32 = 1e-5;

fn normed(row: [f32; 4], epsilon: f32) -> Vec<f32> {
    let (gamma, beta) = (Array1::ones(4), Array1::zeros(4));
    layer_norm(array![row].view(), gamma.view(), beta.view(), epsilon)
        .row(0)
        .to_vec()
}

#[test]
fn three_rows_of_one_shape() {
    let lesson = Lesson::read("layer-norm");
    for row in [
        [2.0, 4.0, 4.0, 6.0],
        [102.0, 104.0, 104.0, 106.0],
        [20.0, 40.0, 40.0, 60.0],
    ] {
        let [first, second, third, last] = [0, 1, 2, 3].map(|i| normed(row, 1e-9)[i]);
        assert_eq!((second, third), (0.0, 0.0));
        lesson.says(format!("{}, 0, 0 and {}", shown(first, 3), shown(last, 3)));
    }
}

#[test]
fn the_worked_example_of_layer_norm() {
    let lesson = Lesson::read("layer-norm");
    let row = [1.0, 3.0, 5.0, 11.0];
    let right = normed(row, EPSILON);
    lesson.says(format!(
        "({}, {}, 0, {})",
        shown(right[0], 3),
        shown(right[1], 3),
        shown(right[3], 3)
    ));
    let unbiased: Vec<f32> = right
        .iter()
        .map(|number| number * 0.75_f32.sqrt())
        .collect();
    let [a, b, d] = [0, 1, 3].map(|i| shown(unbiased[i], 3));
    lesson.says(format!(
        "{} and the row {a}, {b}, 0, {d}",
        shown(56.0 / 3.0, 2)
    ));
    let rms = rms_norm(array![row].view(), Array1::ones(4).view(), EPSILON)
        .row(0)
        .to_vec();
    lesson.says(format!(
        r"\approx {} and gives {}",
        shown(39_f32.sqrt(), 3),
        joined(&rms, 3, ", ")
    ));
}

#[test]
fn where_epsilon_shows() {
    let lesson = Lesson::read("layer-norm");
    let row = [0.001, 0.003, -0.002, -0.002];
    let sigma = (4.5e-6_f32).sqrt();
    let outside: Vec<f32> = row.iter().map(|x| x / (sigma + EPSILON)).collect();
    for (name, numbers) in [
        ("under the root", normed(row, EPSILON)),
        ("added to the root", outside),
        ("left out", normed(row, 0.0)),
    ] {
        lesson.says(format!("| {name} | {} |", joined(&numbers, 3, ", ")));
    }
}

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
        "dips to {}, at x = {}",
        shown(*lowest.0, 2),
        shown(*lowest.1, 2)
    ));
    let phi_of = |scale: f32| 0.5 * (1.0 + feed_forward::erf(scale));
    let [sharp, sharper] = [1.0, 2_f32.sqrt()].map(|scale| shown(phi_of(scale), 4));
    lesson.says(format!(
        "at 1 you get {sharp} or {sharper} in place of {}",
        shown(phi_of(0.5_f32.sqrt()), 4)
    ));
}
