//! Golden packs: an exercise's cases, with what libtorch computed for them and what it computes wrongly on purpose.
//!
//! A pack is one `safetensors` file. Its note is the [`Manifest`] as JSON; its tensors are called
//! `TASK/CASE/input/NAME`, `TASK/CASE/expected/OUTPUT` and `TASK/CASE/mistake/ID/OUTPUT`.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::bundle::{Bundle, BundleError};
use crate::case::{Case, Outputs};
use crate::manifest::{FORMAT, Manifest, Task};
use crate::metric::Tolerance;
use crate::output::{Output, OutputKind, OwnTolerance};
use crate::tensor::Tensor;

/// A golden pack, whole: whatever the manifest names is there.
#[derive(Debug, Clone, PartialEq)]
pub struct Pack {
    manifest: Manifest,
    tensors: BTreeMap<String, Tensor>,
}

/// The reason for which a file is not a golden pack.
#[derive(Debug, Error)]
#[error("{path}: {problem}", path = path.display())]
pub struct PackError {
    path: PathBuf,
    problem: PackProblem,
}

/// A fault of a pack, without the file's name.
#[derive(Debug, Error)]
pub enum PackProblem {
    /// The file cannot be read.
    #[error(
        "expected a golden pack, but it cannot be read ({0}); restore the file from the repository"
    )]
    Read(std::io::Error),
    /// The file is not a bundle of tensors.
    #[error("the golden pack is corrupt: {0}; restore the file from the repository")]
    Bundle(BundleError),
    /// The table of contents cannot be understood.
    #[error("the golden pack's manifest is corrupt: {0}; restore the file from the repository")]
    Manifest(serde_json::Error),
    /// Another version of the format.
    #[error(
        "expected a golden pack of format {FORMAT}, found format {0}; record it again, or use the grader that came with it"
    )]
    Format(u64),
    /// The manifest names something that is not there, or demands what could not fail.
    #[error(
        "the golden pack cannot be used: {0}; restore the file from the repository, or record it again"
    )]
    Unusable(String),
}

impl Pack {
    /// Reads and checks a pack.
    ///
    /// # Errors
    /// When the file is missing, corrupt, incomplete or of another version; the message names the file.
    pub fn load(path: &Path) -> Result<Self, PackError> {
        let bytes = std::fs::read(path).map_err(PackProblem::Read);
        bytes
            .and_then(|bytes| Self::from_bytes(&bytes))
            .map_err(|problem| PackError {
                path: path.to_owned(),
                problem,
            })
    }

