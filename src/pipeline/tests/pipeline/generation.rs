//! `text-generation`.

use serde_json::{Value, json};

use crate::support::{END, GPT_VOCABULARY, Models, shapes};

/// Writes on after `the`, and returns what JSON says.
fn written(models: &Models, options: &[&str]) -> Value {
    let arguments = [
        &["text-generation", "the", "--model", "gpt", "--json"],
        options,
    ]
    .concat();
    models.run(&arguments).json()[0].clone()
}

#[test]
fn the_text_that_is_streamed_is_the_text_of_the_json() {
    let models = Models::new();
    let options = ["--max-new-tokens", "8"];
    let text = written(&models, &options)["text"].clone();
    let arguments = [&["text-generation", "the", "--model", "gpt"], &options[..]].concat();
    let streamed = models.run(&arguments).exits(0);
    assert_eq!(json!(streamed.stdout.trim_end_matches('\n')), text);
    assert!(text.as_str().is_some_and(|text| text.starts_with("the")));
    assert!(
        streamed
            .stderr
            .starts_with("8 new tokens (as many as asked for), "),
        "{streamed:?}"
    );
    assert!(
        streamed.stderr.ends_with(" tokens per second\n"),
        "{streamed:?}"
    );
}

#[test]
fn greedy_is_the_default_and_a_seed_repeats_what_is_drawn() {
    let models = Models::new();
    let greedy = written(&models, &["--max-new-tokens", "6"]);
    for same in [
        &["--max-new-tokens", "6", "--temperature", "0"][..],
        &["--max-new-tokens", "6", "--top-k", "1", "--seed", "3"],
        &["--max-new-tokens", "6", "--top-p", "0.000001"],
        &["--max-new-tokens", "6", "--beams", "1"],
    ] {
        assert_eq!(written(&models, same), greedy, "{same:?}");
    }
    let drawn = |seed| {
        let options = [
            "--max-new-tokens",
            "6",
            "--temperature",
            "2",
            "--seed",
            seed,
        ];
        written(&models, &options)["ids"].clone()
    };
    assert_eq!(drawn("1"), drawn("1"));
    assert_ne!(drawn("1"), drawn("2"));
}

#[test]
fn a_text_ends_where_the_model_can_read_no_further() {
    let models = Models::new();
    let ended = written(&models, &["--max-new-tokens", "100"]);
    let ids = ended["ids"].as_array().expect("ids");
    if ended["end"] == "end-token" {
        assert_eq!(ids.last(), Some(&json!(END)));
    } else {
        assert_eq!((ended["end"].as_str(), ids.len()), (Some("context"), 24));
    }
}

#[test]
fn ids_need_no_tokenizer() {
    let models = Models::new();
    let with_tokenizer = models.run(&[
        "text-generation",
        "--ids",
        "256 101",
        "--model",
        "gpt",
        "--json",
        "--max-new-tokens",
        "4",
    ]);
    let with_tokenizer = with_tokenizer.json()[0]["ids"].clone();
    for file in ["vocab.json", "merges.txt"] {
        std::fs::remove_file(models.path("gpt").join(file)).expect("it is there");
    }
    let ran = models.run(&[
        "text-generation",
        "--ids",
        "256 101",
        "--model",
        "gpt",
        "--max-new-tokens",
        "4",
    ]);
    let ids: Vec<Value> = ran
        .exits(0)
        .stdout
        .split_whitespace()
        .map(|id| id.parse::<usize>().expect("an id").into())
        .collect();
    assert_eq!(Value::from(ids), with_tokenizer);
}

#[test]
fn tensors_of_the_prompt_can_be_written() {
    let models = Models::new();
    let arguments = [
        "text-generation",
        "the",
        "--model",
        "gpt",
        "--tensors",
        "out.safetensors",
        "--max-new-tokens",
        "1",
    ];
    models.run(&arguments).exits(0);
    let shapes = shapes(&models.path("out.safetensors"));
    let expected = [
        ("0.attentions.0", vec![2, 2, 2]),
        ("0.attentions.1", vec![2, 2, 2]),
        ("0.hidden_states.0", vec![2, 8]),
        ("0.hidden_states.1", vec![2, 8]),
        ("0.hidden_states.2", vec![2, 8]),
        ("0.ids", vec![2]),
        ("0.logits", vec![2, GPT_VOCABULARY]),
    ];
    assert_eq!(
        shapes,
        expected.map(|(name, shape)| (name.to_owned(), shape))
    );
}
