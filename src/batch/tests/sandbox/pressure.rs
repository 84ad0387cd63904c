//! Submissions that end the grader itself, or use up its time: the others are graded all the same.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use crate::class::{Class, exercise, said, solution, with_scores};

/// A function that comes to no end before it is ended.
const SLEEPS: &str = "pub fn scores(q: ArrayView2<'_, f32>, k: ArrayView2<'_, f32>) -> Array2<f32> {\n    \
                      std::thread::sleep(std::time::Duration::from_secs(TIME));\n    q.dot(&k.t())\n}\n";
/// Limits that nothing reaches while a test runs.
const PATIENT: [&str; 8] = [
    "--limit-call",
    "900",
    "--limit-task",
    "900",
    "--limit-submission",
    "900",
    "--jobs",
    "2",
];

fn sleeps(seconds: &str) -> String {
    with_scores(&SLEEPS.replace("TIME", seconds))
}

/// Starts grading in the background.
fn start(class: &Class) -> Child {
    let mut command = class.command_with(&class.out(), &PATIENT);
    let command = command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().expect("it runs")
}

/// Waits until something is there, for as long as the process runs that makes it.
pub(crate) fn wait_for<T>(child: &mut Child, mut find: impl FnMut() -> Option<T>) -> T {
    loop {
        if let Some(found) = find() {
            return found;
        }
        let ended = child.try_wait().expect("it can be waited for");
        assert!(ended.is_none(), "it has ended: {ended:?}");
        thread::sleep(Duration::from_millis(20));
    }
}

pub(crate) fn lines(path: &Path) -> usize {
    fs::read_to_string(path).map_or(0, |text| text.lines().count())
}

/// Finds the process that grades one job of a class alone, but not one that was found before.
fn find_alone(class: &Class, before: Option<u32>) -> Option<u32> {
    let out = class.out().display().to_string();
    for process in fs::read_dir("/proc").ok()?.flatten() {
        let line = fs::read(process.path().join("cmdline")).unwrap_or_default();
        let line = String::from_utf8_lossy(&line).replace('\0', " ");
        let id = process.file_name().to_string_lossy().parse().ok();
        if line.contains(" --alone ") && line.contains(&out) && id != before {
            return id;
        }
    }
    None
}

#[test]
fn what_ends_the_grader_is_known_after_a_restart_and_the_others_are_graded() {
    let class = Class::new();
    class.hand_in("aaa", sleeps("800"));
    class.hand_in("honest", solution());
    let mut first = start(&class);
    // The stub's result and the honest one.
    wait_for(&mut first, || {
        (lines(&class.out().join("journal")) == 2).then_some(())
    });
    first.kill().expect("it can be ended");
    first.wait().expect("it has ended");

    let mut second = start(&class);
    let mut killed = None;
    for _ in 0..2 {
        let alone = wait_for(&mut second, || find_alone(&class, killed));
        // Whatever this one does to the run, the others have their reports.
        assert_eq!(exercise(&class.grades(), "honest")["state"], "passed");
        let mut kill = Command::new("kill");
        kill.args(["-9", &alone.to_string()]);
        assert!(kill.status().is_ok_and(|status| status.success()));
        killed = Some(alone);
    }
    let output = second.wait_with_output().expect("it ends");
    let words = said(&output);
    assert_eq!(output.status.code(), Some(1), "{words}");
    assert!(words.contains("3 of 3 times"), "{words}");
    let grades = class.grades();
    let found = exercise(&grades, "aaa");
    assert_eq!(found["state"], "fault", "{found}");
    let message = found["message"].to_string();
    assert!(
        message.contains("signal: 9") && message.contains("All others were graded"),
        "{message}"
    );
    assert_eq!(exercise(&grades, "honest")["state"], "passed");
}

#[test]
fn what_was_running_when_the_power_failed_is_graded_like_the_others() {
    let class = Class::new();
    class.hand_in("late", solution());
    class.hand_in("sleeps", sleeps("800"));
    let mut first = start(&class);
    wait_for(&mut first, || {
        (lines(&class.out().join(".begun")) == 2).then_some(())
    });
    first.kill().expect("it can be ended");
    first.wait().expect("it has ended");
    fs::remove_dir_all(class.submissions().join("sleeps")).expect("it is there");
    fs::remove_file(class.out().join("submissions/sleeps.json")).expect("it is there");
    let output = start(&class).wait_with_output().expect("it ends");
    assert!(output.status.success(), "{}", said(&output));
    assert_eq!(exercise(&class.grades(), "late")["state"], "passed");
}

#[test]
fn a_submission_has_a_budget_and_a_second_run_gives_it_no_more() {
    let class = Class::new();
    class.hand_in("sleeps", sleeps("11"));
    let limits = [
        "--limit-call",
        "60",
        "--limit-task",
        "60",
        "--limit-submission",
        "10",
    ];
    let grade = || class.finish(class.command_with(&class.out(), &limits));
    let first = grade();
    let found = exercise(&first, "sleeps");
    assert_eq!(
        (&found["points"], &found["of"]),
        (&0.into(), &2.into()),
        "{found}"
    );
    let text = found.to_string();
    assert!(text.contains("10 s for the whole submission"), "{text}");
    let journal = lines(&class.out().join("journal"));
    assert_eq!(grade(), first);
    assert_eq!(lines(&class.out().join("journal")), journal);
}
