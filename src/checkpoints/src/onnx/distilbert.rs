//! DistilBERT that labels tokens, in one graph.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Map, Value, json};

use crate::companions::labels;
use crate::error::CheckpointError;
use crate::expected::{self, ExpectedTensor};

use super::message::{Graph, Node, Numbers, Tensor};
use super::parameter::Parameter;
use super::protobuf::Malformed;
use super::{OnnxFile, Placed};

/// The model, for errors.
const MODEL: &str = "a DistilBertForTokenClassification";
/// The embeddings, which no other model calls so.
const WORDS: &str = "distilbert.embeddings.word_embeddings.weight";
/// The node that puts the shape of queries together: (batch, token, head, width of a head).
const HEADS: &str = "/distilbert/transformer/layer.0/attention/Concat";
/// The code of integers of 64 bits.
const INT64: u64 = 7;

/// The special tokens, by the names of their settings.
pub(super) const SPECIAL: [(&str, &str); 5] = [
    ("pad_token", "[PAD]"),
    ("unk_token", "[UNK]"),
    ("cls_token", "[CLS]"),
    ("sep_token", "[SEP]"),
    ("mask_token", "[MASK]"),
];

/// The sizes of the model.
#[derive(Debug)]
pub(super) struct DistilBert {
    vocabulary: usize,
    positions: usize,
    width: usize,
    inner: usize,
    layers: usize,
    heads: usize,
    labels: usize,
}

/// Returns `true` if a graph is of this model.
pub(super) fn is_one(graph: &BTreeMap<String, Parameter>) -> bool {
    graph.contains_key(WORDS)
}

impl DistilBert {
    /// Finds the sizes, and checks the parameters.
    pub(super) fn read(
        file: &OnnxFile,
        parameters: &BTreeMap<String, Placed>,
    ) -> Result<Self, CheckpointError> {
        let shape = |name: &str| Some(parameters.get(name)?.parameter.shape.as_slice());
        let matrix = |name: &str| match shape(name) {
            // One without numbers could have any length in the other axis.
            Some(&[rows, columns]) if rows > 0 && columns > 0 => Ok((rows, columns)),
            other => Err(graph(
                file,
                format!("`{name}` of shape {:?}", other.unwrap_or(&[])),
            )),
        };
        let (vocabulary, width) = matrix(WORDS)?;
        let (positions, _) = matrix("distilbert.embeddings.position_embeddings.weight")?;
        let (inner, _) = matrix("distilbert.transformer.layer.0.ffn.lin1.weight")?;
        let (labels, _) = matrix("classifier.weight")?;
        let norm =
            |layer: usize| format!("distilbert.transformer.layer.{layer}.sa_layer_norm.weight");
        let model = Self {
            vocabulary,
            positions,
            width,
            inner,
            layers: (0..)
                .take_while(|&layer| parameters.contains_key(&norm(layer)))
                .count(),
            heads: heads(file, width)?,
            labels,
        };
        let names = parameters.keys().map(String::as_str).collect();
        expected::check(&file.path, MODEL, names, shape, model.tensors())?;
        Ok(model)
    }

    /// All tensors of the model.
    fn tensors(&self) -> impl Iterator<Item = ExpectedTensor> {
        let width = self.width;
        let whole = [
            ExpectedTensor::new(WORDS, &[self.vocabulary, width]),
            ExpectedTensor::new(
                "distilbert.embeddings.position_embeddings.weight",
                &[self.positions, width],
            ),
            ExpectedTensor::new("distilbert.embeddings.LayerNorm.weight", &[width]),
            ExpectedTensor::new("distilbert.embeddings.LayerNorm.bias", &[width]),
            ExpectedTensor::new("classifier.weight", &[self.labels, width]),
            ExpectedTensor::new("classifier.bias", &[self.labels]),
        ];
        let layers = (0..self.layers).flat_map(|layer| self.layer(layer));
        whole.into_iter().chain(layers)
    }

