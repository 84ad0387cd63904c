//! Small heat maps for the terminal: readable without colour, one character a cell.

use ndarray::{Array2, ArrayView2};

use crate::finding::Finding;
use crate::number::format_number;
use crate::output::OutputKind;
use crate::plot::page;

/// The shades, from nothing to everything.
const SHADES: [char; 5] = ['·', '░', '▒', '▓', '█'];
/// The most rows that are shown.
const ROWS: usize = 24;
/// The number of spaces before each map.
const GAP: usize = 2;

/// Yours, what was expected, and which entries differ, side by side in so many columns of the terminal. What does not
/// fit is left out, and the heading says so.
pub fn maps(finding: &Finding, width: usize) -> String {
    match &finding.kind {
        OutputKind::Numbers { .. } | OutputKind::Curve { .. } => {}
        OutputKind::Ids | OutputKind::Text { .. } => return rows_of_ids(finding, width),
        OutputKind::Count { .. } => return String::new(),
        _ => return rows_of_items(finding, width).unwrap_or_default(),
    }
    let (Some((title, got)), Some((_, expected))) = (
        page(finding, &finding.got),
        page(finding, &finding.expected),
    ) else {
        return String::new();
    };
    let both = || got.iter().chain(&expected).copied();
    let finite = || both().filter(|x| x.is_finite());
    let (low, high) = (
        finite().fold(f32::INFINITY, f32::min),
        finite().fold(f32::NEG_INFINITY, f32::max),
    );
    let mut maps = vec![
        ("yours", shade(&got, low, high)),
        ("expected", shade(&expected, low, high)),
    ];
    if let Some((_, wrong)) = finding
        .comparison
        .as_ref()
        .and_then(|found| page(finding, &found.wrong))
    {
        maps.push(("wrong", wrong.mapv(|wrong| if wrong { 'x' } else { '·' })));
    }

    let mut text = format!("{}{title}", finding.output);
    if low <= high {
        text += &format!(
            "; · is {}, █ is {}",
            format_number(low),
            format_number(high)
        );
    }
    if both().any(|x| !x.is_finite()) {
        text += "; ? is NaN or infinite";
    }
    let columns = (width / maps.len()).saturating_sub(GAP);
    if maps
        .iter()
        .any(|(_, map)| map.nrows() > ROWS || map.ncols() > columns)
    {
        text += &format!("; the first {ROWS} rows and {columns} columns");
    }
    text.push('\n');
    let maps: Vec<_> = maps
        .iter()
        .map(|(name, map)| (*name, lines(map, columns)))
        .collect();
    text + &side_by_side(&maps)
}

/// Returns the ids of yours and of what was expected, row above row, from a little before the first that differs.
fn rows_of_ids(finding: &Finding, width: usize) -> String {
    let comparison = finding.comparison.as_ref();
    let first = comparison.and_then(|comparison| comparison.first.as_ref());
    let (Some(first), Some((title, got)), Some((_, expected))) = (
        first,
        page(finding, &finding.got),
        page(finding, &finding.expected),
    ) else {
        return String::new();
    };
    let (row, place) = match first.index[..] {
        [.., row, place] => (row, place),
        [place] => (0, place),
        [] => (0, 0),
    };
    let from = place.saturating_sub(ROWS / 4);
    let cells = (from..got.ncols().max(expected.ncols())).map(|index| {
        let [yours, right] =
            [&got, &expected].map(|ids| finding.kind.show_id(ids.get((row, index)).copied()));
        let is_right = yours == right;
        (yours, right, is_right)
    });
    let axis = finding.axes.last().map_or("index", String::as_str);
    let heading = format!("{}{title}; from {axis} {from}\n", finding.output);
    heading + &rows(cells, width)
}

/// Returns the items of yours and of what was expected, row above row, from a little before the first that differs.
fn rows_of_items(finding: &Finding, width: usize) -> Option<String> {
    let (got, expected) = finding.items()?;
    let from = got.first_difference(&expected)?.saturating_sub(ROWS / 4);
    let cells = (from..got.len().max(expected.len())).map(|index| {
        let [yours, right] = [&got, &expected].map(|items| {
            let item = items.get(index);
            item.map_or_else(String::new, |item| item.text.clone())
        });
        (yours, right, got.agree(&expected, index))
    });
    let axis = finding.axes.first().map_or("entry", String::as_str);
    let heading = format!("{}; from {axis} {from}\n", finding.output);
    Some(heading + &rows(cells, width))
}

