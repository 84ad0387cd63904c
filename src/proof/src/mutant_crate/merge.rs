//! Many changes to one file in one text: each function that any of them changes chooses its body.

use std::collections::BTreeSet;
use std::ops::{Range, RangeInclusive};

use syn::spanned::Spanned;
use syn::visit::{self, Visit};

/// A file and the changes to it, taken apart.
pub(super) struct Mergeable {
    /// The text before, between and after the bodies of functions.
    common: Vec<String>,
    bodies: Vec<Body>,
    /// The changes that cannot be merged, because more than bodies of functions differ.
    pub(super) left_out: BTreeSet<usize>,
}

/// The body of a function.
struct Body {
    original: String,
    /// The changed ones, by the numbers of the changes.
    changed: Vec<(usize, String)>,
}

impl Mergeable {
    /// Takes numbered changes of a file apart, each of which is a whole text.
    pub(super) fn new(original: &str, changes: &[(usize, String)]) -> Self {
        let Cut { common, bodies } = Cut::new(original);
        let mut bodies: Vec<Body> = bodies.into_iter().map(Body::unchanged).collect();
        let mut left_out = BTreeSet::new();
        for (number, text) in changes {
            let cut = Cut::new(text);
            if cut.common != common {
                left_out.insert(*number);
                continue;
            }
            for (body, changed) in bodies.iter_mut().zip(cut.bodies) {
                if body.original != changed {
                    body.changed.push((*number, changed.to_owned()));
                }
            }
        }
        Self {
            common: common.into_iter().map(str::to_owned).collect(),
            bodies,
            left_out,
        }
    }

    /// Merges all changes but those that stand apart.
    pub(super) fn merge(&self, apart: &BTreeSet<usize>) -> Merged {
        let mut merged = Merged {
            text: String::new(),
            lines: Vec::new(),
        };
        for (place, common) in self.common.iter().enumerate() {
            merged.text += common;
            if let Some(body) = self.bodies.get(place) {
                merged.add_function(body, apart);
            }
        }
        merged
    }
}

impl Body {
    fn unchanged(original: &str) -> Self {
        Self {
            original: original.to_owned(),
            changed: Vec::new(),
        }
    }
}

/// A file with changes to it. What all have in common is compiled once.
pub(super) struct Merged {
    /// The text. Its functions call `crate::number()` for the number of the change to run.
    pub(super) text: String,
    /// The lines, from 1, of each changed body, with the change's number.
    lines: Vec<(RangeInclusive<usize>, usize)>,
}

impl Merged {
    /// Adds the body of a function and the changed ones. They return, so that the type of each is compared with the
    /// function's and not with that of the others.
    fn add_function(&mut self, body: &Body, apart: &BTreeSet<usize>) {
        let Body { original, changed } = body;
        let mut changed = changed
            .iter()
            .filter(|(number, _)| !apart.contains(number))
            .peekable();
        if changed.peek().is_none() {
            self.text += original;
            return;
        }
        self.text += "{ match crate::number() {\n";
        for (number, body) in changed {
            let first = self.text.matches('\n').count() + 1;
            self.text += &format!("{number} => return {body},\n");
            let last = self.text.matches('\n').count();
            self.lines.push((first..=last, *number));
        }
        self.text += "_ => {}\n}\n";
        self.text += original;
        self.text += "}";
    }

    /// Returns the number of the change that a line belongs to.
    pub(super) fn change_at(&self, line: usize) -> Option<usize> {
        self.lines
            .iter()
            .find_map(|(lines, number)| lines.contains(&line).then_some(*number))
    }
}

/// A text, cut where the bodies of its functions begin and end.
struct Cut<'a> {
    /// The text before, between and after the bodies.
    common: Vec<&'a str>,
    bodies: Vec<&'a str>,
}

impl<'a> Cut<'a> {
    /// Cuts a text; one that is not Rust stays whole.
    fn new(text: &'a str) -> Self {
        let mut finder = BodyFinder(Vec::new());
        if let Ok(file) = syn::parse_file(text) {
            finder.visit_file(&file);
        }
        let (mut common, mut bodies, mut end) = (Vec::new(), Vec::new(), 0);
        for body in finder.0 {
            common.push(&text[end..body.start]);
            bodies.push(&text[body.clone()]);
            end = body.end;
        }
        common.push(&text[end..]);
        Self { common, bodies }
    }
}

/// Finds the bodies, with their braces, of functions that can choose among several.
struct BodyFinder(Vec<Range<usize>>);

impl BodyFinder {
    fn add(&mut self, signature: &syn::Signature, body: &syn::Block) {
        // Constants are computed before there is a number, and an `impl Trait` is one type.
        if signature.constness.is_none() && !returns_impl(signature) {
            self.0.push(body.span().byte_range());
        }
    }
}

