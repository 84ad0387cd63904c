//! The strings that the model is trained and evaluated on.

use tch::{Kind, Tensor};

use crate::vocabulary::PADDING;

/// The longest string.
pub(super) const LONGEST: usize = 12;

/// Random strings of small letters, always the same for the same seed.
#[derive(Debug)]
pub struct Strings {
    state: u64,
}

impl Strings {
    /// Strings of this seed.
    pub fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    /// Draws the next string of 1 to 12 letters that is held out, or that is not.
    pub fn draw(&mut self, held_out: bool) -> String {
        loop {
            let length = 1 + self.below(LONGEST);
            let string: String = (0..length)
                .map(|_| char::from(b'a' + self.below(26) as u8))
                .collect();
            if is_held_out(&string) == held_out {
                return string;
            }
        }
    }

    /// Draws a number below `n` by SplitMix64 (Steele, Lea and Flood 2014): the generators of libraries may change with
    /// their versions.
    fn below(&mut self, n: usize) -> usize {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.state ^ (self.state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % n as u64) as usize
    }
}

/// Returns `true` if a string is kept from training. A tenth of all strings are, and which ones follows from the string
/// itself, so that no string can be on both sides.
pub fn is_held_out(string: &str) -> bool {
    let hash = string
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
    (hash >> 32).is_multiple_of(10)
}

/// Strings as tokens (batch, length), padded to the longest.
pub(super) fn batch(strings: &[String], tokens: fn(&str) -> Vec<i64>) -> Tensor {
    let rows: Vec<Vec<i64>> = strings.iter().map(|string| tokens(string)).collect();
    let length = rows.iter().map(Vec::len).max().unwrap_or(0);
    let padded: Vec<_> = rows
        .iter()
        .map(|row| {
            Tensor::from_slice(row)
                .constant_pad_nd([0, (length - row.len()) as i64])
                .to_kind(Kind::Int64)
        })
        .collect();
    debug_assert_eq!(PADDING, 0, "constant_pad_nd pads with 0");
    Tensor::stack(&padded, 0)
}
