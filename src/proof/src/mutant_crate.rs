//! All changes to a solution as one program: compiled once, graded one by one.

mod build;
mod known;
mod manifest;
mod merge;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use attentive_course::{files, without_given_paths};
use cargo_metadata::{MetadataCommand, Package, TargetKind};

use crate::course::Authored;
use crate::error::ProofError;
use known::Known;
use merge::Mergeable;

/// Variable of the environment that has the number of the mutant to run.
pub(crate) const MUTANT: &str = "ATTENTIVE_MUTANT";

/// Folder and module of the solution with all changes that are merged into it. It is also the unchanged solution.
const MERGED: &str = "merged";

/// A crate with a module for the solution, whose functions choose among the changes to them, and one for each change that
/// has to stand apart: it changes more than the bodies of functions, or does not compile beside the others.
pub(crate) struct MutantCrate {
    folder: PathBuf,
    /// Folder for the finished program.
    target: PathBuf,
    /// Folder of the course's own builds, so that dependencies are not compiled again.
    build: PathBuf,
    /// The root of the course.
    root: PathBuf,
    /// Names of the course's packages that this one is built on, and of the solution's, by their folders.
    crates: BTreeMap<PathBuf, String>,
    /// Name of the exercise's library, which becomes a module.
    library: String,
    /// The file that hands the cases to the learner's functions, with a `main` that others can call.
    adapter: String,
    sources: Vec<Source>,
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
    /// Writes what the crate has besides its modules into the course's target folder. `kind` says what the changes are, in
    /// the plural.
    pub(crate) fn write(
        root: &Path,
        exercise: &Authored,
        kind: &str,
        sources: Vec<Source>,
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
            root: root.to_owned(),
            crates: manifest::crates(&metadata.packages, package),
            library: exercise.exercise.library(),
            adapter: files::read_text(&adapter_path(package)?)?
                .replace("fn main()", "pub fn main()"),
            sources,
            changes,
        };
        let name = format!("{kind}-of-{}", exercise.name());
        let manifest = manifest::manifest(root, package, &mutant_crate.crates, &name)?;
        files::write_scratch(&mutant_crate.folder.join("Cargo.toml"), &manifest)?;
        let lock = files::read_text(&root.join("Cargo.lock"))?;
        files::write_scratch(&mutant_crate.folder.join("Cargo.lock"), &lock)?;
        // A module's code includes them from the folder above its own.
        for asset in files::list_assets(&root.join(exercise.exercise.data_directory()))? {
            let name = asset.file_name().unwrap_or_default();
            files::write_scratch(
                &mutant_crate.folder.join("src").join(name),
                files::read(&asset)?,
            )?;
        }
        Ok(mutant_crate)
    }

    /// Takes the changes of each source apart, by the place that the source has in the merged module.
    fn mergeable(&self) -> Vec<(PathBuf, Mergeable)> {
        let mut files = Vec::new();
        for source in &self.sources {
            let mut changes = Vec::new();
            for (number, change) in self.changes.iter().enumerate() {
                if change.path == source.path {
                    changes.push((number, self.with_own_paths(&change.text, MERGED, "crate::")));
                }
            }
            let original = self.with_own_paths(&source.text, MERGED, "crate::");
            let mergeable = Mergeable::new(&original, &changes);
            files.push((self.module_file(MERGED, source), mergeable));
        }
        files
    }

    /// Reads what the last run has found out about these changes, if they are the same and so is what they are built on.
    fn known(&self, files: &[(PathBuf, Mergeable)]) -> Result<Known, ProofError> {
        let merged: Vec<String> = files
            .iter()
            .map(|(_, file)| file.merge(&BTreeSet::new()).text)
            .collect();
        let changed = self.changes.iter().map(|change| change.text.as_str());
        let texts = merged.iter().map(String::as_str).chain(changed);
        let texts = texts.chain([self.adapter.as_str()]);
        let inputs = known::digest(&self.root, self.crates.keys(), texts)?;
        Ok(Known::read(&self.folder, inputs))
    }

    /// Writes the solution with one change.
    fn write_apart(&self, number: usize) -> Result<(), ProofError> {
        let (module, change) = (module_name(number), &self.changes[number]);
        for source in &self.sources {
            let is_changed = change.path == source.path;
            let text = if is_changed {
                &change.text
            } else {
                &source.text
            };
            let text = self.with_own_paths(text, &module, "crate::");
            files::write_scratch(&self.module_file(&module, source), &text)?;
        }
        self.write_adapter(&module)
    }

    fn write_adapter(&self, module: &str) -> Result<(), ProofError> {
        let adapter = self.with_own_paths(&self.adapter, module, &format!("{}::", self.library));
        let path = self.folder.join("src").join(module).join("grade.rs");
        Ok(files::write_scratch(&path, &adapter)?)
    }

    /// Returns the place of a source in a module.
    fn module_file(&self, module: &str, source: &Source) -> PathBuf {
        let name = match source.path.file_name() {
            Some(name) if name != "lib.rs" => name,
            _ => "library.rs".as_ref(),
        };
        self.folder.join("src").join(module).join(name)
    }

    /// Returns a source whose paths that begin with `prefix` lead into the module that it becomes part of, and without
    /// what may be only at the head of a crate.
    fn with_own_paths(&self, text: &str, module: &str, prefix: &str) -> String {
        let module = format!("crate::{module}::{}::", self.library);
        let mut own = String::new();
        for line in text.lines() {
            if !line.starts_with("//!") && !line.starts_with("#![") {
                own += &line.replace(prefix, &module);
                own.push('\n');
            }
        }
        own
    }

    /// Writes the program's `main`, which runs the change that the environment names, or the unchanged solution.
    fn write_main<'a>(&self, apart: impl Iterator<Item = &'a usize>) -> Result<(), ProofError> {
        let mut declared = self.declaration(MERGED);
        let mut arms = String::new();
        for &number in apart {
            let module = module_name(number);
            declared += &self.declaration(&module);
            arms += &format!("        {number} => {module}::grade::main(),\n");
        }
        let main = format!(
            "#![allow(warnings)]\n\
             use std::sync::OnceLock;\n\
             static NUMBER: OnceLock<usize> = OnceLock::new();\n\
             fn number() -> usize {{\n    \
                 *NUMBER.get_or_init(|| std::env::var(\"{MUTANT}\").unwrap().parse().unwrap())\n\
             }}\n\
             {declared}\
             fn main() -> std::process::ExitCode {{\n    \
                 match number() {{\n\
             {arms}        \
                     _ => {MERGED}::grade::main(),\n    \
                 }}\n\
             }}\n",
        );
        Ok(files::write_scratch(
            &self.folder.join("src/main.rs"),
            &main,
        )?)
    }

    /// Returns the declaration of a module.
    fn declaration(&self, module: &str) -> String {
        let library = &self.library;
        let folder = self.folder.join("src").join(module);
        let folder = folder.display();
        format!(
            "mod {module} {{\n    \
             #[path = {:?}]\n    pub mod {library};\n    \
             #[path = {:?}]\n    pub mod grade;\n}}\n",
            format!("{folder}/library.rs"),
            format!("{folder}/grade.rs"),
        )
    }
}

/// Returns the folder and module of a change that stands apart.
fn module_name(number: usize) -> String {
    format!("m{number}")
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
