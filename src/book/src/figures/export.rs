//! Writes figures into files of their own.

use std::fs;
use std::path::Path;

use super::{Figure, figure, names};
use crate::BookError;
use crate::markdown::escape;

/// The stylesheet of the book's figures, and the colours for white paper in place of the theme's.
const STYLE: &str = include_str!("../../../../book/assets/figures.css");
const THEME: [(&str, &str); 3] = [
    ("var(--links)", "#20609f"),
    ("var(--cell)", "#20609f"),
    ("var(--table-border-color)", "#c8c8c8"),
];
const MARGIN: usize = 12;
/// Pixels of a PNG per unit of the SVG, for print and slides.
const SCALE: f32 = 2.0;

/// Writes the figure of this name to a file, as SVG or PNG, as the file's name says.
///
/// # Errors
///
/// Fails if there is no such figure, if the file's name ends in neither, and if the file cannot be written.
pub fn export(name: &str, file: &Path) -> Result<(), BookError> {
    let Some(figure) = figure(name) else {
        let known = names().map(str::to_owned).collect();
        return Err(BookError::UnknownFigure {
            name: name.to_owned(),
            known,
        });
    };
    let svg = svg(&figure);
    let bytes = match file.extension().and_then(|extension| extension.to_str()) {
        Some("svg") => svg.into_bytes(),
        Some("png") => png(&svg)?,
        _ => return Err(BookError::FigureFile(file.to_owned())),
    };
    fs::write(file, bytes).map_err(|error| BookError::Io {
        path: file.to_owned(),
        error,
    })
}

/// Draws all panels of a figure in one picture.
fn svg(figure: &Figure) -> String {
    let (mut width, mut height, mut panels) = (MARGIN, 0, String::new());
    for panel in &figure.panels {
        panels += &format!(
            "<g transform=\"translate({width} {MARGIN})\">{}</g>",
            panel.content()
        );
        width += panel.size().0 + MARGIN;
        height = height.max(panel.size().1);
    }
    let style = THEME
        .iter()
        .fold(STYLE.to_owned(), |style, (name, colour)| {
            style.replace(name, colour)
        });
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"plot\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" \
         height=\"{height}\" font-family=\"'DejaVu Sans', 'Open Sans', Arial, sans-serif\" color=\"#1c1c1c\">\
         <title>{}</title><style>{style}</style><path fill=\"#fff\" d=\"M0 0H{width}V{height}H0Z\"/>{panels}</svg>\n",
        escape(figure.description),
        height = height + 2 * MARGIN,
    )
}

fn png(svg: &str) -> Result<Vec<u8>, BookError> {
    let failed = |reason: String| BookError::Png(reason);
    let mut options = resvg::usvg::Options::default();
    let fonts = options.fontdb_mut();
    fonts.load_system_fonts();
    if fonts.is_empty() {
        return Err(failed("this machine has no font".to_owned()));
    }
    let tree =
        resvg::usvg::Tree::from_str(svg, &options).map_err(|error| failed(error.to_string()))?;
    let size = tree
        .size()
        .to_int_size()
        .scale_by(SCALE)
        .ok_or_else(|| failed("it has no size".to_owned()))?;
    let mut picture = resvg::tiny_skia::Pixmap::new(size.width(), size.height())
        .ok_or_else(|| failed("it is too large".to_owned()))?;
    resvg::render(
        &tree,
        resvg::tiny_skia::Transform::from_scale(SCALE, SCALE),
        &mut picture.as_mut(),
    );
    picture
        .encode_png()
        .map_err(|error| failed(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_figure_is_an_svg_that_needs_no_page() {
        for name in names() {
            let svg = svg(&figure(name).expect("a figure"));
            assert!(!svg.contains("var("), "{name} has a colour of a page");
            assert!(
                !svg.contains("NaN"),
                "{name} has a coordinate that is no number"
            );
            // Without fonts, which take longer to load than everything else.
            resvg::usvg::Tree::from_str(&svg, &resvg::usvg::Options::default())
                .unwrap_or_else(|error| panic!("{name}: {error}"));
        }
    }

    #[test]
    fn every_kind_of_panel_can_be_drawn_as_png() {
        for name in ["worked-example", "pooling-weights", "softmax-temperature"] {
            let svg = svg(&figure(name).expect("a figure"));
            png(&svg).unwrap_or_else(|error| panic!("{name}: {error}"));
        }
    }
}
