//! GGUF: numbers out of blocks, rows in the hub's order, and what the metadata becomes.

use std::path::Path;

use attentive_checkpoints::{BlockType, Checkpoint, Gguf, HubModel, NumberType};
use half::{bf16, f16};
use ndarray::Array2;
use serde_json::Value;
use tempfile::TempDir;

use crate::samples;
use crate::samples::gguf::{
    BF16, F16, F32, File, HEAD, INNER, Q4_0, Q4_1, Q8_0, TOKENS, Tensor, WIDTH,
};

fn written(file: &File) -> TempDir {
    samples::folder(&[("model.gguf", &file.bytes())])
}

fn open(folder: &TempDir) -> Checkpoint {
    Checkpoint::open(folder.path()).unwrap_or_else(|error| panic!("{error}"))
}

/// The number at a place of a tensor, straight from the description of the format.
fn number(tensor: &Tensor, place: usize) -> f32 {
    let bytes = &tensor.bytes;
    let half = |at: usize| f16::from_le_bytes([bytes[at], bytes[at + 1]]).to_f32();
    let (block, inside) = (place / 32, place % 32);
    let quant = |start: usize| {
        let byte = bytes[start + inside % 16];
        f32::from(if inside < 16 { byte & 0xf } else { byte >> 4 })
    };
    match tensor.kind {
        F32 => f32::from_le_bytes(bytes[place * 4..place * 4 + 4].try_into().expect("four")),
        F16 => half(place * 2),
        BF16 => bf16::from_le_bytes([bytes[place * 2], bytes[place * 2 + 1]]).to_f32(),
        Q8_0 => half(block * 34) * f32::from(bytes[block * 34 + 2 + inside].cast_signed()),
        Q4_0 => half(block * 18) * (quant(block * 18 + 2) - 8.0),
        Q4_1 => half(block * 20) * quant(block * 20 + 4) + half(block * 20 + 2),
        other => panic!("no kind {other}"),
    }
}

#[test]
fn numbers_are_those_of_the_blocks() {
    let mut file = File::llama();
    let folder = written(&file);
    let checkpoint = open(&folder);
    for (stored, name, rows) in [
        (
            "token_embd.weight",
            "model.embed_tokens.weight",
            TOKENS.len(),
        ),
        (
            "blk.0.attn_v.weight",
            "model.layers.0.self_attn.v_proj.weight",
            HEAD,
        ),
        (
            "blk.0.attn_output.weight",
            "model.layers.0.self_attn.o_proj.weight",
            WIDTH,
        ),
        (
            "blk.0.ffn_gate.weight",
            "model.layers.0.mlp.gate_proj.weight",
            INNER,
        ),
        (
            "blk.0.ffn_up.weight",
            "model.layers.0.mlp.up_proj.weight",
            INNER,
        ),
        (
            "blk.0.ffn_down.weight",
            "model.layers.0.mlp.down_proj.weight",
            WIDTH,
        ),
    ] {
        let tensor = file.tensor(stored);
        let columns = tensor.lengths[0] as usize;
        let found = checkpoint.read(name, (rows, columns)).expect("a matrix");
        let expected = Array2::from_shape_fn((rows, columns), |(row, column)| {
            number(tensor, row * columns + column)
        });
        assert_eq!(found, expected, "{name}");
    }
    let norm = checkpoint
        .read("model.norm.weight", WIDTH)
        .expect("a vector");
    let tensor = file.tensor("output_norm.weight");
    assert_eq!(norm[3], number(tensor, 3));
}

#[test]
fn rows_of_queries_and_keys_are_in_halves_again() {
    let mut file = File::llama();
    let folder = written(&file);
    let checkpoint = open(&folder);
    for (stored, name, heads) in [("attn_q", "q_proj", 2), ("attn_k", "k_proj", 1)] {
        let tensor = file.tensor(&format!("blk.0.{stored}.weight"));
        let name = format!("model.layers.0.self_attn.{name}.weight");
        let found = checkpoint
            .read(&name, (heads * HEAD, WIDTH))
            .expect("a matrix");
        // Row r of a head was moved to 2r if it is in the first half, and else to 2 (r - d/2) + 1.
        for row in 0..heads * HEAD {
            let (head, inside) = (row / HEAD, row % HEAD);
            let half = HEAD / 2;
            let moved = if inside < half {
                2 * inside
            } else {
                2 * (inside - half) + 1
            };
            for column in 0..WIDTH {
                let place = (head * HEAD + moved) * WIDTH + column;
                assert_eq!(found[(row, column)], number(tensor, place), "{name}");
            }
        }
    }
}

