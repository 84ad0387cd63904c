//! A start for attention in both directions: positions that differ from their neighbours, and heads that look at these.
//!
//! A model that fills gaps learns the frequencies of tokens first, and then nothing for a long time. What is next to a gap
//! helps only after a head looks there, and a head learns to look there only if that helps. So its heads look there from
//! the start. Shifting the positions of exercise 08 rotates each pair of their columns:
//!
//! pos(p + o) = pos(p) Rₒ, so with W_q = g W_k Rₒᵀ the query of p is g times the key of p + o, as far as positions go.

use tch::Tensor;

/// The angle by which the first pair turns from a position to the next one.
const FASTEST: f64 = 2.0;
/// The ratio of the fastest to the slowest. Exercise 08's 10,000 is for long texts: neighbours would be nearly equal here.
const BASE: f64 = 30.0;
/// The length of queries if that of keys is 1. At 1, the attention would be spread over too many positions.
const SHARPNESS: f64 = 2.0;

/// Sines and cosines of positions, in turns: (length, width).
pub(super) fn waves(length: i64, width: i64) -> Tensor {
    let mut waves = Vec::new();
    for position in 0..length {
        for pair in 0..width / 2 {
            let angle = frequency(pair, width) * position as f64;
            waves.extend([angle.sin() as f32, angle.cos() as f32]);
        }
    }
    Tensor::from_slice(&waves).view([length, width])
}

/// The rows of W_q of a head that looks `offset` positions further, from those of W_k: (head's width, width).
pub(super) fn query(key: &Tensor, offset: i64) -> Tensor {
    key.matmul(&rotation(key.size()[1], offset).tr()) * SHARPNESS
}

/// R, which shifts positions: waves(p + offset) = waves(p) R.
fn rotation(width: i64, offset: i64) -> Tensor {
    let mut rotation = vec![0.0_f32; (width * width) as usize];
    for pair in 0..width / 2 {
        let angle = frequency(pair, width) * offset as f64;
        let (sine, cosine) = (angle.sin() as f32, angle.cos() as f32);
        let first = (2 * pair * width + 2 * pair) as usize;
        let second = first + width as usize;
        rotation[first..first + 2].copy_from_slice(&[cosine, -sine]);
        rotation[second..second + 2].copy_from_slice(&[sine, cosine]);
    }
    Tensor::from_slice(&rotation).view([width, width])
}

fn frequency(pair: i64, width: i64) -> f64 {
    FASTEST * BASE.powf(-(pair as f64) / (width as f64 / 2.0))
}

#[cfg(test)]
mod tests {
    use tch::{Device, Kind};

    use super::*;

    #[test]
    fn a_query_is_the_key_of_the_position_that_it_looks_at() {
        let positions = waves(20, 16);
        let key = Tensor::randn([8, 16], (Kind::Float, Device::Cpu));
        for offset in [-2, -1, 1, 2] {
            let queries = positions.linear(&query(&key, offset), None::<Tensor>);
            let keys = positions.linear(&key, None::<Tensor>) * SHARPNESS;
            let (asked, there) = (queries.narrow(0, 2, 16), keys.narrow(0, 2 + offset, 16));
            let difference = (asked - there).abs().max().double_value(&[]);
            assert!(difference < 1e-4, "{offset}: {difference}");
        }
    }
}
