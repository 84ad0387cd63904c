//! Everything that compiled dependencies depend on, and the name that follows from it.

use std::fs;
use std::path::Path;
use std::process::Command;

use attentive_course::{Tree, cargo_program};

use super::DependencyError;
use crate::dependency_graph::DependencyGraph;
use crate::hash::Hash;
use crate::prebuilt;
use crate::toolchain::{Toolchain, stdout_of};

/// The version of the layout of a folder of dependencies.
const LAYOUT: &str = "5";

/// Everything that compiled dependencies depend on.
#[derive(Debug)]
pub(super) struct Inputs {
    pub(super) toolchain: Toolchain,
    /// All exercises of the course.
    pub(super) exercises: Vec<attentive_course::Exercise>,
    pub(super) graph: DependencyGraph,
    /// The hash of the lock file.
    pub(super) lock: String,
    /// The hash of the course's own crates.
    pub(super) grader: String,
    /// The hash of the manifests and of cargo's configuration.
    settings: String,
}

impl Inputs {
    pub(super) fn read(course: &Path) -> Result<Self, DependencyError> {
        let exercises = attentive_course::Course::open(course)?.exercises(Tree::Exercises)?;
        let mut metadata = Command::new(cargo_program());
        metadata
            .args(["metadata", "--format-version", "1", "--locked"])
            .current_dir(course);
        let graph = DependencyGraph::parse(&stdout_of(&mut metadata)?)?;
        let names: Vec<&str> = exercises
            .iter()
            .map(|exercise| exercise.name.as_str())
            .collect();
        // A file that is not there is one without content: it may be there the next time.
        let file = |name: &Path| fs::read(course.join(name)).unwrap_or_default();
        let mut settings = Hash::new()
            .part(file("Cargo.toml".as_ref()))
            .part(file(".cargo/config.toml".as_ref()));
        for exercise in &exercises {
            settings = settings
                .part(exercise.folder())
                .part(file(&exercise.manifest()));
        }
        Ok(Self {
            toolchain: Toolchain::find(course)?,
            lock: Hash::new().part(file("Cargo.lock".as_ref())).text(),
            grader: graph.hash_own_sources(&names)?,
            settings: settings.text(),
            exercises,
            graph,
        })
    }

    /// Returns the name of these dependencies: others have another.
    pub(super) fn id(&self) -> String {
        let mut id = Hash::new()
            .part(LAYOUT)
            .part(&self.toolchain.description)
            .part(&self.lock)
            .part(&self.settings)
            .part(&self.grader);
        for source in prebuilt::sources() {
            id = id.part(source);
        }
        id.text()
    }
}
