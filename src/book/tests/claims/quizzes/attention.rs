//! The quizzes of the lessons up to self-attention.

use additive_attention::alignment;
use attention_pooling::pool;
use masks::{causal, combine, padding, sliding_window};
use multiplicative_attention::{attend, dot, general};
use ndarray::{Array1, Array2, Axis, array};
use scaled_dot_product::{attention, scores};
use softmax::{log_softmax, masked_softmax, softmax};

use super::{Checks, Numbers};
use crate::assert_close;
use crate::lessons::pronoun;
use crate::random::normals;

fn allowed(mask: &Array2<bool>) -> f64 {
    mask.iter().filter(|&&may| may).count() as f64
}

pub(super) const NUMBERS: Numbers = &[
    ("why-attention-decay", || (1..20).fold(0.1, |h, _| 0.9 * h)),
    ("softmax-one-apart", || {
        let weights = softmax(array![[-3.0, -2.0, 7.0]].view());
        f64::from(weights[(0, 1)] / weights[(0, 0)])
    }),
    ("softmax-masked", || {
        let weights = masked_softmax(
            array![[1.0, 2.0, 4.0]].view(),
            array![[true, true, false]].view(),
        );
        f64::from(weights[(0, 1)])
    }),
    ("pooling-weight", || {
        let (hidden, mask) = (normals((1, 3, 4), 1), array![[true, true, false]]);
        let (_, weights) = pool(
            hidden.view(),
            array![[2.0, 0.0, 0.0]].view(),
            Some(mask.view()),
        );
        f64::from(weights[(0, 0)])
    }),
    ("additive-score", || {
        let (half, one) = (array![[0.5, 0.0]], Array2::eye(2));
        f64::from(
            alignment(
                half.view(),
                half.view(),
                one.view(),
                one.view(),
                array![3.0, 1.0].view(),
            )[(0, 0)],
        )
    }),
    ("additive-tanh-count", || {
        let (queries, keys, hidden) = (20, 30, 10);
        let pairs = alignment(
            Array2::zeros((queries, 3)).view(),
            Array2::zeros((keys, 4)).view(),
            Array2::zeros((hidden, 3)).view(),
            Array2::zeros((hidden, 4)).view(),
            Array1::zeros(hidden).view(),
        );
        (pairs.len() * hidden) as f64
    }),
    ("multiplicative-general", || {
        let w_a = array![[0.0, 2.0], [-1.0, 0.0]];
        f64::from(
            general(
                array![[1.0, 2.0]].view(),
                array![[3.0, 1.0]].view(),
                w_a.view(),
            )[(0, 0)],
        )
    }),
    ("multiplicative-longer-query", || {
        let (query, keys) = (array![[1.0]], array![[2_f32.ln()], [0.0]]);
        let (_, weights) = attend(dot((query * 3.0).view(), keys.view()).view(), keys.view());
        f64::from(weights[(0, 0)] / weights[(0, 1)])
    }),
    ("scaled-deviation", || {
        // Of 256 products of independent numbers whose variance is 1: the same with the largest and the smallest.
        let (q, k) = (normals((200, 256), 1), normals((200, 256), 2));
        let measured = f64::from(q.dot(&k.t()).std(0.0));
        assert_close(measured, 16.0, 0.3);
        256_f64.sqrt()
    }),
    ("scaled-weight", || {
        let k = array![[2.0, 0.0], [0.0, 0.0]];
        f64::from(attention(array![[1.0, 1.0]].view(), k.view(), k.view(), None).1[(0, 0)])
    }),
    ("masks-causal-count", || allowed(&causal(3, 8))),
    ("masks-window-count", || allowed(&sliding_window(6, 6, 3))),
    ("self-attention-unprojected", || {
        let x = array![[1.0, 1.0], [1.0, 0.0]];
        f64::from(attention(x.view(), x.view(), x.view(), None).1[(0, 0)])
    }),
];

