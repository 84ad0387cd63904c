//! Sinusoidal positional encoding (Vaswani et al. 2017, section 3.5), by its formula: libtorch has no kernel for it.
//! Everything is computed in `f64` and then cast.

mod add_positions;

use attentive_grader::Tolerance;
use tch::{Device, Kind, Tensor};

use crate::exercise::Exercise;
use crate::inputs::Inputs;
use crate::property::Property;
use crate::task::Task;

/// In `f32` an angle carries the roundings of a power, a quotient and, in some implementations, a logarithm: a few
/// 10⁻⁷ of the angle, which is up to 100 radians in these cases.
const TOLERANCE: Tolerance = Tolerance {
    absolute: 2e-5,
    relative: 1e-5,
};

const BASE: f64 = 10_000.0;

/// The cases of `sinusoidal` with more than one column.
const SEVERAL_COLUMNS: &[&str] = &["by-hand", "plain", "odd-width", "continued", "one-token"];

/// The cases of `sinusoidal` with more than one position.
const SEVERAL_POSITIONS: &[&str] = &["by-hand", "plain", "odd-width", "continued", "one-column"];

/// The cases of `sinusoidal` in which every sine has its cosine.
const EVEN_WIDTHS: &[&str] = &["by-hand", "plain", "continued", "one-token"];

/// The exercise `positional-encoding`.
pub fn exercise() -> Exercise {
    Exercise::new("positional-encoding", TOLERANCE)
        .task(sinusoidal())
        .task(add_positions::add_positions())
}

/// The encodings (length, d_model) of the positions from `offset`.
pub fn formula(length: i64, d_model: i64, offset: i64) -> Tensor {
    interleaved(&angles(
        &positions(length, offset),
        &exponents(d_model),
        BASE,
    ))
}

fn sinusoidal() -> Task {
    Task::new("sinusoidal", |x| {
        formula(x.size("length"), x.size("d_model"), x.size("offset"))
    })
    .output("encoding", ["position", "column"])
    .case(
        "by-hand",
        "only two angles, pos and pos/100: small enough to check by hand",
        |_| sizes(3, 4, 0),
    )
    .case("plain", "7 positions, 10 columns", |_| sizes(7, 10, 0))
    .case(
        "odd-width",
        "the last of 9 columns is a sine without its cosine",
        |_| sizes(5, 9, 0),
    )
    .case(
        "continued",
        "a later piece of a sequence: its first position is not 0",
        |random| sizes(6, 16, 40 + random.below(50)),
    )
    .case(
        "one-token",
        "one position, far from 0, as when a text is written token by token",
        |random| sizes(1, 12, 40 + random.below(50)),
    )
    .case(
        "one-column",
        "a width of 1: a sine and nothing else",
        |_| sizes(5, 1, 3),
    )
    .mistake("frequency-per-column", |x| {
        with_exponents(x, |column, d_model| column / d_model)
    })
    .mistake("column-as-i", |x| {
        with_exponents(x, |column, d_model| column * 2.0 / d_model)
    })
    .mistake("exponent-off-by-two", |x| {
        with_exponents(x, |column, d_model| pair(column) / d_model)
    })
    .mistake("exponent-doubled", |x| {
        with_exponents(x, |column, d_model| pair(column) * 4.0 / d_model)
    })
    // In an odd width, what d_model / 2 is depends on how it is divided.
    .mistake("exponent-to-one", |x| {
        with_exponents(x, |column, d_model| pair(column) / (d_model / 2.0 - 1.0))
    })
    .only_in(EVEN_WIDTHS)
    .mistake("exponent-over-d-model-less-one", |x| {
        with_exponents(x, |column, d_model| pair(column) * 2.0 / (d_model - 1.0))
    })
    .only_in(SEVERAL_COLUMNS)
    .mistake("integer-division", |x| {
        with_exponents(x, |column, d_model| {
            (pair(column) * 2.0).divide_scalar_mode(d_model, "floor")
        })
    })
    // Elsewhere the angles are so large that their rounding in `f32` decides what their sine is.
    .mistake("frequency-multiplied", |x| {
        with_exponents(x, |column, d_model| pair(column) * -2.0 / d_model)
    })
    .only_in(["by-hand"])
    .mistake("another-base", |x| with_base(x, 1000.0))
    .form("another-base", "base-100000", |x| with_base(x, 100_000.0))
    .mistake("logarithm-to-base-10", |x| with_base(x, BASE.log10().exp()))
    .mistake("degrees", |x| interleaved(&right_angles(x, BASE).deg2rad()))
    .mistake("halves", |x| {
        let angles = right_angles(x, BASE);
        let every_second = |from: i64| angles.slice(1, from, x.size("d_model"), 2);
        Tensor::cat(&[every_second(0).sin(), every_second(1).cos()], 1)
    })
    .mistake("halves-to-one", |x| {
        let half = x.size("d_model") / 2;
        let exponents = columns(half) / (half as f64 - 1.0);
        let angles = angles(
            &positions(x.size("length"), x.size("offset")),
            &exponents,
            BASE,
        );
        Tensor::cat(&[angles.sin(), angles.cos()], 1).to_kind(Kind::Float)
    })
    .only_in(EVEN_WIDTHS)
    .mistake("sine-and-cosine-swapped", |x| {
        let angles = right_angles(x, BASE);
        angles
            .cos()
            .where_self(&even(x.size("d_model")), &angles.sin())
    })
    .mistake("only-sines", |x| right_angles(x, BASE).sin())
    .mistake("last-column-empty", |x| {
        let odd = x.size("d_model") % 2;
        let pairs = formula(x.size("length"), x.size("d_model"), x.size("offset"));
        pairs.constant_pad_nd([0, -odd]).constant_pad_nd([0, odd])
    })
    .mistake("last-column-cosine", |x| {
        let (angles, d_model) = (right_angles(x, BASE), x.size("d_model"));
        let last = columns(d_model).eq((d_model - 1) as f64);
        let sine = even(d_model).logical_and(&last.logical_not());
        angles.sin().where_self(&sine, &angles.cos())
    })
    .mistake("positions-from-1", |x| {
        formula(x.size("length"), x.size("d_model"), x.size("offset") + 1)
    })
    .mistake("positions-from-minus-1", |x| {
        formula(x.size("length"), x.size("d_model"), x.size("offset") - 1)
    })
    .mistake("positions-scaled", |x| {
        with_scaled_positions(x, x.size("length"))
    })
    .form("positions-scaled", "positions-scaled-to-one", |x| {
        with_scaled_positions(x, x.size("length") - 1)
    })
    .only_in(SEVERAL_POSITIONS)
    .mistake("offset-ignored", |x| {
        formula(x.size("length"), x.size("d_model"), 0)
    })
    .property(
        Property::new(
            "an-offset-is-a-window",
            "4 positions from offset 3 are rows 3 to 6 of the encoding that begins at 0",
        )
        .in_case("plain")
        .set("offset", 3)
        .set("length", 4)
        .expect_window(["encoding"], 0, 3),
    )
    .property(
        Property::new(
            "a-longer-sequence-begins-alike",
            "an encoding of 50 positions begins with the encoding of 7",
        )
        .in_case("plain")
        .set("length", 50)
        .expect_same_before(["encoding"], 0, 7),
    )
}

