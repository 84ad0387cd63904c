//! The tasks of models that read, and the page of `attention`.

use serde_json::Value;

use crate::support::{Models, Ran, shapes};

/// Texts of different lengths; most have to be padded in a batch.
const TEXTS: &str = "the [MASK]\na man is eating a cat .\n[MASK]\nthe cats sat on [MASK] mat\n";

/// Checks that two answers differ by no more than rounding: padding changes the order of sums.
#[track_caller]
fn assert_close(a: &Value, b: &Value) {
    match (a, b) {
        (Value::Array(a), Value::Array(b)) => {
            assert_eq!(a.len(), b.len());
            a.iter().zip(b).for_each(|(a, b)| assert_close(a, b));
        }
        (Value::Object(a), Value::Object(b)) => {
            assert!(a.keys().eq(b.keys()), "{a:?} and {b:?}");
            a.values()
                .zip(b.values())
                .for_each(|(a, b)| assert_close(a, b));
        }
        (Value::Number(a), Value::Number(b)) => {
            let difference = a.as_f64().unwrap_or(0.0) - b.as_f64().unwrap_or(1.0);
            assert!(difference.abs() < 1e-5, "{a} and {b}");
        }
        _ => assert_eq!(a, b),
    }
}

fn in_batch(models: &Models, task: &str, model: &str, threads: &str) -> Ran {
    let arguments = [task, "--json", "--model", model, "--threads", threads];
    models.run_with(&arguments, TEXTS)
}

#[test]
fn a_batch_gives_what_each_text_gives_alone_in_the_order_of_the_texts() {
    let models = Models::new();
    for (task, model) in [
        ("feature-extraction", "bert"),
        ("text-classification", "classes"),
        ("token-classification", "tags"),
    ] {
        let together = in_batch(&models, task, model, "1").json();
        assert_eq!(together, in_batch(&models, task, model, "3").json());
        let together = together.as_array().expect("a list");
        for (text, answer) in TEXTS.lines().zip(together) {
            assert_eq!(answer["text"], text);
            let alone = models.run(&[task, text, "--json", "--model", model]).json();
            assert_close(&alone[0], answer);
        }
    }
}

#[test]
fn each_gap_is_filled_by_the_likeliest_tokens() {
    let models = Models::new();
    let ran = models.run(&[
        "fill-mask",
        "[MASK] cat [MASK]",
        "--top",
        "17",
        "--json",
        "--model",
        "bert",
    ]);
    let filled = ran.json();
    let gaps = filled[0]["gaps"].as_array().expect("gaps");
    let positions: Vec<_> = gaps.iter().map(|gap| gap["position"].as_u64()).collect();
    assert_eq!(positions, [Some(1), Some(3)]);
    for gap in gaps {
        let fills = gap["fills"].as_array().expect("fills");
        let probabilities: Vec<f64> = fills
            .iter()
            .filter_map(|fill| fill["probability"].as_f64())
            .collect();
        assert!(probabilities.is_sorted_by(|a, b| a >= b));
        assert!((probabilities.iter().sum::<f64>() - 1.0).abs() < 1e-5);
    }
}

#[test]
fn logits_of_gaps_alone_are_those_of_all_positions() {
    let models = Models::new();
    let alone = models
        .run(&["fill-mask", "the [MASK] sat", "--json", "--model", "bert"])
        .json();
    let arguments = [
        "fill-mask",
        "the [MASK] sat",
        "--json",
        "--model",
        "bert",
        "--tensors",
        "out.safetensors",
    ];
    assert_close(&models.run(&arguments).json(), &alone);
    let shapes = shapes(&models.path("out.safetensors"));
    assert!(
        shapes.contains(&("0.logits".to_owned(), vec![5, 17])),
        "{shapes:?}"
    );
    assert!(
        shapes.contains(&("0.attentions.1".to_owned(), vec![2, 5, 5])),
        "{shapes:?}"
    );
}

#[test]
fn what_people_read_is_in_columns() {
    let models = Models::new();
    let ran = models
        .run(&["token-classification", "the cats sat", "--model", "tags"])
        .exits(0);
    let lines: Vec<Vec<&str>> = ran
        .stdout
        .lines()
        .map(|line| line.split_whitespace().collect())
        .collect();
    assert_eq!(lines[0], ["the", "cats", "sat"]);
    let tokens: Vec<&str> = lines[1..].iter().map(|line| line[0]).collect();
    assert_eq!(tokens, ["the", "cat", "##s", "sat"]);
    let ran = models
        .run(&["text-classification", "the", "--model", "classes"])
        .exits(0);
    assert_eq!(ran.stdout.lines().count(), 3);
    assert!(ran.stdout.contains("  POSITIVE\n") && ran.stdout.contains("  NEGATIVE\n"));
    let ran = models
        .run(&["feature-extraction", "the", "a cat", "--model", "bert"])
        .exits(0);
    assert!(ran.stdout.contains("  8 numbers, norm 1.0000: "), "{ran:?}");
    assert!(
        ran.stdout
            .contains("\ncosine        1        2\n     1   1.0000"),
        "{ran:?}"
    );
}

#[test]
fn a_text_that_is_too_long_is_cut_with_a_note_or_becomes_windows() {
    let models = Models::new();
    let long = "the cat sat on the mat the dog sat on a mat the man";
    let arguments = ["token-classification", long, "--json", "--model", "tags"];
    let cut = models.run(&arguments).exits(0);
    assert_eq!(
        cut.stderr,
        "text 1 has 14 tokens and the model reads 10: the rest was dropped; --stride makes windows\n"
    );
    let tokens = cut.json()[0]["tokens"].as_array().map(Vec::len);
    assert_eq!(tokens, Some(10));
    let windows = models
        .run(&[&arguments[..], &["--stride", "4"]].concat())
        .exits(0);
    assert_eq!(
        windows.stderr,
        "text 1 has 14 tokens and the model reads 10: it became 2 windows\n"
    );
    let windows = windows.json();
    assert_eq!(windows[1]["text"], "text 1, tokens 7 to 14");
    assert_eq!(windows[1]["tokens"][0]["token"], "the");
}

#[test]
fn the_page_of_attention_has_all_heads_of_all_layers() {
    let models = Models::new();
    for (model, tokens) in [("bert", 4), ("gpt", 6)] {
        let arguments = [
            "attention",
            "the cat",
            "--model",
            model,
            "--layer",
            "1",
            "--out",
            "page.html",
        ];
        let ran = models.run(&arguments).exits(0);
        assert_eq!(
            ran.stdout,
            "The page is in page.html: open it in a browser.\n"
        );
        let page = std::fs::read_to_string(models.path("page.html")).expect("it was written");
        let (_, data) = page.split_once("application/json\">").expect("the data");
        let (data, _) = data.split_once("</script>").expect("their end");
        let data: Value = serde_json::from_str(data).expect("JSON");
        let layers = data["layers"].as_array().expect("layers");
        assert_eq!(layers.len(), 2);
        for head in layers
            .iter()
            .flat_map(|layer| layer.as_array().expect("heads"))
        {
            let rows = head.as_array().expect("rows");
            assert_eq!(rows.len(), tokens);
            for row in rows {
                let row = row.as_array().expect("percent");
                let sum: u64 = row.iter().filter_map(Value::as_u64).sum();
                assert!(sum.abs_diff(100) <= tokens as u64 / 2, "{row:?}");
            }
        }
        assert!(page.contains("<option value=\"0\" selected>1</option>"));
    }
}
