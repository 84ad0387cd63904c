//! Claims about trained models, whose numbers are recorded: several lessons make them.

use attentive_book::figures::{self, HeatMap, Panel};
use ndarray::ArrayView1;

use crate::lesson::{Lesson, shown};
use crate::quizzes::QuizClaims;

pub(crate) const QUIZ: QuizClaims = QuizClaims {
    numbers: &[],
    checks: &[],
    slips: &[],
};

/// The heat maps of a figure.
fn heat_maps(figure: &str) -> Vec<HeatMap> {
    let panels = figures::figure(figure).expect("the figure").panels;
    let maps = panels.into_iter().map(|panel| match panel {
        Panel::HeatMap(map) => map,
        _ => panic!("{figure}: expected a heat map"),
    });
    maps.collect()
}

fn heat_map(figure: &str) -> HeatMap {
    let mut maps = heat_maps(figure);
    assert_eq!(maps.len(), 1, "{figure}");
    maps.remove(0)
}

/// Returns the column with the largest number.
fn largest(row: ArrayView1<'_, f32>) -> usize {
    let columns = 0..row.len();
    columns
        .max_by(|&a, &b| row[a].total_cmp(&row[b]))
        .expect("a column")
}

#[test]
fn nearly_all_tokens_of_the_sentences_attend_to_the_first() {
    let maps = heat_maps("trained-attention");
    assert_eq!(maps.len(), 3);
    let (mut first, mut all) = (0, 0);
    for map in maps {
        for row in map.values.rows() {
            assert!((row.sum() - 1.0).abs() < 1e-3, "weights of 1");
            first += usize::from(map.columns.labels[largest(row)] == "[CLS]");
            all += 1;
        }
    }
    Lesson::read("bert").says(format!("In {first} of the {all} rows"));
}

#[test]
fn two_signs_fill_the_gap() {
    let figure = figures::figure("gap-of-a-reaction").expect("the figure");
    let Panel::Bars(bars) = &figure.panels[0] else {
        panic!("bars")
    };
    assert_eq!(bars.axis.labels[..2], ["O", "Cl"]);
    let sum = bars.weights[0] + bars.weights[1];
    Lesson::read("bert").says(format!("gives {} to these two", shown(sum, 3)));
}

#[test]
fn each_atom_is_mapped_to_the_one_it_comes_from() {
    let map = heat_map("atom-mapping");
    assert_eq!(map.values.dim(), (10, 11));
    let chlorine = map.columns.labels.iter().position(|atom| atom == "Cl4");
    let chlorine = chlorine.expect("a chlorine");
    for (atom, row) in map.values.rows().into_iter().enumerate() {
        // The product has the atoms of the reactants in their order, without the chlorine.
        let from = if atom < chlorine { atom } else { atom + 1 };
        assert_eq!(largest(row), from, "{}", map.rows.labels[atom]);
    }
    let most = map.values.column(chlorine);
    let most = most.fold(0.0_f32, |most, &share| most.max(share));
    Lesson::read("multi-head-attention").says(format!("never gets more than {}", shown(most, 4)));
}

#[test]
fn a_greeting_has_more_tokens_in_greek() {
    let counts = heat_map("greetings");
    assert_eq!(counts.columns.labels[..3], ["English", "German", "Greek"]);
    let times = |tokenizer: usize| {
        shown(
            counts.values[(tokenizer, 2)] / counts.values[(tokenizer, 0)],
            1,
        )
    };
    Lesson::read("tokens").says(format!(
        "Greek has {} times as many tokens as English for BERT, and {} times as many for GPT-2",
        times(0),
        times(2)
    ));
}

#[test]
fn subjects_weigh_more_than_opinions() {
    let map = heat_map("reviews");
    // By a reader's judgement: the film that bored, and the one not to be seen again, are the negative ones.
    let positive = [true, true, false, true, false];
    let margins: Vec<f32> = map
        .values
        .rows()
        .into_iter()
        .map(|row| row[0] - row[1])
        .collect();
    assert_eq!(margins.len(), positive.len());
    let right = margins.iter().zip(positive);
    let right = right.filter(|(margin, positive)| (**margin > 0.0) == *positive);
    let right: Vec<f32> = right.map(|(margin, _)| margin.abs()).collect();
    let small = right.iter().filter(|margin| **margin < 0.05).count();
    assert_eq!((right.len(), small), (4, 3));
    let lesson = Lesson::read("pre-training");
    lesson.says(
        "In four of the five, the larger number is where it should be, but in three of these",
    );
    lesson.says(format!(
        "{} against {}",
        shown(map.values[(0, 0)], 2),
        shown(map.values[(0, 1)], 2)
    ));
}
