//! Numbers as colours.

use plotters::style::{RGBColor, WHITE};

const LOW: RGBColor = RGBColor(247, 251, 255);
const HIGH: RGBColor = RGBColor(8, 81, 156);
const MINUS: RGBColor = RGBColor(33, 102, 172);
const PLUS: RGBColor = RGBColor(178, 24, 43);
const NOT_A_NUMBER: RGBColor = RGBColor(255, 191, 0);

/// A mapping from numbers to colours.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Scale {
    /// White for the smallest number, blue for the largest.
    Rising(f32, f32),
    /// Numbers of both signs: blue for negative ones, white for 0, red for positive ones.
    Diverging(f32),
    /// None: entries that are more or less of nothing.
    Blank,
}

impl Scale {
    /// Chooses the scale for numbers of one sign or of both.
    pub(super) fn of<'a>(cells: impl Iterator<Item = &'a f32> + Clone) -> Self {
        let finite = cells.clone().copied().filter(|x| x.is_finite());
        let low = finite.clone().fold(f32::INFINITY, f32::min);
        let high = finite.fold(f32::NEG_INFINITY, f32::max);
        if low < 0.0 && high > 0.0 {
            Self::diverging(cells)
        } else {
            Self::Rising(low, high)
        }
    }

    pub(super) fn diverging<'a>(cells: impl Iterator<Item = &'a f32>) -> Self {
        Self::Diverging(
            cells
                .filter(|x| x.is_finite())
                .fold(0.0, |most: f32, x| most.max(x.abs())),
        )
    }

    pub(super) fn color(self, x: f32) -> RGBColor {
        match self {
            Self::Blank => WHITE,
            _ if !x.is_finite() => NOT_A_NUMBER,
            Self::Rising(low, high) => mix(
                LOW,
                HIGH,
                if high > low {
                    (x - low) / (high - low)
                } else {
                    0.5
                },
            ),
            Self::Diverging(most) if most > 0.0 => {
                mix(WHITE, if x < 0.0 { MINUS } else { PLUS }, x.abs() / most)
            }
            Self::Diverging(_) => WHITE,
        }
    }
}

fn mix(from: RGBColor, to: RGBColor, part: f32) -> RGBColor {
    let channel =
        |a: u8, b: u8| (f32::from(a) + (f32::from(b) - f32::from(a)) * part).round() as u8;
    RGBColor(
        channel(from.0, to.0),
        channel(from.1, to.1),
        channel(from.2, to.2),
    )
}
