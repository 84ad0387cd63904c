//! Help that teaches.

use crate::support::Runs;

#[test]
fn help_has_examples_and_says_what_to_look_at() {
    let ran = Runs::new().run(&["--help"]).exits(0);
    // Lines are broken where the terminal ends.
    let words: Vec<&str> = ran.stdout.split_whitespace().collect();
    let help = words.join(" ");
    for says in [
        "Usage: cargo attentive train [OPTIONS] <EXERCISE>",
        "cargo attentive train training --recipe pocket",
        "What to look at: the first loss is near ln V",
        "130 interrupted and saved",
    ] {
        assert!(help.contains(says), "{says}:\n{}", ran.stdout);
    }
}
