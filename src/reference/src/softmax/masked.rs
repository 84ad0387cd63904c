//! The task `masked_softmax`.

use attentive_grader::{Edit, Property, Relation};
use tch::{Device, Kind, Tensor};

use super::{
    ALONG, DOWN, FAR, a_constant_does_not_matter, disturbed, filled, kernel, levels, one_of,
};
use crate::case::Inputs;
use crate::exercise::Task;
use crate::weighting::{OF_MASK, OF_SOFTMAX, Weigh};

pub(super) fn masked_softmax() -> Task {
    let task = Task::new("masked_softmax", |x| vec![kernel::masked_softmax(&x["logits"], &x["mask"])])
        .output("weights", &["row", "column"])
        .case("padding", "the last two columns are blocked in every row", |random| {
            with_mask(random.normal(&[4, 7]), first_columns(7, 5).expand([4, 7], false))
        })
        .case("triangle", "each row has one allowed entry more than the row before it", |random| {
            with_mask(random.normal(&[6, 6]), Tensor::ones([6, 6], (Kind::Bool, Device::Cpu)).tril(0))
        })
        .case("nothing-blocked", "the mask allows everything: this is the plain softmax", |random| {
            with_mask(random.normal(&[5, 7]), Tensor::ones([5, 7], (Kind::Bool, Device::Cpu)))
        })
        .case("fully-masked-row", "row 2 is blocked altogether: its weights are 0, not NaN", |random| {
            let rows = Tensor::from_slice(&[true, true, false, true]).unsqueeze(ALONG);
            with_mask(random.normal(&[4, 5]), rows.logical_and(&first_columns(5, 4)))
        })
        .case(
            "blocked-is-largest",
            "a blocked logit is 120 above the allowed ones: they are not to be compared with it",
            |random| {
                let last = Tensor::from_slice(&[0.0, 0.0, 0.0, 0.0, FAR as f32]);
                with_mask(random.normal(&[3, 5]) + last, first_columns(5, 4).expand([3, 5], false))
            },
        )
        .case(
            "rows-far-apart",
            "rows near 120, 0 and −120, two columns blocked: no number is small enough to block but −∞",
            |random| with_mask(random.normal(&[3, 6]) + levels(), first_columns(6, 4).expand([3, 6], false)),
        )
        .case(
            "one-far-above",
            "one allowed logit of each row is 120 above the others: no other number is safe to subtract",
            |random| {
                let logits = random.normal(&[3, 6]) + one_of(6, &[2, 3, 1]) * FAR;
                with_mask(logits, first_columns(6, 5).expand([3, 6], false))
            },
        );
    let weigh = |weigh: Weigh| move |x: &Inputs| vec![weigh(&x["logits"], x.get("mask"))];
    OF_MASK
        .into_iter()
        .chain(OF_SOFTMAX)
        .fold(task, |task, (id, wrong)| task.mistake(id, weigh(wrong)))
        .mistake(
            "softmax-over-columns",
            of_masked(|x, mask| {
                filled(x, mask, f64::NEG_INFINITY).internal_safe_softmax(DOWN, Kind::Float)
            }),
        )
        .property(Property {
            name: "rows-sum-to-one".into(),
            sentence: "each row that may give weight to something adds up to 1".into(),
            case: "triangle".into(),
            edits: vec![disturbed(DOWN, 0)],
            relations: vec![Relation::SumsToOne {
                output: "weights".into(),
                axis: 1,
            }],
        })
        .property(Property {
            name: "blocked-logits-do-not-matter".into(),
            sentence: "what stands in blocked columns changes nothing".into(),
            case: "padding".into(),
            edits: vec![disturbed(ALONG, 5)],
            relations: vec![Relation::Same {
                output: "weights".into(),
            }],
        })
        .property(Property {
            name: "columns-in-another-order".into(),
            sentence:
                "moving the columns of logits and mask together moves the columns of the weights"
                    .into(),
            case: "padding".into(),
            edits: ["logits", "mask"]
                .map(|input| Edit::Rotate {
                    input: input.into(),
                    axis: 1,
                })
                .into(),
            relations: vec![Relation::Rotated {
                output: "weights".into(),
                axis: 1,
            }],
        })
        .property(a_constant_does_not_matter("fully-masked-row", "weights"))
}

fn of_masked(compute: impl Fn(&Tensor, &Tensor) -> Tensor) -> impl Fn(&Inputs) -> Vec<Tensor> {
    move |x| vec![compute(&x["logits"], &x["mask"])]
}

fn with_mask(logits: Tensor, mask: Tensor) -> Inputs {
    Inputs::default().with("logits", logits).with("mask", mask)
}

/// A mask (1, columns) that allows the first few.
fn first_columns(columns: i64, allowed: i64) -> Tensor {
    Tensor::arange(columns, (Kind::Int64, Device::Cpu))
        .less(allowed)
        .unsqueeze(0)
}
