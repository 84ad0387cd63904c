//! The cases of `cross_entropy_backward`.

use tch::Tensor;

use crate::inputs::Inputs;
use crate::task::Task;

/// An ignored id that is no token, as in most programs.
const NO_TOKEN: i64 = 77;

pub(super) fn add(task: Task) -> Task {
    task.case(
        "plain",
        "2 sequences of 3 positions, 5 tokens, all positions count",
        |random| batch(random.normal(&[2, 3, 5]), &[4, 0, 2, 1, 1, 3]),
    )
    .case(
        "ignored",
        "3 and 1 positions count, of 4 each, and the ignored id is no token; the loss is multiplied by 2.5",
        |random| {
            let targets = [2, NO_TOKEN, 0, 1, NO_TOKEN, NO_TOKEN, 2, NO_TOKEN];
            batch(random.normal(&[2, 4, 3]) * 2.0, &targets)
                .with("ignored", NO_TOKEN)
                .with("dloss", 2.5_f32)
        },
    )
    .case(
        "smoothing",
        "a smoothing of 0.2, and the ignored id, 0, is a token, as padding often is",
        |random| {
            batch(random.normal(&[1, 5, 4]), &[3, 0, 1, 2, 0])
                .with("ignored", 0_i64)
                .with("smoothing", 0.2_f32)
        },
    )
    .case(
        "large-logits",
        "logits near 1,000, 0 and −1,000, and one of −∞ that is no target",
        |random| {
            let levels = Tensor::from_slice(&[1000_f32, 0.0, -1000.0]).view([1, 3, 1]);
            let logits = random.normal(&[1, 3, 4]) + levels;
            let _ = logits.select(2, 1).select(1, 1).fill_(f64::NEG_INFINITY);
            batch(logits, &[0, 3, 2])
        },
    )
    .case(
        "improbable-target",
        "the first target is so improbable that its probability is 0 in f32: its gradient is −½ all the same",
        |random| {
            let logits = random.normal(&[1, 2, 3]);
            let _ = logits.select(1, 0).select(1, 2).fill_(-200.0);
            batch(logits, &[2, 1])
        },
    )
    .case(
        "nothing-counts",
        "all targets are ignored: the gradient is 0 and not 0/0",
        |random| {
            batch(random.normal(&[1, 2, 3]), &[NO_TOKEN, NO_TOKEN]).with("ignored", NO_TOKEN)
        },
    )
}

fn batch(logits: Tensor, targets: &[i64]) -> Inputs {
    let shape = &logits.size()[..2];
    let targets = Tensor::from_slice(targets).view(shape);
    Inputs::default()
        .with("logits", logits)
        .with("targets", targets)
        .with("smoothing", 0_f32)
        .with("dloss", 1_f32)
}
