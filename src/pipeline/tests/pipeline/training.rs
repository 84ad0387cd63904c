//! `model train`: what can be wrong is found before anything is compiled.

use std::path::Path;
use std::process::Command;

use crate::support::Models;

#[test]
fn what_is_missing_is_named_before_anything_is_compiled() {
    let models = Models::new();
    models.write("text.txt", "A query asks.");
    let course = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."));
    let elsewhere = models.path("");
    let mut all = String::new();
    for (folder, arguments) in [
        (course, "book-gtp"),
        (course, "minilm"),
        (course, "co2"),
        (course, "book-gpt --text missing.txt"),
        (course, "book-gpt --steps 0"),
        (course, "book-digits --text text.txt"),
        (course, "book-digits"),
        (course, "book-bert"),
        (&elsewhere, "book-bert --text text.txt"),
    ] {
        let output = Command::new(env!("CARGO_BIN_EXE_attentive-pipeline"))
            .args(["model", "train"])
            .args(arguments.split(' '))
            .current_dir(folder)
            .env("ATTENTIVE_CACHE", models.path("cache"))
            .env_remove("LIBTORCH")
            .output()
            .expect("it can be started");
        assert_eq!(output.status.code(), Some(2), "{arguments}");
        assert!(output.stdout.is_empty(), "{arguments}");
        let error = String::from_utf8(output.stderr).expect("text");
        all += &format!("$ model train {arguments}\n{error}\n");
    }
    insta::assert_snapshot!(all);
}
