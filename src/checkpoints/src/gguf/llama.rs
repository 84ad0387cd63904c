//! Llama's tensors and configuration out of GGUF, with the names, and the order of rows, that the hub has.

mod names;

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Value, json};

use crate::blocks::Blocks;
use crate::error::CheckpointError;
use crate::expected::{self, ExpectedTensor};
use crate::source::TensorSource;

use super::{Gguf, Metadata, damaged};
use names::{EMBEDDINGS, HEAD, hub_name, in_halves};

/// The model, for errors.
const MODEL: &str = "a Llama";
/// The one architecture that is read.
const ARCHITECTURE: &str = "llama";
/// The field with the width of a head, if that is not its share of the states.
const KEY_LENGTH: &str = "llama.attention.key_length";
/// The field with the numbers of a head that are rotated, if these are not all.
const ROTATED: &str = "llama.rope.dimension_count";
/// The field with the kind of a scaling of the rotation.
const SCALING: &str = "llama.rope.scaling.type";

/// A Llama in a file of GGUF.
#[derive(Debug)]
pub(crate) struct Llama {
    gguf: Gguf,
    sizes: Sizes,
    /// The name in the file of each of the hub's names.
    names: BTreeMap<String, Stored>,
}

/// A tensor as the file has it.
#[derive(Debug)]
struct Stored {
    name: String,
    rows: Rows,
}

/// The order of a matrix's rows in the file.
#[derive(Debug, Clone, Copy)]
enum Rows {
    /// The hub's.
    Same,
    /// Within each of so many heads, the rows that rotary embeddings turn together are neighbours.
    Pairs { heads: usize },
}

/// The sizes of the model.
#[derive(Debug)]
struct Sizes {
    layers: usize,
    context: usize,
    width: usize,
    inner: usize,
    heads: usize,
    key_heads: usize,
    head_dim: usize,
    vocabulary: usize,
    base: f64,
    epsilon: f64,
    /// A factor by which positions are divided.
    scaling: Option<f64>,
}

impl Llama {
    /// Opens a file, and checks that it has all tensors of a Llama and no others.
    pub(crate) fn open(path: &Path) -> Result<Self, CheckpointError> {
        let gguf = Gguf::open(path)?;
        let architecture = gguf.metadata.text("general.architecture")?;
        if architecture != ARCHITECTURE {
            return Err(gguf.metadata.unexpected(
                "general.architecture",
                format!("`{ARCHITECTURE}`, the one that is read"),
            ));
        }
        let sizes = Sizes::read(&gguf)?;
        let (mut names, mut unknown) = (BTreeMap::new(), Vec::new());
        for name in gguf.names() {
            // A tensor that the file calls by a name of the hub is none of a Llama's.
            let Some(hub) = hub_name(name) else {
                unknown.push(name.to_owned());
                continue;
            };
            let stored = Stored {
                name: name.to_owned(),
                rows: sizes.rows(name),
            };
            names.insert(hub, stored);
        }
        let llama = Self { gguf, sizes, names };
        let expected = llama.sizes.tensors(llama.names.contains_key(HEAD));
        expected::check(
            path,
            MODEL,
            llama.names(),
            |name| llama.shape(name),
            expected,
        )?;
        if unknown.is_empty() {
            return Ok(llama);
        }
        Err(CheckpointError::UnknownTensors {
            path: path.to_owned(),
            model: MODEL,
            names: unknown,
        })
    }

    /// The fields of the file.
    pub(crate) fn metadata(&self) -> &Metadata {
        &self.gguf.metadata
    }

    /// The most tokens of a text.
    pub(crate) fn context(&self) -> usize {
        self.sizes.context
    }

    /// The fields of `config.json`.
    pub(crate) fn config(&self) -> Result<Value, CheckpointError> {
        let sizes = &self.sizes;
        let scaling = sizes
            .scaling
            .map(|factor| json!({"rope_type": "linear", "type": "linear", "factor": factor}));
        let mut config = json!({
            "architectures": ["LlamaForCausalLM"],
            "attention_bias": false,
            "head_dim": sizes.head_dim,
            "hidden_act": "silu",
            "hidden_size": sizes.width,
            "intermediate_size": sizes.inner,
            "max_position_embeddings": sizes.context,
            "mlp_bias": false,
            "model_type": "llama",
            "num_attention_heads": sizes.heads,
            "num_hidden_layers": sizes.layers,
            "num_key_value_heads": sizes.key_heads,
            "rms_norm_eps": sizes.epsilon,
            "rope_scaling": scaling,
            "rope_theta": sizes.base,
            "tie_word_embeddings": !self.names.contains_key(HEAD),
            "vocab_size": sizes.vocabulary,
        });
        for (field, key) in [
            ("bos_token_id", "tokenizer.ggml.bos_token_id"),
            ("eos_token_id", "tokenizer.ggml.eos_token_id"),
            ("pad_token_id", "tokenizer.ggml.padding_token_id"),
        ] {
            if self.gguf.metadata.contains(key) {
                config[field] = self.gguf.metadata.count(key)?.into();
            }
        }
        Ok(config)
    }

    /// Reads the blocks of a tensor by the hub's name, with its rows in the hub's order.
    fn in_hub_order(&self, name: &str) -> Result<Blocks, CheckpointError> {
        let Some(stored) = self.names.get(name) else {
            return Err(damaged(&self.gguf.path, format!("no tensor `{name}`")));
        };
        let mut blocks = self.gguf.blocks(&stored.name)?;
        if let Rows::Pairs { heads } = stored.rows {
            blocks.bytes = in_halves(&blocks, heads);
        }
        Ok(blocks)
    }
}

