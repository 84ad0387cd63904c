//! Correct ways of solving the exercise that differ from the solution: the grader has to accept every one.

#[path = "../../11-encoder-block/tests/in_f64/mod.rs"]
mod in_f64;

use attentive_grader::{Exercise, exercise};
use decoder_block::{DecoderSteps, DecoderWeights, EPSILON};
use multi_head_attention::multi_head_attention;
use ndarray::{Array3, Array4, ArrayView3, Axis, concatenate, s};

use in_f64::{batch, widen};

type Block = fn(
    ArrayView3<'_, f32>,
    ArrayView3<'_, f32>,
    &DecoderWeights<'_>,
    usize,
    Option<ArrayView3<'_, bool>>,
) -> DecoderSteps;

fn with(block: Block) -> Exercise {
    exercise(env!("CARGO_MANIFEST_DIR")).task("decoder_block", move |case| {
        let weights = DecoderWeights::named(|name| case.view(name), |name| case.view(name))?;
        let (heads, mask) = (case.size("heads")?, case.optional_mask("memory_mask")?);
        let steps = block(case.view("x")?, case.view("memory")?, &weights, heads, mask);
        Ok(case
            .reply("self_attention", steps.self_attention)
            .and("after_self_attention", steps.after_self_attention)
            .and("cross_weights", steps.cross_weights)
            .and("cross_attention", steps.cross_attention)
            .and("after_cross_attention", steps.after_cross_attention)
            .and("feed_forward", steps.feed_forward)
            .and("output", steps.output))
    })
}

#[test]
fn everything_in_f64_one_batch_element_at_a_time() {
    with(|x, memory, w, heads, mask| {
        let mut states: [Vec<in_f64::Matrix>; 6] = Default::default();
        let mut weights = Vec::new();
        for (element, (x, memory)) in x.outer_iter().zip(memory.outer_iter()).enumerate() {
            let (x, memory) = (widen(x), widen(memory));
            let (looked_back, _) =
                in_f64::attention(&x, &x, &w.self_attention, heads, |i, j| j <= i);
            let a = in_f64::norm(&(&x + &looked_back), &w.norm_1, f64::from(EPSILON));
            let may = |i: usize, j: usize| mask.is_none_or(|mask| mask[(element, i, j)]);
            let (read, weight) = in_f64::attention(&a, &memory, &w.cross_attention, heads, may);
            let b = in_f64::norm(&(&a + &read), &w.norm_2, f64::from(EPSILON));
            let thought = in_f64::feed_forward(&b, &w.feed_forward);
            let y = in_f64::norm(&(&b + &thought), &w.norm_3, f64::from(EPSILON));
            weights.push(weight);
            states
                .iter_mut()
                .zip([looked_back, a, read, b, thought, y])
                .for_each(|(all, one)| all.push(one));
        }
        let [
            self_attention,
            after_self_attention,
            cross_attention,
            after_cross_attention,
            feed_forward,
            output,
        ] = states.map(|elements| batch(&elements));
        DecoderSteps {
            self_attention,
            after_self_attention,
            cross_weights: batch(&weights),
            cross_attention,
            after_cross_attention,
            feed_forward,
            output,
        }
    })
    .accept();
}

/// The block as it is computed when a text is written: one target position after the other, each of which sees what
/// has been written before it because nothing else is there yet.
#[test]
fn one_target_position_at_a_time() {
    with(|x, memory, w, heads, mask| {
        let mut rows: [Vec<Array3<f32>>; 6] = Default::default();
        let mut weights: Vec<Array4<f32>> = Vec::new();
        for i in 0..x.len_of(Axis(1)) {
            let (so_far, now) = (x.slice(s![.., ..=i, ..]), x.slice(s![.., i..=i, ..]));
            let (looked_back, _) =
                multi_head_attention(now, so_far, so_far, &w.self_attention, heads, None);
            let a = w.norm_1.apply((&now + &looked_back).view(), EPSILON);
            let mask = mask.as_ref().map(|mask| mask.slice(s![.., i..=i, ..]));
            let (read, weight) =
                multi_head_attention(a.view(), memory, memory, &w.cross_attention, heads, mask);
            let b = w.norm_2.apply((&a + &read).view(), EPSILON);
            let thought = w.feed_forward.apply(b.view());
            let y = w.norm_3.apply((&b + &thought).view(), EPSILON);
            weights.push(weight);
            rows.iter_mut()
                .zip([looked_back, a, read, b, thought, y])
                .for_each(|(all, one)| all.push(one));
        }
        let joined = |rows: Vec<Array3<f32>>| {
            let views: Vec<_> = rows.iter().map(|row| row.view()).collect();
            concatenate(Axis(1), &views).expect("equal shapes")
        };
        let [
            self_attention,
            after_self_attention,
            cross_attention,
            after_cross_attention,
            feed_forward,
            output,
        ] = rows.map(joined);
        let views: Vec<_> = weights.iter().map(|weights| weights.view()).collect();
        let cross_weights = concatenate(Axis(2), &views).expect("equal shapes");
        DecoderSteps {
            self_attention,
            after_self_attention,
            cross_weights,
            cross_attention,
            after_cross_attention,
            feed_forward,
            output,
        }
    })
    .accept();
}

/// Masks are always there, built by comparing indices; sums and norms are in a different order.
#[test]
fn with_masks_always_there_and_the_variance_as_a_difference() {
    fn norm(x: &Array3<f32>, w: &decoder_block::Norm<'_>) -> Array3<f32> {
        let mut normed = x.clone();
        for mut row in normed.rows_mut() {
            let d_model = row.len() as f32;
            let (sum, squares) = row
                .iter()
                .rev()
                .fold((0.0, 0.0), |(sum, squares), x| (sum + x, squares + x * x));
            let mean: f32 = sum / d_model;
            let variance: f32 = squares / d_model - mean * mean;
            row.mapv_inplace(|x| (x - mean) * (variance + EPSILON).sqrt().recip());
        }
        normed * w.gamma + w.beta
    }
    with(|x, memory, w, heads, mask| {
        let (batch, target, _) = x.dim();
        let causal = Array3::from_shape_fn((batch, target, target), |(_, i, j)| i >= j);
        let (self_attention, _) =
            multi_head_attention(x, x, x, &w.self_attention, heads, Some(causal.view()));
        let after_self_attention = norm(&(&self_attention + &x), &w.norm_1);

        let everything = Array3::from_elem((batch, target, memory.len_of(Axis(1))), true);
        let mask = mask.unwrap_or_else(|| everything.view());
        let query = after_self_attention.view();
        let (cross_attention, cross_weights) =
            multi_head_attention(query, memory, memory, &w.cross_attention, heads, Some(mask));
        let after_cross_attention = norm(&(&cross_attention + &after_self_attention), &w.norm_2);

        let feed_forward = w.feed_forward.apply(after_cross_attention.view());
        let output = norm(&(&feed_forward + &after_cross_attention), &w.norm_3);
        DecoderSteps {
            self_attention,
            after_self_attention,
            cross_weights,
            cross_attention,
            after_cross_attention,
            feed_forward,
            output,
        }
    })
    .accept();
}
