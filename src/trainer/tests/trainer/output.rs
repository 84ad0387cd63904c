//! The output of a run, and its folder.

use serde_json::{Value, json};

use crate::support::Runs;

/// A run that is through in some seconds.
const SHORT: [&str; 6] = [
    "training",
    "--recipe=pocket",
    "--steps=10",
    "--text=@/text.txt",
    "--out=@/run",
    "--overwrite",
];

#[test]
fn a_run_is_told_in_lines_of_json() {
    let runs = Runs::new();
    let ran = runs.run(&[&SHORT[..], &["--json"]].concat()).exits(0);
    assert_eq!(ran.stderr, "");
    let events = ran.events();
    let kinds: Vec<&Value> = events.iter().map(|event| &event["event"]).collect();
    // Measured before the first step and after each, because there are ten.
    let mut expected = vec![json!("begin"), json!("measured")];
    for _ in 0..10 {
        expected.extend([json!("step"), json!("measured")]);
    }
    expected.push(json!("end"));
    assert_eq!(kinds, expected.iter().collect::<Vec<_>>());
    let begin = &events[0];
    assert_eq!(begin["text"], "text.txt");
    assert_eq!(begin["steps"], 10);
    assert_eq!(begin["seed"], 42);
    let step = &events[2];
    assert_eq!((&step["step"], &step["steps"]), (&json!(1), &json!(10)));
    for number in ["loss", "gradient_norm", "rate", "tokens_per_second"] {
        assert!(step[number].as_f64().is_some_and(|n| n > 0.0), "{step}");
    }
    assert_eq!(step["beside"], Value::Null);
    let end = &events[events.len() - 1];
    assert_eq!(
        (&end["ending"], &end["taken"]),
        (&json!("done"), &json!(10))
    );
    assert_eq!(end["folder"], "@/run");
}

#[test]
fn the_folder_has_a_model_and_everything_about_the_run() {
    let runs = Runs::new();
    let ran = runs.run(&SHORT).exits(0);
    assert!(ran.stderr.contains("A decoder of "), "{}", ran.stderr);
    assert!(
        ran.stderr.contains("step  1 of 10: loss "),
        "{}",
        ran.stderr
    );
    assert!(
        ran.stderr.contains("saved after step 10: held out "),
        "{}",
        ran.stderr
    );
    let says =
        "cargo attentive pipeline text-generation \"A query\" --temperature 0.8 --model @/run";
    assert!(ran.stdout.contains(says), "{}", ran.stdout);
    let mut files: Vec<_> = std::fs::read_dir(runs.path("run"))
        .expect("a folder")
        .map(|entry| entry.expect("an entry").file_name())
        .collect();
    files.sort();
    let expected = [
        "checkpoint.safetensors",
        "config.json",
        "curve.svg",
        "model.safetensors",
        "run.json",
        "tokenizer.json",
    ];
    assert_eq!(files, expected);
}

#[test]
fn a_run_can_be_shown_next_to_another_one() {
    let runs = Runs::new();
    runs.run(&SHORT).exits(0);
    let other = [
        "training",
        "--recipe=pocket",
        "--steps=10",
        "--text=@/text.txt",
        "--out=@/other",
        "--seed=7",
        "--beside=@/run/run.json",
        "--overwrite",
    ];
    let ran = runs.run(&[&other[..], &["--json"]].concat()).exits(0);
    let record = std::fs::read_to_string(runs.path("run/run.json")).expect("a record");
    let record: Value = serde_json::from_str(&record).expect("JSON");
    let steps = ran.events();
    let steps = steps.iter().filter(|event| event["event"] == "step");
    for (step, loss) in steps.zip(record["losses"].as_array().expect("losses")) {
        assert_eq!(step["beside"].as_f64(), loss.as_f64(), "{step}");
        assert_ne!(step["loss"].as_f64(), loss.as_f64(), "{step}");
    }
    let ran = runs.run(&other).exits(0);
    let says = "Its seed was a different one (42, and here 7): compare them with care.";
    assert!(ran.stderr.contains(says), "{}", ran.stderr);
}

#[test]
fn a_seed_repeats_a_run_whatever_the_number_of_threads() {
    let runs = Runs::new();
    let model = |threads: &str| {
        runs.run(&[&SHORT[..], &["--threads", threads]].concat())
            .exits(0);
        std::fs::read(runs.path("run/model.safetensors")).expect("a model")
    };
    let one = model("1");
    assert_eq!(model("1"), one);
    assert_eq!(model("3"), one);
}
