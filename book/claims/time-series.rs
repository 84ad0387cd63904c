//! Claims of `time-series.md` and its quiz, computed.

use ::time_series::experiment::Experiment;
use ::time_series::series::{Gaps, SeriesError, read, sines};
use ::time_series::start::Sizes;
use ::time_series::{Errors, Scale, Shape, errors, naive, patches, scale, windows};
use attentive_book::figures::lessons::time_series::{HORIZON, POINTS, SHAPE, SPLIT, Trained};
use attentive_book::figures::random::normals;
use ndarray::{Array1, Array2, ArrayView1, Axis, array, s};

use crate::assert_close;
use crate::lesson::{Lesson, joined, shown};
use crate::quizzes::QuizClaims;

pub(crate) const QUIZ: QuizClaims = QuizClaims {
    numbers: &[
        ("time-series-windows", || f64::from(windows_of(100))),
        ("time-series-scale", || {
            f64::from(scale(quiz_series().view(), 4).deviation)
        }),
        ("time-series-patches", || f64::from(first_in_patches())),
        ("time-series-season", || f64::from(quiz_season(6, 3))),
        ("time-series-units", || f64::from(quiz_errors(5.0).rmse)),
    ],
    checks: &[
        ("time-series-shuffled", || {
            // Of two windows that begin one value apart, all values but one are the same.
            let series: Array1<f32> = (0..60).map(|value| value as f32).collect();
            let all = windows(series.view(), 54, 20, 4).train;
            let [first, second] = [0, 1].map(|window| {
                let row = all.contexts.row(window).to_vec();
                [row, all.targets.row(window).to_vec()].concat()
            });
            assert_eq!(first[1..], second[..23]);
        }),
        ("time-series-better", || {
            let [model, last, ..] = Trained::get().errors();
            assert!(model.rmse < last.rmse && model.rmse > 0.09);
        }),
    ],
    slips: &[
        ("time-series-windows", "77", || (100 + 1 - 24) as f32),
        ("time-series-windows", "85", || windows_of(120) as f32),
        ("time-series-windows", "64", || windows_of(100) as f32 - 1.0),
        ("time-series-scale", "1.633", || {
            quiz_series().slice(s![..4]).std(1.0)
        }),
        ("time-series-scale", "8.641", || {
            scale(quiz_series().view(), 6).deviation
        }),
        ("time-series-scale", "2", || {
            scale(quiz_series().view(), 4).deviation.powi(2)
        }),
        ("time-series-patches", "0", || 0.0),
        ("time-series-season", "9", || quiz_season(5, 3)),
        ("time-series-season", "10", || quiz_known()[5]),
        ("time-series-units", "0.354", || quiz_errors(1.0).rmse),
        ("time-series-units", "1.75", || quiz_errors(5.0).mae),
        ("time-series-units", "0.791", || {
            quiz_errors(5.0_f32.sqrt()).rmse
        }),
    ],
};

/// The number of windows to learn from in the quiz's series, up to this value.
fn windows_of(split: usize) -> u32 {
    let series = Array1::zeros(split + 12);
    let windows = windows(series.view(), split, 24, 12);
    windows.train.contexts.nrows() as u32
}

fn quiz_series() -> Array1<f32> {
    array![2.0, 4.0, 4.0, 6.0, 20.0, 24.0]
}

/// The place of the first value that is in a patch, of 50 values in patches of 8.
fn first_in_patches() -> f32 {
    let context = Array2::from_shape_fn((1, 50), |(_, value)| value as f32);
    patches(context.view(), 8)[(0, 0, 0)]
}

fn quiz_known() -> Array1<f32> {
    array![10.0, 14.0, 9.0, 11.0, 15.0, 10.0]
}

/// The seasonal forecast of the fourth step, if so many values are known.
fn quiz_season(origin: usize, season: usize) -> f32 {
    naive(quiz_known().view(), origin, 4, season).seasonal[3]
}

fn quiz_errors(deviation: f32) -> Errors {
    let (forecasts, targets) = (array![[0.3, -0.4]], array![[0.0, 0.0]]);
    let scale = Scale {
        mean: 50.0,
        deviation,
    };
    errors(forecasts.view(), targets.view(), scale)
}

/// The series of the worked example, of which the first eight values are the training part.
fn small() -> Array1<f32> {
    array![3.0, 5.0, 4.0, 6.0, 5.0, 7.0, 6.0, 8.0, 7.0, 9.0]
}

