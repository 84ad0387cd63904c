//! Composite exercises: judged by themselves, or built on the learner's own earlier ones.

use crate::learner::{NUMBERS, exercise};
use crate::support::{Checkout, Ran};
use crate::watch::{READY, Watching};

const NORM: &str = "09-layer-norm";
const BLOCK: &str = "exercises/11-encoder-block";
/// The solution's ε, and ε where it does not belong.
const RIGHT: &str = "(variance + epsilon).sqrt()";
const WRONG: &str = "(variance.sqrt() + epsilon)";

#[test]
fn an_encoder_block_on_a_layer_norm_that_is_wrong() {
    let checkout = Checkout::new("chain");
    for folder in [
        "07-multi-head-attention",
        "10-feed-forward",
        "11-encoder-block",
    ] {
        checkout.solve_in(folder, "", "");
    }
    the_block_is_judged_by_itself_and_the_chain_by_its_first_link(&checkout);
    a_link_that_is_broken_is_told_where_it_is(&checkout);
    a_chain_that_holds(&checkout);
    let on_solutions = checkout.read(format!("{BLOCK}/Cargo.toml"));
    a_block_that_has_been_switched_follows_what_it_is_built_on(&checkout);
    a_watch_grades_what_is_built_on_what_was_saved(&checkout, &on_solutions);
}

fn the_block_is_judged_by_itself_and_the_chain_by_its_first_link(checkout: &Checkout) {
    checkout.solve_in(NORM, RIGHT, WRONG);
    let alone = checkout.attentive(&["check", "encoder-block"]).exits(0);
    insta::with_settings!({ filters => [(r"\d+ checks", "[n] checks")] }, {
        insta::assert_snapshot!(alone.stdout, @"11 encoder-block  ●●●  passed: 3 tasks, [n] checks");
    });
    checkout.attentive(&["check", "layer-norm"]).exits(1);

    let before = checkout.files();
    let ran = checkout
        .attentive(&["check", "--chain", "encoder-block"])
        .exits(1);
    let filters = NUMBERS
        .into_iter()
        .chain([(r"\d+ checks", "[n] checks")])
        .collect::<Vec<_>>();
    insta::with_settings!({ filters => filters }, { insta::assert_snapshot!("a_link_that_is_wrong", ran.stdout) });
    let ran = checkout
        .attentive(&["check", "--chain", "encoder-block", "--json"])
        .exits(1);
    assert!(
        checkout.files() == before,
        "neither the learner's files nor what is remembered has changed"
    );

    let block = exercise(checkout, &ran, "encoder-block");
    assert_eq!(block["waits_on"], serde_json::json!([NORM]));
    assert_eq!(block["tasks"], serde_json::json!([]));
    assert_eq!(ran.json()["chain"], true);
}

fn a_link_that_is_broken_is_told_where_it_is(checkout: &Checkout) {
    checkout.solve_in(NORM, RIGHT, "(variance + epsilom).sqrt()");
    checkout.solve_in(
        "10-feed-forward",
        "// region",
        "assert!(x.ncols() > 1000, \"narrow\");\n    // region",
    );
    let Ran { stdout, .. } = checkout
        .attentive(&["check", "--chain", "encoder-block"])
        .exits(1);
    let said = [
        "09 layer-norm  did not compile",
        "--> exercises/09-layer-norm/src/lib.rs:",
        "panicked: narrow\nwhere     exercises/10-feed-forward/src/lib.rs:",
        "your 09-layer-norm and 10-feed-forward, which do not pass yet: repair those first",
    ];
    assert!(said.iter().all(|text| stdout.contains(text)), "{stdout}");
    assert!(
        !stdout.contains(&checkout.root.display().to_string()),
        "{stdout}"
    );
}

