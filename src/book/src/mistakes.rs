//! Each mistake beside what is right: where a lesson explains a mistake of an exercise, it gets both pictures.
//!
//! The numbers are libtorch's, from the exercise's golden pack: what it returns, and what it returns when it makes the
//! mistake itself. The lesson has nothing to write for it but the heading that `exercise.toml` names as the anchor.

use std::collections::HashMap;
use std::path::Path;

use attentive_grader::{Output, Pack, Task};
use ndarray::{Array2, ArrayD, ArrayView2, Axis, Ix2};

use crate::figures::{precise, short};
use crate::markdown::escape;
use crate::{BookError, course};

/// More rows or columns than these say nothing more.
const MOST: (usize, usize) = (5, 6);

/// The pictures of all mistakes.
pub(crate) struct Mistakes {
    /// By anchor, `page.html#id`.
    html: HashMap<String, String>,
}

impl Mistakes {
    /// Those of the exercises of the course. An exercise without a golden pack has none.
    pub(crate) fn read(course: &Path) -> Result<Self, BookError> {
        let crates = course::crates(course)?;
        let mut html = HashMap::new();
        for exercise in course::exercises(course)? {
            let path = crates[&exercise.name].join("golden.safetensors");
            if !path.is_file() {
                continue;
            }
            let pack = Pack::load(&path).map_err(BookError::Pack)?;
            for mistake in exercise.mistakes {
                if let Some(pair) = Pair::find(&pack, &mistake.id) {
                    html.entry(mistake.anchor).or_insert_with(|| pair.html());
                }
            }
        }
        Ok(Self { html })
    }

    /// The HTML, on one line, for the heading `id` of the page that `file` becomes.
    pub(crate) fn html(&self, file: &Path, id: &str) -> Option<&str> {
        let page = file.file_stem()?.to_str()?;
        self.html.get(&format!("{page}.html#{id}")).map(String::as_str)
    }
}

/// A part of an output, right and mistaken.
struct Pair<'a> {
    case: &'a str,
    output: &'a Output,
    /// Which part, where there are more than two axes.
    index: Vec<usize>,
    right: Array2<f32>,
    wrong: Array2<f32>,
    /// The shapes of the whole outputs, right and mistaken, if they differ; then the parts are those at the beginning.
    shapes: Option<[Vec<usize>; 2]>,
}

impl<'a> Pair<'a> {
    /// The part that shows a mistake best: where it is furthest off, in proportion to what is right.
    fn find(pack: &'a Pack, mistake: &str) -> Option<Self> {
        let tasks = pack.manifest().tasks.iter();
        let pairs = tasks.flat_map(|task| of_task(pack, task, mistake));
        let mut best: Option<(f32, Self)> = None;
        for pair in pairs {
            let off = pair.off();
            if off > 0.0 && best.as_ref().is_none_or(|(most, _)| off > *most) {
                best = Some((off, pair));
            }
        }
        best.map(|(_, pair)| pair)
    }

    /// How far off the furthest number is, in proportion to the largest right one; at most 1.
    fn off(&self) -> f32 {
        if self.shapes.is_some() {
            return f32::MIN_POSITIVE; // numbers in the same places say more
        }
        let largest = largest(&self.right).max(f32::MIN_POSITIVE);
        let differences =
            self.right.iter().zip(&self.wrong).map(|(right, wrong)| (right - wrong).abs() / largest);
        // What is not finite is as far off as can be.
        differences.fold(0.0, |far: f32, d| if d.is_finite() { far.max(d.min(1.0)) } else { 1.0 })
    }

    fn html(&self) -> String {
        let scale = largest(&self.right).max(f32::MIN_POSITIVE);
        let shape = |nth: usize| self.shapes.as_ref().map_or(String::new(), |shapes| said(&shapes[nth]));
        format!(
            "<figure class=\"mistake\"><div class=\"panels\">{}{}</div><figcaption><code>{}</code>{}</figcaption>\
             </figure>",
            self.table(&format!("right{}", shape(0)), &self.right, scale),
            self.table(&format!("with this mistake{}", shape(1)), &self.wrong, scale),
            escape(&self.output.name),
            escape(&self.caption()),
        )
    }

    /// What the tables show of the output.
    fn caption(&self) -> String {
        let case = format!("of the case “{}”", self.case);
        if self.shapes.is_some() {
            return format!(" {case}: the shape is wrong. Each begins like this.");
        }
        let axes = self.output.axes.iter().zip(&self.index);
        let part: String = axes.map(|(axis, index)| format!(", {axis} {index}")).collect();
        let [row, column] = self.axes();
        format!("{part} {case}: {row} by {column}, what is wrong in bold.")
    }

    /// What rows and columns count.
    fn axes(&self) -> [&str; 2] {
        let axes = &self.output.axes;
        let name =
            |from_last: usize| axes.len().checked_sub(from_last).map_or("all", |index| axes[index].as_str());
        [name(2), name(1)]
    }

    /// A number as the tables show it: with two decimals, or with four if two look the same throughout.
    fn digits(&self) -> fn(f32) -> String {
        let differ = self.right.iter().zip(&self.wrong).any(|(&right, &wrong)| short(right) != short(wrong));
        if differ || self.shapes.is_some() { short } else { precise }
    }