    /// Checks a pack that has been read.
    ///
    /// # Errors
    /// As [`Pack::load`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, PackProblem> {
        let bundle = Bundle::from_bytes(bytes).map_err(PackProblem::Bundle)?;
        // Another version's manifest may look different: its version is read before anything else.
        let note: serde_json::Value =
            serde_json::from_str(&bundle.note).map_err(PackProblem::Manifest)?;
        match note.get("format").and_then(serde_json::Value::as_u64) {
            Some(format) if format == u64::from(FORMAT) => {}
            other => return Err(PackProblem::Format(other.unwrap_or(0))),
        }
        let manifest = serde_json::from_value(note).map_err(PackProblem::Manifest)?;
        Self::new(manifest, bundle.tensors)
    }

    /// Puts a pack together.
    ///
    /// # Errors
    /// When the manifest names a tensor that is not there, or whose axes it names wrongly; and when something in it could
    /// not fail: a task without cases, a property that demands nothing, a tolerance that is no number.
    pub fn new(manifest: Manifest, tensors: BTreeMap<String, Tensor>) -> Result<Self, PackProblem> {
        ensure_usable(manifest.tolerance)?;
        if manifest.tasks.is_empty() {
            return Err(PackProblem::Unusable(
                "expected at least one task, found none".to_owned(),
            ));
        }
        let pack = Self { manifest, tensors };
        pack.manifest
            .tasks
            .iter()
            .try_for_each(|task| pack.check_task(task))?;
        Ok(pack)
    }

    /// The pack's bytes; equal packs give equal bytes.
    ///
    /// # Errors
    /// When a tensor is larger than the format can say.
    pub fn to_bytes(&self) -> Result<Vec<u8>, PackProblem> {
        let bundle = Bundle {
            note: serde_json::to_string(&self.manifest).map_err(PackProblem::Manifest)?,
            tensors: self.tensors.clone(),
        };
        bundle.to_bytes().map_err(PackProblem::Bundle)
    }

    /// The table of contents.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Every tensor by its full name.
    pub fn tensors(&self) -> &BTreeMap<String, Tensor> {
        &self.tensors
    }

    /// The inputs of a case.
    pub fn case(&self, task: &str, case: &str) -> Case {
        let prefix = format!("{task}/{case}/input/");
        let inputs = self
            .below(&prefix)
            .map(|(name, tensor)| (name, tensor.clone()))
            .collect();
        Case {
            name: case.to_owned(),
            inputs,
        }
    }

    /// Returns libtorch's outputs for a case.
    pub fn expected(&self, task: &str, case: &str) -> Outputs {
        self.outputs(&format!("{task}/{case}/expected/"))
    }

    /// Returns libtorch's outputs for a case when it makes a mistake; `None` where the mistake does not show.
    pub fn mistaken(&self, task: &str, case: &str, mistake: &str) -> Option<Outputs> {
        let outputs = self.outputs(&format!("{task}/{case}/mistake/{mistake}/"));
        (!outputs.is_empty()).then_some(outputs)
    }

    fn outputs(&self, prefix: &str) -> Outputs {
        self.below(prefix)
            .map(|(name, tensor)| (name, tensor.clone()))
            .collect()
    }

    /// Returns the tensors whose full name has a prefix, by the rest of it.
    fn below<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = (String, &'a Tensor)> {
        // Names are in order: all that begin with the prefix follow each other.
        self.tensors
            .range::<str, _>((Bound::Included(prefix), Bound::Unbounded))
            .map_while(move |(key, tensor)| Some((key.strip_prefix(prefix)?.to_owned(), tensor)))
    }

    fn check_task(&self, task: &Task) -> Result<(), PackProblem> {
        if task.cases.is_empty() || task.outputs.is_empty() {
            let expected = format!(
                "expected cases and outputs of the task `{}`, found none",
                task.name
            );
            return Err(PackProblem::Unusable(expected));
        }
        for output in &task.outputs {
            check_kind(output)?;
            check_labels(output)?;
        }
        check_order(task)?;
        for case in &task.cases {
            for output in &task.outputs {
                let prefix = format!("{}/{}/expected", task.name, case.name);
                self.check_expected(output, &prefix)?;
                self.check_pieces(output, &prefix, &self.case(&task.name, &case.name))?;
            }
        }
        for mistake in &task.mistakes {
            let name = mistake.name();
            if !task.mistakes.iter().any(|known| known.id == name) {
                return Err(PackProblem::Unusable(format!(
                    "expected a mistake `{name}`, of which `{}` is a form, found none",
                    mistake.id
                )));
            }
            for case in &mistake.cases {
                for output in &task.outputs {
                    let prefix = format!("{}/{case}/mistake/{}", task.name, mistake.id);
                    self.typed(output, &prefix)?;
                }
            }
        }
        for property in &task.properties {
            let (case, right) = (
                self.case(&task.name, &property.case),
                self.expected(&task.name, &property.case),
            );
            if let Some(fault) = property.fault(&case, &right, &task.outputs) {
                let name = format!("{}/{}", task.name, property.name);
                return Err(PackProblem::Unusable(format!(
                    "the property `{name}`: {fault}"
                )));
            }
        }
        Ok(())
    }

    fn check_expected(&self, output: &Output, prefix: &str) -> Result<(), PackProblem> {
        let (key, tensor) = self.typed(output, prefix)?;
        if tensor.shape().len() != output.axes.len() {
            return Err(PackProblem::Unusable(format!(
                "`{key}`: expected the axes {:?}, found shape {:?}",
                output.axes,
                tensor.shape()
            )));
        }
        if tensor.numbers().iter().any(|entry| entry.is_nan()) {
            return Err(PackProblem::Unusable(format!(
                "`{key}`: expected numbers, found NaN, which no answer could miss"
            )));
        }
        if let (Some(vocabulary), Tensor::I64(ids)) = (output.kind.vocabulary(), tensor) {
            let unknown = |id: &&i64| usize::try_from(**id).is_ok_and(|id| id < vocabulary.len());
            if let Some(id) = ids.iter().find(|id| !unknown(id)) {
                return Err(PackProblem::Unusable(format!(
                    "`{key}`: expected ids of the {} texts of its vocabulary, found {id}",
                    vocabulary.len()
                )));
            }
        }
        Ok(())
    }

    /// Checks that the case of an output of pieces says which pieces they are.
    fn check_pieces(&self, output: &Output, prefix: &str, case: &Case) -> Result<(), PackProblem> {
        let OutputKind::Pieces { pieces: source } = &output.kind else {
            return Ok(());
        };
        let (key, tensor) = self.typed(output, prefix)?;
        let Some(pieces) = source.pieces(case) else {
            return Err(PackProblem::Unusable(format!(
                "`{key}`: expected its pieces in the case's inputs as {source:?}, found none"
            )));
        };
        let ids = tensor.to_ids().unwrap_or_default();
        match ids.iter().find(|id| **id >= pieces.len()) {
            Some(id) => Err(PackProblem::Unusable(format!(
                "`{key}`: expected ids of the case's {} pieces, found {id}",
                pieces.len()
            ))),
            None => Ok(()),
        }
    }

    /// Returns an output's tensor, with its full name. Its type is the one that the output's kind demands.
    fn typed(&self, output: &Output, prefix: &str) -> Result<(String, &Tensor), PackProblem> {
        let key = format!("{prefix}/{}", output.name);
        let Some(tensor) = self.tensors.get(&key) else {
            return Err(PackProblem::Unusable(format!(
                "expected the tensor `{key}`, found none"
            )));
        };
        if !output.kind.has_type_of(tensor) {
            let expected = output.kind.type_in_words();
            return Err(PackProblem::Unusable(format!(
                "`{key}`: expected {expected}, found {}",
                tensor.type_in_words()
            )));
        }
        Ok((key, tensor))
    }
}

