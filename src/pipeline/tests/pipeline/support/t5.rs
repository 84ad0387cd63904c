//! A tiny T5 of version 1.1 with random weights, whose tokens are words.

use serde_json::{Value, json};

use super::{Models, WIDTH, Weights};

/// The tokens of its kind, and words.
const TOKENS: [&str; 10] = [
    "<pad>", "</s>", "<unk>", "▁the", "▁cat", "▁sat", "▁on", "▁a", "▁mat", "▁dog",
];

/// Number of tokens that it reads at most, and writes.
pub(crate) const CONTEXT: usize = 12;

/// Width of the heads, which are two.
const HEAD: usize = 3;

/// Width of the feed-forward networks.
const INNER: usize = 10;

impl Models {
    /// Adds a T5.
    pub(crate) fn with_t5() -> Self {
        let models = Self::new();
        models.write_t5();
        models
    }

    pub(crate) fn write_t5(&self) {
        let config = json!({
            "model_type": "t5", "vocab_size": TOKENS.len(), "n_positions": CONTEXT, "d_model": WIDTH, "d_kv": HEAD,
            "d_ff": INNER, "num_layers": 2, "num_heads": 2, "relative_attention_num_buckets": 4,
            "relative_attention_max_distance": 6, "feed_forward_proj": "gated-gelu", "tie_word_embeddings": false,
            "decoder_start_token_id": 0, "eos_token_id": 1,
        });
        self.write("t5/config.json", config.to_string());
        self.write("t5/tokenizer.json", tokenizer().to_string());
        let mut weights = Weights::default();
        weights.random("shared.weight", &[TOKENS.len(), WIDTH]);
        for (stack, sublayers) in [
            ("encoder", &["0.SelfAttention"][..]),
            ("decoder", &["0.SelfAttention", "1.EncDecAttention"]),
        ] {
            for block in 0..2 {
                weights.block(&format!("{stack}.block.{block}"), sublayers);
            }
            let bias = "block.0.layer.0.SelfAttention.relative_attention_bias";
            weights.random(&format!("{stack}.{bias}.weight"), &[4, 2]);
            weights.random(&format!("{stack}.final_layer_norm.weight"), &[WIDTH]);
        }
        weights.random("lm_head.weight", &[TOKENS.len(), WIDTH]);
        self.write("t5/model.safetensors", weights.file());
    }
}

impl Weights {
    /// Adds a block with these attentions, and a feed-forward network after them.
    fn block(&mut self, name: &str, attentions: &[&str]) {
        for attention in attentions {
            for (part, shape) in [
                ("q", [2 * HEAD, WIDTH]),
                ("k", [2 * HEAD, WIDTH]),
                ("v", [2 * HEAD, WIDTH]),
                ("o", [WIDTH, 2 * HEAD]),
            ] {
                self.random(&format!("{name}.layer.{attention}.{part}.weight"), &shape);
            }
        }
        let last = attentions.len();
        for (part, shape) in [
            ("wi_0", [INNER, WIDTH]),
            ("wi_1", [INNER, WIDTH]),
            ("wo", [WIDTH, INNER]),
        ] {
            self.random(
                &format!("{name}.layer.{last}.DenseReluDense.{part}.weight"),
                &shape,
            );
        }
        for layer in 0..=last {
            self.random(&format!("{name}.layer.{layer}.layer_norm.weight"), &[WIDTH]);
        }
    }
}

/// A tokenizer of T5's kind: a score for each piece, and an end token after each text.
fn tokenizer() -> Value {
    let added = TOKENS[..3].iter().enumerate().map(|(id, content)| {
        json!({
            "id": id, "content": content, "single_word": false, "lstrip": false, "rstrip": false, "normalized": false,
            "special": true,
        })
    });
    let spaces =
        json!({"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": true});
    let end = json!({"SpecialToken": {"id": "</s>", "type_id": 0}});
    let text = json!({"Sequence": {"id": "A", "type_id": 0}});
    json!({
        "version": "1.0", "truncation": null, "padding": null, "added_tokens": added.collect::<Vec<_>>(),
        "normalizer": null, "pre_tokenizer": spaces, "decoder": spaces,
        "post_processor": {
            "type": "TemplateProcessing", "single": [text, end],
            "pair": [text, end, {"Sequence": {"id": "B", "type_id": 0}}, end],
            "special_tokens": {"</s>": {"id": "</s>", "ids": [1], "tokens": ["</s>"]}},
        },
        "model": {
            "type": "Unigram", "unk_id": 2, "byte_fallback": false,
            "vocab": TOKENS.map(|piece| json!([piece, -1.0])),
        },
    })
}