fn a_chain_that_holds(checkout: &Checkout) {
    checkout.solve_in(NORM, "", "");
    checkout.solve_in("10-feed-forward", "", "");
    let ran = checkout.attentive(&["check", "--chain", "11"]).exits(0);
    assert!(
        ran.stdout.contains("11 encoder-block  ●●●  passed"),
        "{}",
        ran.stdout
    );
    assert!(
        ran.stdout.contains("checks, built on your 07, 09 and 10\n"),
        "{}",
        ran.stdout
    );
    assert!(
        ran.stdout
            .ends_with("\n4 of 4 exercises passed (3 of them because the rest is built on them)\n"),
        "{}",
        ran.stdout
    );

    checkout.solve_in("11-encoder-block", "(&x + &attention)", "(&x - &attention)");
    let ran = checkout.attentive(&["check", "--chain", "11"]).exits(1);
    assert!(
        ran.stdout
            .contains("\nbuilt on  your 07, 09 and 10, which pass: look here first"),
        "{}",
        ran.stdout
    );
    checkout.solve_in("11-encoder-block", "", "");
}

fn a_block_that_has_been_switched_follows_what_it_is_built_on(checkout: &Checkout) {
    let graded = |checkout: &Checkout| {
        checkout
            .attentive(&["hint", "11"])
            .exits(0)
            .stderr
            .contains("compiling")
    };
    checkout.attentive(&["check", "11"]).exits(0);
    assert!(!graded(checkout), "nothing has changed");
    switch_to_own(checkout);
    assert!(graded(checkout), "the manifest has changed");
    assert!(!graded(checkout), "nothing has changed");
    checkout.solve_in(NORM, RIGHT, WRONG);
    assert!(graded(checkout), "what it is built on has changed");

    let ran = checkout.attentive(&["check", "11", "--json"]).exits(1);
    assert_eq!(
        exercise(checkout, &ran, "encoder-block")["waits_on"],
        serde_json::json!([NORM])
    );
    let progress = checkout.read(".attentive/progress.json");
    assert!(
        progress.contains("built on your 09-layer-norm, which does not pass yet"),
        "{progress}"
    );

    let hint = checkout.attentive(&["hint", "11"]).exits(0).stdout;
    assert!(
        hint.starts_with("waits     built on your 09-layer-norm, which does not pass yet"),
        "{hint}"
    );

    let tested = checkout
        .cargo(&["test", "--package", "encoder-block"])
        .exits(101)
        .stdout;
    let (_, report) = tested
        .rsplit_once("test result")
        .expect("what the tests end with");
    insta::assert_snapshot!(report.lines().skip(2).collect::<Vec<_>>().join("\n"), @r"
    built on  exercises of yours that do not pass yet: layer-norm.
              Nothing can be said about this one before they do.
    next      cargo test -p layer-norm
    ");
    assert!(
        !tested.contains("wrong values"),
        "the block is blamed: {tested}"
    );
}

fn a_watch_grades_what_is_built_on_what_was_saved(checkout: &Checkout, on_solutions: &str) {
    let mut watch = Watching::start(checkout);
    watch.until(READY);
    checkout.solve_in(NORM, "", "");
    let both = watch.until(READY);
    let (norm, block) = (
        both.find("09 layer-norm  ●●●●  passed"),
        both.find("11 encoder-block  ●●●  passed"),
    );
    assert!(block.is_some() && block < norm, "{both}");
    checkout.write(format!("{BLOCK}/Cargo.toml"), on_solutions);
    watch.until("compiling encoder-block …");
    watch.press("q");
    assert_eq!(watch.ends(), Some(0));
}

/// Moves each # of the block's manifest, as it says.
fn switch_to_own(checkout: &Checkout) {
    let manifest = checkout.read(format!("{BLOCK}/Cargo.toml"));
    let line = |line: &str| match line.strip_prefix("# ") {
        Some(own) if own.contains("{ path = ") => format!("{own}\n"),
        _ if line.contains("../../solutions/") => format!("# {line}\n"),
        _ => format!("{line}\n"),
    };
    checkout.write(
        format!("{BLOCK}/Cargo.toml"),
        manifest.lines().map(line).collect::<String>(),
    );
}