impl<'ast> Visit<'ast> for BodyFinder {
    fn visit_item_fn(&mut self, node: &'ast syn::ItemFn) {
        self.add(&node.sig, &node.block);
    }

    fn visit_impl_item_fn(&mut self, node: &'ast syn::ImplItemFn) {
        self.add(&node.sig, &node.block);
    }

    /// Stops at expressions: functions in blocks of constants are computed with them.
    fn visit_expr(&mut self, _: &'ast syn::Expr) {}
}

fn returns_impl(signature: &syn::Signature) -> bool {
    struct Finder(bool);
    impl<'ast> Visit<'ast> for Finder {
        fn visit_type_impl_trait(&mut self, _: &'ast syn::TypeImplTrait) {
            self.0 = true;
        }
    }
    let mut finder = Finder(false);
    visit::visit_return_type(&mut finder, &signature.output);
    finder.0
}

#[cfg(test)]
mod tests {
    use super::*;

    const ORIGINAL: &str = "const HALF: f32 = 0.5;\n\
        fn f(x: f32) -> f32 {\n    x + HALF\n}\n\
        struct S;\nimpl S {\n    fn g(&self) -> f32 {\n        f(1.0)\n    }\n}\n\
        fn all() -> impl Iterator<Item = u8> {\n    0..3\n}\n\
        const fn two() -> u8 {\n    2\n}\n";

    fn changed(replacements: &[(&str, &str)]) -> Mergeable {
        let changes: Vec<(usize, String)> = replacements
            .iter()
            .enumerate()
            .map(|(number, (before, after))| {
                assert!(ORIGINAL.contains(before), "{before}");
                (number, ORIGINAL.replace(before, after))
            })
            .collect();
        Mergeable::new(ORIGINAL, &changes)
    }

    fn merged(replacements: &[(&str, &str)]) -> Merged {
        let changes = changed(replacements);
        assert!(changes.left_out.is_empty());
        changes.merge(&BTreeSet::new())
    }

    #[test]
    fn a_function_chooses_its_body() {
        let merged = merged(&[("x + HALF", "x - HALF"), ("f(1.0)", "f(2.0)")]);
        let expected = "fn f(x: f32) -> f32 { match crate::number() {\n0 => return {\n    x - HALF\n},\n_ => {}\n}\n\
            {\n    x + HALF\n}}\n";
        assert!(merged.text.contains(expected), "{}", merged.text);
        assert!(syn::parse_file(&merged.text).is_ok(), "{}", merged.text);
    }

    #[test]
    fn a_change_of_several_functions_is_in_each() {
        let both = ORIGINAL.replace("x + HALF", "x").replace("f(1.0)", "1.0");
        let merged = Mergeable::new(ORIGINAL, &[(7, both)]).merge(&BTreeSet::new());
        assert_eq!(merged.text.matches("7 => return").count(), 2);
    }

    #[test]
    fn what_is_changed_outside_of_bodies_is_left_out() {
        let changes = changed(&[
            ("0.5", "0.6"),
            ("x + HALF", "x"),
            ("0..3", "1..3"),
            ("    2\n", "    3\n"),
            ("fn f(x: f32)", "fn h() {}\nfn f(x: f32)"),
            ("x + HALF", "x + + )"),
        ]);
        assert_eq!(changes.left_out, BTreeSet::from([0, 2, 3, 4, 5]));
    }

    #[test]
    fn a_change_that_stands_apart_is_not_merged() {
        let changes = changed(&[("x + HALF", "x - HALF"), ("f(1.0)", "f(2.0)")]);
        let text = changes.merge(&BTreeSet::from([0])).text;
        assert!(!text.contains("x - HALF") && text.contains("1 => return"));
        assert_eq!(changes.merge(&BTreeSet::from([0, 1])).text, ORIGINAL);
    }

    #[test]
    fn a_line_belongs_to_the_change_whose_body_has_it() {
        let merged = merged(&[("x + HALF", "x -\n HALF"), ("x + HALF", "x * 2.0")]);
        let line_of = |text: &str| {
            let lines = merged.text.lines();
            1 + lines.take_while(|line| !line.contains(text)).count()
        };
        assert_eq!(merged.change_at(line_of("x -")), Some(0));
        assert_eq!(merged.change_at(line_of("x -") + 1), Some(0));
        assert_eq!(merged.change_at(line_of("x * 2.0")), Some(1));
        for common in ["const HALF", "fn f", "x + HALF", "fn g"] {
            assert_eq!(merged.change_at(line_of(common)), None, "{common}");
        }
    }
}
