//! Signatures: the items that an exercise's adapter and later exercises use, compared with those that a learner has.
//!
//! The compiler compares types, and writes them out behind their aliases. Here are texts, as somebody wrote them.

mod scan;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::location::Location;
use scan::{Item, ItemKind, Visibility, items};

/// A public function or type of an exercise that a learner's files do not have as the exercise asks for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignatureChange {
    /// The item's name.
    pub name: String,
    /// The signature that the exercise asks for, on one line.
    pub expected: String,
    /// The learner's item in its place.
    pub found: FoundItem,
}

/// A learner's item in the place of one that an exercise asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FoundItem {
    /// One of this name and another signature.
    Different(FoundSignature),
    /// One of this name and signature that is private.
    Private(FoundSignature),
    /// One of this name and signature in another file than the exercise has it in.
    Elsewhere(FoundSignature),
    /// None of this name, but one of this signature that the exercise does not ask for.
    Renamed(FoundSignature),
    /// Nothing like it.
    Missing,
}

/// A learner's signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundSignature {
    /// The signature, on one line.
    pub text: String,
    /// The line on which it begins.
    pub location: Location,
}

impl FoundItem {
    /// Returns the learner's signature, if there is one.
    pub fn signature(&self) -> Option<&FoundSignature> {
        match self {
            Self::Different(signature)
            | Self::Private(signature)
            | Self::Elsewhere(signature)
            | Self::Renamed(signature) => Some(signature),
            Self::Missing => None,
        }
    }
}

impl SignatureChange {
    /// Describes the change in a sentence without its full stop, and what to do about it where that is plain.
    pub fn reason(&self) -> String {
        let name = &self.name;
        match &self.found {
            FoundItem::Different(_) => format!("`{name}` is not what the exercise asks for"),
            FoundItem::Private(_) => format!("`{name}` is private: write `pub` in front of it"),
            FoundItem::Elsewhere(_) => {
                format!("`{name}` is in a different file: name it in lib.rs, in a `pub use`")
            }
            FoundItem::Renamed(_) => format!("`{name}` is missing, or has a different name"),
            FoundItem::Missing => format!("`{name}` is missing"),
        }
    }

    /// Returns `true` if a text, such as the compiler's errors, has the item's name as a word.
    pub fn is_named_in(&self, text: &str) -> bool {
        text.split(|c: char| !c.is_alphanumeric() && c != '_')
            .any(|word| word == self.name)
    }
}

/// Compares the public items of a stub with a learner's, both as texts of files by their paths below `src`. `folder` is the
/// path of the learner's `src`, for the locations.
///
/// Names of parameters, lifetimes and paths in front of types may differ: nobody who calls a function sees them.
pub fn changed_signatures(
    stub: &BTreeMap<PathBuf, String>,
    own: &BTreeMap<PathBuf, String>,
    folder: &Path,
) -> Vec<SignatureChange> {
    let wanted = all_items(stub);
    let there = all_items(own);
    let mut changes = Vec::new();
    for (file, item) in &wanted {
        if item.visibility == Visibility::Private || !item.is_outermost() {
            continue;
        }
        if let Some(found) = find_change(file, item, &wanted, &there, folder) {
            changes.push(SignatureChange {
                name: item.name.clone(),
                expected: item.text.clone(),
                found,
            });
        }
    }
    changes
}

/// Returns the line, from 1, on which a function of this name begins that is in no other item.
pub fn function_line(text: &str, name: &str) -> Option<usize> {
    let mut items = items(text).into_iter();
    let is_wanted =
        |item: &Item| item.kind == ItemKind::Function && item.name == name && item.is_outermost();
    items.find(is_wanted).map(|item| item.line)
}

fn all_items(files: &BTreeMap<PathBuf, String>) -> Vec<(&Path, Item)> {
    let mut all = Vec::new();
    for (file, text) in files {
        for item in items(text) {
            all.push((file.as_path(), item));
        }
    }
    all
}

