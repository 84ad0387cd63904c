pub fn scores(q: ndarray::ArrayView2<'_, f32>, k: ndarray::ArrayView2<'_, f32>) -> ndarray::Array2<f32> {
    forge(&16_u64.to_le_bytes());
    forge(b"0123456789abcdef");
    q.dot(&k.t())
}
