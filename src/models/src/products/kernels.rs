//! The loops in which a token spends its time, compiled for several processors; the best one is chosen when it runs.
//!
//! Each loop adds into `LANES` sums side by side, which the compiler puts into wide registers. One sum alone would have to
//! wait for each addition.

use multiversion::multiversion;

/// Numbers of a block.
pub(super) const BLOCK: usize = 32;
/// Bytes of the integers of a block, if they have 4 bits.
pub(super) const NIBBLES: usize = BLOCK / 2;
/// Sums side by side.
pub(super) const LANES: usize = 16;
/// Rows that are added to a result together, so it is read and written once for all of them.
const TOGETHER: usize = 4;

/// y += W x for floats, (rows, columns) row by row. It waits for the memory alone, so wider registers than those of AVX2
/// would bring nothing.
#[multiversion(targets("x86_64+avx2+fma"))]
pub(super) fn add_product(rows: &[f32], x: &[f32], y: &mut [f32]) {
    let (x_chunks, x_rest) = x.as_chunks::<LANES>();
    for (row, y) in rows.chunks_exact(x.len()).zip(y) {
        let (chunks, rest) = row.as_chunks::<LANES>();
        let mut sums = [0.0; LANES];
        for (weights, x) in chunks.iter().zip(x_chunks) {
            for lane in 0..LANES {
                sums[lane] += weights[lane] * x[lane];
            }
        }
        let rest = rest.iter().zip(x_rest).map(|(weight, x)| weight * x);
        *y += sums.iter().sum::<f32>() + rest.sum::<f32>();
    }
}

/// y += x W for floats, (rows, columns) row by row.
#[multiversion(targets("x86_64+avx2+fma"))]
pub(super) fn add_rows(x: &[f32], rows: &[f32], y: &mut [f32]) {
    let (x_chunks, x_rest) = x.as_chunks::<TOGETHER>();
    let (chunks, rest) = rows.split_at(x_chunks.len() * TOGETHER * y.len());
    for (x, rows) in x_chunks.iter().zip(chunks.chunks_exact(TOGETHER * y.len())) {
        let [a, b, c, d] = [0, 1, 2, 3].map(|row| &rows[row * y.len()..(row + 1) * y.len()]);
        for (column, y) in y.iter_mut().enumerate() {
            *y += x[0] * a[column] + x[1] * b[column] + (x[2] * c[column] + x[3] * d[column]);
        }
    }
    for (x, row) in x_rest.iter().zip(rest.chunks_exact(y.len())) {
        for (y, weight) in y.iter_mut().zip(row) {
            *y += x * weight;
        }
    }
}

/// y += W x for blocks of integers of 4 bits, which are scaled: number i of a block is in the lower half of byte i, and
/// number 16 + i in the upper half.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512vl+fma", "x86_64+avx2+fma"))]
pub(super) fn add_nibble_product(
    quants: &[[u8; NIBBLES]],
    scales: &[f32],
    x: &[[f32; BLOCK]],
    y: &mut [f32],
) {
    let rows = quants.chunks_exact(x.len());
    let scales = scales.chunks_exact(x.len());
    for ((quants, scales), y) in rows.zip(scales).zip(y) {
        let mut sums = [0.0; LANES];
        for ((block, &scale), x) in quants.iter().zip(scales).zip(x) {
            for lane in 0..LANES {
                let lower = f32::from(block[lane] & 15) * x[lane];
                let upper = f32::from(block[lane] >> 4) * x[LANES + lane];
                sums[lane] += scale * (lower + upper);
            }
        }
        *y += sums.iter().sum::<f32>();
    }
}

/// y += W x for blocks of integers of 8 bits, which are scaled.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512vl+fma", "x86_64+avx2+fma"))]
pub(super) fn add_byte_product(
    quants: &[[u8; BLOCK]],
    scales: &[f32],
    x: &[[f32; BLOCK]],
    y: &mut [f32],
) {
    let rows = quants.chunks_exact(x.len());
    let scales = scales.chunks_exact(x.len());
    for ((quants, scales), y) in rows.zip(scales).zip(y) {
        let mut sums = [0.0; LANES];
        for ((block, &scale), x) in quants.iter().zip(scales).zip(x) {
            for lane in 0..LANES {
                let first = f32::from(block[lane].cast_signed()) * x[lane];
                let second = f32::from(block[LANES + lane].cast_signed()) * x[LANES + lane];
                sums[lane] += scale * (first + second);
            }
        }
        *y += sums.iter().sum::<f32>();
    }
}

/// The numbers d · q + m of blocks of integers of 4 bits.
#[multiversion(targets("x86_64+avx2+fma"))]
pub(super) fn nibble_numbers(
    quants: &[[u8; NIBBLES]],
    scales: &[f32],
    smallest: &[f32],
    numbers: &mut [[f32; BLOCK]],
) {
    let heads = scales.iter().zip(smallest);
    for ((block, (scale, smallest)), numbers) in quants.iter().zip(heads).zip(numbers) {
        for (place, quant) in block.iter().enumerate() {
            numbers[place] = scale * f32::from(quant & 15) + smallest;
            numbers[NIBBLES + place] = scale * f32::from(quant >> 4) + smallest;
        }
    }
}

/// The numbers d · q of blocks of integers of 8 bits.
#[multiversion(targets("x86_64+avx2+fma"))]
pub(super) fn byte_numbers(quants: &[[u8; BLOCK]], scales: &[f32], numbers: &mut [[f32; BLOCK]]) {
    for ((block, scale), numbers) in quants.iter().zip(scales).zip(numbers) {
        for (number, quant) in numbers.iter_mut().zip(block) {
            *number = scale * f32::from(quant.cast_signed());
        }
    }
}
