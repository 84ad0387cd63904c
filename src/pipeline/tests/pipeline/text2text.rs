//! `text2text-generation`.

use serde_json::{Value, json};

use crate::support::t5::CONTEXT;
use crate::support::{Models, shapes};

const TASK: [&str; 3] = ["text2text-generation", "--model", "t5"];

/// The target of `the cat`, as JSON has it.
fn target(models: &Models, options: &[&str]) -> Value {
    let arguments = [&TASK[..], &["the cat", "--json"], options].concat();
    models.run(&arguments).json()[0].clone()
}

#[test]
fn the_target_that_is_streamed_is_that_of_the_json() {
    let models = Models::with_t5();
    let options = ["--max-new-tokens", "3"];
    let json = target(&models, &options);
    assert_eq!(json["source"], "the cat");
    assert_eq!(json["new_tokens"], 3);
    assert_eq!(json["ids"].as_array().map(Vec::len), Some(3));
    let streamed = models
        .run(&[&TASK[..], &["the cat"], &options].concat())
        .exits(0);
    assert_eq!(json!(streamed.stdout.trim_end_matches('\n')), json["text"]);
    assert!(!streamed.stdout.contains("the cat the"), "{streamed:?}");
    let says = "3 new tokens (as many as asked for), ";
    assert!(streamed.stderr.starts_with(says), "{streamed:?}");
    assert!(
        streamed.stderr.ends_with(" tokens per second\n"),
        "{streamed:?}"
    );
}

#[test]
fn every_text_and_every_line_of_a_file_has_a_target() {
    let models = Models::with_t5();
    models.write("sources.txt", "the cat\na dog sat\n");
    let from_file = [&TASK[..], &["--file", "sources.txt", "--json"]].concat();
    let from_file = models.run(&from_file).json();
    let typed = [&TASK[..], &["the cat", "a dog sat", "--json"]].concat();
    assert_eq!(models.run(&typed).json(), from_file);
    assert_eq!(from_file[0], target(&models, &[]));
    assert_ne!(from_file[0]["text"], from_file[1]["text"]);
    let lines = models.run(&[&TASK[..], &["the cat", "a dog sat"]].concat());
    assert_eq!(lines.exits(0).stdout.lines().count(), 2);
}

#[test]
fn ids_need_no_tokenizer_and_bring_their_own_end() {
    let models = Models::with_t5();
    let ids = target(&models, &[])["ids"].clone();
    std::fs::remove_file(models.path("t5/tokenizer.json")).expect("it is there");
    let arguments = [&TASK[..], &["--ids", "3 4 1"]].concat();
    let printed = models.run(&arguments).exits(0).stdout;
    let printed = printed.split_whitespace().map(|id| id.parse::<usize>());
    let printed: Vec<usize> = printed.map(|id| id.expect("an id")).collect();
    assert_eq!(json!(printed), ids);
}

#[test]
fn greedy_is_the_default_and_a_seed_repeats_what_is_drawn() {
    let models = Models::with_t5();
    let greedy = target(&models, &[]);
    for same in [
        &["--temperature", "0"][..],
        &["--top-k", "1", "--seed", "3"],
        &["--beams", "1"],
        &["--threads", "2"],
    ] {
        assert_eq!(target(&models, same), greedy, "{same:?}");
    }
    let drawn = |seed| target(&models, &["--temperature", "3", "--seed", seed])["ids"].clone();
    assert_eq!(drawn("1"), drawn("1"));
    assert_ne!(drawn("1"), drawn("2"));
}

/// Here, the exercise's functions are the course's. They have no cache, and a search of their own.
#[test]
fn the_exercise_writes_the_same() {
    let models = Models::with_t5();
    for options in [
        &[][..],
        &["--beams", "3"],
        &["--beams", "3", "--max-new-tokens", "4"],
        &["--beams", "2", "--repetition-penalty", "1.5"],
        &["--temperature", "2", "--seed", "5"],
    ] {
        let own = target(&models, &[options, &["--own"]].concat());
        assert_eq!(own, target(&models, options), "{options:?}");
    }
    let ran = models.run(&[&TASK[..], &["the cat", "--own"]].concat());
    let says =
        "Exercise 22 keeps no keys and values, so each new token costs the whole target again.\n";
    assert!(ran.exits(0).stderr.contains(says));
}

#[test]
fn a_target_ends_at_the_end_token_a_stop_string_or_the_context() {
    let models = Models::with_t5();
    let whole = target(&models, &[]);
    let ids = whole["ids"].as_array().expect("ids").clone();
    match whole["end"].as_str() {
        Some("token") => assert_eq!(ids.last(), Some(&json!(1))),
        end => assert_eq!((end, ids.len()), (Some("context"), CONTEXT - 1)),
    }
    let text = whole["text"].as_str().expect("a text");
    let word = text.split(' ').nth(1).expect("two words");
    let stopped = target(&models, &["--stop", word]);
    let expected = &text[..text.find(word).expect("it is there")];
    assert_eq!(
        (&stopped["text"], &stopped["end"]),
        (&json!(expected), &json!("stop-string"))
    );
    // The token that came first is now an end.
    models.write(
        "t5/generation_config.json",
        json!({"eos_token_id": [1, ids[0]]}).to_string(),
    );
    let ended = target(&models, &[]);
    assert_eq!(
        (&ended["ids"], &ended["end"]),
        (&json!([ids[0]]), &json!("token"))
    );
}

#[test]
fn tensors_are_those_of_the_encoder_with_the_first_logits() {
    let models = Models::with_t5();
    target(&models, &["--tensors", "out.safetensors"]);
    let expected = [
        ("0.attentions.0", vec![2, 3, 3]),
        ("0.attentions.1", vec![2, 3, 3]),
        ("0.hidden_states.0", vec![3, 8]),
        ("0.hidden_states.1", vec![3, 8]),
        ("0.hidden_states.2", vec![3, 8]),
        ("0.ids", vec![3]),
        ("0.logits", vec![1, 10]),
    ];
    assert_eq!(
        shapes(&models.path("out.safetensors")),
        expected.map(|(name, shape)| (name.to_owned(), shape))
    );
}

#[test]
fn the_encoder_can_be_looked_at_and_the_tokens_be_listed() {
    let models = Models::with_t5();
    let arguments = ["attention", "the cat", "--json", "--model", "t5"];
    let attention = models.run(&arguments).json();
    assert_eq!(attention["tokens"], json!(["▁the", "▁cat", "</s>"]));
    let layers = attention["layers"].as_array().expect("layers");
    assert_eq!(
        (layers.len(), layers[0].as_array().map(Vec::len)),
        (2, Some(2))
    );
    let arguments = ["tokenize", "the cat", "--json", "--model", "t5"];
    let tokens = models.run(&arguments).json();
    assert_eq!(tokens[0]["models"][0]["ids"], json!([3, 4, 1]));
}
