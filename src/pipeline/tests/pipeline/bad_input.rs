//! Wrong input: each gets one clear error, and status 2.

use crate::support::Models;

#[test]
fn each_mistake_of_input_has_an_error_that_says_what_to_do() {
    let models = Models::new();
    models.write("nothing/readme.txt", "");
    std::fs::create_dir_all(models.path("ids-only")).expect("a folder");
    for file in ["config.json", "model.safetensors"] {
        let copied = std::fs::copy(
            models.path("gpt").join(file),
            models.path("ids-only").join(file),
        );
        copied.expect("it can be copied");
    }
    let mut all = String::new();
    for arguments in [
        "fil-mask the [MASK] --model bert",
        "tokenize the",
        "tokenize the --model nothing",
        "tokenize --file missing.txt --model bert",
        "tokenize --ids 5,900 --model bert",
        "fill-mask the --model nothing",
        "fill-mask the --model bert",
        "fill-mask [MASK] --model gpt",
        "fill-mask [MASK] --model classes",
        "text-generation the --model bert",
        "text-generation the --model ids-only",
        "text-generation the --ids --model ids-only",
        "text-generation 258 --ids --model ids-only",
        "text-generation 0123456789012345678901234567 --model gpt",
        "text-generation the --model gpt --top-p 0",
        "text-generation the --model gpt --top-p 1.5",
        "text-generation the --model gpt --top-k 0",
        "text-generation the --model gpt --temperature -1",
        "text-generation the --model gpt --repetition-penalty 0",
        "text-generation the --model gpt --beams 0",
        "text-generation the --model gpt --beams 2 --top-k 3",
        "text-classification the --model bert",
        "attention the --model bert --layer 3 --out page.html",
        "attention the --model bert --head 0 --out page.html",
        "attention the cat --model bert --out page.html",
    ] {
        let words: Vec<&str> = arguments.split(' ').collect();
        let ran = models.run(&words).exits(2);
        assert_eq!(ran.stdout, "", "{arguments}");
        all += &format!("$ {arguments}\n{}\n", ran.stderr);
    }
    assert!(
        !models.path("page.html").exists(),
        "nothing is half written"
    );
    insta::assert_snapshot!(all);
}

#[test]
fn an_empty_prompt_is_named_by_its_number() {
    let models = Models::new();
    let ran = models
        .run(&["text-generation", "the", "", "--model", "gpt"])
        .exits(2);
    assert_eq!(
        ran.stderr,
        "error: text 2 is empty; a model can only continue a text that has at least one token\n"
    );
    let ran = models
        .run_with(&["text-generation", "--model", "gpt"], "")
        .exits(2);
    assert!(
        ran.stderr
            .starts_with("error: expected a text, found none;"),
        "{ran:?}"
    );
}

#[test]
fn the_nearest_name_of_a_model_is_suggested() {
    let models = Models::new();
    let ran = models
        .run(&["fill-mask", "the", "--model", "minilmm"])
        .exits(2);
    let says = "error: expected the name of a model, found `minilmm`; did you mean `minilm`?";
    assert!(ran.stderr.starts_with(says), "{ran:?}");
}
