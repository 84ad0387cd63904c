const ENDLESS: &[u8] = include_bytes!("/dev/zero");

pub fn scores(q: ndarray::ArrayView2<'_, f32>, k: ndarray::ArrayView2<'_, f32>) -> ndarray::Array2<f32> {
    q.dot(&k.t()) / ENDLESS.len() as f32
}
