//! Wrong input: each gets one clear error, and status 2.

use crate::support::Models;

#[test]
fn each_mistake_of_input_has_an_error_that_says_what_to_do() {
    let models = Models::new();
    models.write("nothing/readme.txt", "");
    let mut all = String::new();
    for arguments in [
        "tokenise the --model bert",
        "tokenize the",
        "tokenize the --model nothing",
        "tokenize --file missing.txt --model bert",
        "tokenize --ids five --model bert",
        "tokenize --ids 5,900 --model bert",
    ] {
        let words: Vec<&str> = arguments.split(' ').collect();
        let ran = models.run(&words).exits(2);
        assert_eq!(ran.stdout, "", "{arguments}");
        all += &format!("$ {arguments}\n{}\n", ran.stderr);
    }
    insta::assert_snapshot!(all);
}

#[test]
fn no_text_at_all_is_an_error() {
    let models = Models::new();
    let ran = models
        .run_with(&["tokenize", "--model", "bert"], "")
        .exits(2);
    assert!(
        ran.stderr
            .starts_with("error: expected a text, found none;"),
        "{ran:?}"
    );
}
