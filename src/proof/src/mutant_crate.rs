//! All changes to a solution as one program: compiled once, graded one by one.

mod build;
mod manifest;

use std::path::{Path, PathBuf};

use attentive_course::{files, without_given_paths};
use cargo_metadata::{MetadataCommand, Package, TargetKind};

use crate::course::Authored;
use crate::error::ProofError;

/// Variable of the environment that has the number of the mutant to run.
pub(crate) const MUTANT: &str = "ATTENTIVE_MUTANT";

/// A crate with a module for each change to a solution, and one for the unchanged solution.
pub(crate) struct MutantCrate {
    folder: PathBuf,
    /// Folder for the finished program.
    target: PathBuf,
    /// Folder of the course's own builds, so that dependencies are not compiled again.
    build: PathBuf,
    /// Name of the exercise's library, which becomes a module.
    library: String,
    changes: Vec<Change>,
}

/// A changed file of the solution.
pub(crate) struct Change {
    pub(crate) path: PathBuf,
    /// Its whole text.
    pub(crate) text: String,
}

impl Change {
    /// A change that leaves a file as it is.
    pub(crate) fn none(source: &Source) -> Self {
        Self {
            path: source.path.clone(),
            text: source.text.clone(),
        }
    }
}

/// A file of the solution.
pub(crate) struct Source {
    pub(crate) path: PathBuf,
    pub(crate) text: String,
}

impl MutantCrate {
    /// Writes the crate into the course's target folder. `kind` says what the changes are, in the plural.
    pub(crate) fn write(
        root: &Path,
        exercise: &Authored,
        kind: &str,
        sources: &[Source],
        changes: Vec<Change>,
    ) -> Result<Self, ProofError> {
        let metadata = MetadataCommand::new().current_dir(root).no_deps().exec()?;
        let package = package(&metadata.packages, &exercise.package())?;
        let folder = root.join("target/attentive").join(kind);
        let mutant_crate = Self {
            folder: folder.join(exercise.name()),
            // Of this checkout, whatever the settings: another one may have mutants of the same exercise.
            target: folder.join("target"),
            build: metadata
                .build_directory
                .unwrap_or(metadata.target_directory)
                .into_std_path_buf(),
            library: exercise.exercise.library(),
            changes,
        };
        let adapter =
            files::read_text(&adapter_path(package)?)?.replace("fn main()", "pub fn main()");
        for index in 0..=mutant_crate.changes.len() {
            mutant_crate.write_module(index, sources, &adapter)?;
        }
        let manifest =
            manifest::manifest(root, package, &format!("{kind}-of-{}", exercise.name()))?;
        files::write_scratch(&mutant_crate.folder.join("Cargo.toml"), &manifest)?;
        let lock = files::read_text(&root.join("Cargo.lock"))?;
        files::write_scratch(&mutant_crate.folder.join("Cargo.lock"), &lock)?;
        let model = root
            .join(exercise.exercise.data_directory())
            .join("model.safetensors");
        if model.exists() {
            let copy = mutant_crate.folder.join("src/model.safetensors");
            files::write_scratch(&copy, files::read(&model)?)?;
        }
        Ok(mutant_crate)
    }

    /// Writes the solution with the change of this number, or without any if there is none.
    fn write_module(
        &self,
        index: usize,
        sources: &[Source],
        adapter: &str,
    ) -> Result<(), ProofError> {
        let module = self.folder.join(format!("src/m{index}"));
        for Source { path, text } in sources {
            let change = self
                .changes
                .get(index)
                .filter(|change| change.path == *path);
            let text = change.map_or(text, |change| &change.text);
            let name = match path.file_name() {
                Some(name) if name != "lib.rs" => name,
                _ => "library.rs".as_ref(),
            };
            let text = self.with_own_paths(text, index, "crate::");
            files::write_scratch(&module.join(name), &text)?;
        }
        let adapter = self.with_own_paths(adapter, index, &format!("{}::", self.library));
        Ok(files::write_scratch(&module.join("grade.rs"), &adapter)?)
    }

    /// Returns a source whose paths that begin with `prefix` lead into the mutant's own module, and without what may
    /// be only at the head of a crate.
    fn with_own_paths(&self, text: &str, index: usize, prefix: &str) -> String {
        let module = format!("crate::m{index}::{}::", self.library);
        let mut own = String::new();
        for line in text.lines() {
            if !line.starts_with("//!") && !line.starts_with("#![") {
                own += &line.replace(prefix, &module);
                own.push('\n');
            }
        }
        own
    }

    /// Writes the program's `main`, which runs the mutant that the environment names.
    fn write_main(&self, modules: &[usize]) -> Result<(), ProofError> {
        let library = &self.library;
        let (mut declared, mut arms) = (String::new(), String::new());
        for index in modules {
            let module = self.folder.join(format!("src/m{index}"));
            let module = module.display();
            declared += &format!(
                "mod m{index} {{\n    \
                 #[path = {:?}]\n    pub mod {library};\n    \
                 #[path = {:?}]\n    pub mod grade;\n}}\n",
                format!("{module}/library.rs"),
                format!("{module}/grade.rs"),
            );
            arms += &format!("        Ok(\"{index}\") => m{index}::grade::main(),\n");
        }
        let main = format!(
            "#![allow(warnings)]\n\
             {declared}\
             fn main() -> std::process::ExitCode {{\n    \
                 match std::env::var(\"{MUTANT}\").as_deref() {{\n\
             {arms}        \
                     _ => std::process::ExitCode::from(2),\n    \
                 }}\n\
             }}\n",
        );
        Ok(files::write_scratch(
            &self.folder.join("src/main.rs"),
            &main,
        )?)
    }
}

fn package<'a>(packages: &'a [Package], name: &str) -> Result<&'a Package, ProofError> {
    packages
        .iter()
        .find(|package| package.name.as_str() == name)
        .ok_or_else(|| ProofError::Cargo(format!("the workspace has no package `{name}`")))
}

/// Returns the file that hands the cases to the learner's functions.
fn adapter_path(package: &Package) -> Result<PathBuf, ProofError> {
    for target in &package.targets {
        if target.is_kind(TargetKind::Test) && target.name == "grade" {
            return Ok(target.src_path.clone().into_std_path_buf());
        }
    }
    Err(ProofError::Cargo(format!(
        "{} has no test target `grade`",
        package.name
    )))
}

/// Reads the files that a crate is compiled from.
pub(crate) fn read_sources(folder: &Path) -> Result<Vec<Source>, ProofError> {
    let mut sources = Vec::new();
    for path in attentive_course::sources(folder) {
        // Given code is written next to what names it.
        let text = without_given_paths(&files::read_text(&path)?);
        sources.push(Source { path, text });
    }
    Ok(sources)
}
