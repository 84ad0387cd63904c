//! Golden packs: an exercise's cases, with what libtorch computed for them and what it computes wrongly on purpose.
//!
//! A pack is one `safetensors` file. Its note is the [`Manifest`] as JSON; its tensors are called
//! `TASK/CASE/input/NAME`, `TASK/CASE/expected/OUTPUT` and `TASK/CASE/mistake/ID/OUTPUT`.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::bundle::{Bundle, BundleError, Tensor};
use crate::case::{Case, Outputs};
use crate::compare::Tolerance;
use crate::property::Property;

/// The version of the format that this grader reads and writes.
pub const FORMAT: u32 = 1;

/// A pack's table of contents and its provenance.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// The version of the format: [`FORMAT`].
    pub format: u32,
    /// The exercise, by the name of its crate.
    pub exercise: String,
    /// The version of libtorch that computed the numbers.
    pub libtorch: String,
    /// The seed of the random inputs.
    pub seed: u64,
    /// The type of the numbers: `f32`.
    pub dtype: String,
    /// How far from libtorch's numbers a right answer may be.
    pub tolerance: Tolerance,
    /// The tasks, in the order in which they are to be solved.
    pub tasks: Vec<Task>,
}

/// One function to write.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Task {
    /// The function's name.
    pub name: String,
    /// What it returns.
    pub outputs: Vec<Output>,
    /// What it is called with.
    pub cases: Vec<CaseInfo>,
    /// The wrong ways of writing it whose results are recorded.
    pub mistakes: Vec<Mistake>,
    /// What must hold between its results.
    pub properties: Vec<Property>,
}

/// One tensor that a task returns.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Output {
    /// Its name, such as `weights`.
    pub name: String,
    /// What each axis counts, in the singular, such as `query`.
    pub axes: Vec<String>,
    /// For an output of symbols, the sign of each by its number: such an output is shown as text too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alphabet: Option<String>,
}

/// One set of inputs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CaseInfo {
    /// Its name, such as `cross-attention`.
    pub name: String,
    /// What it is there to find out, as a phrase.
    pub purpose: String,
}

/// One wrong way of writing a task.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Mistake {
    /// Its id, such as `no-scale`; `exercise.toml` says in words what it is.
    pub id: String,
    /// The cases in which it shows. In all others its results are the right ones.
    pub cases: Vec<String>,
}

/// A golden pack, whole: whatever the manifest names is there.
#[derive(Debug, Clone, PartialEq)]
pub struct Pack {
    manifest: Manifest,
    tensors: BTreeMap<String, Tensor>,
}

/// Why a file is not a golden pack.
#[derive(Debug, Error)]
#[error("{path}: {problem}", path = path.display())]
pub struct PackError {
    path: PathBuf,
    #[source]
    problem: PackProblem,
}

/// What is wrong with a pack, without the file's name.
#[derive(Debug, Error)]
pub enum PackProblem {
    /// The file cannot be read.
    #[error(
        "expected a golden pack, but it cannot be read ({0}); restore the file from the repository"
    )]
    Read(#[from] std::io::Error),
    /// The file is not a bundle of tensors.
    #[error("the golden pack is corrupt: {0}; restore the file from the repository")]
    Bundle(#[from] BundleError),
    /// The table of contents cannot be understood.
    #[error("the golden pack's manifest is corrupt: {0}; restore the file from the repository")]
    Manifest(#[from] serde_json::Error),
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
        let read = || Self::from_bytes(&std::fs::read(path)?);
        read().map_err(|problem| PackError {
            path: path.to_owned(),
            problem,
        })
    }

    /// Checks a pack that has been read.
    ///
    /// # Errors
    /// As [`Pack::load`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, PackProblem> {
        let bundle = Bundle::from_bytes(bytes)?;
        // Another version's manifest may look different: its version is read before anything else.
        let note: serde_json::Value = serde_json::from_str(&bundle.note)?;
        match note.get("format").and_then(serde_json::Value::as_u64) {
            Some(format) if format == u64::from(FORMAT) => {}
            other => return Err(PackProblem::Format(other.unwrap_or(0))),
        }
        Self::new(serde_json::from_value(note)?, bundle.tensors)
    }

    /// Puts a pack together.
    ///
    /// # Errors
    /// When the manifest names a tensor that is not there, or whose axes it names wrongly; and when something in it could
    /// not fail: a task without cases, a property that demands nothing, a tolerance that is no number.
    pub fn new(manifest: Manifest, tensors: BTreeMap<String, Tensor>) -> Result<Self, PackProblem> {
        let Tolerance { absolute, relative } = manifest.tolerance;
        if ![absolute, relative]
            .iter()
            .all(|part| part.is_finite() && *part >= 0.0)
        {
            let found =
                format!("expected a tolerance of 0 or more, found {absolute} and {relative}");
            return Err(PackProblem::Unusable(found));
        }
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
        let note = serde_json::to_string(&self.manifest)?;
        Ok(Bundle {
            note,
            tensors: self.tensors.clone(),
        }
        .to_bytes()?)
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

    /// What libtorch returns for a case.
    pub fn expected(&self, task: &str, case: &str) -> Outputs {
        self.numbers(&format!("{task}/{case}/expected/"))
    }

    /// What libtorch returns for a case when it makes a mistake; `None` where the mistake does not show.
    pub fn mistaken(&self, task: &str, case: &str, mistake: &str) -> Option<Outputs> {
        let outputs = self.numbers(&format!("{task}/{case}/mistake/{mistake}/"));
        (!outputs.is_empty()).then_some(outputs)
    }

    fn numbers(&self, prefix: &str) -> Outputs {
        self.below(prefix)
            .filter_map(|(name, tensor)| match tensor {
                Tensor::F32(array) => Some((name, array.clone())),
                Tensor::Bool(_) | Tensor::I64(_) => None,
            })
            .collect()
    }

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
        for case in &task.cases {
            self.check(task, &format!("{}/{}/expected", task.name, case.name))?;
        }
        for mistake in &task.mistakes {
            for case in &mistake.cases {
                self.check(
                    task,
                    &format!("{}/{case}/mistake/{}", task.name, mistake.id),
                )?;
            }
        }
        for property in &task.properties {
            let (case, right) = (
                self.case(&task.name, &property.case),
                self.expected(&task.name, &property.case),
            );
            if let Some(fault) = property.fault(&case, &right) {
                let name = format!("{}/{}", task.name, property.name);
                return Err(PackProblem::Unusable(format!(
                    "the property `{name}`: {fault}"
                )));
            }
        }
        Ok(())
    }

    fn check(&self, task: &Task, prefix: &str) -> Result<(), PackProblem> {
        for output in &task.outputs {
            let key = format!("{prefix}/{}", output.name);
            let is_mistake = prefix.contains("/mistake/");
            match self.tensors.get(&key) {
                Some(Tensor::F32(array))
                    if !is_mistake && array.iter().any(|entry| entry.is_nan()) =>
                {
                    let found =
                        format!("`{key}`: expected numbers, found NaN, which no answer could miss");
                    return Err(PackProblem::Unusable(found));
                }
                Some(Tensor::F32(array)) if array.ndim() == output.axes.len() || is_mistake => {}
                Some(other) => {
                    let found = format!("found shape {:?}", other.shape());
                    let expected = format!("expected numbers with the axes {:?}", output.axes);
                    return Err(PackProblem::Unusable(format!(
                        "`{key}`: {expected}, {found}"
                    )));
                }
                None => {
                    return Err(PackProblem::Unusable(format!(
                        "expected the tensor `{key}`, found none"
                    )));
                }
            }
        }
        Ok(())
    }
}
