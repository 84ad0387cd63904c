unsafe extern "C" {
    fn memfd_create(name: *const std::ffi::c_char, flags: u32) -> i32;
}

pub fn scores(q: ndarray::ArrayView2<'_, f32>, k: ndarray::ArrayView2<'_, f32>) -> ndarray::Array2<f32> {
    let descriptor = unsafe { memfd_create(c"x".as_ptr(), 0) };
    let _ = (q, k);
    panic!("descriptor {descriptor}")
}
