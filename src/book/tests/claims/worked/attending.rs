//! `scaled-dot-product.md`, `masks.md` and `multi-head-attention.md`.

use masks::{causal, combine, padding, sliding_window};
use multi_head_attention::{Projections, multi_head_attention};
use ndarray::{Array1, Array2, Array3, Axis, array, s};
use scaled_dot_product::{attention, scores};
use softmax::softmax;

use super::{Lesson, joined, shown};
use crate::assert_close;
use crate::random::normals;

#[test]
fn two_queries_and_three_keys() {
    let lesson = Lesson::read("scaled-dot-product");
    let q = array![[1.0, 0.0, 1.0, 0.0], [0.0, 1.0, 0.0, 2.0]];
    let k = array![
        [2.0, 0.0, 2.0, 0.0],
        [1.0, 1.0, 1.0, 0.0],
        [0.0, 2.0, 0.0, 1.0]
    ];
    let v = array![[10.0, 0.0], [0.0, 10.0], [5.0, 5.0]];
    lesson.matrix(&scores(q.view(), k.view()), 1);
    let (output, weights) = attention(q.view(), k.view(), v.view(), None);
    lesson.matrix(&weights, 3);
    lesson.matrix(&output, 3);
    let exp = [2.0_f32, 1.0, 0.0].map(f32::exp);
    let [first, second] = [exp[0], exp[1]].map(|exp| shown(exp, 3));
    let sum = shown(exp.iter().sum(), 3);
    lesson.says(format!(r"{first} + {second} + 1 = {sum}"));
    lesson.says(format!(
        r"{first} / {sum} \approx {}",
        shown(weights[(0, 0)], 3)
    ));
}

#[test]
fn the_gap_between_unscaled_scores_is_often_five_or_more() {
    let gap = |seed: u64| {
        let (q, k) = (normals((1, 64), seed), normals((5, 64), seed + 1000));
        let mut row = (scores(q.view(), k.view()) * 8.0).row(0).to_vec();
        row.sort_by(|a, b| b.total_cmp(a));
        row[0] - row[1]
    };
    let often = (0..400).filter(|&seed| gap(seed) >= 5.0).count();
    assert!((100..300).contains(&often), "{often} of 400");
    Lesson::read("scaled-dot-product").says(format!(r"e^5 \approx {:.0}", 5_f32.exp()));
}

#[test]
fn the_masks_of_the_worked_example() {
    let lesson = Lesson::read("masks");
    let both = combine(padding(&[4], 5).view(), causal(3, 5).view())
        .index_axis(Axis(0), 0)
        .to_owned();
    for mask in [causal(3, 5), sliding_window(3, 5, 2), both] {
        let rows: Vec<String> = mask
            .rows()
            .into_iter()
            .map(|row| joined(&row.mapv(|may| f32::from(u8::from(may))).to_vec(), 0, " & "))
            .collect();
        lesson.says(format!(
            r"\begin{{pmatrix}} {} \end{{pmatrix}}",
            rows.join(r" \\ ")
        ));
    }
    let count = causal(2, 7).iter().filter(|&&may| may).count();
    assert_eq!(count, 13);
    lesson.says("Thirteen.");
}

/// The input of the worked example, and what its two heads make of it: weights and merged outputs.
fn two_heads() -> (Array3<f32>, Vec<Array2<f32>>, Array2<f32>) {
    let x = array![[
        [1.0, 0.0, 0.0, 2.0],
        [0.0, 1.0, 2.0, 0.0],
        [1.0, 1.0, 0.0, 0.0]
    ]];
    let (one, none) = (Array2::eye(4), Array1::zeros(4));
    let (w, b) = (one.view(), none.view());
    let projections = Projections {
        w_q: w,
        b_q: b,
        w_k: w,
        b_k: b,
        w_v: w,
        b_v: b,
        w_o: w,
        b_o: b,
    };
    let (merged, weights) =
        multi_head_attention(x.view(), x.view(), x.view(), &projections, 2, None);
    let heads = (0..2)
        .map(|head| weights.slice(s![0, head, .., ..]).to_owned())
        .collect();
    (x, heads, merged.index_axis(Axis(0), 0).to_owned())
}

#[test]
fn two_heads_disagree() {
    let lesson = Lesson::read("multi-head-attention");
    let (_, heads, merged) = two_heads();
    heads.iter().for_each(|weights| lesson.matrix(weights, 3));
    lesson.matrix(&merged, 3);
    let w_o = array![
        [1., 0., 1., 0.],
        [0., 1., 0., 1.],
        [1., 0., -1., 0.],
        [0., 1., 0., -1.]
    ];
    lesson.matrix(&merged.dot(&w_o.t()), 3);
}

#[test]
fn the_tutorials_scale_makes_the_weights_nearly_even() {
    let lesson = Lesson::read("multi-head-attention");
    // Scores of standard deviation 1 over 10 keys, and the same divided by √8 once more.
    let largest = |divisor: f32| {
        let rows = softmax((normals((4000, 10), 1) / divisor).view());
        rows.rows()
            .into_iter()
            .map(|row| row.fold(0.0, |a: f32, &b| a.max(b)))
            .sum::<f32>()
            / 4000.0
    };
    let [right, tutorial] = [1.0, 8_f32.sqrt()].map(|divisor| shown(largest(divisor), 2));
    lesson.says(format!("largest weight of a row is {right} on average"));
    lesson.says(format!(r"\sqrt{{8}} it is {tutorial}"));
    assert_close(f64::from(32_f32.sqrt()), 5.7, 0.05);
    assert_eq!((32 * 32, 256 * 256), (1024, 65_536));
}
