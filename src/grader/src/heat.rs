//! Small heat maps for the terminal: readable without colour, one character a cell.

use std::fmt::Write;

use ndarray::{Array2, ArrayView2};

use crate::location::number;
use crate::plot::page;
use crate::verdict::Finding;

/// From nothing to everything.
const SHADES: [char; 5] = ['·', '░', '▒', '▓', '█'];
/// The most rows and columns that are shown.
const LARGEST: usize = 24;

/// Yours, what was expected, and which entries differ, side by side.
pub fn maps(finding: &Finding) -> String {
    let mut text = String::new();
    let (Some((title, got)), Some((_, expected))) =
        (page(finding, &finding.got), page(finding, &finding.expected))
    else {
        return text;
    };
    let finite = || got.iter().chain(expected.iter()).copied().filter(|x| x.is_finite());
    let (low, high) = (finite().fold(f32::INFINITY, f32::min), finite().fold(f32::NEG_INFINITY, f32::max));
    // Writing to a string cannot fail.
    let _ = writeln!(text, "{}{title}; · is {}, █ is {}", finding.output, number(low), number(high));
    let wrong = finding.comparison.as_ref().and_then(|comparison| page(finding, &comparison.wrong));
    let mut blocks = vec![("yours", shade(&got, low, high)), ("expected", shade(&expected, low, high))];
    if let Some((_, wrong)) = wrong {
        blocks.push(("wrong", lines(&wrong.mapv(|wrong| if wrong { 'x' } else { '·' }).view())));
    }
    let rows = blocks.iter().map(|(_, lines)| lines.len()).max().unwrap_or(0);
    let width = |lines: &[String], name: &str| {
        lines.iter().map(|line| line.chars().count()).max().unwrap_or(0).max(name.len())
    };
    for row in 0..=rows {
        for (name, lines) in &blocks {
            let cell = if row == 0 { *name } else { lines.get(row - 1).map_or("", String::as_str) };
            let _ = write!(text, "  {cell:<0$}", width(lines, name));
        }
        text.truncate(text.trim_end().len());
        text.push('\n');
    }
    text
}

fn shade(page: &ArrayView2<'_, f32>, low: f32, high: f32) -> Vec<String> {
    let steps = (SHADES.len() - 1) as f32;
    let cell = |x: f32| {
        if !x.is_finite() {
            '?'
        } else if high > low {
            SHADES[((x - low) / (high - low) * steps).round() as usize]
        } else {
            SHADES[SHADES.len() / 2]
        }
    };
    let cells: Array2<char> = page.mapv(cell);
    lines(&cells.view())
}

fn lines(cells: &ArrayView2<'_, char>) -> Vec<String> {
    cells.rows().into_iter().take(LARGEST).map(|row| row.iter().take(LARGEST).collect()).collect()
}
