//! Claims of `loss-curves.md` and its quiz, computed.

use attentive_book::figures::lessons::loss_curves::Recorded;

use crate::lesson::Lesson;
use crate::quizzes::QuizClaims;

pub(crate) const QUIZ: QuizClaims = QuizClaims {
    numbers: &[
        ("loss-curves-start", || 32.0 * 50_f64.ln()),
        ("loss-curves-floor", || {
            (f64::from(Recorded::load().level("frequencies")) + 3.0 * entropy()) / 4.0
        }),
        ("loss-curves-guess", || {
            (6.93_f64.exp() / 100.0).round() * 100.0
        }),
    ],
    checks: &[
        ("loss-curves-flat", || {
            let recorded = Recorded::load();
            let frequencies = recorded.level("frequencies");
            assert!((recorded.last("attention-lost") - frequencies).abs() < 0.1);
            assert!(recorded.last("parameters-not-kept") > frequencies + 0.2);
            assert!(recorded.last("mask-forgotten") < recorded.level("floor"));
        }),
        ("loss-curves-invisible", || {
            let recorded = Recorded::load();
            let floor = recorded.level("floor");
            assert!((recorded.last("targets-too-far") - floor).abs() < 0.1);
            let guess = recorded.level("guess");
            assert!(recorded.last("gradients-not-cleared") > guess);
            let frequencies = recorded.level("frequencies");
            assert!((recorded.last("targets-unrelated") - frequencies).abs() < 0.1);
        }),
    ],
    slips: &[],
};

/// The entropy of a token whose successors have the probabilities 3/8, 3/8, 1/8 and 1/8.
fn entropy() -> f64 {
    [0.375_f64, 0.375, 0.125, 0.125]
        .iter()
        .map(|p| -p * p.ln())
        .sum()
}

#[test]
fn the_levels_are_those_of_the_source() {
    let lesson = Lesson::read("loss-curves");
    let recorded = Recorded::load();
    let [guess, frequencies, floor] =
        ["guess", "frequencies", "floor"].map(|name| recorded.level(name));
    assert!((f64::from(guess) - 16_f64.ln()).abs() < 1e-3);
    lesson.says(format!("| nothing | {guess:.2} |"));
    lesson.says(format!("| frequencies | {frequencies:.2} |"));
    lesson.says(format!("| everything | {floor:.2} |"));
    lesson.says(format!("= {:.2} \\text{{ nats}}", entropy()));
    lesson.says(format!(
        "({frequencies:.2} + 15 \\cdot {:.2}) / 16 = {floor:.2}",
        entropy()
    ));
}

#[test]
fn first_losses_are_as_the_lesson_says() {
    let recorded = Recorded::load();
    let lesson = Lesson::read("loss-curves");
    let first = |name: &str| recorded.run(name)[0];
    let guess = recorded.level("guess");
    assert!((first("right") - guess).abs() < 0.1);
    lesson.says(format!("begins at {:.2}", first("weights-too-large")));
    assert!((recorded.last("weights-too-large") - recorded.last("right")).abs() < 0.1);
    assert!((first("loss-is-a-sum") - 16.0 * first("right")).abs() < 0.1);
    assert!((recorded.last("loss-is-a-sum") / 16.0 - recorded.last("right")).abs() < 0.1);
    assert!(first("targets-not-shifted") < guess - 0.5);
}

#[test]
fn each_fault_ends_where_the_lesson_says() {
    let recorded = Recorded::load();
    let lesson = Lesson::read("loss-curves");
    let [guess, frequencies, floor] =
        ["guess", "frequencies", "floor"].map(|name| recorded.level(name));
    let last = |name: &str| recorded.last(name);
    let near = |name: &str, level: f32| {
        let last = last(name);
        assert!((last - level).abs() < 0.1, "{name}: {last} {level}");
    };
    near("right", floor);
    near("parameters-not-kept", guess);
    for name in [
        "attention-lost",
        "targets-unrelated",
        "decay-too-large",
        "rate-too-large",
    ] {
        near(name, frequencies);
    }
    let slow = last("rate-too-small");
    let right = recorded.run("right");
    // The loss of a step is that of the parameters before it.
    let needed = right.iter().take_while(|loss| **loss > slow).count();
    lesson.says(format!(
        "it ends at {slow:.2}, which the right run is below after {needed} steps"
    ));
    let without = last("positions-forgotten");
    lesson.says(format!("after 300 steps it is {without:.2}"));
    assert!(without > floor + 0.1 && without < frequencies - 0.1);
    for name in [
        "mask-forgotten",
        "targets-not-shifted",
        "one-batch",
        "few-sequences",
        "padding-counted",
    ] {
        assert!(last(name) < floor - 0.1, "{name}: {}", last(name));
    }
    assert!(last("targets-too-far") < last("right"));
}

#[test]
fn each_step_that_is_wrong_has_the_shape_that_the_lesson_says() {
    let recorded = Recorded::load();
    let guess = recorded.level("guess");
    let added = recorded.run("step-added");
    assert!(added[..20].is_sorted(), "{:?}", &added[..20]);
    let large = recorded.run("rate-too-large");
    assert!(large[1] < large[0]);
    let highest = large.iter().copied().fold(0.0, f32::max);
    Lesson::read("loss-curves").says(format!("rises to {highest:.1}"));
    assert!(recorded.last("gradients-not-cleared") > guess);
    // Both bumps are a few hundredths, on average over the steps after the restart.
    for (name, restart) in [("moments-lost", 150), ("rate-restarts", 200)] {
        let (run, right) = (recorded.run(name), recorded.run("right"));
        let mean = |losses: &[f32]| losses.iter().sum::<f32>() / losses.len() as f32;
        let after = restart..restart + 20;
        let bump = mean(&run[after.clone()]) - mean(&right[after]);
        assert!((0.02..0.1).contains(&bump), "{name}: {bump}");
    }
}
