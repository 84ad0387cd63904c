//! Colours that follow the reader's theme: light ink on dark paper where the reader prefers that.
//!
//! Each element keeps its colour for a light theme as an attribute, so programs that know no styles show that one.

use plotters::style::{BLACK, RGBColor, WHITE};

/// Black on the colour of a cell, which is the same in every theme. It differs from ink by so little that nobody sees it.
pub(super) const ON_CELL: RGBColor = RGBColor(1, 1, 1);
/// The curve of what is expected.
pub(super) const EXPECTED: RGBColor = RGBColor(8, 81, 156);
/// The learner's curve.
pub(super) const YOURS: RGBColor = RGBColor(178, 24, 43);

const STYLE: &str = "<style>@media (prefers-color-scheme: dark) { \
    .paper { fill: #17181a; } .ink { fill: #e4e4e4; } .line { stroke: #e4e4e4; } \
    .expected { stroke: #8ab4f8; } .yours { stroke: #f28b82; } }</style>";

/// Meaning of white in a drawing.
#[derive(Debug, Clone, Copy)]
pub(super) enum White {
    /// The first white area is paper, and what follows may be the cell of a number.
    Cells,
    /// Everything white is paper.
    Paper,
}

/// Gives a drawing its theme.
pub(super) fn follow_theme(svg: &str, white: White) -> String {
    let mut themed = svg.replacen('>', &format!(">{STYLE}"), 1);
    let (plain, classed) = colored("fill", WHITE, "paper");
    let mut colors = vec![("fill", BLACK, "ink"), ("stroke", BLACK, "line")];
    themed = match white {
        White::Cells => themed.replacen(&plain, &classed, 1),
        White::Paper => {
            colors.extend([("stroke", EXPECTED, "expected"), ("stroke", YOURS, "yours")]);
            themed.replace(&plain, &classed)
        }
    };
    for (attribute, color, class) in colors {
        let (plain, classed) = colored(attribute, color, class);
        themed = themed.replace(&plain, &classed);
    }
    themed
}

/// Returns an attribute of a colour, and the same with a class before it.
fn colored(attribute: &str, RGBColor(red, green, blue): RGBColor, class: &str) -> (String, String) {
    let plain = format!("{attribute}=\"#{red:02X}{green:02X}{blue:02X}\"");
    let classed = format!("class=\"{class}\" {plain}");
    (plain, classed)
}
