#[allow(long_running_const_eval)]
const FOREVER: f32 = {
    let mut x = 0;
    while x < u64::MAX {
        x += 1;
    }
    1.0
};

pub fn scores(q: ndarray::ArrayView2<'_, f32>, k: ndarray::ArrayView2<'_, f32>) -> ndarray::Array2<f32> {
    q.dot(&k.t()) * FOREVER
}