impl TensorSource for Llama {
    fn names(&self) -> Vec<&str> {
        self.names.keys().map(String::as_str).collect()
    }

    fn shape(&self, name: &str) -> Option<&[usize]> {
        self.gguf.shape(&self.names.get(name)?.name)
    }

    fn file(&self, _: &str) -> &Path {
        &self.gguf.path
    }

    fn numbers(&self, name: &str) -> Result<Vec<f32>, CheckpointError> {
        Ok(self.in_hub_order(name)?.numbers())
    }

    fn blocks(&self, name: &str) -> Result<Option<Blocks>, CheckpointError> {
        self.in_hub_order(name).map(Some)
    }
}

impl Sizes {
    fn read(gguf: &Gguf) -> Result<Self, CheckpointError> {
        let metadata = &gguf.metadata;
        let width = metadata.positive("llama.embedding_length")?;
        let heads = metadata.positive("llama.attention.head_count")?;
        let key_heads = optional(gguf, "llama.attention.head_count_kv", heads)?;
        if heads % key_heads != 0 {
            let expected = format!("a divisor of the {heads} heads of queries");
            return Err(metadata.unexpected("llama.attention.head_count_kv", expected));
        }
        let head_dim = head_dim(gguf, width, heads)?;
        let embeddings = gguf.shape("token_embd.weight").unwrap_or_default();
        let rows = embeddings.first().copied().unwrap_or(0);
        Ok(Self {
            layers: metadata.positive("llama.block_count")?,
            context: metadata.positive("llama.context_length")?,
            width,
            inner: metadata.positive("llama.feed_forward_length")?,
            heads,
            key_heads,
            head_dim,
            vocabulary: optional(gguf, "llama.vocab_size", rows)?,
            base: match metadata.contains("llama.rope.freq_base") {
                true => metadata.float("llama.rope.freq_base")?,
                false => 10_000.0,
            },
            epsilon: short(metadata.float("llama.attention.layer_norm_rms_epsilon")?),
            scaling: scaling(gguf)?,
        })
    }

    /// The order of the rows of a tensor, by its name in the file.
    fn rows(&self, name: &str) -> Rows {
        if name.ends_with(".attn_q.weight") {
            Rows::Pairs { heads: self.heads }
        } else if name.ends_with(".attn_k.weight") {
            Rows::Pairs {
                heads: self.key_heads,
            }
        } else {
            Rows::Same
        }
    }

    /// All tensors of the model.
    fn tensors(&self, head: bool) -> impl Iterator<Item = ExpectedTensor> {
        let (width, inner) = (self.width, self.inner);
        // Of numbers of 32 bits each.
        let queries = self.heads * self.head_dim;
        let keys = self.key_heads * self.head_dim;
        let whole = [
            ExpectedTensor::new(EMBEDDINGS, &[self.vocabulary, width]),
            ExpectedTensor::new("model.norm.weight", &[width]),
        ];
        let head = head.then(|| ExpectedTensor::new(HEAD, &[self.vocabulary, width]));
        let layers = (0..self.layers).flat_map(move |layer| {
            let tensor = move |name: &str, shape: &[usize]| {
                ExpectedTensor::new(format!("model.layers.{layer}.{name}.weight"), shape)
            };
            [
                tensor("input_layernorm", &[width]),
                tensor("self_attn.q_proj", &[queries, width]),
                tensor("self_attn.k_proj", &[keys, width]),
                tensor("self_attn.v_proj", &[keys, width]),
                tensor("self_attn.o_proj", &[width, queries]),
                tensor("post_attention_layernorm", &[width]),
                tensor("mlp.gate_proj", &[inner, width]),
                tensor("mlp.up_proj", &[inner, width]),
                tensor("mlp.down_proj", &[width, inner]),
            ]
        });
        whole.into_iter().chain(head).chain(layers)
    }
}

/// The width of a head, whose numbers are rotated in pairs.
fn head_dim(gguf: &Gguf, width: usize, heads: usize) -> Result<usize, CheckpointError> {
    let metadata = &gguf.metadata;
    let head_dim = optional(gguf, KEY_LENGTH, width / heads)?;
    if head_dim == 0 || head_dim % 2 != 0 {
        let (key, expected) = if metadata.contains(KEY_LENGTH) {
            (KEY_LENGTH, "even".to_owned())
        } else {
            let expected = format!("a number of heads of even width in states of {width}");
            ("llama.attention.head_count", expected)
        };
        return Err(metadata.unexpected(key, expected));
    }
    if optional(gguf, ROTATED, head_dim)? != head_dim {
        let expected = format!("{head_dim}, the whole head");
        return Err(metadata.unexpected(ROTATED, expected));
    }
    Ok(head_dim)
}

/// A count, or what it is if there is no such field.
fn optional(gguf: &Gguf, key: &str, default: usize) -> Result<usize, CheckpointError> {
    if gguf.metadata.contains(key) {
        gguf.metadata.positive(key)
    } else {
        Ok(default)
    }
}

/// The factor of a linear scaling of positions.
fn scaling(gguf: &Gguf) -> Result<Option<f64>, CheckpointError> {
    let metadata = &gguf.metadata;
    if !metadata.contains(SCALING) {
        return Ok(None);
    }
    match metadata.text(SCALING)? {
        "none" => Ok(None),
        "linear" => metadata.float("llama.rope.scaling.factor").map(Some),
        _ => Err(metadata.unexpected(SCALING, "`none` or `linear`")),
    }
}

/// The float of 64 bits with the same few digits as one of 32 bits: 1e-5 instead of 9.999999747378752e-6.
fn short(number: f64) -> f64 {
    let narrow = number as f32;
    narrow.to_string().parse().unwrap_or(number)
}
