//! The transformer in `f64`, one sequence at a time.

use encoder_block::EPSILON;
use ndarray::{Array3, ArrayView2};
use transformer::{Model, PADDING};

use super::in_f64::{self, Matrix, widen};

pub(crate) fn embed(tokens: &[usize], embedding: ArrayView2<'_, f32>) -> Matrix {
    let d_model = embedding.ncols();
    Matrix::from_shape_fn((tokens.len(), d_model), |(position, feature)| {
        let pair = (feature / 2 * 2) as f64;
        let angle = position as f64 / 10_000_f64.powf(pair / d_model as f64);
        let encoding = if feature % 2 == 0 {
            angle.sin()
        } else {
            angle.cos()
        };
        f64::from(embedding[(tokens[position], feature)]) * (d_model as f64).sqrt() + encoding
    })
}

pub(crate) fn encode(source: &[usize], model: &Model<'_>) -> Vec<Matrix> {
    let epsilon = f64::from(EPSILON);
    let mut states = vec![embed(source, model.embedding)];
    for w in &model.encoder {
        let x = &states[states.len() - 1];
        let (seen, _) =
            in_f64::attention(x, x, &w.attention, model.heads, |_, j| source[j] != PADDING);
        let h = in_f64::norm(&(x + &seen), &w.norm_1, epsilon);
        let thought = in_f64::feed_forward(&h, &w.feed_forward);
        states.push(in_f64::norm(&(&h + &thought), &w.norm_2, epsilon));
    }
    states
}

/// States, weights of cross-attention, and logits.
pub(crate) fn decode(
    target: &[usize],
    memory: &Matrix,
    source: &[usize],
    model: &Model<'_>,
) -> (Vec<Matrix>, Vec<Array3<f64>>, Matrix) {
    let epsilon = f64::from(EPSILON);
    let (mut states, mut weights) = (vec![embed(target, model.embedding)], Vec::new());
    for w in &model.decoder {
        let x = &states[states.len() - 1];
        let (back, _) = in_f64::attention(x, x, &w.self_attention, model.heads, |i, j| j <= i);
        let a = in_f64::norm(&(x + &back), &w.norm_1, epsilon);
        let real = |_: usize, j: usize| source[j] != PADDING;
        let (read, weight) = in_f64::attention(&a, memory, &w.cross_attention, model.heads, real);
        let b = in_f64::norm(&(&a + &read), &w.norm_2, epsilon);
        let thought = in_f64::feed_forward(&b, &w.feed_forward);
        states.push(in_f64::norm(&(&b + &thought), &w.norm_3, epsilon));
        weights.push(weight);
    }
    let logits = states[states.len() - 1].dot(&widen(model.embedding).t());
    (states, weights, logits)
}