    fn layer(&self, layer: usize) -> Vec<ExpectedTensor> {
        let (width, inner) = (self.width, self.inner);
        let mut tensors = Vec::new();
        for (name, output, input) in [
            ("attention.q_lin", width, Some(width)),
            ("attention.k_lin", width, Some(width)),
            ("attention.v_lin", width, Some(width)),
            ("attention.out_lin", width, Some(width)),
            ("sa_layer_norm", width, None),
            ("ffn.lin1", inner, Some(width)),
            ("ffn.lin2", width, Some(inner)),
            ("output_layer_norm", width, None),
        ] {
            let name = format!("distilbert.transformer.layer.{layer}.{name}");
            let weight: Vec<usize> = [output].into_iter().chain(input).collect();
            tensors.push(ExpectedTensor::new(format!("{name}.weight"), &weight));
            tensors.push(ExpectedTensor::new(format!("{name}.bias"), &[output]));
        }
        tensors
    }

    /// The fields of `config.json`, with the labels that a file of the folder names.
    pub(super) fn config(&self, folder: &Path) -> Result<Value, CheckpointError> {
        let mut config = json!({
            "activation": "gelu",
            "architectures": ["DistilBertForTokenClassification"],
            "dim": self.width,
            "hidden_dim": self.inner,
            "max_position_embeddings": self.positions,
            "model_type": "distilbert",
            "n_heads": self.heads,
            "n_layers": self.layers,
            "sinusoidal_pos_embds": false,
            "tie_weights_": true,
            "vocab_size": self.vocabulary,
        });
        let (mut names, mut ids) = (Map::new(), Map::new());
        for (id, label) in labels(folder, self.labels)?.into_iter().enumerate() {
            names.insert(id.to_string(), label.clone().into());
            ids.insert(label, id.into());
        }
        config["id2label"] = names.into();
        config["label2id"] = ids.into();
        Ok(config)
    }
}

/// The number of heads, which no tensor tells: the graph cuts queries into heads of a width that is a constant of it.
fn heads(file: &OnnxFile, width: usize) -> Result<usize, CheckpointError> {
    let head_dim = head_dim(&file.graph()?, &file.bytes).map_err(|error| file.malformed(&error))?;
    let found = match head_dim {
        Some(head_dim) if head_dim > 0 && width.is_multiple_of(head_dim) => {
            return Ok(width / head_dim);
        }
        Some(head_dim) => format!("heads of {head_dim} numbers in states of {width}"),
        None => format!("no node `{HEADS}` that ends with the width of a head"),
    };
    Err(graph(file, found))
}

fn head_dim(graph: &Graph<'_>, bytes: &[u8]) -> Result<Option<usize>, Malformed> {
    let mut name = None;
    for node in graph.nodes() {
        let Node {
            name: found,
            inputs,
            ..
        } = node?;
        if found == HEADS {
            name = inputs.last().copied();
        }
    }
    let Some(name) = name else { return Ok(None) };
    for node in graph.nodes() {
        let node = node?;
        if let (true, Some(value)) = (node.output == name, node.value) {
            return Ok(integer(&value, bytes));
        }
    }
    for tensor in graph.initializers() {
        let tensor = tensor?;
        if tensor.name == name {
            return Ok(integer(&tensor, bytes));
        }
    }
    Ok(None)
}

/// The one integer of a tensor.
fn integer(tensor: &Tensor<'_>, bytes: &[u8]) -> Option<usize> {
    let Numbers::Raw(place) = &tensor.numbers else {
        return None;
    };
    if tensor.kind != INT64 {
        return None;
    }
    let integer = i64::from_le_bytes(bytes[place.clone()].try_into().ok()?);
    usize::try_from(integer).ok()
}

fn graph(file: &OnnxFile, found: String) -> CheckpointError {
    CheckpointError::Graph {
        path: file.path.clone(),
        expected: "the graph of a DistilBertForTokenClassification",
        found,
    }
}
