//! Functions of one variable, as curves.

use super::{Draw, precise};
use crate::markdown::escape;

/// Curves over the same points.
pub struct Lines {
    /// Title above the picture.
    pub title: String,
    /// The horizontal axis.
    pub x: Ticks,
    /// The vertical axis.
    pub y: Ticks,
    /// Positions on the horizontal axis at which the curves are known, ascending.
    pub points: Vec<f32>,
    /// Curves, at most four, so that they can be told apart without colours.
    pub series: Vec<Series>,
}

/// One curve.
pub struct Series {
    /// Name of the curve.
    pub name: String,
    /// Height at each of the points.
    pub values: Vec<f32>,
}

impl Series {
    /// A curve with a name.
    pub fn new(name: &str, values: Vec<f32>) -> Self {
        Self {
            name: name.to_owned(),
            values,
        }
    }
}

/// An axis with ticks; it reaches from the first tick to the last.
pub struct Ticks {
    /// Quantity and unit.
    pub name: &'static str,
    /// The numbers beside it, ascending, at least two.
    pub ticks: Vec<f32>,
    /// `true` for a logarithmic axis, whose numbers are all above 0.
    pub logarithmic: bool,
}

const PLOT: (f32, f32) = (330.0, 200.0);
const LEFT: f32 = 62.0;
const LEGEND: f32 = 20.0;

impl Ticks {
    /// Returns the position of a number, from 0 at the first tick to 1 at the last.
    fn at(&self, number: f32) -> f32 {
        let scale = |number: f32| {
            if self.logarithmic {
                number.ln()
            } else {
                number
            }
        };
        let (first, last) = (
            scale(self.ticks[0]),
            scale(self.ticks[self.ticks.len() - 1]),
        );
        (scale(number) - first) / (last - first)
    }
}

impl Lines {
    fn top(&self) -> f32 {
        38.0 + LEGEND * self.series.len() as f32
    }

    fn point(&self, x: f32, y: f32) -> (f32, f32) {
        (
            LEFT + PLOT.0 * self.x.at(x),
            self.top() + PLOT.1 * (1.0 - self.y.at(y)),
        )
    }

    fn axes(&self) -> String {
        let (top, (width, height)) = (self.top(), PLOT);
        let (bottom, right) = (top + height, LEFT + width);
        let mut svg = format!("<path class=\"frame\" d=\"M{LEFT} {top}V{bottom}H{right}\"/>");
        for &tick in &self.x.ticks {
            let (x, _) = self.point(tick, self.y.ticks[0]);
            svg += &format!(
                "<text x=\"{x:.1}\" y=\"{}\">{}</text>",
                bottom + 14.0,
                number(tick)
            );
        }
        for &tick in &self.y.ticks {
            let (_, y) = self.point(self.x.ticks[0], tick);
            svg += &format!(
                "<path class=\"grid\" d=\"M{LEFT} {y:.1}H{right}\"/><text class=\"end\" x=\"{}\" y=\"{y:.1}\">{}</text>",
                LEFT - 6.0,
                number(tick),
            );
        }
        svg + &format!(
            "<text class=\"axis\" x=\"{}\" y=\"{}\">{}</text>\
             <text class=\"axis\" transform=\"translate(9 {}) rotate(-90)\">{}</text>",
            LEFT + width / 2.0,
            bottom + 34.0,
            self.x.name,
            top + height / 2.0,
            self.y.name,
        )
    }
}

impl Draw for Lines {
    fn title(&self) -> &str {
        &self.title
    }

    fn size(&self) -> (usize, usize) {
        (
            (LEFT + PLOT.0) as usize + 22,
            (self.top() + PLOT.1) as usize + 46,
        )
    }

    fn content(&self) -> String {
        let mut svg = self.axes();
        for (i, series) in self.series.iter().enumerate() {
            let place = |(&x, &y): (&f32, &f32)| {
                let (x, y) = self.point(x, y);
                format!("{x:.1},{y:.1}")
            };
            let points: Vec<String> = self.points.iter().zip(&series.values).map(place).collect();
            let y = 30.0 + LEGEND * (i as f32 + 0.5);
            svg += &format!(
                "<polyline class=\"line-{i}\" points=\"{}\"/><path class=\"line-{i}\" d=\"M{} {y}h34\"/>\
                 <text class=\"start\" x=\"{}\" y=\"{y}\">{}</text>",
                points.join(" "),
                LEFT + 10.0,
                LEFT + 54.0,
                escape(&series.name),
            );
        }
        svg
    }

    fn rows(&self) -> String {
        let mut table = format!("<thead><tr><th scope=\"col\">{}</th>", escape(self.x.name));
        for series in &self.series {
            table += &format!("<th scope=\"col\">{}</th>", escape(&series.name));
        }
        table += "</tr></thead><tbody>";
        for (i, &x) in self.points.iter().enumerate() {
            table += &format!("<tr><th scope=\"row\">{}</th>", number(x));
            for series in &self.series {
                table += &format!("<td>{}</td>", precise(series.values[i]));
            }
            table += "</tr>";
        }
        table + "</tbody>"
    }
}

/// Formats a number without needless digits.
fn number(number: f32) -> String {
    let digits = if number >= 10.0 { 0 } else { 4 };
    let places = 10_f32.powi(digits);
    format!("{}", (number * places).round() / places).replace('-', "−")
}
