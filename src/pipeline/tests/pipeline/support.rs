//! Tiny models with random weights, in the hub's layout, and the program that is run on them.

mod llama;
pub(crate) mod t5;

use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};

use safetensors::tensor::{Dtype, TensorView};
use serde_json::{Value, json};
use tempfile::TempDir;

/// The program.
pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_attentive-pipeline");

/// Words that the BERT knows, after its special tokens.
const WORDS: [&str; 12] = [
    "the", "cat", "sat", "on", "mat", "dog", "##s", "a", ".", "man", "is", "eating",
];

/// Number of tokens that the GPT knows: the bytes, one merged piece and the end token.
pub(crate) const GPT_VOCABULARY: usize = 258;

/// The end token of the GPT.
pub(crate) const END: usize = 257;

/// Width of all models.
const WIDTH: usize = 8;

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
    /// Makes the folder, with a `gpt`, a `bert` that fills gaps, and one that tells classes apart.
    pub(crate) fn new() -> Self {
        let models = Self {
            folder: tempfile::tempdir().expect("a folder for models"),
        };
        models.write_gpt("gpt", 24);
        models.write_bert("bert", &json!({}));
        models.write_bert(
            "classes",
            &json!({"id2label": {"0": "NEGATIVE", "1": "POSITIVE"}}),
        );
        models.write_bert(
            "tags",
            &json!({
                "architectures": ["BertForTokenClassification"],
                "id2label": {"0": "O", "1": "B-LOC"}
            }),
        );
        models
    }

    /// Path of something in the folder.
    pub(crate) fn path(&self, name: &str) -> std::path::PathBuf {
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
        let mut command = Command::new(PROGRAM);
        command.arg("pipeline").args(arguments);
        self.ran(command, input)
    }

    /// Runs `attentive model` here.
    pub(crate) fn model(&self, arguments: &[&str]) -> Ran {
        let mut command = Command::new(PROGRAM);
        command.arg("model").args(arguments);
        self.ran(command, "")
    }

    /// Runs `attentive pipeline` here as on a disk that is nearly full: no file can have more than a kilobyte.
    pub(crate) fn run_without_room(&self, arguments: &[&str]) -> Ran {
        self.run_limited("trap '' XFSZ; ulimit -f 1", arguments)
    }

    /// Runs `attentive pipeline` here in a shell that does something first, such as to set limits.
    pub(crate) fn run_limited(&self, limits: &str, arguments: &[&str]) -> Ran {
        let mut command = Command::new("sh");
        let limited = format!("{limits}; exec \"$0\" pipeline \"$@\"");
        command.args(["-c", &limited, PROGRAM]).args(arguments);
        self.ran(command, "")
    }

    /// Runs `attentive model fetch` here. Its client, in place of Python's pip, is a line of shell that has `$target`.
    pub(crate) fn fetch(&self, name: &str, client: &str) -> Ran {
        let programs = self.path("programs");
        let target = "for word; do [ \"$last\" = --dest ] && target=$word; last=$word; done";
        self.write(
            "programs/python3",
            format!("#!/bin/sh\n{target}\n{client}\n"),
        );
        let executable = fs::Permissions::from_mode(0o755);
        fs::set_permissions(programs.join("python3"), executable).expect("a program");
        let path = std::env::var("PATH").expect("a path of programs");
        let mut command = Command::new(PROGRAM);
        command.args(["model", "fetch", name]);
        command.env("PATH", format!("{}:{path}", programs.display()));
        self.ran(command, "")
    }

    fn ran(&self, mut command: Command, input: &str) -> Ran {
        command
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

    fn write_gpt(&self, name: &str, context: usize) {
        let config = json!({
            "model_type": "gpt2", "vocab_size": GPT_VOCABULARY, "n_positions": context, "n_embd": WIDTH,
            "n_layer": 2, "n_head": 2, "eos_token_id": END,
        });
        self.write(&format!("{name}/config.json"), config.to_string());
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
        let mut weights = Weights::default();
        weights.random("wte.weight", &[GPT_VOCABULARY, WIDTH]);
        weights.random("wpe.weight", &[context, WIDTH]);
        for block in 0..2 {
            let block = format!("h.{block}");
            weights.norm(&format!("{block}.ln_1"));
            weights.random(&format!("{block}.attn.c_attn.weight"), &[WIDTH, 3 * WIDTH]);
            weights.random(&format!("{block}.attn.c_attn.bias"), &[3 * WIDTH]);
            weights.random(&format!("{block}.attn.c_proj.weight"), &[WIDTH, WIDTH]);
            weights.random(&format!("{block}.attn.c_proj.bias"), &[WIDTH]);
            weights.norm(&format!("{block}.ln_2"));
            weights.random(&format!("{block}.mlp.c_fc.weight"), &[WIDTH, 4 * WIDTH]);
            weights.random(&format!("{block}.mlp.c_fc.bias"), &[4 * WIDTH]);
            weights.random(&format!("{block}.mlp.c_proj.weight"), &[4 * WIDTH, WIDTH]);
            weights.random(&format!("{block}.mlp.c_proj.bias"), &[WIDTH]);
        }
        weights.norm("ln_f");
        self.write(&format!("{name}/model.safetensors"), weights.file());
    }

    fn write_bert(&self, name: &str, more: &Value) {
        let special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"];
        let words: Vec<&str> = special.into_iter().chain(WORDS).collect();
        let (vocabulary, context) = (words.len(), 12);
        let mut config = json!({
            "model_type": "bert", "vocab_size": vocabulary, "hidden_size": WIDTH, "num_hidden_layers": 2,
            "num_attention_heads": 2, "intermediate_size": 2 * WIDTH, "max_position_embeddings": context,
        });
        let (fields, more) = (config.as_object_mut(), more.as_object());
        let (fields, more) = (fields.expect("an object"), more.expect("an object"));
        fields.extend(more.clone());
        self.write(&format!("{name}/config.json"), config.to_string());
        self.write(&format!("{name}/vocab.txt"), words.join("\n") + "\n");
        let mut weights = Weights::default();
        let embeddings = "bert.embeddings";
        for (table, rows) in [
            ("word", vocabulary),
            ("position", context),
            ("token_type", 2),
        ] {
            weights.random(
                &format!("{embeddings}.{table}_embeddings.weight"),
                &[rows, WIDTH],
            );
        }
        weights.norm(&format!("{embeddings}.LayerNorm"));
        for layer in 0..2 {
            let layer = format!("bert.encoder.layer.{layer}");
            for part in ["self.query", "self.key", "self.value", "output.dense"] {
                weights.linear(&format!("{layer}.attention.{part}"), WIDTH, WIDTH);
            }
            weights.norm(&format!("{layer}.attention.output.LayerNorm"));
            weights.linear(&format!("{layer}.intermediate.dense"), WIDTH, 2 * WIDTH);
            weights.linear(&format!("{layer}.output.dense"), 2 * WIDTH, WIDTH);
            weights.norm(&format!("{layer}.output.LayerNorm"));
        }
        if name == "bert" {
            weights.linear("cls.predictions.transform.dense", WIDTH, WIDTH);
            weights.norm("cls.predictions.transform.LayerNorm");
            weights.random("cls.predictions.bias", &[vocabulary]);
        } else {
            weights.linear("classifier", WIDTH, 2);
        }
        if name == "classes" {
            weights.linear("bert.pooler.dense", WIDTH, WIDTH);
        }
        self.write(&format!("{name}/model.safetensors"), weights.file());
    }
}

