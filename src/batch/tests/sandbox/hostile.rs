//! The corpus in `tests/hostile`: each submission gets the verdict that it must get, and does nothing else.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use serde::Deserialize;
use serde_json::Value;

use crate::class::{Class, copy, exercise, root, said, solution, student, with_scores, write};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    #[serde(rename = "what")]
    _what: String,
    /// The exercise's state.
    state: String,
    /// The points, of two.
    points: u64,
    /// The verdict on the task `scores`.
    verdict: Option<String>,
    /// A part of the limit that is named.
    limit: Option<String>,
    /// A part of the message, the summary or the report.
    says: Option<String>,
    /// Replaces the worker's reply, by the functions of `forge.rs`.
    #[serde(default)]
    forges: bool,
    /// Parts of the list of what was not used.
    #[serde(default)]
    unused: Vec<String>,
}

#[test]
fn every_submission_of_the_corpus_gets_its_verdict_and_does_nothing_else() {
    let class = Class::new();
    class.hand_in("aaa-honest", solution());
    class.hand_in("zzz-honest", solution().replace("let d_k", "let  d_k"));
    let (all, mut corpus) = (root().join("tests/hostile"), Vec::new());
    let forge = fs::read_to_string(all.join("forge.rs")).expect("the functions are there");
    for entry in fs::read_dir(all).expect("the corpus is there") {
        let folder = entry.expect("it can be listed").path();
        if folder.is_dir() {
            corpus.push(hand_in(&class, &folder, &forge));
        }
    }
    assert!(
        corpus.len() > 50,
        "the corpus has {} submissions",
        corpus.len()
    );
    let (before, start) = (outside(&class), Instant::now());
    // Shells and CI leave descriptors open for their children, which are not meant for students' programs.
    let graded = class.command(&["--only", NEIGHBOURS[0], "--only", NEIGHBOURS[1]]);
    let mut command = Command::new("sh");
    command
        .args(["-c", "exec \"$@\" 9< /etc/passwd", "sh"])
        .arg(graded.get_program())
        .args(graded.get_args());
    let output = command.output().expect("the command runs");
    let took = start.elapsed();
    assert!(output.status.success(), "{}", said(&output));
    let grades = class.grades();
    let problems: Vec<String> = corpus
        .iter()
        .flat_map(|(name, expected)| problems(&grades, name, expected))
        .collect();
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    for neighbours in neighbours(&grades) {
        assert_eq!(neighbours["state"], "passed", "{neighbours}");
    }
    for honest in ["aaa-honest", "zzz-honest"] {
        assert_eq!(exercise(&grades, honest)["state"], "passed");
    }
    assert_eq!(outside(&class), before, "something was written outside");
    assert_eq!(
        left_over(&class),
        Vec::<String>::new(),
        "a process was left"
    );
    // Each may use its limits twice; on all cores together it is much less.
    let bound = Duration::from_secs(corpus.len() as u64 * 2 * (30 + 2 * 30 + 20));
    assert!(took < bound, "it took {took:?}");
    println!("{} submissions in {took:?}", corpus.len());
}

/// Exercises that students of the corpus have solved: what they do in another costs these nothing.
const NEIGHBOURS: [&str; 2] = ["06-masks", "09-layer-norm"];

/// Hands in the solutions of the neighbours, which are nobody else's.
fn hand_in_neighbours(class: &Class, name: &str) {
    for neighbour in NEIGHBOURS {
        let file = Path::new(neighbour).join("src/lib.rs");
        let solution = fs::read_to_string(root().join("solutions").join(&file));
        let solution = solution.expect("the solution is there") + &format!("\n// {name}\n");
        let to = class.submissions().join(name).join("exercises").join(file);
        write(&to, solution);
    }
}

/// The results of the neighbours that were handed in.
fn neighbours(grades: &Value) -> Vec<&Value> {
    let students = grades["students"].as_array().expect("there are students");
    let exercises = students
        .iter()
        .flat_map(|student| student["exercises"].as_array());
    let neighbours = exercises.flatten().filter(|one| {
        NEIGHBOURS.iter().any(|name| one["exercise"] == *name) && one["state"] != "missing"
    });
    let neighbours: Vec<&Value> = neighbours.collect();
    assert!(neighbours.len() > 100, "there are {}", neighbours.len());
    neighbours
}

