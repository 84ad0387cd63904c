//! `costs.md`: what attention costs, and what the tricks save.

use masks::{causal, sliding_window};
use ndarray::{ArrayView1, Axis, array, s};
use scaled_dot_product::attention;
use softmax::softmax;

use crate::sample::normals;
use crate::{assert_close, assert_rows_close};

// ANCHOR: online
/// The maximum of a row, and the sum of the exponentials after it is subtracted.
///
/// The row comes in blocks, and each is read only once.
fn online(blocks: &[ArrayView1<'_, f32>]) -> (f32, f32) {
    let (mut max, mut sum) = (f32::NEG_INFINITY, 0.0);
    for block in blocks {
        let new = block.fold(max, |max, &score| max.max(score));
        let here = block.mapv(|score| (score - new).exp()).sum();
        sum = sum * (max - new).exp() + here;
        max = new;
    }
    (max, sum)
}
// ANCHOR_END: online

#[test]
fn a_softmax_from_two_blocks_is_that_of_the_whole_row() {
    let row = array![1.0, 2.0, 4.0, 3.0];
    let (first, second) = row.view().split_at(Axis(0), 2);
    let ((max_1, sum_1), (max, sum)) = (online(&[first]), online(&[first, second]));
    assert_rows_close(&[max_1, sum_1, max, sum], &[2.0, 1.368, 4.0, 1.553], 0.0005);
    let weights = row.mapv(|score| (score - max).exp() / sum).to_vec();
    assert_rows_close(&weights, softmax(row.insert_axis(Axis(0)).view()).as_slice().expect("one row"), 1e-6);
    assert_rows_close(&weights, &[0.032, 0.087, 0.644, 0.237], 0.0005);
}

/// The multiplications of a block for `n` positions: those that grow with n, and those that grow with n².
fn multiplications(n: f64, d: f64) -> (f64, f64) {
    (12.0 * n * d * d, 2.0 * n * n * d)
}

#[test]
fn the_quadratic_part_is_small_until_the_length_is_six_times_the_width() {
    for (n, linear, quadratic, share) in [
        (128.0, 0.91e9, 0.025e9, 2.7),
        (512.0, 3.62e9, 0.40e9, 10.0),
        (1024.0, 7.25e9, 1.61e9, 18.2),
        (4608.0, 32.6e9, 32.6e9, 50.0),
        (32_768.0, 232e9, 1649e9, 87.7),
    ] {
        let (linearly, quadratically) = multiplications(n, 768.0);
        assert_close(linearly / linear, 1.0, 0.01);
        assert_close(quadratically / quadratic, 1.0, 0.01);
        assert_close(100.0 * quadratically / (linearly + quadratically), share, 0.05);
    }
}

#[test]
fn the_weights_and_the_cache_in_bytes() {
    let weights = |n: f64| 12.0 * n * n * 4.0;
    assert_close(weights(1024.0), 50.3e6, 0.05e6);
    assert_close(weights(32_768.0), 51.5e9, 0.05e9);
    let cache = |layers: usize, width: usize| 2 * layers * width * 2; // keys and values, two bytes each
    assert_eq!(cache(12, 768), 36 * 1024);
    assert_eq!(cache(32, 4096), 512 * 1024);
    assert_eq!(cache(32, 8 * 128), 128 * 1024);
    assert_eq!(4096 * cache(32, 4096), 2 << 30);
    assert_eq!((1..=1000).sum::<usize>(), 500_500);
}

#[test]
fn a_window_makes_the_scores_grow_with_the_length() {
    // As `sliding_window` counts them, without a mask of 2³⁰ entries.
    let scores = |n: u64, window: u64| window * (window + 1) / 2 + (n - window) * window;
    let small = sliding_window(50, 50, 7).iter().filter(|&&may| may).count();
    assert_eq!(small as u64, scores(50, 7));
    assert_eq!((scores(32_768, 32_768), scores(32_768, 4096)), (536_887_296, 125_831_168));
}

#[test]
fn keys_that_were_kept_give_the_same_output_as_keys_computed_anew() {
    let [q, k, v] = [1, 2, 3].map(|seed| normals((6, 4), seed));
    let mask = causal(6, 6);
    let (all, _) = attention(q.view(), k.view(), v.view(), Some(mask.view()));
    let (last, _) = attention(q.slice(s![5.., ..]), k.view(), v.view(), None);
    assert_rows_close(&last.row(0).to_vec(), &all.row(5).to_vec(), 1e-6);
}
