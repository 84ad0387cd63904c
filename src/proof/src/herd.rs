//! All mutants of an exercise as one program: compiled once, graded one by one.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use attentive_grader::{Worker, grade};

use crate::cargo;
use crate::course::{Authored, ProofError};
use crate::mutate::{Mutant, mutants};

/// How long a mutant may take for one case: those that loop for ever are many, and the right answer takes milliseconds.
const LIMIT: Duration = Duration::from_secs(3);
/// The compiler finds type errors before it looks for others, so that each round may reveal more.
const ROUNDS: usize = 6;

/// What became of a mutant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It is not Rust that compiles.
    Stillborn,
    /// The grader rejected it.
    Rejected,
    /// The grader accepted it.
    Survived,
}

/// What became of the mutants of one exercise.
#[derive(Debug)]
pub struct Survey {
    /// Every mutant with its fate.
    pub mutants: Vec<(Mutant, Fate)>,
}

impl Survey {
    /// The number of mutants that met a fate.
    pub fn count(&self, fate: Fate) -> usize {
        self.mutants.iter().filter(|(_, met)| *met == fate).count()
    }

    /// The mutants that the grader accepted.
    pub fn survivors(&self) -> impl Iterator<Item = &Mutant> {
        self.mutants
            .iter()
            .filter(|(_, fate)| *fate == Fate::Survived)
            .map(|(mutant, _)| mutant)
    }
}

/// Makes, compiles and grades every mutant of an exercise's solution. `root` is the course's, `on_mutant` is told of
/// each that has been graded.
///
/// # Errors
/// When the mutants cannot be written, or not even the unchanged solution compiles.
pub fn survey(
    root: &Path,
    exercise: &Authored,
    on_mutant: impl Fn(),
) -> Result<Survey, ProofError> {
    let herd = Herd::write(root, exercise)?;
    let alive = herd.compile(root)?;
    // Behind the mutants stands the unchanged solution. If that is rejected, rejections prove nothing.
    if fate(exercise, &alive.program, herd.mutants.len()) != Fate::Survived {
        return Err(ProofError::Unsound(exercise.name().to_owned()));
    }
    let grade = |(index, (_, mutant)): (usize, &(PathBuf, Mutant))| {
        let stillborn = alive.stillborn.contains(&index);
        let fate = if stillborn {
            Fate::Stillborn
        } else {
            fate(exercise, &alive.program, index)
        };
        on_mutant();
        (mutant.clone(), fate)
    };
    Ok(Survey {
        mutants: herd.mutants.iter().enumerate().map(grade).collect(),
    })
}

fn fate(exercise: &Authored, program: &Path, index: usize) -> Fate {
    let mut command = Command::new(program);
    command
        .env("ATTENTIVE_MUTANT", index.to_string())
        .stderr(Stdio::null());
    let mut worker = Worker::new(command, LIMIT);
    let tasks = &exercise.pack.manifest().tasks;
    if tasks
        .iter()
        .all(|task| grade(&exercise.pack, task, &mut worker).passed())
    {
        Fate::Survived
    } else {
        Fate::Rejected
    }
}

/// A crate with a module for each mutant.
struct Herd {
    folder: PathBuf,
    library: String,
    mutants: Vec<(PathBuf, Mutant)>,
}

/// What compiled.
struct Alive {
    program: PathBuf,
    stillborn: BTreeSet<usize>,
}

