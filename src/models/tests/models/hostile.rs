//! Damaged and malicious files: each gets an error, or makes a model that runs. None ends the program.

use std::fs::{self, File};
use std::io::{self, Seek, Write};
use std::path::Path;

use attentive_models::{Config, Image, ImageProcessor, LanguageModel, Model, Tokenizer};
use ndarray::{Array2, Array4, Axis};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{TestCaseError, TestRunner};

use crate::fixture::{self, copy};

/// Mutations of checkpoints.
const CHECKPOINTS: u32 = 10_000;
/// Mutations of configurations and tokenizers, each.
const OTHERS: u32 = 2_000;
/// Bytes of a checkpoint's header that are changed; numbers behind it are never wrong.
const HEADER: usize = 3_000;

/// A change of a file.
#[derive(Debug, Clone)]
enum Mutation {
    /// Other bytes at some places.
    Overwrite(Vec<(usize, u8)>),
    /// A digit, where there was one: a size, or an offset.
    Digits(Vec<(usize, u8)>),
    /// The end is missing.
    Cut(usize),
    /// Bytes too many.
    Insert(usize, Vec<u8>),
    /// A length of the header that is not its own.
    Length(u64),
}

fn mutations() -> impl Strategy<Value = Mutation> {
    prop_oneof![
        vec((0..HEADER, any::<u8>()), 1..6).prop_map(Mutation::Overwrite),
        vec((0..HEADER, b'0'..=b'9'), 1..6).prop_map(Mutation::Digits),
        (0..HEADER * 10).prop_map(Mutation::Cut),
        (0..HEADER, vec(any::<u8>(), 1..20))
            .prop_map(|(place, bytes)| Mutation::Insert(place, bytes)),
        any::<u64>().prop_map(Mutation::Length),
    ]
}

impl Mutation {
    fn apply(&self, bytes: &mut Vec<u8>) {
        let length = bytes.len();
        match self {
            Self::Overwrite(changes) => {
                for (place, byte) in changes {
                    bytes[place % length] = *byte;
                }
            }
            Self::Digits(changes) => {
                for (place, digit) in changes {
                    let mut rest = bytes[place % length..].iter_mut();
                    if let Some(byte) = rest.find(|byte| byte.is_ascii_digit()) {
                        *byte = *digit;
                    }
                }
            }
            Self::Cut(end) => bytes.truncate(end % length),
            Self::Insert(place, new) => {
                let place = place % length;
                bytes.splice(place..place, new.iter().copied());
            }
            Self::Length(wrong) => {
                let end = length.min(8);
                bytes[..end].copy_from_slice(&wrong.to_le_bytes()[..end]);
            }
        }
    }
}

/// Opens a model, and runs it if it can be opened.
fn open_and_run(folder: &Path) {
    let Ok(model) = Model::open(folder) else {
        return;
    };
    let ids = Array2::from_elem((1, 2), 1);
    match model {
        Model::Gpt(gpt) => {
            gpt.run(ids.view());
            gpt.next(&[1]);
        }
        Model::Llama(llama) => {
            let model: &dyn LanguageModel = &llama;
            model.run(&[1, 1]);
            model.cached(1)(&[1]);
        }
        Model::T5(t5) => {
            let start = t5.config().start_token;
            t5.run(&[1, 1], &[start]);
            t5.cached(&[1], 1)(&[start]);
        }
        Model::Encoder(encoder) => {
            let mask = Array2::from_elem((1, 2), true);
            let types = Array2::zeros((1, 2));
            let states = encoder.run(ids.view(), types.view(), mask.view());
            encoder.last_states(ids.view(), types.view(), mask.view());
            let last = states.hidden[states.hidden.len() - 1].view();
            // There may be no head; there must be no panic.
            let _ = encoder.fill_mask(last);
            let _ = encoder.classify(last);
        }
        Model::Vit(vit) => {
            let config = vit.config();
            let size = config.image_size;
            let _ = vit.classify(Array4::zeros((1, config.channels, size, size)).view());
        }
    }
}

