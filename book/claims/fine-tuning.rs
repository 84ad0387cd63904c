//! Claims of `fine-tuning.md` and its quiz, computed.

use attentive_book::figures::RecordedRun;
use fine_tuning::{
    HeadGradients, HeadTraining, Lora, Settings, Trained, TrainedHead, Tuning, head, lora_backward,
    lora_forward, lora_merge, lora_start, train_head, unfreeze,
};
use ndarray::{Array1, Array2, ArrayView2, Ix2, array};

use crate::assert_close;
use crate::lesson::{Lesson, commas, shortest, shown};
use crate::lessons::three_families::{bert, linear};
use crate::quizzes::QuizClaims;

pub(crate) const QUIZ: QuizClaims = QuizClaims {
    numbers: &[
        ("adapting-head", || f64::from(gradient_of_the_label())),
        ("adapting-steps", || steps(7, 3, 4) as f64),
        ("adapting-rate", || f64::from(rate_of_block_9(0.5)) * 1000.0),
        ("adapting-scale", || f64::from(output(6.0))),
        ("adapting-merge", || f64::from(merged_entry(4.0))),
        ("adapting-count", || numbers_of(512, 2048, 4) as f64),
    ],
    checks: &[
        ("adapting-names", || {
            let names = [
                ("blocks.9.attention.w_q", true),
                ("blocks.1.feed_forward.w_1", false),
                ("head.bias", true),
                ("blocks.2.attention.head_scale", false),
                ("embeddings.norm.gamma", false),
            ];
            let tuning = Tuning {
                trained: Trained::Top(3),
                ..whole(12, 0.001, 0.5)
            };
            for (name, is_trained) in names {
                assert_eq!(
                    unfreeze(&[name], &tuning)[0].is_some(),
                    is_trained,
                    "{name}"
                );
            }
        }),
        ("adapting-start", || {
            let [zeros, random] = [0.0, 0.5].map(Start::of);
            for (a, b, is_unchanged, a_moves, b_moves) in [
                (random, zeros, true, false, true),
                (zeros, random, true, true, false),
                (zeros, zeros, true, false, false),
                (random, random, false, true, true),
            ] {
                assert_eq!(first_step(a, b), [is_unchanged, a_moves, b_moves]);
            }
        }),
        ("adapting-through", || {
            let (lora, weight) = worked_example();
            let dx = |lora: &Lora| backward(lora, weight.view())[0].clone();
            let fresh = Lora {
                b: Array2::zeros((2, 1)),
                ..lora.clone()
            };
            assert_eq!(dx(&fresh), array![[-2.0, 3.0]]);
            assert_eq!(dx(&lora), array![[-3.0, 4.0]]);
        }),
    ],
    slips: &[
        ("adapting-head", "−1.4", || gradient_of_the_label() * 4.0),
        ("adapting-head", "0.35", || -gradient_of_the_label()),
        ("adapting-steps", "8", || steps(6, 3, 4) as f32),
        ("adapting-steps", "4", || steps(7, 7, 4) as f32),
        ("adapting-steps", "3", || steps(7, 3, 1) as f32),
        ("adapting-rate", "0.25", || {
            rate_of_block_9(0.5) * 1000.0 / 0.5
        }),
        ("adapting-rate", "0.0625", || {
            rate_of_block_9(0.5) * 1000.0 * 0.5
        }),
        ("adapting-rate", "0.002", || 0.5_f32.powi(9)),
        ("adapting-scale", "5.5", || output(2.0)),
        ("adapting-scale", "18", || output(12.0)),
        ("adapting-scale", "16.5", || output(2.0) * 3.0),
        ("adapting-merge", "7", || merged_entry(3.0)),
        ("adapting-merge", "17", || merged_entry(8.0)),
        ("adapting-merge", "25", || merged_entry(12.0)),
        ("adapting-count", "4,096", || numbers_of(512, 512, 4) as f32),
        ("adapting-count", "1,048,576", || (512 * 2048) as f32),
    ],
};

/// The numbers of A and B.
fn numbers_of(d_in: usize, d_out: usize, rank: usize) -> usize {
    let lora = lora_start(d_in, d_out, rank, 1.0, &mut || 1.0);
    lora.a.len() + lora.b.len()
}

/// The gradient of the first weight of a label with the probability 0.3, in a batch of four.
fn gradient_of_the_label() -> f32 {
    let vectors = array![[2.0_f32], [0.0], [0.0], [0.0]];
    let bias = array![0.3_f32, 0.7].ln();
    let weight = Array2::zeros((2, 1));
    let step = head(vectors.view(), weight.view(), bias.view(), &[0, 0, 1, 1]);
    step.dw[(0, 0)]
}