/// Three rows of cells: yours, what was expected, and a mark below those that differ; as many as fit.
fn rows(cells: impl Iterator<Item = (String, String, bool)>, width: usize) -> String {
    let mut lines = ["yours", "expected", "wrong"].map(|name| format!("{:GAP$}{name:<8}", ""));
    for (yours, right, is_right) in cells {
        let mark = if is_right { "" } else { "x" };
        let cell = yours.chars().count().max(right.chars().count());
        if lines[0].chars().count() + 1 + cell > width {
            break;
        }
        for (line, text) in lines.iter_mut().zip([&yours, &right, mark]) {
            *line += &format!(" {text:<cell$}");
        }
    }
    let mut text = String::new();
    for line in lines {
        text += line.trim_end();
        text.push('\n');
    }
    text
}

fn shade(page: &ArrayView2<'_, f32>, low: f32, high: f32) -> Array2<char> {
    let steps = (SHADES.len() - 1) as f32;
    page.mapv(|x| {
        if !x.is_finite() {
            '?'
        } else if high > low {
            SHADES[((x - low) / (high - low) * steps).round() as usize]
        } else {
            SHADES[SHADES.len() / 2]
        }
    })
}

fn lines(map: &Array2<char>, columns: usize) -> Vec<String> {
    map.rows()
        .into_iter()
        .take(ROWS)
        .map(|row| row.iter().take(columns).collect())
        .collect()
}

/// Blocks of text under their names.
fn side_by_side(blocks: &[(&str, Vec<String>)]) -> String {
    let rows = blocks
        .iter()
        .map(|(_, lines)| lines.len())
        .max()
        .unwrap_or(0);
    let mut text = String::new();
    for row in 0..=rows {
        for (name, lines) in blocks {
            let longest = lines
                .iter()
                .map(|line| line.chars().count())
                .max()
                .unwrap_or(0);
            let cell = if row == 0 {
                *name
            } else {
                lines.get(row - 1).map_or("", String::as_str)
            };
            text += &format!("{:GAP$}{cell:<1$}", "", longest.max(name.len()));
        }
        text.truncate(text.trim_end().len());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use ndarray::{Array, arr2};

    use super::*;
    use crate::metric::Tolerance;
    use crate::output::{Labels, Output};

    fn finding(got: Array2<f32>, expected: Array2<f32>) -> Finding {
        let axes = vec!["query".into(), "key".into()];
        let output = Output {
            name: "weights".into(),
            axes,
            labels: Labels::new(),
            kind: OutputKind::default(),
        };
        let tolerance = Tolerance {
            absolute: 1e-3,
            relative: 0.0,
        };
        Finding::new(output, &got.into(), &expected.into(), tolerance)
    }

    #[test]
    fn yours_and_what_was_expected_stand_beside_each_other() {
        let got = arr2(&[[0.0, 1.0, f32::NAN], [0.5, 1.0, 0.0]]);
        let expected = arr2(&[[0.0, 1.0, 0.25], [0.5, 0.0, 0.0]]);
        assert_eq!(
            maps(&finding(got, expected), 80),
            "weights; · is 0, █ is 1; ? is NaN or infinite\n  yours  expected  wrong\n  ·█?    ·█░       ··x\n  ▒█·    ▒··       ·x·\n"
        );
    }

    #[test]
    fn ids_stand_above_each_other() {
        let output = Output {
            name: "tokens".into(),
            axes: vec!["position".into()],
            labels: Labels::new(),
            kind: OutputKind::Ids,
        };
        let tolerance = Tolerance {
            absolute: 1e-3,
            relative: 0.0,
        };
        let [got, expected] =
            [vec![7_i64, 50_251], vec![7, 50_256, 12]].map(|ids| ndarray::Array1::from(ids).into());
        let finding = Finding::new(output, &got, &expected, tolerance);
        assert_eq!(
            maps(&finding, 80),
            "tokens; from position 0\n  yours    7 50251\n  expected 7 50256 12\n  wrong      x     x\n"
        );
        assert!(maps(&finding, 20).lines().all(|line| line.len() <= 23));
    }

    #[test]
    fn maps_are_no_wider_than_the_terminal() {
        let finding = finding(Array::zeros((30, 90)), Array::ones((30, 90)));
        for width in [40, 60, 80, 100] {
            let text = maps(&finding, width);
            let widest = text.lines().skip(1).map(|line| line.chars().count()).max();
            assert!(
                widest.is_some_and(|widest| widest <= width),
                "{width}:\n{text}"
            );
            assert!(text.contains("; the first 24 rows and "), "{text}");
        }
    }
}
