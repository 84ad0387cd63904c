//! Real models in GGUF and ONNX: `cargo test -p attentive-models --features fetched-models --test formats`.
//!
//! The numbers that are expected come from another program, which read the same files by numpy. Opening a checkpoint checks
//! that it has all tensors of its family, each in its shape, and no others.

use std::path::PathBuf;

use attentive_checkpoints::{NumberType, convert, hub_file};
use attentive_models::fetch::Fetcher;
use attentive_models::{Checkpoint, Config, Encoder, Model, Tokenizer, catalogue};
use ndarray::{Array2, s};
use serde_json::Value;

fn fetched(name: &str) -> PathBuf {
    let fetcher = Fetcher::new().expect("a cache");
    let entry = catalogue::find(name).expect("a name of the catalogue");
    fetcher
        .fetch(entry, &mut |_| ())
        .unwrap_or_else(|error| panic!("{error}"))
}

fn checkpoint(name: &str) -> Checkpoint {
    Checkpoint::open(&fetched(name)).unwrap_or_else(|error| panic!("{error}"))
}

/// A file as the hub has it.
fn json(name: &str, file: &'static str) -> Value {
    let text = hub_file(&fetched(name), file).unwrap_or_else(|error| panic!("{error}"));
    serde_json::from_slice(&text.expect("the file")).expect("JSON")
}

fn matrix(checkpoint: &Checkpoint, name: &str, shape: (usize, usize)) -> Array2<f32> {
    let matrix = checkpoint.read(name, shape);
    matrix.unwrap_or_else(|error| panic!("{error}"))
}

/// Compares with numbers that were printed with eight digits.
#[track_caller]
fn assert_close(found: &[f32], expected: &[f32]) {
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(expected) {
        assert!(
            (found - expected).abs() <= 1e-6 * expected.abs(),
            "{found} {expected}"
        );
    }
}

#[test]
fn smollm2_has_all_tensors_of_a_llama() {
    let checkpoint = checkpoint("smollm2");
    // Nine in each of 30 layers, the embeddings and a norm. The head is tied.
    assert_eq!(checkpoint.names().count(), 30 * 9 + 2);
    assert!(!checkpoint.contains("lm_head.weight"));
    let embeddings = checkpoint.shape("model.embed_tokens.weight");
    assert_eq!(embeddings, Some([49_152, 576].as_slice()));
    let config = json("smollm2", "config.json");
    for (field, expected) in [
        ("num_hidden_layers", 30),
        ("num_attention_heads", 9),
        ("num_key_value_heads", 3),
        ("head_dim", 64),
        ("intermediate_size", 1536),
        ("max_position_embeddings", 8192),
        ("bos_token_id", 1),
        ("eos_token_id", 2),
    ] {
        assert_eq!(config[field], expected, "{field}");
    }
    assert_eq!(config["rope_theta"], 100_000.0);
    assert_eq!(config["rms_norm_eps"], 1e-5);
    assert_eq!(config["tie_word_embeddings"], true);
}

#[test]
fn smollm2_has_the_numbers_of_its_blocks_in_the_hubs_order() {
    let checkpoint = checkpoint("smollm2");
    // Row 1 of the file is row 32 here: rotary embeddings turn them with row 0.
    let queries = matrix(
        &checkpoint,
        "model.layers.0.self_attn.q_proj.weight",
        (576, 576),
    );
    let first = [-0.159_179_69, 0.397_949_22, -0.019_897_46, -1.273_437_5];
    assert_close(&queries.slice(s![1, ..4]).to_vec(), &first);
    let half = [-0.117_309_57, -0.117_309_57, -0.192_810_06, 0.260_192_87];
    assert_close(&queries.slice(s![32, ..4]).to_vec(), &half);
    let sum: f64 = queries.iter().map(|&number| f64::from(number)).sum();
    assert_eq!(format!("{sum:.4}"), "59.2232");
    let down = matrix(
        &checkpoint,
        "model.layers.29.mlp.down_proj.weight",
        (576, 1536),
    );
    let sum: f64 = down.iter().map(|&number| f64::from(number)).sum();
    assert_eq!(format!("{sum:.4}"), "49.8357");
}

#[test]
fn smollm2_cuts_digits_one_by_one() {
    let tokenizer = Tokenizer::open(&fetched("smollm2")).expect("a tokenizer");
    assert_eq!(tokenizer.size(), 49_152);
    let text = "Costs 1234 at 5pm, naïve 😀";
    let encoded = tokenizer.encode(text, true).expect("tokens");
    let expected = "Cost s Ġ 1 2 3 4 Ġat Ġ 5 pm , Ġna Ã¯ve ĠðŁĺ Ģ";
    assert_eq!(encoded.tokens.join(" "), expected);
    let decoded = tokenizer.decode(&encoded.ids, true).expect("a text");
    assert_eq!(decoded, text);
    let framed = tokenizer.encode("<|im_start|>user", true).expect("tokens");
    assert_eq!((framed.ids[0], framed.ids.len()), (1, 2));
    let settings = json("smollm2", "tokenizer_config.json");
    assert_eq!(settings["eos_token"], "<|im_end|>");
    let template = settings["chat_template"].as_str().expect("a template");
    assert!(template.contains("<|im_start|>assistant"), "{template}");
}

