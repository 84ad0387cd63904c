//! Numbers as they are in files: little-endian, of 32 or of 16 bits.

use std::io::{self, Read};

use half::slice::HalfFloatSliceExt;
use half::{bf16, f16};
use safetensors::Dtype;

/// Numbers of 16 bits that are read at once.
const CHUNK: usize = 1 << 15;

/// A type of the numbers of a tensor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NumberType {
    /// A float of 32 bits.
    F32,
    /// A float of 16 bits, 5 of them for the exponent.
    F16,
    /// A float of 16 bits with the exponent of 32.
    BF16,
}

impl NumberType {
    /// Bytes of a number.
    pub fn size(self) -> usize {
        match self {
            Self::F32 => 4,
            Self::F16 | Self::BF16 => 2,
        }
    }

    /// The name in a `config.json`.
    pub(crate) fn config_name(self) -> &'static str {
        match self {
            Self::F32 => "float32",
            Self::F16 => "float16",
            Self::BF16 => "bfloat16",
        }
    }

    /// The name in safetensors.
    pub(crate) fn dtype(self) -> Dtype {
        match self {
            Self::F32 => Dtype::F32,
            Self::F16 => Dtype::F16,
            Self::BF16 => Dtype::BF16,
        }
    }

    /// Returns `true` if the nearest number of this type is finite.
    pub(crate) fn has(self, number: f32) -> bool {
        match self {
            Self::F32 => number.is_finite(),
            Self::F16 => f16::from_f32(number).is_finite(),
            Self::BF16 => bf16::from_f32(number).is_finite(),
        }
    }

    /// Reads numbers. The caller knows that the source has so many, so the memory for them is not more than twice its bytes.
    pub(crate) fn read(self, from: impl Read, count: usize) -> io::Result<Vec<f32>> {
        match self {
            Self::F32 => read_f32(from, count),
            Self::F16 => read_half::<f16>(from, count),
            Self::BF16 => read_half::<bf16>(from, count),
        }
    }

    /// The bytes of numbers, each rounded to the nearest of this type.
    pub(crate) fn bytes(self, numbers: &[f32]) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(numbers.len() * self.size());
        for &number in numbers {
            match self {
                Self::F32 => bytes.extend(number.to_le_bytes()),
                Self::F16 => bytes.extend(f16::from_f32(number).to_le_bytes()),
                Self::BF16 => bytes.extend(bf16::from_f32(number).to_le_bytes()),
            }
        }
        bytes
    }
}

/// Reads little-endian numbers straight into the memory in which they stay.
fn read_f32(mut from: impl Read, count: usize) -> io::Result<Vec<f32>> {
    let mut numbers = vec![0.0_f32; count];
    from.read_exact(bytemuck::cast_slice_mut(&mut numbers))?;
    if cfg!(target_endian = "big") {
        for number in &mut numbers {
            *number = f32::from_bits(number.to_bits().swap_bytes());
        }
    }
    Ok(numbers)
}

/// Reads numbers of 16 bits by the chunk, so that they are never in memory beside the whole tensor.
fn read_half<H: Copy + Default>(mut from: impl Read, count: usize) -> io::Result<Vec<f32>>
where
    [H]: HalfFloatSliceExt,
{
    let mut numbers = vec![0.0; count];
    let mut halves = vec![H::default(); CHUNK.min(count)];
    for numbers in numbers.chunks_mut(CHUNK) {
        let halves = &mut halves[..numbers.len()];
        let bits = halves.reinterpret_cast_mut();
        from.read_exact(bytemuck::cast_slice_mut(bits))?;
        if cfg!(target_endian = "big") {
            for bits in bits {
                *bits = bits.swap_bytes();
            }
        }
        halves.convert_to_f32_slice(numbers);
    }
    Ok(numbers)
}
