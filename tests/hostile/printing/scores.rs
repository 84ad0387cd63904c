pub fn scores(q: ndarray::ArrayView2<'_, f32>, k: ndarray::ArrayView2<'_, f32>) -> ndarray::Array2<f32> {
    let line = "=".repeat(1 << 16);
    for _ in 0..100_000 {
        println!("{line}");
    }
    q.dot(&k.t())
}
