//! The quizzes of the lessons from multi-head attention to the whole transformer.

use std::f64::consts::TAU;

use encoder_block::{Dropout, EncoderWeights, FeedForward, Norm, keras_block};
use feed_forward::{feed_forward, gelu, swiglu};
use layer_norm::{layer_norm, pre_norm, rms_norm};
use multi_head_attention::{Projections, merge_heads, multi_head_attention, split_heads};
use ndarray::{Array1, Array2, Array3, Axis, array, s};
use positional_encoding::sinusoidal;
use rotary_embedding::{Layout, attention_with_rotary, rotate};

use super::{Checks, Numbers};
use crate::assert_close;
use crate::lessons::parameters::{block, decoder_block, linear};
use crate::random::normals;

const EPSILON: f32 = 1e-5;

fn normed(x: &Array2<f32>) -> Array2<f32> {
    layer_norm(
        x.view(),
        Array1::ones(x.ncols()).view(),
        Array1::zeros(x.ncols()).view(),
        EPSILON,
    )
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

    /// With one part changed.
    fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    /// How much the output differs from that of `other`, at most.
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

pub(super) const NUMBERS: Numbers = &[
    ("heads-width", || {
        split_heads(Array3::zeros((1, 2, 768)).view(), 12).len_of(Axis(3)) as f64
    }),
    ("heads-parameters", || 4.0 * linear(512, 512) as f64),
    ("positions-entry", || f64::from(sinusoidal(3, 4, 0)[(2, 2)])),
    ("positions-wavelength", || {
        let far = f64::from(sinusoidal(1, 8, 100)[(0, 4)]); // the sine of an angle of 100 steps
        assert_close(far, 1_f64.sin(), 1e-5);
        TAU * 100.0
    }),
    ("norm-largest", || {
        f64::from(normed(&array![[1.0, 2.0, 3.0]])[(0, 2)])
    }),
    ("norm-rms", || {
        f64::from(rms_norm(array![[3.0, 4.0]].view(), array![1.0, 1.0].view(), EPSILON)[(0, 0)])
    }),
    ("ffn-parameters", || {
        (linear(512, 2048) + linear(2048, 512)) as f64
    }),
    ("ffn-gelu", || f64::from(gelu(array![[1.0]].view())[(0, 0)])),
    ("encoder-parameters", || block(768, 3072) as f64 / 1e6),
    ("encoder-dropout", || {
        // Nothing but the last bias of attention reaches dropout, and everything is kept.
        let (w, zero, kept) = (Array2::zeros((2, 2)), Array1::zeros(2), array![0.9, 0.9]);
        let (w, b, keep) = (w.view(), zero.view(), Array3::from_elem((1, 1, 2), true));
        let norm = Norm { gamma: b, beta: b };
        let weights = EncoderWeights {
            attention: Projections {
                w_q: w,
                b_q: b,
                w_k: w,
                b_k: b,
                w_v: w,
                b_v: b,
                w_o: w,
                b_o: kept.view(),
            },
            norm_1: norm,
            feed_forward: FeedForward {
                w_1: w,
                b_1: b,
                w_2: w,
                b_2: b,
            },
            norm_2: norm,
        };
        let dropout = Dropout {
            rate: 0.1,
            keep_attention: keep.view(),
            keep_feed_forward: keep.view(),
        };
        let steps = keras_block(Array3::zeros((1, 1, 2)).view(), &weights, 1, Some(&dropout));
        f64::from(steps.attention[(0, 0, 0)])
    }),
    ("decoder-cross-weights", || {
        let (x, memory, one, zero) = (
            normals((1, 4, 8), 1),
            normals((1, 7, 8), 2),
            Array2::eye(8),
            Array1::zeros(8),
        );
        let (w, b) = (one.view(), zero.view());
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
        multi_head_attention(
            x.view(),
            memory.view(),
            memory.view(),
            &projections,
            8,
            None,
        )
        .1
        .len() as f64
    }),
    ("transformer-parameters", || {
        assert_eq!(
            (block(512, 2048), decoder_block(512, 2048)),
            (3_152_384, 4_204_032)
        );
        6.0 * (block(512, 2048) + decoder_block(512, 2048)) as f64 / 1e6
    }),
    ("transformer-embedding-scale", || 512_f64.sqrt()),
    ("rotary-second", || {
        f64::from(rotate(array![[1.0, 0.0]].view(), 3, Layout::Interleaved)[(0, 1)])
    }),
    ("rotary-theta", || {
        f64::from(rotate(array![[0.0, 0.0, 1.0, 0.0]].view(), 1, Layout::Interleaved)[(0, 3)])
            .asin()
    }),
];

pub(super) const CHECKS: Checks = &[
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
    ("norm-scaled-row", || {
        let x = normals((2, 6), 1);
        assert!(
            (normed(&(&x * 10.0 + 3.0)) - normed(&x))
                .iter()
                .all(|difference| difference.abs() < 1e-3)
        );
    }),
    ("norm-pre", || {
        let (x, f) = (normals((3, 4), 1), |x: &Array2<f32>| x.mapv(|x| x * x));
        let (gamma, beta) = (Array1::ones(4), Array1::zeros(4));
        let expected = pre_norm(
            x.view(),
            |x| f(&x.to_owned()),
            gamma.view(),
            beta.view(),
            EPSILON,
        );
        let differs = |other: Array2<f32>| {
            (other - &expected)
                .iter()
                .any(|difference| difference.abs() > 0.1)
        };
        assert!(!differs(&x + &f(&normed(&x))));
        assert!(differs(normed(&(&x + &f(&x)))));
        assert!(differs(&x + &normed(&f(&x))));
        assert!(differs(&normed(&x) + &f(&normed(&x))));
    }),
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
        let run =
            |v: &Array2<f32>| swiglu(array![[1.0, -1.5]].view(), w.view(), v.view(), w_2.view());
        let mut other = v.clone();
        other.row_mut(0).fill(100.0);
        assert_eq!(run(&v), run(&other));
    }),
    ("norm-batch", || {
        let (one, two) = (normals((2, 6), 1), normals((4, 6), 1)); // the same two rows, and two more
        assert_eq!(one, two.slice(s![..2, ..]));
        assert_eq!(normed(&one), normed(&two).slice(s![..2, ..]));
        let everything = |x: &Array2<f32>| (x - x.mean().unwrap_or_default()) / x.std(0.0);
        assert_ne!(everything(&one), everything(&two).slice(s![..2, ..]));
    }),
    ("positions-generation", || {
        assert_eq!(sinusoidal(1, 8, 40).row(0), sinusoidal(41, 8, 0).row(40));
        assert_ne!(sinusoidal(1, 8, 40), sinusoidal(1, 8, 0));
    }),
    ("rotary-shift", || {
        let (q, k, v) = (normals((2, 4), 1), normals((5, 4), 2), normals((5, 3), 3));
        let at = |offset| {
            attention_with_rotary(q.view(), k.view(), v.view(), None, offset, Layout::Halves)
        };
        assert!(
            (at(0).0 - at(100).0)
                .iter()
                .chain(&(at(0).1 - at(100).1))
                .all(|difference| difference.abs() < 1e-4)
        );
        let keys = |offset| rotate(k.view(), offset, Layout::Halves);
        assert!(
            (keys(0) - keys(100))
                .iter()
                .any(|difference| difference.abs() > 0.1)
        );
        assert_close(
            f64::from(keys(0).mapv(|x| x * x).sum()),
            f64::from(keys(100).mapv(|x| x * x).sum()),
            1e-4,
        );
    }),
    ("rotary-layout", || {
        let k = normals((3, 4), 1);
        let [pairs, halves] =
            [Layout::Interleaved, Layout::Halves].map(|layout| rotate(k.view(), 0, layout));
        assert!(pairs.row(0) == halves.row(0) && pairs.row(1) != halves.row(1));
    }),
];
