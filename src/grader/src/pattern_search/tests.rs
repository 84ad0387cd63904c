use ndarray::{Array, Array3, Ix3, arr2};

use super::*;
use crate::metric::Tolerance;
use crate::output::{Labels, Output};

const TOLERANCE: Tolerance = Tolerance {
    absolute: 1e-6,
    relative: 1e-5,
};

fn heads() -> Array3<f32> {
    Array::from_shape_fn(Ix3(3, 4, 4), |(h, i, j)| {
        ((7 * h + 5 * i + 3 * j * j) as f32).sin()
    })
}

fn said(got: ArrayD<f32>, mask: Option<ArrayD<bool>>) -> Vec<String> {
    let axes = ["head", "query", "key"].map(String::from).into();
    let inputs = mask
        .into_iter()
        .map(|mask| ("mask".to_owned(), Tensor::Bool(mask)))
        .collect();
    let case = Case {
        name: "test".into(),
        inputs,
    };
    let output = Output {
        name: "test".into(),
        axes,
        labels: Labels::new(),
        kind: OutputKind::default(),
    };
    let finding = Finding::new(output, &got.into(), &heads().into(), TOLERANCE);
    find_patterns(&finding, &case, TOLERANCE.into())
        .iter()
        .map(ToString::to_string)
        .collect()
}

#[test]
fn whole_tensors() {
    let right = heads();
    assert_eq!(
        said((&right * 8_f32.sqrt()).into_dyn(), None),
        ["every entry is 2.8284 (√8) times the right one"]
    );
    assert_eq!(
        said((&right / 64.0).into_dyn(), None),
        ["every entry is 0.0156 (1/64) times the right one"]
    );
    assert_eq!(
        said((&right - 0.5).into_dyn(), None),
        ["every entry is the right one minus 0.50000"]
    );
    let flat = right
        .clone()
        .into_shape_with_order((12, 4))
        .expect("as many entries")
        .into_dyn();
    assert_eq!(
        said(flat, None),
        ["the numbers are right and in the right order, only the shape is not"]
    );
    let mut swapped = right.clone().into_dyn();
    swapped.swap_axes(1, 2);
    assert_eq!(
        said(swapped.clone(), None),
        ["right after swapping the axes query and key"]
    );
    swapped.swap_axes(0, 1);
    assert_eq!(
        said(swapped, None),
        Vec::<String>::new(),
        "two swaps at once are not looked for"
    );
    assert_eq!(
        said((&right * 1.0002).into_dyn(), None),
        ["every entry is 1.00020 times the right one"]
    );
    assert_eq!(
        said((&right * 3.0).into_dyn(), None),
        ["every entry is 3 times the right one"]
    );
    assert_eq!(
        said(Array3::zeros((3, 4, 4)).into_dyn(), None),
        ["every entry is 0"]
    );
    let rows = arr2(&[[2.0], [3.0], [1.0], [0.5]]);
    assert_eq!(
        said((&right * &rows).into_dyn(), None),
        ["each row is the right one times a number of its own: 2, 3, 1, …"]
    );
    let order = right.select(Axis(0), &[2, 0, 1]).into_dyn();
    assert_eq!(
        said(order, None),
        ["every head is right, but they are in the order 2, 0, 1"]
    );
}

#[test]
fn parts_of_tensors() {
    let with = |wrong: &dyn Fn(usize, usize, usize) -> bool| {
        let mut got = heads();
        got.indexed_iter_mut().for_each(|((h, i, j), x)| {
            *x += if wrong(h, i, j) {
                1.0 + (h + i + j) as f32
            } else {
                0.0
            }
        });
        said(got.into_dyn(), None)
    };
    assert_eq!(with(&|h, _, _| h == 1), ["wrong only at head 1"]);
    assert_eq!(with(&|_, i, _| i != 0), ["right only at query 0"]);
    assert_eq!(with(&|_, i, _| i != 1), ["wrong only at query 0, 2, 3"]);
    assert_eq!(
        with(&|_, _, j| j % 2 == 1),
        ["wrong only at odd indices of key"]
    );
    assert_eq!(
        with(&|_, i, j| i == 2 && j > 0 && j < 3),
        ["wrong only at query 2", "wrong only at key 1 to 2"]
    );
}

#[test]
fn masks() {
    let mask = arr2(&[
        [true, true, true, true],
        [true, false, true, true],
        [false; 4],
        [false, true, true, true],
    ]);
    let with = |wrong: &dyn Fn(usize, usize) -> bool| {
        let mut got = heads();
        got.indexed_iter_mut().for_each(|((h, i, j), x)| {
            *x += if wrong(i, j) {
                1.0 + (h + 2 * i + j) as f32
            } else {
                0.0
            }
        });
        said(got.into_dyn(), Some(mask.clone().into_dyn()))[0].clone()
    };
    assert_eq!(
        with(&|i, j| !mask[(i, j)]),
        "only positions that the mask blocks are wrong"
    );
    assert_eq!(
        with(&|i, _| i == 2),
        "only rows whose mask allows nothing are wrong"
    );
    assert_eq!(
        with(&|i, _| i > 0),
        "only rows in which the mask blocks something are wrong"
    );
    assert_eq!(with(&|i, _| i < 2), "wrong only at query 0 to 1");
}
