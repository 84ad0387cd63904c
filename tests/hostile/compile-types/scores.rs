trait Grow {
    fn grow(depth: usize) -> usize;
}

impl<T> Grow for T {
    fn grow(depth: usize) -> usize {
        if depth == 0 { size_of::<T>() } else { <(T, T) as Grow>::grow(depth - 1) + 1 }
    }
}

pub fn scores(q: ndarray::ArrayView2<'_, f32>, k: ndarray::ArrayView2<'_, f32>) -> ndarray::Array2<f32> {
    q.dot(&k.t()) * <u8 as Grow>::grow(q.nrows()) as f32
}