/// Numbers as the lesson writes them in a list.
fn list(numbers: ArrayView1<'_, f32>) -> String {
    let numbers: Vec<String> = numbers.iter().map(f32::to_string).collect();
    numbers.join(", ")
}

#[test]
fn the_prediction() {
    let lesson = Lesson::read("time-series");
    // With the two neighbours drawn independently: at least one of them is learned from.
    let share = 1.0 - 0.2_f32.powi(2);
    lesson.says(format!("{} % of the test windows", shown(100.0 * share, 0)));
    lesson.says(format!(
        "{} of its {} values",
        SHAPE.context + HORIZON - 1,
        SHAPE.context + HORIZON
    ));
    let all = POINTS + 1 - SHAPE.context - HORIZON;
    lesson.says(format!("into all {all} windows"));
}

#[test]
fn the_second_prediction() {
    let lesson = Lesson::read("time-series");
    let series = Array1::zeros(POINTS);
    let inside = windows(series.view(), SPLIT, SHAPE.context, HORIZON);
    let inside = inside.train.contexts.nrows();
    let across = SPLIT - inside;
    lesson.says(format!("{across} windows"));
    let last_start = SPLIT - 1;
    let last_value = last_start + SHAPE.context + HORIZON - 1;
    lesson.says(format!("up to value {last_value}"));
    assert_eq!(last_value, SPLIT + across - 1);
}

#[test]
fn the_scale_of_the_small_series() {
    let lesson = Lesson::read("time-series");
    let small = small();
    let training = scale(small.view(), 8);
    lesson.says(format!(
        "The training part has the mean {} and the deviation {}.",
        training.mean, training.deviation
    ));
    let whole = scale(small.view(), small.len());
    lesson.says(format!(
        "the mean {} and the deviation {}",
        whole.mean,
        shown(whole.deviation, 3)
    ));
}

#[test]
fn the_windows_of_the_small_series() {
    let lesson = Lesson::read("time-series");
    let split = windows(small().view(), 8, 4, 2);
    for (kind, windows) in [("to learn from", &split.train), ("to test on", &split.test)] {
        let rows = windows.contexts.rows().into_iter();
        for (context, target) in rows.zip(windows.targets.rows()) {
            lesson.says(format!("| {kind} | {} | {} |", list(context), list(target)));
        }
    }
    assert_eq!(split.train.contexts.nrows(), 3);
    assert_eq!(split.test.contexts.nrows(), 1);
}

#[test]
fn the_patches_of_the_test_window() {
    let lesson = Lesson::read("time-series");
    let context = windows(small().view(), 8, 4, 2).test.contexts;
    let level = context.sum() / 4.0;
    lesson.says(format!("The level of the test window is {level}"));
    let relative = &context - level;
    let of_two = patches(relative.view(), 2);
    for patch in of_two.index_axis(Axis(0), 0).rows() {
        lesson.vector(&patch.to_vec(), 1);
    }
    let of_three = patches(relative.view(), 3);
    lesson.vector(&of_three.index_axis(Axis(0), 0).row(0).to_vec(), 1);
}

#[test]
fn the_naive_forecasts_of_the_small_series() {
    let lesson = Lesson::read("time-series");
    let small = small();
    let found = naive(small.view(), 8, 2, 2);
    let truth = small.slice(s![8..]).insert_axis(Axis(0));
    let units = Scale {
        mean: 0.0,
        deviation: 1.0,
    };
    for (name, forecast) in [
        ("last value", &found.last),
        ("last season", &found.seasonal),
        ("mean", &found.mean),
    ] {
        let errors = errors(forecast.view().insert_axis(Axis(0)), truth, units);
        lesson.says(format!(
            "| {name} | {} | {} |",
            list(forecast.view()),
            joined(&[errors.mae, errors.rmse], 3, " | ")
        ));
    }
    let deviation = scale(small.view(), 8).deviation;
    lesson.says(format!(
        "of the last value of {}",
        shown(1.0 / deviation, 3)
    ));
}

#[test]
fn the_errors_of_the_trained_model() {
    let lesson = Lesson::read("time-series");
    let trained = Trained::get();
    for (name, errors) in ["model", "last value", "last season", "mean"]
        .into_iter()
        .zip(trained.errors())
    {
        lesson.says(format!(
            "| {name} | {} |",
            joined(&[errors.mae, errors.rmse], 3, " | ")
        ));
    }
    lesson.says(format!(
        "{} windows to learn from and {} to test on",
        trained.windows.train.contexts.nrows(),
        trained.windows.test.contexts.nrows()
    ));
    lesson.says(format!(
        "a mean of {} and a deviation of {}",
        shown(trained.scale.mean, 3),
        shown(trained.scale.deviation, 3)
    ));
}

