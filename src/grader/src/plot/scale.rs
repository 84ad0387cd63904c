//! Numbers as colours, by one scale: that of the book's figures, in `book/assets/figures.css`.

use plotters::style::{RGBColor, WHITE};

const PLUS: RGBColor = RGBColor(8, 81, 156);
const MINUS: RGBColor = RGBColor(217, 115, 13);
const NOT_A_NUMBER: RGBColor = RGBColor(255, 221, 0);

/// The colours in words.
pub(super) const LEGEND: &str =
    "blue: above 0; orange: below 0; stronger: further from 0; yellow: not a number";

/// A mapping from numbers to colours.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Scale {
    /// Blue for numbers above 0, orange for those below, as strong as their share of the largest.
    Numbers(f32),
    /// None: entries that are more or less of nothing.
    Blank,
}

impl Scale {
    /// Chooses the scale whose strongest colours are those of the largest of these numbers.
    pub(super) fn of<'a>(cells: impl Iterator<Item = &'a f32>) -> Self {
        let mut largest = 0.0_f32;
        for cell in cells.filter(|cell| cell.is_finite()) {
            largest = largest.max(cell.abs());
        }
        Self::Numbers(largest)
    }

    pub(super) fn color(self, x: f32) -> RGBColor {
        match self {
            Self::Blank => WHITE,
            Self::Numbers(_) if !x.is_finite() => NOT_A_NUMBER,
            Self::Numbers(largest) if largest > 0.0 => {
                mix(WHITE, if x < 0.0 { MINUS } else { PLUS }, x.abs() / largest)
            }
            Self::Numbers(_) => WHITE,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_those_of_the_book() {
        let numbers = [0.0, -2.0, 1.0, f32::NAN];
        let scale = Scale::of(numbers.iter());
        assert_eq!(scale, Scale::Numbers(2.0));
        assert_eq!(scale.color(0.0), WHITE);
        assert_eq!(scale.color(-2.0), MINUS);
        assert_eq!(scale.color(2.0), PLUS);
        assert_eq!(scale.color(f32::NAN), NOT_A_NUMBER);
        let styles = concat!(env!("CARGO_MANIFEST_DIR"), "/../../book/assets/figures.css");
        let styles = std::fs::read_to_string(styles).expect("the book's styles");
        let RGBColor(red, green, blue) = MINUS;
        let minus = format!(".plot rect.minus {{\n  fill: #{red:02x}{green:02x}{blue:02x};");
        assert!(styles.contains(&minus), "{minus}");
    }
}
