#[inline(never)]
fn down(depth: u64) -> u64 {
    let here = std::hint::black_box([depth; 64]);
    down(depth + 1) + here[0]
}

pub fn scores(q: ndarray::ArrayView2<'_, f32>, k: ndarray::ArrayView2<'_, f32>) -> ndarray::Array2<f32> {
    let x = down(0) as f32;
    q.dot(&k.t()) * x
}
