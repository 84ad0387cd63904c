#[panic_handler]
fn never(_: &core::panic::PanicInfo<'_>) -> ! {
    loop {}
}

pub fn scores(q: ndarray::ArrayView2<'_, f32>, k: ndarray::ArrayView2<'_, f32>) -> ndarray::Array2<f32> {
    q.dot(&k.t())
}
