//! ONNX: a graph of operations, of which the initialisers are a model's parameters.
//!
//! The reader of Protocol Buffers is the course's own: it needs four wire types and a dozen fields, copies nothing, and so
//! takes no more memory than the file. A general one decodes whole graphs.

mod distilbert;
mod message;
mod names;
mod parameter;
mod protobuf;
mod t5;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::companions;
use crate::error::CheckpointError;
use crate::source::TensorSource;

use distilbert::DistilBert;
use message::Graph;
use parameter::Parameter;
use protobuf::Malformed;
use t5::T5;

/// The format's name, for errors.
const FORMAT: &str = "ONNX";
/// The models that are read, for errors.
const MODELS: &str = "the graph of a DistilBertForTokenClassification, or those of a T5's encoder and decoder in one folder";

/// A model of one graph or of two.
#[derive(Debug)]
pub(crate) struct OnnxModel {
    /// The file, or the folder of two.
    path: PathBuf,
    files: Vec<OnnxFile>,
    family: Family,
    parameters: BTreeMap<String, Placed>,
}

/// A parameter in one of the files.
#[derive(Debug)]
struct Placed {
    file: usize,
    parameter: Parameter,
}

/// A file in memory.
#[derive(Debug)]
struct OnnxFile {
    path: PathBuf,
    bytes: Vec<u8>,
}

/// The kind of a model, and its sizes.
#[derive(Debug)]
enum Family {
    T5(T5),
    DistilBert(DistilBert),
}

impl OnnxModel {
    /// Opens the files of a model, and checks that they have all of its tensors and no others.
    pub(crate) fn open(paths: &[PathBuf]) -> Result<Self, CheckpointError> {
        let mut files = Vec::new();
        let mut graphs = Vec::new();
        for path in paths {
            let file = OnnxFile::open(path)?;
            graphs.push(names::parameters(&file)?);
            files.push(file);
        }
        let folder = || paths[0].parent().unwrap_or(Path::new("")).to_owned();
        match (files.as_slice(), graphs.as_slice()) {
            ([file], [graph]) if distilbert::is_one(graph) => {
                let parameters = placed(graphs);
                let family = DistilBert::read(file, &parameters)?;
                Ok(Self {
                    path: paths[0].clone(),
                    files,
                    family: Family::DistilBert(family),
                    parameters,
                })
            }
            ([_, _], [first, second]) if t5::are_both(first, second) => {
                let (parameters, family) = T5::read(&folder(), &files, graphs)?;
                Ok(Self {
                    path: folder(),
                    files,
                    family: Family::T5(family),
                    parameters,
                })
            }
            _ => Err(CheckpointError::Graph {
                path: match paths {
                    [path] => path.clone(),
                    _ => folder(),
                },
                expected: MODELS,
                found: describe(&graphs),
            }),
        }
    }

    /// The file, or the folder of two.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The fields of `config.json`. Names of labels, and ids of special tokens, come from files in the folder.
    pub(crate) fn config(&self, folder: &Path) -> Result<Value, CheckpointError> {
        match &self.family {
            Family::T5(t5) => t5.config(folder),
            Family::DistilBert(model) => model.config(folder),
        }
    }

    /// The fields of `tokenizer_config.json`, if there is a tokenizer in the folder.
    pub(crate) fn settings(&self, folder: &Path) -> Result<Option<Value>, CheckpointError> {
        match &self.family {
            Family::T5(_) => companions::settings(folder, &t5::SPECIAL),
            Family::DistilBert(_) => companions::settings(folder, &distilbert::SPECIAL),
        }
    }
}

impl TensorSource for OnnxModel {
    fn names(&self) -> Vec<&str> {
        self.parameters.keys().map(String::as_str).collect()
    }

    fn shape(&self, name: &str) -> Option<&[usize]> {
        Some(&self.parameters.get(name)?.parameter.shape)
    }

    fn file(&self, name: &str) -> &Path {
        let placed = self.parameters.get(name);
        placed.map_or(&self.path, |placed| &self.files[placed.file].path)
    }

    fn numbers(&self, name: &str) -> Result<Vec<f32>, CheckpointError> {
        let Some(placed) = self.parameters.get(name) else {
            return Err(CheckpointError::Damaged {
                path: self.path.clone(),
                format: FORMAT,
                problem: format!("no tensor `{name}`"),
            });
        };
        Ok(placed.parameter.numbers(&self.files[placed.file].bytes))
    }
}

impl OnnxFile {
    fn open(path: &Path) -> Result<Self, CheckpointError> {
        let bytes = std::fs::read(path).map_err(CheckpointError::unreadable(path))?;
        Ok(Self {
            path: path.to_owned(),
            bytes,
        })
    }

    /// The graph of the file.
    fn graph(&self) -> Result<Graph<'_>, CheckpointError> {
        let graph = Graph::of_model(&self.bytes).map_err(|error| self.malformed(&error))?;
        graph.ok_or_else(|| self.damaged("no graph".to_owned()))
    }

    fn malformed(&self, error: &Malformed) -> CheckpointError {
        self.damaged(error.to_string())
    }

    fn damaged(&self, problem: String) -> CheckpointError {
        CheckpointError::Damaged {
            path: self.path.clone(),
            format: FORMAT,
            problem,
        }
    }
}

/// The parameters of graphs that have different names.
fn placed(graphs: Vec<BTreeMap<String, Parameter>>) -> BTreeMap<String, Placed> {
    let mut placed = BTreeMap::new();
    for (file, graph) in graphs.into_iter().enumerate() {
        for (name, parameter) in graph {
            placed.insert(name, Placed { file, parameter });
        }
    }
    placed
}

/// A description of graphs of another model.
fn describe(graphs: &[BTreeMap<String, Parameter>]) -> String {
    let mut parts = Vec::new();
    for graph in graphs {
        parts.push(match graph.keys().next() {
            Some(name) => format!("a graph with the parameter `{name}`"),
            None => "a graph without parameters".to_owned(),
        });
    }
    parts.join(" and ")
}
