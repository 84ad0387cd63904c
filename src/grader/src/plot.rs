//! A failing output as a picture: yours, libtorch's, and the difference.

mod curve;
mod panel;
mod scale;
mod theme;

use std::path::{Path, PathBuf};

use ndarray::{ArrayD, ArrayView2, Axis};
use plotters::prelude::*;
use thiserror::Error;

use crate::finding::Finding;
use crate::output::OutputKind;

use scale::Scale;
use theme::{White, follow_theme};

/// The reason for which a picture was not drawn.
#[derive(Debug, Error)]
pub enum PlotError {
    /// Its file cannot be written.
    #[error("{path} cannot be written: {error}", path = path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// The reason.
        error: std::io::Error,
    },
    /// The output has nothing that can be drawn.
    #[error("the output has no entries to draw")]
    Empty,
    /// The output is a text, a list or a count, which is read.
    #[error("expected an output of numbers to draw, found one that is read")]
    Read,
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
const PANEL: (u32, u32) = (340, 360);
const HEADING: u32 = 30;
/// Height of the line that says what the colours mean.
const LEGEND: u32 = 24;

/// Returns the file of a case's picture, from the course's root.
pub fn path(exercise: &str, task: &str, case: &str) -> PathBuf {
    Path::new("target/attentive")
        .join(exercise)
        .join(format!("{task}-{case}.svg"))
}

/// Draws a finding into an SVG file; its folder is made if need be.
///
/// # Errors
/// When there is nothing to draw or the file cannot be written.
pub fn draw(finding: &Finding, path: &Path) -> Result<(), PlotError> {
    let svg = svg(finding)?;
    let folder = path.parent().unwrap_or(Path::new("."));
    let write = || std::fs::create_dir_all(folder).and_then(|()| std::fs::write(path, svg));
    write().map_err(|error| PlotError::Write {
        path: path.to_owned(),
        error,
    })
}

/// Draws a finding as SVG text.
///
/// # Errors
/// When there is nothing to draw.
pub fn svg(finding: &Finding) -> Result<String, PlotError> {
    if let OutputKind::Curve { .. } = finding.kind {
        return curve_svg(finding);
    }
    if !finding.kind.is_drawn() {
        return Err(PlotError::Read);
    }
    let (title, got) = page(finding, &finding.got).ok_or(PlotError::Empty)?;
    let (_, expected) = page(finding, &finding.expected).ok_or(PlotError::Empty)?;
    if let Some(cells) = [got.len(), expected.len()]
        .into_iter()
        .find(|cells| *cells > LARGEST)
    {
        return Err(PlotError::TooLarge(cells));
    }
    let scale = match finding.kind.is_whole() {
        true => Scale::Blank,
        false => Scale::of(got.iter().chain(&expected)),
    };
    let mut panels = vec![
        ("yours", got.to_owned(), scale),
        ("expected", expected.to_owned(), scale),
    ];
    let wrong = finding
        .comparison
        .as_ref()
        .and_then(|comparison| page(finding, &comparison.wrong));
    let wrong = wrong.map(|(_, wrong)| wrong.to_owned());
    if let Some(wrong) = wrong.as_ref().filter(|_| scale != Scale::Blank) {
        // What is within the tolerance is no difference.
        let mut difference = &got - &expected;
        difference.zip_mut_with(wrong, |difference, wrong| {
            *difference = if *wrong { *difference } else { 0.0 }
        });
        let scale = Scale::of(difference.iter());
        panels.push(("yours − expected", difference, scale));
    }
    let mut text = String::new();
    {
        let size = (PANEL.0 * panels.len() as u32, PANEL.1 + HEADING + LEGEND);
        let root = SVGBackend::with_string(&mut text, size).into_drawing_area();
        root.fill(&WHITE).map_err(refused)?;
        let heading = format!("{}{title}", finding.output);
        let root = root.titled(&heading, ("sans-serif", 18)).map_err(refused)?;
        let (root, legend) = root.split_vertically(PANEL.1);
        if scale != Scale::Blank {
            let style = ("sans-serif", 13).into_font();
            let text = Text::new(scale::LEGEND, (10, 2), style);
            legend.draw(&text).map_err(refused)?;
        }
        // Where everything is wrong, marking everything says nothing.
        let wrong = wrong.filter(|wrong| wrong.iter().any(|wrong| !wrong));
        for (area, (name, cells, scale)) in root.split_evenly((1, panels.len())).iter().zip(&panels)
        {
            let mark = wrong.as_ref().filter(|_| *name != "expected");
            let label = |number| match scale {
                Scale::Blank => finding.kind.show_id(Some(number)),
                _ => panel::short(number),
            };
            panel::draw(area, name, cells, *scale, &label, mark, axis_names(finding))
                .map_err(refused)?;
        }
        root.present().map_err(refused)?;
    }
    Ok(follow_theme(&text, White::Cells))
}

