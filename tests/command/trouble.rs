//! Code that does worse than being wrong: it gets a verdict, and nothing of it is left.

use std::collections::BTreeSet;

use crate::json::{self, exercise};
use crate::support::{ATTENTIVE, Checkout, kill};

/// The first line of the solution's `halve`.
const FIRST: &str = "let half = 0.5;";

/// A loop that never ends. It sleeps, because tests run beside it.
const ENDLESS: &str =
    "while x.nrows() < 1000 { std::thread::sleep(std::time::Duration::from_millis(9)) }";

/// Kinds of trouble that `halve` begins with, each with its verdict.
const TROUBLES: [(&str, &str); 8] = [
    (
        "panicked",
        "assert!(x.ncols() > 1000, \"too narrow: {}\", x.ncols());",
    ),
    ("panicked", "let _ = x.row(1000);"),
    (
        "timed-out",
        "println!(\"here I go\"); while x.nrows() < 1000 { std::thread::sleep(std::time::Duration::from_millis(9)) }",
    ),
    ("crashed", "std::process::exit(0);"),
    (
        "crashed",
        "fn deep(n: usize) -> usize { std::hint::black_box(n) + deep(n + 1) } deep(0);",
    ),
    (
        "wrong-shape",
        "if x.nrows() > 0 { return Array2::zeros((200, 200)); }",
    ),
    ("panicked", "panic!(\"\\x1b[31mred\\r\\nand \\x07on\");"),
    (
        "not-a-number",
        "if x.nrows() > 0 { return Array2::from_elem(x.raw_dim(), f32::NAN); }",
    ),
];

/// Makes `halve` begin with the trouble whose number is in a file, so that all of them are compiled at once.
fn begin_with_any(checkout: &Checkout) {
    let chosen = checkout.path("trouble");
    let mut arms = String::new();
    for (number, (_, begins)) in TROUBLES.iter().enumerate() {
        arms += &format!("        Ok(\"{number}\") => {{ {begins} }}\n");
    }
    let read = format!("match std::fs::read_to_string({chosen:?}).as_deref() {{");
    checkout.solve(
        FIRST,
        &format!("{read}\n{arms}        _ => {{}}\n    }}\n    {FIRST}"),
    );
}

#[test]
fn trouble_is_told_and_over() {
    let checkout = Checkout::toy("trouble");
    each_kind_of_trouble_has_its_verdict(&checkout);
    a_panic_inside_a_library_has_its_line_under_cargo_test_too(&checkout);
    an_endless_loop_ends_with_whoever_waits_for_it(&checkout);
}

fn each_kind_of_trouble_has_its_verdict(checkout: &Checkout) {
    let (mut texts, mut kept) = (String::new(), BTreeSet::new());
    begin_with_any(checkout);
    for (number, (expected, begins)) in TROUBLES.into_iter().enumerate() {
        checkout.write("trouble", number.to_string());
        // Only a loop is to be cut short: on a busy machine everything else may take its time.
        let limit = if expected == "timed-out" { "1" } else { "60" };
        let text = checkout
            .attentive(&["check", "1", "--limit", limit])
            .exits(1)
            .stdout;
        let ran = checkout
            .attentive(&["check", "1", "--limit", limit, "--json"])
            .exits(1);
        let grade = &exercise(&ran, "halve")["tasks"][0]["grades"][0];
        assert_eq!(grade["verdict"], expected, "{text}");
        if expected == "not-a-number" {
            assert_eq!(grade["first"]["got"], "NaN");
        }
        if kept.insert(expected) {
            json::keep(&expected.replace('-', "_"), &ran);
        }
        texts += &format!("--- {begins}\n{text}\n");
    }
    insta::assert_snapshot!(without_thread_ids(&texts));
    checkout.assert_nothing_runs();
}

fn a_panic_inside_a_library_has_its_line_under_cargo_test_too(checkout: &Checkout) {
    checkout.solve(FIRST, &format!("let _ = x.dot(&x);\n    {FIRST}"));
    let tested = checkout
        .cargo(&["test", "--package", "halve"])
        .exits(101)
        .stdout;
    assert!(
        tested.contains("\nwhere     exercises/01-halve/src/lib.rs:"),
        "{tested}"
    );
}

fn an_endless_loop_ends_with_whoever_waits_for_it(checkout: &Checkout) {
    checkout.solve(FIRST, &format!("{ENDLESS}\n    {FIRST}"));

    let mut test = checkout.command(env!("CARGO"), &["test", "--package", "halve"]);
    let tested = test
        .env("ATTENTIVE_LIMIT", "1")
        .output()
        .expect("cargo starts");
    let text = String::from_utf8_lossy(&tested.stdout);
    assert!(
        text.contains("timed out") && text.contains("`halve`"),
        "{text}"
    );
    checkout.assert_nothing_runs();

    let mark = checkout.mark();
    checkout.solve(FIRST, &format!("{mark} {ENDLESS}\n    {FIRST}"));
    let patient = ["check", "1", "--limit", "600"];
    let child = checkout
        .command(ATTENTIVE, &patient)
        .spawn()
        .expect("it starts");
    checkout.wait_for_mark();
    kill(child);
    checkout.assert_nothing_runs();
}

/// Replaces the number in `thread 'main' (123)`, which is another each time.
fn without_thread_ids(text: &str) -> String {
    const THREAD: &str = "thread 'main' (";
    let mut parts = text.split(THREAD);
    let mut replaced = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let after = part.trim_start_matches(|c: char| c.is_ascii_digit());
        replaced += &format!("{THREAD}[id]{after}");
    }
    replaced
}
