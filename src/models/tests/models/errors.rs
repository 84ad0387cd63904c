//! The errors of folders that are no models, as people read them.

use std::collections::BTreeMap;
use std::fs;

use attentive_models::{Config, Model, Tokenizer};
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};
use tempfile::TempDir;

use crate::fixture::copy;

/// The error of opening a folder, without the folder's own name.
fn error(folder: &TempDir) -> String {
    let error = Model::open(folder.path()).expect_err("no model");
    let folder = folder.path().display().to_string();
    error.to_string().replace(&folder, "gpt2")
}

fn replace_in_config(folder: &TempDir, from: &str, to: &str) {
    let path = folder.path().join("config.json");
    let text = fs::read_to_string(&path).expect("a file");
    assert!(text.contains(from));
    fs::write(path, text.replace(from, to)).expect("a file");
}

/// Writes the checkpoint with one tensor more, less, or changed.
pub(crate) fn change_tensors(
    folder: &TempDir,
    change: impl Fn(&mut BTreeMap<String, TensorView<'_>>),
) {
    let path = folder.path().join("model.safetensors");
    let bytes = fs::read(&path).expect("a file");
    let tensors = SafeTensors::deserialize(&bytes).expect("a checkpoint");
    let mut tensors: BTreeMap<_, _> = tensors.tensors().into_iter().collect();
    change(&mut tensors);
    let bytes = safetensors::serialize(tensors, None).expect("a checkpoint");
    fs::write(path, bytes).expect("a file");
}

#[test]
fn a_folder_without_files_says_which_are_missing() {
    let folder = tempfile::tempdir().expect("a folder");
    insta::assert_snapshot!(error(&folder), @"gpt2: expected a model in the hub's layout, with config.json, found no such file");
    fs::write(
        folder.path().join("config.json"),
        r#"{"model_type": "bart"}"#,
    )
    .expect("a file");
    insta::assert_snapshot!(error(&folder), @"gpt2/config.json: expected a `model_type` that the course runs (bert, distilbert, albert, gpt2, llama, t5, vit), found `bart`");
    let folder = copy("gpt2");
    fs::remove_file(folder.path().join("model.safetensors")).expect("removed");
    insta::assert_snapshot!(error(&folder), @"gpt2: expected a model in the hub's layout, with model.safetensors, found no such file");
    fs::write(folder.path().join("pytorch_model.bin"), "").expect("a file");
    insta::assert_snapshot!(error(&folder), @"gpt2/pytorch_model.bin: expected model.safetensors, found a pickle, which the course never loads; save the model again with `safe_serialization=True`");
}

#[test]
fn fields_that_make_no_model_are_named() {
    let folder = copy("gpt2");
    replace_in_config(&folder, "\"n_head\": 4", "\"n_head\": 3");
    insta::assert_snapshot!(error(&folder), @"gpt2/config.json: expected `n_head` to be a divisor of the width, 20, found 3");
    let folder = copy("gpt2");
    replace_in_config(&folder, "gelu_new", "relu");
    insta::assert_snapshot!(error(&folder), @"gpt2/config.json: expected `activation_function` to be gelu_new, found relu");
    let folder = copy("gpt2");
    replace_in_config(&folder, "\"n_layer\": 2", "\"n_layer\": -2");
    insta::assert_snapshot!(error(&folder), @"gpt2/config.json: invalid value: integer `-2`, expected usize at line 18 column 15");
}

#[test]
fn fields_that_make_no_llama_are_named() {
    let error_with = |name: &str, from: &str, to: &str| {
        let folder = copy(name);
        replace_in_config(&folder, from, to);
        error(&folder)
    };
    insta::assert_snapshot!(error_with("llama-3", "llama3", "yarn"), @"gpt2/config.json: expected `rope_type` to be default, linear or llama3, found yarn");
    insta::assert_snapshot!(error_with("llama-linear", "\"linear\"", "\"dynamic\""), @"gpt2/config.json: expected `rope_type` to be default, linear or llama3, found dynamic");
    insta::assert_snapshot!(error_with("llama-3", "\"factor\"", "\"divisor\""), @"gpt2/config.json: expected `factor` to be a number above 0, found nothing");
    insta::assert_snapshot!(error_with("llama-3", "\"high_freq_factor\": 4.0", "\"high_freq_factor\": 1.0"), @"gpt2/config.json: expected `high_freq_factor` to be above `low_freq_factor`, 1, found 1");
    insta::assert_snapshot!(error_with("llama-linear", "\"factor\": 2.5", "\"factor\": 0"), @"gpt2/config.json: expected `factor` to be a number above 0, found 0");
    insta::assert_snapshot!(error_with("llama", "\"num_key_value_heads\": 2", "\"num_key_value_heads\": 4"), @"gpt2/config.json: expected `num_key_value_heads` to be a divisor of the number of heads, 6, found 4");
    insta::assert_snapshot!(error_with("llama", "\"head_dim\": 8", "\"head_dim\": 7"), @"gpt2/config.json: expected `head_dim` to be even, and 2 or more, found 7");
    insta::assert_snapshot!(error_with("llama", "\"hidden_size\": 24", "\"hidden_size\": 0"), @"gpt2/config.json: expected `hidden_size` to be 1 or more, found 0");
    insta::assert_snapshot!(error_with("llama", "silu", "gelu"), @"gpt2/config.json: expected `hidden_act` to be silu, found gelu");
    insta::assert_snapshot!(error_with("llama", "\"attention_bias\": false", "\"attention_bias\": true"), @"gpt2/config.json: expected `attention_bias` to be false, found true");
    insta::assert_snapshot!(error_with("llama", "\"head_dim\": 8", "\"head_dim\": 6"), @"gpt2/model.safetensors: expected the tensor `model.layers.0.self_attn.q_proj.weight` to have shape [36, 24], found [48, 24]");
    insta::assert_snapshot!(error_with("llama", "\"num_hidden_layers\": 2", "\"num_hidden_layers\": 0"), @"gpt2/config.json: expected `num_hidden_layers` to be from 1 to 1000, found 0");
}

#[test]
fn fields_that_make_no_t5_are_named() {
    let error_with = |name: &str, from: &str, to: &str| {
        let folder = copy(name);
        replace_in_config(&folder, from, to);
        error(&folder)
    };
    insta::assert_snapshot!(error_with("t5", "\"decoder_start_token_id\": 0", "\"decoder_start_token_id\": 59"), @"gpt2/config.json: expected `decoder_start_token_id` to be below `vocab_size`, 59, found 59");
    insta::assert_snapshot!(error_with("t5", "\"decoder_start_token_id\": 0", "\"decoder_start_token_id\": -1"), @"gpt2/config.json: invalid value: integer `-1`, expected usize at line 9 column 30");
    insta::assert_snapshot!(error_with("t5", "\"relu\",\n  \"init", "\"gelu\",\n  \"init"), @"gpt2/config.json: expected `feed_forward_proj` to be relu or gated-gelu, found gelu");
    insta::assert_snapshot!(error_with("t5", "\"relu\",\n  \"init", "\"gated-gelu\",\n  \"init"), @"gpt2/model.safetensors: expected a tensor `encoder.block.0.layer.1.DenseReluDense.wi_0.weight` of shape [28, 20], found none of this name");
    insta::assert_snapshot!(error_with("t5", "1e-06", "1e-05"), @"gpt2/config.json: expected `layer_norm_epsilon` to be 1e-6, found 1e-5");
    insta::assert_snapshot!(error_with("t5", "\"relative_attention_num_buckets\": 8", "\"relative_attention_num_buckets\": 7"), @"gpt2/config.json: expected `relative_attention_num_buckets` to be even, and 4 or more, found 7");
    insta::assert_snapshot!(error_with("t5", "\"relative_attention_max_distance\": 12", "\"relative_attention_max_distance\": 4"), @"gpt2/config.json: expected `relative_attention_max_distance` to be more than half of the 8 buckets, found 4");
    insta::assert_snapshot!(error_with("t5", "\"num_decoder_layers\": 3", "\"num_decoder_layers\": 0"), @"gpt2/config.json: expected `num_decoder_layers` to be from 1 to 1000, found 0");
    insta::assert_snapshot!(error_with("t5", "\"num_decoder_layers\": 3", "\"num_decoder_layers\": 2"), @"gpt2/model.safetensors: expected only tensors of this model, found 13 more: decoder.block.2.layer.0.SelfAttention.k.weight, decoder.block.2.layer.0.SelfAttention.o.weight, decoder.block.2.layer.0.SelfAttention.q.weight, …; does `config.json` belong to a different model?");
    insta::assert_snapshot!(error_with("t5", "\"d_kv\": 6", "\"d_kv\": 0"), @"gpt2/config.json: expected `d_kv` to be 1 or more, found 0");
    insta::assert_snapshot!(error_with("t5", "\"d_kv\": 6", "\"d_kv\": 7"), @"gpt2/model.safetensors: expected the tensor `encoder.block.0.layer.0.SelfAttention.q.weight` to have shape [21, 20], found [18, 20]");
    insta::assert_snapshot!(error_with("t5", "\"tie_word_embeddings\": true", "\"tie_word_embeddings\": false"), @"gpt2/model.safetensors: expected a tensor `lm_head.weight` of shape [59, 20], found none of this name");
    insta::assert_snapshot!(error_with("t5", "\"vocab_size\"", "\"n_positions\": 1, \"vocab_size\""), @"gpt2/config.json: expected `n_positions` to be 2 or more, found 1");
}

#[test]
fn the_end_tokens_of_generation_count() {
    let folder = copy("llama");
    let settings = folder.path().join("generation_config.json");
    let opened = || match Config::open(folder.path()).expect("a configuration") {
        Config::Llama(config) => (config.end_tokens, config.stop_strings),
        other => panic!("{other:?}"),
    };
    assert_eq!(opened(), (vec![2], Vec::new()));
    // 999 is no token of the model, and a token that is there twice is one.
    fs::write(
        &settings,
        r#"{"eos_token_id": [5, 2, 999, 5], "stop_strings": ["a", "b"]}"#,
    )
    .expect("a file");
    assert_eq!(opened(), (vec![2, 5], vec!["a".to_owned(), "b".to_owned()]));
    fs::write(&settings, r#"{"stop_strings": "a"}"#).expect("a file");
    assert_eq!(opened(), (vec![2], vec!["a".to_owned()]));
    let folder_of_t5 = copy("t5");
    let settings_of_t5 = folder_of_t5.path().join("generation_config.json");
    fs::write(
        settings_of_t5,
        r#"{"eos_token_id": 3, "decoder_start_token_id": 2}"#,
    )
    .expect("a file");
    match Config::open(folder_of_t5.path()).expect("a configuration") {
        Config::T5(config) => assert_eq!((config.start_token, config.end_tokens), (2, vec![3])),
        other => panic!("{other:?}"),
    }
    fs::write(&settings, r#"{"eos_token_id": -1}"#).expect("a file");
    insta::assert_snapshot!(error(&folder), @"gpt2/generation_config.json: expected a token's id or a text, or a list of these at line 1 column 20");
}

#[test]
fn tensors_are_named_with_both_shapes() {
    let folder = copy("gpt2");
    replace_in_config(&folder, "\"vocab_size\": 97", "\"vocab_size\": 98");
    insta::assert_snapshot!(error(&folder), @"gpt2/model.safetensors: expected the tensor `transformer.wte.weight` to have shape [98, 20], found [97, 20]");

    let folder = copy("gpt2");
    change_tensors(&folder, |tensors| {
        tensors.remove("transformer.h.1.mlp.c_fc.weight");
    });
    insta::assert_snapshot!(error(&folder), @"gpt2/model.safetensors: expected a tensor `transformer.h.1.mlp.c_fc.weight` of shape [20, 80], found none of this name");

    let folder = copy("gpt2");
    change_tensors(&folder, |tensors| {
        let tensor = tensors["transformer.ln_f.bias"].clone();
        tensors.insert("transformer.h.2.ln_1.bias".to_owned(), tensor);
    });
    insta::assert_snapshot!(error(&folder), @"gpt2/model.safetensors: expected only tensors of this model, found 1 more: transformer.h.2.ln_1.bias; does `config.json` belong to a different model?");

    let folder = copy("llama");
    change_tensors(&folder, |tensors| {
        tensors.remove("model.layers.1.mlp.up_proj.weight");
    });
    insta::assert_snapshot!(error(&folder), @"gpt2/model.safetensors: expected a tensor `model.layers.1.mlp.up_proj.weight` of shape [44, 24], found none of this name");

    let folder = copy("gpt2");
    static WIDE: [u8; 20 * 8] = [0; 20 * 8];
    change_tensors(&folder, |tensors| {
        let tensor = TensorView::new(Dtype::F64, vec![20], &WIDE).expect("a tensor");
        tensors.insert("transformer.ln_f.bias".to_owned(), tensor);
    });
    insta::assert_snapshot!(error(&folder), @"gpt2/model.safetensors: expected the tensor `transformer.ln_f.bias` to be F32, F16 or BF16, found F64");
}

#[test]
fn a_checkpoint_that_is_cut_short_is_known_by_its_size() {
    let folder = copy("gpt2");
    let path = folder.path().join("model.safetensors");
    let bytes = fs::read(&path).expect("a file");
    fs::write(&path, &bytes[..bytes.len() - 1]).expect("a file");
    insta::assert_snapshot!(error(&folder), @"gpt2/model.safetensors: expected a checkpoint of safetensors, found tensors of 49919 bytes where the header announces 49920; fetch it again");
    fs::write(&path, &bytes[..100]).expect("a file");
    insta::assert_snapshot!(error(&folder), @"gpt2/model.safetensors: expected a checkpoint of safetensors, found a header of 2560 bytes in a file of 100; fetch it again");
    fs::write(&path, &bytes[..5]).expect("a file");
    insta::assert_snapshot!(error(&folder), @"gpt2/model.safetensors: expected a checkpoint of safetensors, found the end of the file before the end of what it announces; fetch it again");
}

#[test]
fn a_split_checkpoint_is_read_and_leads_nowhere_else() {
    let folder = copy("gpt2");
    let whole = folder.path().join("model.safetensors");
    let bytes = fs::read(&whole).expect("a file");
    let tensors = SafeTensors::deserialize(&bytes).expect("a checkpoint");
    let mut weight_map = BTreeMap::new();
    for (number, file) in ["first.safetensors", "second.safetensors"]
        .into_iter()
        .enumerate()
    {
        let all = tensors.tensors().into_iter();
        let some: Vec<_> = all.filter(|(name, _)| name.len() % 2 == number).collect();
        for (name, _) in &some {
            weight_map.insert(name.clone(), file);
        }
        let bytes = safetensors::serialize(some, None).expect("a checkpoint");
        fs::write(folder.path().join(file), bytes).expect("a file");
    }
    fs::remove_file(&whole).expect("removed");
    let index = folder.path().join("model.safetensors.index.json");
    let write = |name: &str, file| {
        let mut weight_map = weight_map.clone();
        weight_map.insert(name.to_owned(), file);
        let text = serde_json::json!({ "weight_map": weight_map }).to_string();
        fs::write(&index, text).expect("a file");
    };
    let (name, file) = weight_map.first_key_value().expect("a tensor");
    write(name, *file);
    Model::open(folder.path()).expect("a split model");

    write("transformer.h.9.ln_1.bias", "first.safetensors");
    insta::assert_snapshot!(error(&folder), @"gpt2/model.safetensors.index.json: expected a checkpoint of safetensors, found a tensor `transformer.h.9.ln_1.bias` that is not in gpt2/first.safetensors; fetch it again");
    write(name, "../../elsewhere.safetensors");
    insta::assert_snapshot!(error(&folder), @"gpt2/model.safetensors.index.json: expected a checkpoint of safetensors, found `../../elsewhere.safetensors`, which is not the name of a file in its folder; fetch it again");
}

#[test]
fn a_tokenizer_with_more_tokens_than_the_model_belongs_to_another() {
    let folder = copy("gpt2");
    let words: String = (0..98).map(|number| format!("word{number}\n")).collect();
    let special = "[UNK]\n[CLS]\n[SEP]\n";
    fs::write(folder.path().join("vocab.txt"), format!("{special}{words}")).expect("a file");
    let tokenizer = Tokenizer::open(folder.path()).expect("a tokenizer");
    let config = Config::open(folder.path()).expect("a configuration");
    let error = tokenizer.check(&config).expect_err("too many tokens");
    let name = folder.path().display().to_string();
    insta::assert_snapshot!(error.to_string().replace(&name, "gpt2"), @"gpt2/vocab.txt: expected ids below 97, the model's `vocab_size`, found 101 tokens; the tokenizer belongs to a different model");

    fs::write(folder.path().join("vocab.txt"), words).expect("a file");
    let error = Tokenizer::open(folder.path()).expect_err("no special tokens");
    insta::assert_snapshot!(error.to_string().replace(&name, "gpt2"), @"gpt2/vocab.txt: expected a tokenizer, found this problem: expected the special token [SEP], found none");
}
