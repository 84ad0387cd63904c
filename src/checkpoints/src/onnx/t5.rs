//! T5 in two graphs: the encoder, and the decoder with its head.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Value, json};

use crate::companions::token_id;
use crate::error::CheckpointError;
use crate::expected::{self, ExpectedTensor};

use super::parameter::Parameter;
use super::{OnnxFile, Placed};

/// The model, for errors.
const MODEL: &str = "a T5";
/// A part of the names of the decoder alone.
const CROSS_ATTENTION: &str = "EncDecAttention";
/// A part of the names of both.
const SELF_ATTENTION: &str = "SelfAttention";
/// The embeddings, by the hub's name.
const EMBEDDINGS: &str = "shared.weight";
/// The distance from which on all are in one bucket. No tensor tells, and all published models have this one.
const MAX_DISTANCE: u32 = 128;
/// The ε of all published models.
const EPSILON: f64 = 1e-6;

/// The special tokens, by the names of their settings.
pub(super) const SPECIAL: [(&str, &str); 3] = [
    ("pad_token", "<pad>"),
    ("eos_token", "</s>"),
    ("unk_token", "<unk>"),
];

/// The sizes of the model.
#[derive(Debug)]
pub(super) struct T5 {
    vocabulary: usize,
    width: usize,
    heads: usize,
    head_dim: usize,
    inner: usize,
    buckets: usize,
    encoder_layers: usize,
    decoder_layers: usize,
}

/// One of the graphs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Encoder,
    Decoder,
}

impl Side {
    fn name(self) -> &'static str {
        match self {
            Self::Encoder => "encoder",
            Self::Decoder => "decoder",
        }
    }

    /// The place of the feed-forward network in a block.
    fn feed_forward(self) -> usize {
        match self {
            Self::Encoder => 1,
            Self::Decoder => 2,
        }
    }
}

/// Returns `true` if one graph is an encoder, and the other a decoder.
pub(super) fn are_both(
    first: &BTreeMap<String, Parameter>,
    second: &BTreeMap<String, Parameter>,
) -> bool {
    match (side(first), side(second)) {
        (Some(first), Some(second)) => first != second,
        _ => false,
    }
}

/// The side that a graph is.
fn side(graph: &BTreeMap<String, Parameter>) -> Option<Side> {
    let has = |part: &str| graph.keys().any(|name| name.contains(part));
    match (has(CROSS_ATTENTION), has(SELF_ATTENTION)) {
        (true, true) => Some(Side::Decoder),
        (false, true) => Some(Side::Encoder),
        (_, false) => None,
    }
}

impl T5 {
    /// Puts the parameters of both graphs together, and checks them.
    pub(super) fn read(
        folder: &Path,
        files: &[OnnxFile],
        graphs: Vec<BTreeMap<String, Parameter>>,
    ) -> Result<(BTreeMap<String, Placed>, Self), CheckpointError> {
        let mut parameters: BTreeMap<String, Placed> = BTreeMap::new();
        for (file, graph) in graphs.into_iter().enumerate() {
            let side = side(&graph).unwrap_or(Side::Encoder);
            for (name, parameter) in graph {
                let name = hub_name(&name, side);
                if let Some(first) = parameters.get(&name) {
                    // Both graphs have the embeddings, and the hub has them once.
                    let numbers = first.parameter.numbers(&files[first.file].bytes);
                    if name == EMBEDDINGS && numbers == parameter.numbers(&files[file].bytes) {
                        continue;
                    }
                    return Err(CheckpointError::Graph {
                        path: folder.to_owned(),
                        expected: "an encoder and a decoder of one model",
                        found: format!("two different tensors `{name}`"),
                    });
                }
                parameters.insert(name, Placed { file, parameter });
            }
        }
        let t5 = Self::sizes(folder, &parameters)?;
        let names = parameters.keys().map(String::as_str).collect();
        let shape = |name: &str| Some(parameters.get(name)?.parameter.shape.as_slice());
        expected::check(folder, MODEL, names, shape, t5.tensors())?;
        Ok((parameters, t5))
    }

    fn sizes(
        folder: &Path,
        parameters: &BTreeMap<String, Placed>,
    ) -> Result<Self, CheckpointError> {
        let matrix = |name: &str| match parameters.get(name) {
            Some(placed) => match placed.parameter.shape.as_slice() {
                // One without numbers could have any length in the other axis.
                &[rows, columns] if rows > 0 && columns > 0 => Ok((rows, columns)),
                shape => Err(graph(folder, format!("`{name}` of shape {shape:?}"))),
            },
            None => Err(graph(folder, format!("none with `{name}`"))),
        };
        let attention = "encoder.block.0.layer.0.SelfAttention";
        let (vocabulary, width) = matrix(EMBEDDINGS)?;
        let (buckets, heads) = matrix(&format!("{attention}.relative_attention_bias.weight"))?;
        let (queries, _) = matrix(&format!("{attention}.q.weight"))?;
        let (inner, _) = matrix("encoder.block.0.layer.1.DenseReluDense.wi_0.weight")?;
        if heads == 0 || queries % heads != 0 {
            return Err(graph(
                folder,
                format!("{queries} rows of queries for {heads} heads"),
            ));
        }
        let layers = |side: Side| {
            let norm =
                |layer: usize| format!("{}.block.{layer}.layer.0.layer_norm.weight", side.name());
            (0..)
                .take_while(|&layer| parameters.contains_key(&norm(layer)))
                .count()
        };
        Ok(Self {
            vocabulary,
            width,
            heads,
            head_dim: queries / heads,
            inner,
            buckets,
            encoder_layers: layers(Side::Encoder),
            decoder_layers: layers(Side::Decoder),
        })
    }

