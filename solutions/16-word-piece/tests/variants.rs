//! Correct ways of solving the exercise that differ from the solution: the grader has to accept every one.

use std::collections::VecDeque;

use attentive_grader::{Case, CaseError, Exercise, Reply, exercise};
use word_piece::{
    Casing, Encoding, LONGEST_WORD, Lengths, Vocabulary, decompose, is_accent, is_control,
    is_ideograph, is_punctuation,
};

type Normalize = fn(&str, Casing) -> String;
type Split = fn(&str) -> Vec<String>;
type WordPiece = fn(&str, &Vocabulary) -> Vec<usize>;
type Encode = fn(&str, Option<&str>, &Vocabulary, Casing, Lengths) -> Encoding;

fn with(normalize: Normalize, split: Split, word_piece: WordPiece, encode: Encode) -> Exercise {
    exercise(env!("CARGO_MANIFEST_DIR"))
        .task("normalize", move |case| {
            let normalized = normalize(&case.text("text")?, casing(case)?);
            Ok(Reply::default().and_text("normalized", normalized))
        })
        .task("split", move |case| {
            Ok(Reply::default().and_texts("words", &split(&case.text("text")?)))
        })
        .task("word_piece", move |case| {
            let pieces = word_piece(&case.text("word")?, &vocabulary(case)?);
            Ok(Reply::default().and_ids("pieces", pieces.into_iter().collect()))
        })
        .task("encode", move |case| {
            let second = case.inputs.contains_key("second");
            let second = second.then(|| case.text("second")).transpose()?;
            let lengths = Lengths {
                longest: case.size("longest")?,
                padded: case.size("padded")?,
            };
            let (first, vocabulary) = (case.text("first")?, vocabulary(case)?);
            let encoding = encode(
                &first,
                second.as_deref(),
                &vocabulary,
                casing(case)?,
                lengths,
            );
            Ok(Reply::default()
                .and_ids("ids", encoding.ids.into_iter().collect())
                .and_ids("token_types", encoding.token_types.into_iter().collect())
                .and_ids("mask", encoding.mask.into_iter().map(usize::from).collect()))
        })
}

fn casing(case: &Case) -> Result<Casing, CaseError> {
    let is_cased = case.size("cased")? == 1;
    Ok(if is_cased {
        Casing::Cased
    } else {
        Casing::Uncased
    })
}

fn vocabulary(case: &Case) -> Result<Vocabulary, CaseError> {
    Ok(Vocabulary::new(case.texts("vocabulary")?).expect("the special entries"))
}

fn is_sign(c: char) -> bool {
    c.is_ascii_punctuation() || is_punctuation(c)
}

#[test]
fn lower_case_first_and_one_token_less_at_a_time() {
    // As Google's program does it: a pass for each step, lower case before the accents, tokens popped one by one.
    fn normalize(text: &str, casing: Casing) -> String {
        let cleaned: String = text
            .chars()
            .filter(|&c| matches!(c, '\t' | '\n' | '\r') || !(is_control(c) || c == '\u{fffd}'))
            .map(|c| if c.is_whitespace() { ' ' } else { c })
            .collect();
        let mut spaced = String::new();
        for c in cleaned.chars() {
            if is_ideograph(c) {
                spaced += &format!(" {c} ");
            } else {
                spaced.push(c);
            }
        }
        if casing == Casing::Cased {
            return spaced;
        }
        let mut bare = decompose(&spaced.to_lowercase());
        bare.retain(|c| !is_accent(c));
        bare
    }
    fn split(text: &str) -> Vec<String> {
        let mut words = Vec::new();
        for part in text.split_whitespace() {
            let mut starts_a_word = true;
            for c in part.chars() {
                if is_sign(c) || starts_a_word {
                    words.push(String::new());
                }
                starts_a_word = is_sign(c);
                words.last_mut().expect("a word").push(c);
            }
        }
        words
    }
    fn word_piece(word: &str, vocabulary: &Vocabulary) -> Vec<usize> {
        let letters: Vec<char> = word.chars().collect();
        let (mut pieces, mut start) = (Vec::new(), 0);
        if letters.len() > LONGEST_WORD {
            return vec![vocabulary.unknown];
        }
        'pieces: while start < letters.len() {
            let mut end = letters.len();
            while start < end {
                let mut entry: String = letters[start..end].iter().collect();
                if start > 0 {
                    entry.insert_str(0, "##");
                }
                if let Some(id) = vocabulary.id(&entry) {
                    pieces.push(id);
                    start = end;
                    continue 'pieces;
                }
                end -= 1;
            }
            return vec![vocabulary.unknown];
        }
        pieces
    }
    fn encode(
        first: &str,
        second: Option<&str>,
        vocabulary: &Vocabulary,
        casing: Casing,
        lengths: Lengths,
    ) -> Encoding {
        let tokens = |text: &str| {
            let mut tokens = Vec::new();
            for word in split(&normalize(text, casing)) {
                tokens.append(&mut word_piece(&word, vocabulary));
            }
            tokens
        };
        let mut a = tokens(first);
        let mut b = second.map(tokens);
        match &mut b {
            None => a.truncate(lengths.longest - 2),
            Some(b) => {
                while a.len() + b.len() + 3 > lengths.longest {
                    if a.len() > b.len() {
                        a.pop();
                    } else {
                        b.pop();
                    }
                }
            }
        }
        let mut encoding = Encoding {
            ids: vec![vocabulary.class],
            token_types: vec![0],
            mask: vec![true],
        };
        for (kind, text) in [Some(a), b].into_iter().flatten().enumerate() {
            for id in text.into_iter().chain([vocabulary.separator]) {
                encoding.ids.push(id);
                encoding.token_types.push(kind);
                encoding.mask.push(true);
            }
        }
        while encoding.ids.len() < lengths.padded {
            encoding.ids.push(vocabulary.padding);
            encoding.token_types.push(0);
            encoding.mask.push(false);
        }
        encoding
    }
    with(normalize, split, word_piece, encode).accept();
}

