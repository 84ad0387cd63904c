//! The wrong ways of resizing a grid of positions.

use tch::Tensor;

use super::{
    AS_MANY, Axis, BICUBIC, FEWER, NOT_SQUARE, RESIZED, grid, kernel, resized, rows_of, side,
    with_class,
};
use crate::inputs::Inputs;
use crate::task::Task;

/// Resizes an image (1, d_model, side, side) to so many rows and columns.
type Resize = fn(&Tensor, [i64; 2]) -> Tensor;

/// Adds the mistakes.
pub(super) fn add(task: Task) -> Task {
    of_the_axes(of_the_borders(of_the_formula(of_other_ways(
        of_the_class_token(task),
    ))))
    .others_only_in(RESIZED)
}

/// The right way around a different way of resizing.
fn by(resize: Resize) -> impl Fn(&Inputs) -> Tensor {
    move |x| resized(&x["positions"], |grid| resize(grid, size(x)))
}

fn by_axis(axis: Axis) -> impl Fn(&Inputs) -> Tensor {
    move |x| axis.run(x)
}

fn right(x: &Inputs) -> Tensor {
    let [rows, columns] = size(x);
    kernel(&x["positions"], rows, columns)
}

fn size(x: &Inputs) -> [i64; 2] {
    [x.size("rows"), x.size("columns")]
}

fn bicubic(grid: &Tensor, size: [i64; 2]) -> Tensor {
    grid.upsample_bicubic2d(size, false, None, None)
}

/// Rows (old, d_model) resized linearly to (new, d_model), as if they were one line.
fn in_one_dimension(rows: &Tensor, new: i64) -> Tensor {
    let line = rows.tr().unsqueeze(0);
    line.upsample_linear1d([new], false, None)
        .squeeze_dim(0)
        .tr()
}

fn of_the_class_token(task: Task) -> Task {
    task.mistake("class-position-interpolated", |x| {
        in_one_dimension(&x["positions"], 1 + x.size("rows") * x.size("columns"))
    })
    .mistake("class-position-in-the-grid", |x| {
        let positions = &x["positions"];
        let shifted = Tensor::cat(&[&positions.narrow(0, 0, 1), positions], 0);
        let shifted = shifted.narrow(0, 0, positions.size()[0]);
        right(&x.clone().with("positions", shifted))
    })
    .mistake("class-position-last", |x| right(x).roll(-1, 0))
    .form("class-position-last", "class-position-read-as-last", |x| {
        let rolled = x["positions"].roll(1, 0);
        right(&x.clone().with("positions", rolled)).roll(-1, 0)
    })
    .mistake("class-position-forgotten", |x| {
        let positions = &x["positions"];
        let rest = positions.narrow(0, 1, positions.size()[0] - 1);
        let zeroed = Tensor::cat(&[&positions.narrow(0, 0, 1).zeros_like(), &rest], 0);
        right(&x.clone().with("positions", zeroed))
    })
}

fn of_other_ways(task: Task) -> Task {
    task.mistake(
        "bilinear",
        by(|grid, size| grid.upsample_bilinear2d(size, false, None, None)),
    )
    .mistake(
        "nearest",
        by(|grid, size| grid.upsample_nearest2d(size, None, None)),
    )
    .mistake(
        "corners-aligned",
        by(|grid, size| grid.upsample_bicubic2d(size, true, None, None)),
    )
    .form(
        "corners-aligned",
        "bilinear-with-corners-aligned",
        by(|grid, size| grid.upsample_bilinear2d(size, true, None, None)),
    )
    .mistake(
        "antialiased",
        by(|grid, size| grid.internal_upsample_bicubic2d_aa(size, false, None, None)),
    )
    .only_in(FEWER)
    .mistake("one-dimensional", |x| {
        let positions = &x["positions"];
        let squares = positions.narrow(0, 1, positions.size()[0] - 1);
        let count = x.size("rows") * x.size("columns");
        with_class(positions, &in_one_dimension(&squares, count))
    })
    .mistake("positions-cut-off", |x| {
        x["positions"].narrow(0, 0, 1 + x.size("rows") * x.size("columns"))
    })
    .only_in(FEWER)
    .mistake("same-count-not-interpolated", |x| x["positions"].copy())
    .only_in(AS_MANY)
}

