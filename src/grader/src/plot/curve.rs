//! A curve as a picture: yours and the expected one, and the first step at which they differ.

use ndarray::ArrayD;
use plotters::coord::Shift;
use plotters::prelude::*;

use super::Refused;
use super::theme::{EXPECTED, YOURS};
use crate::finding::Finding;

const FIRST: RGBColor = RGBColor(120, 120, 120);

/// Draws both curves over one axis, with a line at the first difference.
pub(super) fn draw(
    area: &DrawingArea<SVGBackend<'_>, Shift>,
    finding: &Finding,
) -> Result<(), Refused> {
    let (low, high) = range(finding);
    let steps = finding.got.len().max(finding.expected.len());
    let mut chart = ChartBuilder::on(area)
        .margin(10)
        .x_label_area_size(36)
        .y_label_area_size(60)
        .build_cartesian_2d(0.0..steps.saturating_sub(1).max(1) as f64, low..high)?;
    let tick = |step: &f64| tick(finding, *step);
    let mut mesh = chart.configure_mesh();
    if !finding.labels.is_empty() {
        mesh.x_label_formatter(&tick);
    }
    mesh.disable_mesh()
        .x_desc(finding.axes.first().map_or("", String::as_str))
        .axis_desc_style(("sans-serif", 15))
        .label_style(("sans-serif", 13))
        .draw()?;
    let comparison = finding.comparison.as_ref();
    if let Some(first) = comparison.and_then(|comparison| comparison.first.as_ref()) {
        let step = first.index[0] as f64;
        chart.draw_series(LineSeries::new([(step, low), (step, high)], FIRST))?;
    }
    let curves = [
        ("expected", &finding.expected, EXPECTED),
        ("yours", &finding.got, YOURS),
    ];
    for (name, curve, color) in curves {
        chart
            .draw_series(LineSeries::new(points(curve), color.stroke_width(2)))?
            .label(name)
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 18, y)], color));
    }
    chart
        .configure_series_labels()
        .border_style(BLACK)
        .background_style(WHITE)
        .label_font(("sans-serif", 13))
        .draw()
}

/// Returns the text of a tick of the axis: the label of its index, or the number.
fn tick(finding: &Finding, step: f64) -> String {
    let axis = finding.axes.first().map_or("", String::as_str);
    match finding.label(axis, step as usize) {
        Some(label) if step.fract() == 0.0 => label.to_owned(),
        _ => format!("{step}"),
    }
}

fn points(curve: &ArrayD<f32>) -> Vec<(f64, f64)> {
    let mut points = Vec::new();
    for (step, &number) in curve.iter().enumerate() {
        if number.is_finite() {
            points.push((step as f64, f64::from(number)));
        }
    }
    points
}

/// Returns the range of all numbers, a little wider.
fn range(finding: &Finding) -> (f64, f64) {
    let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
    for (_, number) in points(&finding.got)
        .into_iter()
        .chain(points(&finding.expected))
    {
        low = low.min(number);
        high = high.max(number);
    }
    if low > high {
        return (0.0, 1.0);
    }
    let margin = ((high - low) * 0.05).max(f64::from(f32::MIN_POSITIVE));
    (low - margin, high + margin)
}
