//! The cases of the forward pass, the backward pass and merging.

use crate::inputs::Inputs;
use crate::random::Random;
use crate::task::Task;

/// The sizes of a layer and of its input.
#[derive(Debug, Clone, Copy)]
pub(super) struct Size {
    /// The leading axes of x.
    leading: &'static [i64],
    d_in: i64,
    d_out: i64,
    rank: i64,
    alpha: f32,
    /// `true` if B is 0, as it is before the first step.
    fresh: bool,
}

/// The cases that tell all mistakes apart, but for those that say where they show.
pub(super) const TELLING: &[&str] = &["plain", "no-leading-axis"];

/// Adds the cases, whose inputs are a function of their sizes.
pub(super) fn add(task: Task, inputs: fn(&Random, Size) -> Inputs) -> Task {
    let case = |size: Size| move |random: &Random| inputs(random, size);
    task.case(
        "plain",
        "no two sizes are equal, and α is 4 with a rank of 3",
        case(size(&[4], [6, 5, 3], 4.0)),
    )
    .case(
        "rank-one",
        "a rank of 1, where A is a row and B a column",
        case(size(&[2, 3], [5, 4, 1], 2.5)),
    )
    .case(
        "square",
        "as many features on both sides, and as large a rank: here wrong products go through",
        case(size(&[3], [3, 3, 3], 2.0)),
    )
    .case(
        "fresh",
        "B is 0, as before the first step: nothing is added yet",
        case(Size {
            fresh: true,
            ..size(&[5], [4, 3, 2], 1.0)
        }),
    )
    .case(
        "no-leading-axis",
        "one position, without an axis for it; α is larger than the rank",
        case(size(&[], [4, 3, 2], 7.0)),
    )
}

const fn size(leading: &'static [i64], [d_in, d_out, rank]: [i64; 3], alpha: f32) -> Size {
    Size {
        leading,
        d_in,
        d_out,
        rank,
        alpha,
        fresh: false,
    }
}

/// A layer without an input.
pub(super) fn layer(random: &Random, size: Size) -> Inputs {
    let b = random.normal(&[size.d_out, size.rank]);
    let b = if size.fresh { b.zeros_like() } else { b };
    Inputs::default()
        .with("weight", random.normal(&[size.d_out, size.d_in]))
        .with("a", random.normal(&[size.rank, size.d_in]))
        .with("b", b)
        .with("alpha", size.alpha)
}

/// A layer and its input.
pub(super) fn with_x(random: &Random, size: Size) -> Inputs {
    let shape = [size.leading, &[size.d_in]].concat();
    layer(random, size).with("x", random.normal(&shape) + 0.5)
}

/// A layer, its input, and the gradient of its output.
pub(super) fn with_dy(random: &Random, size: Size) -> Inputs {
    let shape = [size.leading, &[size.d_out]].concat();
    with_x(random, size).with("dy", random.normal(&shape))
}
