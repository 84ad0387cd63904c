//! The task `embed`.

mod mistakes;

use tch::Tensor;

use super::{interpolate, patches};
use crate::inputs::Inputs;
use crate::model_weights::Weights;
use crate::property::Property;
use crate::random::Random;
use crate::task::Task;

/// The axes of the images.
const HEIGHT: usize = 2;
const WIDTH: usize = 3;

/// The steps of embedding, so that a mistake can take one of them differently.
#[derive(Clone, Copy)]
struct Steps {
    /// From the weights, the squares (batch, patches, channels · size · size).
    squares: fn(&Weights) -> Tensor,
    /// From the squares, their vectors.
    projected: fn(&Weights, &Tensor) -> Tensor,
    /// From the vectors, those of all tokens (batch, 1 + patches, d_model).
    tokens: fn(&Weights, &Tensor) -> Tensor,
    /// The positions (1 + patches, d_model) of an image's tokens.
    positions: fn(&Weights) -> Tensor,
    /// From tokens and positions, the result.
    sum: fn(&Weights, &Tensor, &Tensor) -> Tensor,
}

const EMBED: Steps = Steps {
    squares: |w| squares(w, patches::cut),
    projected: |w, squares| squares.linear(&w["w_projection"], Some(&w["b_projection"])),
    tokens: |w, vectors| Tensor::cat(&[&class_tokens(w), vectors], 1),
    positions: |w| {
        let [rows, columns] = size(w);
        interpolate::kernel(&w["positions"], rows, columns)
    },
    sum: |_, tokens, positions| tokens + positions,
};

impl Steps {
    fn run(self, w: &Weights) -> Tensor {
        let vectors = (self.projected)(w, &(self.squares)(w));
        let tokens = (self.tokens)(w, &vectors);
        (self.sum)(w, &tokens, &(self.positions)(w))
    }
}

/// The vectors of images (batch, 1 + patches, d_model).
pub fn vectors(w: &Weights) -> Tensor {
    EMBED.run(w)
}

/// The same by a convolution, as `transformers` computes it.
pub fn kernel(w: &Weights) -> Tensor {
    let (patch, channels) = (w.size("patch_size"), w["images"].size()[1]);
    let kernel = w["w_projection"].reshape([-1, channels, patch, patch]);
    let convolved = w["images"].conv2d(&kernel, Some(&w["b_projection"]), patch, 0, 1, 1);
    let vectors = convolved.flatten(2, 3).transpose(1, 2);
    (EMBED.sum)(w, &(EMBED.tokens)(w, &vectors), &(EMBED.positions)(w))
}

/// The squares of every image.
fn squares(w: &Weights, cut: fn(&Tensor, i64) -> Tensor) -> Tensor {
    let images = w["images"].unbind(0);
    let squares: Vec<_> = images
        .iter()
        .map(|pixels| cut(pixels, w.size("patch_size")))
        .collect();
    Tensor::stack(&squares, 0)
}

/// The class token of every image (batch, 1, d_model).
fn class_tokens(w: &Weights) -> Tensor {
    let class_token = &w["class_token"];
    class_token.expand([w["images"].size()[0], 1, class_token.size()[0]], false)
}

/// The rows and columns of squares.
fn size(w: &Weights) -> [i64; 2] {
    [HEIGHT, WIDTH].map(|axis| w["images"].size()[axis] / w.size("patch_size"))
}

pub(super) fn task() -> Task {
    let task = Task::new("embed", |x: &Inputs| vectors(&x.into()))
        .output("vectors", ["image", "token", "feature"]);
    properties(mistakes::add(cases(task)))
}

/// The sizes of a case.
#[derive(Debug, Clone, Copy)]
struct Size {
    images: [i64; 4],
    patch: i64,
    side: i64,
    width: i64,
}

fn cases(task: Task) -> Task {
    task.case(
        "plain",
        "2 images of 3 channels and 6 × 6 pixels, in 3 × 3 patches as the positions are; 4 features",
        inputs(Size {
            images: [2, 3, 6, 6],
            patch: 2,
            side: 3,
            width: 4,
        }),
    )
    .case(
        "larger",
        "an image of 2 channels and 9 × 15 pixels has 3 rows of 5 patches; the positions are for 2 × 2",
        inputs(Size {
            images: [1, 2, 9, 15],
            patch: 3,
            side: 2,
            width: 5,
        }),
    )
    .case(
        "as-many",
        "2 grey images of 2 rows of 8 patches; the positions are for 4 × 4",
        inputs(Size {
            images: [2, 1, 4, 16],
            patch: 2,
            side: 4,
            width: 3,
        }),
    )
    .case(
        "square",
        "as many images and features as numbers in a patch: here a transposed matrix fits",
        inputs(Size {
            images: [4, 1, 4, 4],
            patch: 2,
            side: 2,
            width: 4,
        }),
    )
    .case(
        "rest",
        "an image of 5 × 8 pixels in patches of 3 × 3: 2 patches, and positions for 2 × 2",
        inputs(Size {
            images: [1, 2, 5, 8],
            patch: 3,
            side: 2,
            width: 3,
        }),
    )
    .case(
        "one-square",
        "an image that is one patch, and positions for one",
        inputs(Size {
            images: [1, 3, 2, 2],
            patch: 2,
            side: 1,
            width: 5,
        }),
    )
}

fn inputs(size: Size) -> impl Fn(&Random) -> Inputs {
    move |random| {
        let numbers = size.images[1] * size.patch * size.patch;
        let weight = random.normal(&[size.width, numbers]) / (numbers as f64).sqrt();
        Inputs::default()
            .with("images", random.normal(&size.images))
            .with("patch_size", size.patch)
            .with("w_projection", weight)
            .with("b_projection", random.normal(&[size.width]) * 0.5)
            .with("class_token", random.normal(&[size.width]))
            .with(
                "positions",
                random.normal(&[1 + size.side * size.side, size.width]),
            )
    }
}

fn properties(task: Task) -> Task {
    task.property(
        Property::new(
            "images-in-another-order",
            "moving the images moves their vectors, and changes nothing else",
        )
        .in_case("plain")
        .rotate(["images"], 0)
        .expect_rotated(["vectors"], 0),
    )
    .property(
        Property::new(
            "the-class-token-sees-no-pixel",
            "different pixels do not change the class token",
        )
        .in_case("plain")
        .disturb(["images"], 2, 0)
        .expect_same_before(["vectors"], 1, 1),
    )
    .property(
        Property::new(
            "lower-squares-come-later",
            "different pixels from row 4 on change no patch above them",
        )
        .in_case("plain")
        .disturb(["images"], 2, 4)
        .expect_same_before(["vectors"], 1, 7),
    )
}
