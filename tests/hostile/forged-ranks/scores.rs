/// A tensor of one number with fifty thousand axes.
pub fn scores(q: ndarray::ArrayView2<'_, f32>, k: ndarray::ArrayView2<'_, f32>) -> ndarray::Array2<f32> {
    let shape = vec!["1"; 50_000].join(",");
    reply(
        &format!(r#"{{"__metadata__":{{"attentive":"\"returned\""}},"scores":{{"dtype":"F32","shape":[{shape}],"data_offsets":[0,4]}}}}"#),
        &[0; 4],
    );
    q.dot(&k.t())
}
