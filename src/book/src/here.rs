//! The strip at a lesson's head: a small map of the transformer on which the lesson's parts are filled.

mod map;

use std::path::Path;

use crate::markdown::escape;
use map::{Part, Stacks};

/// Place of a lesson in the model.
enum Place {
    /// The lesson is about these parts.
    Parts {
        parts: &'static [Part],
        stacks: Stacks,
        /// The parts in words, after "You are here:".
        words: &'static str,
    },
    /// The lesson is about something that is no part of the model, and gets no strip.
    Nowhere,
}

const ATTENTION: &[Part] = &[Part::SelfAttention, Part::CrossAttention];
const BLOCK: &[Part] = &[
    Part::SelfAttention,
    Part::CrossAttention,
    Part::Norm,
    Part::FeedForward,
];
const DECODER_ONLY: &[Part] = &[
    Part::Tokens,
    Part::Embedding,
    Part::Positions,
    Part::SelfAttention,
    Part::Norm,
    Part::FeedForward,
    Part::Logits,
    Part::Softmax,
];
const READER: &[Part] = &[
    Part::Embedding,
    Part::Positions,
    Part::SelfAttention,
    Part::Norm,
    Part::FeedForward,
    Part::Logits,
];
const FORECASTER: &[Part] = &[
    Part::Embedding,
    Part::Positions,
    Part::SelfAttention,
    Part::Norm,
    Part::FeedForward,
];
const ALL: &[Part] = &[
    Part::Tokens,
    Part::Embedding,
    Part::Positions,
    Part::SelfAttention,
    Part::CrossAttention,
    Part::Norm,
    Part::FeedForward,
    Part::Logits,
    Part::Softmax,
];

const fn both(parts: &'static [Part], words: &'static str) -> Place {
    Place::Parts {
        parts,
        stacks: Stacks::Both,
        words,
    }
}

/// The place of each lesson, by the name of its page.
const PLACES: &[(&str, Place)] = &[
    (
        "what-a-network-learns",
        both(
            &[
                Part::SelfAttention,
                Part::CrossAttention,
                Part::FeedForward,
                Part::Logits,
            ],
            "linear layers, which are in nearly every part",
        ),
    ),
    (
        "why-attention",
        both(
            &[Part::CrossAttention],
            "attention between a decoder and an encoder",
        ),
    ),
    (
        "softmax",
        both(
            &[Part::SelfAttention, Part::CrossAttention, Part::Softmax],
            "the softmax, in every attention and at the output",
        ),
    ),
    ("attention-pooling", Place::Nowhere),
    (
        "additive-attention",
        both(
            &[Part::CrossAttention],
            "cross-attention, as it was before the transformer",
        ),
    ),
    (
        "multiplicative-attention",
        both(
            &[Part::CrossAttention],
            "cross-attention, as it was before the transformer",
        ),
    ),
    (
        "scaled-dot-product",
        both(ATTENTION, "the formula of every attention"),
    ),
    ("masks", both(ATTENTION, "the mask of every attention")),
    (
        "self-attention",
        both(&[Part::SelfAttention], "self-attention, in every block"),
    ),
    (
        "multi-head-attention",
        both(ATTENTION, "the heads of every attention"),
    ),
    (
        "positional-encoding",
        both(&[Part::Positions], "positions, added to the embedding"),
    ),
    (
        "layer-norm",
        both(&[Part::Norm], "layer norm, next to every part of a block"),
    ),
    (
        "feed-forward",
        both(
            &[Part::FeedForward],
            "the feed-forward layer, in every block",
        ),
    ),
    (
        "encoder-block",
        Place::Parts {
            parts: BLOCK,
            stacks: Stacks::Encoder,
            words: "a block of the encoder",
        },
    ),
    (
        "decoder-block",
        Place::Parts {
            parts: BLOCK,
            stacks: Stacks::Decoder,
            words: "a block of the decoder",
        },
    ),
    ("transformer", both(ALL, "the whole model")),
    (
        "rotary-embedding",
        both(
            &[Part::Positions, Part::SelfAttention],
            "positions, moved into self-attention",
        ),
    ),
    (
        "byte-pair-encoding",
        both(&[Part::Tokens], "tokens, before the model"),
    ),
    (
        "word-piece",
        both(&[Part::Tokens], "tokens, before the model"),
    ),
    (
        "bert",
        Place::Parts {
            parts: READER,
            stacks: Stacks::Encoder,
            words: "an encoder alone, with its embeddings and its heads",
        },
    ),
    (
        "gpt",
        Place::Parts {
            parts: DECODER_ONLY,
            stacks: Stacks::Decoder,
            words: "a decoder alone, without cross-attention",
        },
    ),
    (
        "sampling",
        both(
            &[Part::Logits, Part::Softmax],
            "after the model, from logits to the next token",
        ),
    ),
    (
        "kv-cache",
        Place::Parts {
            parts: &[Part::SelfAttention],
            stacks: Stacks::Decoder,
            words: "self-attention, while a decoder writes",
        },
    ),
    (
        "llama",
        Place::Parts {
            parts: DECODER_ONLY,
            stacks: Stacks::Decoder,
            words: "a decoder alone, in which almost every part of GPT-2 was replaced",
        },
    ),
    ("t5", both(ALL, "all of it, as T5 builds it")),
    (
        "vision-transformer",
        Place::Parts {
            parts: READER,
            stacks: Stacks::Encoder,
            words: "an encoder alone, which reads the patches of an image",
        },
    ),
    (
        "cross-entropy",
        both(
            &[Part::Logits, Part::Softmax],
            "after the model, from logits to a loss",
        ),
    ),
    ("backward", Place::Nowhere),
    (
        "attention-backward",
        both(ATTENTION, "every attention, on the way back"),
    ),
    ("adamw", Place::Nowhere),
    (
        "training",
        Place::Parts {
            parts: DECODER_ONLY,
            stacks: Stacks::Decoder,
            words: "a whole decoder, there and back",
        },
    ),
    ("loss-curves", Place::Nowhere),
    (
        "fine-tuning",
        both(
            &[
                Part::SelfAttention,
                Part::CrossAttention,
                Part::FeedForward,
                Part::Logits,
            ],
            "linear layers, some of which change and most of which stay",
        ),
    ),
    (
        "text-classification",
        Place::Parts {
            parts: &[
                Part::Tokens,
                Part::Embedding,
                Part::Positions,
                Part::SelfAttention,
                Part::Norm,
                Part::Logits,
            ],
            stacks: Stacks::Encoder,
            words: "a small encoder, from texts to classes and back",
        },
    ),
    (
        "time-series",
        Place::Parts {
            parts: FORECASTER,
            stacks: Stacks::Decoder,
            words: "a decoder that reads patches of numbers instead of tokens",
        },
    ),
    ("tokens", both(&[Part::Tokens], "tokens, before the model")),
    (
        "three-families",
        both(ALL, "one stack, or the other, or both"),
    ),
    (
        "pre-training",
        both(
            &[Part::Logits, Part::Softmax],
            "the output, which each task replaces",
        ),
    ),
    ("instruction-tuning", Place::Nowhere),
    ("evaluation", Place::Nowhere),
    ("applications", Place::Nowhere),
    ("costs", both(BLOCK, "the blocks, where the work is done")),
    (
        "long-sequences",
        both(
            &[Part::Positions, Part::SelfAttention],
            "positions and self-attention, for long texts",
        ),
    ),
];

