//! A learner has changed what the exercise's adapter calls: each command says which function it is, what the exercise asks
//! for, and what it has found.

use crate::json::{self, exercise};
use crate::support::{Checkout, HALVE};
use crate::watch::{READY, Watching};

/// The signature that the exercise asks for.
const EXPECTED: &str = "pub fn halve(x: ArrayView2<'_, f32>) -> Array2<f32>";

/// Kinds of changes: the signature, the first line of what is said about it, and a text that has to be there besides.
const CHANGES: [(&str, &str, &str); 11] = [
    (
        "pub fn halve(x: &Array2<f32>) -> Array2<f32>",
        DIFFERENT,
        "found     ",
    ),
    (
        "pub fn halve(x: ndarray::ArrayView3<'_, f32>) -> Array2<f32>",
        DIFFERENT,
        "found     ",
    ),
    (
        "pub fn halve(x: ArrayView2<'_, f64>) -> Array2<f32>",
        DIFFERENT,
        "found     ",
    ),
    (
        "pub fn halve(half: f32, x: ArrayView2<'_, f32>) -> Array2<f32>",
        DIFFERENT,
        "found     ",
    ),
    ("pub fn halve() -> Array2<f32>", DIFFERENT, "found     "),
    (
        "pub fn halve(x: ArrayView2<'_, f32>) -> Array2<f64>",
        DIFFERENT,
        "found     ",
    ),
    (
        "pub fn halve(x: ArrayView2<'_, f32>) -> Result<Array2<f32>, String>",
        DIFFERENT,
        "found     ",
    ),
    (
        "pub fn halve<T: std::fmt::Display + From<String>>(x: ArrayView2<'_, T>) -> Array2<T>",
        DIFFERENT,
        "found     ",
    ),
    (
        "pub fn half_of(x: ArrayView2<'_, f32>) -> Array2<f32>",
        "signature `halve` is missing, or has a different name",
        "found     pub fn half_of(",
    ),
    (
        "fn halve(x: ArrayView2<'_, f32>) -> Array2<f32>",
        "signature `halve` is private: write `pub` in front of it",
        "found     fn halve(",
    ),
    (
        "pub fn unlike() -> usize",
        "signature `halve` is missing",
        "expected  pub fn halve(",
    ),
];
const DIFFERENT: &str = "signature `halve` is not what the exercise asks for";

#[test]
fn a_changed_signature_is_named_wherever_one_looks() {
    let checkout = Checkout::toy("signatures");
    let stub = checkout.read(format!("{HALVE}/src/lib.rs"));
    let change = |signature: &str| {
        assert!(stub.contains(EXPECTED));
        // The other function is as it was.
        checkout.write(
            format!("{HALVE}/src/lib.rs"),
            stub.replacen(EXPECTED, signature, 1),
        );
    };
    for (signature, reason, besides) in CHANGES {
        change(signature);
        let said = checkout.attentive(&["check", "1"]).exits(1).stdout;
        assert!(
            said.contains(&format!("{reason}\nexpected  {EXPECTED}\n")),
            "{said}"
        );
        assert!(said.contains(besides), "{said}");
        if besides == "found     " {
            let found = format!("found     {signature}\nwhere     {HALVE}/src/lib.rs:8\n");
            assert!(said.contains(&found), "{said}");
        }
        assert!(!said.contains("`midpoint`"), "{said}");
    }

    change(CHANGES[0].0);
    keep_json(&checkout);
    cargo_test_shows_both(&checkout);
    a_watch_says_it_when_it_is_saved(&checkout, &stub);
}

/// Keeps the JSON without what the compiler says, which is another with each version of it.
fn keep_json(checkout: &Checkout) {
    let mut ran = checkout.attentive(&["check", "1", "--json"]).exits(1);
    let said = exercise(&ran, "halve")["compile_error"].to_string();
    assert!(said.contains("mismatched types"), "{said}");
    ran.stdout = ran.stdout.replace(&said, "\"[the compiler's words]\"");
    json::keep("changed_signature", &ran);
}

/// Without the command, the compiler points at the signature that the exercise asks for, and names the function.
fn cargo_test_shows_both(checkout: &Checkout) {
    let said = checkout
        .cargo(&["test", "--package", "halve"])
        .exits(101)
        .stderr;
    let errors = said.matches("error[").count();
    assert_eq!(errors, 1, "{said}");
    assert!(
        said.contains("let halve: fn(ArrayView2<'_, f32>) -> Array2<f32> = halve;"),
        "{said}"
    );
}

fn a_watch_says_it_when_it_is_saved(checkout: &Checkout, stub: &str) {
    let file = format!("{HALVE}/src/lib.rs");
    checkout.write(&file, stub);
    let mut watch = Watching::start(checkout);
    watch.until(READY);
    checkout.write(&file, stub.replacen(EXPECTED, CHANGES[0].0, 1));
    let said = watch.until(READY);
    assert!(
        said.contains(DIFFERENT) && said.contains(EXPECTED),
        "{said}"
    );
    watch.press("q");
    assert_eq!(watch.ends(), Some(0));
}
