//! Claims of `cross-entropy.md` and its quiz, computed.

use attentive_book::figures::random::normals;
use cross_entropy::{BatchLoss, bits_per_byte, cross_entropy, next_token_pairs, perplexity};
use ndarray::{Array2, Array3, ArrayView1, array, s};
use softmax::{log_softmax, softmax};

use crate::assert_close;
use crate::lesson::{Lesson, commas, joined, shown};
use crate::lessons::book_model;
use crate::quizzes::QuizClaims;

pub(crate) const QUIZ: QuizClaims = QuizClaims {
    numbers: &[
        ("cross-entropy-windows", || {
            let tokens: Vec<usize> = (0..96).collect();
            next_token_pairs(&tokens, 16, 16).inputs.nrows() as f64
        }),
        ("cross-entropy-cost", || {
            f64::from(of_probabilities(&[0.5, 0.1, 0.02]))
        }),
        ("cross-entropy-ignored", || {
            f64::from(of_costs(&array![
                [Some(2.0), Some(2.0), Some(2.0), Some(2.0)],
                [Some(7.0), None, None, None]
            ]))
        }),
        ("cross-entropy-smoothing", || f64::from(shares(0.2)[0])),
        ("cross-entropy-perplexity", || {
            f64::from(perplexity(&TWO_BATCHES))
        }),
        ("cross-entropy-bits", || {
            f64::from(bits_per_byte(&[batch(3.0, 250)], 1000))
        }),
    ],
    checks: &[
        ("cross-entropy-untrained", || {
            assert_close(f64::from(of_equal_logits(50_257)), 10.8, 0.05);
            // Sure of wrong tokens: logits that are spread far apart, by chance.
            let logs = log_softmax((normals((1, 50_257), 24) * 2.7).view());
            let loss = -logs.mean().expect("a class");
            assert_close(f64::from(loss), 14.2, 0.1);
        }),
        ("cross-entropy-compare", || {
            let [long, short] = [batch(2.5, 3), batch(1.4, 6)];
            assert!(perplexity(&[long]) > perplexity(&[short]));
            assert!(bits_per_byte(&[long], 12) < bits_per_byte(&[short], 12));
        }),
    ],
    slips: &[
        ("cross-entropy-windows", "6", || 96.0 / 16.0),
        ("cross-entropy-cost", "1.58", || {
            -((0.5_f32 + 0.1 + 0.02) / 3.0).ln()
        }),
        ("cross-entropy-cost", "3.32", || {
            of_probabilities(&[0.5, 0.1, 0.02]) / 2_f32.ln()
        }),
        ("cross-entropy-ignored", "4.5", || (2.0 + 7.0) / 2.0),
        ("cross-entropy-ignored", "1.875", || (4.0 * 2.0 + 7.0) / 8.0),
        ("cross-entropy-smoothing", "0.8", || 1.0 - 0.2),
        ("cross-entropy-perplexity", "33.1", || 3.5_f32.exp()),
        ("cross-entropy-perplexity", "77.9", || {
            (2_f32.exp() + 5_f32.exp()) / 2.0
        }),
        ("cross-entropy-bits", "0.75", || 3.0 * 250.0 / 1000.0),
        ("cross-entropy-bits", "0.52", || {
            3.0 * 250.0 / 1000.0 * 2_f32.ln()
        }),
        ("cross-entropy-bits", "4.33", || 3.0 / 2_f32.ln()),
    ],
};

const TWO_BATCHES: [BatchLoss; 2] = [batch(2.0, 300), batch(5.0, 100)];

const fn batch(mean: f32, counted: usize) -> BatchLoss {
    BatchLoss { mean, counted }
}

/// The loss of one sequence whose targets get these probabilities.
fn of_probabilities(probabilities: &[f32]) -> f32 {
    let costs: Vec<Option<f32>> = probabilities.iter().map(|p| Some(-p.ln())).collect();
    of_costs(&Array2::from_shape_vec((1, costs.len()), costs).expect("one row"))
}

