//! The claims of lessons and quizzes, computed.

mod lesson;
mod lessons;
mod minutes;
mod quizzes;
mod structure;

#[track_caller]
fn assert_close(computed: f64, claimed: f64, tolerance: f64) {
    assert!(
        (computed - claimed).abs() <= tolerance,
        "computed {computed}, claimed {claimed}"
    );
}

#[track_caller]
fn assert_rows_close(computed: &[f32], claimed: &[f32], tolerance: f32) {
    let close = computed
        .iter()
        .zip(claimed)
        .all(|(a, b)| (a - b).abs() <= tolerance);
    assert!(
        computed.len() == claimed.len() && close,
        "computed {computed:?}, claimed {claimed:?}"
    );
}
