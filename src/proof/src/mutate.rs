//! Small mechanical changes to a solution's source: what an unforeseen implementation might get wrong.

mod finder;
mod names;
mod parameters;
mod tables;

use std::ops::Range;

/// One change to a source text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mutant {
    /// The function in which it is made.
    pub function: String,
    /// The line, from 1.
    pub line: usize,
    /// The text that is replaced.
    pub before: String,
    /// The text in its place.
    pub after: String,
    range: Range<usize>,
}

impl Mutant {
    /// Returns the whole source with the change made.
    pub fn apply(&self, source: &str) -> String {
        let (before, after) = (&source[..self.range.start], &source[self.range.end..]);
        [before, &self.after, after].concat()
    }

    /// Describes the change in a line. The line's number is not part of it, so that it stays the same when lines move.
    pub fn title(&self) -> String {
        format!(
            "{}: {} → {}",
            self.function,
            in_one_line(&self.before),
            in_one_line(&self.after)
        )
    }
}

fn in_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Makes every mutant of the parts of a source that learners write, in the order of the text.
///
/// # Errors
/// When the source is not Rust.
pub fn mutants(source: &str) -> syn::Result<Vec<Mutant>> {
    let mut found = finder::changes(source)?;
    let regions = regions(source);
    found.retain(|mutant| regions.iter().any(|region| region.contains(&mutant.line)));
    found.sort_by_key(|mutant| (mutant.range.start, mutant.range.end));
    found.dedup_by(|a, b| a.range == b.range && a.after == b.after);
    Ok(found)
}

/// Returns the lines between the markers of what learners write.
fn regions(source: &str) -> Vec<Range<usize>> {
    let (mut regions, mut start) = (Vec::new(), None);
    for (line, number) in source.lines().zip(1..) {
        if line.trim().starts_with("// region: solution") {
            start = Some(number);
        } else if line.trim().starts_with("// endregion")
            && let Some(start) = start.take()
        {
            regions.push(start..number);
        }
    }
    regions
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_are_made_where_they_were_found() {
        let source = "fn f(a: f32, b: f32) -> f32 {\n    // region: solution \"…\"\n    let x = a - 2.0 * b;\n    x.exp()\n    \
                      // endregion\n}\nfn given() -> f32 {\n    3.0\n}\n";
        let mutants = mutants(source).expect("this is Rust");
        let made: Vec<_> = mutants.iter().map(|mutant| mutant.apply(source)).collect();
        for expected in [
            "a + 2.0 * b;",
            "a - 2.0 / b;",
            "a - 4.0 * b;",
            "2.0 * b - a;",
            "a - 2.0;",
            "x.exp2()",
            "    x\n",
        ] {
            assert!(
                made.iter().any(|text| text.contains(expected)),
                "expected a mutant with `{expected}`"
            );
        }
        assert!(
            made.iter()
                .all(|text| text != source && text.contains("3.0")),
            "what is given stays"
        );
        assert!(
            mutants
                .iter()
                .any(|mutant| mutant.title() == "f: a - 2.0 * b → a")
        );
    }

    #[test]
    fn constants_stand_in_place_of_what_is_meant() {
        let source = "fn f(source: &[usize], longest: usize, model: &Model) -> f32 {\n    // region: solution \"…\"\n    \
                      for block in &model.blocks {\n        g(block, model.heads);\n    }\n    \
                      while x < longest {\n        x += 1;\n    }\n    \
                      row /= row.sum();\n    \
                      let angle = row as f64 * theta;\n    \
                      f32::NEG_INFINITY\n    // endregion\n}\n";
        let mutants = mutants(source).expect("this is Rust");
        let titles: Vec<_> = mutants.iter().map(Mutant::title).collect();
        for expected in [
            "f: &model.blocks → (&model.blocks).into_iter().take(2)",
            "f: model.heads → 2",
            "f: longest → 12",
            "f: longest → source.len()",
            "f: while x < longest { x += 1; } → loop { { x += 1; } if !(x < longest) { break; } }",
            "f: row.sum() → (row.sum() + 1e-4)",
            "f: row as f64 * theta → f64::from((row as f64 * theta) as f32)",
            "f: f32::NEG_INFINITY → (-10_000.0)",
        ] {
            assert!(
                titles.iter().any(|title| title == expected),
                "expected `{expected}` among {titles:#?}"
            );
        }
    }

    #[test]
    fn signatures_stay() {
        let source = "// region: solution \"…\"\nfn f(x: [f32; 3]) -> [f32; 3] { x }\n// endregion";
        assert_eq!(mutants(source).expect("this is Rust"), []);
    }
}
