//! The figures of the lesson on what a network learns: gradient descent on a straight line.

use crate::figures::{Figure, Lines, NamedFigure, Panel, Series, Ticks};

/// The lesson's figures, by the name in `{{#figure NAME}}`.
pub(crate) const FIGURES: &[NamedFigure] = &[NamedFigure {
    name: "learning-rates",
    compute: learning_rates,
}];

/// Age of the plant at each measurement, in weeks.
pub const WEEKS: [f32; 3] = [1.0, 2.0, 3.0];
/// Measured heights, in centimetres.
pub const HEIGHTS: [f32; 3] = [1.0, 5.0, 6.0];

/// The straight line `w x + b`.
#[derive(Debug, Clone, Copy)]
pub struct Line {
    /// The slope.
    pub w: f32,
    /// The bias.
    pub b: f32,
}

impl Line {
    /// Returns the line with which training begins.
    pub fn initial() -> Self {
        Self { w: 1.0, b: 0.0 }
    }

    /// Returns the prediction minus the measured height, for each measurement.
    pub fn errors(self, ages: &[f32; 3]) -> [f32; 3] {
        let mut errors = [0.0; 3];
        for (error, (age, height)) in errors.iter_mut().zip(ages.iter().zip(HEIGHTS)) {
            *error = self.w * age + self.b - height;
        }
        errors
    }

    /// Returns the mean squared error.
    pub fn loss(self, ages: &[f32; 3]) -> f32 {
        let squared = self.errors(ages).map(|error| error * error);
        squared.iter().sum::<f32>() / 3.0
    }

    /// Returns the derivatives of the loss with respect to `w` and `b`.
    pub fn gradient(self, ages: &[f32; 3]) -> (f32, f32) {
        let errors = self.errors(ages);
        let products = errors.iter().zip(ages).map(|(error, age)| error * age);
        let (with_ages, alone): (f32, f32) = (products.sum(), errors.iter().sum());
        (2.0 / 3.0 * with_ages, 2.0 / 3.0 * alone)
    }

    /// Takes one step of gradient descent.
    pub fn step(self, ages: &[f32; 3], learning_rate: f32) -> Self {
        let (w, b) = self.gradient(ages);
        Self {
            w: self.w - learning_rate * w,
            b: self.b - learning_rate * b,
        }
    }
}

/// The loss during the first steps, for three learning rates.
fn learning_rates() -> Figure {
    const STEPS: usize = 12;
    let mut series = Vec::new();
    for learning_rate in [0.01, 0.1, 0.2] {
        let mut line = Line::initial();
        let mut losses = vec![line.loss(&WEEKS)];
        for _ in 0..STEPS {
            line = line.step(&WEEKS, learning_rate);
            losses.push(line.loss(&WEEKS));
        }
        series.push(Series {
            name: format!("learning rate {learning_rate}"),
            values: losses,
        });
    }
    Figure {
        caption: "The loss during the first twelve steps. The smallest possible loss is 0.5.",
        description: "three curves that begin at a loss of 6: with 0.01 it falls slowly, with 0.1 at once to below 1, \
                      with 0.2 it rises at each step.",
        panels: vec![Panel::Lines(Lines {
            title: "loss at different learning rates".to_owned(),
            x: Ticks {
                name: "step",
                ticks: vec![0.0, 3.0, 6.0, 9.0, 12.0],
                logarithmic: false,
            },
            y: Ticks {
                name: "loss",
                ticks: vec![0.3, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1000.0],
                logarithmic: true,
            },
            points: (0..=STEPS).map(|step| step as f32).collect(),
            series,
        })],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_curves_are_what_the_description_says() {
        let Panel::Lines(lines) = &learning_rates().panels[0] else {
            panic!("curves")
        };
        let [slow, good, bad] = &lines.series[..] else {
            panic!("three curves")
        };
        assert!(slow.values.is_sorted_by(|a, b| a > b) && slow.values[1] > 4.0);
        assert!(
            good.values[1..]
                .iter()
                .all(|&loss| 0.5 < loss && loss < 1.0)
        );
        assert!(bad.values.is_sorted_by(|a, b| a < b));
    }
}
