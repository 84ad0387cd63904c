//! Blocks of a quantised tensor: 32 numbers of a row that share a scale.

use half::f16;

use crate::number::NumberType;

/// Numbers of a quantised block.
const BLOCK: usize = 32;
/// Bytes of an F16.
const HALF: usize = 2;
/// The number that Q4_0 takes away from each of its quants, which are 0 to 15.
const Q4_0_ZERO: f32 = 8.0;

/// The way in which a tensor's numbers are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BlockType {
    /// Each number for itself.
    Number(NumberType),
    /// A scale d, and 32 integers q of 8 bits: d · q.
    Q8_0,
    /// A scale d, and 32 integers q of 4 bits: d · (q − 8).
    Q4_0,
    /// A scale d, a smallest number m, and 32 integers q of 4 bits: d · q + m.
    Q4_1,
}

/// The blocks of a tensor, row by row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blocks {
    /// The kind of all blocks.
    pub kind: BlockType,
    /// The shape of the tensor in numbers. The last axis is a whole number of blocks.
    pub shape: Vec<usize>,
    /// The blocks as they are in the file.
    pub bytes: Vec<u8>,
}

/// The parts of quantised blocks, each of all blocks in their order.
#[derive(Debug, Clone, PartialEq)]
pub struct BlockParts {
    /// The scale d of each block.
    pub scales: Vec<f16>,
    /// The smallest number m of each block; of Q4_1 alone.
    pub smallest: Vec<f16>,
    /// The integers q of all blocks, as they are in the file. Two of 4 bits share a byte: number i of a block is in the lower
    /// half of byte i, and number 16 + i in the upper half.
    pub quants: Vec<u8>,
}

impl BlockType {
    /// The type by its number in a file, or else the name of one that is not read.
    pub(crate) fn from_code(code: u32) -> Result<Self, String> {
        let name = match code {
            0 => return Ok(Self::Number(NumberType::F32)),
            1 => return Ok(Self::Number(NumberType::F16)),
            2 => return Ok(Self::Q4_0),
            3 => return Ok(Self::Q4_1),
            8 => return Ok(Self::Q8_0),
            30 => return Ok(Self::Number(NumberType::BF16)),
            6 => "Q5_0",
            7 => "Q5_1",
            9 => "Q8_1",
            10 => "Q2_K",
            11 => "Q3_K",
            12 => "Q4_K",
            13 => "Q5_K",
            14 => "Q6_K",
            15 => "Q8_K",
            16 => "IQ2_XXS",
            17 => "IQ2_XS",
            18 => "IQ3_XXS",
            19 => "IQ1_S",
            20 => "IQ4_NL",
            21 => "IQ3_S",
            22 => "IQ2_S",
            23 => "IQ4_XS",
            24 => "I8",
            25 => "I16",
            26 => "I32",
            27 => "I64",
            28 => "F64",
            29 => "IQ1_M",
            34 => "TQ1_0",
            35 => "TQ2_0",
            39 => "MXFP4",
            _ => return Err(format!("type {code}, which has no name here")),
        };
        Err(name.to_owned())
    }

    /// Numbers of a block.
    pub fn numbers(self) -> usize {
        match self {
            Self::Number(_) => 1,
            Self::Q8_0 | Self::Q4_0 | Self::Q4_1 => BLOCK,
        }
    }

    /// Bytes of a block before its integers.
    fn head(self) -> usize {
        match self {
            Self::Number(_) => 0,
            Self::Q8_0 | Self::Q4_0 => HALF,
            Self::Q4_1 => 2 * HALF,
        }
    }

    /// Bytes of a block.
    pub fn size(self) -> usize {
        match self {
            Self::Number(number) => number.size(),
            Self::Q8_0 => HALF + BLOCK,
            Self::Q4_0 => HALF + BLOCK / 2,
            Self::Q4_1 => 2 * HALF + BLOCK / 2,
        }
    }
}

impl Blocks {
    /// Bytes of a row.
    pub fn row_size(&self) -> usize {
        let columns = self.shape.last().copied().unwrap_or(1);
        columns / self.kind.numbers() * self.kind.size()
    }

    /// The scales of all blocks, and their integers. `None` if each number is stored for itself.
    pub fn parts(&self) -> Option<BlockParts> {
        if let BlockType::Number(_) = self.kind {
            return None;
        }
        let (size, head) = (self.kind.size(), self.kind.head());
        let count = self.bytes.len() / size;
        let mut parts = BlockParts {
            scales: Vec::with_capacity(count),
            smallest: Vec::new(),
            quants: Vec::with_capacity(count * (size - head)),
        };
        for block in self.bytes.chunks_exact(size) {
            parts.scales.push(f16_at(block));
            if self.kind == BlockType::Q4_1 {
                parts.smallest.push(f16_at(&block[HALF..]));
            }
            parts.quants.extend_from_slice(&block[head..]);
        }
        Some(parts)
    }