/// A series with a season of 6 and a rise, as a table with dates.
fn table() -> String {
    let mut table = String::from("date,co2\n");
    for week in 0..90 {
        let season = (std::f32::consts::TAU * week as f32 / 6.0).sin();
        let value = 300.0 + 0.1 * week as f32 + season;
        table += &format!("{},{value}\n", 19_580_000 + week);
    }
    table
}

#[test]
fn a_series_of_a_file_is_learned() {
    let series = read(&table(), "co2", Gaps::Refuse).expect("a series");
    let experiment = Experiment {
        sizes: Sizes {
            shape: Shape {
                context: 12,
                patch: 3,
                heads: 2,
            },
            horizon: 2,
            blocks: 1,
            d_model: 4,
            d_ff: 6,
        },
        split: 60,
        season: 6,
        steps: 150,
        batch: 8,
        peak: 0.03,
        seed: 1,
    };
    let learned = experiment.run(series.view());
    let unlearned = Experiment {
        steps: 0,
        ..experiment
    };
    let unlearned = unlearned.run(series.view());
    assert!(learned.model.rmse < unlearned.model.rmse);
    for naive in [&learned.last, &learned.seasonal, &learned.mean] {
        assert!(learned.model.rmse < naive.rmse, "{learned:?}");
    }
    // A series without noise that rises evenly is the last season with the rise.
    assert!(learned.risen.rmse < 1e-3, "{learned:?}");
    assert_eq!(learned.reading.dim(), (2, 4));
    assert_eq!((learned.losses.len(), unlearned.losses.len()), (150, 0));
}

#[test]
fn bad_files_have_one_clear_error_each() {
    let lesson = Lesson::read("time-series");
    let missing = "date,co2\n19580503,316.9\n19580510,\n19580517,317.5\n";
    let error = read(missing, "co2", Gaps::Refuse).expect_err("a value is missing");
    assert_eq!(
        error.to_string(),
        "3: expected a number in the column `co2`, found nothing; add it, or read the file with `Gaps::RepeatLast`"
    );
    lesson.says("expected a number in the column `co2`, found nothing");
    let filled = read(missing, "co2", Gaps::RepeatLast).expect("a series");
    assert_eq!(filled, array![316.9, 316.9, 317.5]);

    let error = read(missing, "ppm", Gaps::Refuse).expect_err("no such column");
    assert_eq!(
        error.to_string(),
        "1: expected a column `ppm` in the header, found `date`, `co2`; give one of these"
    );
    let error = read("day,co2\n1,316.1\n2,cloudy\n", "co2", Gaps::RepeatLast);
    assert_eq!(
        error.expect_err("no number").to_string(),
        "3: expected a number in the column `co2`, found `cloudy`; is it the right column?"
    );
    let first = read("co2\nNA\n316\n", "co2", Gaps::RepeatLast);
    assert!(
        matches!(first, Err(SeriesError::Missing { line: 2, .. })),
        "{first:?}"
    );
    for empty in ["co2\n", "co2", "co2\n\n\n"] {
        assert_eq!(read(empty, "co2", Gaps::Refuse), Err(SeriesError::Empty));
    }
    for infinite in ["inf", "1e999"] {
        let text = format!("co2\n{infinite}\n");
        let error = read(&text, "co2", Gaps::RepeatLast);
        assert!(
            matches!(error, Err(SeriesError::Number { line: 2, .. })),
            "{error:?}"
        );
    }
}

#[test]
fn tables_may_have_quotes_spaces_and_other_columns() {
    let text = "\u{feff}\"week\", \"co2\" ,flag\r\n1, 315.5 ,a\r\n\r\n2,\"316\",b\r\n";
    let series = read(text, "co2", Gaps::Refuse).expect("a series");
    assert_eq!(series, array![315.5, 316.0]);
}

#[test]
fn the_sines_are_those_of_the_formula() {
    let without = sines(Array1::zeros(POINTS).view());
    for (point, &value) in without.indexed_iter() {
        let t = point as f64 * 100.0 / (POINTS - 1) as f64;
        assert_close(f64::from(value), (0.1 * t).sin() + (0.01 * t).sin(), 1e-4);
    }
    let noise = normals(POINTS, 42);
    let with = sines(noise.view());
    assert_close(
        f64::from((&with - &without - &noise * 0.1).sum()),
        0.0,
        1e-2,
    );
}
