//! `text-generation --chat`.

use serde_json::{Value, json};

use crate::support::Models;

/// The arguments for a conversation with the Llama.
pub(crate) const CHAT: [&str; 4] = ["text-generation", "--chat", "--model", "llama"];

/// Asks one question, and returns what JSON says.
fn answered(models: &Models, options: &[&str]) -> Value {
    let arguments = [&CHAT[..], &["hi", "--json"], options].concat();
    models.run(&arguments).json()[0].clone()
}

/// The tokens of an answer.
fn ids(answer: &Value) -> Vec<u64> {
    let ids = answer["ids"].as_array().expect("ids").iter();
    ids.map(|id| id.as_u64().expect("an id")).collect()
}

#[test]
fn the_answer_that_is_streamed_is_that_of_the_json() {
    let models = Models::with_llama();
    let options = ["--max-new-tokens", "12"];
    let answer = answered(&models, &options);
    let streamed = models
        .run(&[&CHAT[..], &["hi"], &options].concat())
        .exits(0);
    let text = answer["text"].as_str().expect("an answer");
    assert_eq!(streamed.stdout, format!("{text}\n"));
    assert_eq!(text.len(), 12, "the prompt is not in it: {text}");
    assert_eq!(answer["prompt"], "hi");
    // <|im_start|>user\nhi<|im_end|>\n<|im_start|>assistant\n
    assert_eq!(ids(&answer).len(), 1 + 5 + 2 + 1 + 1 + 1 + 10 + 12);
    let summary = streamed.stderr;
    assert!(
        summary.starts_with("12 new tokens (as many as asked for), "),
        "{summary}"
    );
    let read = "; 21 of the 21 tokens before them had to be read\n";
    assert!(summary.ends_with(read), "{summary}");
}

#[test]
fn a_conversation_goes_on_after_what_was_read_and_written() {
    let models = Models::with_llama();
    let arguments = [&CHAT, &["--json", "--max-new-tokens", "5"][..]].concat();
    let ran = models.run_with(&arguments, "hi\n\nand you?\n");
    let notes = ran.stderr.clone();
    let answers = ran.json();
    let [first, second] = answers.as_array().expect("answers").as_slice() else {
        panic!("expected two answers, as one line is empty: {answers}");
    };
    assert_eq!(
        first["ids"],
        answered(&models, &["--max-new-tokens", "5"])["ids"]
    );
    assert_eq!(second["prompt"], "and you?");
    let (first, second) = (ids(first), ids(second));
    assert!(second.starts_with(&first), "{first:?} {second:?}");
    // The last token of the answer was written, but not read; and the new ones are
    // <|im_end|>\n<|im_start|>user\nand you?<|im_end|>\n<|im_start|>assistant\n
    let new = 1 + 1 + 1 + 5 + 8 + 1 + 1 + 1 + 10;
    let all = first.len() + new;
    let expected = format!(
        "; {} of the {all} tokens before them had to be read",
        new + 1
    );
    assert!(notes.contains(&expected), "{notes}");
}

#[test]
fn a_conversation_that_leaves_no_room_says_so() {
    let models = Models::with_llama();
    let arguments = [&CHAT, &["--max-new-tokens", "5"][..]].concat();
    let ran = models.run_with(&arguments, &format!("hi\n{}\n", "a".repeat(200)));
    let error = ran.exits(2).stderr;
    assert!(
        error.contains("error: expected a conversation of fewer than 200 tokens, "),
        "{error}"
    );
    assert!(error.ends_with("; begin a new one\n"), "{error}");
}

#[test]
fn an_error_takes_away_no_earlier_answer_of_the_json() {
    let models = Models::with_llama();
    let arguments = [&CHAT, &["--json", "--max-new-tokens", "5"][..]].concat();
    let ran = models.run_with(&arguments, &format!("hi\n{}\n", "a".repeat(200)));
    let ran = ran.exits(2);
    let answers: Value = serde_json::from_str(&ran.stdout).expect("JSON");
    let expected = answered(&models, &["--max-new-tokens", "5"]);
    assert_eq!(answers, json!([expected]));
    assert!(
        ran.stderr.ends_with("; begin a new one\n"),
        "{}",
        ran.stderr
    );
    let none = models.run_with(&arguments, &"a".repeat(200)).exits(2);
    assert_eq!(none.stdout, "");
}

#[test]
fn a_special_token_ends_an_answer_if_it_is_asked_for() {
    let models = Models::with_llama();
    let whole = answered(&models, &["--max-new-tokens", "12"]);
    let text = whole["text"].as_str().expect("an answer");
    let is_letter = |letter: &char| letter.is_ascii_alphabetic();
    let letter = text.chars().rfind(is_letter).expect("a letter");
    models.make_special(letter);
    let special = answered(&models, &["--max-new-tokens", "12"]);
    assert_eq!(special["ids"], whole["ids"]);
    assert_eq!(special["text"], json!(text.replace(letter, "")));

    let stop = letter.to_string();
    let stopped = answered(&models, &["--max-new-tokens", "12", "--stop", &stop]);
    let before = text.find(letter).expect("it is there");
    assert_eq!(
        (&stopped["text"], &stopped["end"], &stopped["new_tokens"]),
        (&json!(text[..before]), &json!("token"), &json!(before + 1))
    );
    let more = format!("{letter}!");
    let ran = models.run(&[&CHAT, &["hi", "--stop", &more][..]].concat());
    let expected = format!(
        "error: expected --stop a text without special tokens, or one special token alone, found {more:?}, which has more \
         than `{letter}`\n"
    );
    assert_eq!(ran.exits(2).stderr, expected);
}

