//! Claims of `costs.md` and its quiz, computed.

use attentive_book::figures::random::normals;
use masks::{causal, sliding_window};
use ndarray::{ArrayView1, Axis, array, s};
use scaled_dot_product::attention;
use softmax::softmax;

use crate::assert_rows_close;
use crate::lesson::{Lesson, commas};
use crate::quizzes::QuizClaims;

pub(crate) const QUIZ: QuizClaims = QuizClaims {
    numbers: &[
        ("costs-crossover", || {
            let d = 1024.0;
            let quadratic_is_less = |n: &f64| 2.0 * n * n * d < 12.0 * n * d * d;
            (1..)
                .map(f64::from)
                .find(|n| !quadratic_is_less(n))
                .unwrap_or_default()
        }),
        ("costs-longer", || (30.0 * 30.0) / (10.0 * 10.0)),
        ("costs-cache", || f64::from(2 * 12 * 768 * 2) / 1024.0),
        ("costs-no-cache", || f64::from((1..=100).sum::<u32>())),
        ("costs-bandwidth", || 100e9 / (8e9 * 2.0)),
    ],
    checks: &[],
    slips: &[("costs-bandwidth", "12.5", || 100e9 / 8e9)],
};

/// A decoder in the manner of Llama: no biases, RMS norms, SwiGLU, and an output layer of its own.
struct Decoder {
    d_model: usize,
    d_ff: usize,
    blocks: usize,
    key_width: usize,
    vocabulary: usize,
    /// Feed-forward layers in each block.
    experts: usize,
}

impl Decoder {
    fn attention(&self) -> usize {
        self.blocks * (2 * self.d_model * self.d_model + 2 * self.d_model * self.key_width)
    }

    fn feed_forward(&self, experts: usize) -> usize {
        self.blocks * experts * 3 * self.d_model * self.d_ff
    }

    /// A single feed-forward layer needs no router.
    fn routers(&self) -> usize {
        if self.experts == 1 {
            return 0;
        }
        self.blocks * self.experts * self.d_model
    }

    fn norms_and_embeddings(&self) -> usize {
        (2 * self.blocks + 1) * self.d_model + 2 * self.vocabulary * self.d_model
    }

    /// The parameters that a token meets if it is sent to so many experts.
    fn parameters(&self, experts: usize) -> usize {
        self.attention() + self.feed_forward(experts) + self.routers() + self.norms_and_embeddings()
    }
}

#[test]
fn reading_the_weights_takes_longer_than_multiplying_by_them() {
    let lesson = Lesson::read("costs");
    let llama_2 = Decoder {
        d_model: 4096,
        d_ff: 11_008,
        blocks: 32,
        key_width: 4096,
        vocabulary: 32_000,
        experts: 1,
    };
    let parameters = llama_2.parameters(1);
    lesson.says(format!("{} parameters", commas(parameters)));
    let bytes = 2.0 * parameters as f64;
    let (reading, multiplying) = (bytes / 1e12, parameters as f64 / 1e14);
    lesson.says(format!(
        "| {:.1} GB | {:.1} ms |",
        bytes / 1e9,
        1e3 * reading
    ));
    lesson.says(format!(
        "| {:.1} · 10⁹ | {:.2} ms |",
        parameters as f64 / 1e9,
        1e3 * multiplying
    ));
    lesson.says(format!(
        "at most {:.0} tokens per second",
        (1.0 / reading).floor()
    ));
    lesson.says(format!(
        "for {:.1} % of the time",
        100.0 * multiplying / reading
    ));
}

#[test]
fn a_mixture_of_experts_in_all_and_per_token() {
    let lesson = Lesson::read("costs");
    let mixtral = Decoder {
        d_model: 4096,
        d_ff: 14_336,
        blocks: 32,
        key_width: 1024,
        vocabulary: 32_000,
        experts: 8,
    };
    let row = |all: usize, used: usize| format!("| {} | {} |", commas(all), commas(used));
    for part in [
        row(mixtral.feed_forward(8), mixtral.feed_forward(2)),
        row(mixtral.attention(), mixtral.attention()),
        row(mixtral.routers(), mixtral.routers()),
        row(
            mixtral.norms_and_embeddings(),
            mixtral.norms_and_embeddings(),
        ),
        row(mixtral.parameters(8), mixtral.parameters(2)),
    ] {
        lesson.says(part);
    }
    let [all, used] = [8, 2].map(|experts| mixtral.parameters(experts) as f64 / 1e9);
    lesson.says(format!(
        "with {all:.1} billion parameters and the multiplications of one with {used:.1} billion"
    ));
    let gates = softmax(array![[2.0, 1.0]].view()).row(0).to_vec();
    assert_rows_close(&gates, &[0.731, 0.269], 0.0005);
}

#[test]
fn a_wider_model_pays_for_attention_later() {
    let lesson = Lesson::read("costs");
    let share = |n: f64, d: f64| {
        let (linear, quadratic) = multiplications(n, d);
        100.0 * quadratic / (linear + quadratic)
    };
    lesson.says(format!("{:.0} %. The share", share(32_768.0, 4096.0)));
    lesson.says(format!("768 has {:.0} %", share(32_768.0, 768.0)));
    lesson.says(format!(
        "Attention has {:.0} % of the",
        share(1024.0, 768.0)
    ));
    lesson.says(format!("tokens it has {:.1} %", share(128.0, 768.0)));
}