/// The number of steps of a run.
fn steps(examples: usize, batch_size: usize, epochs: usize) -> usize {
    let training = HeadTraining {
        batch_size,
        epochs,
        ..at(0.1)
    };
    let (vectors, weight, bias) = (
        Array2::ones((examples, 2)),
        Array2::zeros((2, 2)),
        Array1::zeros(2),
    );
    let labels = vec![0; examples];
    let trained = train_head(
        vectors.view(),
        weight.view(),
        bias.view(),
        &labels,
        &training,
    );
    trained.losses.len()
}

// ANCHOR: three-sentences
/// The run of three sentences, at a learning rate.
fn at(learning_rate: f32) -> HeadTraining {
    HeadTraining {
        batch_size: 2,
        epochs: 10,
        learning_rate,
        adamw: Settings {
            beta_1: 0.9,
            beta_2: 0.999,
            epsilon: 1e-8,
            weight_decay: 0.01,
        },
    }
}

/// Trains a head of zeros on the vectors of the sentences.
fn run(vectors: ArrayView2<'_, f32>, training: &HeadTraining) -> TrainedHead {
    let weight = Array2::zeros((2, vectors.ncols()));
    let bias = Array1::zeros(2);
    train_head(vectors, weight.view(), bias.view(), &[1, 0, 1], training)
}
// ANCHOR_END: three-sentences

/// A plan by which everything is trained.
fn whole(blocks: usize, rate: f32, decay: f32) -> Tuning {
    Tuning {
        blocks,
        trained: Trained::Everything,
        rate,
        decay,
    }
}

fn rate_of_block_9(decay: f32) -> f32 {
    let rates = unfreeze(&["blocks.9.attention.w_q"], &whole(12, 0.001, decay));
    rates[0].expect("everything is trained")
}

/// The output of a layer for which x Wᵀ is 3 and x Aᵀ is (1, 2).
fn output(alpha: f32) -> f32 {
    let lora = Lora {
        a: array![[1.0], [2.0]],
        b: array![[0.5, 1.0]],
    };
    lora_forward(array![[1.0]].view(), array![[3.0]].view(), &lora, alpha)[(0, 0)]
}

fn merged_entry(alpha: f32) -> f32 {
    let lora = Lora {
        a: array![[1.0], [4.0], [2.0]],
        b: array![[2.0, 0.5, 1.0]],
    };
    lora_merge(array![[1.0]].view(), &lora, alpha)[(0, 0)]
}

/// First values of a matrix: this number at the first entry, and larger ones after it; or only zeros.
#[derive(Debug, Clone, Copy)]
struct Start(f32);

impl Start {
    fn of(first: f32) -> Self {
        Self(first)
    }

    fn matrix(self, shape: (usize, usize)) -> Array2<f32> {
        Array2::from_shape_fn(shape, |(row, column)| {
            self.0 * (1 + row + 2 * column) as f32
        })
    }
}

/// Says whether a model is unchanged with these A and B, and whether each of them gets a gradient.
fn first_step(a: Start, b: Start) -> [bool; 3] {
    let lora = Lora {
        a: a.matrix((2, 3)),
        b: b.matrix((4, 2)),
    };
    let (x, weight) = (array![[1.0, -2.0, 0.5]], Array2::ones((4, 3)));
    let dy = array![[1.0, 0.5, -2.0, 3.0]];
    let y = lora_forward(x.view(), weight.view(), &lora, 4.0);
    let gradients = lora_backward(x.view(), weight.view(), &lora, 4.0, dy.view());
    let is_moved = |gradient: &Array2<f32>| gradient.iter().any(|&entry| entry != 0.0);
    [
        y == x.dot(&weight.t()),
        is_moved(&gradients.da),
        is_moved(&gradients.db),
    ]
}

/// The LoRA and the weights of the lesson's example, in which α is 2.
fn worked_example() -> (Lora, Array2<f32>) {
    let lora = Lora {
        a: array![[1.0, -1.0]],
        b: array![[0.5], [1.0]],
    };
    (lora, array![[1.0, 2.0], [3.0, -1.0]])
}

/// dx, dA and dB of the example.
fn backward(lora: &Lora, weight: ArrayView2<'_, f32>) -> [Array2<f32>; 3] {
    let (x, dy) = (array![[3.0, 1.0]], array![[1.0, -1.0]]);
    let gradients = lora_backward(x.view(), weight, lora, 2.0, dy.view());
    [gradients.dx, gradients.da, gradients.db]
}