    /// The numbers that the blocks stand for, row by row.
    pub fn numbers(&self) -> Vec<f32> {
        let kind = self.kind;
        let blocks = self.bytes.chunks_exact(kind.size());
        let count = blocks.len() * kind.numbers();
        let mut numbers = Vec::with_capacity(count);
        match kind {
            BlockType::Number(NumberType::F32) => {
                for block in blocks {
                    numbers.push(f32::from_le_bytes([block[0], block[1], block[2], block[3]]));
                }
            }
            BlockType::Number(NumberType::F16) => numbers.extend(blocks.map(half_at)),
            BlockType::Number(NumberType::BF16) => {
                let number = |block: &[u8]| half::bf16::from_le_bytes([block[0], block[1]]);
                numbers.extend(blocks.map(|block| number(block).to_f32()));
            }
            BlockType::Q8_0 => {
                for block in blocks {
                    let scale = half_at(block);
                    let quants = block[HALF..].iter();
                    numbers.extend(quants.map(|&quant| scale * f32::from(quant.cast_signed())));
                }
            }
            BlockType::Q4_0 => {
                for block in blocks {
                    let scale = half_at(block);
                    let quants = nibbles(&block[HALF..]);
                    numbers.extend(quants.map(|quant| scale * (quant - Q4_0_ZERO)));
                }
            }
            BlockType::Q4_1 => {
                for block in blocks {
                    let (scale, smallest) = (half_at(block), half_at(&block[HALF..]));
                    let quants = nibbles(&block[2 * HALF..]);
                    numbers.extend(quants.map(|quant| scale * quant + smallest));
                }
            }
        }
        numbers
    }
}

/// The F16 at the beginning of some bytes.
fn f16_at(bytes: &[u8]) -> f16 {
    f16::from_le_bytes([bytes[0], bytes[1]])
}

/// The same as a number of 32 bits.
fn half_at(bytes: &[u8]) -> f32 {
    f16_at(bytes).to_f32()
}

/// The integers of 4 bits of a block: the lower halves of all bytes, then the upper halves.
fn nibbles(bytes: &[u8]) -> impl Iterator<Item = f32> {
    let lower = bytes.iter().map(|byte| f32::from(byte & 15));
    lower.chain(bytes.iter().map(|byte| f32::from(byte >> 4)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(kind: BlockType, bytes: Vec<u8>) -> Vec<f32> {
        let blocks = Blocks {
            kind,
            shape: vec![1, kind.numbers()],
            bytes,
        };
        assert_eq!(blocks.row_size(), kind.size());
        blocks.numbers()
    }

    fn half(number: f32) -> [u8; 2] {
        f16::from_f32(number).to_le_bytes()
    }

    #[test]
    fn bytes_times_a_scale() {
        let mut bytes = half(0.5).to_vec();
        bytes.extend((0..32_i8).map(|quant| (quant - 16).cast_unsigned()));
        let expected: Vec<f32> = (0_i8..32)
            .map(|quant| f32::from(quant - 16) / 2.0)
            .collect();
        assert_eq!(numbers(BlockType::Q8_0, bytes), expected);
    }

    #[test]
    fn lower_halves_come_first() {
        // Number i is i % 16: both halves of byte i are i.
        let quants: Vec<u8> = (0..16).map(|quant| quant << 4 | quant).collect();
        let steps = || (0_u8..32).map(|number| f32::from(number % 16));
        let bytes = [half(2.0).as_slice(), &quants].concat();
        let expected: Vec<f32> = steps().map(|quant| 2.0 * (quant - 8.0)).collect();
        assert_eq!(numbers(BlockType::Q4_0, bytes), expected);
        let bytes = [half(0.25).as_slice(), &half(-3.0), &quants].concat();
        let expected: Vec<f32> = steps().map(|quant| 0.25 * quant - 3.0).collect();
        assert_eq!(numbers(BlockType::Q4_1, bytes), expected);
        let mut quants = vec![0; 16];
        quants[1] = 0x71;
        let bytes = [half(1.0).as_slice(), &half(0.0), &quants].concat();
        let found = numbers(BlockType::Q4_1, bytes);
        assert_eq!((found[1], found[17]), (1.0, 7.0));
    }

    #[test]
    fn parts_are_those_of_all_blocks() {
        let block = |scale: f32, smallest: f32, quants: u8| {
            [half(scale).as_slice(), &half(smallest), &[quants; 16]].concat()
        };
        let blocks = Blocks {
            kind: BlockType::Q4_1,
            shape: vec![2, 32],
            bytes: [block(0.5, -1.0, 0x21), block(2.0, 3.0, 0x43)].concat(),
        };
        let parts = blocks.parts().expect("it is quantised");
        assert_eq!(parts.scales, [0.5, 2.0].map(f16::from_f32));
        assert_eq!(parts.smallest, [-1.0, 3.0].map(f16::from_f32));
        assert_eq!(parts.quants, [[0x21; 16], [0x43; 16]].concat());
        let floats = Blocks {
            kind: BlockType::Number(NumberType::F16),
            shape: vec![1],
            bytes: half(1.0).to_vec(),
        };
        assert_eq!(floats.parts(), None);
    }

    #[test]
    fn floats_are_as_they_are() {
        let bf16 = half::bf16::from_f32(-1.5).to_le_bytes().to_vec();
        assert_eq!(numbers(BlockType::Number(NumberType::BF16), bf16), [-1.5]);
        let f16 = half(0.125).to_vec();
        assert_eq!(numbers(BlockType::Number(NumberType::F16), f16), [0.125]);
        let f32 = 0.1_f32.to_le_bytes().to_vec();
        assert_eq!(numbers(BlockType::Number(NumberType::F32), f32), [0.1]);
    }
}
