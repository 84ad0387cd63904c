//! The wrong ways of embedding: the right steps, with one taken differently.

use tch::{Kind, Tensor};

use super::{EMBED, Steps, class_tokens, size, squares};
use crate::inputs::Inputs;
use crate::model_weights::Weights;
use crate::positional_encoding;
use crate::task::Task;
use crate::vision_transformer::{interpolate, patches};

/// The cases in which each mistake shows that is not about a special one.
const TELLING: &[&str] = &["plain", "larger"];

/// The cases with as many numbers in a square as features.
const SQUARE: &[&str] = &["square"];

/// The cases with several images.
const SEVERAL_IMAGES: &[&str] = &["plain", "as-many"];

/// The cases with positions enough for all tokens, and another grid.
const POSITIONS_ENOUGH: &[&str] = &["as-many", "rest"];

/// The cases whose squares have another grid than the positions.
const INTERPOLATED: &[&str] = &["larger", "as-many", "rest"];

/// Adds the mistakes.
pub(super) fn add(task: Task) -> Task {
    of_positions(of_the_grid(of_the_class_token(of_squares(
        of_the_projection(task),
    ))))
    .others_only_in(TELLING)
}

fn by(steps: Steps) -> impl Fn(&Inputs) -> Tensor {
    move |x| steps.run(&x.into())
}

fn of_the_projection(task: Task) -> Task {
    task.mistake(
        "projection-bias-forgotten",
        by(Steps {
            projected: |w, squares| squares.linear(&w["w_projection"], None::<&Tensor>),
            ..EMBED
        }),
    )
    .mistake(
        "projection-transposed",
        by(Steps {
            projected: |w, squares| squares.matmul(&w["w_projection"]) + &w["b_projection"],
            ..EMBED
        }),
    )
    .only_in(SQUARE)
    .mistake(
        "kernel-flipped",
        by(Steps {
            squares: |w| {
                squares(w, |pixels, size| {
                    let numbers = patches::cut(pixels, size).unflatten(1, [-1, size, size]);
                    numbers.flip([2, 3]).flatten(1, 3)
                })
            },
            ..EMBED
        }),
    )
    .mistake(
        "scaled-by-root-d-model",
        by(Steps {
            projected: |w, squares| {
                let d_model = w["class_token"].size()[0] as f64;
                (EMBED.projected)(w, squares) * d_model.sqrt()
            },
            ..EMBED
        }),
    )
    .mistake(
        "activation-after-the-projection",
        by(Steps {
            projected: |w, squares| (EMBED.projected)(w, squares).gelu("none"),
            ..EMBED
        }),
    )
    .form(
        "activation-after-the-projection",
        "relu-after-the-projection",
        by(Steps {
            projected: |w, squares| (EMBED.projected)(w, squares).relu(),
            ..EMBED
        }),
    )
}

fn of_squares(task: Task) -> Task {
    task.mistake(
        "channels-last",
        by(Steps {
            squares: |w| {
                squares(w, |pixels, size| {
                    let numbers = patches::cut(pixels, size).unflatten(1, [-1, size * size]);
                    numbers.transpose(1, 2).flatten(1, 2)
                })
            },
            ..EMBED
        }),
    )
    .mistake(
        "patches-in-column-order",
        by(Steps {
            squares: |w| {
                let [rows, columns] = size(w);
                let squares = (EMBED.squares)(w).unflatten(1, [rows, columns]);
                squares.transpose(1, 2).flatten(1, 2)
            },
            ..EMBED
        }),
    )
    .mistake(
        "image-transposed",
        by(Steps {
            squares: |w| (EMBED.squares)(&with_transposed_images(w)),
            ..EMBED
        }),
    )
    .form("image-transposed", "image-and-grid-transposed", |x| {
        EMBED.run(&with_transposed_images(&x.into()))
    })
    .mistake(
        "first-image-everywhere",
        by(Steps {
            squares: |w| {
                let squares = (EMBED.squares)(w);
                squares.narrow(0, 0, 1).expand_as(&squares)
            },
            ..EMBED
        }),
    )
    .only_in(SEVERAL_IMAGES)
}

