//! Products of matrices of which both have many rows, on one thread.
//!
//! `faer` has kernels for the widest registers of a processor, and chooses among them when it runs. ndarray's own product
//! has none that are wider than AVX2's, which is half of what AVX-512 does at a time.

use faer::linalg::matmul::matmul;
use faer::{Accum, Par};
use faer_ext::IntoFaer;
use ndarray::{ArrayView2, ArrayViewMut2};

/// y = A B, whatever y was before.
pub(crate) fn multiply(a: ArrayView2<'_, f32>, b: ArrayView2<'_, f32>, y: ArrayViewMut2<'_, f32>) {
    product(a, b, y, Accum::Replace);
}

/// y += A B.
pub(crate) fn add_multiplied(
    a: ArrayView2<'_, f32>,
    b: ArrayView2<'_, f32>,
    y: ArrayViewMut2<'_, f32>,
) {
    product(a, b, y, Accum::Add);
}

fn product(
    a: ArrayView2<'_, f32>,
    b: ArrayView2<'_, f32>,
    y: ArrayViewMut2<'_, f32>,
    before: Accum,
) {
    let (a, b, y) = (a.into_faer(), b.into_faer(), y.into_faer());
    matmul(y, before, a, b, 1.0, Par::Seq);
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, s};

    use super::*;
    use crate::products::tests::whole;

    #[test]
    fn a_product_replaces_or_adds_to_what_was_there_in_parts_of_larger_arrays_too() {
        // The smallest have a kernel of their own, and one row or one column has another.
        for (rows, inner, columns) in [(1, 1, 1), (3, 2, 5), (1, 70, 40), (40, 70, 1), (37, 70, 41)]
        {
            let (a, b) = (whole(rows, 2 * inner), whole(columns, inner));
            let (a, b) = (a.slice(s![.., inner..]), b.t());
            let expected = a.dot(&b);

            let mut y = Array2::from_elem((rows, columns + 3), f32::NAN);
            multiply(a, b, y.slice_mut(s![.., 1..=columns]));
            assert_eq!(y.slice(s![.., 1..=columns]), expected);
            add_multiplied(a, b, y.slice_mut(s![.., 1..=columns]));
            assert_eq!(y.slice(s![.., 1..=columns]), 2.0 * &expected);
            assert!(y.column(0).iter().all(|number| number.is_nan()));
        }
    }

    #[test]
    fn nothing_to_add_up_is_0() {
        let mut y = Array2::from_elem((3, 4), f32::NAN);
        multiply(whole(3, 0).view(), whole(0, 4).view(), y.view_mut());
        assert_eq!(y, Array2::<f32>::zeros((3, 4)));
        multiply(
            whole(0, 2).view(),
            whole(2, 4).view(),
            whole(0, 4).view_mut(),
        );
    }
}