fn check_kind(output: &Output) -> Result<(), PackProblem> {
    let own = match &output.kind {
        OutputKind::Numbers { tolerance } | OutputKind::Curve { tolerance } => *tolerance,
        _ => None,
    };
    let one_axis = output.kind.is_read() || matches!(output.kind, OutputKind::Curve { .. });
    if one_axis && output.axes.len() != 1 {
        return Err(PackProblem::Unusable(format!(
            "expected one axis of `{}`, found {:?}",
            output.name, output.axes
        )));
    }
    let Some(OwnTolerance { tolerance, growth }) = own else {
        return Ok(());
    };
    ensure_usable(tolerance)?;
    match growth {
        Some(growth)
            if growth.axis >= output.axes.len()
                || !growth.per_index.is_finite()
                || growth.per_index < 0.0 =>
        {
            Err(PackProblem::Unusable(format!(
                "`{}`: expected a tolerance that grows along one of the axes {:?}, found {growth:?}",
                output.name, output.axes
            )))
        }
        _ => Ok(()),
    }
}

fn check_labels(output: &Output) -> Result<(), PackProblem> {
    match output
        .labels
        .keys()
        .find(|axis| !output.axes.contains(axis))
    {
        Some(axis) => Err(PackProblem::Unusable(format!(
            "`{}`: expected labels of the axes {:?}, found some of `{axis}`",
            output.name, output.axes
        ))),
        None => Ok(()),
    }
}

/// Checks that there is something that the task's order puts in order.
fn check_order(task: &Task) -> Result<(), PackProblem> {
    let Some(order) = &task.order else {
        return Ok(());
    };
    let outputs = task.outputs.iter();
    let ordered = outputs.filter(|output| output.axes.first() == Some(order));
    match ordered.count() {
        0 | 1 => Err(PackProblem::Unusable(format!(
            "expected at least two outputs of the task `{}` that begin with the axis `{order}` of its order",
            task.name
        ))),
        _ => Ok(()),
    }
}

fn ensure_usable(tolerance: Tolerance) -> Result<(), PackProblem> {
    if tolerance.is_usable() {
        return Ok(());
    }
    let Tolerance { absolute, relative } = tolerance;
    Err(PackProblem::Unusable(format!(
        "expected a tolerance of 0 or more, found {absolute} and {relative}"
    )))
}
