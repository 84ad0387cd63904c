//! The mistakes of `encode`.

use super::{Ids, RIGHT, Way, known, padded, with_unknown};
use crate::inputs::Inputs;
use crate::outputs::Outputs;
use crate::task::Task;
use crate::text_classification::{
    PADDING, SPECIAL, UNKNOWN, cased_words, words_between_spaces, words_without_punctuation,
};

/// Adds the mistakes.
pub(super) fn add(task: Task) -> Task {
    of_words(of_unknown(of_lengths(of_padding(of_masks(task)))))
}

fn by(way: Way) -> impl Fn(&Inputs) -> Outputs {
    move |x| way.run(x)
}

fn of_words(task: Task) -> Task {
    let with = |words: fn(&str) -> Vec<String>| by(Way { words, ..RIGHT });
    task.mistake("casing-kept", with(cased_words))
        .only_in(["capitals"])
        .mistake("split-at-spaces", with(words_between_spaces))
        .only_in(["capitals"])
        .mistake("punctuation-dropped", with(words_without_punctuation))
        .only_in(["capitals"])
}

/// Ids of words that are not in the vocabulary, and ids that are counted differently.
fn of_unknown(task: Task) -> Task {
    let with = |ids: Ids| by(Way { ids, ..RIGHT });
    task.mistake(
        "unknown-dropped",
        with(|texts, vocabulary| {
            let id = |word: &String| known(vocabulary, word);
            let texts = texts.iter();
            texts
                .map(|words| words.iter().filter_map(id).collect())
                .collect()
        }),
    )
    .mistake(
        "unknown-as-padding",
        with(|texts, vocabulary| with_unknown(texts, vocabulary, PADDING)),
    )
    .mistake(
        "unknown-gets-a-new-id",
        with(|texts, vocabulary| {
            let mut all = vocabulary.to_vec();
            for word in texts.iter().flatten() {
                if !all.contains(word) {
                    all.push(word.clone());
                }
            }
            with_unknown(texts, &all, UNKNOWN)
        }),
    )
    .form(
        "unknown-gets-a-new-id",
        "one-past-the-end",
        with(|texts, vocabulary| with_unknown(texts, vocabulary, vocabulary.len() as i64)),
    )
    .mistake(
        "ids-shifted",
        with(|texts, vocabulary| {
            let special = SPECIAL.len() as i64;
            let mut all = with_unknown(texts, vocabulary, UNKNOWN + special);
            for id in all.iter_mut().flatten() {
                *id -= special;
            }
            all
        }),
    )
    .form(
        "ids-shifted",
        "ids-one-too-high",
        with(|texts, vocabulary| {
            let mut all = with_unknown(texts, vocabulary, UNKNOWN);
            for id in all.iter_mut().flatten() {
                if *id != UNKNOWN {
                    *id += 1;
                }
            }
            all
        }),
    )
}

/// Texts that are cut in the wrong place, and rows of a wrong length.
fn of_lengths(task: Task) -> Task {
    task.mistake(
        "cut-at-the-front",
        by(Way {
            cut: |mut words, longest| {
                let dropped = words.len().saturating_sub(longest);
                words.drain(..dropped);
                words
            },
            ..RIGHT
        }),
    )
    .only_in(["too-long"])
    .mistake(
        "not-cut",
        by(Way {
            cut: |words, _| words,
            ..RIGHT
        }),
    )
    .only_in(["too-long"])
    .mistake(
        "cut-one-too-short",
        by(Way {
            cut: |words, longest| (RIGHT.cut)(words, longest - 1),
            ..RIGHT
        }),
    )
    .only_in(["too-long"])
    .mistake(
        "padded-to-the-limit",
        by(Way {
            length: |_, longest| longest,
            ..RIGHT
        }),
    )
    .mistake(
        "cut-to-the-shortest",
        by(Way {
            length: |lengths, _| lengths.iter().copied().min().unwrap_or(0),
            mask: |ids, length| padded(&vec![1; ids.len().min(length)], length, 0),
            ..RIGHT
        }),
    )
}

fn of_padding(task: Task) -> Task {
    task.mistake(
        "padding-on-the-left",
        by(Way {
            pad: |ids, length| [vec![PADDING; length - ids.len()], ids.to_vec()].concat(),
            mask: |ids, length| [vec![0; length - ids.len()], vec![1; ids.len()]].concat(),
            ..RIGHT
        }),
    )
    .form(
        "padding-on-the-left",
        "padding-on-the-left-without-the-mask",
        by(Way {
            pad: |ids, length| [vec![PADDING; length - ids.len()], ids.to_vec()].concat(),
            ..RIGHT
        }),
    )
    .mistake(
        "padded-with-unknown",
        by(Way {
            pad: |ids, length| padded(ids, length, UNKNOWN),
            ..RIGHT
        }),
    )
    .mistake(
        "padded-by-repetition",
        by(Way {
            pad: |ids, length| ids.iter().copied().cycle().take(length).collect(),
            ..RIGHT
        }),
    )
}

fn of_masks(task: Task) -> Task {
    let with = |mask: fn(&[i64], usize) -> Vec<i64>| by(Way { mask, ..RIGHT });
    task.mistake(
        "mask-inverted",
        with(|ids, length| padded(&vec![0; ids.len()], length, 1)),
    )
    .mistake("padding-unmasked", with(|_, length| vec![1; length]))
    .mistake(
        "unknown-masked",
        with(|ids, length| {
            let is_known: Vec<i64> = ids.iter().map(|&id| i64::from(id != UNKNOWN)).collect();
            padded(&is_known, length, 0)
        }),
    )
    .mistake(
        "mask-one-too-long",
        with(|ids, length| padded(&vec![1; (ids.len() + 1).min(length)], length, 0)),
    )
}
