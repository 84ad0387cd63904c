//! The cases of `cross_entropy`. No two sizes of a case are equal, but in `square`.

use tch::{Kind, Tensor};

use crate::inputs::Inputs;
use crate::random::Random;
use crate::task::Task;

/// A logit so far from the others that its exponential is 0 or infinite in `f32`.
const FAR: f64 = 120.0;

/// Adds the cases.
pub(super) fn of_loss(task: Task) -> Task {
    with_smoothing(with_ignored(with_odd_logits(with_all_counting(task))))
}

fn with_all_counting(task: Task) -> Task {
    task.case(
        "by-hand",
        "the targets have the probabilities 1/2, 1/4 and 1/8: on average 2 ln 2",
        |_| {
            let row: Vec<f32> = [0.5, 0.25, 0.125, 0.125].map(f32::ln).into();
            let rows = Tensor::from_slice(&row).view([1, 1, 4]);
            // Adds a number to the logits of each position, which changes no probability.
            let levels = Tensor::from_slice(&[2_f32, -1.0, 0.5]).view([1, 3, 1]);
            batch(rows + levels, &[&[0, 1, 2]])
        },
    )
    .case(
        "plain",
        "2 sequences of 3 positions and 5 classes; all of them count",
        |random| batch(logits(random, [2, 3, 5]), &[&[3, 0, 4], &[1, 2, 0]]),
    )
    .case(
        "square",
        "as many sequences as positions and classes: here the wrong axis goes through",
        |random| {
            let targets: [&[i64]; 3] = [&[2, 0, 0], &[1, 1, 2], &[0, 2, 1]];
            batch(logits(random, [3, 3, 3]), &targets)
        },
    )
    .case(
        "uniform",
        "11 equal logits at each position, as of a model that knows nothing: the loss is ln 11",
        |random| {
            let equal = random.normal(&[1]).expand([2, 4, 11], false).copy();
            batch(equal, &[&[3, 10, 0, 7], &[5, 5, 1, 9]])
        },
    )
}

fn with_odd_logits(task: Task) -> Task {
    task.case(
        "target-far-below",
        "the target's logit is 120 below the others: its probability is 0 in `f32`, and its logarithm is not −∞",
        |random| {
            let targets: [&[i64]; 1] = [&[2, 0, 4, 1]];
            let inputs = batch(logits(random, [1, 4, 5]), &targets);
            let far = inputs["targets"].one_hot(5) * -FAR;
            inputs.add_to("logits", far)
        },
    )
    .case(
        "huge",
        "logits up to 10,000 and down to −10,000: nearly all of their exponentials are infinite or 0",
        |_| {
            let rows = [
                [10_000_f32, 9_960.0, 9_950.0, 9_970.0],
                [-10_000.0, 10_000.0, 0.0, -5_000.0],
                [-10_000.0, -10_030.0, -10_050.0, -10_070.0],
                [10_000.0, -10_000.0, -10_000.0, 9_000.0],
                [-10_000.0, 10_000.0, 10_000.0, -10_000.0],
                [500.0, -500.0, 0.0, 250.0],
            ];
            let rows = Tensor::from_slice(rows.as_flattened()).view([2, 3, 4]);
            batch(rows, &[&[1, 0, 3], &[0, 2, 2]])
        },
    )
    .case(
        "blocked",
        "some classes have a logit of −∞, and none of them is a target",
        |random| {
            let blocked = Tensor::from_slice(&[1_i64, 4]);
            let blocked = logits(random, [3, 2, 6]).index_fill(2, &blocked, f64::NEG_INFINITY);
            batch(blocked, &[&[0, 5], &[3, 2], &[2, 0]])
        },
    )
}

