//! Claims of `llama.md` and its quiz, computed.

use attentive_book::figures::lessons::llama::{RandomLlama, Sizes};
use feed_forward::{gelu, gelu_tanh, swiglu};
use layer_norm::{layer_norm, rms_norm};
use llama::{
    BlockWeights, Cache, Config, Llama, block, empty_cache, grouped_query_attention, logits,
    merge_heads, rotate, split_heads,
};
use ndarray::{
    Array1, Array2, Array3, ArrayView1, ArrayView2, ArrayView3, Axis, array, concatenate, s,
};

use crate::lesson::{Lesson, commas, joined, shown};
use crate::quizzes::QuizClaims;

pub(crate) const QUIZ: QuizClaims = QuizClaims {
    numbers: &[
        ("llama-key-head", || key_heads_read(32, 8)[22] as f64),
        ("llama-cache", || kibibytes(SMALL.kv_heads, 2)),
        ("llama-parameters", || {
            (SMALL.all() + SMALL.embedding()) as f64 / 1e6
        }),
        ("llama-head-dim", || width_of_a_head() as f64),
    ],
    checks: &[
        ("llama-rotated-when", || {
            // A key that is rotated at once, and one that is rotated when it is appended.
            let keys = Array3::from_shape_fn((1, 5, 4), |(_, i, d)| (i + 2 * d) as f32);
            let all = rotate(keys.view(), 0, 1e4);
            let newest = rotate(keys.slice(s![.., 4.., ..]), 4, 1e4);
            assert_eq!(all.slice(s![.., 4.., ..]), newest);
        }),
        ("llama-prompt", || {
            let model = RandomLlama::new(TINY);
            let model = model.model();
            let text = [3, 14, 15, 92];
            let right = logits(&text, &model.empty_caches(), &model).0;
            let tiled = logits_with(&TILED, &text, &model);
            for (tiled, right) in tiled.outer_iter().zip(right.outer_iter()) {
                assert!(
                    (&tiled - &right)
                        .iter()
                        .any(|difference| difference.abs() > 1e-3)
                );
            }
            keys_rotated_again();
        }),
        ("llama-norms", || {
            let (gamma, beta) = (array![0.5, 2.0, 1.0], Array1::zeros(3));
            for (row, equal) in [([1.0, -3.0, 2.0], true), ([0.6, 0.8, 0.0], false)] {
                let x = Array2::from_shape_fn((1, 3), |(_, i)| row[i]);
                let rms = rms_norm(x.view(), gamma.view(), 1e-5);
                let layer = layer_norm(x.view(), gamma.view(), beta.view(), 1e-5);
                assert_eq!(close(&rms, &layer), equal);
            }
        }),
        ("llama-hidden", || {
            let tiled = |heads: usize, kv_heads: usize| {
                (0..heads).map(|head| head % kv_heads).collect::<Vec<_>>()
            };
            assert_eq!(key_heads_read(32, 32), tiled(32, 32));
            assert_ne!(key_heads_read(32, 8), tiled(32, 8));
        }),
    ],
    slips: &[
        ("llama-key-head", "6", || (22 % 8) as f32),
        ("llama-key-head", "2", || (22 / 8) as f32),
        ("llama-cache", "67.5", || kibibytes(SMALL.heads, 2) as f32),
        ("llama-cache", "11.25", || {
            kibibytes(SMALL.kv_heads, 1) as f32
        }),
        ("llama-parameters", "134.52", || SMALL.all() as f32 / 1e6),
        ("llama-head-dim", "64", || (1024 / 16) as f32),
        ("llama-head-dim", "1024", || (width_of_a_head() * 8) as f32),
    ],
};

