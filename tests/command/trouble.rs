//! Code that does worse than being wrong: it gets a verdict, and nothing of it is left.

use std::thread;
use std::time::Duration;

use serde_json::Value;

use crate::learner::exercise;
use crate::support::{ATTENTIVE, Checkout, kill, wait};

/// The first line of the solution's `scores`.
const FIRST: &str = "let d_k = q.ncols() as f32;";

/// What `check` prints, and the first grade of `check --json`, when `scores` begins with this.
fn first_grade(checkout: &Checkout, begins: &str, limit: &str) -> (String, Value) {
    checkout.solve(FIRST, &format!("{begins}\n    {FIRST}"));
    let text = checkout
        .attentive(&["check", "5", "--limit", limit])
        .exits(1)
        .stdout;
    let ran = checkout
        .attentive(&["check", "5", "--limit", limit, "--json"])
        .exits(1);
    let exercise = exercise(checkout, &ran, "scaled-dot-product");
    (text, exercise["tasks"][0]["grades"][0].clone())
}

#[test]
fn trouble_is_told_and_over() {
    let checkout = Checkout::new("trouble");
    each_kind_of_trouble_has_its_verdict(&checkout);
    a_panic_inside_a_library_has_its_line_under_cargo_test_too(&checkout);
    an_endless_loop_ends_with_whoever_waits_for_it(&checkout);
}

fn each_kind_of_trouble_has_its_verdict(checkout: &Checkout) {
    let mut texts = String::new();
    let troubles = [
        (
            "panicked",
            "assert!(q.ncols() > 1000, \"too narrow: {}\", q.ncols());",
        ),
        ("panicked", "let _ = q.row(1000);"),
        (
            "timed-out",
            "println!(\"here I go\"); while q.nrows() < 1000 {}",
        ),
        ("crashed", "std::process::exit(0);"),
        (
            "crashed",
            "fn deep(n: usize) -> usize { std::hint::black_box(n) + deep(n + 1) } deep(0);",
        ),
        (
            "wrong-shape",
            "if q.nrows() > 0 { return Array2::zeros((2000, 2000)); }",
        ),
        ("panicked", "panic!(\"\\x1b[31mred\\r\\nand \\x07on\");"),
        (
            "not-a-number",
            "if q.nrows() > 0 { return Array2::from_elem((q.nrows(), k.nrows()), f32::NAN); }",
        ),
    ];
    for (expected, begins) in troubles {
        // Only a loop is to be cut short: on a busy machine everything else may take its time.
        let limit = if expected == "timed-out" { "1" } else { "60" };
        let (text, grade) = first_grade(checkout, begins, limit);
        assert_eq!(grade["verdict"], expected, "{text}");
        if expected == "not-a-number" {
            assert_eq!(grade["first"]["got"], "NaN");
        }
        texts += &format!("--- {begins}\n{text}\n");
    }
    let filters = [
        (r"-?\d+\.\d+", "[number]"),
        (r"'main' \(\d+\)", "'main' ([id])"),
    ];
    insta::with_settings!({ filters => filters }, { insta::assert_snapshot!(texts) });
    checkout.assert_nothing_runs();
}

fn a_panic_inside_a_library_has_its_line_under_cargo_test_too(checkout: &Checkout) {
    checkout.solve(FIRST, &format!("let _ = q.dot(&k);\n    {FIRST}"));
    let tested = checkout
        .cargo(&["test", "--package", "scaled-dot-product"])
        .exits(101)
        .stdout;
    assert!(
        tested.contains("\nwhere     exercises/05-scaled-dot-product/src/lib.rs:"),
        "{tested}"
    );
}

fn an_endless_loop_ends_with_whoever_waits_for_it(checkout: &Checkout) {
    checkout.solve(FIRST, &format!("while q.nrows() < 1000 {{}}\n    {FIRST}"));

    let mut test = checkout.command(env!("CARGO"), &["test", "--package", "scaled-dot-product"]);
    let tested = test
        .env("ATTENTIVE_LIMIT", "1")
        .output()
        .expect("cargo starts");
    let text = String::from_utf8_lossy(&tested.stdout);
    assert!(
        text.contains("timed out") && text.contains("`scores`"),
        "{text}"
    );
    checkout.assert_nothing_runs();

    let patient = ["check", "5", "--limit", "600"];
    let child = checkout
        .command(ATTENTIVE, &patient)
        .spawn()
        .expect("it starts");
    let looping = |line: &String| line.contains("--worker");
    wait(Duration::from_secs(60), || {
        checkout.processes().iter().any(looping)
    })
    .expect("a worker starts");
    thread::sleep(Duration::from_millis(100));
    kill(child);
    checkout.assert_nothing_runs();
}
