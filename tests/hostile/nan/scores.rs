pub fn scores(q: ndarray::ArrayView2<'_, f32>, k: ndarray::ArrayView2<'_, f32>) -> ndarray::Array2<f32> {
    ndarray::Array2::from_elem((q.nrows(), k.nrows()), f32::NAN)
}