/// A matrix as the lesson writes it.
fn written(matrix: &Array2<f32>) -> String {
    let rows = matrix.rows().into_iter().map(|row| {
        let row: Vec<String> = row.iter().map(f32::to_string).collect();
        row.join(" & ")
    });
    let rows = rows.collect::<Vec<_>>().join(r" \\ ");
    format!(r"\begin{{pmatrix}} {rows} \end{{pmatrix}}")
}

/// A vector as the lesson writes it.
fn vector(entries: &Array2<f32>) -> String {
    let entries: Vec<String> = entries.iter().map(f32::to_string).collect();
    format!("({})", entries.join(", "))
}

#[test]
fn the_predictions() {
    let lesson = Lesson::read("fine-tuning");
    lesson.says(format!("How many of the {} entries", commas(8 * 768)));
    let [zeros, random] = [0.0, 0.5].map(Start::of);
    assert_eq!(first_step(random, zeros), [true, false, true]);
    assert_eq!(first_step(zeros, random), [true, true, false]);
    // Every entry of B gets a gradient if no entry of z or dy is 0.
    let numbers = |first: f32| {
        let mut next = first;
        move || {
            next += 1.0;
            next
        }
    };
    let lora = lora_start(5, 4, 2, 0.5, &mut numbers(0.0));
    let x = Array2::from_shape_simple_fn((3, 5), numbers(-20.0));
    let dy = Array2::from_shape_simple_fn((3, 4), numbers(2.5));
    let weight = Array2::zeros((4, 5));
    let gradients = lora_backward(x.view(), weight.view(), &lora, 3.0, dy.view());
    assert!(gradients.db.iter().all(|&entry| entry != 0.0));
    assert!(gradients.da.iter().all(|&entry| entry == 0.0));
}

#[test]
fn what_is_kept_for_each_parameter() {
    let lesson = Lesson::read("fine-tuning");
    let megabytes = |bytes: usize, decimals: usize| format!("{:.decimals$}", bytes as f64 / 1e6);
    let everything = bert(768, 12) + linear(768, 2);
    lesson.says(format!(
        "| everything | {} | {} MB |",
        commas(everything),
        commas((16 * everything + 500_000) / 1_000_000)
    ));
    let of_lora = 12 * 2 * numbers_of(768, 768, 8);
    lesson.says(format!(
        "| {} | {} MB, and {} MB for the frozen weights |",
        commas(of_lora),
        megabytes(16 * of_lora, 1),
        megabytes(4 * bert(768, 12), 0)
    ));
    let share = numbers_of(768, 768, 8) as f64 / (768.0 * 768.0);
    assert_close(share, 1.0 / 50.0, 0.001);
    // What the embeddings are of all.
    let embeddings = (30_522 + 512 + 2) * 768;
    assert_close(embeddings as f64 / bert(768, 12) as f64, 0.2, 0.03);
}

#[test]
fn the_worked_example_of_lora() {
    let lesson = Lesson::read("fine-tuning");
    let (lora, weight) = worked_example();
    let x = array![[3.0, 1.0]];
    for (name, matrix) in [("W = ", &weight), ("A = ", &lora.a), ("B = ", &lora.b)] {
        lesson.says(format!("{name}{}", written(matrix)));
    }
    let before = x.dot(&weight.t());
    lesson.says(format!(r"x W^\top = {}", vector(&before)));
    let z = x.dot(&lora.a.t());
    lesson.says(format!(r"z = x A^\top = {}", z[(0, 0)]));
    lesson.says(format!(r"z B^\top = {}", vector(&z.dot(&lora.b.t()))));
    let y = lora_forward(x.view(), weight.view(), &lora, 2.0);
    lesson.says(format!("this is {}", vector(&(&y - &before))));
    lesson.says(format!("So y = {}.", vector(&y)));

    let merged = lora_merge(weight.view(), &lora, 2.0);
    lesson.says(format!("W + 2 B A = {}", written(&merged)));
    assert_eq!(x.dot(&merged.t()), y);
}

