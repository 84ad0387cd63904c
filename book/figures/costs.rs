//! The figure on what attention costs: a measurement beside the formula.
//!
//! A build does not measure: it would take seconds, and the book would be another each time.

use crate::figures::{Figure, Lines, NamedFigure, Panel, Series, Ticks};

/// The lesson's figures, by the name in `{{#figure NAME}}`.
pub(crate) const FIGURES: &[NamedFigure] = &[NamedFigure {
    name: "cost",
    compute: quadratic,
}];

/// Output of `cargo run --release -p attentive-book --example cost` on one core: lengths and seconds.
const MEASURED: &str = include_str!("costs.csv");

/// Lengths, and the seconds that attention over so many positions took.
fn measured() -> (Vec<f32>, Vec<f32>) {
    let rows = MEASURED
        .lines()
        .filter(|line| !line.starts_with(['#', 'l']));
    rows.filter_map(|row| {
        let (length, seconds) = row.split_once(',')?;
        Some((length.parse::<f32>().ok()?, seconds.parse::<f32>().ok()?))
    })
    .unzip()
}

/// Milliseconds for growing lengths, beside a time that grows with the length's square.
fn quadratic() -> Figure {
    let (lengths, seconds) = measured();
    let milliseconds: Vec<f32> = seconds.iter().map(|seconds| 1e3 * seconds).collect();
    let (longest, slowest) = (
        lengths[lengths.len() - 1],
        milliseconds[milliseconds.len() - 1],
    );
    let square = lengths
        .iter()
        .map(|length| slowest * (length / longest).powi(2))
        .collect();
    Figure {
        caption: "The course’s own attention with $d_k = d_v = 64$, timed on one core, next to a curve that quadruples \
                  where the length doubles and goes through the last measurement. Both axes are logarithmic, so that \
                  quadratic growth is a straight line. The times were measured once and are kept with the course, \
                  because they differ from machine to machine. You can measure yours with \
                  `cargo run --release -p attentive-book --example cost`.",
        description: "two nearly straight, nearly equal lines that rise by a factor of four for each doubling of the \
                      length.",
        panels: vec![Panel::Lines(Lines {
            title: "time for one head".to_owned(),
            x: Ticks {
                name: "length",
                ticks: vec![128.0, 256.0, 512.0, 1024.0, 2048.0, 4096.0],
                logarithmic: true,
            },
            y: Ticks {
                name: "milliseconds",
                ticks: vec![0.1, 1.0, 10.0, 100.0, 1000.0],
                logarithmic: true,
            },
            points: lengths,
            series: vec![
                Series {
                    name: "measured".to_owned(),
                    values: milliseconds,
                },
                Series {
                    name: "c · length²".to_owned(),
                    values: square,
                },
            ],
        })],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_measurement_is_there_and_grows_quadratically_in_the_end() {
        let (lengths, seconds) = measured();
        assert!(lengths.len() >= 5);
        let last = lengths.len() - 1;
        let exponent =
            (seconds[last] / seconds[last - 1]).ln() / (lengths[last] / lengths[last - 1]).ln();
        assert!((1.6..2.4).contains(&exponent), "{exponent}");
    }
}
