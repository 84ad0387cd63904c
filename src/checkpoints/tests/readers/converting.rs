//! Conversions: a folder of the hub's layout, whole or not at all.

use std::fs;
use std::path::Path;

use attentive_checkpoints::{Checkpoint, NumberType, convert};
use half::{bf16, f16};
use safetensors::Dtype;

use crate::samples::gguf::{File, TOKENS, WIDTH};
use crate::samples::onnx::{Graph, TOKENIZER};
use crate::samples::{self, safetensors_file};

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("a folder").flatten();
    let mut names: Vec<String> = entries
        .map(|entry| entry.file_name().display().to_string())
        .collect();
    names.sort();
    names
}

#[test]
fn every_format_becomes_a_folder_of_the_hub() {
    let gguf = samples::folder(&[("some-name.gguf", &File::llama().bytes())]);
    let t5 = samples::folder(&[
        ("decoder.onnx", &Graph::decoder().bytes()),
        ("encoder.onnx", &Graph::encoder().bytes()),
        ("tokenizer.json", TOKENIZER.as_bytes()),
    ]);
    let tagger = samples::folder(&[("tagger.onnx", &Graph::tagger().bytes())]);
    for source in [
        gguf.path(),
        &gguf.path().join("some-name.gguf"),
        t5.path(),
        tagger.path(),
    ] {
        let out = tempfile::tempdir().expect("a folder");
        // Neither of its folders is there.
        let target = out.path().join("models/new");
        let mut steps = Vec::new();
        let converted = convert(source, &target, NumberType::F32, &mut |progress| {
            steps.push((progress.name.to_owned(), progress.written, progress.total));
        });
        let converted = converted.unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(converted.files, names(&target));
        assert_eq!(
            names(&out.path().join("models")),
            ["new"],
            "nothing is left over"
        );
        assert_eq!(converted.tensors, steps.len());
        assert_eq!(converted.bytes, 4 * converted.parameters as u64);
        let (before, after) = (
            Checkpoint::open(&source_folder(source)),
            Checkpoint::open(&target),
        );
        let (before, after) = (before.expect("a checkpoint"), after.expect("a checkpoint"));
        for (name, ..) in steps {
            let shape = before.shape(&name).expect("a tensor").to_vec();
            let numbers = before.read(&name, shape.as_slice()).expect("numbers");
            assert_eq!(
                numbers,
                after.read(&name, shape.as_slice()).expect("numbers"),
                "{name}"
            );
        }
    }
}

fn source_folder(source: &Path) -> std::path::PathBuf {
    let folder = if source.is_dir() {
        Some(source)
    } else {
        source.parent()
    };
    folder.expect("a folder").to_owned()
}

/// A float as a file of 16 bits has it.
fn rounded(number: NumberType, float: f32) -> f32 {
    match number {
        NumberType::F32 => float,
        NumberType::F16 => f16::from_f32(float).to_f32(),
        NumberType::BF16 => bf16::from_f32(float).to_f32(),
    }
}

#[test]
fn numbers_of_16_bits_are_the_nearest() {
    let source = samples::folder(&[("model.gguf", &File::llama().bytes())]);
    let (name, shape) = ("model.embed_tokens.weight", (TOKENS.len(), WIDTH));
    let before = Checkpoint::open(source.path())
        .expect("a checkpoint")
        .read(name, shape);
    let before = before.expect("a matrix");
    for number in [NumberType::F16, NumberType::BF16] {
        let target = tempfile::tempdir().expect("an empty folder, which may be filled");
        let converted = convert(source.path(), target.path(), number, &mut |_| ());
        let converted = converted.unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(converted.bytes, 2 * converted.parameters as u64);
        let after = Checkpoint::open(target.path())
            .expect("a checkpoint")
            .read(name, shape);
        assert_eq!(
            after.expect("a matrix"),
            before.mapv(|float| rounded(number, float))
        );
        let config = fs::read_to_string(target.path().join("config.json")).expect("a file");
        let name = if number == NumberType::F16 {
            "float16"
        } else {
            "bfloat16"
        };
        assert!(
            config.contains(&format!("\"torch_dtype\": \"{name}\"")),
            "{config}"
        );
    }
}

