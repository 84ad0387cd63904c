//! Files of settings that are JSON and no objects.

use std::fs;
use std::path::Path;

use attentive_models::{ChatTemplate, Config, ImageProcessor, Model, ModelError, Tokenizer};
use serde_json::{Map, Value};

use crate::fixture::copy;

/// Opens what a file belongs to, in a folder that has it.
fn open(folder: &Path, file: &str) -> Result<(), ModelError> {
    match file {
        "tokenizer.json" | "vocab.json" => Tokenizer::open(folder).map(drop),
        "tokenizer_config.json" => ChatTemplate::open(folder).map(drop),
        "preprocessor_config.json" => {
            let Config::Vit(config) = Config::open(folder)? else {
                panic!("it is a model of images");
            };
            ImageProcessor::open(folder, &config).map(drop)
        }
        "model.safetensors.index.json" => Model::open(folder).map(drop),
        _ => Config::open(folder).map(drop),
    }
}

#[test]
fn a_list_a_number_and_nothing_are_no_settings() {
    for (fixture, file) in [
        ("gpt2", "config.json"),
        ("llama", "generation_config.json"),
        ("t5", "generation_config.json"),
        ("vit", "preprocessor_config.json"),
        ("gpt2", "model.safetensors.index.json"),
        ("gpt2", "tokenizer.json"),
        ("gpt2", "tokenizer_config.json"),
        ("gpt2", "vocab.json"),
    ] {
        let folder = copy(fixture);
        if file.contains("index") {
            fs::remove_file(folder.path().join("model.safetensors")).expect("removed");
        }
        fs::write(folder.path().join("merges.txt"), "").expect("a file");
        let path = folder.path().join(file);
        for (text, found) in [
            (r#"["gpt2", 2]"#, "a list"),
            ("[]", "a list"),
            ("7", "a number"),
            ("null", "null"),
            ("", "nothing"),
        ] {
            fs::write(&path, text).expect("a file");
            let error = open(folder.path(), file).expect_err("no settings");
            let expected = format!(
                "{}: expected an object of settings in JSON, {{…}}, found {found}; is it the right file?",
                path.display()
            );
            assert_eq!(error.to_string(), expected);
        }
    }
}

/// The fields of `config.json` that are sizes.
const SIZES: [&str; 22] = [
    "d_ff",
    "d_kv",
    "d_model",
    "dim",
    "embedding_size",
    "hidden_dim",
    "hidden_size",
    "image_size",
    "intermediate_size",
    "max_position_embeddings",
    "n_embd",
    "n_head",
    "n_heads",
    "n_layers",
    "n_positions",
    "num_attention_heads",
    "num_heads",
    "num_hidden_layers",
    "num_layers",
    "patch_size",
    "type_vocab_size",
    "vocab_size",
];

#[test]
fn no_size_is_0() {
    for (fixture, fewest) in [
        ("bert-texts", 6),
        ("distilbert-texts", 6),
        ("albert-fill-mask", 7),
        ("gpt2", 4),
        ("llama", 5),
        ("t5", 6),
        ("vit", 6),
    ] {
        let folder = copy(fixture);
        let path = folder.path().join("config.json");
        let text = fs::read(&path).expect("a file");
        let sound: Map<String, Value> = serde_json::from_slice(&text).expect("an object");
        let sizes: Vec<_> = SIZES
            .into_iter()
            .filter(|&size| sound.contains_key(size))
            .collect();
        assert!(sizes.len() >= fewest, "{fixture} has {sizes:?}");
        for size in sizes {
            let mut config = sound.clone();
            config.insert(size.to_owned(), 0.into());
            fs::write(&path, Value::from(config).to_string()).expect("a file");
            let error = Config::open(folder.path())
                .expect_err("a size of 0")
                .to_string();
            assert!(
                error.contains("found 0") || error.contains("the width, 0"),
                "{fixture}, {size}: {error}"
            );
        }
    }
}