fn curve_svg(finding: &Finding) -> Result<String, PlotError> {
    let steps = finding.got.len().max(finding.expected.len());
    if steps == 0 {
        return Err(PlotError::Empty);
    }
    if steps > LARGEST {
        return Err(PlotError::TooLarge(steps));
    }
    let mut text = String::new();
    {
        let size = (2 * PANEL.0, PANEL.1 + HEADING);
        let root = SVGBackend::with_string(&mut text, size).into_drawing_area();
        root.fill(&WHITE).map_err(refused)?;
        let root = root
            .titled(&finding.output, ("sans-serif", 18))
            .map_err(refused)?;
        curve::draw(&root, finding).map_err(refused)?;
        root.present().map_err(refused)?;
    }
    Ok(follow_theme(&text, White::Paper))
}

/// The two axes to draw, and the first page of the others on which something is wrong, with its name in words.
pub(crate) fn page<'a, T>(
    finding: &Finding,
    array: &'a ArrayD<T>,
) -> Option<(String, ArrayView2<'a, T>)> {
    let first = finding
        .comparison
        .as_ref()
        .and_then(|comparison| comparison.first.as_ref());
    let mut view = array.view();
    let mut words = String::new();
    for axis in 0..array.ndim().saturating_sub(2) {
        let index = first.map_or(0, |first| first.index[axis]);
        if index >= view.len_of(Axis(0)) {
            return None;
        }
        view = view.index_axis_move(Axis(0), index);
        let name = finding.axes.get(axis).map_or("axis", String::as_str);
        words = format!("{words}, {}", finding.index_in_words(name, index));
    }
    while view.ndim() < 2 {
        view = view.insert_axis(Axis(0));
    }
    (!view.is_empty()).then_some((words, view.into_dimensionality().ok()?))
}

fn axis_names(finding: &Finding) -> (&str, &str) {
    let name = |from_last: usize| {
        let index = finding.axes.len().checked_sub(from_last);
        index
            .and_then(|index| finding.axes.get(index))
            .map_or("", String::as_str)
    };
    (name(2), name(1))
}

type Refused = DrawingAreaErrorKind<std::io::Error>;

fn refused(error: Refused) -> PlotError {
    PlotError::Draw(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metric::Tolerance;
    use crate::output::{Labels, Output};
    use crate::tensor::Tensor;

    fn drawn(kind: OutputKind, got: &Tensor, expected: &Tensor) -> Result<String, PlotError> {
        let output = Output {
            name: "output".into(),
            axes: vec!["row".into(); expected.shape().len()],
            labels: Labels::new(),
            kind,
        };
        let tolerance = Tolerance {
            absolute: 1e-3,
            relative: 0.0,
        };
        svg(&Finding::new(output, got, expected, tolerance))
    }

    fn numbers(shape: &[usize], expected: &[usize]) -> Result<String, PlotError> {
        let (got, expected) = (ArrayD::ones(shape), ArrayD::zeros(expected));
        let kind = OutputKind::default();
        drawn(kind, &Tensor::F32(got), &Tensor::F32(expected))
    }

    #[test]
    fn outputs_of_any_shape_are_drawn_or_refused() {
        for shape in [
            &[][..],
            &[1],
            &[5],
            &[1, 1],
            &[3, 4],
            &[2, 3, 4],
            &[9, 2, 1, 4],
        ] {
            assert!(
                numbers(shape, shape).is_ok_and(|svg| svg.contains("yours − expected")),
                "{shape:?}"
            );
            assert!(numbers(shape, &[2, 3]).is_ok(), "{shape:?}");
        }
        assert!(matches!(numbers(&[0, 3], &[2, 3]), Err(PlotError::Empty)));
        assert!(matches!(
            numbers(&[1000, 1000], &[2, 3]),
            Err(PlotError::TooLarge(1_000_000))
        ));
    }

    #[test]
    fn each_kind_is_drawn_in_its_way() {
        let ids = |ids: &[i64]| Tensor::from(ndarray::arr1(ids));
        let text = OutputKind::Text {
            vocabulary: vec!["the".into(), "end".into()],
        };
        let svg = drawn(text, &ids(&[0]), &ids(&[0, 1])).expect("text of different lengths");
        assert!(svg.contains("the") && svg.contains("end"));
        let svg = drawn(OutputKind::Ids, &ids(&[50_251]), &ids(&[50_256])).expect("ids");
        assert!(svg.contains("50251") && svg.contains("50256") && !svg.contains('−'));
        let losses = |losses: &[f32]| Tensor::from(ndarray::arr1(losses));
        let curve = OutputKind::Curve { tolerance: None };
        let svg = drawn(curve, &losses(&[3.0, f32::NAN]), &losses(&[3.0, 2.0, 1.5]));
        let svg = svg.expect("curves of different lengths");
        assert!(svg.contains("polyline") && svg.contains("class=\"expected\""));
        assert!(svg.contains("class=\"yours\""));
    }

    #[test]
    fn ink_and_paper_follow_the_theme_and_cells_do_not() {
        let svg = numbers(&[2, 2], &[2, 2]).expect("a picture");
        assert!(svg.contains("@media (prefers-color-scheme: dark)"));
        assert_eq!(svg.matches("class=\"paper\"").count(), 1);
        // The numbers on the cells are no ink.
        let rest = svg.replace("class=\"ink\" fill=\"#000000\"", "");
        assert!(!rest.contains("fill=\"#000000\"") && rest.contains("fill=\"#010101\""));
    }
}
