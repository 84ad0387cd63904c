//! Claims of `multi-head-attention.md` and its quiz, computed.

use attentive_book::figures::random::normals;
use multi_head_attention::{Projections, merge_heads, multi_head_attention, split_heads};
use ndarray::{Array1, Array2, Array3, Axis, array, s};
use scaled_dot_product::scores;
use softmax::softmax;

use crate::assert_close;
use crate::lesson::{Lesson, shown};
use crate::lessons::three_families::linear;
use crate::quizzes::QuizClaims;

pub(crate) const QUIZ: QuizClaims = QuizClaims {
    numbers: &[
        ("heads-width", || {
            split_heads(Array3::zeros((1, 2, 768)).view(), 12).len_of(Axis(3)) as f64
        }),
        ("heads-parameters", || 4.0 * linear(512, 512) as f64),
    ],
    checks: &[
        ("heads-split", || {
            let x = Array1::range(0.0, 24.0, 1.0)
                .into_shape_with_order((1, 4, 6))
                .expect("24 numbers");
            assert_eq!(
                split_heads(x.view(), 2).slice(s![0, 0, 1, ..]).to_vec(),
                [6.0, 7.0, 8.0]
            );
            let reshaped = x.to_shape((1, 2, 4, 3)).expect("24 numbers");
            assert_eq!(reshaped.slice(s![0, 0, 1, ..]).to_vec(), [3.0, 4.0, 5.0]);
            assert_eq!(x.slice(s![0, 1, ..;2]).to_vec(), [6.0, 8.0, 10.0]);
            assert_eq!(
                split_heads(x.view(), 3).slice(s![0, 0, 1, ..]).to_vec(),
                [6.0, 7.0]
            );
        }),
        ("heads-there-and-back", || {
            let x = normals((2, 4, 6), 1);
            assert_eq!(merge_heads(split_heads(x.view(), 2).view()), x);
            let there = x.to_shape((2, 2, 4, 3)).expect("as many numbers");
            assert_eq!(there.to_shape((2, 4, 6)).expect("as many numbers"), x);
            assert_ne!(there, split_heads(x.view(), 2));
        }),
        ("heads-unchanged", || {
            let layer = Layer::new();
            let changed = |change: fn(&mut Layer)| layer.difference(&layer.clone().with(change));
            assert!(changed(|layer| layer.b[K] += 2.0) < 1e-3);
            assert!(changed(|layer| layer.b[Q] += 2.0) > 0.1);
            let halved = |layer: &mut Layer| {
                for (part, factor) in [(Q, 2.0), (K, 0.5)] {
                    layer.w[part] *= factor;
                    layer.b[part] *= factor;
                }
            };
            assert!(changed(halved) < 1e-3);
            assert!(changed(|layer| layer.b[V].fill(0.0)) > 0.1);
        }),
    ],
    slips: &[("heads-width", "12", || 12.0)],
};

/// The input of the worked example, the weights of its two heads, and their merged outputs.
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
    let lesson = Lesson::read("famous-mistake");
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

#[test]
fn a_bias_of_the_keys_moves_all_scores_of_a_query_alike() {
    let lesson = Lesson::read("multi-head-attention");
    let keys = array![[1.0, 0.0], [0.0, -1.0]];
    let rises = |query: [f32; 2], on_query: f32, on_keys: f32| {
        let scores = |q: Array2<f32>, k: Array2<f32>| scores(q.view(), k.view());
        let query = array![query];
        let risen = scores(&query + on_query, &keys + on_keys) - scores(query, keys.clone());
        [0, 1].map(|key| shown(risen[(0, key)], 2))
    };
    let [one, other] = rises([3.0, 1.0], 0.0, 2.0);
    assert_eq!(one, other);
    lesson.says(format!(r"/ \sqrt{{2}} \approx {one}, and its weights stay"));
    let [first, second] = rises([3.0, 1.0], 2.0, 0.0);
    lesson.says(format!(
        r"rises by 2 / \sqrt{{2}} \approx {first} and that of the second falls by {}",
        second.trim_start_matches('-')
    ));
}

/// The projections of a small layer, to be changed one by one.
#[derive(Clone)]
struct Layer {
    w: [Array2<f32>; 4],
    b: [Array1<f32>; 4],
}

const Q: usize = 0;
const K: usize = 1;
const V: usize = 2;

impl Layer {
    fn new() -> Self {
        Self {
            w: [1, 2, 3, 4].map(|seed| normals((6, 6), seed)),
            b: [5, 6, 7, 8].map(|seed| normals(6, seed)),
        }
    }

    /// Changes one part.
    fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    /// Returns the largest difference between the outputs of two layers.
    fn difference(&self, other: &Self) -> f32 {
        let [mine, theirs] = [self, other].map(|layer| {
            let ([w_q, w_k, w_v, w_o], [b_q, b_k, b_v, b_o]) = (
                layer.w.each_ref().map(|w| w.view()),
                layer.b.each_ref().map(|b| b.view()),
            );
            let projections = Projections {
                w_q,
                b_q,
                w_k,
                b_k,
                w_v,
                b_v,
                w_o,
                b_o,
            };
            let (x, memory) = (normals((1, 4, 6), 9), normals((1, 7, 6), 10));
            multi_head_attention(
                x.view(),
                memory.view(),
                memory.view(),
                &projections,
                2,
                None,
            )
            .0
        });
        (mine - theirs).fold(0.0, |max, difference| max.max(difference.abs()))
    }
}
