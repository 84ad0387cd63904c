//! Help that teaches: what it says is what people read.

use crate::support::Models;

#[test]
fn help_has_examples() {
    let models = Models::new();
    insta::assert_snapshot!(models.run(&["--help"]).exits(0).stdout);
    let help = models.run(&["tokenize", "--help"]).exits(0).stdout;
    assert!(
        help.contains("Examples:\n  cargo attentive pipeline tokenize "),
        "{help}"
    );
}
