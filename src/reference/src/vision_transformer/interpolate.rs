//! The task `interpolate`.

mod mistakes;

use tch::{Kind, Tensor};

use crate::inputs::Inputs;
use crate::property::Property;
use crate::random::Random;
use crate::task::Task;

/// The cases in which the grid changes its size along both axes.
pub(super) const RESIZED: &[&str] = &["larger", "smaller", "wide"];

/// The cases with fewer squares than there are positions.
pub(super) const FEWER: &[&str] = &["smaller"];

/// The cases with as many squares as there are positions for squares.
pub(super) const AS_MANY: &[&str] = &["as-many"];

/// The cases whose grid is not square.
pub(super) const NOT_SQUARE: &[&str] = &["larger", "wide", "as-many", "one-square"];

/// The side of the square grid that positions are for.
fn side(positions: &Tensor) -> i64 {
    ((positions.size()[0] - 1) as f64).sqrt() as i64
}

/// Positions for a grid of so many rows and columns, by libtorch's kernel.
pub fn kernel(positions: &Tensor, rows: i64, columns: i64) -> Tensor {
    resized(positions, |grid| {
        grid.upsample_bicubic2d([rows, columns], false, None, None)
    })
}

/// Positions whose grid (1, d_model, side, side) was resized.
fn resized(positions: &Tensor, resize: impl Fn(&Tensor) -> Tensor) -> Tensor {
    with_class(positions, &rows_of(&resize(&grid(positions))))
}

/// The positions of squares as an image (1, d_model, side, side).
fn grid(positions: &Tensor) -> Tensor {
    let side = side(positions);
    let squares = positions.narrow(0, 1, side * side);
    squares.reshape([1, side, side, -1]).permute([0, 3, 1, 2])
}

/// An image (1, d_model, rows, columns) as rows (rows · columns, d_model).
fn rows_of(grid: &Tensor) -> Tensor {
    grid.squeeze_dim(0).flatten(1, 2).tr()
}

/// The position of the class token above those of squares.
fn with_class(positions: &Tensor, squares: &Tensor) -> Tensor {
    Tensor::cat(&[&positions.narrow(0, 0, 1), squares], 0)
}

/// Choices by which the entries of an axis are added up, so that a mistake can make one differently.
#[derive(Clone, Copy)]
struct Axis {
    /// The place in the old axis of entry t of the new one, from t, side and length.
    source: fn(f64, f64, f64) -> f64,
    /// The parameter a of the cubic: the slope of the kernel at distance 1.
    a: f64,
    /// The index instead of one that may be outside of 0 … side − 1, if there is one.
    inside: fn(i64, i64) -> Option<i64>,
    /// `true` if the weights are divided by their sum.
    normalised: bool,
}

/// libtorch's way.
const BICUBIC: Axis = Axis {
    source: |t, side, length| (t + 0.5) * side / length - 0.5,
    a: -0.75,
    inside: |index, side| Some(index.clamp(0, side - 1)),
    normalised: false,
};

/// The weights (length, side) of an axis, by the formula.
pub fn weights(side: i64, length: i64) -> Tensor {
    BICUBIC.weights(side, length)
}

impl Axis {
    fn weights(self, side: i64, length: i64) -> Tensor {
        let mut weights = vec![0.0; (length * side) as usize];
        for target in 0..length {
            let source = (self.source)(target as f64, side as f64, length as f64);
            let first = source.floor() as i64 - 1;
            for entry in first..first + 4 {
                if let Some(inside) = (self.inside)(entry, side) {
                    let weight = &mut weights[(target * side + inside) as usize];
                    *weight += self.kernel(source - entry as f64);
                }
            }
        }
        let weights = Tensor::from_slice(&weights).view([length, side]);
        let weights = match self.normalised {
            true => &weights / weights.sum_dim_intlist(1, true, Kind::Double),
            false => weights,
        };
        weights.to_kind(Kind::Float)
    }

    /// The cubic of Keys (1981): 1 at 0, and 0 at 1 and from 2 on.
    fn kernel(self, distance: f64) -> f64 {
        let (a, d) = (self.a, distance.abs());
        match d {
            ..=1.0 => ((a + 2.0) * d - (a + 3.0)) * d * d + 1.0,
            1.0..2.0 => a * (((d - 5.0) * d + 8.0) * d - 4.0),
            _ => 0.0,
        }
    }

    fn run(self, x: &Inputs) -> Tensor {
        let positions = &x["positions"];
        let down = self.weights(side(positions), x.size("rows"));
        let across = self.weights(side(positions), x.size("columns"));
        resized(positions, |grid| down.matmul(grid).matmul(&across.tr()))
    }
}

pub(super) fn task() -> Task {
    let task = Task::new("interpolate", |x: &Inputs| {
        kernel(&x["positions"], x.size("rows"), x.size("columns"))
    })
    .output("resized", ["position", "feature"]);
    properties(mistakes::add(cases(task)))
}

fn cases(task: Task) -> Task {
    let inputs = |side: i64, [rows, columns]: [i64; 2], width: i64| {
        move |random: &Random| {
            Inputs::default()
                .with("positions", random.normal(&[1 + side * side, width]))
                .with("rows", rows)
                .with("columns", columns)
        }
    };
    task.case(
        "larger",
        "from 3 × 3 to 4 rows of 5 patches, with 2 features",
        inputs(3, [4, 5], 2),
    )
    .case(
        "smaller",
        "from 5 × 5 to 3 rows of 3 patches, with 2 features",
        inputs(5, [3, 3], 2),
    )
    .case(
        "wide",
        "from 4 × 4 to 3 rows of 7 patches, with 3 features",
        inputs(4, [3, 7], 3),
    )
    .case(
        "the-same",
        "from 3 × 3 to 3 × 3: nothing changes",
        inputs(3, [3, 3], 4),
    )
    .case(
        "as-many",
        "from 4 × 4 to 2 rows of 8 patches: as many as before, in another grid",
        inputs(4, [2, 8], 3),
    )
    .case(
        "one-square",
        "from a single patch to 2 rows of 3: all get its position",
        inputs(1, [2, 3], 2),
    )
}

fn properties(task: Task) -> Task {
    task.property(
        Property::new(
            "twice-the-positions",
            "twice the positions give twice the result: the weights do not depend on them",
        )
        .in_case("larger")
        .multiply(["positions"], 2.0)
        .expect_multiplied(["resized"], 2.0),
    )
    .property(
        Property::new(
            "features-apart",
            "moving the features moves them in the result, and changes nothing else",
        )
        .in_case("wide")
        .rotate(["positions"], 1)
        .expect_rotated(["resized"], 1),
    )
    .property(
        Property::new(
            "the-class-token-keeps-its-position",
            "different positions of patches do not change the first row",
        )
        .in_case("smaller")
        .disturb(["positions"], 0, 1)
        .expect_same_before(["resized"], 0, 1),
    )
}
