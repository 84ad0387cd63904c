//! The cases of the norms.

use tch::Tensor;

use crate::inputs::Inputs;
use crate::random::Random;
use crate::task::Task;

/// libtorch's ε.
const EPSILON: f32 = 1e-5;

/// An ε that cannot be taken for it. It is large, so that rows which it changes need not be so small that their
/// gradients are huge.
const LARGE_EPSILON: f32 = 0.01;

pub(super) fn add(task: Task) -> Task {
    task.case(
        "plain",
        "3 positions of 5 features, with means that are not 0",
        |random| with_gamma(random.normal(&[3, 5]) * 3.0 + 1.0, EPSILON, random),
    )
    .case(
        "small-rows",
        "rows of size 0, 0.03, 0.1 and 1, and an ε of 0.01: it matters in all but the last, and without it 0 gives NaN",
        |random| {
            let sizes = Tensor::from_slice(&[0_f32, 0.03, 0.1, 1.0]).unsqueeze(1);
            with_gamma(random.normal(&[4, 6]) * sizes, LARGE_EPSILON, random)
        },
    )
    .case(
        "square",
        "as many positions as features: here sums over the wrong axis go through",
        |random| with_gamma(random.normal(&[4, 4]) * 2.0 + 0.5, EPSILON, random),
    )
}

fn with_gamma(x: Tensor, epsilon: f32, random: &Random) -> Inputs {
    let gamma = random.normal(&[x.size()[1]]) * 0.5 + 1.0;
    let dy = random.normal(&x.size()) + 0.3;
    Inputs::default()
        .with("x", x)
        .with("gamma", gamma)
        .with("epsilon", epsilon)
        .with("dy", dy)
}
