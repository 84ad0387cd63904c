//! The hub's names of tensors, and its order of rows.

use crate::blocks::Blocks;

/// The token embeddings, by the hub's name.
pub(super) const EMBEDDINGS: &str = "model.embed_tokens.weight";
/// The head, by the hub's name. A tied one is not there.
pub(super) const HEAD: &str = "lm_head.weight";

/// The hub's name of a tensor. No two tensors have the same one.
pub(super) fn hub_name(name: &str) -> Option<String> {
    match name {
        "token_embd.weight" => return Some(EMBEDDINGS.to_owned()),
        "output_norm.weight" => return Some("model.norm.weight".to_owned()),
        "output.weight" => return Some(HEAD.to_owned()),
        _ => {}
    }
    let (digits, rest) = name.strip_prefix("blk.")?.split_once('.')?;
    let layer: usize = digits.parse().ok()?;
    if digits != layer.to_string() {
        // `00` would be the layer of `0` again.
        return None;
    }
    let module = match rest.strip_suffix(".weight")? {
        "attn_norm" => "input_layernorm",
        "attn_q" => "self_attn.q_proj",
        "attn_k" => "self_attn.k_proj",
        "attn_v" => "self_attn.v_proj",
        "attn_output" => "self_attn.o_proj",
        "ffn_norm" => "post_attention_layernorm",
        "ffn_gate" => "mlp.gate_proj",
        "ffn_up" => "mlp.up_proj",
        "ffn_down" => "mlp.down_proj",
        _ => return None,
    };
    Some(format!("model.layers.{layer}.{module}.weight"))
}

/// The rows of a matrix of queries or keys in the hub's order. In GGUF, rotary embeddings turn the rows 2i and 2i + 1 of a
/// head; on the hub, the rows i and i + d/2. Each row is a whole number of blocks, so nothing is rounded.
pub(super) fn in_halves(blocks: &Blocks, heads: usize) -> Vec<u8> {
    let row_size = blocks.row_size();
    let rows = blocks.shape.first().copied().unwrap_or(0);
    let head_dim = rows / heads;
    let mut bytes = Vec::with_capacity(blocks.bytes.len());
    for head in 0..heads {
        for half in 0..2 {
            for pair in 0..head_dim / 2 {
                let row = head * head_dim + 2 * pair + half;
                bytes.extend_from_slice(&blocks.bytes[row * row_size..(row + 1) * row_size]);
            }
        }
    }
    bytes
}
