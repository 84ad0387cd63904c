//! The cases of the decoder block.

use tch::Tensor;

use crate::inputs::Inputs;
use crate::masks::{first_keys, padded_keys};
use crate::random::Random;
use crate::random_weights::{self, Size, decoder_names};
use crate::task::Task;

/// The cases in which source and target are equally long.
pub(super) const EQUALLY_LONG: &[&str] = &["equally-long"];

/// Adds all of them.
pub(super) fn add(task: Task) -> Task {
    task.case(
        "plain",
        "2 batch elements, 3 target positions, 5 source positions, 2 heads of 2 features",
        |random| block(random, 2, [2, 3, 4], 5, 6),
    )
    .case(
        "padding",
        "of 4 source positions, the first batch element uses 3 and the second 2",
        |random| block(random, 3, [2, 3, 6], 4, 5).with("memory_mask", padded_keys(3, 4, &[3, 2])),
    )
    .case(
        "nothing-to-read",
        "target position 1 of the first batch element and all of the second may read nothing of \
         the source: their weights are 0, and cross-attention adds b_o",
        |random| {
            let mask = Tensor::stack(&[first_keys(3, &[2, 0]), first_keys(3, &[0; 2])], 0);
            block(random, 2, [2, 2, 4], 3, 5).with("memory_mask", mask)
        },
    )
    .case(
        "equally-long",
        "source and target are equally long: here a mask or a tensor in the wrong place has the \
         right shape",
        |random| block(random, 1, [2, 3, 4], 3, 5).with("memory_mask", padded_keys(3, 3, &[2, 3])),
    )
    .case(
        "first-token",
        "only the start has been written yet",
        |random| block(random, 2, [1, 1, 4], 3, 5),
    )
}

/// An input of this shape, a memory of this length, and weights.
fn block(random: &Random, heads: i64, shape: [i64; 3], source: i64, d_ff: i64) -> Inputs {
    let [batch, _, d_model] = shape;
    let inputs = Inputs::default()
        .with("x", random.normal(&shape))
        .with("memory", random.normal(&[batch, source, d_model]))
        .with("heads", heads);
    let size = Size {
        layers: None,
        d_model,
        inner: d_model,
        d_ff,
    };
    random_weights::add(inputs, random, size, decoder_names!(""))
}