/// Replaces the contents of a file. It is not made empty first, as `fs::write` does: some file systems then write it to the
/// disk at once, and wait for that before it is made empty again.
fn replace(mut file: &File, contents: &[u8]) -> io::Result<()> {
    file.rewind()?;
    file.write_all(contents)?;
    file.set_len(contents.len() as u64)
}

/// Damages a file in as many ways as asked for, and opens what comes of it.
fn damage(folder: &Path, file: &str, cases: u32, open: impl Fn(&Path)) {
    let path = folder.join(file);
    let sound = fs::read(&path).expect("a sound file");
    let file = File::options().write(true).open(&path).expect("a file");
    let mut runner = TestRunner::new(ProptestConfig {
        cases,
        failure_persistence: None,
        ..ProptestConfig::default()
    });
    let result = runner.run(&mutations(), |mutation| {
        let mut bytes = sound.clone();
        mutation.apply(&mut bytes);
        replace(&file, &bytes).map_err(|error| TestCaseError::fail(error.to_string()))?;
        open(folder);
        Ok(())
    });
    result.unwrap_or_else(|error| panic!("{error}"));
}

#[test]
fn damaged_checkpoints_end_no_program() {
    for name in [
        "gpt2-half",
        "distilbert-texts",
        "llama-linear",
        "t5-gated",
        "vit",
    ] {
        damage(
            copy(name).path(),
            "model.safetensors",
            CHECKPOINTS / 4,
            open_and_run,
        );
    }
}

#[test]
fn damaged_configurations_end_no_program() {
    for name in [
        "gpt2-half",
        "albert-fill-mask",
        "llama-3",
        "t5",
        "vit-grey-half",
    ] {
        damage(copy(name).path(), "config.json", OTHERS / 4, open_and_run);
    }
}

#[test]
fn damaged_tokenizers_end_no_program() {
    let folder = tempfile::tempdir().expect("a folder");
    let words = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\n##b\nword\n";
    let path = folder.path();
    fs::write(path.join("vocab.txt"), words).expect("a file");
    damage(path, "vocab.txt", OTHERS, |folder| {
        if let Ok(tokenizer) = Tokenizer::open(folder) {
            // Without its unknown token, it has an error for what it does not know.
            let _ = tokenizer.encode("a word that abbb", true);
        }
    });
}

#[test]
fn damaged_image_processors_end_no_program() {
    let name = "vit";
    let Ok(Config::Vit(config)) = Config::open(&fixture::folder(name)) else {
        panic!("expected a ViT")
    };
    let photo = Image::open(&fixture::folder(name).join("photo.png")).expect("an image");
    let file = "preprocessor_config.json";
    let copy = tempfile::tempdir().expect("a folder");
    fs::copy(fixture::folder(name).join(file), copy.path().join(file)).expect("a copy");
    damage(copy.path(), file, OTHERS / 4, |folder| {
        if let Ok(processor) = ImageProcessor::open(folder, &config)
            && let Ok(image) = processor.resize(&photo)
        {
            let pixels = processor.normalise(&image).insert_axis(Axis(0));
            assert!(pixels.len() <= 3 * 2500 * 16 * 4, "{:?}", pixels.dim());
        }
    });
}

#[test]
fn damaged_images_end_no_program() {
    let folder = tempfile::tempdir().expect("a folder");
    let png = fixture::folder("vit").join("photo.png");
    fs::copy(&png, folder.path().join("photo.png")).expect("a copy");
    image::open(&png)
        .and_then(|photo| photo.save(folder.path().join("photo.jpg")))
        .expect("a copy");
    for file in ["photo.png", "photo.jpg"] {
        damage(folder.path(), file, OTHERS, |folder| {
            let _ = Image::open(&folder.join(file));
        });
    }
}