/// The loss of positions that cost so much; those without a cost are ignored. Each has two classes.
fn of_costs(costs: &Array2<Option<f32>>) -> f32 {
    const IGNORED: usize = 2;
    let (batch, length) = costs.dim();
    let logits = Array3::from_shape_fn((batch, length, 2), |(sequence, position, class)| {
        let right = (-costs[(sequence, position)].unwrap_or(1.0)).exp();
        [right, 1.0 - right][class].ln()
    });
    let targets = costs.mapv(|cost| if cost.is_some() { 0 } else { IGNORED });
    cross_entropy(logits.view(), targets.view(), Some(IGNORED), 0.0)
}

/// The loss of a model whose logits are all equal.
fn of_equal_logits(vocabulary: usize) -> f32 {
    let logits = Array3::from_elem((1, 1, vocabulary), 0.25);
    cross_entropy(logits.view(), array![[7]].view(), None, 0.0)
}

/// The shares of four classes, of which the first is the target: what the cost counts the logarithm of each with.
fn shares(smoothing: f32) -> [f32; 4] {
    // A logit that is so far below the others costs its share of this distance.
    const FAR: f32 = 1000.0;
    [0, 1, 2, 3].map(|class| {
        let mut logits = Array3::zeros((1, 1, 4));
        logits[(0, 0, class)] = -FAR;
        let cost = cross_entropy(logits.view(), array![[0]].view(), None, smoothing);
        (cost - 3_f32.ln()) / FAR
    })
}

#[test]
fn the_predictions() {
    let lesson = Lesson::read("cross-entropy");
    let mut first = vec![0.5; 9];
    first.push(0.0001);
    let first = of_probabilities(&first);
    lesson.says(format!(
        "The second: {}, and the first has {}. The nine good predictions of the first cost {} each, and the bad one costs \
         {}, more than all the others together.",
        shown(of_probabilities(&[0.3]), 3),
        shown(first, 3),
        shown(of_probabilities(&[0.5]), 3),
        shown(of_probabilities(&[0.0001]), 3),
    ));
    assert!(of_probabilities(&[0.0001]) > 9.0 * of_probabilities(&[0.5]));
    lesson.says(format!(
        "the right token {} each time",
        shown((-first).exp(), 3)
    ));

    let mut again = vec![0.9; 19];
    again.push(1e-6);
    let again = of_probabilities(&again);
    lesson.says(format!(
        "The first, this time: {} against {}. Its one bad prediction costs {}, which is more than the other 19 together",
        shown(again, 3),
        shown(of_probabilities(&[0.4]), 3),
        shown(of_probabilities(&[1e-6]), 3),
    ));
    assert!(of_probabilities(&[1e-6]) > 19.0 * of_probabilities(&[0.9]));
    lesson.says(format!(
        "a probability of {} each time",
        shown((-again).exp(), 3)
    ));
}

#[test]
fn the_windows_by_hand() {
    let lesson = Lesson::read("cross-entropy");
    let pairs = next_token_pairs(&[7, 3, 9, 1, 4, 8, 2], 3, 3);
    for (head, windows) in [("inputs", pairs.inputs), ("targets", pairs.targets)] {
        let cells: Vec<String> = windows.rows().into_iter().map(words).collect();
        lesson.says(format!("| {head} | {} |", cells.join(" | ")));
    }
}

fn words(tokens: ArrayView1<'_, usize>) -> String {
    let tokens: Vec<String> = tokens.iter().map(usize::to_string).collect();
    tokens.join(" ")
}

