//! `image-model`, from digits to a folder in the hub's layout.

#[path = "shared/files.rs"]
mod files;

use std::fs;
use std::process::{Command, Output};

use attentive_models::digits::LEARNED;
use serde_json::Value;
use tempfile::TempDir;

use files::files;

const NAME: &str = "book-digits";
/// The digits of the test that are held out.
const HELD_OUT: usize = 20;

/// A folder with a cache, in which the digits are bars, the further right the larger they are.
fn with_digits() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let mut table = String::new();
    for number in 0..LEARNED + HELD_OUT {
        let digit = number % 10;
        for pixel in 0..64 {
            let is_ink = pixel % 8 == digit % 8 && (digit < 8 || pixel < 32);
            table += if is_ink { "16," } else { "0," };
        }
        table += &format!("{digit}\n");
    }
    let data = folder.path().join("cache/models/digits");
    fs::create_dir_all(&data).expect("a folder");
    fs::write(data.join("digits.csv"), table).expect("it can be written");
    folder
}

/// Runs the program in a folder.
fn run(folder: &TempDir, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_attentive-reference"))
        .args(["image-model", NAME])
        .args(arguments)
        .current_dir(folder.path())
        .env("ATTENTIVE_CACHE", folder.path().join("cache"))
        .output()
        .expect("it can be started")
}

#[test]
fn a_seed_gives_the_same_model_bit_for_bit() {
    let folder = with_digits();
    let trained = |seed: &str, out: &str| {
        let output = run(&folder, &["--steps", "3", "--seed", seed, "--out", out]);
        assert!(output.status.success(), "{output:?}");
        let printed = String::from_utf8(output.stdout).expect("text");
        let says = format!("{LEARNED} digits to learn from, {HELD_OUT} held out\nright ");
        for says in ["     3 of 3 batches: loss ", &says] {
            assert!(printed.contains(says), "{printed}");
        }
        files(&folder.path().join(out))
    };
    let first = trained("7", "one");
    let names = [
        "config.json",
        "model.safetensors",
        "preprocessor_config.json",
        "training.json",
    ];
    assert!(first.keys().eq(names), "{:?}", first.keys());
    assert_eq!(trained("7", "two"), first);
    // It replaces the model that was trained before.
    let other = trained("8", "two");
    assert_ne!(other["model.safetensors"], first["model.safetensors"]);
    assert_eq!(other["config.json"], first["config.json"]);
    let record: Value = serde_json::from_slice(&first["training.json"]).expect("a record");
    assert_eq!((&record["seed"], &record["steps"]), (&7.into(), &3.into()));
    assert_eq!(record["held_out"], HELD_OUT);
}

#[test]
fn a_folder_of_other_files_and_missing_digits_have_one_error() {
    let folder = with_digits();
    fs::create_dir(folder.path().join("mine")).expect("a folder");
    fs::write(folder.path().join("mine/notes.txt"), "mine").expect("it can be written");
    let error = |out: &str, says: &str| {
        let output = run(&folder, &["--out", out]);
        let printed = String::from_utf8(output.stderr).expect("text");
        assert_eq!(output.status.code(), Some(2), "{printed}");
        assert!(printed.contains(says), "{printed}");
    };
    error("mine", "mine: expected a new folder, or one with a model");
    fs::remove_dir_all(folder.path().join("cache")).expect("it is there");
    error("new", "cargo attentive model fetch digits");
    assert!(!folder.path().join("new").exists());
}
