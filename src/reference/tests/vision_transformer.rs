//! The Vision Transformer by its formulas, and by libtorch's kernels for the same.

use attentive_reference::{Random, Weights, encoder_block, vision_transformer};
use tch::Tensor;

/// A few roundings of numbers near 1.
const ROUNDING: f64 = 5e-6;

/// The largest difference of an entry.
fn difference(a: &Tensor, b: &Tensor) -> f64 {
    assert_eq!(a.size(), b.size());
    (a - b).abs().max().double_value(&[])
}

fn weights(random: &Random, sizes: &[(&str, &[i64])]) -> Weights {
    let tensors = sizes.iter().map(|(name, size)| {
        let tensor = random.normal(size) * 0.5;
        ((*name).to_owned(), tensor)
    });
    tensors.collect()
}

#[test]
fn patches_by_moving_axes_and_by_the_kernel() {
    let random = Random::new(1, "patches");
    for (shape, size) in [
        ([3, 4, 6], 2),
        ([2, 9, 7], 3),
        ([1, 5, 5], 5),
        ([4, 3, 2], 1),
    ] {
        let pixels = random.normal(&shape);
        let (kernel, formula) = (
            vision_transformer::cut(&pixels, size),
            vision_transformer::cut_by_axes(&pixels, size),
        );
        assert_eq!(difference(&kernel, &formula), 0.0, "{shape:?}");
    }
}

#[test]
fn a_grid_by_the_cubic_and_by_the_kernel() {
    let random = Random::new(1, "grids");
    for (side, rows, columns) in [
        (3, 4, 5),
        (5, 3, 3),
        (4, 2, 8),
        (1, 2, 3),
        (14, 24, 24),
        (6, 1, 6),
    ] {
        let positions = random.normal(&[1 + side * side, 2]);
        let grid = positions
            .narrow(0, 1, side * side)
            .tr()
            .view([2, side, side]);
        let down = vision_transformer::bicubic(side, rows);
        let across = vision_transformer::bicubic(side, columns);
        let formula = down.matmul(&grid).matmul(&across.tr()).flatten(1, 2).tr();
        let kernel = vision_transformer::resize(&positions, rows, columns);
        assert_eq!(
            kernel.get(0),
            positions.get(0),
            "the class token keeps its position"
        );
        let squares = kernel.narrow(0, 1, rows * columns);
        assert!(
            difference(&squares, &formula) < ROUNDING,
            "{side}: {rows} × {columns}"
        );
    }
}

#[test]
fn vectors_by_patches_and_by_a_convolution() {
    let sizes: [(&str, &[i64]); 5] = [
        ("images", &[2, 3, 5, 8]),
        ("w_projection", &[6, 12]),
        ("b_projection", &[6]),
        ("class_token", &[6]),
        ("positions", &[10, 6]),
    ];
    let w = weights(&Random::new(1, "vectors"), &sizes).with("patch_size", Tensor::from(2_i64));
    let patches = vision_transformer::embed(&w);
    assert_eq!(patches.size(), [2, 9, 6]);
    let convolution = vision_transformer::embed_by_convolution(&w);
    assert!(difference(&patches, &convolution) < ROUNDING);
}

#[test]
fn the_block_and_the_kernel_for_encoder_layers() {
    let sizes: [(&str, &[i64]); 17] = [
        ("x", &[2, 5, 6]),
        ("gamma_1", &[6]),
        ("beta_1", &[6]),
        ("w_q", &[6, 6]),
        ("b_q", &[6]),
        ("w_k", &[6, 6]),
        ("b_k", &[6]),
        ("w_v", &[6, 6]),
        ("b_v", &[6]),
        ("w_o", &[6, 6]),
        ("b_o", &[6]),
        ("gamma_2", &[6]),
        ("beta_2", &[6]),
        ("w_1", &[7, 6]),
        ("b_1", &[7]),
        ("w_2", &[6, 7]),
        ("b_2", &[6]),
    ];
    let random = Random::new(1, "block");
    for epsilon in [1e-12, 0.1] {
        let w = weights(&random, &sizes)
            .with("heads", Tensor::from(2_i64))
            .with("epsilon", Tensor::from(epsilon));
        let kernel = encoder_block::kernel_with(&w, true, true, epsilon);
        let formula = vision_transformer::block(&w).output;
        assert!(difference(&formula, &kernel) < ROUNDING, "ε {epsilon}");
    }
}