/// Tensors of a checkpoint.
#[derive(Default)]
struct Weights {
    named: Vec<(String, Vec<usize>, Vec<u8>)>,
    /// State of the generator of numbers.
    state: u64,
}

impl Weights {
    /// Adds a tensor of numbers between −1 and 1, the same in each run.
    fn random(&mut self, name: &str, shape: &[usize]) {
        let mut bytes = Vec::new();
        for _ in 0..shape.iter().product() {
            self.state = self
                .state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            let number = (self.state >> 40) as f32 / (1 << 23) as f32 - 1.0;
            bytes.extend(number.to_le_bytes());
        }
        self.named.push((name.to_owned(), shape.to_vec(), bytes));
    }

    fn norm(&mut self, name: &str) {
        self.random(&format!("{name}.weight"), &[WIDTH]);
        self.random(&format!("{name}.bias"), &[WIDTH]);
    }

    fn linear(&mut self, name: &str, input: usize, output: usize) {
        self.random(&format!("{name}.weight"), &[output, input]);
        self.random(&format!("{name}.bias"), &[output]);
    }

    fn file(&self) -> Vec<u8> {
        let views = self.named.iter().map(|(name, shape, bytes)| {
            let view = TensorView::new(Dtype::F32, shape.clone(), bytes);
            (name, view.expect("as many bytes"))
        });
        safetensors::serialize(views, None).expect("a checkpoint")
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

/// Reads a file of tensors: names and shapes.
pub(crate) fn shapes(path: &Path) -> Vec<(String, Vec<usize>)> {
    let bytes = fs::read(path).expect("it was written");
    let tensors = safetensors::SafeTensors::deserialize(&bytes).expect("tensors");
    let mut shapes: Vec<_> = tensors
        .tensors()
        .into_iter()
        .map(|(name, view)| (name, view.shape().to_vec()))
        .collect();
    shapes.sort();
    shapes
}