#[test]
fn an_answer_ends_at_any_end_token_and_before_a_stop_string() {
    let models = Models::with_llama();
    let whole = answered(&models, &["--max-new-tokens", "12"]);
    let text = whole["text"].as_str().expect("an answer").to_owned();
    let stop = &text[text.len() - 3..];
    let expected = &text[..text.find(stop).expect("it is there")];
    let stopped = answered(
        &models,
        &["--max-new-tokens", "12", "--stop", "never", "--stop", stop],
    );
    assert_eq!(
        (&stopped["text"], &stopped["end"]),
        (&json!(expected), &json!("stop-string"))
    );
    let arguments = [&CHAT, &["hi", "--stop", stop, "--max-new-tokens", "12"][..]].concat();
    let streamed = models.run(&arguments).exits(0);
    assert_eq!(streamed.stdout, format!("{expected}\n"));
    assert!(
        streamed.stderr.contains("(a stop string came)"),
        "{streamed:?}"
    );

    models.write(
        "llama/generation_config.json",
        json!({"stop_strings": stop}).to_string(),
    );
    let of_model = answered(&models, &["--max-new-tokens", "12"]);
    assert_eq!(of_model["text"], json!(expected));

    let tokens = ids(&whole);
    let end = tokens[tokens.len() - 12];
    models.write(
        "llama/generation_config.json",
        json!({"eos_token_id": [0, end]}).to_string(),
    );
    let ended = answered(&models, &["--max-new-tokens", "12"]);
    assert_eq!(
        (&ended["new_tokens"], &ended["end"]),
        (&json!(1), &json!("token"))
    );
}

#[test]
fn a_seed_repeats_an_answer() {
    let models = Models::with_llama();
    let drawn = |seed| answered(&models, &["--temperature", "3", "--seed", seed])["ids"].clone();
    assert_eq!(drawn("1"), drawn("1"));
    assert_ne!(drawn("1"), drawn("2"));
}

#[test]
fn each_question_of_the_command_line_has_its_own_conversation() {
    let models = Models::with_llama();
    let arguments = [&CHAT, &["hi", "hi", "--json", "--max-new-tokens", "4"][..]].concat();
    let answers = models.run(&arguments).json();
    assert_eq!(answers[0], answers[1]);
}

#[test]
fn what_is_wrong_with_a_chat_has_one_error() {
    let models = Models::with_llama();
    let folder = models.path("").display().to_string();
    let error = |arguments: &[&str]| {
        let ran = models.run(arguments).exits(2);
        assert_eq!(ran.stdout, "");
        ran.stderr.replace(&folder, "")
    };
    insta::assert_snapshot!(error(&["text-generation", "--chat", "hi", "--model", "gpt"]), @"error: gpt: expected a chat template (chat_template.jinja, or `chat_template` in tokenizer_config.json), found none: this model was not trained to answer; leave out --chat");
    insta::assert_snapshot!(error(&[&CHAT, &["hi", " "][..]].concat()), @"error: text 2 is empty; expected a text of at least one token");
    insta::assert_snapshot!(error(&[&CHAT, &["hi", "--stop", ""][..]].concat()), @"error: expected --stop a text, found an empty one");
    models.write_template("{{ raise_exception('questions only') }}");
    insta::assert_snapshot!(error(&[&CHAT, &["hi"][..]].concat()), @"error: llama/tokenizer_config.json: expected a chat template that turns the conversation into text, found this problem: invalid operation: questions only (in chat_template:1)");
    models.write_template("{% for message in %}");
    insta::assert_snapshot!(error(&[&CHAT, &["hi"][..]].concat()), @"error: llama/tokenizer_config.json: expected a chat template that turns the conversation into text, found this problem: syntax error: unexpected end of block (in chat_template:1)");
    models.write_template("{{ 'word ' * 100 }}");
    insta::assert_snapshot!(error(&[&CHAT, &["hi"][..]].concat()), @"error: text 1 has 500 tokens, and the model reads 200 at most, of which at least one has to be new; shorten it");
    models.write_template("");
    insta::assert_snapshot!(error(&[&CHAT, &["hi"][..]].concat()), @"error: text 1 is empty; expected a text of at least one token");
}

#[test]
fn other_tasks_take_a_llama_too() {
    let models = Models::with_llama();
    let arguments = ["attention", "hi", "--model", "llama", "--json"];
    let layers = models.run(&arguments).json()["layers"].clone();
    assert_eq!(layers.as_array().map(Vec::len), Some(2));
    let arguments = ["text-generation", "hi", "--model", "llama", "--json"];
    let text = models.run(&arguments).json()[0]["text"].clone();
    assert!(
        text.as_str().is_some_and(|text| text.starts_with("hi")),
        "{text}"
    );
    models
        .run(&["fill-mask", "hi", "--model", "llama"])
        .exits(2);
}