#[test]
fn the_worked_example_of_its_gradients() {
    let lesson = Lesson::read("fine-tuning");
    let (lora, weight) = worked_example();
    let [dx, da, db] = backward(&lora, weight.view());
    lesson.says(format!(r"\mathrm{{d}}B = {}", written(&db)));
    lesson.says(format!(r"\mathrm{{d}}A = {}", written(&da)));
    let dy = array![[1.0_f32, -1.0]];
    lesson.says(format!("it is {}, which", vector(&(&dy * 2.0))));
    let dz = (&dy * 2.0).dot(&lora.b);
    lesson.says(format!(r"\mathrm{{d}}z = {}", dz[(0, 0)]));
    let parts = [dy.dot(&weight), dz.dot(&lora.a)];
    lesson.says(format!(r"\mathrm{{d}}y\, W = {}", vector(&parts[0])));
    lesson.says(format!(r"\mathrm{{d}}z\, A = {}", vector(&parts[1])));
    lesson.says(format!("together {}.", vector(&dx)));

    let fresh = Lora {
        b: Array2::zeros((2, 1)),
        ..lora
    };
    let [_, da_before, db_before] = backward(&fresh, weight.view());
    assert!(da_before.iter().all(|&entry| entry == 0.0));
    assert_eq!(db_before, db);
}

#[test]
fn the_worked_example_of_the_rates() {
    let lesson = Lesson::read("fine-tuning");
    let names = [
        "head.weight",
        "blocks.3.w",
        "blocks.2.w",
        "blocks.1.w",
        "blocks.0.w",
        "embeddings.tokens",
    ];
    let everything = whole(4, 0.001, 0.5);
    let upper = Tuning {
        trained: Trained::Top(2),
        ..everything
    };
    for (row, tuning) in [("the upper two blocks", upper), ("everything", everything)] {
        let rates = unfreeze(&names, &tuning)
            .into_iter()
            .map(|rate| match rate {
                Some(rate) => shortest(rate * 1000.0, 6),
                None => "–".to_owned(),
            });
        let rates: Vec<String> = rates.collect();
        lesson.says(format!("| {row} | {} |", rates.join(" | ")));
    }
    lesson.says(format!("a $\\xi$ of {}", shown(1.0 / 2.6, 3)));
}

#[test]
fn the_worked_example_of_a_head() {
    let lesson = Lesson::read("fine-tuning");
    let vectors = array![[1.0, 2.0], [3.0, -1.0]];
    let (weight, bias) = (Array2::zeros((2, 2)), Array1::zeros(2));
    let HeadGradients { loss, dw, db } = head(vectors.view(), weight.view(), bias.view(), &[1, 0]);
    lesson.says(format!(r"the loss is \ln 2 = {}", shown(loss, 3)));
    lesson.says(format!(r"\mathrm{{d}}W = {}", written(&dw)));
    assert!(db.iter().all(|&entry| entry == 0.0));
    lesson.says(r"\mathrm{d}b = (0, 0)");
}

#[test]
fn the_three_sentences() {
    let recorded = RecordedRun::load(
        "exercises/29-fine-tuning/golden.safetensors",
        "train_head",
        "three-sentences",
    );
    let case = recorded.case();
    let vectors = case.view::<Ix2>("vectors").expect("three vectors");
    let lesson = Lesson::read("fine-tuning");
    lesson.says(format!("{} numbers for each sentence", vectors.ncols()));

    let slow = run(vectors, &at(1e-5)).losses;
    let libtorch = recorded.losses();
    assert_eq!(slow.len(), libtorch.len());
    for (ours, theirs) in slow.iter().zip(&libtorch) {
        assert_close(f64::from(*ours), f64::from(*theirs), 1e-5);
    }
    lesson.says(format!(r"The first loss is \ln 2 = {}.", shown(slow[0], 4)));
    lesson.says(format!("so {} steps", slow.len()));
    let [.., last] = slow[..] else {
        panic!("a loss");
    };
    lesson.says(format!("{}. A step of AdamW", shown(last, 4)));
    let numbers = 2 * vectors.ncols() + 2;
    lesson.says(format!("moves each of the {numbers} numbers"));

    let fast = run(vectors, &at(1e-2));
    let [.., of_two, of_one] = fast.losses[..] else {
        panic!("an epoch");
    };
    lesson.says(format!("the same run ends at {}.", shown(of_one, 4)));
    lesson.says(format!("*risen* to {}.", shown(of_two, 4)));
    let mean = (2.0 * of_two + of_one) / 3.0;
    lesson.says(format!("the last epoch is {}", shown(mean, 4)));
    let logits = vectors.dot(&fast.weight.t()) + &fast.bias;
    assert!(logits.rows().into_iter().all(|row| row[1] > row[0]));
}

/// The ways of fine-tuning, as they were measured.
const COMPARED: &str = include_str!("../figures/fine-tuning-ways.csv");

