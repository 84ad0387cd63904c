//! Claims of `positional-encoding.md` and its quiz, computed.

use std::f64::consts::TAU;

use ndarray::Array2;
use positional_encoding::sinusoidal;

use crate::assert_close;
use crate::lesson::{Lesson, shown};
use crate::quizzes::QuizClaims;

pub(crate) const QUIZ: QuizClaims = QuizClaims {
    numbers: &[
        ("positions-entry", || f64::from(sinusoidal(3, 4, 0)[(2, 2)])),
        ("positions-wavelength", || {
            let far = f64::from(sinusoidal(1, 8, 100)[(0, 4)]); // the sine of an angle of 100 steps
            assert_close(far, 1_f64.sin(), 1e-5);
            TAU * 100.0
        }),
    ],
    checks: &[
        ("positions-first-row", || {
            assert_eq!(sinusoidal(1, 4, 0).row(0).to_vec(), [0.0, 1.0, 0.0, 1.0]);
            let from_one = sinusoidal(1, 4, 1);
            assert_close(f64::from(from_one[(0, 0)]), 0.84, 0.005);
            assert_close(f64::from(from_one[(0, 1)]), 0.54, 0.005);
        }),
        ("positions-true", || {
            let encoding = sinusoidal(90, 64, 0);
            let product = |a: usize, b: usize| f64::from(encoding.row(a).dot(&encoding.row(b)));
            for start in [0, 30, 77] {
                assert_close(product(start, start), 32.0, 1e-3);
                assert_close(product(start, start + 1), 30.9, 0.05);
                assert_close(product(start, start + 5), product(7, 12), 1e-3);
            }
            assert!(encoding.iter().all(|entry| entry.abs() <= 1.0));
        }),
        ("positions-generation", || {
            assert_eq!(sinusoidal(1, 8, 40).row(0), sinusoidal(41, 8, 0).row(40));
            assert_ne!(sinusoidal(1, 8, 40), sinusoidal(1, 8, 0));
        }),
    ],
    slips: &[("positions-entry", "0.0002", || {
        let (position, column, d_model) = (2.0, 2.0, 4.0);
        (position / 10_000_f32.powf(2.0 * column / d_model)).sin()
    })],
};

#[test]
fn four_positions_of_width_four() {
    let lesson = Lesson::read("positional-encoding");
    for (position, row) in sinusoidal(4, 4, 0).rows().into_iter().enumerate() {
        lesson.row(&position.to_string(), &row.to_vec(), 5);
    }
}

#[test]
fn the_dot_product_of_two_encodings_depends_on_the_distance() {
    let lesson = Lesson::read("positional-encoding");
    for start in [30, 77] {
        let rows = sinusoidal(51, 64, start);
        let [zero, one, five, fifty] =
            [0, 1, 5, 50].map(|distance| shown(rows.row(0).dot(&rows.row(distance)), 1));
        lesson.says(format!(
            "it is {zero} for a position with itself, {one} with its neighbour, {five} at a distance of 5 and {fifty} \
             at a distance of 50"
        ));
    }
}

#[test]
fn wavelengths() {
    let lesson = Lesson::read("positional-encoding");
    for (pair, wavelength) in ["6.28", "62.8", "628", "6283"].into_iter().enumerate() {
        let computed = std::f32::consts::TAU * 10_000_f32.powf(2.0 * pair as f32 / 8.0);
        assert_close(
            f64::from(computed) / wavelength.parse::<f64>().expect("a number"),
            1.0,
            0.002,
        );
        lesson.says(format!("| {wavelength} |"));
    }
    let slowest = |exponent: f64| TAU * 10_000_f64.powf(exponent);
    assert_close(slowest(255.0 / 512.0), 617.0, 0.5);
    assert_close(slowest(510.0 / 512.0), 60_611.0, 0.5);
    lesson.says("617 positions instead of 60,611");
    assert_close(4_f64.exp(), 55.0, 0.5); // the base that log10 makes of 10,000
    assert_close(f64::from(1_f32.to_radians().sin()), 0.0175, 0.00005);
}

/// A score that is the dot product with the encoding three positions back is largest there.
#[test]
fn one_matrix_between_key_and_query_looks_three_words_back() {
    const WIDTH: usize = 64;
    let encoding = sinusoidal(60, WIDTH, 0);
    // Turns each pair of sine and cosine back by three positions.
    let mut m = Array2::<f32>::zeros((WIDTH, WIDTH));
    for pair in (0..WIDTH).step_by(2) {
        let (sin, cos) = (-3.0 * 10_000_f32.powf(-(pair as f32) / WIDTH as f32)).sin_cos();
        m[(pair, pair)] = cos;
        m[(pair, pair + 1)] = sin;
        m[(pair + 1, pair)] = -sin;
        m[(pair + 1, pair + 1)] = cos;
    }
    for position in [3, 10, 50] {
        let scores = encoding.dot(&m.dot(&encoding.row(position)));
        let best = (0..60).max_by(|&a, &b| scores[a].total_cmp(&scores[b]));
        assert_eq!(best, Some(position - 3));
    }
}

/// Finds the position whose angle is closest to that of position 0, and by how many radians it differs.
fn closest_to_the_start(speed: f64, positions: impl Iterator<Item = u32>) -> (u32, f64) {
    let away = |position: u32| {
        let angle = (f64::from(position) * speed).rem_euclid(TAU);
        angle.min(TAU - angle)
    };
    let closest = positions.min_by(|&a, &b| away(a).total_cmp(&away(b)));
    closest
        .map(|position| (position, away(position)))
        .expect("a position")
}

#[test]
fn one_pair_does_not_tell_positions_apart() {
    let lesson = Lesson::read("positional-encoding");
    let (closest, away) = closest_to_the_start(1.0, 1..=50);
    lesson.says(format!("{closest}. Seven full turns"));
    lesson.says(format!(
        "so position {closest} is {away:.2} radians away from position 0"
    ));
    let others = (1..=50).filter(|&position| position != closest);
    let (next, away) = closest_to_the_start(1.0, others);
    lesson.says(format!(
        "(Position {next}, the next closest, is {away:.2} radians away.)"
    ));
    let (closest, away) = closest_to_the_start(0.1, 1..=100);
    lesson.says(format!("{closest}. A full turn"));
    lesson.says(format!("so position {closest} is {away:.3} radians away"));
}