// ANCHOR: online
/// The maximum of a row, and the sum of the exponentials after it is subtracted.
///
/// The row comes in blocks, and each is read only once.
fn online(blocks: &[ArrayView1<'_, f32>]) -> (f32, f32) {
    let (mut max, mut sum) = (f32::NEG_INFINITY, 0.0);
    for block in blocks {
        let new = block.fold(max, |max, &score| max.max(score));
        let here = block.mapv(|score| (score - new).exp()).sum();
        sum = sum * (max - new).exp() + here;
        max = new;
    }
    (max, sum)
}
// ANCHOR_END: online

#[test]
fn a_softmax_from_two_blocks_is_that_of_the_whole_row() {
    let row = array![1.0, 2.0, 4.0, 3.0];
    let (first, second) = row.view().split_at(Axis(0), 2);
    let ((max_1, sum_1), (max, sum)) = (online(&[first]), online(&[first, second]));
    assert_rows_close(&[max_1, sum_1, max, sum], &[2.0, 1.368, 4.0, 1.553], 0.0005);
    let weights = row.mapv(|score| (score - max).exp() / sum).to_vec();
    assert_rows_close(
        &weights,
        softmax(row.insert_axis(Axis(0)).view())
            .as_slice()
            .expect("one row"),
        1e-6,
    );
    assert_rows_close(&weights, &[0.032, 0.087, 0.644, 0.237], 0.0005);
}

/// The multiplications of a block for `n` positions: those that grow with n, and those that grow with n².
fn multiplications(n: f64, d: f64) -> (f64, f64) {
    (12.0 * n * d * d, 2.0 * n * n * d)
}

#[test]
fn the_quadratic_part_is_small_until_the_length_is_six_times_the_width() {
    let lesson = Lesson::read("costs");
    for (length, n) in [
        ("128", 128.0),
        ("512", 512.0),
        ("1024", 1024.0),
        ("4608", 4608.0),
        ("32,768", 32_768.0),
    ] {
        let (linear, quadratic) = multiplications(n, 768.0);
        let share = 100.0 * quadratic / (linear + quadratic);
        let [linear, quadratic] = [linear, quadratic].map(|number| {
            let billions = number / 1e9;
            let decimals = if billions < 10.0 {
                2
            } else if billions < 100.0 {
                1
            } else {
                0
            };
            format!("{billions:.decimals$} · 10⁹")
        });
        let weights = 12.0 * n * n * 4.0;
        let weights = match weights {
            small if small < 1e6 => format!("{:.2} MB", small / 1e6),
            large if large >= 1e10 => format!("{:.1} GB", large / 1e9),
            large if large >= 1e9 => format!("{:.2} GB", large / 1e9),
            middle => format!("{:.1} MB", middle / 1e6),
        };
        lesson.says(format!(
            "| {length} | {linear} | {quadratic} | {share:.1} % | {weights} |"
        ));
    }
}

#[test]
fn the_cache_in_bytes() {
    let lesson = Lesson::read("costs");
    let cache = |layers: usize, width: usize| 2 * layers * width * 2; // keys and values, two bytes each
    for (model, layers, width, as_written) in [
        ("GPT-2", 12, 768, "768"),
        ("Llama 2, 7 B", 32, 4096, "4096"),
        ("Llama 3, 8 B", 32, 8 * 128, "8 × 128 = 1024"),
    ] {
        let kibibytes = cache(layers, width) / 1024;
        lesson.says(format!(
            "| {model} | {layers} | {as_written} | {kibibytes} KiB |"
        ));
    }
    assert_eq!(4096 * cache(32, 4096), 2 << 30);
    lesson.says(format!("= {} positions", commas((1..=1000).sum())));
}

#[test]
fn a_window_makes_the_scores_grow_with_the_length() {
    // As `sliding_window` counts them, without a mask of 2³⁰ entries.
    let scores = |n: u64, window: u64| window * (window + 1) / 2 + (n - window) * window;
    let small = sliding_window(50, 50, 7).iter().filter(|&&may| may).count();
    assert_eq!(small as u64, scores(50, 7));
    let lesson = Lesson::read("costs");
    for allowed in [scores(32_768, 32_768), scores(32_768, 4096)] {
        lesson.says(commas(allowed as usize));
    }
}

#[test]
fn keys_that_were_kept_give_the_same_output_as_keys_computed_anew() {
    let [q, k, v] = [1, 2, 3].map(|seed| normals((6, 4), seed));
    let mask = causal(6, 6);
    let (all, _) = attention(q.view(), k.view(), v.view(), Some(mask.view()));
    let (last, _) = attention(q.slice(s![5.., ..]), k.view(), v.view(), None);
    assert_rows_close(&last.row(0).to_vec(), &all.row(5).to_vec(), 1e-6);
}
