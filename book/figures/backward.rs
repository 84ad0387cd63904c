//! The figure of the lesson `backward`: what its solution computes, found by finite differences.

use ::feed_forward::gelu_tanh;
use ndarray::Array2;

use crate::figures::{Figure, Lines, NamedFigure, Panel, Series, Ticks};

/// The lesson's figures, by the name in `{{#figure NAME}}`.
pub(crate) const FIGURES: &[NamedFigure] = &[NamedFigure {
    name: "difference-digits",
    compute: digits,
}];

/// A type in which a finite difference is computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Precision {
    /// `f32`, by the function of exercise 10.
    Single,
    /// `f64`.
    Double,
}

/// Returns the mean error of central differences of GELU with this step, at many points between −3 and 3.
pub fn central_difference(precision: Precision, step: f64) -> f64 {
    mean_error(|x| match precision {
        Precision::Single => {
            let (x, step) = (x as f32, step as f32);
            f64::from((single(x + step) - single(x - step)) / (2.0 * step))
        }
        Precision::Double => (double(x + step) - double(x - step)) / (2.0 * step),
    })
}

/// The same for differences to one side, in `f64`.
fn one_sided_difference(step: f64) -> f64 {
    mean_error(|x| (double(x + step) - double(x)) / step)
}

fn mean_error(difference: impl Fn(f64) -> f64) -> f64 {
    const POINTS: usize = 200;
    // Not round numbers, which f32 and f64 would round alike.
    let points = (0..POINTS).map(|i| -3.0 + 6.0 * (i as f64 + 0.377) / POINTS as f64);
    let errors = points
        .map(|x| f64::from(x as f32))
        .map(|x| (difference(x) - slope(x)).abs());
    errors.sum::<f64>() / POINTS as f64
}

/// GELU in `f32`.
fn single(x: f32) -> f32 {
    gelu_tanh(Array2::from_elem((1, 1), x).view())[(0, 0)]
}

/// GELU in `f64`.
fn double(x: f64) -> f64 {
    0.5 * x * (1.0 + argument(x).tanh())
}

/// The slope of GELU in `f64`.
fn slope(x: f64) -> f64 {
    let (tanh, inner) = (
        argument(x).tanh(),
        std::f64::consts::FRAC_2_PI.sqrt() * (1.0 + 3.0 * 0.044715 * x * x),
    );
    0.5 * (1.0 + tanh) + 0.5 * x * (1.0 - tanh * tanh) * inner
}

fn argument(x: f64) -> f64 {
    std::f64::consts::FRAC_2_PI.sqrt() * (x + 0.044715 * x.powi(3))
}

/// The correct digits of finite differences by their steps.
fn digits() -> Figure {
    let exponents: Vec<f32> = (-24..=0).map(|half| 0.5 * half as f32).collect();
    let series = |name: &str, error: &dyn Fn(f64) -> f64| Series {
        name: name.to_owned(),
        values: exponents
            .iter()
            .map(|&exponent| -error(10_f64.powf(f64::from(exponent))).log10() as f32)
            .collect(),
    };
    Figure {
        caption: "Finite differences of GELU, compared with its slope at 200 points between −3 and 3: the digits after \
                  the point that are right on average, by the step $h$. Right of each peak, the error falls with $h$ or \
                  with $h^2$. Left of it, the error grows with $1/h$, because the two values that are subtracted are \
                  rounded. In `f32`, a step below $10^{-7}$ often changes nothing at all.",
        description: "three curves that rise to a peak and fall again; central differences in f64 have up to 11 digits, \
                      at a step of 10⁻⁵, and in f32 up to 5, at a step of 10⁻².",
        panels: vec![Panel::Lines(Lines {
            title: "finite differences".to_owned(),
            x: Ticks {
                name: "step h, as a power of 10",
                ticks: vec![-12.0, -10.0, -8.0, -6.0, -4.0, -2.0, 0.0],
                logarithmic: false,
            },
            y: Ticks {
                name: "correct digits",
                ticks: vec![0.0, 3.0, 6.0, 9.0, 12.0],
                logarithmic: false,
            },
            series: vec![
                series("central, in f64", &|h| {
                    central_difference(Precision::Double, h)
                }),
                series("one-sided, in f64", &one_sided_difference),
                series("central, in f32", &|h| {
                    central_difference(Precision::Single, h)
                }),
            ],
            points: exponents,
        })],
    }
}

#[cfg(test)]
mod tests {
    use ::backward::gelu_tanh_backward;

    use super::*;

    #[test]
    fn the_slope_is_that_of_the_solution() {
        for x in [-2.5_f32, -0.3, 0.0, 1.0, 7.0] {
            let x_row = Array2::from_elem((1, 1), x);
            let found = gelu_tanh_backward(x_row.view(), Array2::ones((1, 1)).view())[(0, 0)];
            assert!((f64::from(found) - slope(f64::from(x))).abs() < 1e-6, "{x}");
        }
    }

    #[test]
    fn the_peaks_are_those_of_the_description() {
        let figure = digits();
        let Panel::Lines(lines) = &figure.panels[0] else {
            panic!("curves")
        };
        let peak = |series: usize| {
            let digits = lines.points.iter().zip(&lines.series[series].values);
            digits
                .max_by(|a, b| a.1.total_cmp(b.1))
                .expect("some steps")
        };
        let (step, digits) = peak(0);
        assert!(*step == -5.0 && (10.5..12.0).contains(digits), "{digits}");
        let (step, digits) = peak(2);
        assert!(*step == -2.0 && (5.0..5.5).contains(digits), "{digits}");
        assert!(one_sided_difference(1e-3) > 100.0 * central_difference(Precision::Double, 1e-3));
    }
}