#[test]
fn t5_titles_is_one_model_out_of_two_graphs() {
    let checkpoint = checkpoint("t5-titles");
    // In each block of the encoder 8 tensors and in each of the decoder 13; two tables of distances, two norms, the
    // embeddings and the head.
    let blocks = 8 * (4 + 3 + 2) + 8 * (2 * 4 + 3 + 3);
    assert_eq!(checkpoint.names().count(), blocks + 6);
    let config = json("t5-titles", "config.json");
    for (field, expected) in [
        ("num_layers", 8),
        ("num_decoder_layers", 8),
        ("d_model", 512),
        ("num_heads", 6),
        ("d_kv", 64),
        ("d_ff", 1024),
        ("relative_attention_num_buckets", 32),
        ("vocab_size", 32_128),
        ("decoder_start_token_id", 0),
        ("eos_token_id", 1),
    ] {
        assert_eq!(config[field], expected, "{field}");
    }
    let queries = "encoder.block.0.layer.0.SelfAttention.q.weight";
    let queries = matrix(&checkpoint, queries, (384, 512));
    let row = [0.104_627_18, 0.041_103_53, 0.063_523_64];
    assert_close(&queries.slice(s![1, ..3]).to_vec(), &row);
    let head = matrix(&checkpoint, "lm_head.weight", (32_128, 512));
    assert_close(
        &[head[(1, 2)], head[(32_127, 511)]],
        &[1.355_643_5, -3.690_363],
    );
}

fn grammar() -> (Encoder, Tokenizer) {
    let folder = fetched("grammar");
    let model = Model::open(&folder).unwrap_or_else(|error| panic!("{error}"));
    let tokenizer = Tokenizer::open(&folder).unwrap_or_else(|error| panic!("{error}"));
    tokenizer.check(&model.config()).expect("its own tokenizer");
    match model {
        Model::Encoder(encoder) => (encoder, tokenizer),
        _ => panic!("expected an encoder"),
    }
}

/// The edits that the model makes, each with its probability.
fn edits(encoder: &Encoder, tokenizer: &Tokenizer, text: &str) -> Vec<String> {
    let encoded = tokenizer.encode(text, true).expect("tokens");
    let tokens = encoded.ids.len();
    let ids = Array2::from_shape_vec((1, tokens), encoded.ids).expect("a row");
    let (types, mask) = (
        Array2::zeros((1, tokens)),
        Array2::from_elem((1, tokens), true),
    );
    let states = encoder.run(ids.view(), types.view(), mask.view());
    let last = states.hidden.last().expect("a layer");
    let scores = encoder.classify_tokens(last.view()).expect("a head");
    let labels = &encoder.config().labels;
    let mut edits = Vec::new();
    for (token, place) in encoded.tokens.iter().zip(0..) {
        if encoded.special[place] {
            continue;
        }
        let scores = scores.slice(s![0, place, ..]);
        let largest = scores.fold(f32::NEG_INFINITY, |largest, &score| largest.max(score));
        let label = scores
            .iter()
            .position(|&score| score == largest)
            .expect("a label");
        let total: f32 = scores.iter().map(|score| (score - largest).exp()).sum();
        if labels[label] != "$KEEP" {
            edits.push(format!("{token} {} {:.3}", labels[label], 1.0 / total));
        }
    }
    edits
}

#[test]
fn grammar_finds_what_is_wrong() {
    let (encoder, tokenizer) = grammar();
    assert!(matches!(
        Config::open(&fetched("grammar")),
        Ok(Config::Encoder(config)) if config.labels_tokens && config.heads == 12
    ));
    let edits = |text| edits(&encoder, &tokenizer, text);
    assert_eq!(edits("He have a dog."), ["have $REPLACE_has 0.998"]);
    assert_eq!(
        edits("She is taller then me."),
        ["then $REPLACE_than 1.000"]
    );
    assert_eq!(edits("She has a dog."), [""; 0]);
}

#[test]
fn grammar_converted_is_the_same_model() {
    let out = tempfile::tempdir().expect("a folder");
    let source = fetched("grammar");
    let converted = convert(&source, out.path(), NumberType::F32, &mut |_| ());
    let converted = converted.unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(converted.tensors, 6 * 16 + 6);
    let Ok(Model::Encoder(again)) = Model::open(out.path()) else {
        panic!("expected an encoder");
    };
    let (encoder, tokenizer) = grammar();
    let text = "He have a dog.";
    assert_eq!(
        edits(&again, &tokenizer, text),
        edits(&encoder, &tokenizer, text)
    );
}
