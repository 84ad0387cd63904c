//! A file of GGUF.

use half::{bf16, f16};

use super::{Numbers, le_bytes};

pub(crate) const F32: u32 = 0;
pub(crate) const F16: u32 = 1;
pub(crate) const Q4_0: u32 = 2;
pub(crate) const Q4_1: u32 = 3;
pub(crate) const Q8_0: u32 = 8;
pub(crate) const BF16: u32 = 30;

/// The width of the sample's states; a row of it is a block.
pub(crate) const WIDTH: usize = 32;
/// The width of its feed-forward network.
pub(crate) const INNER: usize = 64;
/// The width of a head: two of queries, and one of keys.
pub(crate) const HEAD: usize = 16;
/// Its tokens.
pub(crate) const TOKENS: [&str; 8] = ["<|end|>", "a", "b", "ab", "1", "2", "\u{120}", "<extra>"];

/// A file that can be changed before it is written.
#[derive(Clone)]
pub(crate) struct File {
    pub(crate) version: u32,
    pub(crate) fields: Vec<(String, Field)>,
    pub(crate) tensors: Vec<Tensor>,
    pub(crate) alignment: usize,
}

/// The value of a field.
#[derive(Clone)]
pub(crate) enum Field {
    Count(u32),
    Float(f32),
    Truth(bool),
    Text(String),
    Texts(Vec<String>),
    Integers(Vec<i32>),
    Bytes(Vec<u8>),
}

/// A tensor. The length of a row comes first.
#[derive(Clone)]
pub(crate) struct Tensor {
    pub(crate) name: String,
    pub(crate) lengths: Vec<u64>,
    pub(crate) kind: u32,
    pub(crate) bytes: Vec<u8>,
    /// An offset in place of the right one.
    pub(crate) offset: Option<u64>,
}

impl File {
    /// A Llama of one layer, with a tensor of each kind of block.
    pub(crate) fn llama() -> Self {
        let mut numbers = Numbers::new(1);
        let mut tensor = |name: &str, rows: usize, columns: usize, kind: u32| {
            let count = rows * columns;
            let bytes = match kind {
                F32 => le_bytes(&numbers.floats(count)),
                F16 => halves(&numbers.floats(count), |number| {
                    f16::from_f32(number).to_le_bytes()
                }),
                BF16 => halves(&numbers.floats(count), |number| {
                    bf16::from_f32(number).to_le_bytes()
                }),
                _ => blocks(&mut numbers, kind, count / 32),
            };
            let mut lengths = vec![columns as u64];
            if rows > 1 {
                lengths.push(rows as u64);
            }
            Tensor {
                name: name.to_owned(),
                lengths,
                kind,
                bytes,
                offset: None,
            }
        };
        let tensors = vec![
            tensor("token_embd.weight", TOKENS.len(), WIDTH, Q8_0),
            tensor("blk.0.attn_norm.weight", 1, WIDTH, F32),
            tensor("blk.0.attn_q.weight", 2 * HEAD, WIDTH, Q4_1),
            tensor("blk.0.attn_k.weight", HEAD, WIDTH, Q4_0),
            tensor("blk.0.attn_v.weight", HEAD, WIDTH, F16),
            tensor("blk.0.attn_output.weight", WIDTH, 2 * HEAD, F32),
            tensor("blk.0.ffn_norm.weight", 1, WIDTH, F32),
            tensor("blk.0.ffn_gate.weight", INNER, WIDTH, BF16),
            tensor("blk.0.ffn_up.weight", INNER, WIDTH, Q4_0),
            tensor("blk.0.ffn_down.weight", WIDTH, INNER, Q4_1),
            tensor("output_norm.weight", 1, WIDTH, F32),
        ];
        Self {
            version: 3,
            fields: fields(),
            tensors,
            alignment: 32,
        }
    }

    /// Sets a field.
    pub(crate) fn set(mut self, key: &str, value: Field) -> Self {
        self.fields.retain(|(found, _)| found != key);
        self.fields.push((key.to_owned(), value));
        self
    }

    /// Removes a field.
    pub(crate) fn remove(mut self, key: &str) -> Self {
        self.fields.retain(|(found, _)| found != key);
        self
    }

    /// A tensor to be changed.
    pub(crate) fn tensor(&mut self, name: &str) -> &mut Tensor {
        let mut tensors = self.tensors.iter_mut();
        tensors
            .find(|tensor| tensor.name == name)
            .expect("a tensor")
    }

