pub(crate) fn root(x: usize) -> f32 {
    (x as f32).sqrt()
}
