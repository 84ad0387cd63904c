//! Tests of what the lessons show of real models: each command whose output is on a page prints this output, and the data
//! of the figures are what the models compute.
//!
//! `cargo test -p attentive-pipeline --features fetched-models --test seeds` fetches the models and compares. With
//! `UPDATE=1` it writes pages and data anew.

mod close;
mod co2;
mod console;
mod program;
mod recorded;
mod tables;

use std::fs;
use std::path::{Path, PathBuf};

use crate::program::Program;

fn book() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../book")
}

/// Returns `true` if pages and data are to be written anew.
fn updates() -> bool {
    std::env::var_os("UPDATE").is_some()
}

/// All pages, sorted by name.
fn pages() -> Vec<PathBuf> {
    let entries = fs::read_dir(book().join("src")).expect("the pages");
    let mut pages: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    pages.retain(|path| path.extension().is_some_and(|extension| extension == "md"));
    pages.sort();
    pages
}

#[test]
fn commands_print_what_the_pages_show() {
    let program = Program::new();
    let (mut compared, mut different) = (0, Vec::new());
    for path in pages() {
        let mut page = fs::read_to_string(&path).expect("a page");
        // From the last one on, so that the places of the others stay.
        for shown in console::shown(&page).into_iter().rev() {
            compared += 1;
            let printed = program.command(&shown.arguments);
            let Some(difference) = close::difference(&page[shown.output.clone()], &printed) else {
                continue;
            };
            let name = path.file_name().unwrap_or_default().display();
            different.push(format!("{name}: {}\n{difference}\n", shown.command));
            page.replace_range(shown.output, &console::wrapped(&printed));
        }
        if updates() {
            fs::write(&path, page).expect("the page can be written");
        }
    }
    assert!(compared > 0, "no page shows what a command prints");
    assert!(
        different.is_empty() || updates(),
        "{}\nUPDATE=1 writes what is printed",
        different.join("\n")
    );
}

#[test]
fn the_data_of_figures_are_what_the_models_compute() {
    let path = book().join("figures/recorded.csv");
    let computed = recorded::all(&Program::new());
    let kept = fs::read_to_string(&path).unwrap_or_default();
    let difference = close::difference(&kept, &computed);
    if updates() && difference.is_some() {
        fs::write(&path, computed).expect("the data can be written");
        return;
    }
    assert_eq!(
        difference,
        None,
        "{}: UPDATE=1 writes what is computed",
        path.display()
    );
}

#[test]
fn a_llama_answers_through_the_exercises_too() {
    let question = "What is the capital of France?";
    let arguments = [
        "text-generation",
        "--chat",
        question,
        "--own",
        "--model",
        "smollm2",
    ];
    let answer = Program::new().run(&arguments);
    assert_eq!(answer, "The capital of France is Paris.\n");
}

#[test]
fn a_t5_translates_through_the_exercise_too() {
    let program = Program::new();
    let task = ["text2text-generation", "--model", "t5-titles"];
    let sources = [
        "translate English to German: The house is wonderful.",
        "Is this review positive or negative? I loved every minute of this film.",
    ];
    for options in [&[][..], &["--own"], &["--own", "--beams", "2"]] {
        let targets = program.run(&[&task[..], &sources, options].concat());
        assert_eq!(
            targets, "Das Haus ist wunderbar.\npositive\n",
            "{options:?}"
        );
    }
}

#[test]
fn a_llama_answers_with_its_weights_in_either_form() {
    let question = "What is the capital of France?";
    for form in ["stored", "f32"] {
        let task = ["text-generation", "--chat", question];
        let arguments = [&task[..], &["--model", "smollm2", "--weights", form]].concat();
        let answer = Program::new().run(&arguments);
        assert_eq!(answer, "The capital of France is Paris.\n", "{form}");
    }
}

#[test]
fn a_t5_that_was_converted_translates() {
    let program = Program::new();
    let folder = "models/t5";
    program.command(&[
        "model",
        "convert",
        "t5-titles",
        "--out",
        folder,
        "--dtype",
        "bf16",
    ]);
    let source = "translate English to German: The house is wonderful.";
    let target = program.run(&["text2text-generation", source, "--model", folder]);
    assert_eq!(target, "Das Haus ist wunderbar.\n");
}

#[test]
fn mistakes_of_grammar_are_corrected_through_the_exercises_too() {
    for (text, expected) in [
        ("He have a dog.", "→ He has a dog."),
        ("She is taller then me.", "→ She is taller than me."),
        ("She has a dog.", "→ no change"),
    ] {
        for own in [&[][..], &["--own"]] {
            let arguments = [&["token-classification", text, "--model", "grammar"], own].concat();
            let printed = Program::new().run(&arguments);
            assert_eq!(printed.lines().last(), Some(expected), "{own:?}");
        }
    }
}
