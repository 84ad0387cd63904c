use attentive_checkpoints::{BlockType, Blocks};
use half::f16;
use ndarray::{Array2, ArrayView2};

use super::*;

/// More rows than a tile has, and no whole number of tiles.
const ROWS: usize = TILE + 7;
const COLUMNS: usize = 3 * BLOCK;

const KINDS: [BlockType; 3] = [BlockType::Q8_0, BlockType::Q4_0, BlockType::Q4_1];

/// Bytes that look random, the same in each run.
fn bytes(count: usize) -> Vec<u8> {
    let mut state = 1_u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    };
    (0..count).map(|_| next()).collect()
}

/// Blocks with scales, and smallest numbers, between −2 and 2.
fn blocks(kind: BlockType) -> Blocks {
    let count = ROWS * COLUMNS / BLOCK;
    let mut all = bytes(count * kind.size());
    for (number, block) in all.chunks_exact_mut(kind.size()).enumerate() {
        let numbers = [
            (number % 41) as f32 / 10.0 - 2.0,
            (number % 17) as f32 / 8.0 - 1.0,
        ];
        let heads = if kind == BlockType::Q4_1 { 2 } else { 1 };
        for (number, to) in numbers.iter().zip(block.chunks_exact_mut(2)).take(heads) {
            to.copy_from_slice(&f16::from_f32(*number).to_le_bytes());
        }
    }
    Blocks {
        kind,
        shape: vec![ROWS, COLUMNS],
        bytes: all,
    }
}

/// Numbers between −1 and 1.
fn vectors(rows: usize) -> Array2<f32> {
    let numbers = bytes(rows * COLUMNS);
    let numbers = numbers
        .into_iter()
        .map(|byte| f32::from(byte) / 127.5 - 1.0);
    Array2::from_shape_vec((rows, COLUMNS), numbers.collect()).expect("as many numbers")
}

/// The largest possible m of a block, in amount: what the integers are added to.
fn smallest(kind: BlockType, scale: f32, smallest: f32) -> f32 {
    match kind {
        BlockType::Q4_0 => Q4_0_ZERO * scale.abs(),
        _ => smallest.abs(),
    }
}

/// Checks a product against sums in 64 bits, within what rounding can do.
///
/// On its way into a sum a number is rounded once at each addition, and a few times more where it is multiplied, and lanes
/// are added: fewer than columns + 32 times. Each time at most 2⁻²⁴ of the amounts that are added, |d| · q + |m| times |x|,
/// is lost. The numbers themselves are rounded once more where they are floats.
#[track_caller]
fn assert_close(blocks: &Blocks, x: ArrayView2<'_, f32>, y: ArrayView2<'_, f32>) {
    let numbers = blocks.numbers();
    let parts = blocks.parts().expect("they are quantised");
    let unit = f64::from(f32::EPSILON) / 2.0;
    for ((token, row), &found) in y.indexed_iter() {
        let (mut expected, mut amount) = (0.0, 0.0);
        for (column, &x) in x.row(token).iter().enumerate() {
            let place = row * COLUMNS + column;
            let block = place / BLOCK;
            let scale = parts.scales[block].to_f32();
            let least = parts.smallest.get(block).map_or(0.0, |m| m.to_f32());
            let least = smallest(blocks.kind, scale, least);
            expected += f64::from(numbers[place]) * f64::from(x);
            amount += f64::from(numbers[place].abs() + 2.0 * least) * f64::from(x.abs());
        }
        let allowed = (COLUMNS + 33) as f64 * unit * amount;
        let difference = (f64::from(found) - expected).abs();
        assert!(
            difference <= allowed,
            "{:?}, row {row}: {found} instead of {expected}, which is {difference:e} away and not {allowed:e}",
            blocks.kind
        );
    }
}

#[test]
fn products_with_blocks_are_those_with_their_numbers() {
    for kind in KINDS {
        let blocks = blocks(kind);
        let matrix = BlockMatrix::new(&blocks).expect("a matrix of blocks");
        for rows in [1, 2, 5] {
            let x = vectors(rows);
            for threads in [0, 1, 3] {
                let y = matrix.linear(x.view(), threads);
                assert_eq!(y.dim(), (rows, ROWS));
                assert_close(&blocks, x.view(), y.view());
            }
        }
    }
}

#[test]
fn selected_rows_are_those_of_the_file() {
    for kind in KINDS {
        let blocks = blocks(kind);
        let numbers = Array2::from_shape_vec((ROWS, COLUMNS), blocks.numbers());
        let expected = numbers.expect("as many numbers");
        let matrix = BlockMatrix::new(&blocks).expect("a matrix of blocks");
        let rows = [ROWS - 1, 0, 5, 5];
        assert_eq!(matrix.select(&rows), expected.select(Axis(0), &rows));
        assert_eq!(matrix.bytes(), blocks.bytes.len());
    }
}

#[test]
fn floats_and_vectors_are_no_matrix_of_blocks() {
    let mut blocks = blocks(BlockType::Q8_0);
    blocks.shape = vec![ROWS * COLUMNS];
    assert!(BlockMatrix::new(&blocks).is_none());
    let floats = Blocks {
        kind: BlockType::Number(attentive_checkpoints::NumberType::F32),
        shape: vec![1, 2],
        bytes: vec![0; 8],
    };
    assert!(BlockMatrix::new(&floats).is_none());
}
