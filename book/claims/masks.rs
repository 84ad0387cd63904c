//! Claims of `masks.md` and its quiz, computed.

use masks::{causal, combine, padding, sliding_window};
use ndarray::{Array2, Axis};

use crate::lesson::{Lesson, joined};
use crate::quizzes::QuizClaims;

pub(crate) const QUIZ: QuizClaims = QuizClaims {
    numbers: &[
        ("masks-causal-count", || allowed(&causal(3, 8))),
        ("masks-window-count", || allowed(&sliding_window(6, 6, 3))),
    ],
    checks: &[
        ("masks-one-query", || {
            let sees = |may: fn(usize, usize) -> bool| (0..10).filter(|&key| may(key, 0)).count();
            assert_eq!(
                (
                    sees(|key, query| key <= query),
                    sees(|key, query| key < query)
                ),
                (1, 0)
            );
            assert_eq!(allowed(&causal(1, 10)), 10.0);
        }),
        ("masks-polarity", || {
            let read_the_other_way = causal(5, 5).mapv(|may| !may);
            for (query, row) in read_the_other_way.rows().into_iter().enumerate() {
                assert!(
                    row.iter()
                        .enumerate()
                        .all(|(key, &may)| may == (key > query))
                );
            }
        }),
        ("masks-combined", || {
            let mask = combine(padding(&[3], 5).view(), causal(5, 5).view());
            let entries =
                [(1, 0), (1, 2), (4, 2), (4, 3)].map(|(query, key)| mask[(0, query, key)]);
            assert_eq!(entries, [true, false, true, false]);
        }),
    ],
    slips: &[
        ("masks-causal-count", "6", || {
            let top_left = Array2::from_shape_fn((3, 8), |(query, key)| key <= query);
            assert_ne!(top_left, causal(3, 8));
            count(&top_left)
        }),
        ("masks-window-count", "18", || {
            count(&sliding_window(6, 6, 4))
        }),
    ],
};

#[test]
fn the_masks_of_the_worked_example() {
    let lesson = Lesson::read("masks");
    let both = combine(padding(&[4], 5).view(), causal(3, 5).view())
        .index_axis(Axis(0), 0)
        .to_owned();
    for mask in [causal(3, 5), sliding_window(3, 5, 2), both] {
        let rows: Vec<String> = mask
            .rows()
            .into_iter()
            .map(|row| joined(&row.mapv(|may| f32::from(u8::from(may))).to_vec(), 0, " & "))
            .collect();
        lesson.says(format!(
            r"\begin{{pmatrix}} {} \end{{pmatrix}}",
            rows.join(r" \\ ")
        ));
    }
    assert_eq!(allowed(&causal(2, 7)), 13.0);
    lesson.says("Thirteen.");
}

#[test]
fn three_new_tokens_after_six() {
    let lesson = Lesson::read("masks");
    let at_the_left = Array2::from_shape_fn((3, 9), |(query, key)| key <= query);
    lesson.says(format!("{}. The queries", allowed(&causal(3, 9))));
    lesson.says(format!(
        "If you found {}, your triangle",
        allowed(&at_the_left)
    ));
}

fn allowed(mask: &Array2<bool>) -> f64 {
    mask.iter().filter(|&&may| may).count() as f64
}

fn count(mask: &Array2<bool>) -> f32 {
    mask.iter().filter(|&&may| may).count() as f32
}
