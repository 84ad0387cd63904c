//! The errors of files that are wrong, as people read them: one line each.

use std::path::Path;

use attentive_checkpoints::HubModel;
use safetensors::Dtype;

use crate::samples::gguf::{Field, File};
use crate::samples::onnx::{FLOAT, Graph, INT8, TOKENIZER, UINT8, message, tensor};
use crate::samples::{self, safetensors_file};

/// The error of opening a folder with these files.
fn error(files: &[(&str, &[u8])]) -> String {
    let folder = samples::folder(files);
    error_of(folder.path(), folder.path())
}

fn error_of(folder: &Path, opened: &Path) -> String {
    let error = HubModel::open(opened)
        .expect_err("a wrong file")
        .to_string();
    assert!(!error.contains('\n'), "{error}");
    samples::without(folder, &error)
}

/// Errors by what is wrong.
fn listed(errors: Vec<(&str, String)>) -> String {
    let lines = errors
        .into_iter()
        .map(|(what, error)| format!("{what}:\n  {error}\n"));
    lines.collect()
}

/// A file that was changed.
fn changed(change: impl Fn(&mut File)) -> Vec<u8> {
    let mut file = File::llama();
    change(&mut file);
    file.bytes()
}

/// Adds a copy of a tensor under a different name.
fn another(file: &mut File, name: &str, copy: &str) {
    let mut tensor = file.tensor(name).clone();
    tensor.name = copy.to_owned();
    file.tensors.push(tensor);
}

fn texts(texts: &[&str]) -> Field {
    Field::Texts(texts.iter().map(|&text| text.to_owned()).collect())
}

#[test]
fn gguf() {
    let whole = File::llama().bytes();
    let mut swapped = whole.clone();
    swapped[4..8].reverse();
    let mut many = whole.clone();
    many[8..16].copy_from_slice(&u64::MAX.to_le_bytes());
    let mut long_key = whole.clone();
    long_key[24..32].copy_from_slice(&(1_u64 << 60).to_le_bytes());
    let mut wrong_type = whole.clone();
    let first_type = 32 + "general.architecture".len();
    wrong_type[first_type] = 77;
    let llama = |key: &str, field: Field| File::llama().set(key, field).bytes();
    let name = "blk.0.ffn_up.weight";
    let cases: Vec<(&str, Vec<u8>)> = vec![
        ("version 1", changed(|file| file.version = 1)),
        ("another order of bytes", swapped),
        ("no GGUF", b"PK\x03\x04 an archive".to_vec()),
        ("nothing", Vec::new()),
        ("cut in the metadata", whole[..200].to_vec()),
        ("cut in the tensors", whole[..whole.len() - 1000].to_vec()),
        ("tensors without end", many),
        ("a key without end", long_key),
        ("a type that is none", wrong_type),
        (
            "a field twice",
            changed(|file| file.fields.push(file.fields[0].clone())),
        ),
        ("K-quants", changed(|file| file.tensor(name).kind = 12)),
        (
            "a type without a name",
            changed(|file| file.tensor(name).kind = 99),
        ),
        (
            "half a block",
            changed(|file| file.tensor(name).lengths = vec![16, 2]),
        ),
        (
            "a shape without end",
            changed(|file| file.tensor(name).lengths = vec![32, 1 << 62]),
        ),
        (
            "five axes",
            changed(|file| file.tensor(name).lengths = vec![1; 5]),
        ),
        (
            "an offset outside",
            changed(|file| file.tensor(name).offset = Some(1 << 40)),
        ),
        (
            "an offset without end",
            changed(|file| file.tensor(name).offset = Some(u64::MAX - 31)),
        ),
        (
            "an offset inside another",
            changed(|file| file.tensor(name).offset = Some(32)),
        ),
        (
            "an offset between",
            changed(|file| file.tensor(name).offset = Some(33)),
        ),
        (
            "a tensor twice",
            changed(|file| file.tensors.push(file.tensors[0].clone())),
        ),
        (
            "a tensor missing",
            changed(|file| file.tensors.retain(|tensor| tensor.name != name)),
        ),
        (
            "a tensor too many",
            changed(|file| another(file, "output_norm.weight", "rope_freqs.weight")),
        ),
        (
            "a tensor by the hub's name",
            changed(|file| another(file, "output_norm.weight", "model.norm.weight")),
        ),
        (
            "a layer by another number",
            changed(|file| another(file, name, "blk.00.ffn_up.weight")),
        ),
        (
            "an alignment of 0",
            llama("general.alignment", Field::Count(0)),
        ),
        (
            "an alignment of 7",
            llama("general.alignment", Field::Count(7)),
        ),
        (
            "another model",
            llama("general.architecture", Field::Text("qwen2".to_owned())),
        ),
        (
            "layers without end",
            llama("llama.block_count", Field::Count(u32::MAX)),
        ),
        ("no layers", llama("llama.block_count", Field::Count(0))),
        (
            "another width",
            llama("llama.embedding_length", Field::Count(48)),
        ),
        (
            "heads that do not fit",
            llama("llama.attention.head_count_kv", Field::Count(3)),
        ),
        (
            "heads without a number",
            llama("llama.attention.head_count", Field::Count(33)),
        ),
        (
            "heads of an odd width",
            llama("llama.attention.key_length", Field::Count(15)),
        ),
        (
            "half a head rotated",
            llama("llama.rope.dimension_count", Field::Count(8)),
        ),
        (
            "no epsilon",
            File::llama()
                .remove("llama.attention.layer_norm_rms_epsilon")
                .bytes(),
        ),
        (
            "a text as a count",
            llama("llama.context_length", Field::Text("long".to_owned())),
        ),
        (
            "another scaling",
            llama("llama.rope.scaling.type", Field::Text("yarn".to_owned())),
        ),
        (
            "another tokenizer",
            llama("tokenizer.ggml.model", Field::Text("llama".to_owned())),
        ),
        (
            "another way to cut",
            llama("tokenizer.ggml.pre", Field::Text("llama-bpe".to_owned())),
        ),
        (
            "a token twice",
            llama(
                "tokenizer.ggml.tokens",
                texts(&["a", "b", "ab", "a", "c", "d", "e", "f"]),
            ),
        ),
        (
            "types missing",
            llama("tokenizer.ggml.token_type", Field::Integers(vec![1])),
        ),
        (
            "a merge of no tokens",
            llama("tokenizer.ggml.merges", texts(&["a c"])),
        ),
        (
            "a special token outside",
            llama("tokenizer.ggml.eos_token_id", Field::Count(8)),
        ),
    ];
    let errors = cases
        .iter()
        .map(|(what, bytes)| (*what, error(&[("model.gguf", bytes)])));
    insta::assert_snapshot!(listed(errors.collect()));
}

