use ndarray::ShapeBuilder;

/// The right numbers, in an order of memory that nobody expects: columns first, both axes backwards.
pub fn scores(q: ArrayView2<'_, f32>, k: ArrayView2<'_, f32>) -> Array2<f32> {
    let scores = q.dot(&k.t()) / (q.ncols() as f32).sqrt();
    let (rows, columns) = scores.dim();
    let mut turned = Array2::zeros(scores.raw_dim().f());
    turned.invert_axis(ndarray::Axis(0));
    turned.invert_axis(ndarray::Axis(1));
    for (row, column) in (0..rows).flat_map(|row| (0..columns).map(move |column| (row, column))) {
        turned[(row, column)] = scores[(row, column)];
    }
    turned
}
