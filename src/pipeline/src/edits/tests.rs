use super::*;

/// Cuts a text at spaces, before punctuation and before `|`, which stands for a later piece of a word, and labels the words
/// that are named; the others stay.
fn corrected(text: &str, labels: &[(&str, &str)]) -> Correction {
    let places = places(text);
    let text = text.replace('|', "");
    let tokens: Vec<EditedToken<'_>> = places
        .iter()
        .map(|(token, place)| EditedToken {
            token,
            label: labels
                .iter()
                .find(|(word, _)| word == token)
                .map_or(KEEP, |(_, label)| label),
            place: place.clone(),
        })
        .collect();
    Correction::new(&text, &tokens)
}

fn places(text: &str) -> Vec<(String, Range<usize>)> {
    let mut places: Vec<(String, Range<usize>)> = Vec::new();
    let (mut byte, mut begins, mut continues) = (0, true, false);
    for letter in text.chars() {
        if letter == '|' {
            (begins, continues) = (true, true);
            continue;
        }
        let end = byte + letter.len_utf8();
        let is_sign = matches!(letter, '.' | ',' | '\'' | '’');
        if letter.is_whitespace() {
            begins = true;
        } else if begins || is_sign {
            let prefix = if continues { CONTINUES } else { "" };
            places.push((format!("{prefix}{letter}"), byte..end));
            (begins, continues) = (is_sign, false);
        } else if let Some((token, place)) = places.last_mut() {
            token.push(letter);
            place.end = end;
        }
        byte = end;
    }
    places
}

#[track_caller]
fn assert_corrected(text: &str, labels: &[(&str, &str)], expected: &str) {
    let correction = corrected(text, labels);
    assert_eq!(correction.text, expected);
    assert_eq!(correction.not_applied, []);
}

#[test]
fn a_word_is_replaced() {
    let text = "He have a dog.";
    let correction = corrected(text, &[("have", "$REPLACE_has")]);
    assert_eq!(correction.text, "He has a dog.");
    let change = Change {
        start: 3,
        end: 7,
        before: "have".to_owned(),
        after: "has".to_owned(),
        label: "$REPLACE_has".to_owned(),
    };
    assert_eq!(correction.changes, [change]);
    assert_eq!(correction.lines(text, false), "→ He has a dog.\n");
    let marked = correction.lines(text, true);
    assert_eq!(console::strip_ansi_codes(&marked), "→ He havehas a dog.\n");
}

#[test]
fn words_and_signs_are_appended() {
    assert_corrected("If so go.", &[("so", "$APPEND_,")], "If so, go.");
    assert_corrected("I was .", &[("was", "$APPEND_there")], "I was there .");
}

#[test]
fn a_word_goes_with_one_of_its_spaces() {
    assert_corrected("It is is so.", &[("is", "$KEEP")], "It is is so.");
    assert_corrected("It really is.", &[("really", "$DELETE")], "It is.");
    assert_corrected("Very so it is.", &[("Very", "$DELETE")], "so it is.");
    assert_corrected("So , it is.", &[(",", "$DELETE")], "So it is.");
    // The first one has taken the space between them.
    let both = [("Well", "$DELETE"), ("so", "$DELETE")];
    assert_corrected("Well so it is.", &both, "it is.");
    assert_corrected(" Well so", &both, " ");
}

#[test]
fn casing_is_changed() {
    assert_corrected("in pARIS", &[("pARIS", "$CASE_CAPITAL")], "in Paris");
    assert_corrected("élan", &[("élan", "$TRANSFORM_CASE_CAPITAL")], "Élan");
    assert_corrected("The Cat", &[("Cat", "$CASE_LOWER")], "The cat");
    assert_corrected("the usa", &[("usa", "$CASE_UPPER")], "the USA");
}

#[test]
fn an_s_comes_and_goes() {
    let (plural, singular) = (
        "$TRANSFORM_AGREEMENT_PLURAL",
        "$TRANSFORM_AGREEMENT_SINGULAR",
    );
    assert_corrected("two cat", &[("cat", plural)], "two cats");
    assert_corrected("a cats", &[("cats", singular)], "a cat");
    let correction = corrected("a mice", &[("mice", singular)]);
    assert_eq!(correction.text, "a mice");
    assert_eq!(
        correction.lines("a mice", false),
        "→ no change\n  not applied: $TRANSFORM_AGREEMENT_SINGULAR of `mice`\n"
    );
}

#[test]
fn words_are_merged_and_split() {
    assert_corrected("any one can", &[("any", "$MERGE_SPACE")], "anyone can");
    assert_corrected(
        "a well known man",
        &[("well", "$MERGE_HYPHEN")],
        "a well-known man",
    );
    assert_corrected(
        "so-called",
        &[("so-called", "$TRANSFORM_SPLIT_HYPHEN")],
        "so called",
    );
    assert_eq!(
        corrected("the end", &[("end", "$MERGE_SPACE")])
            .not_applied
            .len(),
        1
    );
    // The space between them is needed twice.
    let twice = corrected("any one", &[("any", "$MERGE_SPACE"), ("one", "$DELETE")]);
    assert_eq!(
        (twice.text.as_str(), twice.not_applied.len()),
        ("anyone", 1)
    );
}

#[test]
fn what_needs_a_dictionary_is_shown() {
    let correction = corrected("He go.", &[("go", "$TRANSFORM_VERB_VB_VBZ")]);
    assert_eq!(correction.changes, []);
    assert_eq!(
        correction.lines("He go.", false),
        "→ no change\n  not applied: $TRANSFORM_VERB_VB_VBZ of `go`\n"
    );
}

#[test]
fn a_word_takes_the_label_of_its_first_token() {
    // The label of the apostrophe and of what follows is none of the word's.
    let labels = [
        ("its", "$REPLACE_it's"),
        ("##s", "$DELETE"),
        ("'", "$DELETE"),
        ("t", "$DELETE"),
    ];
    assert_corrected(
        "the cat|s don't see its",
        &labels,
        "the cats don't see it's",
    );
    assert_corrected("it's tail", &[("it", "$REPLACE_its")], "its tail");
    // A quotation mark is a word of its own.
    assert_corrected("'so' he", &[("'", "$DELETE")], "so he");
}

#[test]
fn places_are_counted_in_characters() {
    let correction = corrected("Élan have", &[("have", "$REPLACE_has")]);
    assert_eq!(
        (correction.changes[0].start, correction.changes[0].end),
        (5, 9)
    );
}

#[test]
fn labels_are_edits_where_one_keeps() {
    assert!(are_edits(&["$KEEP".to_owned(), "$DELETE".to_owned()]));
    assert!(!are_edits(&["O".to_owned()]));
}
