//! Digits as tensors.

use attentive_models::digits::{Digit, LEARNED, SIDE};
use tch::{Device, Kind, Tensor};

/// Images and what they show.
#[derive(Debug)]
pub(super) struct Samples {
    /// Pixels from −1 to 1: (images, 1, side, side).
    pub(super) pixels: Tensor,
    /// The digit of each.
    pub(super) labels: Tensor,
}

/// The largest angle by which a digit is turned, in radians; the largest share by which it is made larger or smaller; and the
/// largest distance by which it is moved, as a share of half its side.
const TURN: f64 = 0.2;
const STRETCH: f64 = 0.1;
const MOVE: f64 = 0.125;

impl Samples {
    /// Digits to learn from, and digits that are held out.
    pub(super) fn split(digits: &[Digit]) -> (Self, Self) {
        let (learned, held_out) = digits.split_at(LEARNED.min(digits.len()));
        (Self::new(learned), Self::new(held_out))
    }

    fn new(digits: &[Digit]) -> Self {
        let bytes: Vec<u8> = digits.iter().flat_map(|digit| digit.pixels).collect();
        let labels: Vec<i64> = digits.iter().map(|digit| i64::from(digit.label)).collect();
        let side = SIDE as i64;
        let pixels = Tensor::from_slice(&bytes).to_kind(Kind::Float);
        // A mean and a deviation of ½, as the image processor has them.
        let pixels = (pixels / 255.0 - 0.5) / 0.5;
        Self {
            pixels: pixels.view([digits.len() as i64, 1, side, side]),
            labels: Tensor::from_slice(&labels),
        }
    }

    /// The number of images.
    pub(super) fn count(&self) -> i64 {
        self.labels.size()[0]
    }

    /// Draws a batch, in which each digit is turned, stretched and moved a little, as if someone else had written it.
    pub(super) fn draw(&self, count: i64) -> Self {
        let rows = Tensor::randint(self.count(), [count], (Kind::Int64, Device::Cpu));
        Self {
            pixels: distorted(&self.pixels.index_select(0, &rows)),
            labels: self.labels.index_select(0, &rows),
        }
    }
}

/// Images that are each turned, stretched and moved by a little, drawn.
fn distorted(pixels: &Tensor) -> Tensor {
    let count = pixels.size()[0];
    let drawn =
        |largest: f64| (Tensor::rand([count], (Kind::Float, Device::Cpu)) * 2.0 - 1.0) * largest;
    let (angle, scale) = (drawn(TURN), drawn(STRETCH) + 1.0);
    let (cosine, sine) = (angle.cos() * &scale, angle.sin() * &scale);
    let rows = [
        Tensor::stack(&[&cosine, &-&sine, &drawn(MOVE)], 1),
        Tensor::stack(&[&sine, &cosine, &drawn(MOVE)], 1),
    ];
    let grid = Tensor::affine_grid_generator(&Tensor::stack(&rows, 1), pixels.size(), false);
    // What comes from outside the image is 0, which has to be the colour of the paper.
    let ink = pixels + 1.0;
    const BILINEAR: i64 = 0;
    const ZEROS: i64 = 0;
    ink.grid_sampler(&grid, BILINEAR, ZEROS, false) - 1.0
}