/// The weights with images whose rows are columns.
fn with_transposed_images(w: &Weights) -> Weights {
    w.with("images", w["images"].transpose(2, 3))
}

fn of_the_class_token(task: Task) -> Task {
    task.mistake(
        "class-token-last",
        by(Steps {
            tokens: |w, vectors| Tensor::cat(&[vectors, &class_tokens(w)], 1),
            ..EMBED
        }),
    )
    .form(
        "class-token-last",
        "class-token-last-with-its-position",
        |x| EMBED.run(&x.into()).roll(-1, 1),
    )
    .mistake(
        "class-token-forgotten",
        by(Steps {
            tokens: |w, vectors| Tensor::cat(&[&class_tokens(w).zeros_like(), vectors], 1),
            ..EMBED
        }),
    )
    .form(
        "class-token-forgotten",
        "mean-for-the-class-token",
        by(Steps {
            tokens: |_, vectors| {
                let mean = vectors.mean_dim(1, true, Kind::Float);
                Tensor::cat(&[&mean, vectors], 1)
            },
            ..EMBED
        }),
    )
    .mistake(
        "class-token-in-the-first-image-only",
        by(Steps {
            tokens: |w, vectors| {
                let all = class_tokens(w);
                let others = all.narrow(0, 1, all.size()[0] - 1).zeros_like();
                let first = Tensor::cat(&[all.narrow(0, 0, 1), others], 0);
                Tensor::cat(&[&first, vectors], 1)
            },
            ..EMBED
        }),
    )
    .only_in(SEVERAL_IMAGES)
    .mistake(
        "bias-on-the-class-token",
        by(Steps {
            tokens: |w, vectors| {
                let class_tokens = class_tokens(w) + &w["b_projection"];
                Tensor::cat(&[&class_tokens, vectors], 1)
            },
            ..EMBED
        }),
    )
}

fn of_the_grid(task: Task) -> Task {
    task.mistake(
        "positions-cut-off",
        by(Steps {
            positions: |w| {
                let [rows, columns] = size(w);
                w["positions"].narrow(0, 0, 1 + rows * columns)
            },
            ..EMBED
        }),
    )
    .only_in(POSITIONS_ENOUGH)
    .mistake(
        "same-count-not-interpolated",
        by(Steps {
            positions: |w| w["positions"].shallow_clone(),
            ..EMBED
        }),
    )
    .only_in(["as-many"])
    .mistake(
        "grid-transposed",
        by(Steps {
            positions: |w| {
                let [rows, columns] = size(w);
                interpolate::kernel(&w["positions"], columns, rows)
            },
            ..EMBED
        }),
    )
    .only_in(INTERPOLATED)
}

fn of_positions(task: Task) -> Task {
    task.mistake(
        "positions-forgotten",
        by(Steps {
            sum: |_, tokens, _| tokens.shallow_clone(),
            ..EMBED
        }),
    )
    .mistake(
        "no-position-for-the-class",
        by(Steps {
            sum: |_, tokens, positions| {
                let own = positions.narrow(0, 1, positions.size()[0] - 1);
                tokens + below_zeros(&own)
            },
            ..EMBED
        }),
    )
    .mistake(
        "positions-before-the-class",
        by(Steps {
            sum: |_, tokens, positions| {
                let shifted = positions.narrow(0, 0, positions.size()[0] - 1);
                tokens + below_zeros(&shifted)
            },
            ..EMBED
        }),
    )
    .mistake(
        "sinusoidal-positions",
        by(Steps {
            positions: |w| {
                let [rows, columns] = size(w);
                positional_encoding::formula(1 + rows * columns, w["class_token"].size()[0], 0)
            },
            ..EMBED
        }),
    )
    .mistake(
        "positions-multiplied",
        by(Steps {
            sum: |_, tokens, positions| tokens * positions,
            ..EMBED
        }),
    )
}

/// The rows of squares with a row of zeros above them.
fn below_zeros(rows: &Tensor) -> Tensor {
    Tensor::cat(&[&rows.narrow(0, 0, 1).zeros_like(), rows], 0)
}
