//! `release`: the course for students. What would give an answer away is not there: no solution, no reference, no hidden
//! pack, and no program that needs one.
//!
//! Two things in a checkout are made with solutions, and are given to students otherwise:
//!
//! - Later exercises that build on earlier ones do so on the student's own: the line that says so stands in their
//!   manifests, and is put in force. (When the class is graded, they build on the course's solutions, so that a slip in
//!   an earlier exercise costs nothing in a later one.)
//! - The book's figures are computed by solutions. The book is built here, and `attentive book build` in the released
//!   folder is a small program that puts it where it belongs.

mod adapters;
mod manifests;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use attentive_course::text::count;
use attentive_course::{cargo_program, files};
use thiserror::Error;

use crate::args::{CourseArguments, Release, Service};
use crate::course::{Course, CourseError, Exercise};
use manifests::{built_on, exercise_manifest, program_manifest, root_manifest, run_by};

/// A reason for which a course cannot be released.
#[derive(Debug, Error)]
pub(crate) enum ReleaseError {
    #[error(transparent)]
    Course(#[from] CourseError),
    #[error("{path}: {error}", path = .path.display())]
    File { path: PathBuf, error: io::Error },
    #[error("{path} is not empty; name a new folder", path = .0.display())]
    NotEmpty(PathBuf),
    #[error("{path}: {message}", path = .path.display())]
    Manifest { path: PathBuf, message: String },
    #[error(
        "the book could not be built, so nothing was released; `cargo attentive book build` says why"
    )]
    Book,
    #[error("expected an exercise with a solution, found `{0}`")]
    NoSolution(String),
}

/// The files and folders that are copied unchanged.
const COPIED: [&str; 18] = [
    "Cargo.lock",
    ".cargo",
    ".gitattributes",
    ".gitignore",
    ".rustfmt.toml",
    "rust-analyzer.toml",
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "src/course",
    "src/digest",
    "src/grader",
    "src/harness",
    "src/given",
    "src/quiz",
    "src/cli",
    "book/book.toml",
    "book/src",
    "book/quizzes",
];

/// Programs that run the functions of exercises, with the crates that they alone need. Each group is released with all of
/// its exercises, or not at all.
const PROGRAMS: [&[&str]; 2] = [
    &["src/checkpoints", "src/models", "src/pipeline"],
    &["src/recipe", "src/trainer"],
];

/// The folder of the models, and of the records of runs, that ship with a program.
const SHIPPED: &str = "shipped";

/// A module of a program that would answer exercises.
struct Answer {
    /// Its file.
    file: &'static str,
    /// The folder of its own modules, which need not be there.
    folder: &'static str,
    /// The file that takes its place.
    instead: &'static str,
}

/// The modules that would answer exercises: 14, 17, 18, 20, 21 and 22, and a part of 28.
const ANSWERS: [Answer; 5] = [
    Answer {
        file: "src/models/src/cached.rs",
        folder: "src/models/src/cached",
        instead: include_str!("release/models/cached.rs.txt"),
    },
    Answer {
        file: "src/models/src/fused.rs",
        folder: "src/models/src/fused",
        instead: include_str!("release/models/fused.rs.txt"),
    },
    // What these alone need, which nothing would call.
    Answer {
        file: "src/models/src/products.rs",
        folder: "src/models/src/products",
        instead: include_str!("release/models/products.rs.txt"),
    },
    Answer {
        file: "src/models/src/rotary.rs",
        folder: "src/models/src/rotary",
        instead: include_str!("release/models/rotary.rs.txt"),
    },
    Answer {
        file: "src/trainer/src/steps.rs",
        folder: "src/trainer/src/steps",
        instead: include_str!("release/trainer/steps.rs.txt"),
    },
];

