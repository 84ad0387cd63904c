//! A failing output as a picture: yours, libtorch's, and the difference.

use std::path::{Path, PathBuf};

use ndarray::{Array2, ArrayD, ArrayView2, Axis};
use plotters::coord::Shift;
use plotters::prelude::*;
use thiserror::Error;

use crate::report::number;
use crate::verdict::Finding;

/// Why a picture was not drawn.
#[derive(Debug, Error)]
pub enum PlotError {
    /// Its file cannot be written.
    #[error("{path} cannot be written: {error}", path = path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why not.
        error: std::io::Error,
    },
    /// The output has nothing that can be drawn.
    #[error("the output has no entries to draw")]
    Empty,
    /// The output is so large that the picture would be, too.
    #[error("expected at most {LARGEST} entries to draw, found {0}")]
    TooLarge(usize),
    /// The drawing library refused.
    #[error("it cannot be drawn: {0}")]
    Draw(String),
}

/// The most cells of a panel. Golden outputs have a tenth of that, and each cell is 80 bytes of SVG; but learners return
/// arrays of any shape.
const LARGEST: usize = 4096;
const PANEL: (u32, u32) = (340, 380);
const LOW: RGBColor = RGBColor(247, 251, 255);
const HIGH: RGBColor = RGBColor(8, 81, 156);
const MINUS: RGBColor = RGBColor(33, 102, 172);
const PLUS: RGBColor = RGBColor(178, 24, 43);
const NOT_A_NUMBER: RGBColor = RGBColor(255, 191, 0);

/// Where the picture of a case goes, from the course's root.
pub fn path(exercise: &str, task: &str, case: &str) -> PathBuf {
    Path::new("target/attentive").join(exercise).join(format!("{task}-{case}.svg"))
}

/// Draws a finding into an SVG file; its folder is made if need be.
///
/// # Errors
/// When there is nothing to draw or the file cannot be written.
pub fn draw(finding: &Finding, path: &Path) -> Result<(), PlotError> {
    let svg = svg(finding)?;
    let folder = path.parent().unwrap_or(Path::new("."));
    let write = || std::fs::create_dir_all(folder).and_then(|()| std::fs::write(path, svg));
    write().map_err(|error| PlotError::Write { path: path.to_owned(), error })
}

/// Draws a finding as SVG text.
///
/// # Errors
/// When there is nothing to draw.
pub fn svg(finding: &Finding) -> Result<String, PlotError> {
    let (title, got) = page(finding, &finding.got).ok_or(PlotError::Empty)?;
    let (_, expected) = page(finding, &finding.expected).ok_or(PlotError::Empty)?;
    if let Some(cells) = [got.len(), expected.len()].into_iter().find(|cells| *cells > LARGEST) {
        return Err(PlotError::TooLarge(cells));
    }
    let mut panels = vec![("yours", got.to_owned(), false), ("expected", expected.to_owned(), false)];
    if finding.comparison.is_some() {
        panels.push(("difference: yours − expected", &got - &expected, true));
    }
    let mut text = String::new();
    {
        let root =
            SVGBackend::with_string(&mut text, (PANEL.0 * panels.len() as u32, PANEL.1)).into_drawing_area();
        root.fill(&WHITE).map_err(refused)?;
        let both = || got.iter().chain(expected.iter()).copied().filter(|x| x.is_finite());
        let range = (both().fold(f32::INFINITY, f32::min), both().fold(f32::NEG_INFINITY, f32::max));
        let wrong = finding.comparison.as_ref().and_then(|comparison| page(finding, &comparison.wrong));
        // Where everything is wrong, marking everything says nothing.
        let wrong = wrong.map(|(_, wrong)| wrong.to_owned()).filter(|wrong| wrong.iter().any(|wrong| !wrong));
        for (area, (name, cells, diverging)) in root.split_evenly((1, panels.len())).iter().zip(&panels) {
            let scale = if *diverging { Scale::diverging(cells) } else { Scale::Rising(range.0, range.1) };
            let mark = wrong.as_ref().filter(|_| *name != "expected");
            let caption = format!("{name}: {}{title}", finding.output);
            panel(area, &caption, cells, &scale, mark, axis_names(finding)).map_err(refused)?;
        }
        root.present().map_err(refused)?;
    }
    Ok(text)
}

/// The two axes to draw, and the first page of the others on which something is wrong, with its name in words.
pub(crate) fn page<'a, T>(finding: &Finding, array: &'a ArrayD<T>) -> Option<(String, ArrayView2<'a, T>)> {
    let first = finding.comparison.as_ref().and_then(|comparison| comparison.first.as_ref());
    let mut view = array.view();
    let mut words = String::new();
    for axis in 0..array.ndim().saturating_sub(2) {
        let index = first.map_or(0, |first| first.index[axis]);
        if index >= view.len_of(Axis(0)) {
            return None;
        }
        view = view.index_axis_move(Axis(0), index);
        let name = finding.axes.get(axis).map_or("axis", String::as_str);
        words = format!("{words}, {name} {index}");
    }
    while view.ndim() < 2 {
        view = view.insert_axis(Axis(0));
    }
    (!view.is_empty()).then_some((words, view.into_dimensionality().ok()?))
}

fn axis_names(finding: &Finding) -> (&str, &str) {
    let name = |from_last: usize| {
        let index = finding.axes.len().checked_sub(from_last);
        index.and_then(|index| finding.axes.get(index)).map_or("", String::as_str)
    };
    (name(2), name(1))
}

enum Scale {
    Rising(f32, f32),
    Diverging(f32),
}

