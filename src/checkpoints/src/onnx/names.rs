//! The parameters of a graph, by the names that they had in the model it was made of.
//!
//! A vector keeps its name. The matrix of a linear layer loses it, as it is transposed when the graph is made; but the node
//! that multiplies by it is called after the layer: `/enc/block.0/layer.0/SelfAttention/q/MatMul`.

use std::collections::{BTreeMap, HashMap};

use crate::error::CheckpointError;

use super::OnnxFile;
use super::message::{Graph, Tensor};
use super::parameter::{Parameter, Quantization};
use super::protobuf::Malformed;

/// The end of the name of a tensor of integers that stands for floats.
const QUANTIZED: &str = "_quantized";
/// The end of the name of its scale.
const SCALE: &str = "_scale";
/// The end of the name of its zero point.
const ZERO_POINT: &str = "_zero_point";
/// The beginning of the names of tensors that lost theirs.
const NAMELESS: &str = "onnx::";

/// The nodes that tell what a matrix is.
#[derive(Default)]
struct Uses<'a> {
    /// The names of nodes by the matrices that they multiply by.
    products: HashMap<&'a str, &'a str>,
    /// The integers by the floats that are made of them.
    dequantized: HashMap<&'a str, &'a str>,
}

/// Finds the parameters of a file.
pub(super) fn parameters(file: &OnnxFile) -> Result<BTreeMap<String, Parameter>, CheckpointError> {
    let graph = file.graph()?;
    let tensors = initializers(file, &graph)?;
    let uses = uses(&graph, &tensors).map_err(|error| file.malformed(&error))?;
    let mut parameters = BTreeMap::new();
    for (&stored, tensor) in &tensors {
        let Some((name, quantization)) = role(file, &tensors, stored, tensor)? else {
            continue;
        };
        let node = uses.products.get(stored);
        let (name, transposed) = match (name.starts_with(NAMELESS), node) {
            (false, _) => (name.to_owned(), false),
            (true, Some(node)) => (module(node) + ".weight", true),
            // It is no parameter of a layer; the check of the family lists it.
            (true, None) => (name.to_owned(), false),
        };
        let parameter = Parameter::new(file, &name, tensor, quantization, transposed)?;
        if parameters.contains_key(&name) {
            return Err(file.damaged(format!("the parameter `{name}` twice")));
        }
        parameters.insert(name, parameter);
    }
    Ok(parameters)
}

/// All tensors that the file has, by their names.
fn initializers<'a>(
    file: &'a OnnxFile,
    graph: &Graph<'a>,
) -> Result<BTreeMap<&'a str, Tensor<'a>>, CheckpointError> {
    let mut tensors = BTreeMap::new();
    for tensor in graph.initializers() {
        let tensor = tensor.map_err(|error| file.malformed(&error))?;
        if tensor.name.is_empty() {
            return Err(file.damaged("an initialiser without a name".to_owned()));
        }
        if tensors.contains_key(tensor.name) {
            return Err(file.damaged(format!("the initialiser `{}` twice", tensor.name)));
        }
        tensors.insert(tensor.name, tensor);
    }
    Ok(tensors)
}

fn uses<'a>(
    graph: &Graph<'a>,
    tensors: &BTreeMap<&'a str, Tensor<'a>>,
) -> Result<Uses<'a>, Malformed> {
    let mut uses = Uses::default();
    for node in graph.nodes() {
        let node = node?;
        match (node.operation, node.inputs.as_slice()) {
            ("MatMul" | "MatMulInteger", [_, matrix, ..]) => {
                // What a node before this one made floats of is the parameter.
                let matrix = uses.dequantized.get(matrix).unwrap_or(matrix);
                if tensors.contains_key(matrix) {
                    uses.products.insert(matrix, node.name);
                }
            }
            ("DequantizeLinear", [integers, ..]) if tensors.contains_key(integers) => {
                uses.dequantized.insert(node.output, integers);
            }
            _ => {}
        }
    }
    Ok(uses)
}

/// The name of a parameter, and its scale if it has one. `None` for what is no parameter: scales and zero points, and the
/// integers with which a graph computes shapes.
fn role<'a>(
    file: &OnnxFile,
    tensors: &BTreeMap<&str, Tensor<'_>>,
    stored: &'a str,
    tensor: &Tensor<'_>,
) -> Result<Option<(&'a str, Option<Quantization>)>, CheckpointError> {
    if let Some(name) = stored.strip_suffix(QUANTIZED) {
        let scale = tensors.get(format!("{name}{SCALE}").as_str());
        let scale = scale.ok_or_else(|| {
            file.damaged(format!(
                "the integers `{stored}` without their scale `{name}{SCALE}`"
            ))
        })?;
        let zero_point = tensors.get(format!("{name}{ZERO_POINT}").as_str());
        let quantization = Quantization::new(file, name, tensor, scale, zero_point)?;
        return Ok(Some((name, Some(quantization))));
    }
    if stored.ends_with(SCALE) || stored.ends_with(ZERO_POINT) || !tensor.is_float() {
        return Ok(None);
    }
    Ok(Some((stored, None)))
}

/// The path of a node's layer: `enc.block.0.layer.0.SelfAttention.q` of `/enc/block.0/layer.0/SelfAttention/q/MatMul`.
fn module(node: &str) -> String {
    let path = node.trim_start_matches('/');
    let layer = path.rsplit_once('/').map_or(path, |(layer, _)| layer);
    layer.replace('/', ".")
}
