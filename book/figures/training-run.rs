//! The figure of the lesson on a longer run: libtorch's run of the recipe in which an induction head appears.

use attentive_recipe::RunRecord;

use crate::figures::{Figure, Lines, NamedFigure, Panel, Series, Ticks};

/// The lesson's figures, by the name in `{{#figure NAME}}`.
pub(crate) const FIGURES: &[NamedFigure] = &[NamedFigure {
    name: "training-run-induction",
    compute: induction,
}];

/// Output of `cargo run -p attentive-reference -- recipe-run induction`.
const RECORDED: &str = include_str!("../../src/trainer/shipped/induction.json");
/// The number of steps that a point of the curve is the mean of: chance makes single losses differ.
const SMOOTHED: usize = 10;

/// Libtorch's run of the recipe.
///
/// # Panics
/// If the file is no record.
pub fn recorded() -> RunRecord {
    serde_json::from_str(RECORDED).expect("the record of a run")
}

/// The mean loss of some steps, the last of which is this one.
pub fn mean_until(losses: &[f32], step: usize) -> f32 {
    let some = &losses[step - SMOOTHED..step];
    some.iter().sum::<f32>() / some.len() as f32
}

/// The loss over the steps, and the in-context score.
fn induction() -> Figure {
    let record = recorded();
    let guess = (record.plan.vocabulary as f32).ln();
    let points = SMOOTHED..=record.losses.len();
    let losses: Vec<f32> = points
        .clone()
        .map(|step| mean_until(&record.losses, step))
        .collect();
    let measured = &record.held_out;
    Figure {
        caption: "Libtorch's run of the recipe: the loss as a mean over ten steps, and the in-context score, which is \
                  measured ten times. For almost half of the run, hardly anything happens. Then both fall within 60 steps.",
        description: "on the left, a curve stays near the loss of a guess for 340 of 800 steps, falls steeply until step \
                      400, and is almost flat after that. On the right, the score is zero for as long, and then falls \
                      to about minus two thirds.",
        panels: vec![
            panel(
                "loss",
                "loss in nats",
                vec![1.0, 1.5, 2.0, 2.5],
                points.map(|step| step as f32).collect(),
                vec![
                    Series {
                        name: "a guess".to_owned(),
                        values: vec![guess; losses.len()],
                    },
                    Series {
                        name: "libtorch".to_owned(),
                        values: losses,
                    },
                ],
            ),
            panel(
                "in-context score",
                "score in nats",
                vec![-0.8, -0.6, -0.4, -0.2, 0.0, 0.2],
                measured.iter().map(|at| at.step as f32).collect(),
                vec![Series {
                    name: "libtorch".to_owned(),
                    values: measured.iter().map(|at| at.in_context).collect(),
                }],
            ),
        ],
    }
}

fn panel(
    title: &str,
    y: &'static str,
    ticks: Vec<f32>,
    points: Vec<f32>,
    series: Vec<Series>,
) -> Panel {
    Panel::Lines(Lines {
        title: title.to_owned(),
        x: Ticks {
            name: "step",
            ticks: vec![0.0, 200.0, 400.0, 600.0, 800.0],
            logarithmic: false,
        },
        y: Ticks {
            name: y,
            ticks,
            logarithmic: false,
        },
        points,
        series,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_curve_is_as_the_caption_says() {
        let RunRecord {
            losses, held_out, ..
        } = recorded();
        assert_eq!((losses.len(), held_out.len()), (800, 11));
        let at = |step| mean_until(&losses, step);
        let guess = 8_f32.ln();
        assert!(guess - at(340) < 0.2, "{}", at(340));
        assert!(at(340) - at(400) > 0.35, "{} {}", at(340), at(400));
        assert!(at(400) - at(800) < 0.2, "{} {}", at(400), at(800));
        for measured in held_out {
            let falls = if measured.step < 400 {
                -0.05..0.05
            } else {
                -0.7..-0.5
            };
            assert!(falls.contains(&measured.in_context), "{measured:?}");
        }
    }
}
