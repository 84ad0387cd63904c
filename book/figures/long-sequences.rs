//! The figure of the lesson on long sequences: three ways of stretching rotary positions.

use std::f32::consts::TAU;

use crate::figures::{Figure, Lines, NamedFigure, Panel, Series, Ticks};

/// The lesson's figures, by the name in `{{#figure NAME}}`.
pub(crate) const FIGURES: &[NamedFigure] = &[NamedFigure {
    name: "stretching",
    compute: stretching,
}];

/// A rotary embedding that is stretched to more positions than it was trained on.
pub struct Stretch {
    /// Features of a head.
    pub features: usize,
    /// Base of the speeds.
    pub base: f32,
    /// Positions in training.
    pub trained: f32,
    /// Factor between the new and the trained number of positions.
    pub factor: f32,
}

impl Stretch {
    /// Returns the number of turns that a pair makes in training.
    pub fn turns(&self, pair: usize) -> f32 {
        let exponent = -2.0 * pair as f32 / self.features as f32;
        self.trained * self.base.powf(exponent) / TAU
    }

    /// Returns the base whose slowest pair is slower by the factor.
    pub fn larger_base(&self) -> f32 {
        let d = self.features as f32;
        self.base * self.factor.powf(d / (d - 2.0))
    }

    /// Returns the speed of a pair with the larger base, as a share of the old one.
    pub fn with_larger_base(&self, pair: usize) -> f32 {
        let exponent = -2.0 * pair as f32 / self.features as f32;
        (self.larger_base() / self.base).powf(exponent)
    }

    /// Returns the speed of a pair by YaRN, as a share of the old one.
    pub fn yarn(&self, pair: usize) -> f32 {
        let kept = ((self.turns(pair) - 1.0) / 31.0).clamp(0.0, 1.0);
        (1.0 - kept) / self.factor + kept
    }
}

/// The stretch of the lesson's example.
pub const EXAMPLE: Stretch = Stretch {
    features: 128,
    base: 10_000.0,
    trained: 4096.0,
    factor: 4.0,
};

/// The speeds of all pairs by three methods.
fn stretching() -> Figure {
    let pairs = EXAMPLE.features / 2;
    let series = |name: &str, speed: fn(usize) -> f32| Series {
        name: name.to_owned(),
        values: (0..pairs).map(speed).collect(),
    };
    Figure {
        caption: "The new speed of each pair as a share of the old one, for a head with 128 features that goes from \
                  4096 positions to four times as many. Interpolation slows all pairs alike. A larger base slows them \
                  more, the slower they are. YaRN keeps the pairs that turned more than 32 times, and interpolates \
                  those that never made a whole turn.",
        description: "three curves over the pairs 0 to 63: level at 0.25; falling evenly from 1 to 0.25; and at 1 up \
                      to pair 20, then falling to 0.25 at about pair 45.",
        panels: vec![Panel::Lines(Lines {
            title: "speed after stretching".to_owned(),
            x: Ticks {
                name: "pair",
                ticks: vec![0.0, 16.0, 32.0, 48.0, 63.0],
                logarithmic: false,
            },
            y: Ticks {
                name: "share of the old speed",
                ticks: vec![0.0, 0.25, 0.5, 0.75, 1.0],
                logarithmic: false,
            },
            points: (0..pairs).map(|pair| pair as f32).collect(),
            series: vec![
                series("interpolation", |_| 1.0 / EXAMPLE.factor),
                series("larger base", |pair| EXAMPLE.with_larger_base(pair)),
                series("YaRN", |pair| EXAMPLE.yarn(pair)),
            ],
        })],
    }
}