fn with_ignored(task: Task) -> Task {
    task.case(
        "ignored",
        "token 5 is ignored: of 5 positions, 3 of the first sequence count, 1 of the second and 2 of the third",
        |random| {
            let targets: [&[i64]; 3] = [&[2, 0, 4, 5, 5], &[1, 5, 5, 5, 5], &[3, 3, 5, 5, 5]];
            batch(logits(random, [3, 5, 6]), &targets).with("ignored", 5_i64)
        },
    )
    .case(
        "ignored-is-no-class",
        "there are 3 classes, and 100 is ignored: it must not be looked up",
        |random| {
            let targets: [&[i64]; 2] = [&[100, 2, 100, 0], &[1, 100, 100, 100]];
            batch(logits(random, [2, 4, 3]), &targets).with("ignored", 100_i64)
        },
    )
    .case(
        "sequence-ignored",
        "token 0 is ignored, and nothing else is in the first sequence",
        |random| {
            let targets: [&[i64]; 3] = [&[0, 0], &[3, 1], &[2, 0]];
            batch(logits(random, [3, 2, 4]), &targets).with("ignored", 0_i64)
        },
    )
    .case(
        "all-but-one-ignored",
        "only one position of the batch counts",
        |random| {
            let targets: [&[i64]; 2] = [&[3, 3, 3, 3], &[3, 1, 3, 3]];
            batch(logits(random, [2, 4, 7]), &targets).with("ignored", 3_i64)
        },
    )
    .case(
        "everything-ignored",
        "no position counts: the loss is 0, not NaN",
        |random| batch(logits(random, [1, 2, 4]), &[&[1, 1]]).with("ignored", 1_i64),
    )
    .case(
        "no-sequences",
        "a batch without sequences, as a text gives that is too short: the loss is 0, not NaN",
        |random| {
            let targets = Tensor::zeros([0, 4], (Kind::Int64, tch::Device::Cpu));
            Inputs::default()
                .with("logits", random.normal(&[0, 4, 3]))
                .with("targets", targets)
                .with("smoothing", 0_f32)
        },
    )
}

fn with_smoothing(task: Task) -> Task {
    let smoothed = |inputs: Inputs, smoothing: f32| inputs.with("smoothing", smoothing);
    task.case(
        "smoothing",
        "a tenth of each target goes to all of 7 classes alike",
        move |random| {
            let targets: [&[i64]; 2] = [&[6, 0, 3], &[2, 2, 5]];
            smoothed(batch(logits(random, [2, 3, 7]), &targets), 0.1)
        },
    )
    .case(
        "much-smoothing",
        "four tenths go to 3 classes: it matters much whether the target is one of them",
        move |random| {
            let targets: [&[i64]; 4] = [&[0, 2], &[1, 0], &[2, 2], &[1, 1]];
            smoothed(batch(logits(random, [4, 2, 3]), &targets), 0.4)
        },
    )
    .case(
        "smoothing-and-ignored",
        "a fifth goes to 4 classes, of which one is ignored as a target: it gets its share all the same",
        move |random| {
            let targets: [&[i64]; 2] = [&[0, 3, 1, 2, 2], &[1, 2, 2, 2, 2]];
            let inputs = batch(logits(random, [2, 5, 4]), &targets).with("ignored", 2_i64);
            smoothed(inputs, 0.2)
        },
    )
    .case(
        "smoothing-and-no-class",
        "smoothing, and an ignored id that is no class",
        move |random| {
            let targets: [&[i64]; 3] = [&[1, 9], &[9, 9], &[4, 0]];
            let inputs = batch(logits(random, [3, 2, 5]), &targets).with("ignored", 9_i64);
            smoothed(inputs, 0.3)
        },
    )
}

/// Logits that leave the softmax unsaturated.
fn logits(random: &Random, shape: [i64; 3]) -> Tensor {
    random.normal(&shape) * 1.5
}

/// A batch without smoothing in which all positions count.
fn batch(logits: Tensor, targets: &[&[i64]]) -> Inputs {
    let targets = Tensor::from_slice(&targets.concat()).view([targets.len() as i64, -1]);
    Inputs::default()
        .with("logits", logits)
        .with("targets", targets)
        .with("smoothing", 0_f32)
}
