//! Handwritten digits, which the catalogue has as `digits`.

use std::path::Path;

use crate::catalogue;
use crate::error::ModelError;
use crate::images::Image;

/// The table in the folder.
const FILE: &str = "digits.csv";
/// The number of pixels along each side of a digit.
pub const SIDE: usize = 8;
/// The number of pixels of a digit.
const PIXELS: usize = SIDE * SIDE;
/// The brightest shade in the table; the darkest is 0.
const BRIGHTEST: u8 = 16;
/// The digits that the course's own model learned from: so many from the first on. The others are held out.
pub const LEARNED: usize = 1500;

/// A handwritten digit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Digit {
    /// Shades of grey, row by row: 0 is black, the paper, and 255 is white, the ink.
    pub pixels: [u8; PIXELS],
    /// The digit that was meant, from 0 to 9.
    pub label: u8,
}

impl Digit {
    /// The digit as an image.
    pub fn image(&self, name: &str) -> Image {
        Image::of_grey(name, SIDE, &self.pixels)
    }
}

/// Reads all digits, which were fetched.
///
/// # Errors
/// When they were not fetched, or the table is not what it was.
pub fn open() -> Result<Vec<Digit>, ModelError> {
    let path = catalogue::folder("digits")?.join(FILE);
    read(&path)
}

/// Reads a table of digits: a row for each, with its pixels and then its label.
///
/// # Errors
/// When it cannot be read, or a row is none of a digit.
pub fn read(path: &Path) -> Result<Vec<Digit>, ModelError> {
    let text = std::fs::read_to_string(path).map_err(ModelError::unreadable(path))?;
    let mut digits = Vec::new();
    for (number, row) in text.lines().enumerate() {
        let digit = digit(row).ok_or_else(|| ModelError::Digits {
            path: path.to_owned(),
            line: number + 1,
            pixels: PIXELS,
            brightest: BRIGHTEST,
        })?;
        digits.push(digit);
    }
    Ok(digits)
}

fn digit(row: &str) -> Option<Digit> {
    let numbers: Result<Vec<u8>, _> = row.split(',').map(str::parse).collect();
    let numbers = numbers.ok()?;
    let (&label, shades) = numbers.split_last()?;
    let pixels: [u8; PIXELS] = shades.try_into().ok()?;
    let is_digit = label < 10 && pixels.iter().all(|&shade| shade <= BRIGHTEST);
    is_digit.then(|| Digit {
        pixels: pixels.map(byte),
        label,
    })
}

/// A shade of the table as a byte, rounded.
fn byte(shade: u8) -> u8 {
    let (shade, brightest) = (u16::from(shade), u16::from(BRIGHTEST));
    ((shade * u16::from(u8::MAX) + brightest / 2) / brightest) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shades_become_bytes() {
        let mut row = "0,8,16,".to_owned() + &"1,".repeat(PIXELS - 3);
        row += "7";
        let found = digit(&row).expect("a digit");
        assert_eq!(
            (found.pixels[..4].to_vec(), found.label),
            (vec![0, 128, 255, 16], 7)
        );
        for (from, to) in [
            ("0,8,16", "0,8"),
            ("16", "17"),
            ("1,7", "1,10"),
            ("0,8", "0,x"),
        ] {
            assert_eq!(digit(&row.replacen(from, to, 1)), None, "{to}");
        }
    }
}