    /// All tensors of the model. Of the kinds of T5, it is the one with gates and with a head of its own.
    fn tensors(&self) -> impl Iterator<Item = ExpectedTensor> {
        let whole = [EMBEDDINGS, "lm_head.weight"]
            .map(|name| ExpectedTensor::new(name, &[self.vocabulary, self.width]));
        let encoder = (0..self.encoder_layers).flat_map(|layer| self.block(Side::Encoder, layer));
        let decoder = (0..self.decoder_layers).flat_map(|layer| self.block(Side::Decoder, layer));
        let norms = [Side::Encoder, Side::Decoder].map(|side| {
            ExpectedTensor::new(
                format!("{}.final_layer_norm.weight", side.name()),
                &[self.width],
            )
        });
        whole.into_iter().chain(encoder).chain(decoder).chain(norms)
    }

    fn block(&self, side: Side, layer: usize) -> Vec<ExpectedTensor> {
        let (width, inner) = (self.width, self.inner);
        let queries = self.heads * self.head_dim;
        let block = format!("{}.block.{layer}", side.name());
        let mut tensors = Vec::new();
        let mut push = |name: &str, shape: &[usize]| {
            tensors.push(ExpectedTensor::new(format!("{block}.{name}.weight"), shape));
        };
        let attentions: &[&str] = match side {
            Side::Encoder => &["layer.0.SelfAttention"],
            Side::Decoder => &["layer.0.SelfAttention", "layer.1.EncDecAttention"],
        };
        for attention in attentions {
            for projection in ["q", "k", "v"] {
                push(&format!("{attention}.{projection}"), &[queries, width]);
            }
            push(&format!("{attention}.o"), &[width, queries]);
        }
        if layer == 0 {
            push(
                "layer.0.SelfAttention.relative_attention_bias",
                &[self.buckets, self.heads],
            );
        }
        let feed_forward = side.feed_forward();
        for gate in ["wi_0", "wi_1"] {
            push(
                &format!("layer.{feed_forward}.DenseReluDense.{gate}"),
                &[inner, width],
            );
        }
        push(
            &format!("layer.{feed_forward}.DenseReluDense.wo"),
            &[width, inner],
        );
        for part in 0..=feed_forward {
            push(&format!("layer.{part}.layer_norm"), &[width]);
        }
        tensors
    }

    /// The fields of `config.json`. The decoder starts with the padding.
    pub(super) fn config(&self, folder: &Path) -> Result<Value, CheckpointError> {
        let padding = token_id(folder, "<pad>")?;
        Ok(json!({
            "architectures": ["T5ForConditionalGeneration"],
            "d_ff": self.inner,
            "d_kv": self.head_dim,
            "d_model": self.width,
            "decoder_start_token_id": padding,
            "dense_act_fn": "gelu_new",
            "dropout_rate": 0.1,
            "eos_token_id": token_id(folder, "</s>")?,
            "feed_forward_proj": "gated-gelu",
            "is_encoder_decoder": true,
            "is_gated_act": true,
            "layer_norm_epsilon": EPSILON,
            "model_type": "t5",
            "num_decoder_layers": self.decoder_layers,
            "num_heads": self.heads,
            "num_layers": self.encoder_layers,
            "pad_token_id": padding,
            "relative_attention_max_distance": MAX_DISTANCE,
            "relative_attention_num_buckets": self.buckets,
            "tie_word_embeddings": false,
            "vocab_size": self.vocabulary,
        }))
    }
}

/// The hub's name of a parameter. In front of it, a graph has the name of a variable: `enc.block.0…`, `m.decoder.block.0…`.
fn hub_name(name: &str, side: Side) -> String {
    let parts: Vec<&str> = name.split('.').collect();
    for (place, part) in parts.iter().enumerate() {
        let rest = || parts[place..].join(".");
        match *part {
            "block" | "final_layer_norm" => return format!("{}.{}", side.name(), rest()),
            "embed_tokens" | "shared" => return EMBEDDINGS.to_owned(),
            "lm_head" => return rest(),
            _ => {}
        }
    }
    name.to_owned()
}

fn graph(folder: &Path, found: String) -> CheckpointError {
    CheckpointError::Graph {
        path: folder.to_owned(),
        expected: "the graphs of a T5 of version 1.1, which has gates",
        found,
    }
}
