//! Code that the exercises are given: needed in many of them, the point of none.

mod erf;
mod merges;

use ndarray::{Array, ArrayView, ArrayView1, ArrayView2, Dimension};

pub use erf::erf;
pub use merges::Merges;

/// A linear layer: x Wᵀ + b at each position.
///
/// `x` is (…, in) with any leading axes, such as (batch, length, in); `weight` is (out, in), as libtorch stores it,
/// and `bias` is (out). The result is (…, out). Without a bias it is x Wᵀ.
///
/// # Panics
/// If the last axis of `x` is not as wide as `weight`, or the bias is not as long as `weight` has rows.
pub fn linear<D: Dimension>(
    x: ArrayView<'_, f32, D>,
    weight: ArrayView2<'_, f32>,
    bias: Option<ArrayView1<'_, f32>>,
) -> Array<f32, D> {
    let last = x.ndim() - 1;
    let positions: usize = x.shape()[..last].iter().product();
    let mut shape = x.raw_dim();
    shape[last] = weight.nrows();

    // All positions are rows of one matrix, so that there is one product and not one for each batch element.
    let rows = x
        .to_shape((positions, x.shape()[last]))
        .expect("as many entries");
    let mut y = rows.dot(&weight.t());
    if let Some(bias) = bias {
        y += &bias;
    }
    y.into_shape_clone(shape).expect("as many entries")
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, Array3, Array4, ShapeBuilder, array, s};

    use super::*;

    /// Whole numbers, whose sums and products are exact in any order.
    fn whole<D: Dimension>(shape: impl ShapeBuilder<Dim = D>, first: f32) -> Array<f32, D> {
        let mut next = first;
        Array::from_shape_simple_fn(shape, || {
            next += 1.0;
            next
        })
    }

    #[test]
    fn each_position_is_a_row_times_the_transposed_weight() {
        let (x, weight, bias) = (
            whole((2, 3, 4), -10.0),
            whole((5, 4), -7.0),
            whole(5, 100.0),
        );
        let y: Array3<f32> = linear(x.view(), weight.view(), Some(bias.view()));
        assert_eq!(y.dim(), (2, 3, 5));
        for ((batch, position, feature), &found) in y.indexed_iter() {
            let x = x.slice(s![batch, position, ..]);
            assert_eq!(found, x.dot(&weight.row(feature)) + bias[feature]);
        }
    }

    #[test]
    fn leading_axes_may_be_none_or_many() {
        let weight = array![[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]];
        assert_eq!(
            linear(array![1.0, 10.0].view(), weight.view(), None),
            array![21.0, 43.0, 65.0]
        );
        let x: Array4<f32> = whole((2, 1, 3, 2), 0.0);
        assert_eq!(linear(x.view(), weight.view(), None).dim(), (2, 1, 3, 3));
    }

    #[test]
    fn views_in_another_order_and_axes_of_length_one_or_none_are_as_good() {
        let (x, weight): (Array3<f32>, Array2<f32>) = (whole((4, 2, 3), 0.0), whole((5, 4), 0.0));
        let turned = x.view().permuted_axes([1, 2, 0]);
        let copied = turned.as_standard_layout().into_owned();
        assert_eq!(
            linear(turned, weight.view(), None),
            linear(copied.view(), weight.view(), None)
        );
        let (narrow, column): (Array3<f32>, Array2<f32>) =
            (whole((2, 3, 1), 0.0), whole((4, 1), 0.0));
        assert_eq!(
            linear(narrow.view(), column.view(), None)[(1, 2, 3)],
            6.0 * 4.0
        );
        let empty = Array3::zeros((2, 0, 4));
        assert_eq!(linear(empty.view(), weight.view(), None).dim(), (2, 0, 5));
    }
}
