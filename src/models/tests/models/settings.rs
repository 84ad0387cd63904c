//! Files of settings that are JSON and no objects.

use std::fs;
use std::path::Path;

use attentive_models::{ChatTemplate, Config, ImageProcessor, Model, ModelError, Tokenizer};

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
