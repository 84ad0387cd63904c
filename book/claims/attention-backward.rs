//! Claims of `attention-backward.md` and its quiz, computed.

use attention_backward::{
    AttentionGradients, MultiHeadGradients, ProjectionGradients, Projections, attention_backward,
    multi_head_backward, self_attention_backward,
};
use attentive_book::figures::lessons::attention_backward::dscores;
use attentive_book::figures::random::normals;
use ndarray::{Array1, Array2, Array3, Axis, array};
use scaled_dot_product::attention;

use crate::assert_close;
use crate::lesson::{Lesson, joined, shown};
use crate::quizzes::QuizClaims;

pub(crate) const QUIZ: QuizClaims = QuizClaims {
    numbers: &[
        ("attention-backward-row", || {
            f64::from(row(&QUIZ_WEIGHTS, &QUIZ_DWEIGHTS)[0])
        }),
        (
            "attention-backward-scale",
            || f64::from(first_entry_of_dq()),
        ),
        ("attention-backward-self", || {
            // The three gradients of one entry, as the sum that self-attention returns.
            let (layer, x) = (Layer::new(), normals((1, 3, 4), 1));
            let of_all = layer.gradients(&x);
            let (dx, _) = layer.of_self_attention(&x);
            let sum = &of_all.dquery + &of_all.dkey + &of_all.dvalue;
            assert_eq!(dx, sum);
            0.3 - 0.1 + 0.4
        }),
    ],
    checks: &[
        ("attention-backward-shapes", || {
            let (q, k) = (normals((5, 4), 1), normals((7, 4), 2));
            let (v, dy) = (normals((7, 3), 3), normals((5, 3), 4));
            let (_, weights) = attention(q.view(), k.view(), v.view(), None);
            let dv = attention_backward(q.view(), k.view(), v.view(), None, dy.view()).dv;
            assert_arrays_close(&dv, &weights.t().dot(&dy));
            assert_eq!(dy.dot(&v.t()).dim(), weights.dim());
        }),
        ("attention-backward-blocked", || {
            let (q, k) = (normals((3, 4), 1), normals((5, 4), 2));
            let (v, mut dy) = (normals((5, 2), 3), normals((3, 2), 4));
            let mask = Array2::from_shape_fn((3, 5), |(query, _)| query != 1);
            let backward = |dy: &Array2<f32>| {
                attention_backward(q.view(), k.view(), v.view(), Some(mask.view()), dy.view())
            };
            let before = backward(&dy);
            dy.row_mut(1).fill(100.0);
            assert_eq!(backward(&dy), before);
            assert!(before.dq.row(1).iter().all(|&entry| entry == 0.0));
        }),
        ("attention-backward-bias", || {
            let gradients = Layer::new().gradients(&normals((1, 3, 4), 1)).projections;
            assert!(largest(&gradients.db_k) < 1e-5);
            for bias in [&gradients.db_q, &gradients.db_v, &gradients.db_o] {
                assert!(largest(bias) > 1e-2, "{bias}");
            }
        }),
        ("attention-backward-zeros", || {
            let (scores, dweights) = (normals((4, 5), 1), normals((4, 5), 2));
            let dscores = dscores(scores.view(), None, dweights.view());
            assert!(largest(&dscores.sum_axis(Axis(1))) < 1e-5);
            assert!(largest(&dscores.sum_axis(Axis(0))) > 1e-2);
            assert!(largest(&dweights.sum_axis(Axis(1))) > 1e-2);
            let (gradients, dy) = some_gradients();
            assert!(largest(&gradients.dk.sum_axis(Axis(0))) < 1e-5);
            let difference = gradients.dv.sum_axis(Axis(0)) - dy.sum_axis(Axis(0));
            assert!(largest(&difference) < 1e-5, "{difference}");
        }),
        ("attention-backward-saturated", || {
            let q = array![[300.0]];
            let (k, v) = (array![[1.0], [0.0], [-1.0]], normals((3, 2), 1));
            let dy = array![[1.0, 2.0]];
            let gradients = attention_backward(q.view(), k.view(), v.view(), None, dy.view());
            assert!(gradients.dq.iter().chain(&gradients.dk).all(|&x| x == 0.0));
            assert_eq!(gradients.dv, array![[1.0, 2.0], [0.0, 0.0], [0.0, 0.0]]);
        }),
    ],
    slips: &[
        ("attention-backward-row", "1", || {
            QUIZ_WEIGHTS[0] * QUIZ_DWEIGHTS[0]
        }),
        ("attention-backward-row", "0.5", || {
            QUIZ_WEIGHTS[0] * (1.0 - QUIZ_WEIGHTS[0]) * QUIZ_DWEIGHTS[0]
        }),
        ("attention-backward-row", "0.833", || {
            let mean = QUIZ_DWEIGHTS.iter().sum::<f32>() / 3.0;
            QUIZ_WEIGHTS[0] * (QUIZ_DWEIGHTS[0] - mean)
        }),
        ("attention-backward-scale", "0.8", || {
            first_entry_of_dq() * 8.0
        }),
        ("attention-backward-scale", "0.0125", || {
            first_entry_of_dq() / 8.0
        }),
        ("attention-backward-scale", "6.4", || {
            first_entry_of_dq() * 64.0
        }),
        ("attention-backward-self", "0.3", || 0.3),
        ("attention-backward-self", "0.2", || 0.6 / 3.0),
    ],
};