#[test]
fn the_marks_of_a_model_that_knows_nothing() {
    let lesson = Lesson::read("cross-entropy");
    for (vocabulary, what) in [
        (29, "29, the [letters](transformer.md) of exercise 13"),
        (256, "256, single bytes"),
        (1024, "1,024, [`book-gpt`](book-model.md)"),
        (50_257, "50,257, GPT-2"),
    ] {
        lesson.row(what, &[of_equal_logits(vocabulary)], 2);
    }
    let says = |what: &str, loss: f32| {
        let perplexity = perplexity(&[batch(loss, 1)]).round() as usize;
        lesson.says(format!(
            "| {what} | {} | {} |",
            shown(loss, 2),
            commas(perplexity)
        ));
    };
    let recorded = |name| book_model::recorded("book-gpt", name) as f32;
    says("all tokens alike", of_equal_logits(1024));
    says("by frequencies", recorded("frequency_loss"));
    says(
        "trained, on text that was held out",
        recorded("held_out_loss"),
    );
    says(
        "trained, on text that it has learned from",
        recorded("train_loss"),
    );
    lesson.says(format!(
        "For the text of this book it is {}.",
        shown(recorded("frequency_loss"), 2)
    ));
    lesson.says(format!(
        "`book-gpt` has {} on what it knows by heart and {} on new pages",
        shown(recorded("train_loss"), 2),
        shown(recorded("held_out_loss"), 2)
    ));
}

#[test]
fn the_mean_of_two_sequences() {
    let lesson = Lesson::read("cross-entropy");
    let costs = array![
        [Some(1.0), Some(1.0), Some(1.0), Some(1.0)],
        [Some(6.0), None, None, None]
    ];
    let mean = of_costs(&costs);
    assert_close(f64::from(mean), 2.0, 1e-5);
    let [first, second] = [0, 1].map(|row| of_costs(&costs.slice(s![row..=row, ..]).to_owned()));
    lesson.says(format!(
        "have a mean of {}. If you averaged each sequence first, you would have {} and {}, and a mean of {}",
        shown(mean, 0),
        shown(first, 0),
        shown(second, 0),
        shown((first + second) / 2.0, 1),
    ));
}

#[test]
fn what_smoothing_asks_for() {
    let lesson = Lesson::read("cross-entropy");
    let shares = shares(0.1);
    lesson.says(format!(
        "the target has {} and each other class {}",
        shown(shares[0], 3),
        shown(shares[1], 3)
    ));
    let logits = Array3::from_shape_fn((1, 1, 4), |(_, _, class)| shares[class].ln());
    let loss = |logits: &Array3<f32>| cross_entropy(logits.view(), array![[0]].view(), None, 0.1);
    let lowest = loss(&logits);
    lesson.says(format!("here it is {}.", shown(lowest, 3)));
    lesson.says(format!(
        "its logits differ by no more than {}.",
        shown(logits[(0, 0, 0)] - logits[(0, 0, 1)], 2)
    ));
    for step in [-0.5, -0.1, 0.1, 0.5] {
        let mut other = logits.clone();
        other[(0, 0, 0)] += step;
        assert!(loss(&other) > lowest);
    }
}

#[test]
fn two_tokenizers() {
    let lesson = Lesson::read("cross-entropy");
    for (what, mean, tokens) in [("long tokens", 2.5, 3), ("short tokens", 1.4, 6)] {
        let batches = [batch(mean, tokens)];
        lesson.says(format!(
            "| {what} | {tokens} | {mean} | {} | {} | {} |",
            shown(perplexity(&batches), 1),
            shown(mean * tokens as f32, 1),
            shown(bits_per_byte(&batches, 12), 2),
        ));
    }
}

/// The logits of the worked example, after *the* and after *cat*.
fn worked_logits() -> Array2<f32> {
    array![[-1.0, 2.0, 0.0, 1.5, -2.0], [0.0, -1.0, 1.0, -0.5, 0.5]]
}

/// The loss of the worked example: with padding as a third position, and the same without it.
fn worked_loss(smoothing: f32) -> f32 {
    const PADDING: usize = 5;
    let logits = worked_logits();
    let batch_of = |rows: usize| {
        Array3::from_shape_fn((1, rows, 5), |(_, row, class)| logits[(row.min(1), class)])
    };
    let targets = array![[1, 2, PADDING]];
    let ignoring = cross_entropy(batch_of(3).view(), targets.view(), Some(PADDING), smoothing);
    let without = cross_entropy(
        batch_of(2).view(),
        targets.slice(s![.., ..2]),
        None,
        smoothing,
    );
    assert_close(f64::from(ignoring), f64::from(without), 1e-6);
    ignoring
}

