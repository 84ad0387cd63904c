//! Correct ways of solving the exercise that differ from the solution: the grader has to accept every one.

use attentive_grader::{Exercise, exercise};
use ndarray::{Array1, Array2, Array3, ArrayView2, Axis, Slice, Zip, s, stack};

type Padding = fn(&[usize], usize) -> Array2<bool>;
type Causal = fn(usize, usize) -> Array2<bool>;
type Combine = fn(ArrayView2<'_, bool>, ArrayView2<'_, bool>) -> Array3<bool>;
type SlidingWindow = fn(usize, usize, usize) -> Array2<bool>;

fn with(
    padding: Padding,
    causal: Causal,
    combine: Combine,
    sliding_window: SlidingWindow,
) -> Exercise {
    exercise(env!("CARGO_MANIFEST_DIR"))
        .task("padding", move |case| {
            Ok(case.reply(
                "mask",
                padding(&case.sizes("lengths")?, case.size("length")?),
            ))
        })
        .task("causal", move |case| {
            Ok(case.reply("mask", causal(case.size("queries")?, case.size("keys")?)))
        })
        .task("combine", move |case| {
            Ok(case.reply("mask", combine(case.mask("padding")?, case.mask("causal")?)))
        })
        .task("sliding_window", move |case| {
            let (queries, keys, window) = (
                case.size("queries")?,
                case.size("keys")?,
                case.size("window")?,
            );
            Ok(case.reply("mask", sliding_window(queries, keys, window)))
        })
}

#[test]
fn rows_filled_slice_by_slice() {
    with(
        |lengths, length| {
            let mut mask = Array2::from_elem((lengths.len(), length), false);
            for (mut row, &real) in mask.rows_mut().into_iter().zip(lengths) {
                row.slice_mut(s![..real]).fill(true);
            }
            mask
        },
        |queries, keys| {
            let mut mask = Array2::from_elem((queries, keys), true);
            for (i, mut row) in mask.rows_mut().into_iter().enumerate() {
                row.slice_mut(s![keys - queries + i + 1..]).fill(false);
            }
            mask
        },
        |padding, causal| {
            let sequences: Vec<_> = padding
                .rows()
                .into_iter()
                .map(|real| &causal & &real)
                .collect();
            let views: Vec<_> = sequences.iter().map(|mask| mask.view()).collect();
            stack(Axis(0), &views).expect("masks of one shape")
        },
        |queries, keys, window| {
            let mut mask = Array2::from_elem((queries, keys), false);
            for (i, mut row) in mask.rows_mut().into_iter().enumerate() {
                let end = keys - queries + i + 1;
                row.slice_mut(s![end.saturating_sub(window)..end])
                    .fill(true);
            }
            mask
        },
    )
    .accept();
}

#[test]
fn columns_of_positions_compared_with_rows() {
    fn distance(queries: usize, keys: usize) -> Array2<i64> {
        let query = Array1::from_iter((keys - queries) as i64..keys as i64).insert_axis(Axis(1));
        query - Array1::from_iter(0..keys as i64)
    }
    with(
        |lengths, length| {
            let left =
                Array1::from_iter(lengths.iter().map(|&length| length as i64)).insert_axis(Axis(1));
            (left - Array1::from_iter(0..length as i64)).mapv(|left| left > 0)
        },
        |queries, keys| distance(queries, keys).mapv(|distance| distance >= 0),
        |padding, causal| &padding.insert_axis(Axis(1)) & &causal.insert_axis(Axis(0)),
        |queries, keys, window| {
            distance(queries, keys).mapv(|back| (0..window as i64).contains(&back))
        },
    )
    .accept();
}

#[test]
fn cut_out_of_square_masks() {
    fn square(keys: usize, window: usize) -> Array2<bool> {
        let mut mask = Array2::from_elem((keys, keys), false);
        for position in 0..keys {
            (0..=position)
                .rev()
                .take(window)
                .for_each(|key| mask[(position, key)] = true);
        }
        mask
    }
    fn last(mask: &Array2<bool>, queries: usize) -> Array2<bool> {
        mask.slice_axis(Axis(0), Slice::from(mask.nrows() - queries..))
            .to_owned()
    }
    with(
        |lengths, length| {
            let rows = lengths.iter().flat_map(|&real| {
                std::iter::repeat_n(true, real).chain(std::iter::repeat_n(false, length - real))
            });
            Array2::from_shape_vec((lengths.len(), length), rows.collect())
                .expect("one row for each sequence")
        },
        |queries, keys| last(&square(keys, keys), queries),
        |padding, causal| {
            let shape = (padding.nrows(), causal.nrows(), causal.ncols());
            let mut mask = causal.broadcast(shape).expect("the same keys").to_owned();
            for (mut mask, real) in mask.outer_iter_mut().zip(padding.rows()) {
                Zip::from(mask.columns_mut())
                    .and(real)
                    .for_each(|mut column, &real| {
                        if !real {
                            column.fill(false);
                        }
                    });
            }
            mask
        },
        |queries, keys, window| last(&square(keys, window), queries),
    )
    .accept();
}
