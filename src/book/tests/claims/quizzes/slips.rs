//! The numbers that reasons say one finds by a slip: "If you found 0.114, you masked after the softmax".

use attentive_quiz::Kind;
use feed_forward::erf;
use masks::{causal, sliding_window};
use multiplicative_attention::{dot, general};
use ndarray::{Array2, array};
use rotary_embedding::{Layout, rotate};
use scaled_dot_product::scores;
use softmax::softmax;

/// The question, the number as its reason says it, and the slip.
type Slip = (&'static str, &'static str, fn() -> f32);

const SLIPS: &[Slip] = &[
    ("softmax-masked", "0.114", || {
        softmax(array![[1.0, 2.0, 4.0]].view())[(0, 1)]
    }),
    ("softmax-masked", "0.156", || {
        let weights = softmax(array![[1.0, 2.0, 4.0]].view());
        weights[(0, 0)] + weights[(0, 1)]
    }),
    ("pooling-weight", "0.787", || {
        softmax(array![[2.0, 0.0, 0.0]].view())[(0, 0)]
    }),
    ("additive-score", "2.77", || {
        3.0 * (0.5_f32.tanh() + 0.5_f32.tanh())
    }),
    ("multiplicative-general", "11", || {
        let w_a: Array2<f32> = array![[0.0, 2.0], [-1.0, 0.0]];
        general(
            array![[1.0, 2.0]].view(),
            array![[3.0, 1.0]].view(),
            w_a.t(),
        )[(0, 0)]
    }),
    ("multiplicative-general", "5", || {
        dot(array![[1.0, 2.0]].view(), array![[3.0, 1.0]].view())[(0, 0)]
    }),
    ("scaled-weight", "0.881", || of_first(2_f32.sqrt())),
    ("scaled-weight", "0.731", || of_first(1.0 / 2_f32.sqrt())),
    ("masks-causal-count", "6", || {
        let top_left = Array2::from_shape_fn((3, 8), |(query, key)| key <= query);
        assert_ne!(top_left, causal(3, 8));
        count(&top_left)
    }),
    ("masks-window-count", "18", || {
        count(&sliding_window(6, 6, 4))
    }),
    ("heads-width", "12", || 12.0),
    ("positions-entry", "0.0002", || {
        let (position, column, d_model) = (2.0, 2.0, 4.0);
        (position / 10_000_f32.powf(2.0 * column / d_model)).sin()
    }),
    ("norm-largest", "1", || {
        array![1.0_f32, 2.0, 3.0].std(1.0).recip()
    }),
    ("norm-rms", "0.6", || {
        3.0 / array![3.0_f32, 4.0].dot(&array![3.0, 4.0]).sqrt()
    }),
    ("ffn-gelu", "0.92", || 0.5 * (1.0 + erf(1.0))),
    ("ffn-gelu", "0.73", || 1.0 / (1.0 + (-1_f32).exp())),
    ("encoder-dropout", "0.9", || 0.9),
    ("encoder-dropout", "0.81", || 0.9 * (1.0 - 0.1)),
    ("encoder-dropout", "9", || 0.9 / 0.1),
    ("rotary-second", "−0.141", || {
        -rotate(array![[1.0, 0.0]].view(), 3, Layout::Interleaved)[(0, 1)]
    }),
    ("rotary-theta", "0.1", || 10_000_f32.powf(-1.0 / 4.0)),
    ("generation-temperature", "0.62", || {
        softmax((array![[2.0, 1.0]] * 0.5).view())[(0, 0)]
    }),
];

fn count(mask: &Array2<bool>) -> f32 {
    mask.iter().filter(|&&may| may).count() as f32
}

/// The weight of the first key in `scaled-weight`, with its scores multiplied by `factor`.
fn of_first(factor: f32) -> f32 {
    let scores = scores(
        array![[1.0, 1.0]].view(),
        array![[2.0, 0.0], [0.0, 0.0]].view(),
    );
    softmax((scores * factor).view())[(0, 0)]
}

#[test]
fn slips_lead_to_the_numbers_that_reasons_say() {
    for quiz in super::all() {
        for question in quiz.questions {
            let Kind::Number {
                answer,
                tolerance,
                why,
            } = &question.kind
            else {
                continue;
            };
            let slips: Vec<_> = SLIPS.iter().filter(|(id, ..)| *id == question.id).collect();
            assert_eq!(
                why.contains("If you "),
                !slips.is_empty(),
                "{}: {why}",
                question.id
            );
            for (id, said, slip) in slips {
                assert!(why.contains(said), "{id}: the reason does not say {said}");
                let number: f64 = said.replace('−', "-").parse().expect("a number");
                let decimals = said
                    .split_once('.')
                    .map_or(0, |(_, decimals)| decimals.len() as i32);
                let found = f64::from(slip());
                assert!(
                    (found - number).abs() <= 0.51 * 10_f64.powi(-decimals),
                    "{id}: {found}, said {said}"
                );
                assert!(
                    (found - answer).abs() > *tolerance,
                    "{id}: {said} would pass"
                );
            }
        }
    }
}
