//! The window of an output that a picture shows.

use attentive_grader::Finding;
use ndarray::{Array2, ArrayD, Axis, Dimension, Ix2, s};

/// Most rows and columns of numbers.
const MAX_SIZE: [usize; 2] = [4, 6];
/// Most rows and columns of text, which is read to its end.
const MAX_TEXT_SIZE: [usize; 2] = [4, 14];

/// The part of an output that is shown: a window of one matrix.
pub(super) struct Window {
    /// Indices on the axes before the last two.
    index: Vec<usize>,
    /// First row and column.
    from: [usize; 2],
    /// Most rows and columns.
    most: [usize; 2],
}

impl Window {
    /// Chooses the window around the entry that is furthest off.
    pub(super) fn around_largest_difference(finding: &Finding) -> Self {
        let Finding { got, expected, .. } = finding;
        let axes = expected.ndim().max(got.ndim());
        let mut furthest = vec![0; axes];
        if expected.ndim() == got.ndim() {
            let mut most = 0.0;
            // Where one is longer, it has entries and the other one has none.
            let indices = expected.indexed_iter().chain(got.indexed_iter());
            for (index, _) in indices {
                let off = distance(got.get(index.clone()), expected.get(index.clone()));
                if off > most {
                    most = off;
                    furthest = index.slice().to_vec();
                }
            }
        }
        let last = furthest.split_off(axes.saturating_sub(2));
        let most = if finding.kind.vocabulary().is_some() {
            MAX_TEXT_SIZE
        } else {
            MAX_SIZE
        };
        let mut from = [0, 0];
        for ((from, at), most) in from
            .iter_mut()
            .rev()
            .zip(last.iter().rev())
            .zip(most.iter().rev())
        {
            *from = (at + 1).saturating_sub(*most);
        }
        Self {
            index: furthest,
            from,
            most,
        }
    }

    /// Cuts the window out of an array; an array with fewer axes than expected is shown from its beginning.
    pub(super) fn part(&self, array: &ArrayD<f32>) -> Array2<f32> {
        let mut view = array.view();
        let mut index = self.index.iter();
        while view.ndim() > 2 {
            let at = index.next().copied().unwrap_or(0);
            if at >= view.len_of(Axis(0)) {
                // Where the other array is longer, this one has nothing.
                return Array2::default((0, 0));
            }
            view = view.index_axis_move(Axis(0), at);
        }
        while view.ndim() < 2 {
            view = view.insert_axis(Axis(0));
        }
        let Ok(view) = view.into_dimensionality::<Ix2>() else {
            return Array2::default((0, 0));
        };
        let range = |axis: usize, length: usize| {
            let from = if self.from[axis] < length {
                self.from[axis]
            } else {
                0
            };
            from..length.min(from + self.most[axis])
        };
        let (rows, columns) = (range(0, view.nrows()), range(1, view.ncols()));
        view.slice(s![rows, columns]).to_owned()
    }

    /// Names the window: ", batch element 1, query by key, from query 3".
    pub(super) fn names(&self, finding: &Finding) -> String {
        let axes = &finding.axes;
        let mut said: String = axes
            .iter()
            .zip(&self.index)
            .map(|(axis, &index)| format!(", {}", finding.index_in_words(axis, index)))
            .collect();
        match &axes[axes.len().saturating_sub(2)..] {
            [rows, columns] => said += &format!(", {rows} by {columns}"),
            [columns] => said += &format!(", by {columns}"),
            _ => {}
        }
        for (axis, from) in axes
            .iter()
            .rev()
            .zip(self.from.iter().rev())
            .filter(|(_, from)| **from > 0)
        {
            said += &format!(", from {}", finding.index_in_words(axis, *from));
        }
        said
    }
}

/// Returns how far an entry is from the right one: infinitely if only one of them is finite or is there at all.
fn distance(got: Option<&f32>, right: Option<&f32>) -> f32 {
    match (got, right) {
        (Some(got), Some(right)) if got == right || got.is_nan() && right.is_nan() => 0.0,
        (Some(got), Some(right)) if got.is_finite() && right.is_finite() => (got - right).abs(),
        _ => f32::INFINITY,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_or_not_finite_is_furthest_off() {
        assert_eq!(distance(Some(&2.0), Some(&-1.0)), 3.0);
        for alike in [f32::NEG_INFINITY, f32::NAN] {
            assert_eq!(distance(Some(&alike), Some(&alike)), 0.0);
        }
        for (got, right) in [
            (None, Some(&1.0)),
            (Some(&1.0), None),
            (Some(&f32::NAN), Some(&1.0)),
            (Some(&1.0), Some(&f32::NEG_INFINITY)),
        ] {
            assert_eq!(distance(got, right), f32::INFINITY);
        }
    }

    #[test]
    fn arrays_of_every_rank_have_a_part() {
        let window = Window {
            index: vec![1, 2],
            from: [3, 0],
            most: MAX_SIZE,
        };
        assert_eq!(window.part(&ArrayD::zeros(vec![3])).dim(), (1, 3));
        assert_eq!(window.part(&ArrayD::zeros(vec![9, 9])).dim(), (4, 6));
        assert_eq!(window.part(&ArrayD::zeros(vec![2, 3, 4, 9])).dim(), (1, 6));
        assert_eq!(window.part(&ArrayD::zeros(vec![1, 3, 4, 9])).dim(), (0, 0));
    }
}
