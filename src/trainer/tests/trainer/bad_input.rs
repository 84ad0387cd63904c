//! Wrong input: each gets one clear error, and status 2.

use crate::support::Runs;

/// The error of a command line.
fn error(runs: &Runs, arguments: &[&str]) -> String {
    let ran = runs.run(arguments).exits(2);
    assert_eq!(ran.stdout, "", "{arguments:?}");
    assert_eq!(ran.stderr.matches("error:").count(), 1, "{arguments:?}");
    ran.stderr
}

#[test]
fn an_exercise_has_to_train_a_model() {
    let runs = Runs::new();
    let found = error(&runs, &["softmax", "--out=@/run"]);
    assert_eq!(
        found,
        "error: expected an exercise whose functions train a model, found 01-softmax; there is 28-training\n"
    );
    let found = error(&runs, &["trainning", "--out=@/run"]);
    let says = "error: expected an exercise, found `trainning`; did you mean `training`?";
    assert!(found.starts_with(says), "{found}");
}

#[test]
fn a_text_and_a_rate_have_to_be_something_to_learn_with() {
    let runs = Runs::new();
    runs.write("empty.txt", " \n\n");
    runs.write("short.txt", "A query asks.");
    let train = |options: &[&str]| {
        let first = ["training", "--recipe=pocket", "--out=@/run"];
        error(&runs, &[&first[..], options].concat())
    };
    assert_eq!(
        train(&["--text=@/empty.txt"]),
        "error: @/empty.txt: expected a text to train on, found none\n"
    );
    assert_eq!(
        train(&["--text=@/short.txt"]),
        "error: expected a text of at least 330 characters, so that its last tenth has room for 32 and their targets, found \
         13; take a longer one\n"
    );
    assert_eq!(
        train(&["--text=@/text.txt", "--rate=0"]),
        "error: expected --rate to be a number above 0, such as 0.001, found 0\n"
    );
    let missing = train(&["--text=@/missing.txt"]);
    assert!(
        missing.starts_with("error: @/missing.txt cannot be read: "),
        "{missing}"
    );
    assert!(!runs.path("run").exists(), "nothing was written");
}

#[test]
fn a_folder_and_a_checkpoint_have_to_be_those_of_a_run() {
    let runs = Runs::new();
    runs.write("thesis/chapter.tex", "");
    let text = "--text=@/text.txt";
    assert_eq!(
        error(&runs, &["training", text, "--out=@/thesis"]),
        "error: @/thesis: expected a new folder, or one of an earlier run, found other files; name a different one with \
         --out\n"
    );
    assert_eq!(
        error(&runs, &["training", "--resume", "--out=@/new"]),
        "error: @/new/checkpoint.safetensors: expected the checkpoint of a run, found none; leave out --resume, and a run \
         begins\n"
    );
    runs.write("broken/checkpoint.safetensors", "no tensors");
    assert_eq!(
        error(&runs, &["training", text, "--out=@/broken"]),
        "error: @/broken: expected a new folder, found a run whose checkpoint cannot be read; name a different folder with \
         --out, or replace the run with --overwrite\n"
    );
    let found = error(&runs, &["training", "--resume", "--out=@/broken"]);
    let says = "error: @/broken/checkpoint.safetensors: expected a checkpoint that `cargo attentive train` has written, found a damaged file";
    assert!(found.starts_with(says), "{found}");
    let beside = error(
        &runs,
        &["training", text, "--out=@/run", "--beside=@/text.txt"],
    );
    let says = "error: @/text.txt: expected the record of a run";
    assert!(beside.starts_with(says), "{beside}");
}

#[test]
fn a_finished_run_is_replaced_on_request_alone() {
    let runs = Runs::new();
    let run = [
        "training",
        "--recipe=pocket",
        "--steps=2",
        "--text=@/text.txt",
        "--out=@/run",
    ];
    runs.run(&run).exits(0);
    let model = || std::fs::read(runs.path("run/model.safetensors")).expect("a model");
    let first = model();
    let again = [&run[..], &["--seed=7"]].concat();
    assert_eq!(
        error(&runs, &again),
        "error: @/run: expected a new folder, found a finished run of 2 steps; name a different folder with --out, or \
         replace the run with --overwrite\n"
    );
    assert_eq!(model(), first);
    runs.run(&[&again[..], &["--overwrite"]].concat()).exits(0);
    assert_ne!(model(), first);
}

#[test]
fn a_recipe_that_draws_its_sequences_reads_no_text() {
    let runs = Runs::new();
    let arguments = ["training", "--recipe=induction", "--text=@/text.txt"];
    assert_eq!(
        error(&runs, &[&arguments[..], &["--out=@/run"]].concat()),
        "error: expected no text, because this recipe draws its sequences, found @/text.txt; leave out --text, or take a \
         different --recipe\n"
    );
}
