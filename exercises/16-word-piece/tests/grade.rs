//! Answers each task by a function of the exercise. The cases and their expected outputs are in `golden.safetensors`.
//!
//! Each `let` has the signature that the exercise asks for. If the compiler points at one, the function in `src/lib.rs`
//! has a different one.

use attentive_grader::{Case, CaseError, Reply};
use ndarray::Array1;
use word_piece::{Casing, Encoding, Lengths, Vocabulary, encode, normalize, split, word_piece};

fn main() -> std::process::ExitCode {
    attentive_grader::exercise(env!("CARGO_MANIFEST_DIR"))
        .compiled_from(option_env!("ATTENTIVE_DIGESTS"))
        .task("normalize", |case| {
            let normalize: fn(&str, Casing) -> String = normalize;
            let normalized = normalize(&case.text("text")?, casing(case)?);
            Ok(Reply::default().and_text("normalized", normalized))
        })
        .task("split", |case| {
            let split: fn(&str) -> Vec<String> = split;
            Ok(Reply::default().and_texts("words", &split(&case.text("text")?)))
        })
        .task("word_piece", |case| {
            let word_piece: fn(&str, &Vocabulary) -> Vec<usize> = word_piece;
            let pieces = word_piece(&case.text("word")?, &vocabulary(case)?);
            Ok(Reply::default().and_ids("pieces", Array1::from(pieces)))
        })
        .task("encode", |case| {
            let encode: fn(&str, Option<&str>, &Vocabulary, Casing, Lengths) -> Encoding = encode;
            let (first, second) = (case.text("first")?, second(case)?);
            let lengths = Lengths {
                longest: case.size("longest")?,
                padded: case.size("padded")?,
            };
            let encoding = encode(
                &first,
                second.as_deref(),
                &vocabulary(case)?,
                casing(case)?,
                lengths,
            );
            Ok(Reply::default()
                .and_ids("ids", Array1::from(encoding.ids))
                .and_ids("token_types", Array1::from(encoding.token_types))
                .and_ids("mask", encoding.mask.into_iter().map(usize::from).collect()))
        })
        .main()
}

fn casing(case: &Case) -> Result<Casing, CaseError> {
    Ok(match case.size("cased")? {
        0 => Casing::Uncased,
        _ => Casing::Cased,
    })
}

/// The second text, in the cases that have one.
fn second(case: &Case) -> Result<Option<String>, CaseError> {
    if case.inputs.contains_key("second") {
        case.text("second").map(Some)
    } else {
        Ok(None)
    }
}

fn vocabulary(case: &Case) -> Result<Vocabulary, CaseError> {
    let entries = case.texts("vocabulary")?;
    Ok(
        Vocabulary::new(entries)
            .unwrap_or_else(|error| panic!("the course's own entries: {error}")),
    )
}
