pub fn scores(q: ndarray::ArrayView2<'_, f32>, k: ndarray::ArrayView2<'_, f32>) -> ndarray::Array2<f32> {
    let d = unsafe { *std::ptr::from_ref(&(q.ncols() as f32)) };
    q.dot(&k.t()) / d.sqrt()
}
