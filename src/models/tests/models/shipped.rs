//! The models that ship with the course.

use attentive_models::catalogue::{SHIPPED, default_model, folder, shipped};
use attentive_models::{Gpt, Model, Tokenizer};
use serde_json::Value;

/// The most bytes of a checkpoint that the repository holds.
const LARGEST: u64 = 1_600_000;

fn gpt() -> (Gpt, Tokenizer) {
    let folder = folder("book-gpt").expect("it ships");
    match Model::open(&folder).expect("it can be opened") {
        Model::Gpt(gpt) => (gpt, Tokenizer::open(&folder).expect("it has one")),
        _ => panic!("expected a GPT"),
    }
}

/// Writes on with the likeliest token each time.
fn greedy(gpt: &Gpt, mut ids: Vec<usize>, count: usize) -> Vec<usize> {
    for _ in 0..count {
        let logits = gpt.next(&ids);
        let best = (0..logits.len()).max_by(|&one, &other| logits[one].total_cmp(&logits[other]));
        ids.push(best.expect("a vocabulary"));
    }
    ids
}

#[test]
fn each_has_a_record_of_its_training() {
    for model in &SHIPPED {
        let folder = folder(model.name).expect("it ships");
        let size = |file: &str| folder.join(file).metadata().expect("it is there").len();
        assert!(size("model.safetensors") <= LARGEST, "{}", model.name);
        let text = std::fs::read(folder.join("training.json")).expect("it is there");
        let record: Value = serde_json::from_slice(&text).expect("it is JSON");
        assert_eq!(record["model"], model.name);
        let number = |name: &str| record[name].as_f64().expect("a number");
        // What was never seen is harder than what was, and both are easier for a model that looks at more than frequencies.
        if model.task == "image-classification" {
            assert!(0.9 < number("held_out_accuracy"), "{record}");
            assert!(number("held_out_accuracy") <= number("train_accuracy"));
        } else {
            assert_eq!(record["text_sha256"].as_str().map(str::len), Some(64));
            assert!(0.5 < number("train_loss") && number("train_loss") < number("held_out_loss"));
            assert!(number("held_out_loss") < number("frequency_loss") - 0.5);
        }
        assert_eq!(shipped(model.name), Some(model));
        assert_eq!(default_model(model.task), Some(model));
    }
}

#[test]
fn the_gpt_writes_the_same_text_every_time() {
    let (gpt, tokenizer) = gpt();
    assert_eq!(tokenizer.size(), gpt.config().vocabulary);
    let prompt = tokenizer
        .encode("A query asks", false)
        .expect("it can be cut")
        .ids;
    let written = greedy(&gpt, prompt.clone(), 30);
    assert_eq!(greedy(&gpt, prompt, 30), written);
    assert!(written.iter().all(|&id| tokenizer.token(id).is_some()));
    let text = tokenizer.decode(&written, false).expect("its own tokens");
    assert!(
        text.len() > "A query asks".len() && text.starts_with("A query asks"),
        "{text}"
    );
}
