//! The course for students, from an empty folder: every command that they are told of, and no answer.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};

use crate::class::{FOLDER, course, release, release_command, root, said, solution, write};
use crate::machine::Machine;

/// The folder of the course on a student's machine.
const COURSE: &str = "course";

/// A command in a released course, with what is typed.
fn cargo(machine: &Machine, arguments: &[&str], typed: &str) -> Output {
    let mut command = machine.command(COURSE);
    command
        .arg(std::env::var("CARGO").unwrap_or_else(|_| "cargo".into()))
        .args(arguments);
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().expect("cargo runs");
    let mut input = child.stdin.take().expect("it has one");
    // Who does not read what is typed has no use for it.
    let _ = input.write_all(typed.as_bytes());
    drop(input);
    child.wait_with_output().expect("it ends")
}

#[test]
fn the_released_course_works_with_every_command_that_students_are_told_of() {
    let folder = tempfile::tempdir().expect("a folder");
    let to = folder.path().join("course");
    // Of this checkout and not its copy, whose book would have to be compiled anew.
    release(&root(), &to, &["--with", "github", "--solution", "softmax"]);
    let mut machine = Machine::new("student");
    let to = machine.put_course(COURSE, &to);
    let ran = |arguments: &[&str], typed: &str, status: i32, says: &str| {
        let output = cargo(&machine, arguments, typed);
        let text = said(&output);
        assert_eq!(output.status.code(), Some(status), "{arguments:?}: {text}");
        assert!(text.contains(says), "{arguments:?}: {text}");
    };
    ran(&["run"], "", 1, "01-softmax");
    ran(&["test", "-p", "softmax"], "", 101, "not implemented yet");
    ran(
        &["test", "-p", "encoder-block"],
        "",
        101,
        "not implemented yet",
    );
    // Here an exercise builds on the student's own earlier ones.
    let softmax = fs::read_to_string(root().join("solutions/01-softmax/src/lib.rs"));
    write(
        &to.join("exercises/01-softmax/src/lib.rs"),
        softmax.expect("the solution is there"),
    );
    write(
        &to.join("exercises").join(FOLDER).join("src/lib.rs"),
        solution(),
    );
    ran(
        &["test", "-p", "scaled-dot-product"],
        "",
        0,
        "test result: ok",
    );
    ran(&["attentive", "watch"], "q\n", 0, "");
    ran(&["attentive", "hint", "softmax"], "", 0, "");
    ran(&["attentive", "hint", "softmax", "--more"], "", 0, "");
    ran(&["attentive", "quiz"], "", 1, "");
    ran(&["attentive", "reset", "scaled-dot-product"], "", 0, "");
    // There are no other functions than the student's own to run a model through.
    let model = root().join("src/models/tests/fixtures/gpt2");
    let model = model.display().to_string();
    let pipeline = ["attentive", "pipeline", "text-generation", "--ids", "5 17"];
    ran(
        &[&pipeline[..], &["--model", &model]].concat(),
        "",
        2,
        "expected --own, found none",
    );
    ran(&["attentive", "book", "build"], "", 0, "open index.html");
    for page in ["index.html", "scaled-dot-product.html"] {
        let text = fs::read_to_string(to.join("book/html").join(page)).expect("the book has it");
        assert!(text.contains("<main") && text.len() > 5_000, "{page}");
    }
    for model in ["book-gpt", "book-bert"] {
        let shipped = to
            .join("src/models/shipped")
            .join(model)
            .join("model.safetensors");
        assert!(shipped.is_file(), "{}", shipped.display());
    }
    assert!(to.join("solutions/01-softmax/lib.rs").is_file());
    // A second release into it would overwrite what students have.
    let again = release_command(&root(), &to, &[])
        .output()
        .expect("it runs");
    assert_eq!(again.status.code(), Some(2), "{}", said(&again));
}

