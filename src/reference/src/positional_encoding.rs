//! Sinusoidal positional encoding (Vaswani et al. 2017, section 3.5), by its formula: libtorch has no kernel for it.
//! Everything is computed in `f64` and then cast.

use attentive_grader::Tolerance;
use tch::{Device, Kind, Tensor};

use crate::exercise::Exercise;
use crate::inputs::Inputs;
use crate::property::Property;
use crate::random::Random;
use crate::task::Task;

/// In `f32` an angle carries the roundings of a power, a quotient and, in some implementations, a logarithm: a few
/// 10⁻⁷ of the angle, which is up to 100 radians in these cases.
const TOLERANCE: Tolerance = Tolerance {
    absolute: 2e-5,
    relative: 1e-5,
};

const BASE: f64 = 10_000.0;

/// The cases of `sinusoidal` in which every sine has its cosine.
const EVEN_WIDTHS: &[&str] = &["by-hand", "plain", "continued", "one-token"];

/// The exercise `positional-encoding`.
pub fn exercise() -> Exercise {
    Exercise::new("positional-encoding", TOLERANCE)
        .task(sinusoidal())
        .task(add_positions())
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
    .output("encoding", &["position", "column"])
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
    .mistake("frequency-per-column", |x| with_exponents(x, |c, d| c / d))
    .mistake("column-as-i", |x| with_exponents(x, |c, d| c * 2.0 / d))
    .mistake("exponent-off-by-two", |x| {
        with_exponents(x, |c, d| pair(c) / d)
    })
    .mistake("exponent-doubled", |x| {
        with_exponents(x, |c, d| pair(c) * 4.0 / d)
    })
    // In an odd width, what d_model / 2 is depends on how it is divided.
    .mistake("exponent-to-one", |x| {
        with_exponents(x, |c, d| pair(c) / (d / 2.0 - 1.0))
    })
    .only_in(EVEN_WIDTHS)
    .mistake("integer-division", |x| {
        with_exponents(x, |c, d| (pair(c) * 2.0).divide_scalar_mode(d, "floor"))
    })
    // Elsewhere the angles are so large that their rounding in `f32` decides what their sine is.
    .mistake("frequency-multiplied", |x| {
        with_exponents(x, |c, d| pair(c) * -2.0 / d)
    })
    .only_in(["by-hand"])
    .mistake("base-1000", |x| with_base(x, 1000.0))
    .mistake("logarithm-to-base-10", |x| with_base(x, BASE.log10().exp()))
    .mistake("degrees", |x| interleaved(&right_angles(x, BASE).deg2rad()))
    .mistake("halves", |x| {
        let angles = right_angles(x, BASE);
        let every_second = |from: i64| angles.slice(1, from, x.size("d_model"), 2);
        Tensor::cat(&[every_second(0).sin(), every_second(1).cos()], 1)
    })
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

fn add_positions() -> Task {
    Task::new("add_positions", |x| &x["x"] + encoding_of(x, formula))
        .output("output", &["sequence", "position", "column"])
        .case("plain", "3 sequences of 5 vectors of width 8", |random| {
            batch(random, [3, 5, 8], 0)
        })
        .case(
            "square",
            "as many sequences as positions: here taking one for the other goes through",
            |random| batch(random, [4, 4, 6], 0),
        )
        .case(
            "odd-width",
            "2 sequences of 3 vectors of width 7",
            |random| batch(random, [2, 3, 7], 0),
        )
        .case(
            "continued",
            "later pieces of sequences: the first position is not 0",
            |random| {
                let offset = 40 + random.below(50);
                batch(random, [2, 6, 10], offset)
            },
        )
        .case(
            "one-token",
            "one vector for each sequence, at a position far from 0",
            |random| {
                let offset = 40 + random.below(50);
                batch(random, [3, 1, 12], offset)
            },
        )
        .mistake("scaled-by-root-d-model", |x| {
            &x["x"] * (x["x"].size()[2] as f64).sqrt() + encoding_of(x, formula)
        })
        .mistake("multiplied", |x| &x["x"] * encoding_of(x, formula))
        .mistake("encoding-forgotten", |x| x["x"].shallow_clone())
        .mistake("subtracted", |x| &x["x"] - encoding_of(x, formula))
        .mistake("input-forgotten", |x| {
            encoding_of(x, formula).expand_as(&x["x"])
        })
        .mistake("concatenated", |x| {
            Tensor::cat(&[&x["x"], &encoding_of(x, formula).expand_as(&x["x"])], 2)
        })
        .mistake("batch-as-position", |x| {
            let sequences = x["x"].size()[0];
            &x["x"]
                + encoding_of(x, |_, d_model, offset| formula(sequences, d_model, offset))
                    .unsqueeze(1)
        })
        .mistake("positions-run-on", |x| {
            let sequences = x["x"].size()[0];
            let encoding = encoding_of(x, |length, d_model, offset| {
                formula(sequences * length, d_model, offset)
            });
            &x["x"] + encoding.view_as(&x["x"])
        })
        .mistake("same-position-everywhere", |x| {
            &x["x"] + encoding_of(x, |_, d_model, offset| formula(1, d_model, offset))
        })
        .mistake("first-sequence-only", |x| {
            let first = Tensor::arange(x["x"].size()[0], (Kind::Int64, Device::Cpu))
                .eq(0)
                .view([-1, 1, 1]);
            &x["x"] + encoding_of(x, formula) * first
        })
        .mistake("offset-ignored", |x| {
            &x["x"] + encoding_of(x, |length, d_model, _| formula(length, d_model, 0))
        })
        .property(
            Property::new(
                "sequences-in-another-order",
                "moving the sequences of a batch moves the results, and changes nothing else",
            )
            .in_case("plain")
            .rotate(["x"], 0)
            .expect_rotated(["output"], 0),
        )
        .property(
            Property::new(
                "positions-are-independent",
                "changing the vectors from position 3 on changes nothing before it",
            )
            .in_case("plain")
            .disturb(["x"], 1, 3)
            .expect_same_before(["output"], 1, 3),
        )
}

fn sizes(length: i64, d_model: i64, offset: i64) -> Inputs {
    Inputs::default()
        .with("length", length)
        .with("d_model", d_model)
        .with("offset", offset)
}

fn batch(random: &Random, shape: [i64; 3], offset: i64) -> Inputs {
    Inputs::default()
        .with("x", random.normal(&shape))
        .with("offset", offset)
}

/// An encoding for the batch `x`, made from its length, its width and its offset.
fn encoding_of(x: &Inputs, encoding: impl Fn(i64, i64, i64) -> Tensor) -> Tensor {
    encoding(x["x"].size()[1], x["x"].size()[2], x.size("offset"))
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

/// The encoding with another base than 10,000.
fn with_base(x: &Inputs, base: f64) -> Tensor {
    interleaved(&right_angles(x, base))
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