/// A graph of the tagger with one tensor changed; `None` removes it.
fn tagger(name: &str, changed: Option<Vec<u8>>) -> Vec<u8> {
    let mut graph = Graph::tagger();
    let mut named = Vec::new();
    message(&mut named, 8, name.as_bytes());
    let places = 0..graph.tensors.len();
    let mut places = places.filter(|&place| {
        graph.tensors[place]
            .windows(named.len())
            .any(|window| window == named)
    });
    let place = places.next().expect("a tensor");
    match changed {
        Some(changed) => graph.tensors[place] = changed,
        None => {
            graph.tensors.remove(place);
        }
    }
    graph.bytes()
}

#[test]
fn onnx() {
    let whole = Graph::tagger().bytes();
    let name = "classifier.bias";
    let mut elsewhere = tensor(name, &[2], FLOAT, &[]);
    samples::onnx::integer(&mut elsewhere, 14, 1);
    let mut twice = Graph::tagger();
    twice.tensors.push(tensor(name, &[2], FLOAT, &[0; 8]));
    let mut more = Graph::tagger();
    more.tensors
        .push(tensor("onnx::Add_7", &[2], FLOAT, &[0; 8]));
    let mut headless = Graph::tagger();
    headless.nodes.pop();
    let words = "distilbert.embeddings.word_embeddings.weight_quantized";
    let scale = "onnx::MatMul_0_scale";
    let cases: Vec<(&str, Vec<u8>)> = vec![
        ("nothing", Vec::new()),
        ("no graph", vec![8, 8]),
        ("text", b"this is no graph at all".to_vec()),
        ("cut", whole[..whole.len() / 2].to_vec()),
        (
            "bytes missing",
            tagger(name, Some(tensor(name, &[2], FLOAT, &[0; 4]))),
        ),
        (
            "a shape without end",
            tagger(name, Some(tensor(name, &[usize::MAX, 3], FLOAT, &[0; 8]))),
        ),
        (
            "nine axes",
            tagger(name, Some(tensor(name, &[1; 9], FLOAT, &[0; 4]))),
        ),
        ("bytes elsewhere", tagger(name, Some(elsewhere))),
        ("a tensor twice", twice.bytes()),
        ("a tensor missing", tagger(name, None)),
        ("a tensor too many", more.bytes()),
        (
            "a tensor of another shape",
            tagger(name, Some(tensor(name, &[1], FLOAT, &[0; 4]))),
        ),
        (
            "words without numbers",
            tagger(words, Some(tensor(words, &[6, 0], UINT8, &[]))),
        ),
        ("no scale", tagger(scale, None)),
        (
            "three scales for four columns",
            tagger(scale, Some(tensor(scale, &[3], FLOAT, &[0; 12]))),
        ),
        (
            "a scale of integers",
            tagger(scale, Some(tensor(scale, &[], INT8, &[1]))),
        ),
        (
            "a zero point of another type",
            tagger(
                "onnx::MatMul_0_zero_point",
                Some(tensor("onnx::MatMul_0_zero_point", &[], UINT8, &[1])),
            ),
        ),
        (
            "doubles",
            tagger(
                "onnx::MatMul_0_quantized",
                Some(tensor("onnx::MatMul_0_quantized", &[1], 11, &[0; 8])),
            ),
        ),
        ("no heads", headless.bytes()),
    ];
    let mut errors: Vec<_> = cases
        .iter()
        .map(|(what, bytes)| (*what, error(&[("tagger.onnx", bytes)])))
        .collect();
    let (encoder, decoder) = (Graph::encoder().bytes(), Graph::decoder().bytes());
    errors.push(("an encoder alone", error(&[("encoder.onnx", &encoder)])));
    errors.push((
        "two encoders",
        error(&[("a.onnx", &encoder), ("b.onnx", &encoder)]),
    ));
    errors.push((
        "no tokenizer",
        error(&[("a.onnx", &encoder), ("b.onnx", &decoder)]),
    ));
    let tokenizer = ("tokenizer.json", br#"{"added_tokens": []}"#.as_slice());
    errors.push((
        "no padding",
        error(&[("a.onnx", &encoder), ("b.onnx", &decoder), tokenizer]),
    ));
    let tokenizer = ("tokenizer.json", TOKENIZER.as_bytes());
    let other = replace(&decoder, b"m.shared.weight", b"m.lonely.weight");
    errors.push((
        "no embeddings",
        error(&[("a.onnx", &encoder), ("b.onnx", &other), tokenizer]),
    ));
    let labels = ("tag_vocab.json", br#"{"tags": ["keep"]}"#.as_slice());
    errors.push(("labels missing", error(&[("tagger.onnx", &whole), labels])));
    insta::assert_snapshot!(listed(errors));
}

/// The bytes with one text in place of another of the same length.
fn replace(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for start in 0..bytes.len() - from.len() {
        if bytes[start..].starts_with(from) {
            bytes[start..start + to.len()].copy_from_slice(to);
        }
    }
    bytes
}

#[test]
fn safetensors() {
    let whole = safetensors_file("w", Dtype::F32, &[2], &[0; 8]);
    let header = |text: &str, numbers: usize| {
        let mut bytes = (text.len() as u64).to_le_bytes().to_vec();
        bytes.extend(text.as_bytes());
        bytes.resize(bytes.len() + numbers, 0);
        bytes
    };
    let twice = r#"{"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#;
    let outside = r#"{"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"v":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}}"#;
    let unknown = r#"{"w":{"dtype":"F3","shape":[1],"data_offsets":[0,4]}}"#;
    let cases: Vec<(&str, Vec<u8>)> = vec![
        ("cut", whole[..whole.len() - 4].to_vec()),
        ("cut in the length", whole[..5].to_vec()),
        (
            "a header without end",
            header("", 0).iter().map(|_| 0xff).collect(),
        ),
        ("a tensor twice", header(twice, 4)),
        ("an offset outside", header(outside, 4)),
        ("a type that is none", header(unknown, 4)),
    ];
    let config = ("config.json", b"{}".as_slice());
    let mut errors: Vec<_> = cases
        .iter()
        .map(|(what, bytes)| (*what, error(&[("model.safetensors", bytes), config])))
        .collect();
    let index = |text: &'static str| ("model.safetensors.index.json", text.as_bytes());
    let shards = index(r#"{"weight_map": {"w": "one.safetensors"}}"#);
    errors.push(("a shard missing", error(&[shards, config])));
    let doubled = index(r#"{"weight_map": {"w": "one.safetensors", "w": "two.safetensors"}}"#);
    errors.push(("a name twice", error(&[doubled, config])));
    let away = index(r#"{"weight_map": {"w": "../one.safetensors"}}"#);
    errors.push(("a shard elsewhere", error(&[away, config])));
    errors.push(("no configuration", error(&[("model.safetensors", &whole)])));
    errors.push(("no model", error(&[config])));
    let folder = samples::folder(&[("model.doc", b"a text")]);
    errors.push((
        "another file",
        error_of(folder.path(), &folder.path().join("model.doc")),
    ));
    let missing = error_of(folder.path(), &folder.path().join("missing.gguf"));
    errors.push(("no file", missing));
    let (one, two) = (("one.gguf", b"".as_slice()), ("two.gguf", b"".as_slice()));
    errors.push(("two models", error(&[one, two])));
    insta::assert_snapshot!(listed(errors));
}