/// Returns the strip of a page as HTML on one line, if it has one. Parts lead to their lessons, as far as the folder
/// `sources` has these.
///
/// Screen readers get the words and not the map: the map's links are those of the table of contents.
pub(crate) fn html(page: &Path, sources: &Path) -> Option<String> {
    let name = page.file_stem()?.to_str()?;
    let (_, place) = PLACES.iter().find(|(known, _)| *known == name)?;
    match place {
        Place::Nowhere => None,
        Place::Parts {
            parts,
            stacks,
            words,
        } => {
            let svg = map::svg(parts, *stacks, |lesson| {
                sources.join(format!("{lesson}.md")).is_file()
            });
            Some(format!(
                "<div class=\"here\">{svg}<span>You are here: <strong>{}</strong></span></div>",
                escape(words)
            ))
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn sources() -> std::path::PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../book/src")
    }

    #[test]
    fn every_lesson_has_a_place_or_says_that_it_has_none() {
        for entry in fs::read_dir(sources()).expect("the pages").flatten() {
            let path = entry.path();
            let lesson = path.is_file()
                && fs::read_to_string(&path)
                    .expect("a page")
                    .contains(" minutes**");
            let name = path.file_stem().expect("a name").to_string_lossy();
            assert!(
                !lesson || PLACES.iter().any(|(known, _)| *known == name),
                "{name} is a lesson and has no place in the table of src/book/src/here.rs"
            );
        }
    }

    #[test]
    fn parts_lead_to_lessons_that_exist_and_to_no_others() {
        let softmax = html(Path::new("softmax.md"), &sources()).expect("a strip");
        assert!(softmax.contains("href=\"feed-forward.html\""));
        assert!(softmax.contains("aria-hidden=\"true\"") && softmax.contains("tabindex=\"-1\""));
        let alone = html(Path::new("softmax.md"), Path::new("none")).expect("a strip");
        assert!(!alone.contains("href="));
        assert_eq!(html(Path::new("attention-pooling.md"), &sources()), None);
        assert_eq!(html(Path::new("introduction.md"), &sources()), None);
    }

    #[test]
    fn only_the_lessons_own_parts_are_filled() {
        let filled = |page: &str| {
            let strip = html(Path::new(page), &sources()).expect("a strip");
            strip.matches("class=\"on\"").count()
        };
        assert_eq!(filled("positional-encoding.md"), 2, "one in each stack");
        assert_eq!(filled("encoder-block.md"), 4);
        assert_eq!(filled("decoder-block.md"), 6);
        assert!(filled("transformer.md") > 15);
    }
}
