//! Rotary position embedding (Su et al. 2021, section 3.2) in both layouts, and attention with it.

mod attention;
mod rotate;

use attentive_grader::Tolerance;
use tch::{Device, Kind, Tensor};

use crate::exercise::Exercise;
use crate::inputs::Inputs;

/// Near its beginning, a sequence may be rotated by angles in `f32`: near position 90, the second pair has turned by 14
/// radians, which are rounded to 10⁻⁶, and what they rotate is off by as much. Far out, such angles are a mistake.
const TOLERANCE: Tolerance = Tolerance {
    absolute: 2e-5,
    relative: 2e-5,
};

/// The base of the frequencies.
const BASE: f64 = 10_000.0;

/// The exercise `rotary-embedding`.
pub fn exercise() -> Exercise {
    Exercise::new("rotary-embedding", TOLERANCE)
        .task(rotate::rotate())
        .task(attention::attention_with_rotary())
}

/// A way of choosing the two features of a pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// Features 2i and 2i + 1.
    Interleaved,
    /// Features i and i + head_dim / 2.
    Halves,
}

impl Layout {
    fn other(self) -> Self {
        match self {
            Self::Interleaved => Self::Halves,
            Self::Halves => Self::Interleaved,
        }
    }

    /// The first and the second feature of each pair: (…, head_dim) gives twice (…, head_dim / 2).
    pub(crate) fn split(self, x: &Tensor) -> (Tensor, Tensor) {
        let half = x.size()[x.dim() - 1] / 2;
        match self {
            Self::Interleaved => {
                let pairs = x.unflatten(-1, [half, 2]);
                (pairs.select(-1, 0), pairs.select(-1, 1))
            }
            Self::Halves => (x.narrow(-1, 0, half), x.narrow(-1, half, half)),
        }
    }

    /// Undoes [`Layout::split`].
    pub(crate) fn join(self, first: &Tensor, second: &Tensor) -> Tensor {
        match self {
            Self::Interleaved => Tensor::stack(&[first, second], -1).flatten(-2, -1),
            Self::Halves => Tensor::cat(&[first, second], -1),
        }
    }
}

/// x (length, head_dim), its first row at the position `offset`, with each pair of features rotated by its angle.
pub fn rotated(x: &Tensor, offset: i64, layout: Layout) -> Tensor {
    rotated_by(x, &angles(x, offset), layout)
}

/// x with each pair of features rotated by its angle: a · cos − b · sin and a · sin + b · cos. There may be axes before
/// the length.
pub(crate) fn rotated_by(x: &Tensor, angles: &Tensor, layout: Layout) -> Tensor {
    let (a, b) = layout.split(x);
    let (sin, cos) = (angles.sin(), angles.cos());
    let (first, second) = (&a * &cos - &b * &sin, a * sin + b * cos);
    layout.join(&first, &second).to_kind(Kind::Float)
}

/// The angle (length, head_dim / 2) of each pair at each position: position / 10000^(2i / head_dim).
fn angles(x: &Tensor, offset: i64) -> Tensor {
    angles_with_step(x, offset, 2.0)
}

/// The angles (length, head_dim / 2) as `f32` rounds them: position, frequency and product.
fn angles_in_f32(x: &Tensor, offset: i64) -> Tensor {
    let positions = Tensor::arange_start(offset, offset + x.size()[0], (Kind::Float, Device::Cpu));
    positions.unsqueeze(1) * frequencies(x.size()[1], 2.0).to_kind(Kind::Float)
}

/// The angles when the exponent grows by a step other than 2 from pair to pair.
///
/// In `f64`: beyond the first positions, `f32` would round the angles visibly.
pub(crate) fn angles_with_step(x: &Tensor, offset: i64, step: f64) -> Tensor {
    let (length, head_dim) = (x.size()[x.dim() - 2], x.size()[x.dim() - 1]);
    let positions = Tensor::arange(length, (Kind::Double, Device::Cpu)) + offset as f64;
    positions.unsqueeze(1) * frequencies(head_dim, step)
}

/// The angles with a base other than 10,000.
pub(crate) fn angles_with_base(x: &Tensor, offset: i64, base: f64) -> Tensor {
    angles_with_step(x, offset, 2.0 * step_of_base(base))
}

/// The step by which exponents of 10,000 grow where those of another base grow by 1: it is to the power of an exponent what
/// 10,000 is to the power of one that is larger by the ratio of the logarithms.
pub(crate) fn step_of_base(base: f64) -> f64 {
    base.ln() / BASE.ln()
}

/// The frequency (head_dim / 2) of each pair: 10000^(−step · i / head_dim).
fn frequencies(head_dim: i64, step: f64) -> Tensor {
    let pairs = Tensor::arange(head_dim / 2, (Kind::Double, Device::Cpu));
    (pairs * (-step / head_dim as f64 * BASE.ln())).exp()
}

/// The rotation of interleaved features by libtorch's complex numbers: each pair, as one number, times e^(i · angle).
pub fn rotated_as_complex(x: &Tensor, offset: i64) -> Tensor {
    let angles = angles(x, offset);
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

/// Adds an offset and a layout.
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