fn sizes(length: i64, d_model: i64, offset: i64) -> Inputs {
    Inputs::default()
        .with("length", length)
        .with("d_model", d_model)
        .with("offset", offset)
}

/// The encoding with other exponents, made from the columns and d_model.
fn with_exponents(x: &Inputs, exponents: impl Fn(&Tensor, f64) -> Tensor) -> Tensor {
    let d_model = x.size("d_model");
    let exponents = exponents(&columns(d_model), d_model as f64);
    interleaved(&angles(
        &positions(x.size("length"), x.size("offset")),
        &exponents,
        BASE,
    ))
}

fn right_angles(x: &Inputs, base: f64) -> Tensor {
    angles(
        &positions(x.size("length"), x.size("offset")),
        &exponents(x.size("d_model")),
        base,
    )
}

/// The encoding with a base other than 10,000.
fn with_base(x: &Inputs, base: f64) -> Tensor {
    interleaved(&right_angles(x, base))
}

/// The encoding of positions that are divided by a number.
fn with_scaled_positions(x: &Inputs, number: i64) -> Tensor {
    let positions = positions(x.size("length"), x.size("offset")) / number as f64;
    interleaved(&angles(&positions, &exponents(x.size("d_model")), BASE))
}

/// The positions (length, 1) from `offset`.
fn positions(length: i64, offset: i64) -> Tensor {
    Tensor::arange_start(offset, offset + length, (Kind::Double, Device::Cpu)).unsqueeze(1)
}

/// The columns (d_model) from 0.
fn columns(d_model: i64) -> Tensor {
    Tensor::arange(d_model, (Kind::Double, Device::Cpu))
}

/// i for the columns 2i and 2i + 1.
fn pair(columns: &Tensor) -> Tensor {
    columns.divide_scalar_mode(2.0, "floor")
}

/// 2i / d_model for the columns 2i and 2i + 1.
fn exponents(d_model: i64) -> Tensor {
    pair(&columns(d_model)) * 2.0 / d_model as f64
}

/// position / base^exponent: (length, d_model).
fn angles(positions: &Tensor, exponents: &Tensor, base: f64) -> Tensor {
    positions / Tensor::pow_scalar(base, exponents)
}

/// The columns (d_model) that are even.
fn even(d_model: i64) -> Tensor {
    Tensor::arange(d_model, (Kind::Int64, Device::Cpu))
        .remainder(2)
        .eq(0)
}

/// The sine of the angles in even columns, the cosine in odd ones.
fn interleaved(angles: &Tensor) -> Tensor {
    angles
        .sin()
        .where_self(&even(angles.size()[1]), &angles.cos())
        .to_kind(Kind::Float)
}