/// The key head that each query head reads: the values of a key head are its number.
fn key_heads_read(heads: usize, kv_heads: usize) -> Vec<usize> {
    let queries = Array3::zeros((heads, 1, 2));
    let keys = Array3::zeros((kv_heads, 1, 2));
    let values = Array3::from_shape_fn((kv_heads, 1, 2), |(head, _, _)| head as f32);
    let (contexts, _) = grouped_query_attention(queries.view(), keys.view(), values.view());
    contexts
        .slice(s![.., 0, 0])
        .iter()
        .map(|&head| head as usize)
        .collect()
}

/// Features of a key head in the cache of a model with 16 query heads and 8 key heads.
fn width_of_a_head() -> usize {
    let (matrix, shared) = (Array2::zeros((2048, 1024)), Array2::zeros((1024, 1024)));
    let gamma = Array1::zeros(1024);
    let weights = BlockWeights {
        norm_1: gamma.view(),
        w_q: matrix.view(),
        w_k: shared.view(),
        w_v: shared.view(),
        w_o: matrix.t(),
        norm_2: gamma.view(),
        w_gate: shared.view(),
        w_up: shared.view(),
        w_down: shared.view(),
    };
    let config = Config {
        heads: 16,
        kv_heads: 8,
        epsilon: 1e-5,
        base: 1e4,
    };
    empty_cache(&weights, &config).keys.len_of(Axis(2))
}

/// The sizes of a published model.
struct Published {
    vocabulary: usize,
    d_model: usize,
    heads: usize,
    kv_heads: usize,
    head_dim: usize,
    d_ff: usize,
    blocks: usize,
    tied: bool,
}

/// SmolLM2 with 135 million parameters.
const SMALL: Published = Published {
    vocabulary: 49_152,
    d_model: 576,
    heads: 9,
    kv_heads: 3,
    head_dim: 64,
    d_ff: 1536,
    blocks: 30,
    tied: true,
};

/// Llama 3 with 8 billion parameters.
const LARGE: Published = Published {
    vocabulary: 128_256,
    d_model: 4096,
    heads: 32,
    kv_heads: 8,
    head_dim: 128,
    d_ff: 14_336,
    blocks: 32,
    tied: false,
};

impl Published {
    fn embedding(&self) -> usize {
        self.vocabulary * self.d_model
    }

    fn attention(&self) -> usize {
        2 * (self.heads + self.kv_heads) * self.head_dim * self.d_model
    }

    fn feed_forward(&self) -> usize {
        3 * self.d_model * self.d_ff
    }

    fn all(&self) -> usize {
        let block = self.attention() + self.feed_forward() + 2 * self.d_model;
        let tables = if self.tied { 1 } else { 2 };
        tables * self.embedding() + self.blocks * block + self.d_model
    }
}

/// KiB per token in the cache of the smaller model, if so many heads and so many tensors are kept in 16 bits.
fn kibibytes(heads: usize, tensors: usize) -> f64 {
    (SMALL.blocks * tensors * heads * SMALL.head_dim * 2) as f64 / 1024.0
}

#[test]
fn the_predictions() {
    let right = |heads, kv_heads| {
        let read = key_heads_read(heads, kv_heads);
        (0..heads)
            .filter(|&head| read[head] == head % kv_heads)
            .collect::<Vec<_>>()
    };
    assert_eq!(key_heads_read(9, 3), [0, 0, 0, 1, 1, 1, 2, 2, 2]);
    assert_eq!(right(9, 3), [0, 4, 8]);
    assert_eq!(right(8, 2), [0, 2, 5, 7]);
    assert_eq!(right(8, 8).len(), 8);
    assert_eq!(right(8, 1).len(), 8);
    let lesson = Lesson::read("llama");
    lesson.says("3 of 9: the heads 0, 4 and 8.");
    lesson.says("4 of 8, the heads 0, 2, 5 and 7; and all 8 of 8.");
}