impl Scale {
    fn diverging(cells: &Array2<f32>) -> Self {
        Self::Diverging(cells.iter().filter(|x| x.is_finite()).fold(0.0, |most: f32, x| most.max(x.abs())))
    }

    fn color(&self, x: f32) -> RGBColor {
        match *self {
            _ if !x.is_finite() => NOT_A_NUMBER,
            Self::Rising(low, high) => {
                mix(LOW, HIGH, if high > low { (x - low) / (high - low) } else { 0.5 })
            }
            Self::Diverging(most) if most > 0.0 => {
                mix(WHITE, if x < 0.0 { MINUS } else { PLUS }, x.abs() / most)
            }
            Self::Diverging(_) => WHITE,
        }
    }
}

fn mix(from: RGBColor, to: RGBColor, part: f32) -> RGBColor {
    let channel = |a: u8, b: u8| (f32::from(a) + (f32::from(b) - f32::from(a)) * part).round() as u8;
    RGBColor(channel(from.0, to.0), channel(from.1, to.1), channel(from.2, to.2))
}

type Refused = DrawingAreaErrorKind<std::io::Error>;

fn refused(error: Refused) -> PlotError {
    PlotError::Draw(error.to_string())
}

fn panel(
    area: &DrawingArea<SVGBackend<'_>, Shift>,
    caption: &str,
    cells: &Array2<f32>,
    scale: &Scale,
    wrong: Option<&Array2<bool>>,
    (row_axis, column_axis): (&str, &str),
) -> Result<(), Refused> {
    let (rows, columns) = cells.dim();
    let mut chart = ChartBuilder::on(area)
        .caption(caption, ("sans-serif", 17))
        .margin(10)
        .x_label_area_size(36)
        .y_label_area_size(44)
        .build_cartesian_2d((0..columns - 1).into_segmented(), (0..rows - 1).into_segmented())?;
    // Row 0 stands at the top, as in the matrix: the axis counts upwards, so its labels are turned round.
    let label = |segment: &SegmentValue<usize>, length: usize, down: bool| match segment {
        SegmentValue::CenterOf(index) if *index < length => {
            (if down { length - 1 - index } else { *index }).to_string()
        }
        _ => String::new(),
    };
    chart
        .configure_mesh()
        .disable_mesh()
        .x_desc(column_axis)
        .y_desc(row_axis)
        .axis_desc_style(("sans-serif", 15))
        .label_style(("sans-serif", 13))
        .x_labels(columns.min(16))
        .y_labels(rows.min(16))
        .x_label_formatter(&|segment| label(segment, columns, false))
        .y_label_formatter(&|segment| label(segment, rows, true))
        .draw()?;
    let numbers = rows <= 12 && columns <= 8;
    for ((row, column), &x) in cells.indexed_iter() {
        let (left, up) = (column, rows - 1 - row);
        let corner = |right: usize, up: usize| (SegmentValue::Exact(right), SegmentValue::Exact(up));
        let cell = |style: ShapeStyle| Rectangle::new([corner(left, up), corner(left + 1, up + 1)], style);
        let color = scale.color(x);
        chart.draw_series([cell(color.filled())])?;
        if wrong.is_some_and(|wrong| wrong.get((row, column)) == Some(&true)) {
            chart.draw_series([cell(PLUS.stroke_width(2))])?;
        }
        if numbers {
            let dark =
                299 * u32::from(color.0) + 587 * u32::from(color.1) + 114 * u32::from(color.2) < 128_000;
            let style = ("sans-serif", if columns <= 5 { 15 } else { 12 }).into_font().color(if dark {
                &WHITE
            } else {
                &BLACK
            });
            let place = (SegmentValue::CenterOf(left), SegmentValue::CenterOf(up));
            let style = style.pos(plotters::style::text_anchor::Pos::new(
                plotters::style::text_anchor::HPos::Center,
                plotters::style::text_anchor::VPos::Center,
            ));
            chart.draw_series([Text::new(short(x), place, style)])?;
        }
    }
    Ok(())
}

/// A number that fits into a cell.
fn short(x: f32) -> String {
    if x.is_finite() && (x == 0.0 || (0.01..1000.0).contains(&x.abs())) {
        format!("{x:.2}")
    } else {
        number(x)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::{Comparison, Tolerance};

    fn drawn(shape: &[usize], expected: &[usize]) -> Result<String, PlotError> {
        let (got, expected) = (ArrayD::ones(shape), ArrayD::zeros(expected));
        let tolerance = Tolerance { absolute: 1e-3, relative: 0.0 };
        let comparison = Comparison::new(&got, &expected, tolerance);
        let (output, axes) = ("output".into(), vec!["row".into(); expected.ndim()]);
        let (alphabet, patterns, right_before) = (None, Vec::new(), Vec::new());
        svg(&Finding { output, axes, alphabet, got, expected, comparison, patterns, right_before })
    }

    #[test]
    fn outputs_of_any_shape_are_drawn_or_refused() {
        for shape in [&[][..], &[1], &[5], &[1, 1], &[3, 4], &[2, 3, 4], &[9, 2, 1, 4]] {
            assert!(drawn(shape, shape).is_ok_and(|svg| svg.contains("difference")), "{shape:?}");
            assert!(drawn(shape, &[2, 3]).is_ok(), "{shape:?}");
        }
        assert!(matches!(drawn(&[0, 3], &[2, 3]), Err(PlotError::Empty)));
        assert!(matches!(drawn(&[1000, 1000], &[2, 3]), Err(PlotError::TooLarge(1_000_000))));
    }
}