#[test]
fn no_answer_is_released() {
    let folder = tempfile::tempdir().expect("a folder");
    let to = folder.path().join("course");
    release(course(), &to, &["--without-book", "--with", "github"]);
    for gone in [
        "solutions",
        "src/reference",
        "src/batch",
        "src/proof",
        "tests",
        "book/html",
    ] {
        assert!(!to.join(gone).exists(), "{gone}");
    }
    let cached = fs::read_to_string(to.join("src/models/src/cached.rs"));
    assert!(cached.is_ok_and(|text| text.contains("Models without caches")));
    for module in ["cached", "fused", "products", "rotary"] {
        assert!(!to.join("src/models/src").join(module).exists(), "{module}");
    }
    let steps = fs::read_to_string(to.join("src/trainer/src/steps.rs"));
    assert!(steps.is_ok_and(|text| text.contains("The number of threads does not matter here")));
    // Lines of code that only a solution has. Hints lead to them, one by one, and the book discusses some. A part of a line
    // may be anybody's.
    let answers: Vec<String> = answers();
    assert!(answers.len() > 150, "{}", answers.len());
    for path in files(&to)
        .iter()
        .filter(|path| !path.ends_with("exercise.toml") && !path.starts_with(to.join("book")))
    {
        let Ok(text) = fs::read_to_string(path) else {
            continue;
        };
        let lines: BTreeSet<&str> = text.lines().map(str::trim).collect();
        let found = answers
            .iter()
            .find(|answer| lines.contains(answer.as_str()));
        assert_eq!(found, None, "in {}", path.display());
    }
}

fn answers() -> Vec<String> {
    let mut answers = Vec::new();
    let stubs = fs::read_dir(course().join("exercises"))
        .expect("there are exercises")
        .flatten();
    let stubs: Vec<PathBuf> = stubs
        .map(|entry| entry.path().join("src"))
        .filter(|folder| folder.is_dir())
        .flat_map(|folder| files(&folder))
        .collect();
    let stubs: String = stubs
        .iter()
        .map(|file| fs::read_to_string(file).expect("it is text"))
        .collect();
    for entry in fs::read_dir(course().join("solutions"))
        .expect("there are solutions")
        .flatten()
    {
        let read = |path: PathBuf| fs::read_to_string(path).expect("it is there");
        let solution = read(entry.path().join("src/lib.rs"));
        let lines = solution
            .lines()
            .map(str::trim)
            .filter(|line| line.len() >= 30 && !stubs.contains(line));
        answers.extend(lines.map(str::to_owned));
    }
    answers
}

#[test]
fn some_exercises_are_released_with_what_they_build_on() {
    let folder = tempfile::tempdir().expect("a folder");
    let to = folder.path().join("course");
    let output = release(
        course(),
        &to,
        &["--without-book", "--only", "12", "--only", "softmax"],
    );
    let text = said(&output);
    assert!(
        text.contains(
            "Also released, because others build on it: 06-masks, 07-multi-head-attention, 11-encoder-block"
        ),
        "{text}"
    );
    let mut released: Vec<String> = fs::read_dir(to.join("exercises"))
        .expect("there are exercises")
        .map(|entry| {
            entry
                .expect("it can be listed")
                .file_name()
                .into_string()
                .expect("plain names")
        })
        .collect();
    released.sort();
    let expected = [
        "01-softmax",
        "05-scaled-dot-product",
        "06-masks",
        "07-multi-head-attention",
        "09-layer-norm",
        "10-feed-forward",
        "11-encoder-block",
        "12-decoder-block",
    ];
    assert_eq!(released, expected);
    let mut machine = Machine::new("student-of-some");
    machine.put_course(COURSE, &to);
    let status = cargo(&machine, &["run"], "");
    assert_eq!(status.status.code(), Some(1), "{}", said(&status));
    let test = cargo(&machine, &["test", "-p", "decoder-block"], "");
    assert!(
        said(&test).contains("not implemented yet"),
        "{}",
        said(&test)
    );
    let unknown = release_command(course(), &folder.path().join("other"), &["--only", "99"])
        .output()
        .expect("it runs");
    assert_eq!(unknown.status.code(), Some(2), "{}", said(&unknown));
    assert!(!folder.path().join("other").exists());
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("it is there") {
        let path = entry.expect("it can be listed").path();
        if path.is_dir() {
            found.extend(files(&path))
        } else {
            found.push(path)
        }
    }
    found
}
