/// One axis is empty, so that no number has to be sent, and the other is as long as a number can say.
pub fn scores(q: ndarray::ArrayView2<'_, f32>, k: ndarray::ArrayView2<'_, f32>) -> ndarray::Array2<f32> {
    reply(
        r#"{"__metadata__":{"attentive":"\"returned\""},"scores":{"dtype":"F32","shape":[0,9223372036854775807],"data_offsets":[0,0]}}"#,
        &[],
    );
    q.dot(&k.t())
}
