//! Weights as upright bars.

use super::{Axis, Draw, precise};
use crate::markdown::escape;

/// A row of weights, from 0 to 1.
pub struct Bars {
    /// Title above the picture.
    pub title: String,
    /// Labels of the bars.
    pub axis: Axis,
    /// Heights of the bars, as many as the axis has labels.
    pub weights: Vec<f32>,
}

const WIDTH: usize = 52;
const HEIGHT: f32 = 150.0;
const TOP: usize = 44;
const LEFT: usize = 8;

impl Draw for Bars {
    fn title(&self) -> &str {
        &self.title
    }

    fn size(&self) -> (usize, usize) {
        (
            2 * LEFT + WIDTH * self.weights.len(),
            TOP + HEIGHT as usize + 46,
        )
    }

    fn content(&self) -> String {
        let bottom = TOP as f32 + HEIGHT;
        let mut svg = String::new();
        for (i, &weight) in self.weights.iter().enumerate() {
            let (x, height) = (LEFT + i * WIDTH, HEIGHT * weight);
            let middle = x + WIDTH / 2;
            svg += &format!(
                "<g><title>{}: {}</title><rect x=\"{}\" y=\"{:.1}\" width=\"{}\" height=\"{height:.1}\" \
                 fill-opacity=\"0.55\"/><text x=\"{middle}\" y=\"{:.1}\">{weight:.2}</text>\
                 <text x=\"{middle}\" y=\"{}\">{}</text></g>",
                self.axis.heading(i),
                precise(weight),
                x + 6,
                bottom - height,
                WIDTH - 12,
                bottom - height - 11.0,
                bottom + 13.0,
                escape(&self.axis.labels[i]),
            );
        }
        let (width, _) = self.size();
        svg + &format!(
            "<path class=\"frame\" d=\"M{LEFT} {bottom}H{}\"/><text class=\"axis\" x=\"{}\" y=\"{}\">{}</text>",
            width - LEFT,
            width / 2,
            bottom + 34.0,
            self.axis.name,
        )
    }

    fn rows(&self) -> String {
        let mut table = format!(
            "<thead><tr><th scope=\"col\">{}</th><th scope=\"col\">weight</th></tr></thead><tbody>",
            self.axis.name
        );
        for (label, &weight) in self.axis.labels.iter().zip(&self.weights) {
            table += &format!(
                "<tr><th scope=\"row\">{}</th><td>{}</td></tr>",
                escape(label),
                precise(weight)
            );
        }
        table + "</tbody>"
    }
}
