//! The task `rotate`.

use tch::{Kind, Tensor};

use super::{
    Layout, angles, angles_in_f32, angles_with_base, angles_with_step, layout, rotated, rotated_by,
    with_layout,
};
use crate::inputs::Inputs;
use crate::property::Property;
use crate::random::Random;
use crate::task::Task;

pub(super) fn rotate() -> Task {
    let right = |x: &Inputs| rotated(&x["x"], x.size("offset"), layout(x));
    Task::new("rotate", right)
        .output("output", ["position", "feature"])
        .case(
            "interleaved",
            "pairs of neighbours; 5 positions from 0 on, 8 features",
            vectors(5, 8, 0, Layout::Interleaved),
        )
        .case(
            "halves",
            "the first half of the features paired with the second",
            vectors(5, 6, 0, Layout::Halves),
        )
        .case(
            "interleaved-continuing",
            "positions from 17 on: what came before is already cached",
            vectors(3, 6, 17, Layout::Interleaved),
        )
        .case(
            "halves-continuing",
            "positions from 90 on",
            vectors(4, 10, 90, Layout::Halves),
        )
        .case(
            "far-out",
            "positions from 100,000 on: there, an angle in f32 has lost its digits",
            vectors(4, 12, 100_000, Layout::Interleaved),
        )
        .case(
            "square",
            "as many positions as pairs: here a transposed table of angles goes through",
            vectors(4, 8, 3, Layout::Halves),
        )
        .case(
            "one-pair",
            "2 features: both layouts are the same",
            vectors(3, 2, 1, Layout::Interleaved),
        )
        .case(
            "single",
            "one position, 0: nothing is rotated",
            vectors(1, 4, 0, Layout::Halves),
        )
        .mistake("other-layout", |x| {
            rotated(&x["x"], x.size("offset"), layout(x).other())
        })
        .mistake(
            "rotated-backwards",
            with_angles(|x, offset| angles(x, offset).neg()),
        )
        .mistake(
            "sine-and-cosine-swapped",
            with_pairs(|a, b, sin, cos| (a * sin - b * cos, a * cos + b * sin)),
        )
        .mistake(
            "minus-forgotten",
            with_pairs(|a, b, sin, cos| (a * cos + b * sin, a * sin + b * cos)),
        )
        .mistake(
            "overwritten-too-early",
            with_pairs(|a, b, sin, cos| {
                let a = a * cos - b * sin;
                (a.shallow_clone(), a * sin + b * cos)
            }),
        )
        .mistake("offset-ignored", with_angles(|x, _| angles(x, 0)))
        .mistake("angles-in-f32", with_angles(angles_in_f32))
        .mistake(
            "positions-from-one",
            with_angles(|x, offset| angles(x, offset + 1)),
        )
        .mistake(
            "exponent-halved",
            with_angles(|x, offset| angles_with_step(x, offset, 1.0)),
        )
        .mistake(
            "exponent-doubled",
            with_angles(|x, offset| angles_with_step(x, offset, 4.0)),
        )
        .mistake(
            "frequency-multiplied",
            with_angles(|x, offset| angles_with_step(x, offset, -2.0)),
        )
        .mistake(
            "another-base",
            with_angles(|x, offset| angles_with_base(x, offset, 1e3)),
        )
        .form(
            "another-base",
            "base-100000",
            with_angles(|x, offset| angles_with_base(x, offset, 1e5)),
        )
        .form(
            "another-base",
            "base-500000",
            with_angles(|x, offset| angles_with_base(x, offset, 5e5)),
        )
        .mistake(
            "one-frequency",
            with_angles(|x, offset| angles_with_step(x, offset, 0.0)),
        )
        .mistake(
            "speeds-reversed",
            with_angles(|x, offset| angles(x, offset).flip([1])),
        )
        .mistake("angles-of-the-other-layout", |x| {
            let layout = layout(x);
            let angles = angles(&x["x"], x.size("offset"));
            let (first, second) = layout.split(&layout.other().join(&angles, &angles));
            let (a, b) = layout.split(&x["x"]);
            layout.join(
                &(&a * first.cos() - &b * first.sin()),
                &(&a * second.sin() + &b * second.cos()),
            )
        })
        .mistake(
            "angles-transposed",
            with_angles(|x, offset| angles(x, offset).tr()),
        )
        .only_in(["square"])
        .property(
            Property::new(
                "the-norm-is-kept",
                "a rotated vector has the same length at every position",
            )
            .in_case("halves-continuing")
            .set("offset", 3)
            .expect_same_norm(["output"], 1),
        )
        .property(
            Property::new(
                "positions-are-independent",
                "changing the vectors at rows 3 and 4 changes nothing in those before them",
            )
            .in_case("interleaved")
            .disturb(["x"], 0, 3)
            .expect_same_before(["output"], 0, 3),
        )
}

fn vectors(length: i64, head_dim: i64, offset: i64, layout: Layout) -> impl Fn(&Random) -> Inputs {
    move |random| {
        with_layout(
            Inputs::default().with("x", random.normal(&[length, head_dim])),
            offset,
            layout,
        )
    }
}

/// The rotation by other angles, made from x and the offset.
fn with_angles(angles: fn(&Tensor, i64) -> Tensor) -> impl Fn(&Inputs) -> Tensor {
    move |x| {
        let angles = angles(&x["x"], x.size("offset"));
        rotated_by(&x["x"], &angles, layout(x))
    }
}

/// Makes a new pair of a pair of features and of the sine and the cosine of its angle.
type Rotate = fn(&Tensor, &Tensor, &Tensor, &Tensor) -> (Tensor, Tensor);

/// The rotation by a different formula.
fn with_pairs(rotate: Rotate) -> impl Fn(&Inputs) -> Tensor {
    move |x| {
        let layout = layout(x);
        let angles = angles(&x["x"], x.size("offset"));
        let (a, b) = layout.split(&x["x"]);
        let (first, second) = rotate(&a, &b, &angles.sin(), &angles.cos());
        layout.join(&first, &second).to_kind(Kind::Float)
    }
}
