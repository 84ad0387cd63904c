//! The task `masked_softmax`.

use tch::{Kind, Tensor};

use super::{OVERFLOWING_LOGIT, ROWS, a_constant_does_not_matter, far_above, kernel, logit_levels};
use crate::attention_weights::{
    GUARDED_SENTINELS, INFINITIES, MASK_MISTAKES, MAXIMUM_FROM_ZERO, MAXIMUM_FROM_ZERO_ZEROED,
    SOFTMAX_MISTAKES, WeightsFn, blocked, far_below,
};
use crate::inputs::Inputs;
use crate::masks::first_keys;
use crate::masks::kernel::{causal, everything};
use crate::property::Property;
use crate::task::Task;

pub(super) fn masked_softmax() -> Task {
    let right = |x: &Inputs| kernel::masked_softmax(&x["logits"], &x["mask"]);
    let task = Task::new("masked_softmax", right).output("weights", ["row", "column"]);
    properties(mistakes(cases(task)))
}

fn mistakes(task: Task) -> Task {
    let of_masked = |weights: WeightsFn| move |x: &Inputs| weights(&x["logits"], x.get("mask"));
    let mistakes = MASK_MISTAKES.into_iter().chain(SOFTMAX_MISTAKES);
    let task = mistakes.fold(task, |task, (id, weights)| {
        task.mistake(id, of_masked(weights))
    });
    let forms = MAXIMUM_FROM_ZERO
        .into_iter()
        .chain([MAXIMUM_FROM_ZERO_ZEROED])
        .chain(INFINITIES)
        .chain(GUARDED_SENTINELS);
    let task = forms.fold(task, |task, form| {
        let weights = form.weights;
        form.add_to(task, of_masked(weights))
    });
    task.mistake(
        "softmax-over-columns",
        of_masked(|logits, mask| blocked(logits, mask).internal_safe_softmax(ROWS, Kind::Float)),
    )
}

fn properties(task: Task) -> Task {
    task.property(
        Property::new(
            "rows-sum-to-one",
            "each row that may give weight to something adds up to 1",
        )
        .in_case("triangle")
        .disturb(["logits"], 0, 0)
        .expect_sum_of_one(["weights"], 1),
    )
    .property(
        Property::new(
            "blocked-logits-do-not-matter",
            "the numbers in blocked columns change nothing",
        )
        .in_case("padding")
        .disturb(["logits"], 1, 5)
        .expect_same(["weights"]),
    )
    .property(
        Property::new(
            "columns-in-another-order",
            "moving the columns of logits and mask together moves the columns of the weights",
        )
        .in_case("padding")
        .rotate(["logits", "mask"], 1)
        .expect_rotated(["weights"], 1),
    )
    .property(a_constant_does_not_matter("fully-masked-row", "weights"))
}

fn cases(task: Task) -> Task {
    task.case(
        "padding",
        "the last two columns are blocked in every row",
        |random| inputs(random.normal(&[4, 7]), first_keys(7, &[5; 4])),
    )
    .case(
        "triangle",
        "each row has one allowed entry more than the row before it",
        |random| inputs(random.normal(&[6, 6]), causal(6, 6)),
    )
    .case(
        "nothing-blocked",
        "the mask allows everything: this is the plain softmax",
        |random| inputs(random.normal(&[5, 7]), everything(5, 7)),
    )
    .case(
        "fully-masked-row",
        "row 2 is blocked altogether: its weights are 0, not NaN",
        |random| inputs(random.normal(&[4, 5]), first_keys(5, &[4, 4, 0, 4])),
    )
    .case(
        "blocked-is-largest",
        "a blocked logit is 120 above the allowed ones: they must not be compared with it",
        |random| {
            let last = Tensor::from_slice(&[0.0, 0.0, 0.0, 0.0, OVERFLOWING_LOGIT as f32]);
            inputs(random.normal(&[3, 5]) + last, first_keys(5, &[4; 3]))
        },
    )
    .case(
        "rows-far-apart",
        "rows near 120, 0 and −120, two columns blocked: −100 would not block them",
        |random| {
            let logits = random.normal(&[3, 6]) + logit_levels();
            inputs(logits, first_keys(6, &[4; 3]))
        },
    )
    .case(
        "far-below",
        "the only allowed logit of each row is near −1,000,000: −10,000 would not block the others",
        |random| {
            let (logits, mask) = far_below(&random.normal(&[3, 5]), &[2, 0, 4]);
            inputs(logits, mask)
        },
    )
    .case(
        "one-far-above",
        "one allowed logit of each row is 120 above the others: no other number is safe to \
         subtract",
        |random| {
            let logits = random.normal(&[3, 6]) + far_above(6, &[2, 3, 1]);
            inputs(logits, first_keys(6, &[5; 3]))
        },
    )
}

fn inputs(logits: Tensor, mask: Tensor) -> Inputs {
    Inputs::default().with("logits", logits).with("mask", mask)
}
