//! `positional-encoding.md` and `rotary-embedding.md`.

use std::f32::consts::TAU;

use ndarray::{Array1, Axis, array};
use positional_encoding::sinusoidal;
use rotary_embedding::{Layout, rotate};

use super::{Lesson, joined, shown};
use crate::assert_close;

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
        let computed = TAU * 10_000_f32.powf(2.0 * pair as f32 / 8.0);
        assert_close(
            f64::from(computed) / wavelength.parse::<f64>().expect("a number"),
            1.0,
            0.002,
        );
        lesson.says(format!("| {wavelength} |"));
    }
    let slowest = |exponent: f64| std::f64::consts::TAU * 10_000_f64.powf(exponent);
    assert_close(slowest(255.0 / 512.0), 617.0, 0.5);
    assert_close(slowest(510.0 / 512.0), 60_611.0, 0.5);
    lesson.says("617 positions instead of 60,611");
    assert_close(4_f64.exp(), 55.0, 0.5); // the base that log10 makes of 10,000
    assert_close(f64::from(1_f32.to_radians().sin()), 0.0175, 0.00005);
}

#[test]
fn a_vector_is_rotated_in_both_layouts() {
    let lesson = Lesson::read("rotary-embedding");
    let x = array![
        [1.0, 0.0, 1.0, 0.0],
        [1.0, 0.0, 1.0, 0.0],
        [1.0, 0.0, 1.0, 0.0]
    ];
    let [pairs, halves] =
        [Layout::Interleaved, Layout::Halves].map(|layout| rotate(x.view(), 0, layout));
    assert_eq!((pairs.row(0), halves.row(0)), (x.row(0), x.row(0)));
    for position in [1, 2] {
        let halves: Vec<String> = halves
            .row(position)
            .iter()
            .map(|&number| {
                if number == 0.0 {
                    "0".to_owned()
                } else {
                    shown(number, 5)
                }
            })
            .collect();
        let pairs = joined(&pairs.row(position).to_vec(), 5, ", ");
        lesson.says(format!("| {position} | {pairs} | {} |", halves.join(", ")));
    }
    for row in pairs.rows().into_iter().chain(halves.rows()) {
        assert_close(f64::from(row.dot(&row)), 2.0, 1e-5);
    }
}

#[test]
fn rotated_dot_products() {
    let lesson = Lesson::read("rotary-embedding");
    let (q, k) = (array![1.0, 2.0, 0.0, 1.0], array![0.0, 1.0, 1.0, 1.0]);
    let turn = |x: &Array1<f32>, position, layout| {
        rotate(x.view().insert_axis(Axis(0)), position, layout)
            .row(0)
            .to_owned()
    };
    for (m, n) in [(3, 1), (10, 8), (1002, 1000), (3, 2), (1, 3)] {
        let [pairs, halves] = [Layout::Interleaved, Layout::Halves]
            .map(|layout| shown(turn(&q, m, layout).dot(&turn(&k, n, layout)), 4));
        let distance = m as i64 - n as i64;
        lesson.says(format!("| {m} | {n} | {distance} | {pairs} | {halves} |"));
    }
}

#[test]
fn far_out() {
    // The second pair of a head with 128 features at position 100,000.
    assert_close(100_000.0 * 10_000_f64.powf(-2.0 / 128.0), 86_596.0, 1.0);
    Lesson::read("rotary-embedding").says("about 86,596 radians");
    let steps = |angle: f32| angle.next_up() - angle;
    assert_close(f64::from(steps(86_596.0)), 0.008, 0.0005);
}
