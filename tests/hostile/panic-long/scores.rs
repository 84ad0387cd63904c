pub fn scores(q: ndarray::ArrayView2<'_, f32>, k: ndarray::ArrayView2<'_, f32>) -> ndarray::Array2<f32> {
    let _ = (q, k);
    panic!("{}", "long".repeat(4 << 20))
}
