//! The cases of the encoder blocks.

use tch::{Device, Kind, Tensor};

use crate::inputs::Inputs;
use crate::masks::kernel::causal;
use crate::masks::padded_keys;
use crate::random::Random;
use crate::random_weights::{self, Size, encoder_names};
use crate::task::Task;

/// Adds those of the post-norm and the pre-norm block.
pub(super) fn of_the_paper(task: Task) -> Task {
    task.case(
        "plain",
        "2 batch elements, 4 positions, 3 heads of 2 features, d_ff of 7",
        |random| block(random, 3, [2, 4, 6], 6, 7),
    )
    .case(
        "causal",
        "each position may attend to itself and to earlier ones",
        |random| {
            let mask = causal(3, 3).expand([2, 3, 3], false);
            block(random, 2, [2, 3, 4], 4, 5).with("mask", mask)
        },
    )
    .case(
        "padding",
        "of 4 positions, the first batch element uses 3 and the second 2",
        |random| block(random, 2, [2, 4, 4], 4, 3).with("mask", padded_keys(4, 4, &[3, 2])),
    )
    .case(
        "one-position",
        "with one position, attention is a linear layer",
        |random| block(random, 1, [1, 1, 4], 4, 3),
    )
    .case(
        "quiet",
        "numbers of about 0.001: compared with their variance, an ε of 10⁻⁶ is too small",
        |random| quiet(block(random, 2, [1, 3, 4], 4, 3)),
    )
}

/// Adds those of the Keras block, whose heads are as wide as the model.
pub(super) fn of_keras(task: Task) -> Task {
    task.case(
        "plain",
        "no dropout; 2 heads of 4 features with a d_model of 4",
        |random| block(random, 2, [2, 3, 4], 8, 5),
    )
    .case("dropout", "a quarter is dropped", |random| {
        let shape = [2, 3, 4];
        let keep = || random.normal(&shape).greater(-0.674);
        dropping(block(random, 2, shape, 8, 5), 0.25, keep(), keep())
    })
    .case(
        "attention-dropped",
        "all that attention adds is dropped, and nothing else; the rate is three quarters",
        |random| {
            let shape = [1, 3, 4];
            let keep = Tensor::ones(shape, (Kind::Bool, Device::Cpu));
            dropping(
                block(random, 2, shape, 8, 5),
                0.75,
                keep.logical_not(),
                keep,
            )
        },
    )
    .case(
        "quiet",
        "numbers of about 0.001: compared with their variance, an ε of 10⁻⁵ is too large",
        |random| quiet(block(random, 2, [1, 3, 4], 8, 5)),
    )
    .case(
        "one-head",
        "with one head, Keras's block and the paper's have equally many weights",
        |random| block(random, 1, [1, 3, 4], 4, 5),
    )
}

/// The inputs, with numbers of about 0.001 before the first layer norm.
fn quiet(inputs: Inputs) -> Inputs {
    let (x, b_v, b_o) = (
        &inputs["x"] * 1e-3,
        inputs["b_v"].zeros_like(),
        &inputs["b_o"] * 1e-3,
    );
    inputs.with("x", x).with("b_v", b_v).with("b_o", b_o)
}

fn dropping(
    inputs: Inputs,
    rate: f32,
    keep_attention: Tensor,
    keep_feed_forward: Tensor,
) -> Inputs {
    inputs
        .with("rate", rate)
        .with("keep_attention", keep_attention)
        .with("keep_feed_forward", keep_feed_forward)
}

/// An input of this shape, and weights for it. `inner` is the width of all heads together.
fn block(random: &Random, heads: i64, shape: [i64; 3], inner: i64, d_ff: i64) -> Inputs {
    let inputs = Inputs::default()
        .with("x", random.normal(&shape))
        .with("heads", heads);
    let size = Size {
        layers: None,
        d_model: shape[2],
        inner,
        d_ff,
    };
    random_weights::add(inputs, random, size, encoder_names!(""))
}
