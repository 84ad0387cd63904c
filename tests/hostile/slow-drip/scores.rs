pub fn scores(q: ndarray::ArrayView2<'_, f32>, k: ndarray::ArrayView2<'_, f32>) -> ndarray::Array2<f32> {
    std::thread::sleep(std::time::Duration::from_secs(8));
    q.dot(&k.t()) / (q.ncols() as f32).sqrt()
}
