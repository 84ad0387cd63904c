//! Bounds on replies: what a case can ask for, and some more, so that a wrong answer still has its shape shown.
//!
//! A worker may run a program that was written to hurt whoever reads its replies. So a reply's header is short, and what
//! it announces is checked before any of it is read.

use std::collections::{BTreeMap, HashMap};

use safetensors::tensor::TensorInfo;

use crate::case::{Case, Outputs};
use crate::pack::Pack;
use crate::reply_error::ReplyError;

/// The most bytes of a header: two texts of a panic with every character escaped twice, and the names of all outputs.
pub(crate) const MAX_HEADER: u64 = 256 << 10;
/// The most axes of a tensor.
const MAX_AXES: usize = 16;
/// The number of entries that an output may always have, however small a case is.
const FREE_ENTRIES: usize = 1 << 16;
/// The number of times as many entries as the whole case has that an output may have.
const TIMES_THE_CASE: usize = 16;

/// The most that a reply to one case may hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReplyBound {
    /// The most entries of each output, by its name.
    outputs: BTreeMap<String, usize>,
}

/// The bounds of all cases, by the task's name and the case's.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReplyBounds(BTreeMap<(String, String), ReplyBound>);

impl ReplyBound {
    /// Makes a bound of the most entries of each output.
    pub fn new(outputs: impl IntoIterator<Item = (String, usize)>) -> Self {
        Self {
            outputs: outputs.into_iter().collect(),
        }
    }

    /// Makes the bound of a case: an output may have many times as many entries as the inputs and outputs together. A
    /// wrong answer with the product of two axes in place of one of them stays below that.
    fn of_case(case: &Case, expected: &Outputs, names: impl Iterator<Item = String>) -> Self {
        let inputs: usize = case.inputs.values().map(|tensor| tensor.len()).sum();
        let outputs: usize = expected.values().map(|tensor| tensor.len()).sum();
        let most = FREE_ENTRIES.max(TIMES_THE_CASE * (inputs + outputs));
        Self::new(names.map(|name| (name, most)))
    }

    /// Checks the tensors that a header announces.
    ///
    /// # Errors
    /// When one of them is nothing that the case asks for.
    pub(crate) fn check(&self, tensors: &HashMap<String, &TensorInfo>) -> Result<(), ReplyError> {
        if tensors.len() > self.outputs.len() {
            return Err(ReplyError::Tensors {
                most: self.outputs.len(),
                found: tensors.len(),
            });
        }
        for (name, tensor) in tensors {
            let Some(&most) = self.outputs.get(name) else {
                return Err(ReplyError::UnknownOutput(name.clone()));
            };
            if tensor.shape.len() > MAX_AXES {
                return Err(ReplyError::Axes {
                    output: name.clone(),
                    most: MAX_AXES,
                    found: tensor.shape.len(),
                });
            }
            // The header's parser has made sure that the product is a number.
            if tensor.shape.iter().product::<usize>() > most {
                return Err(ReplyError::TooLarge {
                    output: name.clone(),
                    shape: tensor.shape.clone(),
                    most,
                });
            }
        }
        Ok(())
    }
}

impl ReplyBounds {
    /// Makes the bounds of all cases of a pack.
    pub fn of_pack(pack: &Pack) -> Self {
        let mut bounds = Self::default();
        for task in &pack.manifest().tasks {
            for info in &task.cases {
                let case = pack.case(&task.name, &info.name);
                let expected = pack.expected(&task.name, &info.name);
                let names = task.outputs.iter().map(|output| output.name.clone());
                let bound = ReplyBound::of_case(&case, &expected, names);
                bounds.insert(&task.name, &info.name, bound);
            }
        }
        bounds
    }

