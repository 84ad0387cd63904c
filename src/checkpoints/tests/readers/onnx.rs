//! ONNX: names out of nodes, numbers out of integers, and configurations out of shapes.

use attentive_checkpoints::{Checkpoint, HubModel, NumberType};
use ndarray::Array2;
use tempfile::TempDir;

use crate::samples::onnx::{
    Graph, INNER, SCALE, SIGNED_ZERO, TOKENIZER, UNSIGNED_ZERO, WIDTH, WORDS,
};
use crate::samples::{self, Numbers};

fn t5() -> TempDir {
    samples::folder(&[
        ("decoder.onnx", &Graph::decoder().bytes()),
        ("encoder.onnx", &Graph::encoder().bytes()),
        ("tokenizer.json", TOKENIZER.as_bytes()),
    ])
}

fn tagger() -> TempDir {
    samples::folder(&[
        ("tagger.onnx", &Graph::tagger().bytes()),
        ("tag_vocab.json", br#"{"tags": ["keep", "delete"]}"#),
    ])
}

fn names(folder: &TempDir) -> String {
    let checkpoint = Checkpoint::open(folder.path()).unwrap_or_else(|error| panic!("{error}"));
    let mut names: Vec<String> = checkpoint
        .names()
        .map(|name| format!("{name} {:?}", checkpoint.shape(name).expect("a shape")))
        .collect();
    names.sort();
    names.join("\n")
}

fn config(folder: &TempDir) -> String {
    let model = HubModel::open(folder.path()).unwrap_or_else(|error| panic!("{error}"));
    let config = model.config(NumberType::F32).expect("a configuration");
    String::from_utf8(config).expect("text")
}

#[test]
fn both_graphs_of_a_t5_are_one_model() {
    let folder = t5();
    insta::assert_snapshot!("t5_tensors", names(&folder));
    insta::assert_snapshot!("t5_config", config(&folder));
}

#[test]
fn the_tokenizer_is_the_one_in_the_folder() {
    let folder = t5();
    let model = HubModel::open(folder.path()).unwrap_or_else(|error| panic!("{error}"));
    let files: Vec<&str> = model.files.iter().map(|file| file.name).collect();
    assert_eq!(files, ["tokenizer.json", "tokenizer_config.json"]);
    let settings = String::from_utf8(model.files[1].contents.clone()).expect("text");
    insta::assert_snapshot!(settings, @r#"
    {
      "clean_up_tokenization_spaces": false,
      "tokenizer_class": "PreTrainedTokenizerFast",
      "pad_token": "<pad>",
      "eos_token": "</s>"
    }
    "#);
}

#[test]
fn a_tagger_has_the_names_of_its_labels() {
    let folder = tagger();
    insta::assert_snapshot!("tagger_tensors", names(&folder));
    insta::assert_snapshot!("tagger_config", config(&folder));
    std::fs::remove_file(folder.path().join("tag_vocab.json")).expect("removed");
    assert!(config(&folder).contains("\"1\": \"LABEL_1\""));
}

#[test]
fn numbers_are_integers_less_their_zero_point_times_their_scale() {
    let folder = t5();
    let checkpoint = Checkpoint::open(folder.path()).expect("a checkpoint");
    // The first product of the encoder is that of queries; its integers are (in, out).
    let integers = Numbers::new(101).bytes(WIDTH * WIDTH);
    let queries = checkpoint
        .read(
            "encoder.block.0.layer.0.SelfAttention.q.weight",
            (WIDTH, WIDTH),
        )
        .expect("a matrix");
    let expected = Array2::from_shape_fn((WIDTH, WIDTH), |(output, input)| {
        let integer = integers[input * WIDTH + output].cast_signed();
        (f32::from(integer) - f32::from(SIGNED_ZERO)) * SCALE
    });
    assert_eq!(queries, expected);
    let integers = Numbers::new(7).bytes(WORDS * WIDTH);
    let embeddings = checkpoint
        .read("shared.weight", (WORDS, WIDTH))
        .expect("a matrix");
    let expected = Array2::from_shape_fn((WORDS, WIDTH), |(word, column)| {
        let integer = integers[word * WIDTH + column];
        (f32::from(integer) - f32::from(UNSIGNED_ZERO)) * SCALE
    });
    assert_eq!(embeddings, expected);
    let wide = checkpoint.read(
        "decoder.block.0.layer.2.DenseReluDense.wo.weight",
        (WIDTH, INNER),
    );
    assert!(wide.is_ok(), "{wide:?}");
}

#[test]
fn each_column_may_have_a_scale_of_its_own() {
    let mut graph = Graph::tagger();
    let name = "distilbert.embeddings.position_embeddings.weight";
    graph.tensors.retain(|tensor| {
        let text = String::from_utf8_lossy(tensor);
        !text.contains(&format!("{name}_scale")) && !text.contains(&format!("{name}_zero_point"))
    });
    let scales = [0.5, 1.0, 2.0, 4.0];
    let bytes = samples::le_bytes(&scales);
    graph.tensor(
        &format!("{name}_scale"),
        &[WIDTH],
        samples::onnx::FLOAT,
        &bytes,
    );
    let folder = samples::folder(&[("tagger.onnx", &graph.bytes())]);
    let checkpoint = Checkpoint::open(folder.path()).unwrap_or_else(|error| panic!("{error}"));
    let integers = Numbers::new(9).bytes(3 * WIDTH);
    let found = checkpoint.read(name, (3, WIDTH)).expect("a matrix");
    let expected = Array2::from_shape_fn((3, WIDTH), |(row, column)| {
        f32::from(integers[row * WIDTH + column]) * scales[column]
    });
    assert_eq!(found, expected);
}
