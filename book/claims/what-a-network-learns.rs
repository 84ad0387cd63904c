//! Claims of `what-a-network-learns.md` and its quiz, computed.

use attentive_book::figures::lessons::what_a_network_learns::{HEIGHTS, Line, WEEKS};
use attentive_book::figures::random::normals;
use ndarray::{Array2, array};

use crate::assert_close;
use crate::lesson::{Lesson, joined, shown};
use crate::quizzes::QuizClaims;

pub(crate) const QUIZ: QuizClaims = QuizClaims {
    numbers: &[
        ("network-step", || 2.0 - 0.1 * 6.0),
        ("network-layer", || {
            let w = array![[3.0, -1.0]];
            array![[2.0, 5.0]].dot(&w.t())[(0, 0)] + 2.0
        }),
        ("network-cross-entropy", || -0.25_f64.ln()),
        ("network-variance", || {
            let sums = (normals((4000, 9), 1) * 2.0).sum_axis(ndarray::Axis(1));
            assert_close(f64::from(sums.std(0.0)), 6.0, 0.2);
            (9.0_f64 * 4.0).sqrt()
        }),
    ],
    checks: &[("network-non-linearity", || {
        let [x, w_1, w_2] = [1, 2, 3].map(|seed| normals((3, 3), seed));
        let both = x.dot(&w_1.t()).dot(&w_2.t());
        let one = x.dot(&w_2.dot(&w_1).t());
        assert!(
            (both - one)
                .iter()
                .all(|difference| difference.abs() < 1e-4)
        );
    })],
    slips: &[
        ("network-step", "2.6", || 2.0 + 0.1 * 6.0),
        ("network-layer", "1", || 2.0 * 3.0 - 5.0),
        ("network-cross-entropy", "2.00", || -0.25_f32.log2()),
        ("network-variance", "18", || 9.0 * 4_f32.sqrt()),
    ],
};

#[test]
fn one_step_of_gradient_descent() {
    let lesson = Lesson::read("what-a-network-learns");
    let line = Line::initial();
    let errors = line.errors(&WEEKS);
    for (i, error) in errors.iter().enumerate() {
        let prediction = error + HEIGHTS[i];
        lesson.row(
            &shown(WEEKS[i], 0),
            &[HEIGHTS[i], prediction, *error, error * error],
            0,
        );
    }
    lesson.says(format!("The loss is (0 + 9 + 9)/3 = {}", line.loss(&WEEKS)));
    let (w, b) = line.gradient(&WEEKS);
    lesson.says(format!("(0 - 6 - 9) = {w:.0}"));
    lesson.says(format!("(0 - 3 - 3) = {b:.0}"));

    let next = line.step(&WEEKS, 0.1);
    lesson.says(format!("= {}, \\qquad b", shown(next.w, 0)));
    lesson.says(format!("= {} .", shown(next.b, 1)));
    let predictions = [0, 1, 2].map(|i| shown(next.errors(&WEEKS)[i] + HEIGHTS[i], 1));
    let errors = next.errors(&WEEKS).map(|error| shown(error, 1));
    lesson.says(format!(
        "The predictions are now {}, {} and {}, the errors {}, {} and {}, and the loss is {}",
        predictions[0],
        predictions[1],
        predictions[2],
        errors[0],
        errors[1],
        errors[2],
        shown(next.loss(&WEEKS), 3)
    ));
}

#[test]
fn other_learning_rates() {
    let lesson = Lesson::read("what-a-network-learns");
    for learning_rate in [0.01, 0.05, 0.1, 0.2] {
        let next = Line::initial().step(&WEEKS, learning_rate);
        lesson.says(format!(
            "| {learning_rate} | {} | {} |",
            joined(&[next.w, next.b], 2, " | "),
            shown(next.loss(&WEEKS), 3)
        ));
    }
    let [good, long] = [0.1, 0.2].map(|rate| Line::initial().step(&WEEKS, rate).loss(&WEEKS));
    lesson.says(format!("the error falls to {}", shown(good, 2)));
    lesson.says(format!("from 6 to {}", shown(long, 2)));

    let best = Line { w: 2.5, b: -1.0 };
    assert_eq!(best.gradient(&WEEKS), (0.0, 0.0));
    lesson.says(format!("can reach here is {}", best.loss(&WEEKS)));
}

#[test]
fn the_plant_in_days() {
    let lesson = Lesson::read("what-a-network-learns");
    let days = WEEKS.map(|week| 7.0 * week);
    let line = Line::initial();
    lesson.says(format!("The first loss is {:.0}", line.loss(&days)));
    lesson.says(format!("is {:.0}, because", line.gradient(&days).0));
    let next = line.step(&days, 0.1);
    lesson.says(format!("from 1 to {}", shown(next.w, 1)));
    let loss = (next.loss(&days) / 100.0).round() as usize * 100;
    lesson.says(format!("about {}", crate::lesson::commas(loss)));
}

#[test]
fn a_curve_through_all_points_overfits() {
    let curve = |x: f32| -1.5 * x * x + 8.5 * x - 6.0;
    assert_eq!(WEEKS.map(curve), HEIGHTS);
    let lesson = Lesson::read("what-a-network-learns");
    lesson.says(format!("-24 + 34 - 6 = {} cm", curve(4.0)));
    lesson.says(format!("2.5 \\cdot 4 - 1 = {} cm", 2.5 * 4.0 - 1.0));
    lesson.says(format!(
        "wrong by {} and the line by {}",
        (curve(4.0) - 8.0).abs(),
        2.5_f32 * 4.0 - 1.0 - 8.0
    ));
}

#[test]
fn a_linear_layer_and_a_loss_by_hand() {
    let lesson = Lesson::read("what-a-network-learns");
    let w: Array2<f32> = array![[1.0, 0.0], [-1.0, 2.0]];
    let x = array![2.0, 3.0];
    let y = x.dot(&w.t()) + array![0.5, 1.0];
    lesson.says(format!("= ({}, {}). The entries", y[0], y[1]));
    lesson.says(format!("-2 + 6 = {}", x.dot(&w.row(1))));
    for probability in [0.5_f32, 0.01] {
        lesson.says(format!(
            r"-\ln {probability} \approx {}",
            shown(-probability.ln(), 3)
        ));
    }
}

#[test]
fn the_variances_of_coins_add_up() {
    let mut sums = Vec::new();
    for coins in 0..16 {
        let shown = (0..4).map(|coin| if coins >> coin & 1 == 1 { 1.0 } else { -1.0 });
        sums.push(shown.sum::<f32>());
    }
    assert_close(f64::from(ndarray::Array1::from(sums).var(0.0)), 4.0, 1e-6);
    Lesson::read("what-a-network-learns")
        .says("the variance 4, and therefore the standard deviation 2");
}