/// Hands a submission of the corpus in, and returns its name and what is expected.
fn hand_in(class: &Class, folder: &Path, forge: &str) -> (String, Expected) {
    let name = folder
        .file_name()
        .expect("it has a name")
        .to_string_lossy()
        .into_owned();
    let text = fs::read_to_string(folder.join("expected.toml")).expect("it says what is expected");
    let expected: Expected =
        toml::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
    if let Ok(scores) = fs::read_to_string(folder.join("scores.rs")) {
        let before = if expected.forges { forge } else { "" };
        class.hand_in(&name, with_scores(&format!("{before}{scores}")));
        hand_in_neighbours(class, &name);
    }
    if let Ok(library) = fs::read(folder.join("lib.rs")) {
        class.hand_in(&name, library);
        hand_in_neighbours(class, &name);
    }
    let tree = folder.join("tree");
    if tree.is_dir() {
        copy(&tree, &class.submissions().join(&name));
    }
    (name, expected)
}

fn problems(grades: &Value, name: &str, expected: &Expected) -> Vec<String> {
    let found = exercise(grades, name);
    let task = &found["tasks"][0];
    let failure = &task["failure"];
    let said = format!(
        "{} {} {}",
        found["message"], failure["summary"], failure["report"]
    );
    let mut problems = Vec::new();
    let mut check = |what: &str, right: bool| {
        if !right {
            problems.push(format!("{name}: expected {what}, found {found}"));
        }
    };
    check(&expected.state, found["state"] == *expected.state);
    check(
        &format!("{} points", expected.points),
        found["points"] == expected.points,
    );
    if let Some(verdict) = &expected.verdict {
        check(verdict, task["verdict"] == **verdict);
    }
    if let Some(limit) = &expected.limit {
        check(
            limit,
            task["limit"]
                .as_str()
                .is_some_and(|found| found.contains(limit)),
        );
    }
    if let Some(says) = &expected.says {
        let says = serde_json::to_string(says).expect("it is text");
        check(&says, said.contains(says.trim_matches('"')));
    }
    let unused = student(grades, name)
        .map(|student| student["unused"].to_string())
        .unwrap_or_default();
    for part in &expected.unused {
        check(part, unused.contains(part));
    }
    problems
}

/// The names of what is in the places that hostile code would write to.
fn outside(class: &Class) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let home = std::env::var("HOME").unwrap_or_default();
    for folder in ["/", "/tmp", "/var/tmp", "/dev/shm", "/run", &home] {
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        // Other programs come and go in /tmp; what the corpus would write is called `x` or `attentive-hostile-…`.
        let names_here = entries.map(|entry| entry.path().display().to_string());
        names.extend(names_here.filter(|name| name.ends_with("/x") || name.contains("hostile-")));
    }
    let entries = fs::read_dir(class.folder.path())
        .expect("the class is there")
        .flatten();
    names.extend(
        entries
            .map(|entry| entry.file_name().to_string_lossy().into_owned())
            .filter(|name| name != "out"),
    );
    names
}

/// The sandboxes that still run, by their command lines.
pub(crate) fn left_over(class: &Class) -> Vec<String> {
    // A process that was just killed is listed for a moment longer.
    for _ in 0..20 {
        let running = running(class);
        if running.is_empty() {
            return running;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    running(class)
}

fn running(class: &Class) -> Vec<String> {
    let mark = class.out().display().to_string();
    let processes = fs::read_dir("/proc").expect("there is /proc").flatten();
    let lines = processes.filter_map(|process| fs::read(process.path().join("cmdline")).ok());
    let lines = lines.map(|line| String::from_utf8_lossy(&line).replace('\0', " "));
    lines
        .filter(|line| line.starts_with("bwrap") && line.contains(&mark))
        .collect()
}
