//! Runs that are killed and started again.

use std::collections::BTreeMap;
use std::fs;
use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant};

use crate::class::{Class, solution};
use crate::hostile::left_over;

/// Number of times that the run is killed before it may end.
const KILLS: u32 = 50;

#[test]
fn killed_at_fifty_moments_it_loses_nothing_and_grades_nothing_twice() {
    let class = class_of(24);
    let undisturbed = class_of(24);
    let start = Instant::now();
    let expected = undisturbed.grade(&[]);
    let whole = start.elapsed();
    // Moments that spread over one whole run, in an order that is no order; what is done by then stays done.
    let mut seed = 12_345_u32;
    for _ in 0..KILLS {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let part = f64::from(seed >> 8) / f64::from(1 << 24);
        let mut child = class
            .command(&[])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("it runs");
        thread::sleep(Duration::from_secs_f64(part * whole.as_secs_f64() / 6.0));
        child.kill().expect("it can be killed");
        child.wait().expect("it has ended");
    }
    let found = class.grade(&[]);
    assert_eq!(found, expected);
    assert_eq!(
        left_over(&class),
        Vec::<String>::new(),
        "a process was left"
    );
    let journal = fs::read_to_string(class.out().join("journal")).expect("there is a journal");
    let mut graded: BTreeMap<String, usize> = BTreeMap::new();
    for line in journal.lines() {
        let (_, json) = line.split_once(' ').expect("a line is a checksum and JSON");
        let result: serde_json::Value = serde_json::from_str(json).expect("it is JSON");
        *graded.entry(result["key"].to_string()).or_default() += 1;
    }
    assert!(graded.values().all(|times| *times == 1), "{graded:?}");
    // Each of the 24, and the stub that every run looks at.
    assert_eq!(graded.len(), 25);
}

#[test]
fn equal_sources_are_graded_once_and_a_second_run_grades_nothing() {
    let class = Class::new();
    for student in ["a", "b", "c", "d"] {
        class.hand_in(student, solution());
    }
    let journal = || fs::read_to_string(class.out().join("journal")).expect("there is a journal");
    let first = class.grade(&[]);
    let lines = journal().lines().count();
    assert_eq!(lines, 2, "one for all four, one for the stub");
    assert_eq!(class.grade(&[]), first);
    assert_eq!(journal().lines().count(), lines);
}

#[test]
fn an_output_of_another_run_is_refused_and_stays_as_it_is() {
    let class = class_of(1);
    class.grade(&[]);
    let before = fs::read(class.out().join("grades.json")).expect("there are grades");
    let output = class
        .command(&["--limit-memory", "500"])
        .output()
        .expect("it runs");
    assert_eq!(output.status.code(), Some(2));
    assert!(
        String::from_utf8_lossy(&output.stderr)
            .contains("a different run: the limits is not the same")
    );
    assert_eq!(
        fs::read(class.out().join("grades.json")).expect("there are grades"),
        before
    );
}

/// A class in which no two submissions are equal.
fn class_of(students: usize) -> Class {
    let class = Class::new();
    for number in 0..students {
        let text = solution().replace("let d_k", &format!("let _ = {number};\n    let d_k"));
        let text = if number % 3 == 0 {
            text.replace("/ d_k.sqrt()", "")
        } else {
            text
        };
        class.hand_in(&format!("student-{number}"), text);
    }
    class
}
