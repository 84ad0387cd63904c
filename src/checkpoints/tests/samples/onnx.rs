//! Graphs of ONNX.

use super::{Numbers, le_bytes};

pub(crate) const FLOAT: u64 = 1;
pub(crate) const UINT8: u64 = 2;
pub(crate) const INT8: u64 = 3;
pub(crate) const INT64: u64 = 7;

/// Beside a T5.
pub(crate) const TOKENIZER: &str =
    r#"{"added_tokens": [{"id": 0, "content": "<pad>"}, {"id": 1, "content": "</s>"}]}"#;

/// The scale of all quantised matrices.
pub(crate) const SCALE: f32 = 0.25;
/// The zero point of those with a sign.
pub(crate) const SIGNED_ZERO: i8 = -3;
/// The zero point of those without.
pub(crate) const UNSIGNED_ZERO: u8 = 130;

/// The width of the samples' states.
pub(crate) const WIDTH: usize = 4;
/// The width of their feed-forward networks.
pub(crate) const INNER: usize = 8;
/// Their tokens.
pub(crate) const WORDS: usize = 6;

/// A graph that is being written.
#[derive(Clone)]
pub(crate) struct Graph {
    pub(crate) nodes: Vec<Vec<u8>>,
    pub(crate) tensors: Vec<Vec<u8>>,
    numbers: u32,
    matrices: usize,
}

impl Graph {
    fn new(seed: u32) -> Self {
        Self {
            nodes: Vec::new(),
            tensors: Vec::new(),
            numbers: seed,
            matrices: 0,
        }
    }

    /// The encoder of a T5 of one layer.
    pub(crate) fn encoder() -> Self {
        let mut graph = Self::new(1);
        // Both graphs have the same embeddings.
        graph.embeddings("enc.embed_tokens.weight", WORDS, &mut Numbers::new(7));
        graph.attention("enc", "layer.0", "SelfAttention");
        graph.feed_forward("enc", "layer.1");
        graph.floats("enc.final_layer_norm.weight", &[WIDTH]);
        graph
    }

    /// The decoder of a T5 of one layer.
    pub(crate) fn decoder() -> Self {
        let mut graph = Self::new(2);
        graph.embeddings("m.shared.weight", WORDS, &mut Numbers::new(7));
        graph.attention("m.decoder", "layer.0", "SelfAttention");
        graph.attention("m.decoder", "layer.1", "EncDecAttention");
        graph.feed_forward("m.decoder", "layer.2");
        graph.floats("m.decoder.final_layer_norm.weight", &[WIDTH]);
        graph.product("/m/lm_head/MatMul_quant", WIDTH, WORDS);
        graph
    }

    /// A DistilBERT of one layer and two labels.
    pub(crate) fn tagger() -> Self {
        let mut graph = Self::new(3);
        graph.embeddings(
            "distilbert.embeddings.word_embeddings.weight",
            WORDS,
            &mut Numbers::new(8),
        );
        graph.embeddings(
            "distilbert.embeddings.position_embeddings.weight",
            3,
            &mut Numbers::new(9),
        );
        graph.floats("distilbert.embeddings.LayerNorm.weight", &[WIDTH]);
        graph.floats("distilbert.embeddings.LayerNorm.bias", &[WIDTH]);
        let layer = "distilbert.transformer.layer.0";
        for (name, output, input) in [
            ("attention.q_lin", WIDTH, WIDTH),
            ("attention.k_lin", WIDTH, WIDTH),
            ("attention.v_lin", WIDTH, WIDTH),
            ("attention.out_lin", WIDTH, WIDTH),
            ("ffn.lin1", INNER, WIDTH),
            ("ffn.lin2", WIDTH, INNER),
        ] {
            let node = format!("/{layer}.{name}/MatMul")
                .replace('.', "/")
                .replace("layer/0", "layer.0");
            graph.dequantized_product(&node, input, output);
            graph.floats(&format!("{layer}.{name}.bias"), &[output]);
        }
        for norm in ["sa_layer_norm", "output_layer_norm"] {
            graph.floats(&format!("{layer}.{norm}.weight"), &[WIDTH]);
            graph.floats(&format!("{layer}.{norm}.bias"), &[WIDTH]);
        }
        graph.dequantized_product("/classifier/MatMul", WIDTH, 2);
        graph.floats("classifier.bias", &[2]);
        // Activations have scales, too, which are no parameters.
        graph.floats("/distilbert/embeddings/LayerNorm/output_0_scale", &[]);
        graph.heads();
        graph
    }

