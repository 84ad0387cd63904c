//! The manifest of a golden pack: its table of contents.

use serde::{Deserialize, Serialize};

use crate::metric::Tolerance;
use crate::output::Output;
use crate::property::Property;

/// The version of the format that this grader reads and writes.
pub const FORMAT: u32 = 2;

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
    /// The distance from libtorch's numbers that a right answer may have.
    pub tolerance: Tolerance,
    /// The tasks, in the order in which they are to be solved.
    pub tasks: Vec<Task>,
}

/// One function to write.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Task {
    /// The function's name.
    pub name: String,
    /// The tensors that it returns, in the order in which they are computed: the first that is wrong is reported.
    pub outputs: Vec<Output>,
    /// The axis, such as `step`, at each of whose indices all outputs that begin with it are computed before those of
    /// the next index. Of these, the one whose first difference is at the smallest index is the first that is wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<String>,
    /// The inputs that it is called with.
    pub cases: Vec<CaseInfo>,
    /// The wrong ways of writing it whose results are recorded.
    pub mistakes: Vec<Mistake>,
    /// The relations that must hold between its results.
    pub properties: Vec<Property>,
}

/// One set of inputs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CaseInfo {
    /// Its name, such as `cross-attention`.
    pub name: String,
    /// Its purpose, as a phrase.
    pub purpose: String,
}

/// One wrong way of writing a task.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Mistake {
    /// Its id, such as `no-scale`; `exercise.toml` says in words what it is.
    pub id: String,
    /// The cases in which it shows.
    pub cases: Vec<String>,
    /// The cases about which it says nothing, because it gives no result there, or one that depends on more than the
    /// mistake. In all that are named in neither list, its results are the right ones.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unknown_in: Vec<String>,
    /// The mistake of which it is another form, with another number for example. It is named as that one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub form_of: Option<String>,
}

impl Mistake {
    /// Returns the id under which it is named.
    pub fn name(&self) -> &str {
        self.form_of.as_deref().unwrap_or(&self.id)
    }
}