impl Herd {
    fn write(root: &Path, exercise: &Authored) -> Result<Self, ProofError> {
        let sources = sources(&exercise.folder.join("src"))?;
        let mut found = Vec::new();
        for (path, text) in &sources {
            let mutants = mutants(text);
            let mutants = mutants.map_err(|error| ProofError::Text {
                path: path.clone(),
                message: error.to_string(),
            })?;
            found.extend(mutants.into_iter().map(|mutant| (path.clone(), mutant)));
        }
        let library = exercise.name().replace('-', "_");
        let folder = root.join("target/attentive/mutants").join(exercise.name());
        let herd = Self {
            folder,
            library,
            mutants: found,
        };
        let adapter =
            read(&exercise.folder.join("tests/grade.rs"))?.replace("fn main()", "pub fn main()");
        for index in 0..=herd.mutants.len() {
            let module = herd.folder.join(format!("src/m{index}"));
            for (path, text) in &sources {
                let changed = herd.mutants.get(index).filter(|(file, _)| file == path);
                let text = changed.map_or_else(|| text.clone(), |(_, mutant)| mutant.apply(text));
                let name = path
                    .file_name()
                    .filter(|name| *name != "lib.rs")
                    .unwrap_or("library.rs".as_ref());
                write(&module.join(name), &herd.at_home(&text, index, "crate::"))?;
            }
            write(
                &module.join("grade.rs"),
                &herd.at_home(&adapter, index, &format!("{}::", herd.library)),
            )?;
        }
        let manifest = read(&exercise.folder.join("Cargo.toml"))?;
        write(
            &herd.folder.join("Cargo.toml"),
            &herd.manifest(root, exercise, &manifest)?,
        )?;
        write(
            &herd.folder.join("Cargo.lock"),
            &read(&root.join("Cargo.lock"))?,
        )?;
        let model = exercise.folder.join("model.safetensors");
        if model.exists() {
            let copied = std::fs::copy(&model, herd.folder.join("src/model.safetensors"));
            copied.map_err(|error| ProofError::File { path: model, error })?;
        }
        Ok(herd)
    }

    /// A source with the paths that begin with `prefix` leading to the mutant's own module, and without what may
    /// only stand at the head of a crate.
    fn at_home(&self, text: &str, index: usize, prefix: &str) -> String {
        let home = format!("crate::m{index}::{}::", self.library);
        let body = text
            .lines()
            .filter(|line| !line.starts_with("//!") && !line.starts_with("#!["));
        body.map(|line| line.replace(prefix, &home) + "\n")
            .collect()
    }

    /// The solution's manifest, made into that of a program outside the workspace.
    fn manifest(
        &self,
        root: &Path,
        exercise: &Authored,
        solution: &str,
    ) -> Result<String, ProofError> {
        let path = exercise.folder.join("Cargo.toml");
        let text = |message: String| ProofError::Text {
            path: path.clone(),
            message,
        };
        let solution: toml::Table = solution
            .parse()
            .map_err(|error: toml::de::Error| text(error.to_string()))?;
        let workspace: toml::Table = read(&root.join("Cargo.toml"))?
            .parse()
            .map_err(|error: toml::de::Error| text(error.to_string()))?;
        let shared = |name: &str| {
            workspace
                .get("workspace")?
                .get("dependencies")?
                .get(name)
                .cloned()
        };
        let mut dependencies = toml::Table::new();
        for section in ["dependencies", "dev-dependencies"] {
            for (name, value) in solution
                .get(section)
                .and_then(toml::Value::as_table)
                .into_iter()
                .flatten()
            {
                let inherited = value.get("workspace").is_some();
                let (mut value, base) = match shared(name).filter(|_| inherited) {
                    Some(shared) => (shared, root),
                    None => (value.clone(), exercise.folder.as_path()),
                };
                if let Some(toml::Value::String(path)) = value.get_mut("path") {
                    *path = base.join(&*path).to_string_lossy().into_owned();
                }
                dependencies.insert(name.clone(), value);
            }
        }
        // The name has to differ from exercise to exercise: Cargo tells packages of one target folder apart by name and
        // by their place in their workspace, and would take one exercise's program for another's.
        let name = format!("mutants-of-{}", exercise.name());
        let package = toml::Table::from_iter(
            [
                ("name", name.as_str()),
                ("version", "0.0.0"),
                ("edition", "2024"),
            ]
            .map(|(key, value)| (key.to_owned(), value.into())),
        );
        let mut manifest = toml::Table::new();
        manifest.insert("package".into(), package.into());
        manifest.insert("workspace".into(), toml::Table::new().into());
        manifest.insert("dependencies".into(), dependencies.into());
        // The same profile as the course's, so that compiled dependencies are shared.
        if let Some(profile) = workspace.get("profile") {
            manifest.insert("profile".into(), profile.clone());
        }
        Ok(manifest.to_string())
    }

