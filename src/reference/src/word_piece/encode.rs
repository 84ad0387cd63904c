//! One text or two as the model reads them: special tokens, token types, truncation, padding, mask.

mod assembly;
mod contents;
mod lengths;

use attentive_grader::PieceSource;
use tch::Tensor;

use super::inputs::{input, is_cased, pair};
use super::tokenizer;
use crate::inputs::Inputs;
use crate::property::Property;
use crate::task::Task;
use crate::texts::of_ids;

/// The outputs of `encode`.
type Named = [(&'static str, Tensor); 3];

pub(super) fn encode() -> Task {
    let task = Task::new("encode", right)
        .pieces("ids", PieceSource::Texts("vocabulary".into()))
        .ids("token_types", ["token"])
        .ids("mask", ["token"]);
    with_properties(lengths::add(contents::add(with_cases(task))))
}

fn right(x: &Inputs) -> Named {
    let (longest, padded) = (x.size("longest") as usize, x.size("padded") as usize);
    let tokenizer = tokenizer(&x.texts("vocabulary"), is_cased(x), longest, padded);
    let encoding = match second(x) {
        Some(second) => tokenizer.encode((x.text("first"), second), true),
        None => tokenizer.encode(x.text("first"), true),
    };
    let encoding = encoding.expect("a text can be encoded");
    let list = |numbers: &[u32]| {
        let numbers: Vec<usize> = numbers.iter().map(|&number| number as usize).collect();
        of_ids(&numbers)
    };
    [
        ("ids", list(encoding.get_ids())),
        ("token_types", list(encoding.get_type_ids())),
        ("mask", list(encoding.get_attention_mask())),
    ]
}

fn second(x: &Inputs) -> Option<String> {
    x.get("second").map(|_| x.text("second"))
}

fn with_cases(task: Task) -> Task {
    of_lengths(of_texts(task))
}

/// Cases in which all tokens have room.
fn of_texts(task: Task) -> Task {
    task.case("pair", "two texts, with padding", |_| {
        pair("Who sat?", "Cats, undoable 東京", 20, 16)
    })
    .case("padded", "one text, with padding", |_| {
        input("Un café $100", 16, 13)
    })
    .case("unknown", "a word that the vocabulary cannot spell", |_| {
        pair("the zebra sat", "who?", 14, 0)
    })
    .case("cased", "a cased model", |_| {
        input("The Café", 12, 0).with("cased", 1_i64)
    })
    .case(
        "typed",
        "a text in which a user has typed a special token",
        |_| input("the [SEP] cat", 16, 9),
    )
    .case("empty", "an empty text", |_| input("", 8, 5))
    .case("empty-second", "a pair whose second text is empty", |_| {
        pair("the cat", "", 9, 0)
    })
}

/// Cases that say what has to go.
fn of_lengths(task: Task) -> Task {
    task.case("just-fits", "as many tokens as there may be", |_| {
        pair("who sat", "the cat", 7, 7)
    })
    .case("cut", "one text is too long; it ends inside a word", |_| {
        input("the cats transformed the cats.", 6, 6)
    })
    .case("second-cut", "only the second text is too long", |_| {
        pair("who sat?", "the cats sat, the cats undo.", 11, 0)
    })
    .case("first-cut", "only the first text is too long", |_| {
        pair("the cats sat, the cat undo", "who?", 11, 0)
    })
    .case("both-cut", "both texts are too long", |_| {
        pair(
            "who transformed the cat",
            "the cats sat, the cats undo.",
            9,
            0,
        )
    })
}

fn with_properties(task: Task) -> Task {
    const ALL: [&str; 3] = ["ids", "token_types", "mask"];
    task.property(
        Property::new(
            "more-room",
            "an input that fits is the same if there is more room",
        )
        .in_case("just-fits")
        .set("longest", 512)
        .expect_same(ALL),
    )
    .property(
        Property::new("more-padding", "more padding changes nothing before it")
            .in_case("pair")
            .set("longest", 40)
            .set("padded", 33)
            .expect_same_before(ALL, 0, 16),
    )
}