/// Writes the course for students.
pub(crate) fn run(arguments: &Release) -> Result<(), ReleaseError> {
    let CourseArguments {
        course: root, only, ..
    } = &arguments.course;
    let course = with_what_is_built_on(root, only.clone())?;
    let to =
        std::path::absolute(&arguments.folder).map_err(|error| failed(&arguments.folder, error))?;
    if to
        .read_dir()
        .is_ok_and(|mut entries| entries.next().is_some())
    {
        return Err(ReleaseError::NotEmpty(to));
    }
    // Everything that can fail for a reason of the course's comes before anything is written.
    let programs = programs(&course)?;
    let folders: Vec<&str> = programs.iter().map(|(folder, _)| *folder).collect();
    let manifest = adapt(&course.root.join("Cargo.toml"), |text| {
        root_manifest(text, &folders)
    })?;
    let solutions = arguments
        .solution
        .iter()
        .map(|name| solution(&course, name))
        .collect::<Result<Vec<_>, _>>()?;
    fs::create_dir_all(&to).map_err(|error| failed(&to, error))?;
    if !arguments.without_book {
        build_book(&course.root, &to.join("book/built"))?;
    }
    for name in COPIED {
        let from = course.root.join(name);
        if from.exists() {
            copy(&from, &to.join(name))?;
        }
    }
    write(&to.join("Cargo.toml"), &manifest)?;
    write(&to.join("README.md"), include_str!("release/README.md"))?;
    write(
        &to.join("src/book/Cargo.toml"),
        include_str!("release/book/Cargo.toml.txt"),
    )?;
    write(
        &to.join("src/book/src/main.rs"),
        include_str!("release/book/main.rs.txt"),
    )?;
    release_programs(&course.root, &programs, &to)?;
    for exercise in &course.exercises {
        release(&course.root, exercise, &to)?;
    }
    for exercise in solutions {
        let from = course
            .root
            .join("solutions")
            .join(&exercise.folder)
            .join("src");
        copy(&from, &to.join("solutions").join(&exercise.folder))?;
    }
    let mut graded = Vec::new();
    for wanted in only {
        graded.extend(course.find(wanted).map(|exercise| exercise.folder.clone()));
    }
    for service in &arguments.with {
        match service {
            Service::Github => adapters::github(&to, &graded)?,
            Service::Gradescope => adapters::gradescope(&course.root, &to, &graded)?,
        }
    }
    println!(
        "The course for students is in {}: {}.",
        to.display(),
        count(course.exercises.len(), "exercise")
    );
    Ok(())
}

/// The folders and the manifests of the programs; without those of a group that runs an exercise which is not released.
fn programs(course: &Course) -> Result<Vec<(&'static str, String)>, ReleaseError> {
    let mut programs = Vec::new();
    for group in PROGRAMS {
        let mut of_group = Vec::new();
        for folder in group {
            let path = course.root.join(folder).join("Cargo.toml");
            of_group.push((*folder, adapt(&path, program_manifest)?));
        }
        let is_released = of_group
            .iter()
            .flat_map(|(_, manifest)| run_by(manifest))
            .all(|folder| course.exercise(&folder).is_some());
        if is_released {
            programs.extend(of_group);
        }
    }
    Ok(programs)
}

/// Copies the programs, without what would answer exercises.
fn release_programs(
    root: &Path,
    programs: &[(&str, String)],
    to: &Path,
) -> Result<(), ReleaseError> {
    for (folder, manifest) in programs {
        for part in ["src", SHIPPED] {
            let from = root.join(folder).join(part);
            if from.exists() {
                copy(&from, &to.join(folder).join(part))?;
            }
        }
        write(&to.join(folder).join("Cargo.toml"), manifest)?;
    }
    for answer in ANSWERS {
        let (file, folder) = (to.join(answer.file), to.join(answer.folder));
        if folder.is_dir() {
            fs::remove_dir_all(&folder).map_err(|error| failed(&folder, error))?;
        }
        if file.exists() {
            write(&file, answer.instead)?;
        }
    }
    Ok(())
}

/// The exercises that were asked for, and those that they build on, which students need as well.
fn with_what_is_built_on(root: &Path, mut only: Vec<String>) -> Result<Course, ReleaseError> {
    loop {
        let course = Course::load(root, None, &only)?;
        let mut more = Vec::new();
        for exercise in &course.exercises {
            let path = course
                .root
                .join("exercises")
                .join(&exercise.folder)
                .join("Cargo.toml");
            let manifest = adapt(&path, exercise_manifest)?;
            more.extend(
                built_on(&manifest)
                    .into_iter()
                    .filter(|folder| course.exercise(folder).is_none()),
            );
        }
        if more.is_empty() {
            return Ok(course);
        }
        more.sort();
        more.dedup();
        println!(
            "Also released, because others build on it: {}.",
            more.join(", ")
        );
        only.extend(more);
    }
}