    /// The file.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut graph = Vec::new();
        for node in &self.nodes {
            message(&mut graph, 1, node);
        }
        for tensor in &self.tensors {
            message(&mut graph, 5, tensor);
        }
        let mut model = Vec::new();
        integer(&mut model, 1, 8);
        message(&mut model, 7, &graph);
        model
    }

    /// Adds a tensor as it is.
    pub(crate) fn tensor(&mut self, name: &str, shape: &[usize], kind: u64, numbers: &[u8]) {
        self.tensors.push(tensor(name, shape, kind, numbers));
    }

    fn numbers(&mut self) -> Numbers {
        self.numbers += 100;
        Numbers::new(self.numbers)
    }

    fn floats(&mut self, name: &str, shape: &[usize]) {
        let count = shape.iter().product();
        let numbers = self.numbers().floats(count);
        self.tensor(name, shape, FLOAT, &le_bytes(&numbers));
    }

    /// Integers without a sign, whose zero point is in a list.
    fn embeddings(&mut self, name: &str, rows: usize, numbers: &mut Numbers) {
        let integers = numbers.bytes(rows * WIDTH);
        self.tensor(&format!("{name}_scale"), &[], FLOAT, &SCALE.to_le_bytes());
        let mut zero_point = tensor(&format!("{name}_zero_point"), &[], UINT8, &[]);
        message(
            &mut zero_point,
            5,
            &[UNSIGNED_ZERO | 0x80, UNSIGNED_ZERO >> 7],
        );
        self.tensors.push(zero_point);
        self.tensor(
            &format!("{name}_quantized"),
            &[rows, WIDTH],
            UINT8,
            &integers,
        );
    }

    /// Integers with a sign, (in, out), and their name.
    fn matrix(&mut self, input: usize, output: usize) -> String {
        let name = format!("onnx::MatMul_{}", self.matrices);
        self.matrices += 1;
        let integers = self.numbers().bytes(input * output);
        self.tensor(&format!("{name}_scale"), &[], FLOAT, &SCALE.to_le_bytes());
        let zero = SIGNED_ZERO.to_le_bytes();
        self.tensor(&format!("{name}_zero_point"), &[], INT8, &zero);
        self.tensor(
            &format!("{name}_quantized"),
            &[input, output],
            INT8,
            &integers,
        );
        name
    }

    /// A product of integers.
    fn product(&mut self, node_name: &str, input: usize, output: usize) {
        let name = self.matrix(input, output);
        let inputs = ["x_quantized", &format!("{name}_quantized"), "x_zero_point"];
        self.nodes
            .push(node("MatMulInteger", node_name, &inputs, "y"));
    }

    /// A product of floats that a node makes of integers.
    fn dequantized_product(&mut self, node_name: &str, input: usize, output: usize) {
        let name = self.matrix(input, output);
        let floats = format!("{name}_DequantizeLinear_Output");
        let integers = [format!("{name}_quantized"), format!("{name}_scale")];
        let integers = [integers[0].as_str(), &integers[1]];
        self.nodes
            .push(node("DequantizeLinear", "", &integers, &floats));
        self.nodes
            .push(node("MatMul", node_name, &["x", &floats], "y"));
    }

    fn attention(&mut self, side: &str, part: &str, attention: &str) {
        let path = format!("/{}/block.0/{part}/{attention}", side.replace('.', "/"));
        for projection in ["q", "k", "v", "o"] {
            self.product(&format!("{path}/{projection}/MatMul_quant"), WIDTH, WIDTH);
        }
        if part == "layer.0" {
            let bias = format!("{side}.block.0.{part}.{attention}.relative_attention_bias.weight");
            // (bucket, head)
            self.floats(&bias, &[4, 2]);
        }
        self.floats(
            &format!("{side}.block.0.{part}.layer_norm.weight"),
            &[WIDTH],
        );
    }

    fn feed_forward(&mut self, side: &str, part: &str) {
        let path = format!("/{}/block.0/{part}/DenseReluDense", side.replace('.', "/"));
        self.product(&format!("{path}/wi_0/MatMul_quant"), WIDTH, INNER);
        self.product(&format!("{path}/wi_1/MatMul_quant"), WIDTH, INNER);
        self.product(&format!("{path}/wo/MatMul_quant"), INNER, WIDTH);
        self.floats(
            &format!("{side}.block.0.{part}.layer_norm.weight"),
            &[WIDTH],
        );
    }

    /// The shape of queries: (batch, token, head, 2).
    fn heads(&mut self) {
        let mut attribute = Vec::new();
        message(&mut attribute, 1, b"value");
        message(
            &mut attribute,
            5,
            &tensor("", &[1], INT64, &2_i64.to_le_bytes()),
        );
        let mut constant = node("Constant", "", &[], "head_dim");
        message(&mut constant, 5, &attribute);
        self.nodes.push(constant);
        let name = "/distilbert/transformer/layer.0/attention/Concat";
        self.nodes.push(node(
            "Concat",
            name,
            &["batch", "token", "heads", "head_dim"],
            "shape",
        ));
    }
}

/// A tensor's message.
pub(crate) fn tensor(name: &str, shape: &[usize], kind: u64, numbers: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for &length in shape {
        integer(&mut bytes, 1, length as u64);
    }
    integer(&mut bytes, 2, kind);
    message(&mut bytes, 8, name.as_bytes());
    if !numbers.is_empty() {
        message(&mut bytes, 9, numbers);
    }
    bytes
}

/// A node's message.
pub(crate) fn node(operation: &str, name: &str, inputs: &[&str], output: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    for input in inputs {
        message(&mut bytes, 1, input.as_bytes());
    }
    message(&mut bytes, 2, output.as_bytes());
    message(&mut bytes, 3, name.as_bytes());
    message(&mut bytes, 4, operation.as_bytes());
    bytes
}

/// Adds a field with bytes.
pub(crate) fn message(bytes: &mut Vec<u8>, number: u64, contents: &[u8]) {
    varint(bytes, number << 3 | 2);
    varint(bytes, contents.len() as u64);
    bytes.extend(contents);
}

/// Adds a field with an integer.
pub(crate) fn integer(bytes: &mut Vec<u8>, number: u64, value: u64) {
    varint(bytes, number << 3);
    varint(bytes, value);
}

fn varint(bytes: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
}
