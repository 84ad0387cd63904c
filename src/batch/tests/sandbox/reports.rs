//! The files at the end: reports for each tier, exports, and the same from shards as from one run.

use std::fs;
use std::path::Path;
use std::process::Command;

use attentive_grader::Pack;

use crate::class::{Class, FOLDER, course, exercise, said, solution, student, with_scores};

const NAMES: [&str; 6] = [
    "=1+1",
    "O'Neill, \"Zoë\"",
    "李雷",
    "two\nlines",
    "<script>alert(1)</script>",
    "4321",
];

/// The course's pack, with another seed written on it: another file, and so a hidden one.
fn hidden(folder: &Path) {
    let path = course()
        .join("exercises")
        .join(FOLDER)
        .join("golden.safetensors");
    let pack = Pack::load(&path).expect("the course has it");
    let mut manifest = pack.manifest().clone();
    manifest.seed += 1;
    let pack = Pack::new(manifest, pack.tensors().clone()).expect("it is whole");
    let to = folder.join(FOLDER).join("golden.safetensors");
    crate::class::write(&to, pack.to_bytes().expect("it can be written"));
}

#[test]
fn students_see_no_number_of_a_hidden_case_and_staff_do() {
    let class = Class::new();
    let packs = class.folder.path().join("packs");
    hidden(&packs);
    let panics = "pub fn scores(q: ArrayView2<'_, f32>, _: ArrayView2<'_, f32>) -> Array2<f32> {\n    panic!(\"stolen {}\", q[(0, 0)])\n}\n";
    let shapes = "pub fn scores(_: ArrayView2<'_, f32>, _: ArrayView2<'_, f32>) -> Array2<f32> {\n    Array2::zeros((31, 337))\n}\n";
    let says = "pub fn scores(q: ArrayView2<'_, f32>, _: ArrayView2<'_, f32>) -> Array2<f32> {\n    todo!(\"stolen {}\", q[(0, 0)])\n}\n";
    class.hand_in("panics", with_scores(panics));
    class.hand_in("shapes", with_scores(shapes));
    class.hand_in("says", with_scores(says));
    class.hand_in("wrong", solution().replace("/ d_k.sqrt()", ""));
    let all = [
        "--export",
        "gradescope",
        "--export",
        "exercism",
        "--export",
        "junit",
        "--export",
        "github",
        "--export",
        "moodle",
    ];
    let packs = packs.display().to_string();
    let book = "https://example.org/a\"b/";
    let grades = class.grade(&[&all[..], &["--pack", &packs, "--book", book]].concat());
    assert_eq!(
        exercise(&grades, "wrong")["tasks"][0]["failure"]["mistake"][0],
        "no-scale"
    );
    let read = |path: &str| fs::read_to_string(class.out().join(path)).expect("it was written");
    for name in ["panics", "says"] {
        assert!(read(&format!("staff/{name}.html")).contains("stolen"));
    }
    assert!(read("staff/wrong.html").contains("<img"));
    for folder in ["student", "exports"] {
        for path in files(&class.out().join(folder)) {
            let mut text = fs::read_to_string(&path).expect("it is text");
            if path
                .extension()
                .is_some_and(|extension| extension == "base64")
            {
                text.clear(); // the same as the JSON beside it
            }
            for leak in [
                "stolen",
                "(31, 337)",
                "<img",
                "first at",
                "expected -",
                "yours",
            ] {
                assert!(!text.contains(leak), "{leak} in {}", path.display());
            }
        }
    }
    // What they did wrong, they are told, and where to read about it.
    let page = read("student/wrong.html");
    assert!(page.contains("not divided by"));
    assert!(
        page.contains(r#"href="https://example.org/a&quot;b/scaled-dot-product.html#no-scale""#),
        "{page}"
    );
    // A program can take as long as a hidden number says.
    assert!(read("exports/gradescope/wrong.json").contains("\"execution_time\": 0.0"));
}

fn files(folder: &Path) -> Vec<std::path::PathBuf> {
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

fn class_of_names() -> Class {
    let class = Class::new();
    for (nth, name) in NAMES.iter().enumerate() {
        let name = name.replace('/', "\u{2215}");
        let text = solution().replace("let d_k", &format!("let _ = {};\n    let d_k", nth / 2));
        class.hand_in(
            &name,
            if nth % 2 == 0 {
                text
            } else {
                text.replace("/ d_k.sqrt()", "/ d_k")
            },
        );
    }
    class
}

#[test]
fn every_name_survives_every_form_and_commands_nothing() {
    let class = class_of_names();
    let formats = [
        "gradescope",
        "exercism",
        "junit",
        "github",
        "canvas",
        "moodle",
    ];
    let arguments: Vec<&str> = formats
        .iter()
        .flat_map(|format| ["--export", format])
        .collect();
    class.grade(&arguments);
    let checked = Command::new("python3")
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/check_exports.py"))
        .arg(class.out())
        .output()
        .expect("there is Python, with the packages of tests/requirements.txt");
    assert!(checked.status.success(), "{}", said(&checked));
    for path in files(&class.out().join("staff"))
        .iter()
        .chain(&files(&class.out().join("student")))
    {
        let text = fs::read_to_string(path).expect("it is text");
        // The class's page has one script of its own, and a policy by which no other can run.
        let own = usize::from(path.ends_with("staff/index.html"));
        assert_eq!(text.matches("<script").count(), own, "{}", path.display());
        assert_eq!(
            text.matches("script-src 'sha256-").count(),
            own,
            "{}",
            path.display()
        );
    }
}

#[test]
fn shards_merge_into_what_one_run_gives() {
    let class = class_of_names();
    let whole = class.grade(&["--export", "canvas", "--export", "moodle"]);
    let mut merge = Command::new(env!("CARGO_BIN_EXE_attentive-batch"));
    merge
        .arg("merge")
        .arg("--course")
        .arg(course())
        .arg("--out")
        .arg(class.folder.path().join("merged"));
    merge.args(["--export", "canvas", "--export", "moodle"]);
    let mut students = 0;
    for part in 1..=3 {
        let out = class.folder.path().join(format!("part-{part}"));
        let output = shard(&class, part, &out).output().expect("it runs");
        assert!(output.status.success(), "{}", said(&output));
        let text = fs::read_to_string(out.join("grades.json")).expect("there are grades");
        let grades: serde_json::Value = serde_json::from_str(&text).expect("they are JSON");
        students += grades["students"]
            .as_array()
            .expect("there are students")
            .len();
        merge.arg(out);
    }
    assert_eq!(students, NAMES.len());
    let output = merge.output().expect("it runs");
    assert!(output.status.success(), "{}", said(&output));
    for file in ["grades.json", "exports/canvas.csv", "exports/moodle.csv"] {
        let read = |folder: &Path| fs::read_to_string(folder.join(file)).expect("it was written");
        assert_eq!(
            read(&class.folder.path().join("merged")),
            read(&class.out()),
            "{file}"
        );
    }
    assert!(student(&whole, "4321").is_some());
}

fn shard(class: &Class, part: u32, out: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_attentive-batch"));
    command
        .arg("grade")
        .arg(class.submissions())
        .arg("--out")
        .arg(out)
        .args(["--shard", &format!("{part}/3")]);
    command
        .arg("--course")
        .arg(course())
        .args(["--only", FOLDER])
        .args(crate::class::LIMITS);
    command
}

#[test]
fn a_compile_error_costs_only_the_exercise_that_it_is_in() {
    let class = Class::new();
    class.hand_in("half", solution());
    let broken = class
        .submissions()
        .join("half/exercises/01-softmax/src/lib.rs");
    crate::class::write(&broken, "pub fn softmax( {");
    let grades = class.grade(&["--only", "01-softmax"]);
    let half = student(&grades, "half").expect("it is there");
    assert_eq!(
        (
            &half["exercises"][0]["state"],
            &half["exercises"][1]["state"]
        ),
        (&"not-compiled".into(), &"passed".into())
    );
    assert_eq!((&half["points"], &half["of"]), (&2.into(), &5.into()));
}

#[test]
fn a_changed_signature_is_named_and_a_huge_answer_has_a_wrong_shape() {
    let class = Class::new();
    let changed =
        "pub fn scores(q: &Array2<f32>, _: &Array2<f32>) -> Array2<f32> {\n    q.clone()\n}\n";
    let huge = "pub fn scores(_: ArrayView2<'_, f32>, _: ArrayView2<'_, f32>) -> Array2<f32> {\n    Array2::zeros((3000, 3000))\n}\n";
    class.hand_in("changed", with_scores(changed));
    class.hand_in("huge", with_scores(huge));
    let grades = class.grade(&[]);
    assert_eq!(exercise(&grades, "changed")["state"], "not-compiled");
    assert_eq!(
        exercise(&grades, "huge")["tasks"][0]["verdict"],
        "wrong-shape"
    );
    let read = |path: &str| fs::read_to_string(class.out().join(path)).expect("it was written");
    for page in [
        "staff/changed.html",
        "student/changed.html",
        "student/changed.md",
    ] {
        let text = read(page);
        assert!(
            text.contains("`scores` is not what the exercise asks for"),
            "{text}"
        );
        assert!(text.contains("found     pub fn scores(q: "), "{text}");
    }
    assert!(read("student/huge.html").contains("is (3000, 3000), expected ("));
}

#[test]
fn without_a_sandbox_nothing_is_graded_unless_asked_for_by_name() {
    let class = Class::new();
    class.hand_in("one", solution());
    // No bubblewrap on the path: only what cargo needs.
    let tools = class.folder.path().join("tools");
    fs::create_dir(&tools).expect("a folder");
    for tool in ["cargo", "rustc", "cc", "ld"] {
        let found = Command::new("sh")
            .args(["-c", &format!("command -v {tool}")])
            .output()
            .expect("there is a shell");
        let path = String::from_utf8_lossy(&found.stdout).trim().to_owned();
        std::os::unix::fs::symlink(path, tools.join(tool)).expect("a link");
    }
    let output = class
        .command(&[])
        .env("PATH", &tools)
        .output()
        .expect("it runs");
    assert_eq!(output.status.code(), Some(2), "{}", said(&output));
    assert!(
        String::from_utf8_lossy(&output.stderr).contains("apt install bubblewrap"),
        "{}",
        said(&output)
    );
    assert!(!class.out().exists());
    let output = class.command(&["--no-sandbox"]).output().expect("it runs");
    assert!(
        String::from_utf8_lossy(&output.stdout).contains("GRADED WITHOUT A SANDBOX"),
        "{}",
        said(&output)
    );
    assert_eq!(exercise(&class.grades(), "one")["state"], "passed");
    let page = fs::read_to_string(class.out().join("staff/one.html")).expect("there is a page");
    assert!(page.contains("GRADED WITHOUT A SANDBOX"));
}

#[test]
fn a_regrade_says_whose_grade_changed_and_why() {
    let class = class_of_names();
    class.grade(&[]);
    let old = class.folder.path().join("old");
    fs::rename(class.out(), &old).expect("it can be moved");
    class.hand_in("4321", solution().replace("/ d_k.sqrt()", "* d_k.sqrt()"));
    class.hand_in("李雷", solution().replace("/ d_k.sqrt()", "* d_k.sqrt()"));
    class.grade(&[]);
    let mut regrade = Command::new(env!("CARGO_BIN_EXE_attentive-batch"));
    regrade.arg("regrade").args([&old, &class.out()]);
    let output = regrade.output().expect("it runs");
    let text = String::from_utf8_lossy(&output.stdout);
    let changed = "李雷                       05-scaled-dot-product        2 of 2 (passed) → 0 of 2 (failed): the student's source\n";
    assert_eq!(text, changed);
    // What the runs depend on is in each output: here, of the older one, another compiler, grader and pack.
    let run = old.join("run.json");
    let text = fs::read_to_string(&run).expect("each output has it");
    let mut header: serde_json::Value = serde_json::from_str(&text).expect("it is JSON");
    for known in ["toolchain", "lock", "grader"] {
        assert!(
            header[known].as_str().is_some_and(|text| text.len() > 10),
            "{known} in {header}"
        );
        header[known] = "another".into();
    }
    header["exercises"][0]["pack"] = "another".into();
    fs::write(&run, header.to_string()).expect("it can be written");
    let output = regrade.output().expect("it runs");
    let text = String::from_utf8_lossy(&output.stdout);
    let first = "The runs differ in: the exercises or their packs, the toolchain, the lock file, the grader.";
    assert!(text.starts_with(first), "{text}");
    let why = "the student's source, the pack, the toolchain, the lock file, the grader";
    assert!(text.contains(why), "{text}");
}