/// The row of weights and that of dP in the quiz.
const QUIZ_WEIGHTS: [f32; 3] = [0.5, 0.3, 0.2];
const QUIZ_DWEIGHTS: [f32; 3] = [2.0, 0.0, -1.0];

/// A row of dS, from one of weights and one of dP.
fn row(weights: &[f32], dweights: &[f32]) -> Vec<f32> {
    let matrix = |row: &[f32]| Array1::from(row.to_vec()).insert_axis(Axis(0));
    let scores = matrix(weights).ln();
    dscores(scores.view(), None, matrix(dweights).view())
        .row(0)
        .to_vec()
}

/// The first entry of dQ for a query of 64 features. Its row of dS is 0.4 and −0.4, and the first features of the keys
/// are 3 and 1.
fn first_entry_of_dq() -> f32 {
    let (q, mut k) = (Array2::zeros((1, 64)), Array2::zeros((2, 64)));
    (k[(0, 0)], k[(1, 0)]) = (3.0, 1.0);
    // Equal weights of ½ turn values of ±0.8 into a dS of ±0.4.
    let v = array![[0.8], [-0.8]];
    let dy = array![[1.0]];
    attention_backward(q.view(), k.view(), v.view(), None, dy.view()).dq[(0, 0)]
}

/// The gradients of random queries, keys and values, and dy.
fn some_gradients() -> (AttentionGradients, Array2<f32>) {
    let (q, k) = (normals((4, 3), 1), normals((5, 3), 2));
    let (v, dy) = (normals((5, 2), 3), normals((4, 2), 4));
    let gradients = attention_backward(q.view(), k.view(), v.view(), None, dy.view());
    (gradients, dy)
}

/// Self-attention with two heads and random weights.
struct Layer {
    w: [Array2<f32>; 4],
    b: [Array1<f32>; 4],
    dy: Array3<f32>,
}

impl Layer {
    fn new() -> Self {
        Self {
            w: [11, 12, 13, 14].map(|seed| normals((4, 4), seed) / 2.0),
            b: [21, 22, 23, 24].map(|seed| normals(4, seed)),
            dy: normals((1, 3, 4), 31),
        }
    }

    fn projections(&self) -> Projections<'_> {
        Projections {
            w_q: self.w[0].view(),
            b_q: self.b[0].view(),
            w_k: self.w[1].view(),
            b_k: self.b[1].view(),
            w_v: self.w[2].view(),
            b_v: self.b[2].view(),
            w_o: self.w[3].view(),
            b_o: self.b[3].view(),
        }
    }

    fn gradients(&self, x: &Array3<f32>) -> MultiHeadGradients {
        let (x, dy) = (x.view(), self.dy.view());
        multi_head_backward(x, x, x, &self.projections(), 2, None, dy)
    }

    fn of_self_attention(&self, x: &Array3<f32>) -> (Array3<f32>, ProjectionGradients) {
        self_attention_backward(x.view(), &self.projections(), 2, None, self.dy.view())
    }
}

fn largest(numbers: &Array1<f32>) -> f32 {
    numbers.fold(0.0_f32, |most, x| most.max(x.abs()))
}

fn assert_arrays_close(found: &Array2<f32>, expected: &Array2<f32>) {
    assert_eq!(found.shape(), expected.shape());
    let error = (found - expected).fold(0.0_f32, |most, x| most.max(x.abs()));
    assert!(error < 1e-5, "{found} and {expected}");
}

/// The queries, keys, values and dy of the worked example.
fn example() -> [Array2<f32>; 4] {
    let (seven, two) = (7_f32.ln(), 2_f32.ln());
    [
        array![[2.0, 0.0, 0.0, 0.0]],
        array![
            [seven, 1.0, 0.0, 0.0],
            [two, 0.0, 1.0, 0.0],
            [0.0, 0.0, 0.0, 1.0]
        ],
        array![[1.0, 0.0], [0.0, 1.0], [2.0, 2.0]],
        array![[1.0, -1.0]],
    ]
}

