//! The course of the learning rate, for the exercise and for the models that the course trains.

use std::f64::consts::PI;

/// A learning rate that rises in a straight line, and then falls along half a cosine. Steps are counted from 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Schedule {
    /// The rate of the last step of the warm-up.
    pub(crate) peak: f64,
    /// The rate of the last step, and of those after it.
    pub(crate) floor: f64,
    /// The number of steps in which the rate rises.
    pub(crate) warm_up: usize,
    /// The number of steps of the whole run.
    pub(crate) steps: usize,
}

impl Schedule {
    /// The rate with which a step is taken.
    pub(crate) fn rate(&self, step: usize) -> f64 {
        self.rate_with_fall(step, |progress| {
            self.floor + (self.peak - self.floor) * half_cosine(progress)
        })
    }

    /// The rate of a step that, after the warm-up, is a function of the progress of the fall: from 0 at the end of the
    /// warm-up to 1 in the last step and in those after it.
    pub(super) fn rate_with_fall(&self, step: usize, fall: impl Fn(f64) -> f64) -> f64 {
        if step <= self.warm_up {
            self.peak * step as f64 / self.warm_up as f64
        } else if step > self.steps {
            fall(1.0)
        } else {
            fall((step - self.warm_up) as f64 / (self.steps - self.warm_up) as f64)
        }
    }
}

/// Half a cosine from 1 down to 0.
pub(super) fn half_cosine(progress: f64) -> f64 {
    0.5 * (1.0 + (PI * progress).cos())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCHEDULE: Schedule = Schedule {
        peak: 2.0,
        floor: 0.5,
        warm_up: 50,
        steps: 1000,
    };

    #[test]
    fn the_rate_rises_to_its_peak_and_falls_to_its_floor() {
        let rates: Vec<f64> = (1..=1000).map(|step| SCHEDULE.rate(step)).collect();
        assert_eq!((rates[0], rates[49], rates[999]), (0.04, 2.0, 0.5));
        assert!(rates[..50].is_sorted());
        assert!(rates[49..].is_sorted_by(|a, b| a > b));
        assert!((SCHEDULE.rate(525) - 1.25).abs() < 1e-12);
        assert_eq!(SCHEDULE.rate(5000), 0.5);
    }

    #[test]
    fn a_run_may_be_all_warm_up_or_have_none() {
        let all = Schedule {
            warm_up: 1000,
            ..SCHEDULE
        };
        assert_eq!((all.rate(1000), all.rate(1001)), (2.0, 0.5));
        let none = Schedule {
            warm_up: 0,
            ..SCHEDULE
        };
        assert!((1.99..2.0).contains(&none.rate(1)));
        assert_eq!(none.rate(1000), 0.5);
    }
}
