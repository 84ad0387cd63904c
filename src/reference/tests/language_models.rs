//! `language-model`, from a text to a folder in the hub's layout.

#[path = "shared/files.rs"]
mod files;

use std::collections::BTreeMap;
use std::fs;
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

use files::files;

/// A text of a few hundred sentences, none of which is like the one before.
fn text() -> String {
    let subjects = ["A query", "The key", "Each value", "One token", "No mask"];
    let verbs = ["asks for", "finds", "weighs", "adds to", "hides"];
    let objects = [
        "the past",
        "its row",
        "a sum",
        "the softmax",
        "what follows",
    ];
    let mut text = String::new();
    for number in 0..400 {
        let (subject, verb) = (subjects[number % 5], verbs[number / 5 % 5]);
        let object = objects[(number / 25 + number) % 5];
        text += &format!("{subject} {verb} {object}. ");
        if number % 7 == 0 {
            text += "\n\n";
        }
    }
    text
}

/// Runs the program in a folder.
fn run(folder: &TempDir, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_attentive-reference"))
        .arg("language-model")
        .args(arguments)
        .current_dir(folder.path())
        .output()
        .expect("it can be started")
}

fn trained(folder: &TempDir, name: &str, seed: &str, out: &str) -> BTreeMap<String, Vec<u8>> {
    let options = [
        "--text", "text.txt", "--steps", "3", "--seed", seed, "--out", out,
    ];
    let output = run(folder, &[&[name], &options[..]].concat());
    assert!(output.status.success(), "{output:?}");
    let printed = String::from_utf8(output.stdout).expect("text");
    assert!(printed.contains("     3 of 3 batches: loss "), "{printed}");
    assert!(
        printed.contains("nats per token, by frequencies alone "),
        "{printed}"
    );
    files(&folder.path().join(out))
}

fn with_text(text: &str) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("text.txt"), text).expect("it can be written");
    folder
}

#[test]
fn a_seed_gives_the_same_model_bit_for_bit() {
    let folder = with_text(&text());
    for (name, vocabulary) in [("book-gpt", "tokenizer.json"), ("book-bert", "vocab.txt")] {
        let first = trained(&folder, name, "7", "one");
        let mut names = [
            "config.json",
            "model.safetensors",
            "training.json",
            vocabulary,
        ];
        names.sort_unstable();
        assert!(first.keys().eq(names.iter().copied()), "{:?}", first.keys());
        assert_eq!(trained(&folder, name, "7", "two"), first);
        // It replaces the model that was trained before.
        let other = trained(&folder, name, "8", "two");
        let weights = "model.safetensors";
        assert_ne!(other[weights], first[weights]);
        assert_eq!(other[vocabulary], first[vocabulary]);
        let record: Value = serde_json::from_slice(&first["training.json"]).expect("a record");
        assert_eq!(record["text"], "text.txt");
        assert_eq!((&record["seed"], &record["steps"]), (&7.into(), &3.into()));
        fs::remove_dir_all(folder.path().join("one")).expect("it is there");
        fs::remove_dir_all(folder.path().join("two")).expect("it is there");
    }
    assert!(
        files(folder.path()).keys().eq(["text.txt"]),
        "nothing is left over"
    );
}

#[test]
fn wrong_input_has_one_error_and_writes_nothing() {
    let folder = with_text(&text());
    let write = |name: &str, bytes: &[u8]| {
        fs::write(folder.path().join(name), bytes).expect("it can be written");
    };
    write("empty.txt", b" \n\n");
    write("short.txt", b"A query asks.");
    write("latin.txt", b"caf\xe9");
    fs::create_dir(folder.path().join("mine")).expect("a folder");
    fs::write(folder.path().join("mine/notes.txt"), "mine").expect("it can be written");
    for (arguments, error) in [
        (
            "--text missing.txt",
            "error: missing.txt cannot be read: No such file or directory",
        ),
        (
            "--text empty.txt",
            "error: empty.txt: expected a text to train on, found none\n",
        ),
        ("--text short.txt", "error: expected a text of at least "),
        (
            "--text latin.txt",
            "error: latin.txt:1: this is not UTF-8; save the file as UTF-8\n",
        ),
        (
            "--text text.txt --steps 0",
            "error: invalid value '0' for '--steps <NUMBER>': 0 is not in 1..",
        ),
        (
            "--text text.txt --out mine",
            "error: mine: expected a new folder, or one with a model that was trained before",
        ),
    ] {
        for name in ["book-gpt", "book-bert"] {
            let mut words = vec![name, "--out", "new"];
            if arguments.contains("--out") {
                words.truncate(1);
            }
            words.extend(arguments.split(' '));
            let output = run(&folder, &words);
            let printed = String::from_utf8(output.stderr).expect("text");
            assert_eq!(output.status.code(), Some(2), "{printed}");
            assert!(printed.starts_with(error), "{printed}");
        }
    }
    let unknown = run(&folder, &["book-gtp"]);
    assert_eq!(unknown.status.code(), Some(2));
    let left: Vec<_> = folder.path().read_dir().expect("a folder").collect();
    assert_eq!(
        left.len(),
        5,
        "four texts and a folder, and nothing half-written: {left:?}"
    );
}