/// The loss of the worked example, y · dy.
fn loss(q: &Array2<f32>, k: &Array2<f32>, v: &Array2<f32>, dy: &Array2<f32>) -> f32 {
    let (output, _) = attention(q.view(), k.view(), v.view(), None);
    (output * dy).sum()
}

#[test]
fn the_predictions() {
    let lesson = Lesson::read("attention-backward");
    let weights = [0.7, 0.2, 0.1];
    assert!(
        row(&weights, &[5.0; 3])
            .iter()
            .all(|dscore| dscore.abs() < 1e-5)
    );
    let [first, second, third] = row(&weights, &[5.0, 5.0, 15.0])[..] else {
        panic!("three scores")
    };
    lesson.says(format!(
        "so they are {}, {} and {}.",
        shown(first, 1),
        shown(second, 1),
        shown(third, 1)
    ));
    let mean: f32 = weights
        .iter()
        .zip([5.0, 5.0, 15.0])
        .map(|(p, dp)| p * dp)
        .sum();
    lesson.says(format!("0.1 \\cdot 15 = {}$", shown(mean, 0)));
}

#[test]
fn the_table_of_the_worked_example() {
    let lesson = Lesson::read("attention-backward");
    let [q, k, v, dy] = example();
    let (output, weights) = attention(q.view(), k.view(), v.view(), None);
    let (output, weights) = (output.row(0).to_owned(), weights.row(0).to_owned());
    lesson.says(format!("y = ({})", joined(&output.to_vec(), 1, r",\ ")));
    lesson.row("$P$", &weights.to_vec(), 3);
    let dweights = dy.dot(&v.t()).row(0).to_owned();
    lesson.row(
        r"$\mathrm{d}P = \mathrm{d}y\, V^\top$",
        &dweights.to_vec(),
        3,
    );
    let mean = (&weights * &dweights).sum();
    lesson.says(format!("Here $m = 0.7 - 0.2 = {}$", shown(mean, 1)));
    assert_close(
        f64::from((&output * &dy.row(0)).sum()),
        f64::from(mean),
        1e-6,
    );
    lesson.row(r"$\mathrm{d}P - m$", &(&dweights - mean).to_vec(), 3);
    let dscores = row(&weights.to_vec(), &dweights.to_vec());
    lesson.row(r"$\mathrm{d}S = P \odot (\mathrm{d}P - m)$", &dscores, 3);
    let diagonal = &weights * &weights.mapv(|p| 1.0 - p) * &dweights;
    let [first, second, third] = diagonal.to_vec()[..] else {
        panic!("three scores")
    };
    lesson.says(format!(
        "would be {}, {} and {}, which adds up to {}.",
        shown(first, 3),
        shown(second, 3),
        shown(third, 3),
        shown(diagonal.sum(), 3)
    ));
}

#[test]
fn the_gradients_of_the_worked_example() {
    let lesson = Lesson::read("attention-backward");
    let [q, mut k, v, dy] = example();
    let gradients = attention_backward(q.view(), k.view(), v.view(), None, dy.view());
    let dq = gradients.dq.row(0).to_vec();
    lesson.says(format!("K = ({})", joined(&dq, 3, r",\ ")));
    let first_features = gradients.dk.column(0).to_vec();
    for feature in &first_features {
        lesson.says(format!("{} & 0 & 0 & 0", shown(*feature, 2)));
    }
    assert!(
        gradients
            .dk
            .columns()
            .into_iter()
            .skip(1)
            .flatten()
            .all(|&x| x == 0.0)
    );
    lesson.matrix(&gradients.dv, 1);
    for (sum, dy) in gradients.dv.sum_axis(Axis(0)).iter().zip(&dy) {
        assert_close(f64::from(*sum), f64::from(*dy), 1e-6);
    }
    let before = loss(&q, &k, &v, &dy);
    k[(0, 0)] += 0.01;
    let grown = loss(&q, &k, &v, &dy) - before;
    assert_close(f64::from(grown), 0.01 * f64::from(first_features[0]), 5e-5);
    lesson.says(format!(
        "the loss grows by about {}.",
        shown(0.01 * first_features[0], 4)
    ));
}

#[test]
fn the_scores_of_the_worked_example_are_logarithms() {
    let lesson = Lesson::read("attention-backward");
    let [q, k, ..] = example();
    let scores = scaled_dot_product::scores(q.view(), k.view())
        .row(0)
        .to_vec();
    let [first, second, third] = scores[..] else {
        panic!("three scores")
    };
    lesson.says(format!(
        "which is {}, {} and {}, the logarithms of 7, 2 and 1",
        shown(first, 3),
        shown(second, 3),
        shown(third, 0)
    ));
    // 64 features without a division.
    assert_close(64_f64.sqrt(), 8.0, 0.0);
    lesson.says("scores have a standard deviation of 8:");
}
