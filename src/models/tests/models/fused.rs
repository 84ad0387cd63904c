//! Steps that are put together change what is kept, and no result.

use attentive_models::{Encoder, Model};
use ndarray::{Array2, Axis};

use crate::fixture::folder;

/// Rounding of numbers near 1: products and sums add up in different orders.
const TOLERANCE: f32 = 1e-5;

fn encoder(name: &str) -> Encoder {
    let model = Model::open(&folder(name)).expect("a sound fixture");
    model.encoder().expect("a model that reads")
}

/// Compares the last states of as many texts of as many tokens, with masks of all kinds.
fn compare(name: &str, encoder: &Encoder, shape: (usize, usize)) {
    let config = encoder.config();
    let number = |(text, token): (usize, usize)| text * 31 + token * 7;
    let ids = Array2::from_shape_fn(shape, |place| number(place) % config.vocabulary);
    let types = Array2::from_shape_fn(shape, |place| number(place) % config.token_types.max(1));
    // Without padding, nothing but padding, padding at the end, and gaps.
    let mask = Array2::from_shape_fn(shape, |(text, token)| match text % 4 {
        0 => true,
        1 => false,
        2 => token <= text % shape.1,
        _ => (text + token) % 3 == 0,
    });
    let (ids, types, mask) = (ids.view(), types.view(), mask.view());
    let expected = encoder.run(ids, types, mask);
    let expected = expected.hidden.last().expect("embeddings at least");
    let found = encoder.last_states(ids, types, mask);
    assert_eq!(found.dim(), expected.dim());
    for ((place, found), expected) in found.indexed_iter().zip(expected) {
        let allowed = TOLERANCE * expected.abs().max(1.0);
        assert!(
            (found - expected).abs() <= allowed,
            "{name} with {shape:?} at {place:?}: {found} instead of {expected}"
        );
    }
}

#[test]
fn an_encoder_gives_the_same_last_states() {
    for name in [
        "bert",
        "bert-fill-mask",
        "bert-padded",
        "bert-texts",
        "distilbert-texts",
        "distilbert-tokens",
        "albert-fill-mask",
        "albert-fill-mask-deep",
    ] {
        let encoder = encoder(name);
        let context = encoder.config().context;
        // The many texts do not go through the layers together, and the last of them are fewer than the others.
        for shape in [
            (1, 1),
            (1, context),
            (4, 3),
            (2 * 256 / context + 3, context),
            (0, 2),
            (2, 0),
        ] {
            compare(name, &encoder, shape);
        }
    }
}

#[test]
fn a_text_has_the_same_states_in_any_batch() {
    let encoder = encoder("bert");
    let ids = Array2::from_elem((3, 4), 5);
    let (types, mask) = (Array2::zeros(ids.dim()), Array2::from_elem(ids.dim(), true));
    let states = encoder.last_states(ids.view(), types.view(), mask.view());
    for text in states.axis_iter(Axis(0)) {
        assert_eq!(text, states.index_axis(Axis(0), 0));
    }
}