    /// Compiles, leaves out what did not compile, and tries again.
    fn compile(&self, root: &Path) -> Result<Alive, ProofError> {
        let mut stillborn = BTreeSet::new();
        for _ in 0..ROUNDS {
            let modules: Vec<usize> = (0..=self.mutants.len())
                .filter(|index| !stillborn.contains(index))
                .collect();
            write(&self.folder.join("src/main.rs"), &self.main(&modules))?;
            let arguments = ["build", "--quiet", "--message-format=json"];
            let output = cargo::run(
                &self.folder,
                &arguments,
                &[("CARGO_TARGET_DIR", &target(root))],
            )?;
            let messages = String::from_utf8_lossy(&output.stdout);
            let messages = messages
                .lines()
                .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
            let (mut program, mut failed) = (None, BTreeSet::new());
            for message in messages {
                if let Some(executable) = message["executable"].as_str() {
                    program = Some(PathBuf::from(executable));
                }
                if message["message"]["level"] == "error" {
                    let spans = message["message"]["spans"].as_array().into_iter().flatten();
                    failed.extend(spans.filter_map(|span| module(span["file_name"].as_str()?)));
                }
            }
            if let Some(program) = program.filter(|_| output.status.success()) {
                return Ok(Alive { program, stillborn });
            }
            if failed.is_empty() {
                return Err(ProofError::Cargo(
                    String::from_utf8_lossy(&output.stderr).into_owned(),
                ));
            }
            stillborn.extend(failed);
        }
        Err(ProofError::Cargo(format!(
            "after {ROUNDS} rounds there still are mutants that do not compile"
        )))
    }

    fn main(&self, modules: &[usize]) -> String {
        let library = &self.library;
        let declared = modules.iter().map(|index| {
            format!(
                "mod m{index} {{ #[path = \"{0}/library.rs\"] pub mod {library}; #[path = \"{0}/grade.rs\"] pub mod grade; }}\n",
                self.folder.join(format!("src/m{index}")).display()
            )
        });
        let chosen = modules
            .iter()
            .map(|index| format!("        Ok(\"{index}\") => m{index}::grade::main(),\n"));
        format!(
            "#![allow(warnings)]\n{}fn main() -> std::process::ExitCode {{\n    match std::env::var(\"ATTENTIVE_MUTANT\").as_deref() {{\n{}        \
             _ => std::process::ExitCode::from(2),\n    }}\n}}\n",
            declared.collect::<String>(),
            chosen.collect::<String>()
        )
    }
}

/// Where the course's own builds go, so that dependencies are not compiled again; also as seen from another folder.
fn target(root: &Path) -> PathBuf {
    let set =
        std::env::var_os("CARGO_TARGET_DIR").and_then(|folder| std::path::absolute(folder).ok());
    set.unwrap_or_else(|| root.join("target"))
}

/// The mutant that a path such as `…/src/m17/library.rs` belongs to.
fn module(path: &str) -> Option<usize> {
    Path::new(path)
        .iter()
        .rev()
        .nth(1)?
        .to_str()?
        .strip_prefix('m')?
        .parse()
        .ok()
}

/// The files of a crate's source, without those in folders below.
fn sources(folder: &Path) -> Result<Vec<(PathBuf, String)>, ProofError> {
    let failed = |error| ProofError::File {
        path: folder.to_owned(),
        error,
    };
    let entries = std::fs::read_dir(folder).map_err(failed)?;
    let mut paths = entries
        .map(|entry| Ok(entry?.path()))
        .collect::<Result<Vec<_>, _>>()
        .map_err(failed)?;
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "rs"));
    paths.sort();
    paths
        .into_iter()
        .map(|path| Ok((path.clone(), read(&path)?)))
        .collect()
}

fn read(path: &Path) -> Result<String, ProofError> {
    std::fs::read_to_string(path).map_err(|error| ProofError::File {
        path: path.to_owned(),
        error,
    })
}

fn write(path: &Path, text: &str) -> Result<(), ProofError> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let written = std::fs::create_dir_all(folder).and_then(|()| std::fs::write(path, text));
    written.map_err(|error| ProofError::File {
        path: path.to_owned(),
        error,
    })
}