#[test]
fn one_character_after_the_other_and_pieces_by_recursion() {
    fn normalize(text: &str, casing: Casing) -> String {
        text.chars()
            .map(|c| match c {
                '\t' | '\n' | '\r' => " ".to_owned(),
                c if is_control(c) || c == char::REPLACEMENT_CHARACTER => String::new(),
                c if c.is_whitespace() => " ".to_owned(),
                c => {
                    let c = match casing {
                        Casing::Cased => c.to_string(),
                        Casing::Uncased => decompose(&c.to_string())
                            .replace(is_accent, "")
                            .chars()
                            .flat_map(char::to_lowercase)
                            .collect(),
                    };
                    if c.chars().any(is_ideograph) {
                        format!(" {c} ")
                    } else {
                        c
                    }
                }
            })
            .collect()
    }
    fn split(text: &str) -> Vec<String> {
        let mut spaced = text.to_owned();
        let mut signs: Vec<char> = text.chars().filter(|&c| is_sign(c)).collect();
        signs.sort_unstable();
        signs.dedup();
        for sign in signs {
            spaced = spaced.replace(sign, &format!(" {sign} "));
        }
        let words = spaced.split(' ').filter(|word| !word.is_empty());
        words.map(String::from).collect()
    }
    fn cut(rest: &str, mark: &str, vocabulary: &Vocabulary) -> Option<VecDeque<usize>> {
        if rest.is_empty() {
            return Some(VecDeque::new());
        }
        let mut end = rest.len();
        loop {
            if rest.is_char_boundary(end)
                && let Some(id) = vocabulary.id(&[mark, &rest[..end]].concat())
            {
                // No way back: if the rest has no pieces, the word has none.
                let mut pieces = cut(&rest[end..], "##", vocabulary)?;
                pieces.push_front(id);
                return Some(pieces);
            }
            end = end.checked_sub(1).filter(|&end| end > 0)?;
        }
    }
    fn word_piece(word: &str, vocabulary: &Vocabulary) -> Vec<usize> {
        if word.chars().nth(LONGEST_WORD).is_some() {
            return vec![vocabulary.unknown];
        }
        cut(word, "", vocabulary).map_or(vec![vocabulary.unknown], Vec::from)
    }
    fn encode(
        first: &str,
        second: Option<&str>,
        vocabulary: &Vocabulary,
        casing: Casing,
        lengths: Lengths,
    ) -> Encoding {
        let tokens = |text: &str| -> VecDeque<usize> {
            split(&normalize(text, casing))
                .iter()
                .flat_map(|word| word_piece(word, vocabulary))
                .collect()
        };
        let (mut a, mut b) = (tokens(first), second.map(tokens));
        let total = |a: &VecDeque<usize>, b: &Option<VecDeque<usize>>| {
            a.len() + b.as_ref().map_or(0, VecDeque::len) + if b.is_some() { 3 } else { 2 }
        };
        while total(&a, &b) > lengths.longest {
            match &mut b {
                // Of two that are equally long, the first.
                Some(b) if b.len() > a.len() => b.pop_back(),
                _ => a.pop_back(),
            };
        }
        a.push_front(vocabulary.class);
        a.push_back(vocabulary.separator);
        let of_first = a.len();
        if let Some(b) = b {
            a.extend(b);
            a.push_back(vocabulary.separator);
        }
        let used = a.len();
        let length = used.max(lengths.padded);
        Encoding {
            ids: (0..length)
                .map(|i| a.get(i).copied().unwrap_or(vocabulary.padding))
                .collect(),
            token_types: (0..length)
                .map(|i| usize::from(i >= of_first && i < used))
                .collect(),
            mask: (0..length).map(|i| i < used).collect(),
        }
    }
    with(normalize, split, word_piece, encode).accept();
}