    /// Makes the bounds of several exercises that one worker answers for, each with the name of its folder.
    pub fn of_exercises<'a>(packs: impl IntoIterator<Item = (&'a str, &'a Pack)>) -> Self {
        let mut bounds = Self::default();
        for (folder, pack) in packs {
            for ((task, case), bound) in Self::of_pack(pack).0 {
                bounds.insert(&format!("{folder}/{task}"), &case, bound);
            }
        }
        bounds
    }

    /// Adds the bound of a case.
    pub fn insert(&mut self, task: &str, case: &str, bound: ReplyBound) {
        self.0.insert((task.to_owned(), case.to_owned()), bound);
    }

    /// Returns the bound of a case. A case that nobody has bounded can only fail.
    pub(crate) fn get(&self, task: &str, case: &str) -> ReplyBound {
        let bound = self.0.get(&(task.to_owned(), case.to_owned()));
        bound.cloned().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use std::io::{self, Read};

    use ndarray::arr1;

    use super::*;
    use crate::wire::receive_reply;

    /// Counts the bytes that are taken from a pipe that never ends.
    struct Endless<'a> {
        begin: &'a [u8],
        taken: u64,
    }

    impl Read for Endless<'_> {
        fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
            let mut length = self.begin.read(bytes)?;
            if length == 0 {
                bytes.fill(b' ');
                length = bytes.len();
            }
            self.taken += length as u64;
            Ok(length)
        }
    }

    /// Returns the reason for which a reply is refused, and the number of bytes that were read until then.
    fn refused(header: &str, data: u64) -> (String, u64) {
        let length = header.len() as u64;
        let frame = (8 + length + data).to_le_bytes();
        let bytes = [&frame, &length.to_le_bytes(), header.as_bytes()].concat();
        let mut pipe = Endless {
            begin: &bytes,
            taken: 0,
        };
        let bound = ReplyBound::new(["x", "y"].map(|name| (name.to_owned(), 6)));
        match receive_reply(&mut pipe, &bound) {
            Err(error) => (error.to_string(), pipe.taken),
            Ok(reply) => panic!("{reply:?}"),
        }
    }

    /// Returns a header of some tensors, one after the other.
    fn header(tensors: &[(&str, &str, u64)]) -> String {
        let (mut text, mut from) = (
            r#"{"__metadata__":{"attentive":"\"returned\""}"#.to_owned(),
            0,
        );
        for (name, shape, bytes) in tensors {
            let to = from + bytes;
            text += &format!(
                r#","{name}":{{"dtype":"F32","shape":[{shape}],"data_offsets":[{from},{to}]}}"#
            );
            from = to;
        }
        text + "}"
    }

    #[test]
    fn what_no_case_asks_for_is_refused_by_its_header() {
        let axes = ["1"; 17].join(",");
        let many: Vec<String> = (0..1_000).map(|nth| nth.to_string()).collect();
        let many: Vec<_> = many.iter().map(|name| (&**name, "0", 0)).collect();
        for (tensors, expected) in [
            (&many[..], "expected at most 2 tensors, found 1000"),
            (
                &[("z", "1", 4)],
                "expected the outputs of the task, found `z`",
            ),
            (
                &[("x", &axes, 4)],
                "tensor `x`: expected at most 16 axes, found 17",
            ),
            (
                &[("x", "6", 24), ("y", "7", 28)],
                "tensor `y`: expected at most 6 entries, found the shape [7]",
            ),
            (
                &[("x", "3000,3000", 36_000_000)],
                "tensor `x`: expected at most 6 entries, found the shape [3000, 3000]",
            ),
        ] {
            let header = header(tensors);
            let data = tensors.iter().map(|(_, _, bytes)| bytes).sum();
            let (error, taken) = refused(&header, data);
            assert_eq!(error, expected);
            assert_eq!(taken, 16 + header.len() as u64, "{expected}");
        }
    }

    #[test]
    fn a_long_header_is_refused_by_its_length() {
        // Sixteen million axes, a map of metadata and a note: whatever makes it long, none of it is read.
        for header in [
            header(&[("x", &["1"; 1 << 18].join(","), 4)]),
            format!(
                r#"{{"__metadata__":{{"attentive":"{}"}}}}"#,
                " ".repeat(1 << 18)
            ),
        ] {
            let (error, taken) = refused(&header, 4);
            let (length, most) = (header.len(), MAX_HEADER);
            let expected = format!("expected a header of at most {most} bytes, found {length}");
            assert_eq!((error, taken), (expected, 16));
        }
    }

    #[test]
    fn lengths_that_do_not_fit_are_refused() {
        let header = header(&[("x", "1", 4)]);
        let (error, _) = refused(&header, 5);
        assert!(error.contains("bytes with a header for"), "{error}");
        let (error, taken) = refused(&header, 1 << 40);
        assert!(
            error.contains("expected at most 1073741824 bytes"),
            "{error}"
        );
        assert_eq!(taken, 8);
    }

    #[test]
    fn an_answer_with_other_axes_is_within_the_bound_of_a_large_case() {
        let numbers = |length| arr1(&vec![0.0_f32; length]).into();
        let case = Case {
            name: "large".into(),
            inputs: [("q".to_owned(), numbers(60_000))].into(),
        };
        let expected = [("x".to_owned(), numbers(40_000))].into();
        let bound = ReplyBound::of_case(&case, &expected, ["x".to_owned()].into_iter());
        assert_eq!(bound, ReplyBound::new([("x".to_owned(), 1_600_000)]));
    }
}
