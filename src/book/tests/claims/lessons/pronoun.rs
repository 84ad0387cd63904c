//! `self-attention.md`: "it" is the animal where it is tired, and the street where it is wide.

use ndarray::{Array2, Axis, array, concatenate, s};
use scaled_dot_product::attention;

use crate::assert_rows_close;

/// Features: alive, broad, noun, pronoun, adjective.
const TIRED: [f32; 5] = [1.0, 0.0, 0.0, 0.0, 1.0];
const WIDE: [f32; 5] = [0.0, 1.0, 0.0, 0.0, 1.0];

/// The tokens: animal, street, it, and what it is.
fn sentence(adjective: [f32; 5]) -> Array2<f32> {
    let said = array![[1.0, 0.0, 1.0, 0.0, 0.0], [0.0, 1.0, 1.0, 0.0, 0.0], [0.0, 0.0, 0.0, 1.0, 0.0]];
    concatenate![Axis(0), said, array![adjective]]
}

const IT: usize = 2;

/// A pronoun asks for adjectives, and reads whether they are said of what is alive or of what is broad. Returns the
/// tokens, with what was read added to them, and the weights.
fn first_layer(x: &Array2<f32>) -> (Array2<f32>, Array2<f32>) {
    let (w_q, w_k) = (array![[0.0, 0.0, 0.0, 4.0, 0.0]], array![[0.0, 0.0, 0.0, 0.0, 1.0]]);
    let alive_and_broad = s![.., ..2];
    let (read, weights) =
        attention(x.dot(&w_q.t()).view(), x.dot(&w_k.t()).view(), x.slice(alive_and_broad), None);
    let mut y = x.clone();
    let mut features = y.slice_mut(alive_and_broad);
    features += &read;
    (y, weights)
}

/// What is alive asks for what is alive, what is broad for what is broad, and a pronoun for nouns. Returns the weights.
fn second_layer(x: &Array2<f32>) -> Array2<f32> {
    let w_q = array![[4.0, 0.0, 0.0, 0.0, 0.0], [0.0, 4.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 4.0, 0.0]];
    let w_k = array![[1.0, 0.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0, 0.0]];
    attention(x.dot(&w_q.t()).view(), x.dot(&w_k.t()).view(), x.view(), None).1
}

/// The weights of "it" in the second layer, with or without the first.
pub(crate) fn it(tired: bool, layers: usize) -> Vec<f32> {
    let x = sentence(if tired { TIRED } else { WIDE });
    let x = if layers == 2 { first_layer(&x).0 } else { x };
    second_layer(&x).row(IT).to_vec()
}

#[test]
fn it_is_the_animal_or_the_street_but_only_after_the_first_layer() {
    let (y, weights) = first_layer(&sentence(TIRED));
    assert_rows_close(&weights.row(IT).to_vec(), &[0.017, 0.017, 0.017, 0.948], 0.0006);
    assert_rows_close(&y.row(IT).to_vec(), &[0.965, 0.017, 0.0, 1.0, 0.0], 0.0006);
    assert_rows_close(&it(true, 2), &[0.806, 0.090, 0.024, 0.080], 0.0006);
    assert_rows_close(&it(false, 2), &[0.090, 0.806, 0.024, 0.080], 0.0006);
    for tired in [true, false] {
        assert_rows_close(&it(tired, 1), &[0.455, 0.455, 0.045, 0.045], 0.0006);
    }
}

#[test]
fn without_projections_a_long_token_is_what_everyone_reads() {
    let x = array![[1.0, 1.0], [1.0, 0.0], [0.0, 2.0]];
    let (_, weights) = attention(x.view(), x.view(), x.view(), None);
    for (row, expected) in
        weights.rows().into_iter().zip([[0.401, 0.198, 0.401], [0.401, 0.401, 0.198], [0.187, 0.045, 0.768]])
    {
        assert_rows_close(&row.to_vec(), &expected, 0.0006);
    }
}