/// A row of the recorded table.
#[derive(Debug)]
struct Measured {
    way: &'static str,
    parameters: usize,
    passes: usize,
    seconds: f64,
    /// In per cent: the mean, the lowest and the highest of all runs.
    right: [f64; 3],
    bytes: usize,
}

impl Measured {
    fn of(way: &str) -> Self {
        let mut rows = COMPARED.lines().map(Self::read);
        rows.find(|row| row.way == way).expect("a row of the way")
    }

    fn read(line: &'static str) -> Self {
        let cells: Vec<&str> = line.split(',').collect();
        let number = |cell: usize| cells.get(cell).and_then(|cell| cell.parse::<f64>().ok());
        let whole = |cell| number(cell).unwrap_or_default() as usize;
        Self {
            way: cells[0],
            parameters: whole(1),
            passes: whole(2),
            seconds: number(3).unwrap_or_default(),
            right: [4, 5, 6].map(|cell| number(cell).unwrap_or_default() * 100.0),
            bytes: whole(7),
        }
    }

    /// The row of the lesson, after the words that say what moves.
    fn written(&self) -> String {
        let [mean, lowest, highest] = self.right;
        let saved = match self.bytes {
            ..100_000 => format!("{} kB", (self.bytes + 500) / 1000),
            _ => format!("{:.1} MB", self.bytes as f64 / 1e6),
        };
        format!(
            "| {} | {} | {:.0} | {mean:.1} % | {lowest:.1} to {highest:.1} % | {saved} |",
            commas(self.parameters),
            self.passes,
            self.seconds,
        )
    }
}

/// A number above the recorded table, in a line such as `# runs,3`.
fn compared(name: &str) -> f64 {
    let start = format!("# {name},");
    let mut numbers = COMPARED
        .lines()
        .filter_map(|line| line.strip_prefix(&start));
    let number = numbers.next().and_then(|number| number.parse().ok());
    number.expect("a number of this name")
}

#[test]
fn the_ways_of_fine_tuning_compared() {
    let lesson = Lesson::read("fine-tuning");
    for (way, moves) in [
        ("head", "the head"),
        ("top-two", "the head and the top two blocks"),
        ("everything", "everything"),
        ("lora", "the head, and LoRA on queries and values"),
    ] {
        lesson.says(format!("| {moves} {}", Measured::of(way).written()));
    }
    let (examples, held_out) = (compared("examples"), compared("held-out"));
    assert_eq!(compared("runs"), 3.0);
    lesson.says(format!(
        "{} of the rest are there to learn from, and {} others are held out",
        commas(examples as usize),
        commas(held_out as usize)
    ));
    lesson.says(format!(
        "is right in {:.1} %",
        compared("most-frequent") * 100.0
    ));
    let [head, top, everything, lora] = ["head", "top-two", "everything", "lora"].map(Measured::of);
    assert_eq!(top.passes, lora.passes);
    assert_eq!(head.passes, 10 * top.passes);
    let mean = |row: &Measured| row.right[0];
    let times = |more: f64, less: f64| format!("{:.0} times", more / less);
    lesson.says(format!(
        "the mean rises by {:.1} points, and training takes {} as long",
        mean(&everything) - mean(&head),
        times(everything.seconds, head.seconds)
    ));
    lesson.says(format!(
        "LoRA moves {} fewer numbers than the top two blocks, and it is right more often, by {:.1} points",
        times(top.parameters as f64, lora.parameters as f64),
        mean(&lora) - mean(&top)
    ));
    lesson.says(format!(
        "It takes {:.0} % of the time of everything",
        100.0 * lora.seconds / everything.seconds
    ));
    lesson.says(format!(
        "has {:.1} MB instead of {:.1}",
        lora.bytes as f64 / 1e6,
        everything.bytes as f64 / 1e6
    ));
    let rows = [head, top, lora, everything];
    let spreads = rows.iter().map(|row| row.right[2] - row.right[1]);
    lesson.says(format!(
        "up to {:.1} points apart",
        spreads.fold(0.0, f64::max)
    ));
    // In this order, the best run of a way is worse than the worst one of the next.
    assert!(rows.is_sorted_by(|one, next| one.right[2] < next.right[1]));
    let [.., lora, everything] = &rows;
    let share = mean(everything) / 100.0;
    lesson.says(format!(
        "\\sqrt{{{share:.3} \\cdot {:.3} / {held_out}}}$, or {:.1} points",
        1.0 - share,
        100.0 * (share * (1.0 - share) / held_out).sqrt()
    ));
    lesson.says(format!(
        "only {:.1} points apart",
        mean(everything) - mean(lora)
    ));
}