fn of_the_formula(task: Task) -> Task {
    task.mistake("another-cubic", by_axis(Axis { a: -0.5, ..BICUBIC }))
        .mistake(
            "half-a-pixel-forgotten",
            by_axis(Axis {
                source: |t, side, length| t * side / length,
                ..BICUBIC
            }),
        )
        .form(
            "half-a-pixel-forgotten",
            "half-a-pixel-not-taken-off",
            by_axis(Axis {
                source: |t, side, length| (t + 0.5) * side / length,
                ..BICUBIC
            }),
        )
        .form(
            "half-a-pixel-forgotten",
            "half-a-pixel-not-added",
            by_axis(Axis {
                source: |t, side, length| t * side / length - 0.5,
                ..BICUBIC
            }),
        )
        .mistake(
            "scale-inverted",
            by_axis(Axis {
                source: |t, side, length| (t + 0.5) * length / side - 0.5,
                ..BICUBIC
            }),
        )
        .mistake(
            "a-tenth-added",
            by_axis(Axis {
                source: |t, side, length| (t + 0.5) * side / (length + 0.1) - 0.5,
                ..BICUBIC
            }),
        )
}

fn of_the_borders(task: Task) -> Task {
    let if_inside = |index: i64, side: i64| (0..side).contains(&index).then_some(index);
    task.mistake(
        "zeros-outside",
        by_axis(Axis {
            inside: if_inside,
            ..BICUBIC
        }),
    )
    .mistake(
        "outside-left-out",
        by_axis(Axis {
            inside: if_inside,
            normalised: true,
            ..BICUBIC
        }),
    )
    .mistake(
        "mirrored-outside",
        by_axis(Axis {
            inside: |index, side| Some(mirrored(index, side, 1)),
            ..BICUBIC
        }),
    )
    .form(
        "mirrored-outside",
        "mirrored-with-the-border",
        by_axis(Axis {
            inside: |index, side| Some(mirrored(index, side, 0)),
            ..BICUBIC
        }),
    )
    .form(
        "mirrored-outside",
        "from-the-other-side",
        by_axis(Axis {
            inside: |index, side| Some(index.rem_euclid(side)),
            ..BICUBIC
        }),
    )
}

/// The index inside of 0 … side − 1 that a mirror shows: the border itself is shown again if `skipped` is 0.
fn mirrored(index: i64, side: i64, skipped: i64) -> i64 {
    match index {
        ..0 => (-index - 1 + skipped).min(side - 1),
        _ if index >= side => (2 * side - 1 - skipped - index).max(0),
        _ => index,
    }
}

fn of_the_axes(task: Task) -> Task {
    task.mistake("grid-transposed", |x| {
        let [rows, columns] = size(x);
        kernel(&x["positions"], columns, rows)
    })
    .only_in(NOT_SQUARE)
    .form(
        "grid-transposed",
        "old-grid-transposed",
        by(|grid, size| bicubic(&grid.transpose(2, 3), size)),
    )
    .form("grid-transposed", "new-grid-in-column-order", |x| {
        let positions = &x["positions"];
        let new = bicubic(&grid(positions), size(x));
        with_class(positions, &rows_of(&new.transpose(2, 3)))
    })
    .mistake("reshaped-not-permuted", |x| {
        let positions = &x["positions"];
        let side = side(positions);
        let squares = positions.narrow(0, 1, side * side);
        let new = bicubic(&squares.reshape([1, -1, side, side]), size(x));
        with_class(positions, &rows_of(&new))
    })
    .form("reshaped-not-permuted", "not-permuted-back", |x| {
        let positions = &x["positions"];
        let new = bicubic(&grid(positions), size(x));
        with_class(positions, &new.reshape([-1, positions.size()[1]]))
    })
    .mistake("one-axis-only", |x| {
        let positions = &x["positions"];
        let [rows, columns] = size(x);
        resized(positions, |grid| {
            let taller = bicubic(grid, [rows, side(positions)]);
            taller.upsample_nearest2d([rows, columns], None, None)
        })
    })
}
