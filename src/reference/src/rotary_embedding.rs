//! Rotary position embedding (Su et al. 2021, section 3.2) in both layouts, and attention with it.

use attentive_grader::Tolerance;
use tch::{Device, Kind, Tensor};

use crate::exercise::Exercise;
use crate::inputs::Inputs;
use crate::property::Property;
use crate::random::Random;
use crate::scaled_dot_product;
use crate::task::Task;

mod attention;

/// Correct implementations that compute their angles in `f32` differ most at the farthest positions: near position 90,
/// the second pair has turned by 14 radians, which are rounded to 10⁻⁶, and what they rotate is off by as much.
const TOLERANCE: Tolerance = Tolerance {
    absolute: 2e-5,
    relative: 2e-5,
};

/// The base of the frequencies.
const BASE: f64 = 10_000.0;

/// The exercise `rotary-embedding`.
pub fn exercise() -> Exercise {
    Exercise::new("rotary-embedding", TOLERANCE)
        .task(rotate())
        .task(attention::attention_with_rotary())
}

/// Which two features make a pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// Features 2i and 2i + 1.
    Interleaved,
    /// Features i and i + head / 2.
    Halves,
}

impl Layout {
    fn other(self) -> Self {
        match self {
            Self::Interleaved => Self::Halves,
            Self::Halves => Self::Interleaved,
        }
    }

    /// The first and the second feature of each pair: (…, head) gives twice (…, head / 2).
    fn split(self, x: &Tensor) -> (Tensor, Tensor) {
        let half = x.size()[1] / 2;
        match self {
            Self::Interleaved => {
                let pairs = x.view([-1, half, 2]);
                (pairs.select(2, 0), pairs.select(2, 1))
            }
            Self::Halves => (x.narrow(1, 0, half), x.narrow(1, half, half)),
        }
    }

    /// Undoes [`Layout::split`].
    fn join(self, first: &Tensor, second: &Tensor) -> Tensor {
        match self {
            Self::Interleaved => Tensor::stack(&[first, second], 2).flatten(1, 2),
            Self::Halves => Tensor::cat(&[first, second], 1),
        }
    }
}

/// x (length, head), its first row at the position `offset`, with each pair of features rotated by its angle.
pub fn rotated(x: &Tensor, offset: i64, layout: Layout) -> Tensor {
    turned(x, &angles(x, offset as f64, 2.0), layout)
}

/// The same for interleaved features by libtorch's complex numbers: each pair, as one number, times e^(i · angle).
pub fn rotated_as_complex(x: &Tensor, offset: i64) -> Tensor {
    let angles = angles(x, offset as f64, 2.0);
    let turns = Tensor::polar(&angles.ones_like(), &angles);
    let pairs = x
        .to_kind(Kind::Double)
        .view([-1, x.size()[1] / 2, 2])
        .view_as_complex();
    (pairs * turns)
        .view_as_real()
        .flatten(1, 2)
        .to_kind(Kind::Float)
}

