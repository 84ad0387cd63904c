pub fn scores(q: ndarray::ArrayView2<'_, f32>, k: ndarray::ArrayView2<'_, f32>) -> ndarray::Array2<f32> {
    reply(r#"{"__metadata__":{"attentive":"\"returned\""}}"#, &[]);
    q.dot(&k.t())
}
