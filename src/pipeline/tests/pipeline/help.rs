//! Help that teaches: what it says is what people read.

use crate::support::Models;

#[test]
fn help_has_examples_for_each_task() {
    let models = Models::new();
    insta::assert_snapshot!(models.run(&["--help"]).exits(0).stdout);
    for task in [
        "tokenize",
        "feature-extraction",
        "fill-mask",
        "text-classification",
        "token-classification",
        "text-generation",
        "text2text-generation",
        "image-classification",
        "attention",
    ] {
        let help = models.run(&[task, "--help"]).exits(0).stdout;
        assert!(
            help.contains(&format!("Examples:\n  cargo attentive pipeline {task} ")),
            "{help}"
        );
    }
}
