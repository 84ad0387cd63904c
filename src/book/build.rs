//! Finds the figures and the claims of all lessons, `book/figures/NAME.rs` and `book/claims/NAME.rs`, and the diagrams,
//! `book/diagrams/NAME.rs`, and generates the `mod` lines for them: a new lesson needs no change in this crate.
//!
//! Figures become modules of [`figures::lessons`](src/figures/lessons.rs), diagrams of
//! [`diagrams::all`](src/diagrams/all.rs), claims of the test `claims`.

use std::env;
use std::error::Error;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

use attentive_course::manifest::{direct_path_deps, transitive_path_deps};
use attentive_course::{Course, Exercise, Tree, files};

/// Libtorch's runs of training, from the root of the course.
const RECORDS: &str = "src/trainer/shipped";

fn main() -> Result<(), Box<dyn Error>> {
    let manifest_dir = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?);
    let out_dir = PathBuf::from(env::var("OUT_DIR")?);
    let course = Course::containing(&manifest_dir)?;
    let solutions = course.exercises(Tree::Solutions)?;
    for watched in [
        "book/figures",
        "book/diagrams",
        "book/claims",
        "solutions",
        "exercises",
        RECORDS,
    ] {
        println!("cargo::rerun-if-changed={}", course.path(watched).display());
    }
    println!("cargo::rerun-if-changed=Cargo.toml");

    check_dependencies(&manifest_dir, &course, &solutions);
    let figures = lessons(&course.path("book/figures"))?;
    fs::write(
        out_dir.join("figures.rs"),
        figure_modules(&course, &solutions, &figures)?,
    )?;
    let diagrams = lessons(&course.path("book/diagrams"))?;
    fs::write(out_dir.join("diagrams.rs"), diagram_modules(&diagrams))?;
    let claims = lessons(&course.path("book/claims"))?;
    fs::write(out_dir.join("claims.rs"), claim_modules(&claims))?;
    Ok(())
}

/// Stops the build if a solution is missing among the dependencies, which figures and claims compute with.
fn check_dependencies(manifest_dir: &Path, course: &Course, solutions: &[Exercise]) {
    let dependencies = direct_path_deps(manifest_dir);
    for solution in solutions {
        if !dependencies.contains(&course.path(solution.directory())) {
            println!(
                "cargo::error=src/book/Cargo.toml does not depend on {}; run `cargo attentive author sync`",
                solution.package()
            );
        }
    }
}

/// A Rust file that belongs to a lesson.
struct LessonFile {
    /// The name of the lesson or of the diagram, such as `scaled-dot-product`.
    lesson: String,
    path: PathBuf,
}

impl LessonFile {
    fn module(&self) -> String {
        self.lesson.replace('-', "_")
    }

    /// Returns the `mod` line.
    fn declaration(&self, visibility: &str) -> String {
        format!(
            "#[path = {:?}]\n{visibility} mod {};\n",
            self.path,
            self.module()
        )
    }
}

/// Lists the Rust files in a folder.
fn lessons(folder: &Path) -> Result<Vec<LessonFile>, Box<dyn Error>> {
    let mut lessons = Vec::new();
    for file in files::list_rust(folder)? {
        let lesson = file.file_stem().ok_or("a file without a name")?;
        lessons.push(LessonFile {
            lesson: lesson.to_string_lossy().into_owned(),
            path: folder.join(&file),
        });
    }
    Ok(lessons)
}

fn figure_modules(
    course: &Course,
    solutions: &[Exercise],
    lessons: &[LessonFile],
) -> Result<String, Box<dyn Error>> {
    let (mut modules, mut all) = (String::new(), String::new());
    for lesson in lessons {
        modules += &lesson.declaration("pub");
        all += &format!(
            "    LessonFigures {{ figures: {}::FIGURES, sources: {:#x} }},\n",
            lesson.module(),
            hash_sources(lesson, course, solutions, lessons)?
        );
    }
    Ok(format!(
        "{modules}\n/// The figures of all lessons.\npub(super) const ALL: &[LessonFigures] = &[\n{all}];\n"
    ))
}

fn diagram_modules(diagrams: &[LessonFile]) -> String {
    let (mut modules, mut all) = (String::new(), String::new());
    for diagram in diagrams {
        modules += &diagram.declaration("pub(crate)");
        all += &format!(
            "    NamedDiagram {{ name: {:?}, draw: {}::draw }},\n",
            diagram.lesson,
            diagram.module()
        );
    }
    format!("{modules}\n/// All diagrams.\npub(super) const ALL: &[NamedDiagram] = &[\n{all}];\n")
}

fn claim_modules(lessons: &[LessonFile]) -> String {
    let (mut modules, mut all) = (String::new(), String::new());
    for lesson in lessons {
        modules += &lesson.declaration("pub(crate)");
        all += &format!("    ({:?}, &{}::QUIZ),\n", lesson.lesson, lesson.module());
    }
    format!(
        "{modules}\n/// The claims of all quizzes, by lesson.\npub(crate) const ALL: &[(&str, &QuizClaims)] = &[\n{all}];\n"
    )
}

/// Hashes everything that the figures of a lesson are computed from: the files with its name, those of the lessons that
/// it borrows from, the golden packs and the recorded runs that it reads, and the solutions that it uses, with all that these are built on.
fn hash_sources(
    lesson: &LessonFile,
    course: &Course,
    solutions: &[Exercise],
    lessons: &[LessonFile],
) -> Result<u64, Box<dyn Error>> {
    let text = files::read_text(&lesson.path)?;
    let mut sources = vec![lesson.path.clone()];
    let data = lesson.path.with_extension("csv");
    if data.is_file() {
        sources.push(data);
    }
    for other in lessons {
        if text.contains(&format!("super::{}::", other.module())) {
            sources.push(other.path.clone());
        }
    }
    // A figure may draw a recorded run of training.
    for record in fs::read_dir(course.path(RECORDS))? {
        let record = record?;
        let name = record.file_name();
        if text.contains(&format!("{RECORDS}/{}", name.to_string_lossy())) {
            sources.push(record.path());
        }
    }
    for solution in solutions {
        // A figure may draw what libtorch has computed for an exercise.
        let pack = solution.pack();
        if text.contains(&*pack.to_string_lossy()) && course.path(&pack).is_file() {
            sources.push(course.path(&pack));
        }
        if !text.contains(&format!("{}::", solution.library())) {
            continue;
        }
        let folder = course.path(solution.directory());
        let mut crates = transitive_path_deps(&folder);
        crates.insert(folder);
        for folder in crates {
            if folder.starts_with(course.path(Tree::Solutions.folder())) {
                sources.extend(attentive_course::sources(&folder));
            }
        }
    }
    let mut hasher = DefaultHasher::new();
    for source in sources {
        files::read(&source)?.hash(&mut hasher);
    }
    Ok(hasher.finish())
}