#[test]
fn blocks_are_as_they_are_in_the_file() {
    let mut file = File::llama();
    let folder = written(&file);
    let gguf = Gguf::open(&folder.path().join("model.gguf")).expect("a file");
    assert_eq!(gguf.names().count(), file.tensors.len());
    let blocks = gguf.blocks("blk.0.ffn_up.weight").expect("blocks");
    assert_eq!(blocks.kind, BlockType::Q4_0);
    assert_eq!(blocks.shape, [INNER, WIDTH]);
    assert_eq!(blocks.bytes, file.tensor("blk.0.ffn_up.weight").bytes);
    assert_eq!(blocks.bytes.len(), INNER * blocks.row_size());
}

#[test]
fn version_2_and_other_alignments_are_read() {
    let field = samples::gguf::Field::Count(64);
    let mut file = File::llama().set("general.alignment", field);
    file.alignment = 64;
    file.version = 2;
    let name = "model.embed_tokens.weight";
    let shape = (TOKENS.len(), WIDTH);
    let found = open(&written(&file)).read(name, shape).expect("a matrix");
    let usual = open(&written(&File::llama()))
        .read(name, shape)
        .expect("a matrix");
    assert_eq!(found, usual);
}

/// A file that the model has on the hub.
fn hub_file(path: &Path, name: &str) -> String {
    let model = HubModel::open(path).unwrap_or_else(|error| panic!("{error}"));
    if name == "config.json" {
        let config = model.config(NumberType::BF16).expect("a configuration");
        return String::from_utf8(config).expect("text");
    }
    let file = model.files.into_iter().find(|file| file.name == name);
    String::from_utf8(file.expect("a file").contents).expect("text")
}

#[test]
fn the_configuration_is_the_hubs() {
    let folder = written(&File::llama());
    insta::assert_snapshot!(hub_file(folder.path(), "config.json"));
}

#[test]
fn the_tokenizer_is_the_hubs() {
    let folder = written(&File::llama());
    let tokenizer = hub_file(folder.path(), "tokenizer.json");
    let tokenizer: Value = serde_json::from_str(&tokenizer).expect("JSON");
    insta::assert_snapshot!(serde_json::to_string_pretty(&tokenizer).expect("JSON"));
    insta::assert_snapshot!(hub_file(folder.path(), "tokenizer_config.json"), @r#"
    {
      "add_prefix_space": false,
      "clean_up_tokenization_spaces": false,
      "model_max_length": 64,
      "tokenizer_class": "PreTrainedTokenizerFast",
      "bos_token": "<|end|>",
      "eos_token": "<|end|>",
      "chat_template": "{{ messages[0]['content'] }}"
    }
    "#);
}

#[test]
fn a_head_of_its_own_is_read() {
    let mut file = File::llama();
    let mut head = file.tensor("token_embd.weight").clone();
    head.name = "output.weight".to_owned();
    file.tensors.push(head);
    let folder = written(&file);
    assert!(open(&folder).contains("lm_head.weight"));
    let config = hub_file(folder.path(), "config.json");
    assert!(
        config.contains("\"tie_word_embeddings\": false"),
        "{config}"
    );
}

#[test]
fn what_the_file_does_not_have_is_taken_from_the_folder() {
    let generation = r#"{"eos_token_id": [0, 1]}"#;
    let folder = samples::folder(&[
        ("model.gguf", &File::llama().bytes()),
        ("generation_config.json", generation.as_bytes()),
        ("vocab.txt", b"of another model"),
    ]);
    let found = hub_file(folder.path(), "generation_config.json");
    assert_eq!(found, generation);
    let model = HubModel::open(folder.path()).unwrap_or_else(|error| panic!("{error}"));
    let names: Vec<&str> = model.files.iter().map(|file| file.name).collect();
    let expected = [
        "tokenizer.json",
        "tokenizer_config.json",
        "generation_config.json",
    ];
    assert_eq!(names, expected);
}