#[test]
fn the_parameters_of_two_models() {
    let lesson = Lesson::read("llama");
    let row = |name: &str, count: fn(&Published) -> usize| {
        let (small, large) = (commas(count(&SMALL)), commas(count(&LARGE)));
        lesson.says(format!("| {name} | {small} | {large} |"));
    };
    row("$E$", Published::embedding);
    row("attention of a block", Published::attention);
    row("feed-forward of a block", Published::feed_forward);
    row("norms of a block", |model| 2 * model.d_model);
    row("the last norm", |model| model.d_model);
    row("all", Published::all);
    lesson.says(format!("| head | tied | {} |", commas(LARGE.embedding())));
}

#[test]
fn one_block_of_two_tiny_models() {
    let lesson = Lesson::read("llama");
    let Sizes {
        d_model,
        head_dim,
        d_ff,
        config,
        ..
    } = TINY;
    let wide = config.heads * head_dim;
    let shared = config.kv_heads * head_dim;
    let gpt = [
        4 * d_model * wide,
        2 * d_model * 4 * d_model,
        9 * d_model,
        4 * d_model,
    ];
    let llama = [
        2 * d_model * (wide + shared),
        3 * d_model * d_ff,
        0,
        2 * d_model,
    ];
    let names = [
        "matrices of attention",
        "matrices of feed-forward",
        "biases",
        "norms",
    ];
    let row = |name: &str, gpt, llama| {
        lesson.says(format!("| {name} | {} | {} |", commas(gpt), commas(llama)));
    };
    for (i, name) in names.iter().enumerate() {
        row(name, gpt[i], llama[i]);
    }
    row("all", gpt.iter().sum(), llama.iter().sum());
    row("numbers in the cache for each token", 2 * wide, 2 * shared);
    lesson.says(format!(
        "128 · {d_model} = {} numbers",
        commas(128 * d_model)
    ));
}

/// The steps from GPT-2 to Llama, as they were trained.
const DESIGNS: &str = include_str!("../figures/llama-designs.csv");
/// The same in shorter runs.
const SHORT_RUNS: &str = include_str!("../figures/llama-designs-500.csv");

/// A row of the recorded table.
#[derive(Debug)]
struct Design {
    parameters: usize,
    /// Bytes of a full cache.
    cache: usize,
    /// Milliseconds of a step.
    step: f32,
    /// The loss of each seed.
    losses: Vec<f32>,
}

impl Design {
    fn of(name: &str) -> Self {
        Self::in_table(DESIGNS, name)
    }

    fn in_table(table: &str, name: &str) -> Self {
        let start = format!("{name},");
        let row = table.lines().find_map(|line| line.strip_prefix(&start));
        let cells: Vec<&str> = row.expect("a design of this name").split(',').collect();
        let number = |cell: &str| cell.parse::<f32>().expect("a number");
        Self {
            parameters: number(cells[0]) as usize,
            cache: number(cells[1]) as usize,
            step: number(cells[2]),
            losses: cells[3..].iter().map(|cell| number(cell)).collect(),
        }
    }

    fn mean(&self) -> f32 {
        self.losses.iter().sum::<f32>() / self.losses.len() as f32
    }

    /// The lowest and the highest loss.
    fn range(&self) -> [f32; 2] {
        let losses = || self.losses.iter().copied();
        [
            losses().fold(f32::INFINITY, f32::min),
            losses().fold(f32::NEG_INFINITY, f32::max),
        ]
    }

    /// The difference of the means, if each run ended below all of another design, or each above.
    fn effect(&self, other: &Self) -> Option<f32> {
        let ([low, high], [other_low, other_high]) = (self.range(), other.range());
        let overlaps = low <= other_high && other_low <= high;
        (!overlaps).then(|| self.mean() - other.mean())
    }

    /// The cells of the lesson, with what it says about the effect.
    fn written(&self, effect: &str) -> String {
        let [low, high] = self.range().map(|loss| shown(loss, 3));
        format!(
            "| {} | {low} to {high} |{effect}| {} | {} | {} |",
            shown(self.mean(), 3),
            commas(self.parameters),
            self.cache / 1024,
            shown(self.step, 1),
        )
    }
}

