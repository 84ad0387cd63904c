//! The quizzes of the lessons on families, applications and costs.

use masks::causal;
use ndarray::{Array1, Axis, array, s};
use softmax::{log_softmax, softmax};

use super::{Checks, Numbers};
use crate::lessons::parameters::linear;
use crate::lessons::tokens::word_pieces;
use crate::patches::patches;
use crate::pieces::merges;

pub(super) const NUMBERS: Numbers = &[
    ("tokens-greedy", || {
        let known = |piece: &str| {
            let piece = piece.trim_start_matches("##");
            piece.len() == 1 || ["un", "unhap", "happy"].contains(&piece)
        };
        word_pieces("unhappy", known).map_or(0.0, |pieces| pieces.len() as f64)
    }),
    ("tokens-first-merge", || {
        merges(&[("low", 5), ("lower", 2), ("slow", 3)])[0].1 as f64
    }),
    ("tuning-first-loss", || {
        -f64::from(log_softmax(array![[0.0, 0.0, 0.0, 0.0]].view())[(0, 0)])
    }),
    ("tuning-head", || linear(1024, 3) as f64),
    ("families-visible", || {
        causal(6, 6).iter().filter(|&&may| may).count() as f64
    }),
    ("families-embedding", || 30_522.0 * 768.0 / 1e6),
    ("vit-patches", || f64::from((224 / 16) * (224 / 16) + 1)),
    ("vit-numbers", || f64::from(32 * 32 * 3)),
    ("generation-temperature", || {
        f64::from(softmax((array![[2.0, 1.0]] / 0.5).view())[(0, 0)])
    }),
    ("costs-crossover", || {
        let d = 1024.0;
        let quadratic_is_less = |n: &f64| 2.0 * n * n * d < 12.0 * n * d * d;
        (1..)
            .map(f64::from)
            .find(|n| !quadratic_is_less(n))
            .unwrap_or_default()
    }),
    ("costs-longer", || (30.0 * 30.0) / (10.0 * 10.0)),
    ("costs-cache", || f64::from(2 * 12 * 768 * 2) / 1024.0),
    ("costs-no-cache", || f64::from((1..=100).sum::<u32>())),
];

pub(super) const CHECKS: Checks = &[
    ("qa-span", || {
        let (start, end) = ([1, 4, 3, 0], [5, 0, 3, 1]);
        let spans = (0..4).flat_map(|first| (first..4).map(move |last| (first, last)));
        let best = spans.max_by_key(|&(first, last)| start[first] + end[last]);
        assert_eq!(best, Some((1, 2)));
    }),
    ("vit-reshape", || {
        let image = Array1::range(0.0, 16.0, 1.0)
            .into_shape_with_order((4, 4, 1))
            .expect("16 numbers");
        assert_eq!(patches(&image, 2).row(0).to_vec(), [0.0, 1.0, 4.0, 5.0]);
        let pixels = image.index_axis(Axis(2), 0);
        assert_eq!(pixels.row(0).to_vec(), [0.0, 1.0, 2.0, 3.0]);
        assert_eq!(
            pixels
                .slice(s![..;2, ..;2])
                .iter()
                .copied()
                .collect::<Vec<f32>>(),
            [0.0, 2.0, 8.0, 10.0]
        );
        assert_eq!(
            pixels
                .slice(s![..2, ..2])
                .t()
                .iter()
                .copied()
                .collect::<Vec<f32>>(),
            [0.0, 4.0, 1.0, 5.0]
        );
    }),
];
