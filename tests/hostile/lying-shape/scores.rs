/// A view of more memory than there is: 2^62 rows of 2.
pub fn scores(q: ArrayView2<'_, f32>, k: ArrayView2<'_, f32>) -> Array2<f32> {
    let _ = k;
    let all = unsafe { ArrayView2::from_shape_ptr((1 << 40, 1 << 10), q.as_ptr()) };
    all.to_owned()
}