    fn table(&self, caption: &str, numbers: &Array2<f32>, scale: f32) -> String {
        let digits = self.digits();
        let mut table = format!("<table><caption>{caption}</caption><tbody>");
        for (row, numbers) in numbers.outer_iter().enumerate() {
            table += "<tr>";
            for (column, &number) in numbers.indexed_iter() {
                let shade = (number.abs() / scale).min(1.0); // that of NaN is 1
                let is_off = self.shapes.is_none() && digits(number) != digits(self.right[(row, column)]);
                let class = match (number < 0.0, is_off) {
                    (false, false) => "",
                    (true, false) => " class=\"minus\"",
                    (false, true) => " class=\"off\"",
                    (true, true) => " class=\"minus off\"",
                };
                table += &format!("<td{class} style=\"--w:{shade:.2}\">{}</td>", digits(number));
            }
            table += "</tr>";
        }
        table + "</tbody></table>"
    }
}

/// A shape, after what has it.
fn said(shape: &[usize]) -> String {
    let lengths: Vec<String> = shape.iter().map(ToString::to_string).collect();
    format!(", {}", lengths.join("\u{a0}×\u{a0}")) // on one line
}

/// All parts of a task's outputs in all cases that show a mistake.
fn of_task<'a>(pack: &'a Pack, task: &'a Task, mistake: &str) -> Vec<Pair<'a>> {
    let cases = task.mistakes.iter().filter(|known| known.id == mistake).flat_map(|known| &known.cases);
    let mut pairs = Vec::new();
    for case in cases {
        let Some(wrong) = pack.mistaken(&task.name, case, mistake) else { continue };
        let right = pack.expected(&task.name, case);
        for output in &task.outputs {
            let (Some(right), Some(wrong)) = (right.get(&output.name), wrong.get(&output.name)) else {
                continue;
            };
            if right.is_empty() || wrong.is_empty() {
                continue;
            }
            if right.shape() != wrong.shape() {
                let shapes = Some([right, wrong].map(|output| output.shape().to_vec()));
                let [right, wrong] = [right, wrong].map(|output| parts(output.clone()).swap_remove(0).1);
                pairs.push(Pair { case, output, index: Vec::new(), right, wrong, shapes });
                continue;
            }
            for (index, right) in parts(right.clone()) {
                let wrong = parts(wrong.clone()).into_iter().find(|(other, _)| *other == index);
                let Some((_, wrong)) = wrong else { continue };
                pairs.push(Pair { case, output, index, right, wrong, shapes: None });
            }
        }
    }
    pairs
}

/// The matrices that an array is made of, cut to a size that can be looked at, by their place on the other axes.
fn parts(array: ArrayD<f32>) -> Vec<(Vec<usize>, Array2<f32>)> {
    let mut parts = vec![(Vec::new(), array)];
    while parts[0].1.ndim() > 2 {
        let split = |(index, array): (Vec<usize>, ArrayD<f32>)| {
            let deeper =
                |i: usize| ([index.clone(), vec![i]].concat(), array.index_axis(Axis(0), i).to_owned());
            (0..array.len_of(Axis(0))).map(deeper).collect::<Vec<_>>()
        };
        parts = parts.into_iter().flat_map(split).collect();
    }
    let matrix = |mut array: ArrayD<f32>| -> Option<Array2<f32>> {
        while array.ndim() < 2 {
            array = array.insert_axis(Axis(0));
        }
        let view: ArrayView2<'_, f32> = array.view().into_dimensionality::<Ix2>().ok()?;
        let (rows, columns) = (view.nrows().min(MOST.0), view.ncols().min(MOST.1));
        Some(view.slice(ndarray::s![..rows, ..columns]).to_owned())
    };
    parts.into_iter().filter_map(|(index, array)| Some((index, matrix(array)?))).collect()
}

/// The largest finite number, regardless of its sign.
fn largest(numbers: &Array2<f32>) -> f32 {
    numbers.iter().filter(|number| number.is_finite()).fold(0.0, |largest, number| number.abs().max(largest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_recorded_mistake_of_the_course_has_its_picture() {
        let course = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let mut shapes = 0;
        for (name, folder) in course::crates(&course).expect("the crates") {
            let pack = Pack::load(&folder.join("golden.safetensors")).expect("a pack");
            for mistake in pack.manifest().tasks.iter().flat_map(|task| &task.mistakes) {
                let pair = Pair::find(&pack, &mistake.id)
                    .unwrap_or_else(|| panic!("{name}: {} does not show", mistake.id));
                shapes += usize::from(pair.shapes.is_some());
                let says = if pair.shapes.is_some() { "the shape is wrong" } else { "off\"" };
                assert!(pair.html().contains(says), "{name}: {}: nothing looks wrong", mistake.id);
            }
        }
        assert!(shapes > 5, "some mistakes give another shape");
    }

    #[test]
    fn arrays_of_every_rank_have_parts() {
        assert_eq!(parts(ArrayD::zeros(vec![3])).len(), 1);
        assert_eq!(parts(ArrayD::zeros(vec![2, 3, 9, 9]))[5].0, [1, 2]);
        assert_eq!(parts(ArrayD::zeros(vec![2, 3, 9, 9]))[5].1.dim(), MOST);
    }
}
