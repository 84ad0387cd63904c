//! Tiny tokenizers, and the program that is run on them.

use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// Words that the BERT knows, after its special tokens.
const WORDS: [&str; 12] = [
    "the", "cat", "sat", "on", "mat", "dog", "##s", "a", ".", "man", "is", "eating",
];

/// The end token of the GPT, which knows the bytes and one merged piece besides.
const END: usize = 257;

/// A folder with models, in which the program is run.
pub(crate) struct Models {
    folder: TempDir,
}

/// A program that has ended.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    status: Option<i32>,
}

impl Ran {
    /// Checks the exit status.
    #[track_caller]
    pub(crate) fn exits(self, status: i32) -> Self {
        assert_eq!(self.status, Some(status), "{self:?}");
        self
    }

    /// Reads the JSON that was printed.
    #[track_caller]
    pub(crate) fn json(self) -> Value {
        let ran = self.exits(0);
        serde_json::from_str(&ran.stdout).expect("it printed JSON")
    }
}

impl Models {
    /// Makes the folder, with the tokenizers of a `gpt` and of a `bert`.
    pub(crate) fn new() -> Self {
        let models = Self {
            folder: tempfile::tempdir().expect("a folder for models"),
        };
        models.write_gpt("gpt");
        models.write_bert("bert");
        models
    }

    /// Path of something in the folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file.
    pub(crate) fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("it is in a folder")).expect("a folder");
        fs::write(path, text).expect("it can be written");
    }

    /// Runs `attentive pipeline` here.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        self.run_with(arguments, "")
    }

    /// Runs `attentive pipeline` here, with this on standard input.
    pub(crate) fn run_with(&self, arguments: &[&str], input: &str) -> Ran {
        let mut command = Command::new(env!("CARGO_BIN_EXE_attentive-pipeline"));
        command
            .arg("pipeline")
            .args(arguments)
            .current_dir(self.folder.path())
            .env("ATTENTIVE_CACHE", self.path("cache"))
            .env("COLUMNS", "100")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().expect("it can be started");
        let mut stdin = child.stdin.take().expect("it has an input");
        // A program that does not read its input may be gone already.
        let _ = stdin.write_all(input.as_bytes());
        drop(stdin);
        let output = child.wait_with_output().expect("it ends");
        Ran {
            stdout: String::from_utf8(output.stdout).expect("text"),
            stderr: String::from_utf8(output.stderr).expect("text"),
            status: output.status.code(),
        }
    }

    fn write_gpt(&self, name: &str) {
        let mut vocabulary = serde_json::Map::new();
        for (id, piece) in byte_pieces().into_iter().enumerate() {
            vocabulary.insert(piece.to_string(), id.into());
        }
        vocabulary.insert("th".to_owned(), 256.into());
        vocabulary.insert("<|endoftext|>".to_owned(), END.into());
        self.write(
            &format!("{name}/vocab.json"),
            Value::Object(vocabulary).to_string(),
        );
        self.write(&format!("{name}/merges.txt"), "#version: 0.2\nt h\n");
    }

    fn write_bert(&self, name: &str) {
        let special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"];
        let words: Vec<&str> = special.into_iter().chain(WORDS).collect();
        self.write(&format!("{name}/vocab.txt"), words.join("\n") + "\n");
    }
}

/// The character by which GPT-2's vocabulary writes each byte: itself, or one from 256 on where it cannot be seen.
fn byte_pieces() -> Vec<char> {
    let mut next = 256;
    let mut pieces = Vec::new();
    for byte in 0..=255_u8 {
        if matches!(byte, b'!'..=b'~' | 0xA1..=0xAC | 0xAE..=0xFF) {
            pieces.push(char::from(byte));
        } else {
            pieces.push(char::from_u32(next).expect("a character"));
            next += 1;
        }
    }
    pieces
}
