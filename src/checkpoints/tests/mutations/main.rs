//! Damaged files: each reader gives an error or numbers. None panics, and none takes more memory than a small multiple of the
//! file.
//!
//! `cargo test --release -p attentive-checkpoints --features many-mutations --test mutations` damages a hundred thousand
//! files for each reader.

#[path = "../samples/shared.rs"]
#[expect(dead_code, reason = "the tests of readers use more of it")]
mod samples;

use std::fs::{self, File};
use std::io::{self, Seek, Write};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use attentive_checkpoints::HubModel;
use attentive_grader::{CountingAllocator, peak_memory};
use half::bf16;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use safetensors::Dtype;
use tempfile::TempDir;

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;

/// Held by the one test whose memory is counted.
static COUNTED: Mutex<()> = Mutex::new(());

/// Damaged files for each sample. GGUF and safetensors have two, and ONNX three.
const CASES: u32 = if cfg!(feature = "many-mutations") {
    50_000
} else {
    150
};
/// The most bytes of memory for each byte of the folder's files.
const FACTOR: usize = 16;
/// Bytes that a reader may take for a file of any size: a buffer, names of files, an error.
const BUFFERS: usize = 1 << 14;

/// A change of a file.
#[derive(Debug, Clone)]
enum Mutation {
    /// Other bytes at some places.
    Overwrite(Vec<(usize, u8)>),
    /// A number of 64 bits at a place: a length, a count, or an offset.
    Number(usize, u64),
    /// A bit is flipped.
    Flip(usize, u8),
    /// The end is missing.
    Cut(usize),
    /// Bytes too many.
    Insert(usize, Vec<u8>),
    /// Bytes missing.
    Remove(usize, usize),
    /// A part of the file at another place.
    Copy(usize, usize, usize),
}

fn mutations() -> impl Strategy<Value = Mutation> {
    let place = any::<usize>;
    let number = prop_oneof![
        any::<u64>(),
        0..300_u64,
        (0..64_u32).prop_map(|bit| 1 << bit),
        (1..40_u64).prop_map(|less| u64::MAX - less),
    ];
    prop_oneof![
        vec((place(), any::<u8>()), 1..6).prop_map(Mutation::Overwrite),
        (place(), number).prop_map(|(place, number)| Mutation::Number(place, number)),
        (place(), 0..8_u8).prop_map(|(place, bit)| Mutation::Flip(place, bit)),
        place().prop_map(Mutation::Cut),
        (place(), vec(any::<u8>(), 1..20))
            .prop_map(|(place, bytes)| Mutation::Insert(place, bytes)),
        (place(), 1..40_usize).prop_map(|(place, count)| Mutation::Remove(place, count)),
        (place(), place(), 1..200_usize)
            .prop_map(|(from, to, count)| Mutation::Copy(from, to, count)),
    ]
}

impl Mutation {
    /// Changes the first part of a file, in which everything but numbers is.
    fn apply(&self, bytes: &mut Vec<u8>, part: usize) {
        let at = |place: &usize| place % part;
        match self {
            Self::Overwrite(changes) => {
                for (place, byte) in changes {
                    bytes[at(place)] = *byte;
                }
            }
            Self::Number(place, number) => {
                for (place, byte) in (at(place)..bytes.len()).zip(number.to_le_bytes()) {
                    bytes[place] = byte;
                }
            }
            Self::Flip(place, bit) => bytes[at(place)] ^= 1 << bit,
            Self::Cut(place) => bytes.truncate(place % bytes.len()),
            Self::Insert(place, new) => {
                bytes.splice(at(place)..at(place), new.iter().copied());
            }
            Self::Remove(place, count) => {
                let end = (at(place) + count).min(bytes.len());
                bytes.drain(at(place)..end);
            }
            Self::Copy(from, to, count) => {
                let end = (at(from) + count).min(bytes.len());
                let copied = bytes[at(from)..end].to_vec();
                bytes.splice(at(to)..at(to), copied);
            }
        }
    }
}

