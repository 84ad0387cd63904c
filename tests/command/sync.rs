//! Stubs from solutions: what is written, what is refused, and that a refusal writes nothing.

use std::fs;

use crate::support::Checkout;

const SDP: &str = "exercises/05-scaled-dot-product";
const SOLUTION: &str = "solutions/05-scaled-dot-product";

#[test]
fn exercises_are_what_the_solutions_say() {
    let checkout = Checkout::copy("sync");
    let before = checkout.files();
    insta::assert_snapshot!(checkout.attentive(&["author", "sync", "--check"]).exits(0).stdout, @"The exercises match the solutions.");
    checkout.attentive(&["author", "sync"]).exits(0);
    assert!(checkout.files() == before, "a second run changes nothing");

    // The text of a gap, a stub that is kept as in a release, and an exercise that is no more.
    checkout.replace(
        format!("{SOLUTION}/src/lib.rs"),
        "// region: solution \"Q Kᵀ",
        "// region: solution \"{Q} Kᵀ",
    );
    checkout.write(format!("{SDP}/.stub/lib.rs"), "");
    checkout.write("exercises/99-gone/src/lib.rs", "");
    insta::assert_snapshot!(checkout.attentive(&["author", "sync", "--check"]).exits(1).stdout, @r#"
    outdated exercises/05-scaled-dot-product/src/lib.rs
    outdated exercises/stubs.sha256
    stale    exercises/05-scaled-dot-product/.stub: it comes from no solution; delete it
    stale    exercises/99-gone: it comes from no solution; delete it
    Make them up to date with cargo attentive author sync.
    "#);
    insta::assert_snapshot!(checkout.attentive(&["author", "sync"]).exits(1).stdout, @r#"
    written  exercises/05-scaled-dot-product/src/lib.rs
    written  exercises/stubs.sha256
    stale    exercises/05-scaled-dot-product/.stub: it comes from no solution; delete it
    stale    exercises/99-gone: it comes from no solution; delete it
    "#);
    assert!(
        checkout
            .read(format!("{SDP}/src/lib.rs"))
            .contains("todo!(\"{{Q}} Kᵀ")
    );
    fs::remove_dir_all(checkout.path("exercises/99-gone")).expect("it can be removed");
    fs::remove_dir_all(checkout.path(format!("{SDP}/.stub"))).expect("it can be removed");
    checkout.attentive(&["author", "sync", "--check"]).exits(0);
}

#[test]
fn a_learners_work_is_not_overwritten() {
    let checkout = Checkout::copy("sync-work");
    checkout.attentive(&["author", "sync"]).exits(0);
    checkout.write(format!("{SDP}/src/lib.rs"), "// a night's work\n");
    checkout.replace(
        format!("{SOLUTION}/src/lib.rs"),
        "// region: solution \"Q Kᵀ",
        "// region: solution \"the product",
    );
    insta::assert_snapshot!(checkout.attentive(&["author", "sync"]).exits(1).stdout, @r#"
    edited   exercises/05-scaled-dot-product/src/lib.rs
    written  exercises/stubs.sha256
    Files that you have edited stay as they are; cargo attentive author sync --force overwrites them and keeps copies.
    "#);
    assert_eq!(
        checkout.read(format!("{SDP}/src/lib.rs")),
        "// a night's work\n"
    );
    insta::assert_snapshot!(checkout.attentive(&["author", "sync", "--force"]).exits(0).stdout, @r#"
    written  exercises/05-scaled-dot-product/src/lib.rs (it was edited: now exercises/05-scaled-dot-product/src/lib.rs.bak-1)
    The exercises match the solutions.
    "#);
    assert_eq!(
        checkout.read(format!("{SDP}/src/lib.rs.bak-1")),
        "// a night's work\n"
    );
    assert!(
        checkout
            .read(format!("{SDP}/src/lib.rs"))
            .contains("todo!(\"the product")
    );
}

#[test]
fn one_exercise_is_made_alone_also_before_its_pack_is_recorded() {
    let checkout = Checkout::copy("sync-one");
    for folder in ["01-softmax", "05-scaled-dot-product"] {
        checkout.replace(
            format!("solutions/{folder}/src/lib.rs"),
            "// region: solution \"",
            "// region: solution \"first: ",
        );
    }
    fs::remove_file(checkout.path(format!("{SDP}/golden.safetensors"))).expect("it can be removed");
    insta::assert_snapshot!(checkout.attentive(&["author", "sync", "5"]).exits(1).stdout, @r"
    written  exercises/05-scaled-dot-product/src/lib.rs
    written  exercises/stubs.sha256
    missing  exercises/05-scaled-dot-product/golden.safetensors: record it with cargo run -p attentive-reference -- record
    ");
    insta::assert_snapshot!(checkout.attentive(&["author", "sync", "--check", "softmax"]).exits(1).stdout, @r"
    outdated exercises/01-softmax/src/lib.rs
    outdated exercises/stubs.sha256
    Make them up to date with cargo attentive author sync.
    ");
    checkout.attentive(&["author", "sync", "1"]).exits(0);
    checkout.attentive(&["author", "sync", "sofmax"]).exits(2);
}

#[test]
fn a_solution_at_fault_is_refused_and_nothing_is_written() {
    let checkout = Checkout::copy("sync-fault");
    let (source, words) = (
        format!("{SOLUTION}/src/lib.rs"),
        format!("{SDP}/exercise.toml"),
    );
    let pack = format!("{SDP}/golden.safetensors");
    let begin = "// region: solution \"Q Kᵀ, scaled so that its variance does not grow with d_k\"";
    let end = "    // endregion\n";
    let faults = [
        ("an unclosed region", &source, end, ""),
        (
            "the last region unclosed",
            &source,
            "(weights.dot(&v), weights)\n    // endregion",
            "(weights.dot(&v), weights)",
        ),
        ("an end without a region", &source, begin, ""),
        (
            "a region in a region",
            &source,
            "    let d_k",
            "    // region: solution \"width\"\n    let d_k",
        ),
        (
            "a region without a text",
            &source,
            begin,
            "// region: solution",
        ),
        (
            "another kind of region",
            &source,
            begin,
            "// region: secret \"x\"",
        ),
        (
            "a task that was not recorded",
            &words,
            "name = \"attention\"",
            "name = \"attend\"",
        ),
        (
            "a mistake that was not recorded",
            &words,
            "id = \"no-scale\"",
            "id = \"no-scales\"",
        ),
        (
            "a mistake that is explained twice",
            &words,
            "id = \"cosine\"",
            "id = \"no-scale\"",
        ),
        (
            "words that are no TOML",
            &words,
            "minutes = ",
            "minutes = about ",
        ),
        ("words that lack something", &words, "difficulty = ", "# "),
        (
            "words with an unknown key",
            &words,
            "difficulty = ",
            "dificulty = ",
        ),
        (
            "another name",
            &format!("{SOLUTION}/Cargo.toml"),
            "scaled-dot-product-solution",
            "sdp-solution",
        ),
    ];
    // What another exercise would have had written, if anything were.
    checkout.replace(
        "solutions/01-softmax/src/lib.rs",
        "// region: solution \"",
        "// region: solution \"first: ",
    );
    let mut texts = String::new();
    let mut refused = |what: &str| {
        // What is refused with --force is refused without it.
        for arguments in [
            &["author", "sync", "--check"][..],
            &["author", "sync", "--force"],
        ] {
            let before = checkout.files();
            let ran = checkout.attentive(arguments).exits(2);
            assert_eq!(ran.stdout, "", "{what}");
            assert!(checkout.files() == before, "{what}: something was written");
            if arguments.contains(&"--check") {
                texts += &format!("# {what}\n{}\n", ran.stderr);
            }
        }
    };
    for (what, file, from, to) in faults {
        let good = checkout.read(file);
        checkout.replace(file, from, to);
        refused(what);
        checkout.write(file, good);
    }
    for (what, file) in [
        ("no words", &words),
        ("no tests", &format!("{SDP}/tests/grade.rs")),
        ("no manifest", &format!("{SOLUTION}/Cargo.toml")),
    ] {
        let good = fs::read(checkout.path(file)).expect("it is there");
        fs::remove_file(checkout.path(file)).expect("it can be removed");
        refused(what);
        checkout.write(file, good);
    }
    let good = fs::read(checkout.path(&pack)).expect("it is there");
    checkout.write(&pack, &good[..good.len() / 2]);
    refused("half a pack");
    fs::copy(
        checkout.path("exercises/01-softmax/golden.safetensors"),
        checkout.path(&pack),
    )
    .expect("copied");
    refused("another exercise's pack");
    insta::assert_snapshot!(texts);
}
