//! The models that ship: they need no name, and no fetching.

use serde_json::Value;

use crate::support::Models;

/// Writes on after three words, and returns the text.
fn written(models: &Models, options: &[&str]) -> Value {
    let arguments = ["text-generation", "A query asks", "--json"];
    models.run(&[&arguments, options].concat()).json()[0]["text"].clone()
}

#[test]
fn it_writes_when_no_model_is_named_and_a_seed_repeats_its_text() {
    let models = Models::new();
    let drawn = |seed| written(&models, &["--temperature", "0.7", "--seed", seed]);
    let text = drawn("1");
    let words = text.as_str().expect("a text");
    assert!(
        words.starts_with("A query asks ") && words.len() > 60,
        "{words}"
    );
    assert_eq!(drawn("1"), text);
    assert_ne!(drawn("2"), text);
    assert_eq!(
        written(&models, &["--model", "book-gpt"]),
        written(&models, &[])
    );
}

#[test]
fn gaps_are_filled_when_no_model_is_named() {
    let models = Models::new();
    let mut all = String::new();
    for text in [
        "Each [MASK] is a vector.",
        "A query is compared with each [MASK].",
    ] {
        let filled = models.run(&["fill-mask", text, "--json"]).json();
        let token = filled[0]["gaps"][0]["fills"][0]["token"].as_str();
        all += &format!("{text} {}\n", token.expect("a token"));
    }
    insta::assert_snapshot!(all);
}
