//! A small Vision Transformer, with the names of the hub's library.

use attentive_models::digits::SIDE;
use serde_json::{Value, json};
use tch::Tensor;
use tch::nn::{Init, Path};

use crate::layers::{Heads, Linear, NOT_DECAYED, Norm};

/// The number of batches that are enough for the digits.
pub const STEPS: usize = 4000;

const PATCH: i64 = 2;
const WIDTH: i64 = 32;
const INNER: i64 = 4 * WIDTH;
const LAYERS: i64 = 2;
const HEADS: i64 = 4;
const CLASSES: i64 = 10;
const EPSILON: f64 = 1e-12;
/// The standard deviation of the first class token and of the first positions.
const STDEV: f64 = 0.1;

/// The model.
#[derive(Debug)]
pub(super) struct Vit {
    class_token: Tensor,
    positions: Tensor,
    kernel: Tensor,
    bias: Tensor,
    blocks: Vec<Block>,
    norm: Norm,
    classifier: Linear,
}

#[derive(Debug)]
struct Block {
    norm_1: Norm,
    query: Linear,
    key: Linear,
    value: Linear,
    attention_output: Linear,
    norm_2: Norm,
    widen: Linear,
    narrow: Linear,
}

impl Vit {
    pub(super) fn new(root: &Path<'_>) -> Self {
        let body = root / "vit";
        let embeddings = &body / "embeddings";
        let projection = &embeddings / "patch_embeddings" / "projection";
        let layers = &body / "encoder" / "layer";
        let patches = (SIDE as i64 / PATCH).pow(2);
        let drawn = |stdev: f64| Init::Randn { mean: 0.0, stdev };
        let table = embeddings.set_group(NOT_DECAYED);
        let of_patch = [WIDTH, 1, PATCH, PATCH];
        Self {
            class_token: table.var("cls_token", &[1, 1, WIDTH], drawn(STDEV)),
            positions: table.var(
                "position_embeddings",
                &[1, 1 + patches, WIDTH],
                drawn(STDEV),
            ),
            kernel: projection.var("weight", &of_patch, drawn(deviation(PATCH * PATCH))),
            bias: projection
                .set_group(NOT_DECAYED)
                .var("bias", &[WIDTH], Init::Const(0.0)),
            blocks: (0..LAYERS).map(|n| Block::new(&(&layers / n))).collect(),
            norm: Norm::new(&(&body / "layernorm"), WIDTH, EPSILON),
            classifier: linear(&(root / "classifier"), WIDTH, CLASSES),
        }
    }

    /// The scores of each class: (images, classes).
    pub(super) fn logits(&self, pixels: &Tensor) -> Tensor {
        let step = [PATCH, PATCH];
        let patches = pixels.conv2d(&self.kernel, Some(&self.bias), step, [0, 0], [1, 1], 1);
        let patches = patches.flatten(2, -1).transpose(1, 2);
        let class_token = self.class_token.expand([pixels.size()[0], 1, WIDTH], false);
        let x = Tensor::cat(&[class_token, patches], 1) + &self.positions;
        let x = self.blocks.iter().fold(x, |x, block| block.apply(&x));
        let normed = self.norm.apply(&x);
        self.classifier.out_in(&normed.select(1, 0))
    }

    /// The fields of `config.json`.
    pub(super) fn config() -> Value {
        let labels: serde_json::Map<String, Value> = (0..CLASSES)
            .map(|digit| (digit.to_string(), digit.to_string().into()))
            .collect();
        json!({
            "architectures": ["ViTForImageClassification"],
            "attention_probs_dropout_prob": 0.0,
            "dtype": "float32",
            "hidden_act": "gelu",
            "hidden_dropout_prob": 0.0,
            "hidden_size": WIDTH,
            "id2label": labels,
            "image_size": SIDE,
            "intermediate_size": INNER,
            "layer_norm_eps": EPSILON,
            "model_type": "vit",
            "num_attention_heads": HEADS,
            "num_channels": 1,
            "num_hidden_layers": LAYERS,
            "patch_size": PATCH,
            "qkv_bias": true,
        })
    }

    /// The fields of `preprocessor_config.json`.
    pub(super) fn processor() -> Value {
        json!({
            "do_normalize": true,
            "do_rescale": true,
            "do_resize": true,
            "image_mean": [0.5],
            "image_processor_type": "ViTImageProcessor",
            "image_std": [0.5],
            // Bilinear.
            "resample": 2,
            "rescale_factor": 1.0 / 255.0,
            "size": { "height": SIDE, "width": SIDE },
        })
    }
}

impl Block {
    fn new(path: &Path<'_>) -> Self {
        let attention = path / "attention";
        let of_self = &attention / "attention";
        Self {
            norm_1: Norm::new(&(path / "layernorm_before"), WIDTH, EPSILON),
            query: linear(&(&of_self / "query"), WIDTH, WIDTH),
            key: linear(&(&of_self / "key"), WIDTH, WIDTH),
            value: linear(&(&of_self / "value"), WIDTH, WIDTH),
            attention_output: linear(&(&attention / "output" / "dense"), WIDTH, WIDTH),
            norm_2: Norm::new(&(path / "layernorm_after"), WIDTH, EPSILON),
            widen: linear(&(path / "intermediate" / "dense"), WIDTH, INNER),
            narrow: linear(&(path / "output" / "dense"), INNER, WIDTH),
        }
    }

    fn apply(&self, x: &Tensor) -> Tensor {
        let heads = Heads {
            count: HEADS,
            causal: false,
        };
        let normed = self.norm_1.apply(x);
        let (query, key) = (self.query.out_in(&normed), self.key.out_in(&normed));
        let context = heads.attend(&query, &key, &self.value.out_in(&normed));
        let a = x + self.attention_output.out_in(&context);
        let hidden = self.widen.out_in(&self.norm_2.apply(&a)).gelu("none");
        &a + self.narrow.out_in(&hidden)
    }
}

/// A linear layer whose outputs begin as large as its inputs.
fn linear(path: &Path<'_>, input: i64, output: i64) -> Linear {
    Linear::new(path, [output, input], output, deviation(input))
}

fn deviation(inputs: i64) -> f64 {
    (inputs as f64).powf(-0.5)
}