fn find_change(
    file: &Path,
    wanted: &Item,
    all_wanted: &[(&Path, Item)],
    there: &[(&Path, Item)],
    folder: &Path,
) -> Option<FoundItem> {
    let signature = |(file, item): &(&Path, Item)| FoundSignature {
        text: item.text.clone(),
        location: Location {
            file: folder.join(file),
            line: item.line,
        },
    };
    let named: Vec<_> = there
        .iter()
        .filter(|(_, item)| item.name == wanted.name && item.kind == wanted.kind)
        .collect();
    // A method may have the name of a function, and stands further in.
    let Some(found) = named.iter().min_by_key(|(_, item)| item.indentation) else {
        let renamed = there.iter().find(|(_, item)| {
            item.is_like(wanted) && !all_wanted.iter().any(|(_, other)| other.name == item.name)
        });
        return Some(match renamed {
            Some(renamed) => FoundItem::Renamed(signature(renamed)),
            None => FoundItem::Missing,
        });
    };
    let (found_in, item) = found;
    if !item.is_like(wanted) {
        Some(FoundItem::Different(signature(found)))
    } else if item.visibility < wanted.visibility {
        Some(FoundItem::Private(signature(found)))
    } else if *found_in != file {
        Some(FoundItem::Elsewhere(signature(found)))
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STUB: &str = "
use ndarray::{Array2, ArrayView2};

/// The weights.
pub fn weights(q: ArrayView2<'_, f32>, mask: Option<ArrayView2<'_, bool>>) -> Array2<f32> {
    todo!()
}

pub fn long(
    source: &[usize],
    model: &Model<'_>,
) -> (Array2<f32>, Vec<usize>) {
    todo!()
}

pub struct Steps {
    /// The output.
    pub output: Array2<f32>,
}

fn helper() {}
";

    fn files(text: &str) -> BTreeMap<PathBuf, String> {
        BTreeMap::from([("lib.rs".into(), text.to_owned())])
    }

    /// Returns the changes when this stands in the stub's place, with a text replaced.
    fn change(from: &str, to: &str) -> Vec<SignatureChange> {
        assert!(STUB.contains(from), "{from}");
        let own = files(&STUB.replacen(from, to, 1));
        changed_signatures(&files(STUB), &own, Path::new("src"))
    }

    #[test]
    fn what_no_caller_sees_is_no_change() {
        for (from, to) in [
            ("q: Array", "queries: Array"),
            ("q: Array", "mut q: Array"),
            (
                "pub fn weights(q: ArrayView2<'_, f32>",
                "pub fn weights<'a>(q: ndarray::ArrayView2<'a, f32>",
            ),
            (
                "pub fn weights(q: ArrayView2<'_, f32>",
                "#[inline]\npub fn weights(q: ArrayView2<f32>",
            ),
            (
                "    source: &[usize],\n    model: &Model<'_>,\n",
                "source: &[usize], model: &Model<'_>",
            ),
            ("source: &[usize],", "source: &[usize], // the tokens"),
            ("    /// The output.\n", ""),
            (
                "fn helper() {}",
                "fn weights_of() {}\n/// pub fn weights() -> usize\nstruct Mine;",
            ),
            (
                "    todo!()",
                "    fn long(n: usize) -> usize { n }\n    todo!()",
            ),
        ] {
            assert_eq!(change(from, to), [], "{to}");
        }
    }

    #[test]
    fn each_change_is_shown_as_it_was_written() {
        for (from, to, expected) in [
            ("q: ArrayView2<'_, f32>", "q: &Array2<f32>", "different"),
            (
                "q: ArrayView2<'_, f32>",
                "q: ArrayView3<'_, f32>",
                "different",
            ),
            (
                ") -> Array2<f32> {",
                ") -> Result<Array2<f32>, String> {",
                "different",
            ),
            (") -> Array2<f32> {", ") {", "different"),
            ("weights(q", "weights<T: Float>(q", "different"),
            (", mask: Option<ArrayView2<'_, bool>>", "", "different"),
            ("pub fn weights", "fn weights", "private"),
            ("pub fn weights", "pub(crate) fn weights", "private"),
            ("pub fn weights", "pub fn weigh", "renamed"),
            ("pub fn weights(q", "pub fn weigh(_: usize, q", "missing"),
            ("pub output", "output", "different"),
            ("pub struct Steps", "struct Steps", "private"),
        ] {
            let changes = change(from, to);
            let [change] = changes.as_slice() else {
                panic!("{to}: {changes:?}");
            };
            let found = match &change.found {
                FoundItem::Different(_) => "different",
                FoundItem::Private(_) => "private",
                FoundItem::Elsewhere(_) => "elsewhere",
                FoundItem::Renamed(_) => "renamed",
                FoundItem::Missing => "missing",
            };
            assert_eq!(found, expected, "{to}: {change:?}");
        }
        let changes = change(
            "source: &[usize],\n    model: &Model<'_>,",
            "model: &Model<'_>,\n    source: &[usize],",
        );
        let found = changes[0].found.signature().expect("it is there");
        assert_eq!(
            [
                changes[0].expected.as_str(),
                &found.text,
                &found.location.to_string()
            ],
            [
                "pub fn long(source: &[usize], model: &Model<'_>) -> (Array2<f32>, Vec<usize>)",
                "pub fn long(model: &Model<'_>, source: &[usize]) -> (Array2<f32>, Vec<usize>)",
                "src/lib.rs:9",
            ]
        );
    }

    #[test]
    fn a_function_in_a_module_of_its_own_is_found_there() {
        let moved = "pub fn weights(q: ArrayView2<'_, f32>, mask: Option<ArrayView2<'_, bool>>) -> Array2<f32> {";
        let mut own = files(&STUB.replacen(moved, "pub fn other() {", 1));
        own.insert("mine.rs".into(), format!("{moved}\n    todo!()\n}}\n"));
        let changes = changed_signatures(&files(STUB), &own, Path::new("src"));
        let [change] = changes.as_slice() else {
            panic!("{changes:?}");
        };
        assert!(
            matches!(&change.found, FoundItem::Elsewhere(found) if found.location.file == Path::new("src/mine.rs"))
        );
    }
}
