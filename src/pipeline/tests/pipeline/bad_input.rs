//! Wrong input: each gets one clear error, and status 2.

use crate::support::Models;

#[test]
fn each_mistake_of_input_has_an_error_that_says_what_to_do() {
    let models = Models::with_t5();
    models.write("nothing/readme.txt", "");
    models.write("latin.txt", b"caf\xe9");
    for file in ["config.json", "model.safetensors"] {
        for (from, to) in [("gpt", "ids-only"), ("bert", "of-two")] {
            let content = std::fs::read(models.path(from).join(file));
            models.write(&format!("{to}/{file}"), content.expect("a file"));
        }
    }
    for file in ["vocab.json", "merges.txt"] {
        let content = std::fs::read(models.path("gpt").join(file));
        models.write(&format!("of-two/{file}"), content.expect("a file"));
    }
    let mut all = String::new();
    for arguments in [
        "fil-mask the [MASK] --model bert",
        "tokenize the",
        "tokenize the --model nothing",
        "tokenize the --model bert/config.json",
        "tokenize --file missing.txt --model bert",
        "tokenize --file latin.txt --model bert",
        "tokenize --ids 5,900 --model bert",
        "fill-mask the --model nothing",
        "fill-mask the --model bert",
        "fill-mask [MASK] --model gpt",
        "fill-mask [MASK] --model of-two",
        "fill-mask [MASK] --model classes",
        "text-generation the --model bert",
        "text-generation the --model ids-only",
        "text-generation the --ids --model ids-only",
        "text-generation 258 --ids --model ids-only",
        "text-generation 0123456789012345678901234567 --model gpt",
        "text-generation the --model gpt --top-p 0",
        "text-generation the --model gpt --top-p 1.5",
        "text-generation the --model gpt --top-p nan",
        "text-generation the --model gpt --top-k 0",
        "text-generation the --model gpt --temperature -1",
        "text-generation the --model gpt --temperature inf",
        "text-generation the --model gpt --repetition-penalty 0",
        "text-generation the --model gpt --beams 0",
        "text-generation the --model gpt --beams 1000000000",
        "text-generation the --model gpt --beams 99999999999999999999",
        "text-generation the --model gpt --max-new-tokens 0",
        "text-generation the --model gpt --threads 256",
        "text-generation the --model gpt --beams 2 --top-k 3",
        "text-generation the --model t5",
        "fill-mask the --model t5",
        "text2text-generation the",
        "text2text-generation the --model gpt",
        "text2text-generation the --model bert",
        "text2text-generation 3,4,5,6,7,8,3,4,5,6,7,8,1 --ids --model t5",
        "text2text-generation 3,10 --ids --model t5",
        "text2text-generation the --model t5 --beams 0",
        "text2text-generation the --model t5 --beams 65",
        "text2text-generation the --model t5 --max-new-tokens 0",
        "text2text-generation the --model t5 --chat",
        "text-generation the --model gpt --weights stored --own",
        "text-classification the --model bert",
        "attention the --model bert --layer 3 --out page.html",
        "attention the --model bert --head 0 --out page.html",
        "attention the cat --model bert --out page.html",
        "attention the --model bert --out missing/page.html",
        "text-generation the --model gpt --tensors missing/out.safetensors",
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
fn numbers_that_are_larger_than_needed_cost_nothing() {
    let models = Models::with_t5();
    let most = usize::MAX.to_string();
    for arguments in [
        ["text-generation the --model gpt", "--top-k"],
        ["text-generation the --model gpt", "--max-new-tokens"],
        ["text2text-generation the --model t5", "--max-new-tokens"],
        ["feature-extraction the --model bert", "--stride"],
    ] {
        let all = arguments.join(" ");
        let words: Vec<&str> = all.split(' ').chain([most.as_str()]).collect();
        models.run(&words).exits(0);
    }
}

#[test]
fn an_empty_prompt_is_named_by_its_number() {
    let models = Models::new();
    let ran = models
        .run(&["text-generation", "the", "", "--model", "gpt"])
        .exits(2);
    assert_eq!(
        ran.stderr,
        "error: text 2 is empty; expected a text of at least one token\n"
    );
    let t5 = Models::with_t5();
    for source in [&["", "the"][..], &["  "], &["--ids", "", "3 1"]] {
        let arguments = [&["text2text-generation", "--model", "t5"], source].concat();
        let ran = t5.run(&arguments).exits(2);
        assert_eq!(
            ran.stderr,
            "error: text 1 is empty; expected a text of at least one token\n"
        );
    }
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

#[test]
fn a_text_and_a_data_set_are_no_models() {
    let models = Models::new();
    let mut all = String::new();
    for (task, name) in [
        ("fill-mask", "co2"),
        ("tokenize", "snippets"),
        ("text-generation", "alice"),
    ] {
        let ran = models.run(&[task, "the", "--model", name]).exits(2);
        assert_eq!(ran.stdout, "", "{name}");
        all += &ran.stderr;
    }
    insta::assert_snapshot!(all);
}

#[test]
fn of_what_has_no_room_on_the_disk_nothing_is_left() {
    let models = Models::new();
    for (arguments, file) in [
        ("attention the --model bert --out page.html", "page.html"),
        (
            "feature-extraction the --model bert --tensors out.safetensors",
            "out.safetensors",
        ),
    ] {
        let words: Vec<&str> = arguments.split(' ').collect();
        let ran = models.run_without_room(&words).exits(2);
        assert_eq!(ran.stdout, "", "{arguments}");
        let says = format!("error: {file}: File too large (os error 27)\n");
        assert_eq!(ran.stderr, says, "{arguments}");
        assert!(!models.path(file).exists(), "{arguments}");
        // There is room for it elsewhere.
        models.run(&words).exits(0);
        assert!(models.path(file).exists(), "{arguments}");
    }
}

#[test]
fn a_model_that_cannot_be_fetched_leaves_nothing() {
    let models = Models::new();
    let ran = models.fetch("alise", "exit 0").exits(2);
    let says = "error: expected the name of a model, found `alise`; did you mean `alice`?";
    assert!(ran.stderr.starts_with(says), "{ran:?}");
    assert!(!models.path("cache").exists());

    let mut all = String::new();
    for client in [
        "echo 'ERROR: no route to host' >&2; exit 1",
        "echo half > $target/half; echo 'No space left on device' >&2; exit 1",
        "exit 0",
        "echo hello > $target/brotli.tar.gz",
    ] {
        let ran = models.fetch("alice", client).exits(2);
        assert_eq!(ran.stdout, "", "{client}");
        all += &format!("$ {client}\n{}\n", ran.stderr);
    }
    let folder = models.path("cache/models").display().to_string();
    insta::assert_snapshot!(all.replace(&folder, "models"));
    let mut left = Vec::new();
    for folder in ["cache/models", "cache/models/.downloads"] {
        for entry in std::fs::read_dir(models.path(folder)).expect("a folder") {
            let name = entry.expect("an entry").file_name();
            left.push(name.into_string().expect("a name"));
        }
    }
    // Whoever fetches it next locks the same file.
    assert_eq!(left, [".downloads", "brotli-1.2.1.lock"]);
}