#[test]
fn the_worked_example() {
    let lesson = Lesson::read("cross-entropy");
    let logits = worked_logits();
    let logs = log_softmax(logits.view());
    for (row, word) in ["the", "cat"].into_iter().enumerate() {
        let cells =
            |numbers: ArrayView1<'_, f32>, decimals| joined(&numbers.to_vec(), decimals, " | ");
        lesson.says(format!(
            "| logits after *{word}* | {} | | $\\ln P$ | {} |",
            cells(logits.row(row), 1),
            cells(logs.row(row), 3)
        ));
    }

    let plain = worked_loss(0.0);
    lesson.says(format!(
        "The first target, *cat*, costs {} and the second, *sleeps*, {}. The loss is their mean, {}.",
        shown(-logs[(0, 1)], 3),
        shown(-logs[(1, 2)], 3),
        shown(plain, 3)
    ));
    lesson.says(format!("$\\ln 5 \\approx {}$", shown(5_f32.ln(), 3)));
    lesson.says(format!(
        "The perplexity is {}:",
        shown(perplexity(&[batch(plain, 2)]), 3)
    ));
    lesson.says(format!(
        "all three positions, it would be {}.",
        shown(plain * 2.0 / 3.0, 3)
    ));
}

#[test]
fn the_worked_example_with_smoothing() {
    let lesson = Lesson::read("cross-entropy");
    let logs = log_softmax(worked_logits().view());
    let sums = logs.sum_axis(ndarray::Axis(1));
    let smoothed = |row: usize, target: usize| -0.9 * logs[(row, target)] - 0.02 * sums[row];
    lesson.says(format!(
        "add up to {}, so the first target costs $0.9 \\cdot {} + 0.02 \\cdot {} \\approx {}$. The second costs {}, and \
         the loss is {}.",
        shown(sums[0], 3),
        shown(-logs[(0, 1)], 3),
        shown(-sums[0], 3),
        shown(smoothed(0, 1), 3),
        shown(smoothed(1, 2), 3),
        shown(worked_loss(0.1), 3),
    ));
}

#[test]
fn the_worked_example_in_bits() {
    let lesson = Lesson::read("cross-entropy");
    let plain = worked_loss(0.0);
    let batches = [batch(plain, 2)];
    let bytes = " cat sleeps".len();
    lesson.says(format!(
        "The two targets cost {} nats together, which is {} bits. As text, “ cat sleeps” has {bytes} bytes: {} bits per \
         byte.",
        shown(2.0 * plain, 3),
        shown(bits_per_byte(&batches, 1), 3),
        shown(bits_per_byte(&batches, bytes), 3)
    ));
}

#[test]
fn numbers_in_the_sections_of_mistakes() {
    let lesson = Lesson::read("cross-entropy");
    // Probabilities as logits: 1 for the right token and 0 for all others.
    let mut twice = Array3::zeros((1, 1, 50_257));
    twice[(0, 0, 0)] = 1.0;
    let twice = cross_entropy(twice.view(), array![[0]].view(), None, 0.0);
    lesson.says(format!(
        "has a loss of {}, hardly below the {} of one that guesses",
        shown(twice, 1),
        shown(of_equal_logits(50_257), 1)
    ));
    lesson.says(format!(
        "the cost is at most {}",
        shown(-(1e-9_f32).ln(), 1)
    ));
    let far = array![[0.0_f32, -120.0, -1.0]];
    assert_eq!(softmax(far.view())[(0, 1)], 0.0);
    assert!(-log_softmax(far.view())[(0, 1)] > 120.0);
    lesson.says("A target whose logit is 120 below the largest has a probability of 0");
    let batches = [batch(1.0, 8), batch(5.0, 8)];
    lesson.says(format!(
        "losses of 1 and 5 have a perplexity of {}, and the mean of theirs is {}",
        shown(perplexity(&batches), 1),
        shown((1_f32.exp() + 5_f32.exp()) / 2.0, 1)
    ));
}
