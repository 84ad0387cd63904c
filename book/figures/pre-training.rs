//! The figure of the lesson on pre-training: the loss of a classifier, computed by the solution on softmax.

use ::softmax::log_softmax;
use ndarray::Array2;

use crate::figures::{Figure, Lines, NamedFigure, Panel, Series, Ticks};

/// The lesson's figures, by the name in `{{#figure NAME}}`.
pub(crate) const FIGURES: &[NamedFigure] = &[NamedFigure {
    name: "loss",
    compute: loss,
}];

/// The loss of an example with two classes, and the probability of the right one.
fn loss() -> Figure {
    const STEPS: usize = 49;
    let differences: Vec<f32> = (0..STEPS).map(|step| step as f32 / 4.0 - 6.0).collect();
    let logits = Array2::from_shape_fn(
        (STEPS, 2),
        |(row, class)| if class == 0 { differences[row] } else { 0.0 },
    );
    let logs = log_softmax(logits.view());
    let logs = logs.column(0);
    Figure {
        caption: "The loss of one example, over how far the logit of the right class is ahead. On the left the answer is \
                  wrong. The loss is nearly a straight line there, so the gradient is the same everywhere. On the \
                  right there is next to nothing to gain. At 0 both classes have a probability of one half, and the \
                  loss is $\\ln 2$.",
        description: "two curves over the difference of the logits from −6 to 6: the loss falls from 6 to 0, the \
                      probability rises from 0 to 1, and they cross near 0.",
        panels: vec![Panel::Lines(Lines {
            title: "two classes".to_owned(),
            x: Ticks {
                name: "logit of the right class − the other",
                ticks: vec![-6.0, -4.0, -2.0, 0.0, 2.0, 4.0, 6.0],
                logarithmic: false,
            },
            y: Ticks {
                name: "",
                ticks: vec![0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0],
                logarithmic: false,
            },
            points: differences,
            series: vec![
                Series {
                    name: "loss".to_owned(),
                    values: logs.mapv(|log| -log).to_vec(),
                },
                Series {
                    name: "probability of the right class".to_owned(),
                    values: logs.exp().to_vec(),
                },
            ],
        })],
    }
}