    /// The file.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut bytes = b"GGUF".to_vec();
        bytes.extend(self.version.to_le_bytes());
        bytes.extend((self.tensors.len() as u64).to_le_bytes());
        bytes.extend((self.fields.len() as u64).to_le_bytes());
        for (key, field) in &self.fields {
            text(&mut bytes, key);
            field.write(&mut bytes);
        }
        let mut offset = 0;
        for tensor in &self.tensors {
            text(&mut bytes, &tensor.name);
            bytes.extend((tensor.lengths.len() as u32).to_le_bytes());
            for length in &tensor.lengths {
                bytes.extend(length.to_le_bytes());
            }
            bytes.extend(tensor.kind.to_le_bytes());
            bytes.extend(tensor.offset.unwrap_or(offset as u64).to_le_bytes());
            offset = (offset + tensor.bytes.len()).next_multiple_of(self.alignment);
        }
        for tensor in &self.tensors {
            bytes.resize(bytes.len().next_multiple_of(self.alignment), 0);
            bytes.extend(&tensor.bytes);
        }
        bytes
    }
}

impl Field {
    fn write(&self, bytes: &mut Vec<u8>) {
        let mut kind = |kind: u32| bytes.extend(kind.to_le_bytes());
        match self {
            Self::Count(number) => {
                kind(4);
                bytes.extend(number.to_le_bytes());
            }
            Self::Float(number) => {
                kind(6);
                bytes.extend(number.to_le_bytes());
            }
            Self::Truth(truth) => {
                kind(7);
                bytes.push(u8::from(*truth));
            }
            Self::Text(contents) => {
                kind(8);
                text(bytes, contents);
            }
            Self::Texts(texts) => {
                kind(9);
                kind_and_count(bytes, 8, texts.len());
                for contents in texts {
                    text(bytes, contents);
                }
            }
            Self::Integers(integers) => {
                kind(9);
                kind_and_count(bytes, 5, integers.len());
                bytes.extend(integers.iter().flat_map(|integer| integer.to_le_bytes()));
            }
            Self::Bytes(list) => {
                kind(9);
                kind_and_count(bytes, 0, list.len());
                bytes.extend(list);
            }
        }
    }
}

fn fields() -> Vec<(String, Field)> {
    let texts = |texts: &[&str]| Field::Texts(texts.iter().map(|&text| text.to_owned()).collect());
    let fields = [
        ("general.architecture", Field::Text("llama".to_owned())),
        ("general.of_no_use", Field::Bytes(vec![1, 2, 3])),
        ("llama.block_count", Field::Count(1)),
        ("llama.context_length", Field::Count(64)),
        ("llama.embedding_length", Field::Count(WIDTH as u32)),
        ("llama.feed_forward_length", Field::Count(INNER as u32)),
        ("llama.attention.head_count", Field::Count(2)),
        ("llama.attention.head_count_kv", Field::Count(1)),
        ("llama.attention.layer_norm_rms_epsilon", Field::Float(1e-5)),
        ("llama.rope.freq_base", Field::Float(100_000.0)),
        ("tokenizer.ggml.model", Field::Text("gpt2".to_owned())),
        ("tokenizer.ggml.pre", Field::Text("smollm".to_owned())),
        ("tokenizer.ggml.add_bos_token", Field::Truth(false)),
        ("tokenizer.ggml.tokens", texts(&TOKENS)),
        (
            "tokenizer.ggml.token_type",
            Field::Integers(vec![3, 1, 1, 1, 1, 1, 1, 4]),
        ),
        ("tokenizer.ggml.merges", texts(&["a b"])),
        ("tokenizer.ggml.bos_token_id", Field::Count(0)),
        ("tokenizer.ggml.eos_token_id", Field::Count(0)),
        (
            "tokenizer.chat_template",
            Field::Text("{{ messages[0]['content'] }}".to_owned()),
        ),
    ];
    fields.map(|(key, field)| (key.to_owned(), field)).into()
}

/// Quantised blocks with scales that are no larger than 1.
fn blocks(numbers: &mut Numbers, kind: u32, count: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    for _ in 0..count {
        let floats = if kind == Q4_1 { 2 } else { 1 };
        bytes.extend(halves(&numbers.floats(floats), |number| {
            f16::from_f32(number).to_le_bytes()
        }));
        bytes.extend(numbers.bytes(if kind == Q8_0 { 32 } else { 16 }));
    }
    bytes
}

fn halves(numbers: &[f32], bytes: impl Fn(f32) -> [u8; 2]) -> Vec<u8> {
    numbers.iter().flat_map(|&number| bytes(number)).collect()
}

fn kind_and_count(bytes: &mut Vec<u8>, kind: u32, count: usize) {
    bytes.extend(kind.to_le_bytes());
    bytes.extend((count as u64).to_le_bytes());
}

fn text(bytes: &mut Vec<u8>, contents: &str) {
    bytes.extend((contents.len() as u64).to_le_bytes());
    bytes.extend(contents.as_bytes());
}
