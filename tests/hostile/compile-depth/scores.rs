macro_rules! deeper {
    ($($inner:tt)*) => { deeper!(($($inner)*)) };
}

pub fn scores(q: ndarray::ArrayView2<'_, f32>, k: ndarray::ArrayView2<'_, f32>) -> ndarray::Array2<f32> {
    let _ = deeper!(1);
    q.dot(&k.t())
}
