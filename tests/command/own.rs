//! `pipeline --own`: a model of the hub's layout through the learner's functions, with the solutions as the learner's
//! answers, with one that is not solved, and with one that is wrong.

mod families;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use safetensors::SafeTensors;
use safetensors::tensor::TensorView;

use crate::support::{ATTENTIVE, Checkout, Ran, ran};

/// A tiny GPT-2 with random weights, and what the hub's own library computes with it.
const MODEL: &str = "src/models/tests/fixtures/gpt2";
/// Number of tokens that are written: as many as the model can read after a prompt of three. A small fault need not show in
/// the first of them.
const NEW: &str = "16";

#[test]
fn a_model_runs_through_what_the_learner_wrote() {
    let checkout = Checkout::copy("own");
    for exercise in fs::read_dir(checkout.path("solutions"))
        .expect("solutions")
        .flatten()
    {
        let folder = exercise.file_name().into_string().expect("a name");
        let solution = checkout.read(format!("solutions/{folder}/src/lib.rs"));
        checkout.write(format!("exercises/{folder}/src/lib.rs"), solution);
    }
    let right = it_writes_what_the_hubs_library_writes(&checkout);
    a_function_that_is_not_solved_is_named(&checkout);
    a_wrong_function_shows_and_is_among_those_to_look_at(&checkout, &right);
    a_cache_is_used_once_it_is_solved(&checkout, &right);
    families::a_t5_writes_what_the_hubs_library_writes(&checkout);
    families::a_vit_sees_what_the_hubs_library_sees(&checkout);
    a_model_is_trained_and_then_writes(&checkout);
    a_tokenizer_that_is_not_solved_is_the_courses(&checkout);
}

/// Continues a text of ids through the learner's functions.
fn written(checkout: &Checkout, prompt: &[usize], options: &[&str]) -> Ran {
    let ids: Vec<String> = prompt.iter().map(usize::to_string).collect();
    let ids = ids.join(" ");
    let arguments = [
        "pipeline",
        "text-generation",
        "--own",
        "--ids",
        &ids,
        "--model",
        MODEL,
    ];
    run(checkout, &[&arguments[..], options].concat())
}

/// Runs the command with a cargo that compiles in the profile of development: what it compiles from crates.io is then
/// what the other tests of CI use, and not another copy that takes minutes.
fn run(checkout: &Checkout, arguments: &[&str]) -> Ran {
    let cargo = checkout.root.with_extension("cargo");
    let text = format!(
        "#!/bin/sh\nfor word; do\n  shift\n  case $word in --profile|pipeline) [ \"$ended\" ] || continue;; --) ended=1;; \
         esac\n  set -- \"$@\" \"$word\"\ndone\nexec {} \"$@\"\n",
        env!("CARGO")
    );
    fs::write(&cargo, text).expect("a script");
    fs::set_permissions(&cargo, fs::Permissions::from_mode(0o755)).expect("a program");
    let mut command = checkout.command(ATTENTIVE, arguments);
    let ran = ran(command.env("CARGO", cargo).output());
    // Cargo would warn in each call of what profiles say about packages that are not there.
    assert!(!ran.stderr.contains("did not match"), "{}", ran.stderr);
    ran
}

/// The numbers that the hub's library computed with a model.
fn recorded(checkout: &Checkout, model: &str) -> Vec<u8> {
    let path = checkout.path(Path::new(model).join("expected.safetensors"));
    fs::read(path).expect("a fixture")
}

/// The first row of a tensor of ids.
fn first_row(tensors: &SafeTensors<'_>, name: &str) -> Vec<usize> {
    let ids = tensors.tensor(name).expect("ids");
    let length = ids.shape()[1];
    let ids = ids.data().chunks_exact(size_of::<i64>()).take(length);
    ids.map(|bytes| i64::from_le_bytes(bytes.try_into().expect("8 bytes")) as usize)
        .collect()
}

/// The tokens of the first text in the fixture, and the likeliest after it by the hub's library.
fn expected(checkout: &Checkout) -> (Vec<usize>, usize) {
    let bytes = recorded(checkout, MODEL);
    let tensors = SafeTensors::deserialize(&bytes).expect("tensors");
    let ids = first_row(&tensors, "ids");
    let logits = tensors.tensor("logits").expect("logits");
    let [_, length, vocabulary] = *logits.shape() else {
        panic!("expected (texts, tokens, vocabulary)");
    };
    let scores = floats(&logits);
    let last = &scores[(length - 1) * vocabulary..length * vocabulary];
    (ids, likeliest(last))
}

/// The numbers of a tensor.
fn floats(tensor: &TensorView<'_>) -> Vec<f32> {
    let numbers = tensor.data().chunks_exact(size_of::<f32>());
    let numbers = numbers.map(|bytes| f32::from_le_bytes(bytes.try_into().expect("4 bytes")));
    numbers.collect()
}

/// The place of the largest score.
fn likeliest(scores: &[f32]) -> usize {
    let best = scores.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1));
    best.expect("a score").0
}

fn it_writes_what_the_hubs_library_writes(checkout: &Checkout) -> String {
    let (prompt, next) = expected(checkout);
    let one = written(checkout, &prompt, &["--max-new-tokens", "1"]).exits(0);
    let last = one.stdout.split_whitespace().next_back();
    assert_eq!(last, Some(next.to_string().as_str()), "{}", one.stderr);
    assert!(
        one.stderr
            .contains("Not graded as they are now: 01-softmax, "),
        "{}",
        one.stderr
    );
    written(checkout, &prompt[..3], &["--max-new-tokens", NEW])
        .exits(0)
        .stdout
}

