//! The distribution of points in a class, as a histogram.

use attentive_course::text;
use maud::{Markup, html};

use crate::grades::StudentGrades;

/// The most bars. With more, those of a class of thirty are mostly empty.
const MOST_BARS: u32 = 12;
/// The size of the drawing; the numbers below and above the bars are in it.
const WIDTH: u32 = 640;
const HEIGHT: u32 = 180;
const MARGIN: u32 = 24;

/// Students whose points are in a range.
#[derive(Debug, PartialEq)]
struct Bar {
    /// The fewest points.
    from: u32,
    /// The most points.
    to: u32,
    students: usize,
}

impl Bar {
    fn range(&self) -> String {
        if self.from == self.to {
            self.from.to_string()
        } else {
            format!("{}–{}", self.from, self.to)
        }
    }
}

/// Renders the histogram with its mean and median. Students who could not be graded in full are left out.
pub(super) fn section(students: &[StudentGrades<'_>]) -> Markup {
    let (mut points, mut of) = (Vec::new(), 0);
    for graded in students.iter().filter(|graded| !graded.has_fault()) {
        points.push(graded.points);
        of = of.max(graded.of);
    }
    points.sort_unstable();
    let left_out = students.len() - points.len();
    html! {
        @if points.is_empty() { p { "No submission could be graded in full." } }
        @else {
            p {
                "Of " (of) " points, the mean is " (format!("{:.1}", mean(&points))) " and the median "
                (format!("{:.1}", median(&points))) "."
                @if left_out > 0 { " " (text::count(left_out, "submission")) " could not be graded in full and " (text::agree(left_out, "is", "are")) " left out." }
            }
            (histogram(&bars(&points, of), of))
        }
    }
}

fn mean(points: &[u32]) -> f64 {
    points.iter().copied().map(f64::from).sum::<f64>() / points.len() as f64
}

/// Returns the median of sorted points.
fn median(points: &[u32]) -> f64 {
    let middle = points.len() / 2;
    match points.len() % 2 {
        1 => f64::from(points[middle]),
        _ => f64::from(points[middle - 1] + points[middle]) / 2.0,
    }
}

/// Spreads points from 0 to `of` over bars of equal width; the last may be narrower.
fn bars(points: &[u32], of: u32) -> Vec<Bar> {
    let width = (of + 1).div_ceil(MOST_BARS).max(1);
    let mut bars = Vec::new();
    for from in (0..=of).step_by(width as usize) {
        let to = of.min(from + width - 1);
        let within = points.iter().filter(|points| (from..=to).contains(points));
        bars.push(Bar {
            from,
            to,
            students: within.count(),
        });
    }
    bars
}

fn histogram(bars: &[Bar], of: u32) -> Markup {
    let most = bars
        .iter()
        .map(|bar| bar.students)
        .max()
        .unwrap_or(0)
        .max(1);
    let step = f64::from(WIDTH) / bars.len() as f64;
    let room = f64::from(HEIGHT - 2 * MARGIN);
    let floor = f64::from(HEIGHT - MARGIN);
    let mut words = Vec::new();
    for bar in bars {
        words.push(format!("{} points: {}", bar.range(), bar.students));
    }
    html! {
        svg.histogram viewBox=(format!("0 0 {WIDTH} {HEIGHT}")) role="img" aria-label=(format!("Students by points of {of}. {}.", words.join("; "))) {
            @for (nth, bar) in bars.iter().enumerate() {
                @let height = room * bar.students as f64 / most as f64;
                @let left = step * nth as f64;
                @let middle = format!("{:.1}", left + step / 2.0);
                rect x=(format!("{:.1}", left + 0.08 * step)) y=(format!("{:.1}", floor - height)) width=(format!("{:.1}", 0.84 * step)) height=(format!("{height:.1}")) {}
                @if bar.students > 0 { text x=(middle) y=(format!("{:.1}", floor - height - 6.0)) { (bar.students) } }
                text x=(middle) y=(format!("{:.1}", floor + 17.0)) { (bar.range()) }
            }
            path d=(format!("M0 {floor}H{WIDTH}")) {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_student_is_in_one_bar() {
        for of in [0, 1, 11, 12, 41, 100] {
            let points: Vec<u32> = (0..=of).collect();
            let bars = bars(&points, of);
            assert!(bars.len() <= MOST_BARS as usize, "{bars:?}");
            assert_eq!(
                bars.iter().map(|bar| bar.students).sum::<usize>(),
                points.len()
            );
            assert_eq!(bars.last().map(|bar| bar.to), Some(of));
        }
        assert_eq!(
            bars(&[0, 0, 5], 20)[2],
            Bar {
                from: 4,
                to: 5,
                students: 1
            }
        );
    }

    #[test]
    fn the_middle_of_an_even_number_is_between_two() {
        assert_eq!((median(&[1, 2, 9]), median(&[1, 2, 5, 9])), (2.0, 3.5));
        assert_eq!(mean(&[1, 2, 6]), 3.0);
    }
}
