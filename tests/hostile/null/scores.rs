pub fn scores(q: ndarray::ArrayView2<'_, f32>, k: ndarray::ArrayView2<'_, f32>) -> ndarray::Array2<f32> {
    unsafe { std::ptr::null_mut::<u8>().write_volatile(1) };
    q.dot(&k.t())
}
