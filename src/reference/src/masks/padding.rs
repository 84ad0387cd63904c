//! A mask of which positions are tokens.

use tch::Tensor;

use super::{formula, positions};
use crate::inputs::Inputs;
use crate::property::Property;
use crate::task::Task;

pub(super) fn padding() -> Task {
    let of_lengths = |compute: fn(&Tensor, i64) -> Tensor| {
        move |x: &Inputs| compute(&x["lengths"], x.size("length"))
    };
    Task::new("padding", of_lengths(formula::padding))
        .output("mask", ["sequence", "position"])
        .case(
            "plain",
            "four sequences, all of them shorter than the batch is wide",
            |random| lengths(random.permutation(5).narrow(0, 0, 4) + 1, 7),
        )
        .case(
            "empty-and-full",
            "one sequence has no token at all, and one has no padding",
            |random| {
                lengths(
                    Tensor::from_slice(&[0_i64, 2, 5]).index_select(0, &random.permutation(3)),
                    5,
                )
            },
        )
        .case("single", "one sequence of one token", |_| {
            lengths(Tensor::from_slice(&[1_i64]), 1)
        })
        .mistake(
            "mask-inverted",
            of_lengths(|lengths, length| formula::padding(lengths, length).logical_not()),
        )
        .mistake(
            "one-token-too-many",
            of_lengths(|lengths, length| formula::padding(&(lengths + 1), length)),
        )
        .mistake(
            "one-token-too-few",
            of_lengths(|lengths, length| formula::padding(&(lengths - 1), length)),
        )
        .mistake(
            "padding-on-the-left",
            of_lengths(|lengths, length| {
                positions(length).greater_equal_tensor(&(lengths.neg() + length).unsqueeze(1))
            }),
        )
        .mistake(
            "one-length-for-all",
            of_lengths(|lengths, length| {
                formula::padding(&lengths.narrow(0, 0, 1).expand_as(lengths), length)
            }),
        )
        .mistake(
            "only-as-wide-as-the-longest",
            of_lengths(|lengths, _| formula::padding(lengths, lengths.max().int64_value(&[]))),
        )
        .property(
            Property::new(
                "sequences-in-another-order",
                "moving the lengths moves the rows of the mask",
            )
            .in_case("plain")
            .rotate(["lengths"], 0)
            .expect_rotated(["mask"], 0),
        )
        .property(
            Property::new(
                "more-padding-does-not-matter",
                "in a wider batch the first 7 positions stay the same",
            )
            .in_case("plain")
            .set("length", 9)
            .expect_same_before(["mask"], 1, 7),
        )
}

fn lengths(lengths: Tensor, length: i64) -> Inputs {
    Inputs::default()
        .with("lengths", lengths)
        .with("length", length)
}