pub(super) const CHECKS: Checks = &[
    ("softmax-overflow", || {
        let e = array![101_f32, 102.0, 104.0].exp();
        assert!((&e / e.sum()).iter().all(|weight| weight.is_nan()));
    }),
    ("softmax-flat-sums", || {
        let x = normals((3, 3), 1);
        let e = x.exp();
        let sums = e.sum_axis(Axis(1));
        assert_eq!(
            &e / &sums,
            Array2::from_shape_fn((3, 3), |(i, j)| e[(i, j)] / sums[j])
        );
        let down = &e / &e.sum_axis(Axis(0));
        assert!(
            (down - softmax(x.t()).t())
                .iter()
                .all(|difference| difference.abs() < 1e-6)
        );
    }),
    ("softmax-log", || {
        let x = array![[0.0, 120.0]];
        let logarithms = log_softmax(x.view());
        assert!(
            logarithms
                .iter()
                .all(|logarithm| logarithm.is_finite() && *logarithm <= 0.0)
        );
        assert_close(f64::from(logarithms.exp().sum()), 1.0, 1e-6);
        assert_eq!(softmax(x.view()).ln()[(0, 0)], f32::NEG_INFINITY);
    }),
    ("pooling-shapes", || {
        let (context, weights) = pool(
            normals((2, 5, 8), 1).view(),
            normals((2, 5), 2).view(),
            None,
        );
        assert_eq!((weights.dim(), context.dim()), ((2, 5), (2, 8)));
    }),
    ("pooling-mask-after", || {
        let mut weights = softmax(array![[2.0, 0.0, 1.0]].view());
        weights[(0, 2)] = 0.0; // the padding
        assert!(weights.sum() < 0.99);
    }),
    ("pooling-all-padding", || {
        let mask = array![[false, false]];
        let (context, _) = pool(
            normals((1, 2, 3), 1).view(),
            array![[1.0, 2.0]].view(),
            Some(mask.view()),
        );
        assert_eq!(context, Array2::<f32>::zeros((1, 3)));
    }),
    ("additive-tanh-each", || {
        let (asked, offered, v) = (
            normals((3, 4), 1).tanh(),
            normals((5, 4), 2).tanh(),
            normals(4, 3),
        );
        let scores = Array2::from_shape_fn((3, 5), |(i, j)| {
            v.dot(&asked.row(i)) + v.dot(&offered.row(j))
        });
        let weights = softmax(scores.view());
        assert!(
            (&weights - &weights.row(0))
                .iter()
                .all(|difference| difference.abs() < 1e-6)
        );
    }),
    ("multiplicative-transposed", || {
        let (q, k, w) = (normals((2, 3), 1), normals((4, 3), 2), normals((3, 3), 3));
        let symmetric = &w + &w.t();
        let difference = |w: &Array2<f32>| {
            (general(q.view(), k.view(), w.t()) - general(q.view(), k.view(), w.view()))
                .abs()
                .sum()
        };
        assert!(difference(&symmetric) < 1e-4 && difference(&w) > 1.0);
    }),
    ("multiplicative-twice", || {
        let once = softmax(array![[0.0, 2.0, 4.0]].view());
        assert_close(f64::from(once[(0, 2)]), 0.87, 0.005);
        assert_close(f64::from(softmax(once.view())[(0, 2)]), 0.53, 0.005);
    }),
    // The lesson's answer to its prediction gives both numbers, too.
    ("scaled-largest-weight", || {
        let largest = |scale: f32| {
            let of = |seed: u64| {
                let scores = scores(
                    normals((1, 64), seed).view(),
                    normals((5, 64), seed + 1000).view(),
                );
                softmax((scores * scale).view()).fold(0.0, |max: f32, &weight| max.max(weight))
            };
            f64::from((0..400).map(of).sum::<f32>() / 400.0)
        };
        assert_close(largest(8.0), 0.90, 0.01);
        assert_close(largest(1.0), 0.46, 0.01);
    }),
    ("scaled-ratio", || {
        let (q, k) = (normals((2, 64), 1), normals((3, 64), 2));
        let (expected, product) = (scores(q.view(), k.view()), dot(q.view(), k.view()));
        assert!(
            (&product / &expected)
                .iter()
                .all(|ratio| (ratio - 8.0).abs() < 1e-3)
        );
        assert!(
            (product * 8.0 / expected)
                .iter()
                .all(|ratio| (ratio - 64.0).abs() < 1e-2)
        );
    }),
    ("scaled-zeroed", || {
        let weights = softmax(array![[0.5, -1.5, 0.0]].view());
        assert!(weights[(0, 0)] > weights[(0, 2)] && weights[(0, 2)] > weights[(0, 1)]);
    }),
    ("scaled-nothing-allowed", || {
        let (k, mask) = (normals((3, 2), 1), array![[false, false, false]]);
        let (output, weights) = attention(
            array![[1.0, 2.0]].view(),
            k.view(),
            k.view(),
            Some(mask.view()),
        );
        assert_eq!((output.sum(), weights.sum()), (0.0, 0.0));
    }),
    ("masks-one-query", || {
        let sees = |may: fn(usize, usize) -> bool| (0..10).filter(|&key| may(key, 0)).count();
        assert_eq!(
            (
                sees(|key, query| key <= query),
                sees(|key, query| key < query)
            ),
            (1, 0)
        );
        assert_eq!(allowed(&causal(1, 10)), 10.0);
    }),
    ("masks-polarity", || {
        let read_the_other_way = causal(5, 5).mapv(|may| !may);
        for (query, row) in read_the_other_way.rows().into_iter().enumerate() {
            assert!(
                row.iter()
                    .enumerate()
                    .all(|(key, &may)| may == (key > query))
            );
        }
    }),
    ("masks-combined", || {
        let mask = combine(padding(&[3], 5).view(), causal(5, 5).view());
        let entries = [(1, 0), (1, 2), (4, 2), (4, 3)].map(|(query, key)| mask[(0, query, key)]);
        assert_eq!(entries, [true, false, true, false]);
    }),
    ("self-attention-swap", || {
        let (x, w) = (normals((4, 3), 1), normals((3, 3), 2));
        let attend =
            |x: &Array2<f32>| attention(x.dot(&w).view(), x.view(), x.dot(&w.t()).view(), None).0;
        let swap = |x: &Array2<f32>| x.select(Axis(0), &[1, 0, 2, 3]);
        assert!(
            (attend(&swap(&x)) - swap(&attend(&x)))
                .iter()
                .all(|difference| difference.abs() < 1e-5)
        );
    }),
    ("self-attention-true", || {
        let (x, w) = (normals((6, 3), 1), normals((3, 3), 2));
        let scores = scores(x.dot(&w).view(), x.view());
        assert!((scores[(3, 5)] - scores[(5, 3)]).abs() > 0.1);
        let without = self::scores(x.view(), x.view());
        assert_close(f64::from(without[(3, 5)]), f64::from(without[(5, 3)]), 1e-6);
    }),
    ("self-attention-it", || {
        assert_close(f64::from(pronoun::it(true, 1)[0]), 0.455, 0.0005);
        assert_close(f64::from(pronoun::it(true, 2)[0]), 0.806, 0.0005);
    }),
];
