//! A tiny Llama with random weights that answers in letters and spaces.

use serde_json::{Map, Value, json};

use super::{Models, WIDTH, Weights, byte_pieces};

/// The tokens after the bytes, which have no text.
const SPECIAL: [&str; 2] = ["<|im_start|>", "<|im_end|>"];

/// Number of tokens that it knows.
const VOCABULARY: usize = 256 + SPECIAL.len();

/// A template in the form that many models use.
pub(crate) const TEMPLATE: &str = "\
{%- for message in messages -%}
    {{- '<|im_start|>' + message.role + '\\n' + message.content + eos_token + '\\n' -}}
{%- endfor -%}
{%- if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif -%}
";

impl Models {
    /// Adds a Llama that takes conversations.
    pub(crate) fn with_llama() -> Self {
        let models = Self::new();
        models.write_llama();
        models.write_template(TEMPLATE);
        models
    }

    /// Replaces the template of the Llama.
    pub(crate) fn write_template(&self, template: &str) {
        let settings = json!({
            "eos_token": {"content": SPECIAL[1], "special": true},
            "chat_template": template,
        });
        self.write("llama/tokenizer_config.json", settings.to_string());
    }

    /// Makes a letter one of the special tokens of the Llama.
    pub(crate) fn make_special(&self, letter: char) {
        let mut tokenizer = tokenizer();
        let id = tokenizer["model"]["vocab"][letter.to_string()].clone();
        let added = tokenizer["added_tokens"].as_array_mut();
        added.expect("special tokens").push(json!({
            "id": id, "content": letter, "single_word": false, "lstrip": false, "rstrip": false, "normalized": false,
            "special": true,
        }));
        self.write("llama/tokenizer.json", tokenizer.to_string());
    }

    fn write_llama(&self) {
        let config = json!({
            "model_type": "llama", "vocab_size": VOCABULARY, "max_position_embeddings": 200, "hidden_size": WIDTH,
            "intermediate_size": 12, "num_hidden_layers": 2, "num_attention_heads": 2, "num_key_value_heads": 1,
            "eos_token_id": VOCABULARY - 1,
        });
        self.write("llama/config.json", config.to_string());
        self.write("llama/tokenizer.json", tokenizer().to_string());
        let mut weights = Weights::default();
        weights.random("model.embed_tokens.weight", &[VOCABULARY, WIDTH]);
        for layer in 0..2 {
            let layer = format!("model.layers.{layer}");
            for (part, output, input) in [
                ("self_attn.q_proj", WIDTH, WIDTH),
                ("self_attn.k_proj", WIDTH / 2, WIDTH),
                ("self_attn.v_proj", WIDTH / 2, WIDTH),
                ("self_attn.o_proj", WIDTH, WIDTH),
                ("mlp.gate_proj", 12, WIDTH),
                ("mlp.up_proj", 12, WIDTH),
                ("mlp.down_proj", WIDTH, 12),
            ] {
                weights.random(&format!("{layer}.{part}.weight"), &[output, input]);
            }
            for norm in ["input_layernorm", "post_attention_layernorm"] {
                weights.random(&format!("{layer}.{norm}.weight"), &[WIDTH]);
            }
        }
        weights.random("model.norm.weight", &[WIDTH]);
        weights.random("lm_head.weight", &[VOCABULARY, WIDTH]);
        weights.keep_rows(|token| {
            u8::try_from(token).is_ok_and(|byte| byte == b' ' || byte.is_ascii_lowercase())
        });
        self.write("llama/model.safetensors", weights.file());
    }
}

impl Weights {
    /// Leaves 0 in all rows but these of the tensor that was added last, so its scores are 0.
    fn keep_rows(&mut self, keep: impl Fn(usize) -> bool) {
        let (_, shape, bytes) = self.named.last_mut().expect("a tensor");
        let row = shape[1] * size_of::<f32>();
        for (number, row) in bytes.chunks_mut(row).enumerate() {
            if !keep(number) {
                row.fill(0);
            }
        }
    }
}

/// A byte-level tokenizer without merges.
fn tokenizer() -> Value {
    let pieces = byte_pieces().into_iter().enumerate();
    let vocabulary: Map<String, Value> = pieces
        .map(|(id, piece)| (piece.to_string(), id.into()))
        .collect();
    let added = SPECIAL.iter().enumerate().map(|(number, content)| {
        json!({
            "id": 256 + number, "content": content, "single_word": false, "lstrip": false, "rstrip": false,
            "normalized": false, "special": true,
        })
    });
    let bytes = json!({"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true});
    json!({
        "version": "1.0", "truncation": null, "padding": null, "added_tokens": added.collect::<Vec<_>>(),
        "normalizer": null, "pre_tokenizer": bytes, "post_processor": null, "decoder": bytes,
        "model": {
            "type": "BPE", "dropout": null, "unk_token": null, "continuing_subword_prefix": null,
            "end_of_word_suffix": null, "fuse_unk": false, "byte_fallback": false, "ignore_merges": false,
            "vocab": vocabulary, "merges": [],
        },
    })
}
