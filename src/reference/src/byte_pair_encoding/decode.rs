//! The task `decode`: the text of ids.

use super::{Judge, PARAGRAPH, Pair, bytes, counted, named};
use crate::inputs::Inputs;
use crate::property::Property;
use crate::task::Task;
use crate::texts::of_bytes;

/// The text of the case `sentence`, which its property doubles.
const SENTENCE: &str = " the answer of a naïve key, 42 \u{1f642}";

pub(super) fn decode() -> Task {
    let right = |x: &Inputs| of_bytes(Judge::new(&x.pairs("merges")).decode(&x.ids("ids")));
    let task = Task::new("decode", right).bytes("text");
    mistakes(cases(task)).property(
        Property::new(
            "what-follows",
            "when ids are followed by the same ids, the text begins with the same text",
        )
        .in_case("sentence")
        .double(["ids"], 0)
        .expect_same_before(["text"], 0, SENTENCE.len()),
    )
}

fn inputs(ids: &[usize], merges: &[Pair]) -> Inputs {
    Inputs::default()
        .with_ids("ids", ids)
        .with_pairs("merges", merges)
}

fn encoded(text: &str, merges: &[Pair]) -> Inputs {
    inputs(&Judge::new(merges).encode(text), merges)
}

fn paragraph() -> Vec<Pair> {
    Judge::train(&counted(PARAGRAPH), 40)
}

fn cases(task: Task) -> Task {
    task.case(
        "sentence",
        "the ids of a sentence, with spaces, digits and an emoji",
        |_| encoded(SENTENCE, &paragraph()),
    )
    .case(
        "pieces-of-pieces",
        "pieces that are made of pieces that are made of pieces",
        |_| {
            let merges = named(&[
                ("a", "t"),
                ("t", "e"),
                ("at", "te"),
                ("n", "d"),
                ("atte", "nd"),
            ]);
            inputs(&[260, 257, 32, 256, 258], &merges)
        },
    )
    .case(
        "characters-in-parts",
        "the bytes of a character are in two pieces",
        |_| {
            // 日 is e6 97 a5, and 旧 e6 97 a7.
            let merges = [(0xe6, 0x97), (256, 0xa5), (0xa5, 0xe6)];
            inputs(&[256, 258, 0x97, 0xa7, 257, 0xc3, 0xa9], &merges)
        },
    )
    .case(
        "spaces",
        "spaces at both ends, several of them, and line breaks",
        |_| encoded("  the  key\n\n of \t", &paragraph()),
    )
    .case("single-bytes", "a text that no merge shortens", |_| {
        inputs(&bytes("Zürich"), &[])
    })
    .case(
        "broken",
        "bytes that are no UTF-8, between those that are",
        |_| {
            let mut ids = bytes("a");
            // A lone continuation, two bytes of three, a lead without any, and a byte that UTF-8 does not have.
            ids.extend([0xa9, 98, 0xe6, 0x97, 99, 0xc3, 32, 0xff, 0xfe, 100]);
            inputs(&ids, &named(&[("a", "b")]))
        },
    )
    .case("cut-off", "the last character is not complete", |_| {
        inputs(&[104, 105, 32, 0xf0, 0x9f, 0x99], &[])
    })
    .case("control-characters", "bytes that show nothing", |_| {
        encoded("\u{0}a\u{1b}[0m\r\n\u{7f}", &paragraph())
    })
    .case("empty", "no ids", |_| inputs(&[], &paragraph()))
    .case("random", "random pieces, most of them no words", |random| {
        let merges = paragraph();
        let ids: Vec<usize> = (0..40)
            .map(|nth| match nth % 3 {
                0 => 97 + random.below(26) as usize,
                _ => 256 + random.below(merges.len() as i64) as usize,
            })
            .collect();
        inputs(&ids, &merges)
    })
}

/// The bytes of each id.
fn pieces(merges: &[Pair]) -> Vec<Vec<u8>> {
    let mut pieces: Vec<Vec<u8>> = (0..=255).map(|byte| vec![byte]).collect();
    for &(left, right) in merges {
        pieces.push([&pieces[left][..], &pieces[right]].concat());
    }
    pieces
}

/// The pieces of the ids, one after the other.
fn in_order(x: &Inputs) -> Vec<Vec<u8>> {
    in_order_of(&pieces(&x.pairs("merges")), x)
}

/// The same of a table of pieces.
fn in_order_of(pieces: &[Vec<u8>], x: &Inputs) -> Vec<Vec<u8>> {
    x.ids("ids").iter().map(|&id| pieces[id].clone()).collect()
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn mistakes(task: Task) -> Task {
    let task = task
        .mistake("decoded-apart", |x| {
            let texts: Vec<String> = in_order(x).iter().map(|piece| lossy(piece)).collect();
            of_bytes(texts.concat())
        })
        .mistake("bytes-as-characters", |x| {
            let bytes = in_order(x).concat();
            of_bytes(
                bytes
                    .iter()
                    .map(|&byte| char::from(byte))
                    .collect::<String>(),
            )
        })
        .mistake("space-lost", |x| {
            of_bytes(lossy(&in_order(x).concat()).trim())
        })
        .form("space-lost", "space-lost-at-the-front", |x| {
            of_bytes(lossy(&in_order(x).concat()).trim_start())
        })
        .mistake("spaces-between-pieces", |x| {
            let texts: Vec<String> = in_order(x).iter().map(|piece| lossy(piece)).collect();
            of_bytes(texts.join(" "))
        });
    task.mistake("broken-bytes-dropped", |x| {
        let bytes = in_order(x).concat();
        let valid = bytes.utf8_chunks().map(|chunk| chunk.valid());
        of_bytes(valid.collect::<String>())
    })
    .form(
        "broken-bytes-dropped",
        "broken-bytes-as-question-marks",
        |x| {
            let text = lossy(&in_order(x).concat());
            of_bytes(text.replace(char::REPLACEMENT_CHARACTER, "?"))
        },
    )
    .mistake("nothing-if-broken", |x| {
        of_bytes(String::from_utf8(in_order(x).concat()).unwrap_or_default())
    })
    .mistake("a-sign-for-each-broken-byte", |x| {
        let mut text = String::new();
        for chunk in in_order(x).concat().utf8_chunks() {
            text += chunk.valid();
            text.extend(chunk.invalid().iter().map(|_| char::REPLACEMENT_CHARACTER));
        }
        of_bytes(text)
    })
    .mistake("right-before-left", |x| {
        let turned: Vec<Pair> = x
            .pairs("merges")
            .iter()
            .map(|&(left, right)| (right, left))
            .collect();
        of_bytes(lossy(
            &in_order(&x.clone().with_pairs("merges", &turned)).concat(),
        ))
    })
    .mistake("sides-taken-for-bytes", |x| {
        let mut pieces = pieces(&[]);
        for (left, right) in x.pairs("merges") {
            pieces.push(vec![left as u8, right as u8]);
        }
        of_bytes(lossy(&in_order_of(&pieces, x).concat()))
    })
    .mistake("ids-of-merges-off", |x| {
        // The piece of id 256 is none, and 257 is the first that is merged.
        let mut pieces = pieces(&[]);
        pieces.push(Vec::new());
        for (left, right) in x.pairs("merges") {
            pieces.push([&pieces[left][..], &pieces[right]].concat());
        }
        of_bytes(lossy(&in_order_of(&pieces, x).concat()))
    })
}