fn rotate() -> Task {
    let wrong = |wrong: fn(&Tensor, i64, Layout) -> Tensor| {
        move |x: &Inputs| wrong(&x["x"], x.size("offset"), layout(x))
    };
    Task::new("rotate", wrong(rotated))
        .output("output", &["position", "feature"])
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
        .mistake(
            "other-layout",
            wrong(|x, offset, layout| rotated(x, offset, layout.other())),
        )
        .mistake(
            "rotated-backwards",
            wrong(|x, offset, layout| turned(x, &angles(x, offset as f64, 2.0).neg(), layout)),
        )
        .mistake(
            "sine-and-cosine-swapped",
            wrong(|x, offset, layout| {
                with_pairs(
                    x,
                    &angles(x, offset as f64, 2.0),
                    layout,
                    |a, b, sin, cos| (a * sin - b * cos, a * cos + b * sin),
                )
            }),
        )
        .mistake(
            "minus-forgotten",
            wrong(|x, offset, layout| {
                with_pairs(
                    x,
                    &angles(x, offset as f64, 2.0),
                    layout,
                    |a, b, sin, cos| (a * cos + b * sin, a * sin + b * cos),
                )
            }),
        )
        .mistake(
            "overwritten-too-early",
            wrong(|x, offset, layout| {
                with_pairs(
                    x,
                    &angles(x, offset as f64, 2.0),
                    layout,
                    |a, b, sin, cos| {
                        let a = a * cos - b * sin;
                        (a.shallow_clone(), a * sin + b * cos)
                    },
                )
            }),
        )
        .mistake(
            "offset-ignored",
            wrong(|x, _, layout| rotated(x, 0, layout)),
        )
        .mistake(
            "positions-from-one",
            wrong(|x, offset, layout| rotated(x, offset + 1, layout)),
        )
        .mistake(
            "exponent-halved",
            wrong(|x, offset, layout| turned(x, &angles(x, offset as f64, 1.0), layout)),
        )
        .mistake(
            "exponent-doubled",
            wrong(|x, offset, layout| turned(x, &angles(x, offset as f64, 4.0), layout)),
        )
        .mistake(
            "one-frequency",
            wrong(|x, offset, layout| turned(x, &angles(x, offset as f64, 0.0), layout)),
        )
        .mistake(
            "speeds-reversed",
            wrong(|x, offset, layout| turned(x, &angles(x, offset as f64, 2.0).flip([1]), layout)),
        )
        .mistake(
            "angles-of-the-other-layout",
            wrong(|x, offset, layout| {
                let angles = angles(x, offset as f64, 2.0);
                let (first, second) = layout.split(&layout.other().join(&angles, &angles));
                let (a, b) = layout.split(x);
                layout.join(
                    &(&a * first.cos() - &b * first.sin()),
                    &(&a * second.sin() + &b * second.cos()),
                )
            }),
        )
        .mistake(
            "angles-transposed",
            wrong(|x, offset, layout| turned(x, &angles(x, offset as f64, 2.0).tr(), layout)),
        )
        .only_in(["square"])
        .property(
            Property::new(
                "the-norm-is-kept",
                "a rotated vector is as long at one position as at another",
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

fn vectors(length: i64, head: i64, offset: i64, layout: Layout) -> impl Fn(&Random) -> Inputs {
    move |random| {
        with_layout(
            Inputs::default().with("x", random.normal(&[length, head])),
            offset,
            layout,
        )
    }
}

fn with_layout(inputs: Inputs, offset: i64, layout: Layout) -> Inputs {
    inputs
        .with("offset", offset)
        .with("halves", i64::from(layout == Layout::Halves))
}

fn layout(x: &Inputs) -> Layout {
    if x.size("halves") == 1 {
        Layout::Halves
    } else {
        Layout::Interleaved
    }
}

/// The angle (length, head / 2) of each pair at each position: position / 10000^(`step` · i / head).
///
/// In `f64`: beyond the first positions, `f32` would round the angles visibly.
fn angles(x: &Tensor, offset: f64, step: f64) -> Tensor {
    let count = |n: i64| Tensor::arange(n, (Kind::Double, Device::Cpu));
    let (length, head) = x.size2().expect("two axes");
    let frequencies = (count(head / 2) * (-step / head as f64 * BASE.ln())).exp();
    (count(length) + offset).unsqueeze(1) * frequencies
}

fn turned(x: &Tensor, angles: &Tensor, layout: Layout) -> Tensor {
    with_pairs(x, angles, layout, |a, b, sin, cos| {
        (a * cos - b * sin, a * sin + b * cos)
    })
}

/// Makes new pairs of the pairs of features and the sines and cosines of their angles.
fn with_pairs(
    x: &Tensor,
    angles: &Tensor,
    layout: Layout,
    turn: impl Fn(&Tensor, &Tensor, &Tensor, &Tensor) -> (Tensor, Tensor),
) -> Tensor {
    let (a, b) = layout.split(x);
    let (first, second) = turn(&a, &b, &angles.sin(), &angles.cos());
    layout.join(&first, &second).to_kind(Kind::Float)
}
