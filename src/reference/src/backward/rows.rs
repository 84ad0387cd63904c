//! Sums and means over the axes of rows.

use tch::{Kind, Tensor};

/// The rows (positions, features) of a tensor (…, features).
pub(super) fn rows(tensor: &Tensor) -> Tensor {
    let features = tensor.size().last().copied().unwrap_or(1);
    tensor.reshape([-1, features])
}

/// The number of rows.
pub(super) fn count(rows: &Tensor) -> f64 {
    rows.size()[0] as f64
}

/// The sum over all rows: (features).
pub(super) fn over_positions(rows: &Tensor) -> Tensor {
    rows.sum_dim_intlist(0, false, None::<Kind>)
}

/// The sum of each row: (positions).
pub(super) fn over_features(rows: &Tensor) -> Tensor {
    rows.sum_dim_intlist(-1, false, None::<Kind>)
}

/// The mean of each row: (positions, 1).
pub(super) fn mean(rows: &Tensor) -> Tensor {
    rows.mean_dim(-1, true, None::<Kind>)
}