/// A setting above a recorded table, in a line such as `# runs,5`.
fn setting<'a>(table: &'a str, name: &str) -> &'a str {
    let start = format!("# {name},");
    let mut lines = table.lines();
    lines
        .find_map(|line| line.strip_prefix(&start))
        .expect("a setting of this name")
}

#[test]
fn the_steps_from_gpt_2_to_llama() {
    let lesson = Lesson::read("llama");
    let gpt = Design::of("gpt-2");
    lesson.says(format!("| none: GPT-2 {}", gpt.written(" ")));
    // 8/3 of the model's width, rounded.
    let width = (8 * 32 + 1) / 3;
    for (name, row) in [
        ("rms-norm", "RMS norm"),
        ("swiglu", &format!("SwiGLU, {width} wide")),
        ("rotary", "rotary embedding"),
        ("no-biases", "no biases"),
        ("shared-keys", "2 query heads share a key head"),
        ("own-head", "a head of its own"),
        ("llama-tied", "all but the head"),
        ("llama", "all: Llama"),
    ] {
        let design = Design::of(name);
        let effect = match design.effect(&gpt) {
            Some(effect) => format!(" {} ", shown(effect, 3)),
            None => " unclear ".to_owned(),
        };
        lesson.says(format!("| {row} {}", design.written(&effect)));
    }
    let settings = |table| (setting(table, "runs"), setting(table, "steps"));
    assert_eq!(settings(DESIGNS), ("5", "2000"));
    assert_eq!(settings(SHORT_RUNS), ("5", "500"));
    lesson.says("for 2,000 steps, with five different seeds");
}

#[test]
fn short_runs_rank_a_step_differently() {
    let [gpt, swiglu] = ["gpt-2", "swiglu"].map(|name| Design::in_table(SHORT_RUNS, name));
    let effect = swiglu.effect(&gpt);
    assert!(effect.is_some_and(|effect| effect > 0.0), "{effect:?}");
    Lesson::read("llama").says(format!(
        "in runs of 500 steps, SwiGLU ended at {} and GPT-2 at {}, so it was clearly worse",
        shown(swiglu.mean(), 3),
        shown(gpt.mean(), 3),
    ));
}

#[test]
fn what_the_steps_from_gpt_2_to_llama_tell() {
    let lesson = Lesson::read("llama");
    let gpt = Design::of("gpt-2");
    let effect = |name| Design::of(name).effect(&gpt);
    for better in ["rotary", "swiglu", "llama-tied", "llama"] {
        assert!(
            effect(better).is_some_and(|effect| effect < 0.0),
            "{better}"
        );
    }
    for hardly in ["rms-norm", "no-biases", "shared-keys", "own-head"] {
        assert_eq!(effect(hardly), None, "{hardly}");
    }
    assert!(Design::of("rotary").parameters < gpt.parameters);
    assert_eq!(2 * Design::of("shared-keys").cache, gpt.cache);
    let (tied, llama) = (Design::of("llama-tied"), Design::of("llama"));
    lesson.says(format!(
        "adds {} parameters",
        commas(Design::of("own-head").parameters - gpt.parameters)
    ));
    let apart = llama.effect(&tied).expect("the ranges do not overlap");
    lesson.says(format!("the last two rows are {} apart", shown(-apart, 3)));

    let names = DESIGNS.lines().filter(|line| !line.starts_with('#'));
    let names = names.skip(1).filter_map(|line| line.split(',').next());
    let steps: Vec<f32> = names.map(|name| Design::of(name).step).collect();
    let apart = steps.iter().fold(f32::NEG_INFINITY, |a, &b| a.max(b))
        - steps.iter().fold(f32::INFINITY, |a, &b| a.min(b));
    lesson.says(format!(
        "They lie within {} ms of each other",
        shown(apart, 1)
    ));
}

