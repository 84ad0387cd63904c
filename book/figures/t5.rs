//! The figure of the lesson on T5, computed by its solution.

use ::t5::relative_position_bucket;

use crate::figures::{Figure, Lines, NamedFigure, Panel, Series, Ticks};

/// The lesson's figures, by the name in `{{#figure NAME}}`.
pub(crate) const FIGURES: &[NamedFigure] = &[NamedFigure {
    name: "t5-buckets",
    compute: buckets,
}];

const BUCKETS: usize = 32;
const MAX_DISTANCE: usize = 128;
/// The last distance that is drawn.
const FARTHEST: isize = 140;

/// The bucket of each distance before the query, in the encoder and in the decoder.
fn buckets() -> Figure {
    Figure {
        caption: "The bucket of a key by its distance before the query, for T5's 32 buckets and a limit of 128. The \
                  encoder has 16 of them for this direction, and the decoder has all. Near distances have one each; the \
                  steps of the far ones get longer.",
        description: "two staircases that rise by one at each distance at first. From 8 on, the encoder's rises more \
                      and more slowly, and it stays at 15 from 91 on; the decoder's slows down at 16, and stays at 31 from 113 \
                      on.",
        panels: vec![Panel::Lines(Lines {
            title: "bucket of a key before the query".to_owned(),
            x: Ticks {
                name: "distance",
                ticks: vec![0.0, 32.0, 64.0, 96.0, 128.0],
                logarithmic: false,
            },
            y: Ticks {
                name: "bucket",
                ticks: vec![0.0, 8.0, 16.0, 24.0, 32.0],
                logarithmic: false,
            },
            points: (0..=FARTHEST).map(|distance| distance as f32).collect(),
            series: vec![
                Series {
                    name: "decoder".to_owned(),
                    values: of_distances(false),
                },
                Series {
                    name: "encoder".to_owned(),
                    values: of_distances(true),
                },
            ],
        })],
    }
}

fn of_distances(bidirectional: bool) -> Vec<f32> {
    let bucket = |distance: isize| {
        relative_position_bucket(-distance, bidirectional, BUCKETS, MAX_DISTANCE) as f32
    };
    (0..=FARTHEST).map(bucket).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_steps_are_where_the_description_says() {
        let first = |bidirectional, bucket: f32| {
            let buckets = of_distances(bidirectional);
            buckets.iter().position(|&found| found == bucket)
        };
        assert_eq!(first(true, 15.0), Some(91));
        assert_eq!(first(false, 31.0), Some(113));
    }
}