#[test]
fn from_the_categories_and_with_lengths_computed_first() {
    fn normalize(text: &str, casing: Casing) -> String {
        let lines = text.replace(['\t', '\n', '\r'], " ");
        let visible: String = lines.replace(|c| is_control(c) || c == '\u{fffd}', "");
        let mut spaced = visible.replace(char::is_whitespace, " ");
        for ideograph in visible
            .chars()
            .filter(|&c| is_ideograph(c))
            .collect::<std::collections::BTreeSet<_>>()
        {
            spaced = spaced.replace(ideograph, &format!(" {ideograph} "));
        }
        match casing {
            Casing::Cased => spaced,
            // The text has no final sigma: here `str::to_lowercase` and `char::to_lowercase` agree.
            Casing::Uncased => decompose(&spaced).replace(is_accent, "").to_lowercase(),
        }
    }
    fn split(text: &str) -> Vec<String> {
        let (mut words, mut word) = (Vec::new(), String::new());
        for c in text.chars().chain([' ']) {
            if c == ' ' || is_sign(c) {
                if !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
                if c != ' ' {
                    words.push(c.into());
                }
            } else {
                word.push(c);
            }
        }
        words
    }
    fn word_piece(word: &str, vocabulary: &Vocabulary) -> Vec<usize> {
        let letters: Vec<&str> = word.split_inclusive(|_: char| true).collect();
        let mut pieces = Vec::new();
        let mut done = 0;
        while done < letters.len() && letters.len() <= LONGEST_WORD {
            let mark = ["", "##"][usize::from(done > 0)];
            let longest = (done + 1..=letters.len())
                .filter_map(|end| {
                    Some((
                        end,
                        vocabulary.id(&(mark.to_owned() + &letters[done..end].concat()))?,
                    ))
                })
                .max();
            let Some((end, id)) = longest else { break };
            pieces.push(id);
            done = end;
        }
        if done < letters.len() {
            vec![vocabulary.unknown]
        } else {
            pieces
        }
    }
    fn encode(
        first: &str,
        second: Option<&str>,
        vocabulary: &Vocabulary,
        casing: Casing,
        lengths: Lengths,
    ) -> Encoding {
        let texts: Vec<Vec<usize>> = [Some(first), second]
            .into_iter()
            .flatten()
            .map(|text| {
                split(&normalize(text, casing))
                    .iter()
                    .flat_map(|word| word_piece(word, vocabulary))
                    .collect()
            })
            .collect();
        let room = lengths.longest - 1 - texts.len();
        // The most tokens that a text may have so that all fit, and the room that this leaves.
        let total = |most: usize| texts.iter().map(|text| text.len().min(most)).sum::<usize>();
        let most = (0..=room)
            .rev()
            .find(|&most| total(most) <= room)
            .unwrap_or(0);
        let mut left = room - total(most);
        let mut tokens = vec![(vocabulary.class, 0, true)];
        for (kind, text) in texts.iter().enumerate() {
            let extra = usize::from(left > 0 && text.len() > most);
            left -= extra;
            let kept = text
                .iter()
                .take(most + extra)
                .chain([&vocabulary.separator]);
            tokens.extend(kept.map(|&id| (id, kind, true)));
        }
        let padding = lengths.padded.saturating_sub(tokens.len());
        tokens.extend(vec![(vocabulary.padding, 0, false); padding]);
        Encoding {
            ids: tokens.iter().map(|token| token.0).collect(),
            token_types: tokens.iter().map(|token| token.1).collect(),
            mask: tokens.iter().map(|token| token.2).collect(),
        }
    }
    with(normalize, split, word_piece, encode).accept();
}