/// The tiny model of the lesson.
const TINY: Sizes = Sizes {
    vocabulary: 256,
    d_model: 64,
    head_dim: 8,
    d_ff: 168,
    blocks: 4,
    config: Config {
        heads: 8,
        kv_heads: 2,
        epsilon: 1e-5,
        base: 1e5,
    },
};

/// The parts of a model, any of which may be a different one.
#[derive(Clone, Copy)]
struct Parts {
    norm: fn(ArrayView2<'_, f32>, ArrayView1<'_, f32>, f32) -> Array2<f32>,
    rotate: fn(ArrayView3<'_, f32>, f32) -> Array3<f32>,
    share: fn(ArrayView3<'_, f32>, usize) -> Array3<f32>,
    network: fn(ArrayView2<'_, f32>, &BlockWeights<'_>) -> Array2<f32>,
    epsilon: f32,
}

const RIGHT: Parts = Parts {
    norm: rms_norm,
    rotate: |x, base| rotate(x, 0, base),
    share: |keys, _| keys.to_owned(),
    network: |x, w| swiglu(x, w.w_gate, w.w_up, w.w_down),
    epsilon: 1e-5,
};

/// Key heads that are repeated as a whole.
const TILED: Parts = Parts {
    share: |keys, heads| {
        let kv_heads = keys.len_of(Axis(0));
        let tiled: Vec<_> = (0..heads).map(|head| head % kv_heads).collect();
        keys.select(Axis(0), &tiled)
    },
    ..RIGHT
};

/// Features 2i and 2i + 1 as pairs: the halves of the vector whose even features come first.
fn in_pairs(x: ArrayView3<'_, f32>, base: f32) -> Array3<f32> {
    let (even, odd) = (s![.., .., ..;2], s![.., .., 1..;2]);
    let halves = concatenate![Axis(2), x.slice(even), x.slice(odd)];
    let rotated = rotate(halves.view(), 0, base);
    let (first, second) = rotated.view().split_at(Axis(2), x.len_of(Axis(2)) / 2);
    let mut pairs = Array3::zeros(x.raw_dim());
    pairs.slice_mut(even).assign(&first);
    pairs.slice_mut(odd).assign(&second);
    pairs
}

/// The network with a different activation, or with the matrices in a different order.
fn gated(
    x: ArrayView2<'_, f32>,
    [gate, up, down]: [ArrayView2<'_, f32>; 3],
    activation: fn(ArrayView2<'_, f32>) -> Array2<f32>,
) -> Array2<f32> {
    let hidden = activation(x.dot(&gate.t()).view()) * x.dot(&up.t());
    hidden.dot(&down.t())
}

/// The logits of a text that is read at once, with these parts.
fn logits_with(parts: &Parts, tokens: &[usize], model: &Llama<'_>) -> Array2<f32> {
    let Config {
        heads,
        kv_heads,
        base,
        ..
    } = model.config;
    let mut x = model.token_embedding.select(Axis(0), tokens);
    for w in &model.blocks {
        let normed = (parts.norm)(x.view(), w.norm_1, parts.epsilon);
        let project = |w: ArrayView2<'_, f32>, heads| split_heads(normed.dot(&w.t()).view(), heads);
        let queries = (parts.rotate)(project(w.w_q, heads).view(), base);
        let keys = (parts.rotate)(project(w.w_k, kv_heads).view(), base);
        let keys = (parts.share)(keys.view(), heads);
        let values = (parts.share)(project(w.w_v, kv_heads).view(), heads);
        let (contexts, _) = grouped_query_attention(queries.view(), keys.view(), values.view());
        x = x + merge_heads(contexts.view()).dot(&w.w_o.t());
        let normed = (parts.norm)(x.view(), w.norm_2, parts.epsilon);
        x = &x + &(parts.network)(normed.view(), w);
    }
    let normed = (parts.norm)(x.view(), model.final_norm, parts.epsilon);
    normed.dot(&model.head.unwrap_or(model.token_embedding).t())
}

/// The most likely token at each position.
fn best(logits: &Array2<f32>) -> Vec<usize> {
    let of_row = |row: ArrayView1<'_, f32>| {
        (1..row.len()).fold(
            0,
            |best, token| if row[token] > row[best] { token } else { best },
        )
    };
    logits.rows().into_iter().map(of_row).collect()
}

fn close(a: &Array2<f32>, b: &Array2<f32>) -> bool {
    a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-4)
}

#[test]
fn what_each_part_does() {
    const LENGTH: usize = 96;
    let weights = RandomLlama::new(TINY);
    let model = weights.model();
    let text: Vec<usize> = (0..LENGTH).map(|i| (i * i * 7 + 31 * i) % 256).collect();
    let right = logits(&text, &model.empty_caches(), &model).0;
    assert!(close(&logits_with(&RIGHT, &text, &model), &right));

    let without_a_mean: fn(ArrayView2<'_, f32>, ArrayView1<'_, f32>, f32) -> Array2<f32> =
        |x, gamma, epsilon| layer_norm(x, gamma, Array1::zeros(gamma.len()).view(), epsilon);
    let parts = [
        (
            "rotary embedding | no positions at all",
            Parts {
                rotate: |x, _| x.to_owned(),
                ..RIGHT
            },
        ),
        (
            "rotary embedding in halves | in pairs of neighbours",
            Parts {
                rotate: in_pairs,
                ..RIGHT
            },
        ),
        (
            "base 100,000 | base 10,000",
            Parts {
                rotate: |x, _| rotate(x, 0, 1e4),
                ..RIGHT
            },
        ),
        ("key heads repeated | tiled", TILED),
        (
            "RMS norm | layer norm without β",
            Parts {
                norm: without_a_mean,
                ..RIGHT
            },
        ),
        (
            "SiLU | GELU",
            Parts {
                network: |x, w| gated(x, [w.w_gate, w.w_up, w.w_down], gelu_tanh),
                ..RIGHT
            },
        ),
        (
            "gate and up | swapped",
            Parts {
                network: |x, w| swiglu(x, w.w_up, w.w_gate, w.w_down),
                ..RIGHT
            },
        ),
        (
            "ε of 10⁻⁵ | 10⁻⁶",
            Parts {
                epsilon: 1e-6,
                ..RIGHT
            },
        ),
    ];
    let expected = best(&right);
    let lesson = Lesson::read("llama");
    for (row, parts) in parts {
        let found = best(&logits_with(&parts, &text, &model));
        let different = expected.iter().zip(&found).filter(|(a, b)| a != b).count();
        eprintln!("{row}: {different}");
        lesson.says(format!("| {row} | {different} of {LENGTH} |"));
    }
}

/// A row as the lesson writes it: (1, −1).
fn row(numbers: ArrayView1<'_, f32>) -> String {
    let numbers = joined(&numbers.to_vec(), 3, ", ");
    format!("({numbers})").replace('-', "−").replace(".000", "")
}

/// Three numbers as the lesson writes them: 1, 2 and 3.
fn listed(numbers: ArrayView1<'_, f32>) -> String {
    let [a, b, c] = [0, 1, 2].map(|i| shown(numbers[i], 3).replace('-', "−").replace("0.000", "0"));
    format!("{a}, {b} and {c}")
}

#[test]
fn the_worked_example() {
    let lesson = Lesson::read("llama");
    let keys = array![[[1.0, 0.0], [1.0, 0.0], [1.0, 0.0]]];
    let keys = rotate(keys.view(), 0, 1e4);
    let values = array![[[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]];
    let rows = [0, 1, 2].map(|i| row(keys.slice(s![0, i, ..])));
    lesson.says(format!(
        "the keys are {}, {} and {}.",
        rows[0], rows[1], rows[2]
    ));

    let queries = array![[[1.0, 0.0]], [[0.0, 1.0]]];
    let rotated = rotate(queries.view(), 2, 1e4);
    let [first, second] = [0, 1].map(|head| row(rotated.slice(s![head, 0, ..])));
    lesson.says(format!("by 2 radians, they are {first} and {second}."));

    let (contexts, weights) = grouped_query_attention(rotated.view(), keys.view(), values.view());
    let scores = |queries: &Array3<f32>, head: usize| -> Array1<f32> {
        let products = keys
            .index_axis(Axis(0), 0)
            .dot(&queries.slice(s![head, 0, ..]));
        products / 2_f32.sqrt()
    };
    lesson.says(format!(
        "divided by $\\sqrt{{2}}$, are {}. The weights are {}, and the context is {}.",
        listed(scores(&rotated, 0).view()),
        listed(weights.slice(s![0, 0, ..])),
        row(contexts.slice(s![0, 0, ..])),
    ));
    lesson.says(format!(
        "Its scores are {}, its weights {}, and its context {}.",
        listed(scores(&rotated, 1).view()),
        listed(weights.slice(s![1, 0, ..])),
        row(contexts.slice(s![1, 0, ..])),
    ));

    // The new token at position 0: its key and its query are not rotated.
    let product = |key: ArrayView1<'_, f32>| key[0] / 2_f32.sqrt();
    let restarted = array![
        product(keys.slice(s![0, 0, ..])),
        product(keys.slice(s![0, 1, ..])),
        product(array![1.0, 0.0].view()),
    ];
    lesson.says(format!(
        "The scores of head 0 are then {}",
        listed(restarted.view())
    ));
}

#[test]
fn two_norms_of_one_row() {
    let lesson = Lesson::read("llama");
    let x = array![[3.0, 4.0]];
    let (gamma, beta) = (array![1.0, 1.0], array![0.0, 0.0]);
    let rms = rms_norm(x.view(), gamma.view(), 0.0);
    let layer = layer_norm(x.view(), gamma.view(), beta.view(), 0.0);
    lesson.says(format!(
        "RMS norm gives {}, and layer norm {}.",
        row(rms.row(0)),
        row(layer.row(0))
    ));
    let mean_square = (x.row(0).dot(&x.row(0))) / 2.0;
    lesson.says(format!(
        "of (3, 4) is {}, and its root is {}.",
        shown(mean_square, 1),
        shown(mean_square.sqrt(), 3)
    ));
}

#[test]
fn silu_and_gelu_differ_by_a_fifth() {
    let lesson = Lesson::read("llama");
    let x = Array2::from_shape_fn((1, 2001), |(_, i)| (i as f32 - 1000.0) / 200.0);
    let silu = x.mapv(|x| x / (1.0 + (-x).exp()));
    let difference = (silu - gelu(x.view())).mapv(f32::abs);
    let largest = difference.fold(0.0, |a: f32, &b| a.max(b));
    lesson.says(format!(
        "The difference is up to {} for each unit",
        shown(largest, 1)
    ));
}

/// Reads a fourth token after a right cache, and after one whose keys were rotated once more.
fn keys_rotated_again() {
    let weights = RandomLlama::new(TINY);
    let model = weights.model();
    let x = model.token_embedding.slice(s![..4, ..]);
    let (w, config) = (&model.blocks[0], &model.config);
    let none = empty_cache(w, config);
    let at_once = block(x, &none, w, config).output;
    let before = block(x.slice(s![..3, ..]), &none, w, config).cache;
    let newest = |past: &Cache| block(x.slice(s![3.., ..]), past, w, config).output;
    let expected = at_once.slice(s![3.., ..]).to_owned();
    assert!(close(&newest(&before), &expected));
    let again = Cache {
        keys: rotate(before.keys.view(), 0, config.base),
        values: before.values,
    };
    assert!(!close(&newest(&again), &expected));
}

#[test]
fn keys_that_are_rotated_again_are_wrong_from_the_second_call_on() {
    keys_rotated_again();
}