#[test]
fn shards_become_one_file_with_the_files_beside_them() {
    let shard = safetensors_file("w", Dtype::BF16, &[1], &bf16::from_f32(2.0).to_le_bytes());
    let source = samples::folder(&[
        ("one.safetensors", &shard),
        (
            "model.safetensors.index.json",
            br#"{"weight_map": {"w": "one.safetensors"}}"#,
        ),
        (
            "config.json",
            br#"{"model_type": "gpt2", "dtype": "bfloat16"}"#,
        ),
        ("vocab.json", b"{}"),
        ("merges.txt", b""),
        ("readme.txt", b"not of the layout"),
    ]);
    let out = tempfile::tempdir().expect("a folder");
    convert(source.path(), out.path(), NumberType::F32, &mut |_| ()).expect("a folder");
    let expected = [
        "config.json",
        "merges.txt",
        "model.safetensors",
        "vocab.json",
    ];
    assert_eq!(names(out.path()), expected);
    let config = fs::read_to_string(out.path().join("config.json")).expect("a file");
    assert!(config.contains("\"dtype\": \"float32\""), "{config}");
    assert!(!config.contains("torch_dtype"), "{config}");
}

#[test]
fn what_cannot_be_converted_leaves_nothing() {
    let large = safetensors_file(
        "large",
        Dtype::F32,
        &[2],
        &samples::le_bytes(&[1.0, 70_000.0]),
    );
    let source = samples::folder(&[("model.safetensors", &large), ("config.json", b"{}")]);
    let out = tempfile::tempdir().expect("a folder");
    let target = out.path().join("new");
    let error =
        convert(source.path(), &target, NumberType::F16, &mut |_| ()).expect_err("too large");
    insta::assert_snapshot!(error, @"expected numbers up to 65504 in the tensor `large`, as F16 has them, found 70000; write bf16 or f32");
    assert_eq!(names(out.path()), Vec::<String>::new());
    let largest = safetensors_file("large", Dtype::F32, &[1], &f32::MAX.to_le_bytes());
    fs::write(source.path().join("model.safetensors"), largest).expect("a file");
    let error =
        convert(source.path(), &target, NumberType::BF16, &mut |_| ()).expect_err("too large");
    insta::assert_snapshot!(error, @"expected numbers up to 3.39e38 in the tensor `large`, as BF16 has them, found 340282350000000000000000000000000000000; write f32");

    fs::create_dir(&target).expect("a folder");
    fs::write(target.join("mine.txt"), "mine").expect("a file");
    for taken in [target.clone(), target.join("mine.txt")] {
        let error =
            convert(source.path(), &taken, NumberType::F32, &mut |_| ()).expect_err("taken");
        assert!(
            error.to_string().contains("expected a new or empty folder"),
            "{error}"
        );
    }
    assert_eq!(
        fs::read_to_string(target.join("mine.txt")).expect("a file"),
        "mine"
    );
}

#[test]
fn a_folder_takes_the_place_of_one_that_has_a_name() {
    let source = samples::folder(&[("model.gguf", &File::llama().bytes())]);
    let into = |target: &Path| convert(source.path(), target, NumberType::F32, &mut |_| ());
    let error = into(Path::new(".")).expect_err("it has no name");
    insta::assert_snapshot!(error, @".: expected the name of a folder, found a path without one; name a new folder in it");
    #[cfg(unix)]
    {
        let out = tempfile::tempdir().expect("a folder");
        let (folder, link) = (out.path().join("folder"), out.path().join("link"));
        fs::create_dir(&folder).expect("a folder");
        std::os::unix::fs::symlink(&folder, &link).expect("a link");
        let converted = into(&link).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(converted.files, names(&folder));
        assert_eq!(names(out.path()), ["folder", "link"]);
    }
}
