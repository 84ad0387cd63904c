//! Composite exercises: judged by themselves, or built on the learner's own earlier ones.

use crate::json::{self, exercise};
use crate::support::{Checkout, Ran};
use crate::watch::{READY, Watching};

const QUARTER: &str = "exercises/02-quarter";
/// The solution's first line, and a wrong one.
const RIGHT: &str = "let half = 0.5;";
const WRONG: &str = "let half = 2.0;";

#[test]
fn a_quarter_on_a_half_that_is_wrong() {
    let checkout = Checkout::toy("chain");
    checkout.solve_in("02-quarter", "", "");
    it_is_judged_by_itself_and_the_chain_by_its_first_link(&checkout);
    a_link_that_is_broken_is_told_where_it_is(&checkout);
    a_chain_that_holds(&checkout);
    let on_solutions = checkout.read(format!("{QUARTER}/Cargo.toml"));
    one_that_has_been_switched_follows_what_it_is_built_on(&checkout);
    a_watch_grades_what_is_built_on_what_was_saved(&checkout, &on_solutions);
}

fn it_is_judged_by_itself_and_the_chain_by_its_first_link(checkout: &Checkout) {
    checkout.solve(RIGHT, WRONG);
    let alone = checkout.attentive(&["check", "quarter"]).exits(0);
    insta::assert_snapshot!(alone.stdout, @"02 quarter  ●  passed: 1 task, 2 checks");
    checkout.attentive(&["check", "halve"]).exits(1);

    let before = checkout.files();
    let ran = checkout
        .attentive(&["check", "--chain", "quarter"])
        .exits(1);
    insta::assert_snapshot!("a_link_that_is_wrong", ran.stdout);
    let ran = checkout
        .attentive(&["check", "--chain", "quarter", "--json"])
        .exits(1);
    assert!(
        checkout.files() == before,
        "neither the learner's files nor what is remembered has changed"
    );

    json::keep("waits", &ran);
    let quarter = exercise(&ran, "quarter");
    assert_eq!(quarter["waits_on"], serde_json::json!(["01-halve"]));
    assert_eq!(quarter["tasks"], serde_json::json!([]));
    assert_eq!(ran.json()["chain"], true);
}

fn a_link_that_is_broken_is_told_where_it_is(checkout: &Checkout) {
    let says = |texts: &[&str]| {
        let Ran { stdout, .. } = checkout
            .attentive(&["check", "--chain", "quarter"])
            .exits(1);
        assert!(texts.iter().all(|text| stdout.contains(text)), "{stdout}");
        let root = checkout.root.display().to_string();
        assert!(!stdout.contains(&root), "{stdout}");
    };
    checkout.solve("x * half", "x * hlaf");
    says(&[
        "01 halve  did not compile",
        "--> exercises/01-halve/src/lib.rs:",
        "your 01-halve, which does not pass yet: repair that first",
    ]);
    checkout.solve(
        RIGHT,
        "let half = 0.5; assert!(x.ncols() > 1000, \"narrow\");",
    );
    says(&[
        "panicked: narrow\nwhere     exercises/01-halve/src/lib.rs:",
        "your 01-halve, which does not pass yet: repair that first",
    ]);
}

fn a_chain_that_holds(checkout: &Checkout) {
    checkout.solve("", "");
    let ran = checkout.attentive(&["check", "--chain", "2"]).exits(0);
    insta::assert_snapshot!(ran.stdout, @r"
    01 halve  ●●  passed: 2 tasks, 4 checks
    02 quarter  ●  passed: 1 task, 2 checks, built on your 01
    2 of 2 exercises passed (1 of them because the rest is built on them)
    ");
    checkout.solve_in("02-quarter", "halve(halve(x).view())", "halve(x)");
    let ran = checkout.attentive(&["check", "--chain", "2"]).exits(1);
    assert!(
        ran.stdout
            .contains("\nbuilt on  your 01, which passes: look here first"),
        "{}",
        ran.stdout
    );
    checkout.solve_in("02-quarter", "", "");
}

fn one_that_has_been_switched_follows_what_it_is_built_on(checkout: &Checkout) {
    let graded = |checkout: &Checkout| {
        checkout
            .attentive(&["hint", "2"])
            .exits(0)
            .stderr
            .contains("compiling")
    };
    checkout.attentive(&["check", "2"]).exits(0);
    assert!(!graded(checkout), "nothing has changed");
    switch_to_own(checkout);
    assert!(graded(checkout), "the manifest has changed");
    assert!(!graded(checkout), "nothing has changed");
    checkout.solve(RIGHT, WRONG);
    assert!(graded(checkout), "what it is built on has changed");

    let ran = checkout.attentive(&["check", "2", "--json"]).exits(1);
    assert_eq!(
        exercise(&ran, "quarter")["waits_on"],
        serde_json::json!(["01-halve"])
    );
    let progress = checkout.read(".attentive/progress.json");
    assert!(
        progress.contains("built on your 01-halve, which does not pass yet"),
        "{progress}"
    );

    let hint = checkout.attentive(&["hint", "2"]).exits(0).stdout;
    assert!(
        hint.starts_with("waits     built on your 01-halve, which does not pass yet"),
        "{hint}"
    );

    let tested = checkout
        .cargo(&["test", "--package", "quarter"])
        .exits(101)
        .stdout;
    let (_, report) = tested
        .rsplit_once("test result")
        .expect("what the tests end with");
    insta::assert_snapshot!(report.lines().skip(2).collect::<Vec<_>>().join("\n"), @r"
    built on  exercises of yours that do not pass yet: halve.
              Nothing can be said about this one before they do.
    next      cargo test -p halve
    ");
    assert!(
        !tested.contains("wrong values"),
        "the quarter is blamed: {tested}"
    );
}

fn a_watch_grades_what_is_built_on_what_was_saved(checkout: &Checkout, on_solutions: &str) {
    let mut watch = Watching::start(checkout);
    watch.until(READY);
    checkout.solve("", "");
    let both = watch.until(READY);
    let (halve, quarter) = (
        both.find("01 halve  ●●  passed"),
        both.find("02 quarter  ●  passed"),
    );
    assert!(quarter.is_some() && quarter < halve, "{both}");
    checkout.write(format!("{QUARTER}/Cargo.toml"), on_solutions);
    watch.until("compiling quarter …");
    watch.press("q");
    assert_eq!(watch.ends(), Some(0));
}

/// Moves each # of the manifest, as it says.
fn switch_to_own(checkout: &Checkout) {
    let manifest = checkout.read(format!("{QUARTER}/Cargo.toml"));
    let line = |line: &str| match line.strip_prefix("# ") {
        Some(own) if own.contains("{ path = ") => format!("{own}\n"),
        _ if line.contains("../../solutions/") => format!("# {line}\n"),
        _ => format!("{line}\n"),
    };
    checkout.write(
        format!("{QUARTER}/Cargo.toml"),
        manifest.lines().map(line).collect::<String>(),
    );
}