/// An exercise as it was before anybody worked on it.
fn release(root: &Path, exercise: &Exercise, to: &Path) -> Result<(), ReleaseError> {
    let from = root.join("exercises").join(&exercise.folder);
    let to = to.join("exercises").join(&exercise.folder);
    for name in ["exercise.toml", "golden.safetensors", "tests/grade.rs"] {
        copy(&from.join(name), &to.join(name))?;
    }
    for asset in &exercise.assets {
        let name = asset.path.file_name().unwrap_or_default();
        copy(&asset.path, &to.join(name))?;
    }
    write(
        &to.join("Cargo.toml"),
        &adapt(&from.join("Cargo.toml"), exercise_manifest)?,
    )?;
    for (file, text) in &exercise.stub {
        write(&to.join("src").join(file), text)?;
        write(&to.join(".stub").join(file), text)?;
    }
    Ok(())
}

fn solution<'a>(course: &'a Course, name: &str) -> Result<&'a Exercise, ReleaseError> {
    let missing = || ReleaseError::NoSolution(name.to_owned());
    let exercise = course.find(name).ok_or_else(missing)?;
    let folder = course.root.join("solutions").join(&exercise.folder);
    if !folder.is_dir() {
        return Err(missing());
    }
    Ok(exercise)
}

fn build_book(root: &Path, to: &Path) -> Result<(), ReleaseError> {
    let mut command = Command::new(cargo_program());
    command
        .args([
            "run",
            "--quiet",
            "--package",
            "attentive",
            "--",
            "book",
            "build",
            "--dest",
        ])
        .arg(to)
        .current_dir(root);
    let is_built = command.status().is_ok_and(|status| status.success());
    if is_built {
        Ok(())
    } else {
        Err(ReleaseError::Book)
    }
}

fn adapt(
    path: &Path,
    change: impl FnOnce(&str) -> Result<String, String>,
) -> Result<String, ReleaseError> {
    let text = fs::read_to_string(path).map_err(|error| failed(path, error))?;
    change(&text).map_err(|message| ReleaseError::Manifest {
        path: path.to_owned(),
        message,
    })
}

/// Copies a file or a folder, without links, pipes and what editors and builds leave behind.
fn copy(from: &Path, to: &Path) -> Result<(), ReleaseError> {
    let kind = fs::symlink_metadata(from).map_err(|error| failed(from, error))?;
    if kind.is_file() {
        let folder = to.parent().unwrap_or(to);
        let copied = fs::create_dir_all(folder).and_then(|()| fs::copy(from, to));
        return copied.map(|_| ()).map_err(|error| failed(from, error));
    }
    if !kind.is_dir() {
        return Ok(());
    }
    for entry in from.read_dir().map_err(|error| failed(from, error))? {
        let name = entry.map_err(|error| failed(from, error))?.file_name();
        if name != "target" && name != "node_modules" && !files::is_leftover(&name) {
            copy(&from.join(&name), &to.join(&name))?;
        }
    }
    Ok(())
}

fn write(path: &Path, text: &str) -> Result<(), ReleaseError> {
    let folder = path.parent().unwrap_or(path);
    fs::create_dir_all(folder)
        .and_then(|()| fs::write(path, text))
        .map_err(|error| failed(path, error))
}

fn failed(path: &Path, error: io::Error) -> ReleaseError {
    ReleaseError::File {
        path: path.to_owned(),
        error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_copied_without_what_editors_leave() {
        let folder = tempfile::tempdir().expect("a folder");
        let (from, to) = (folder.path().join("from"), folder.path().join("to"));
        for file in [
            "lib.rs",
            "deep/er.rs",
            "lib.rs~",
            "#lib.rs#",
            ".lib.rs.swp",
            "._lib.rs",
            ".DS_Store",
            ".history/lib.rs",
            "lib.rs.bak-1",
            "target/lib.rs",
        ] {
            write(&from.join(file), "").expect("it can be written");
        }
        #[cfg(unix)]
        for (name, leads_to) in [
            (".#lib.rs", "me@here.1:2"),
            ("gone", "nowhere"),
            ("here", "."),
        ] {
            std::os::unix::fs::symlink(leads_to, from.join(name)).expect("a link");
        }
        #[cfg(unix)]
        let _socket =
            std::os::unix::net::UnixListener::bind(from.join("socket")).expect("a socket");
        copy(&from, &to).expect("it can be copied");
        let copied = files::list(&to).expect("it can be listed");
        assert_eq!(copied, ["deep/er.rs", "lib.rs"].map(Path::new));
        let entries = to.read_dir().expect("it can be listed").count();
        assert_eq!(entries, 2, "nothing is there that is not listed");
        let missing = copy(&from.join("missing"), &to).expect_err("it is not there");
        assert!(missing.to_string().contains("missing"), "{missing}");
    }
}