/// Opens a model, and reads all of it.
fn open_and_read(folder: &Path) -> bool {
    let Ok(model) = HubModel::open(folder) else {
        return false;
    };
    let checkpoint = &model.checkpoint;
    for name in checkpoint.names() {
        let shape = checkpoint.shape(name).expect("a tensor has a shape");
        let Ok(numbers) = checkpoint.read(name, shape) else {
            continue;
        };
        assert_eq!(numbers.shape(), shape);
    }
    true
}

/// Replaces the contents of a file, without making it empty first, which some file systems write to the disk.
fn replace(mut file: &File, contents: &[u8]) -> io::Result<()> {
    file.rewind()?;
    file.write_all(contents)?;
    file.set_len(contents.len() as u64)
}

/// Bytes of all files of a folder.
fn size(folder: &Path) -> usize {
    let entries = fs::read_dir(folder).expect("a folder").flatten();
    entries
        .map(|entry| entry.metadata().map_or(0, |file| file.len() as usize))
        .sum()
}

/// Damages the first `part` bytes of a file in many ways, and reads what comes of it.
fn damage(folder: &TempDir, name: &str, part: usize) {
    let _alone = COUNTED.lock().unwrap_or_else(PoisonError::into_inner);
    let path = folder.path().join(name);
    let sound = fs::read(&path).expect("a sound file");
    assert!(open_and_read(folder.path()), "{name} is sound");
    let file = File::options().write(true).open(&path).expect("a file");
    let (mut read, mut most) = (0, 0);
    // The same files each time: a run that fails can be taken again.
    let mut runner = TestRunner::deterministic();
    for _ in 0..CASES {
        let tree = mutations().new_tree(&mut runner).expect("a mutation");
        let mutation = tree.current();
        let mut bytes = sound.clone();
        mutation.apply(&mut bytes, part);
        replace(&file, &bytes).expect("it can be written");
        let (is_read, peak) = peak_memory(|| open_and_read(folder.path()));
        let peak = peak.expect("the allocator counts");
        let size = size(folder.path());
        assert!(
            peak <= FACTOR * size + BUFFERS,
            "{peak} bytes for {size}: {mutation:?}"
        );
        read += u32::from(is_read);
        most = most.max(peak);
    }
    replace(&file, &sound).expect("it can be written");
    println!(
        "{name}: {read} of {CASES} are read; at most {most} bytes of memory for a sound file of {}",
        sound.len()
    );
}

#[test]
fn gguf() {
    let whole = samples::gguf::File::llama().bytes();
    let folder = samples::folder(&[("model.gguf", &whole)]);
    damage(&folder, "model.gguf", 1700);
    damage(&folder, "model.gguf", whole.len());
}

#[test]
fn onnx() {
    let (encoder, decoder) = (
        samples::onnx::Graph::encoder(),
        samples::onnx::Graph::decoder(),
    );
    let folder = samples::folder(&[
        ("encoder.onnx", &encoder.bytes()),
        ("decoder.onnx", &decoder.bytes()),
        ("tokenizer.json", samples::onnx::TOKENIZER.as_bytes()),
    ]);
    for name in ["encoder.onnx", "decoder.onnx"] {
        damage(&folder, name, encoder.bytes().len());
    }
    let tagger = samples::onnx::Graph::tagger().bytes();
    let folder = samples::folder(&[("tagger.onnx", &tagger)]);
    damage(&folder, "tagger.onnx", tagger.len());
}

#[test]
fn safetensors() {
    let config = ("config.json", br#"{"model_type": "gpt2"}"#.as_slice());
    let whole = samples::safetensors_file("w", Dtype::F32, &[4, 8], &[0; 128]);
    let folder = samples::folder(&[("model.safetensors", &whole), config]);
    damage(&folder, "model.safetensors", whole.len());
    let shard = samples::safetensors_file("w", Dtype::BF16, &[1], &bf16::ONE.to_le_bytes());
    let index = br#"{"metadata": {}, "weight_map": {"w": "one.safetensors"}}"#;
    let folder = samples::folder(&[
        ("one.safetensors", &shard),
        ("model.safetensors.index.json", index),
        config,
    ]);
    damage(&folder, "model.safetensors.index.json", index.len());
}
