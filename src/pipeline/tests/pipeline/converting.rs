//! `model convert`: a new folder with the same model, or an error and nothing.

use crate::support::Models;

#[test]
fn a_converted_model_writes_the_same() {
    let models = Models::new();
    let converted = models
        .model(&["convert", "gpt", "--out", "new/gpt"])
        .exits(0);
    insta::assert_snapshot!(converted.stdout);
    let write = |model: &str| {
        let ran = models.run(&["text-generation", "the cat", "--model", model]);
        ran.exits(0).stdout
    };
    assert_eq!(write("new/gpt"), write("gpt"));
    // One file of it is enough to find the others.
    let file = "new/gpt/model.safetensors";
    let arguments = ["convert", file, "--out", "half", "--dtype", "f16"];
    let half = models.model(&arguments).exits(0);
    assert!(
        half.stdout.ends_with("use it with --model half\n"),
        "{}",
        half.stdout
    );
}

#[cfg(unix)]
#[test]
fn what_an_interrupted_conversion_left_is_removed_by_the_next() {
    let models = Models::new();
    let left = ".attentive-unfinished-a1B2c3";
    models.write(&format!("new/{left}/model.safetensors"), "half of it");
    let convert = |out: &str| models.model(&["convert", "gpt", "--out", out]).exits(0);
    convert("new/gpt");
    let entries = std::fs::read_dir(models.path("new")).expect("a folder");
    let names: Vec<_> = entries
        .map(|entry| entry.expect("an entry").file_name())
        .collect();
    assert_eq!(names, ["gpt"]);
}

#[test]
fn what_cannot_be_converted_is_named() {
    let models = Models::new();
    models.write("taken/mine.txt", "mine");
    models.write("llama.gguf", b"GGUF\x01\0\0\0");
    models.write("nothing/readme.txt", "");
    let mut all = String::new();
    for arguments in [
        "gpt --out taken",
        "gpt --out taken/mine.txt",
        "gpt",
        "gpt --out new --dtype q4",
        "missing.gguf --out new",
        "llama.gguf --out new",
        "nothing --out new",
        "smollm --out new",
        "alice --out new",
        "smollm2 --out new",
    ] {
        let words: Vec<&str> = ["convert"]
            .into_iter()
            .chain(arguments.split(' '))
            .collect();
        let ran = models.model(&words).exits(2);
        assert_eq!(ran.stdout, "", "{arguments}");
        all += &format!("$ model convert {arguments}\n{}\n", ran.stderr);
    }
    assert!(!models.path("new").exists(), "nothing is half written");
    insta::assert_snapshot!(all);
}

#[test]
fn help_has_examples() {
    let models = Models::new();
    let help = models.model(&["convert", "--help"]).exits(0).stdout;
    assert!(
        help.contains("cargo attentive model convert smollm2 --out models/smollm2"),
        "{help}"
    );
}
