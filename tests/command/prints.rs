//! Prints of a learner's code, which stand in the report on the call that printed them.

use crate::json::exercise;
use crate::support::Checkout;
use crate::watch::{READY, Watching};

const FIRST: &str = "let half = 0.5;";
/// A line to standard output, one to standard error in one piece, because both come by one pipe, and a beginning of a
/// line, which is in the library's buffer when the call ends.
const PRINTS: &str = r#"println!("out {}", x.nrows()); eprint!("{}", format!("err {}\n", x.nrows())); print!("unended {}", x.nrows());"#;

/// Returns the lines that a report has as `printed`, without what it says next.
fn printed(report: &str) -> Vec<&str> {
    let mut lines = report
        .lines()
        .skip_while(|line| !line.starts_with("printed"));
    let mut printed = Vec::new();
    printed.extend(lines.next().map(|line| &line[10..]));
    for line in lines {
        match line.strip_prefix("          ") {
            Some(line) => printed.push(line),
            None => break,
        }
    }
    printed
}

#[test]
fn a_report_has_the_prints_of_its_call() {
    let checkout = Checkout::toy("prints");
    // The cases have 3 rows and then 1. `midpoint` calls `halve`, and so prints as well.
    for (wrong, expected) in [
        ("if x.nrows() == 3 { return x.to_owned(); }", 3),
        ("if x.nrows() == 1 { return x.to_owned(); }", 1),
        ("if x.nrows() == 3 { panic!(\"three\"); }", 3),
        ("if x.nrows() == 1 { panic!(\"one\"); }", 1),
    ] {
        checkout.solve(FIRST, &format!("{PRINTS} {wrong} {FIRST}"));
        let report = checkout.attentive(&["check", "1"]).exits(1).stdout;
        let ended = ["out", "err", "unended"].map(|what| format!("{what} {expected}"));
        let mut lines = printed(&report);
        lines.sort_unstable();
        let mut ended = ended.to_vec();
        ended.sort_unstable();
        // Both streams come by the same pipe: what is in the library's buffer may stand before or behind the other.
        assert_eq!(lines, ended, "{report}");
        each_call_has_its_own(&checkout);
    }
    the_last_words_of_a_process_are_in_its_call(&checkout);
    a_watch_shows_the_same(&checkout);
}

fn each_call_has_its_own(checkout: &Checkout) {
    let halve = exercise(
        &checkout.attentive(&["check", "1", "--json"]).exits(1),
        "halve",
    );
    for task in halve["tasks"].as_array().expect("an array") {
        for (nth, rows) in [(0, "3"), (1, "1")] {
            let lines = task["grades"][nth]["printed"].as_array().expect("an array");
            assert_eq!(lines.len(), 3, "{task}");
            for line in lines {
                let line = line.as_str().expect("a line");
                assert!(line.ends_with(rows), "{task}");
            }
        }
    }
}

/// A process that ends in a call, and one that is ended, because it does not come back: what it has printed belongs to that
/// call, and the next has a process of its own.
fn the_last_words_of_a_process_are_in_its_call(checkout: &Checkout) {
    for (end, verdict) in [
        ("std::process::abort()", "crashed"),
        (
            "loop { std::thread::sleep(std::time::Duration::from_millis(9)); }",
            "timed out",
        ),
    ] {
        let begins = format!("println!(\"rows {{}}\", x.nrows()); if x.nrows() == 3 {{ {end} }}");
        checkout.solve(FIRST, &format!("{begins} {FIRST}"));
        let ran = checkout.attentive(&["check", "1", "--limit", "5"]).exits(1);
        assert!(ran.stdout.contains(verdict), "{}", ran.stdout);
        assert_eq!(printed(&ran.stdout), ["rows 3"], "{}", ran.stdout);
    }
}

fn a_watch_shows_the_same(checkout: &Checkout) {
    let wrong = "if x.nrows() == 3 { return x.to_owned(); }";
    checkout.solve(
        FIRST,
        &format!("println!(\"rows {{}}\", x.nrows()); {wrong} {FIRST}"),
    );
    let mut watch = Watching::start(checkout);
    assert_eq!(printed(&watch.until(READY)), ["rows 3"]);
    watch.press("q");
    assert_eq!(watch.ends(), Some(0));
}
