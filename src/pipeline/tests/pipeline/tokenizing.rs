//! `tokenize`.

use serde_json::json;

use crate::support::Models;

#[test]
fn tokens_of_two_models_are_side_by_side() {
    let models = Models::new();
    let ran = models.run(&[
        "tokenize",
        "The cats sat.",
        "--model",
        "bert",
        "--model",
        "gpt",
    ]);
    insta::assert_snapshot!(ran.exits(0).stdout, @r"
    The cats sat.
    bert: 7 tokens of a vocabulary of 17
    gpt: 13 tokens of a vocabulary of 258
       1       2  [CLS]      84  T
       2       5  the       104  h
       3       6  cat       101  e
       4      11  ##s        32  Ġ
       5       7  sat        99  c
       6      13  .          97  a
       7       3  [SEP]     116  t
       8                    115  s
       9                     32  Ġ
      10                    115  s
      11                     97  a
      12                    116  t
      13                     46  .
    ");
}

#[test]
fn a_tokenizer_is_enough_and_each_line_is_a_text() {
    let models = Models::new();
    for file in ["config.json", "model.safetensors"] {
        std::fs::remove_file(models.path("bert").join(file)).expect("it is there");
    }
    models.write("texts.txt", "the cat\n\na dog\n");
    let from_file = models.run(&[
        "tokenize",
        "--file",
        "texts.txt",
        "--json",
        "--model",
        "bert",
    ]);
    let from_input = models.run_with(
        &["tokenize", "--json", "--model", "bert"],
        "the cat\n\na dog\n",
    );
    let from_file = from_file.json();
    assert_eq!(from_file, from_input.json());
    let ids = |text: usize| from_file[text]["models"][0]["ids"].clone();
    assert_eq!(ids(0), json!([2, 5, 6, 3]));
    assert_eq!(ids(1), json!([2, 3]));
    assert_eq!(ids(2), json!([2, 12, 10, 3]));
}

#[test]
fn ids_become_tokens() {
    let models = Models::new();
    let ran = models.run(&[
        "tokenize",
        "--ids",
        "[256, 101]",
        "--json",
        "--model",
        "gpt",
    ]);
    assert_eq!(ran.json()[0]["models"][0]["tokens"], json!(["th", "e"]));
}
