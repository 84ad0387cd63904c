//! `why-attention.md`: a word that fades.

use crate::worked::{Lesson, shown};

#[test]
fn the_first_word_fades_from_a_recurrent_state() {
    // h ← 0.9 h + 0.1 x, where only the first x is not 0.
    let part_of_the_first = |length: usize| (1..length).fold(0.1, |h, _| 0.9 * h);
    let lesson = Lesson::read("why-attention");
    for (power, length) in [("0.9^4", 5), ("0.9^{29}", 30)] {
        lesson.says(format!(
            r"{power} \approx {}",
            shown(part_of_the_first(length), 4)
        ));
    }
}