fn a_function_that_is_not_solved_is_named(checkout: &Checkout) {
    let file = "exercises/09-layer-norm/src/lib.rs";
    let solved = checkout.read(file);
    checkout.attentive(&["reset", "layer-norm"]).exits(0);
    let open = written(checkout, &[5, 17], &[]).exits(1);
    assert_eq!(open.stdout, "");
    for says in [
        "09-layer-norm is not solved yet, and this model needs it: each row",
        file,
        "cargo attentive hint 09",
    ] {
        assert!(open.stderr.contains(says), "{says}:\n{}", open.stderr);
    }
    checkout.write(file, solved);
}

/// Exercise 20 reads the text if it is solved, so a wrong function of it shows. Without it, exercise 18 does.
fn a_cache_is_used_once_it_is_solved(checkout: &Checkout, right: &str) {
    let (prompt, _) = expected(checkout);
    let write = || written(checkout, &prompt[..3], &["--max-new-tokens", NEW]).exits(0);
    let file = "exercises/20-kv-cache/src/lib.rs";
    let solved = checkout.read(file);
    let right_positions = "let mut x = model.embed(tokens, past);";
    checkout.replace(file, right_positions, "let mut x = model.embed(tokens, 0);");
    checkout.attentive(&["check", "kv-cache"]).exits(1);
    let wrong = write();
    assert_ne!(wrong.stdout, right);
    let says = "Look at 20-kv-cache first, which does not pass: cargo attentive check 20";
    assert!(wrong.stderr.contains(says), "{}", wrong.stderr);

    checkout.attentive(&["reset", "kv-cache"]).exits(0);
    let whole = write();
    assert_eq!(whole.stdout, right);
    let says =
        "20-kv-cache is not solved yet, so each new token costs the whole text again: embed at";
    assert!(whole.stderr.contains(says), "{}", whole.stderr);
    checkout.write(file, solved);
}

fn a_wrong_function_shows_and_is_among_those_to_look_at(checkout: &Checkout, right: &str) {
    let (prompt, _) = expected(checkout);
    let file = "exercises/09-layer-norm/src/lib.rs";
    let solved = checkout.read(file);
    checkout.replace(file, "row -= row.sum() / d_model;", "");
    checkout.attentive(&["check", "layer-norm"]).exits(1);
    let wrong = written(checkout, &prompt[..3], &["--max-new-tokens", NEW]).exits(0);
    assert_ne!(wrong.stdout, right);
    let says = "Computed by your functions. Look at 09-layer-norm first, which does not pass: cargo attentive check 09";
    assert!(wrong.stderr.contains(says), "{}", wrong.stderr);
    checkout.write(file, solved);
}

/// The folder that `train` writes is a model that `pipeline` reads.
fn a_model_is_trained_and_then_writes(checkout: &Checkout) {
    let text = "A query asks, and keys answer.\n".repeat(40);
    checkout.write("poem.txt", text);
    let train = [
        "train",
        "training",
        "--own",
        "--overwrite",
        "--recipe",
        "pocket",
        "--steps",
        "2",
        "--text",
        "poem.txt",
    ];
    let trained = run(checkout, &train).exits(0);
    let says = "by your functions: 2 steps";
    assert!(trained.stderr.contains(says), "{}", trained.stderr);
    let model = "target/attentive/runs/training-own";
    let write = [
        "pipeline",
        "text-generation",
        "--own",
        "A query",
        "--model",
        model,
        "--max-new-tokens",
        "4",
    ];
    let written = run(checkout, &write).exits(0);
    assert!(written.stdout.starts_with("A query"), "{}", written.stdout);
    assert!(
        written.stderr.contains("4 new tokens"),
        "{}",
        written.stderr
    );

    let file = "exercises/28-training/src/lib.rs";
    let solved = checkout.read(file);
    checkout.attentive(&["reset", "training"]).exits(0);
    let open = run(checkout, &train).exits(1);
    let says = "28-training is not solved yet, and training needs it: ";
    assert!(open.stderr.contains(says), "{}", open.stderr);
    checkout.write(file, solved);
}

/// A course that is released without solutions has other files for what answers exercises: it compiles, too.
fn a_tokenizer_that_is_not_solved_is_the_courses(checkout: &Checkout) {
    for module in ["cached", "fused", "products", "rotary"] {
        let released = checkout.read(format!("src/batch/src/release/models/{module}.rs.txt"));
        checkout.write(format!("src/models/src/{module}.rs"), released);
    }
    let words = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\ncat\n";
    checkout.write("model/vocab.txt", words);
    let arguments = [
        "pipeline", "tokenize", "--own", "A cat", "--model", "model", "--json",
    ];
    let own = run(checkout, &arguments).exits(0);
    assert_eq!(
        own.json()[0]["models"][0]["ids"],
        serde_json::json!([2, 5, 6, 3])
    );
    assert!(
        !own.stderr.contains("word-piece is not solved"),
        "{}",
        own.stderr
    );

    checkout.attentive(&["reset", "word-piece"]).exits(0);
    let library = run(checkout, &arguments).exits(0);
    assert_eq!(library.stdout, own.stdout);
    let says = "16-word-piece is not solved yet, so the course's tokenizer cuts the texts: ";
    assert!(library.stderr.contains(says), "{}", library.stderr);
}
