//! A mask of what two masks allow.

use tch::Tensor;

use super::{distances, formula, kernel};
use crate::inputs::Inputs;
use crate::property::Property;
use crate::task::Task;

pub(super) fn combine() -> Task {
    let of_both = |compute: fn(&Tensor, &Tensor) -> Tensor| {
        move |x: &Inputs| compute(&x["padding"], &x["causal"])
    };
    Task::new("combine", of_both(formula::combine))
        .output("mask", ["sequence", "query", "key"])
        .case(
            "continuing",
            "3 sequences, 4 queries, 6 keys, so that swapped axes show",
            |random| {
                both(
                    formula::padding(&(random.permutation(5).narrow(0, 0, 3) + 1), 6),
                    kernel::causal(4, 6),
                )
            },
        )
        .case(
            "square",
            "as many queries as keys: here padding goes through on the wrong axis too",
            |random| {
                both(
                    formula::padding(&(random.permutation(4).narrow(0, 0, 3) + 1), 5),
                    kernel::causal(5, 5),
                )
            },
        )
        .case(
            "padding-on-the-left",
            "the first queries may attend to nothing: their rows are all false",
            |random| {
                let right = formula::padding(&(random.permutation(4).narrow(0, 0, 3) + 1), 6);
                both(right.flip([1]), kernel::causal(6, 6))
            },
        )
        .case(
            "any-two-masks",
            "masks without a pattern: each entry matters, not the shape of a triangle",
            |random| {
                both(
                    random.normal(&[2, 7]).greater(-0.3),
                    random.normal(&[4, 7]).greater(-0.3),
                )
            },
        )
        .mistake(
            "or-instead-of-and",
            of_both(|padding, causal| padding.unsqueeze(1).logical_or(&causal.unsqueeze(0))),
        )
        .mistake(
            "padding-ignored",
            of_both(|padding, causal| formula::combine(&padding.ones_like(), causal)),
        )
        .mistake(
            "causal-ignored",
            of_both(|padding, causal| formula::combine(padding, &causal.ones_like())),
        )
        .mistake(
            "padding-inverted",
            of_both(|padding, causal| formula::combine(&padding.logical_not(), causal)),
        )
        .mistake(
            "one-padding-for-all",
            of_both(|padding, causal| {
                formula::combine(&padding.narrow(0, 0, 1).expand_as(padding), causal)
            }),
        )
        .mistake(
            "empty-rows-opened",
            of_both(|padding, causal| {
                let mask = formula::combine(padding, causal);
                let (queries, keys) = causal.size2().expect("two axes");
                let own_position = distances(queries, keys).eq(0);
                mask.logical_or(
                    &mask
                        .any_dim(2, true)
                        .logical_not()
                        .logical_and(&own_position),
                )
            }),
        )
        .mistake(
            "padding-on-the-queries",
            of_both(|padding, causal| padding.unsqueeze(2).logical_and(&causal.unsqueeze(0))),
        )
        .only_in(["square", "padding-on-the-left"])
        .mistake(
            "padded-queries-blocked",
            of_both(|padding, causal| {
                formula::combine(padding, causal).logical_and(&padding.unsqueeze(2))
            }),
        )
        .only_in(["square", "padding-on-the-left"])
        .property(
            Property::new(
                "sequences-in-another-order",
                "moving the sequences moves their masks",
            )
            .in_case("continuing")
            .rotate(["padding"], 0)
            .expect_rotated(["mask"], 0),
        )
        .property(
            Property::new(
                "queries-in-another-order",
                "moving the queries moves their rows",
            )
            .in_case("continuing")
            .rotate(["causal"], 0)
            .expect_rotated(["mask"], 1),
        )
        .property(
            Property::new(
                "keys-in-another-order",
                "moving the keys of both masks moves those of the result",
            )
            .in_case("continuing")
            .rotate(["padding", "causal"], 1)
            .expect_rotated(["mask"], 2),
        )
}

fn both(padding: Tensor, causal: Tensor) -> Inputs {
    Inputs::default()
        .with("padding", padding)
        .with("causal", causal)
}
