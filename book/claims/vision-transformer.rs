//! Claims of `vision-transformer.md` and its quiz, computed.

use attentive_book::figures::random::normals;
use masks::causal;
use multi_head_attention::multi_head_attention;
use ndarray::{
    Array1, Array2, Array3, Array4, ArrayView1, ArrayView3, Axis, array, aview1, concatenate, s,
};
use vision_transformer::{
    BlockSteps, Linear, Norm, Projections, VitBlock, VitEmbeddings, VitHead, block, classify,
    embed, interpolate, patches,
};

use crate::lesson::{Lesson, commas, joined, shown};
use crate::lessons::book_model::recorded;
use crate::quizzes::QuizClaims;

pub(crate) const QUIZ: QuizClaims = QuizClaims {
    numbers: &[
        ("vision-patch-number", || number_of_the_patch(3) as f64),
        ("vision-number-in-a-patch", || {
            index_in_a_patch(|channel, row, column| 256 * channel + 16 * row + column) as f64
        }),
        ("vision-source", || source(0.0, 14.0, 24.0)),
        ("vision-weights", || (785.0_f64 / 197.0).powi(2)),
        ("vision-parameters", || {
            Count::of_base(384).all() as f64 / 1e6
        }),
    ],
    checks: &[
        ("vision-causal", the_class_token_alone_sees_no_pixel),
        ("vision-norm", || {
            let model = Model::random();
            let x = normals((2, 5, 4), 9);
            let head = model.head();
            let before = classify(x.slice(s![.., ..1, ..]), &head, EPSILON);
            let after = classify(x.view(), &head, EPSILON);
            assert_close(&before, &after);
        }),
        ("vision-shuffled", || {
            let model = Model::random();
            let x: Array3<f32> = normals((1, 5, 4), 5);
            let shuffled = x.select(Axis(1), &[0, 3, 1, 4, 2]);
            assert_close(&model.logits(&x), &model.logits(&shuffled));
        }),
    ],
    slips: &[
        ("vision-patch-number", "3", || number_of_the_patch(2) as f32),
        ("vision-number-in-a-patch", "106", || {
            index_in_a_patch(|channel, row, column| 3 * (16 * row + column) + channel) as f32
        }),
        ("vision-source", "0", || 0.0 * 14.0 / 24.0),
        ("vision-weights", "4", || 2.0 * 2.0),
    ],
};

const EPSILON: f32 = 1e-12;
const D_MODEL: usize = 768;
const BLOCKS: usize = 12;
const CLASSES: usize = 1000;

/// The number of the patch in row 1 and column 1, if a row has so many.
fn number_of_the_patch(columns: usize) -> usize {
    columns + 1
}

/// The place of the number of channel 1, row 2 and column 3 in a patch of 16 × 16.
fn index_in_a_patch(index: fn(usize, usize, usize) -> usize) -> usize {
    index(1, 2, 3)
}

/// The place in an old axis of entry t of a new one.
fn source(t: f64, side: f64, length: f64) -> f64 {
    (t + 0.5) * side / length - 0.5
}

/// The parameters of a ViT-B/16 with 1000 classes.
struct Count {
    projection: usize,
    class_token: usize,
    positions: usize,
    block: usize,
    norm: usize,
    classifier: usize,
}

impl Count {
    /// For images of so many rows and columns of pixels.
    fn of_base(pixels: usize) -> Self {
        let layer = |from: usize, to: usize| from * to + to;
        let norm = 2 * D_MODEL;
        let attention = 4 * layer(D_MODEL, D_MODEL);
        let network = layer(D_MODEL, 4 * D_MODEL) + layer(4 * D_MODEL, D_MODEL);
        Self {
            projection: layer(3 * 16 * 16, D_MODEL),
            class_token: D_MODEL,
            positions: (1 + (pixels / 16).pow(2)) * D_MODEL,
            block: 2 * norm + attention + network,
            norm,
            classifier: layer(D_MODEL, CLASSES),
        }
    }

    fn all(&self) -> usize {
        let ends = self.projection + self.class_token + self.positions;
        ends + BLOCKS * self.block + self.norm + self.classifier
    }
}

/// A block and a head, of the worked example or with random weights.
struct Model {
    matrix: Array2<f32>,
    classifier: Array2<f32>,
    bias: Array1<f32>,
    ones: Array1<f32>,
    zeros: Array1<f32>,
}

impl Model {
    /// Two features, identities, and the classes of the worked example.
    fn example() -> Self {
        Self {
            matrix: Array2::eye(2),
            classifier: array![[1.0, 0.0], [0.0, 1.0]],
            bias: array![0.0, 0.5],
            ones: Array1::ones(2),
            zeros: Array1::zeros(2),
        }
    }

    /// Four features and three classes.
    fn random() -> Self {
        Self {
            matrix: normals((4, 4), 1),
            classifier: normals((3, 4), 2),
            bias: normals(3, 3),
            ones: Array1::ones(4),
            zeros: Array1::zeros(4),
        }
    }

    fn norm(&self) -> Norm<'_> {
        Norm {
            gamma: self.ones.view(),
            beta: self.zeros.view(),
        }
    }

    fn layer(&self) -> Linear<'_> {
        Linear {
            weight: self.matrix.view(),
            bias: self.zeros.view(),
        }
    }

    fn block(&self) -> VitBlock<'_> {
        let (w, b) = (self.matrix.view(), self.zeros.view());
        VitBlock {
            norm_1: self.norm(),
            attention: Projections {
                w_q: w,
                b_q: b,
                w_k: w,
                b_k: b,
                w_v: w,
                b_v: b,
                w_o: w,
                b_o: b,
            },
            norm_2: self.norm(),
            widen: self.layer(),
            narrow: self.layer(),
        }
    }

    fn head(&self) -> VitHead<'_> {
        VitHead {
            norm: self.norm(),
            classifier: Linear {
                weight: self.classifier.view(),
                bias: self.bias.view(),
            },
        }
    }

    fn steps(&self, x: &Array3<f32>) -> BlockSteps {
        block(x.view(), &self.block(), 1, EPSILON)
    }

    fn logits(&self, x: &Array3<f32>) -> Array2<f32> {
        classify(self.steps(x).output.view(), &self.head(), EPSILON)
    }
}

fn assert_close(a: &Array2<f32>, b: &Array2<f32>) {
    assert!(
        a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-5),
        "{a} and {b}"
    );
}

/// Under a causal mask, the class token reads the same in two images.
fn the_class_token_alone_sees_no_pixel() {
    let (model, class_token): (Model, Array3<f32>) = (Model::random(), normals((1, 1, 4), 7));
    let mask = causal(5, 5);
    let read = |seed: u64, mask: Option<ArrayView3<'_, bool>>| {
        let patches: Array3<f32> = normals((1, 4, 4), seed);
        let x = concatenate![Axis(1), class_token, patches];
        let (x, weights) = (x.view(), model.block().attention);
        let (output, _) = multi_head_attention(x, x, x, &weights, 1, mask);
        output.index_axis_move(Axis(1), 0)
    };
    let causal = Some(mask.view().insert_axis(Axis(0)));
    assert_close(&read(11, causal), &read(12, causal));
    assert_ne!(read(11, None), read(12, None));
}

/// A row as the lesson writes it: (1, −1).
fn row(numbers: ArrayView1<'_, f32>, decimals: usize) -> String {
    let shortened: Vec<String> = numbers
        .iter()
        .map(|&number| {
            let text = shown(number, decimals);
            match text.split_once('.') {
                Some((whole, rest)) if rest.chars().all(|digit| digit == '0') => whole.to_owned(),
                Some(_) => text.trim_end_matches('0').to_owned(),
                None => text,
            }
        })
        .collect();
    format!("({})", shortened.join(", ")).replace('-', "−")
}

/// The image of the worked example: two channels of 2 × 4 pixels.
fn image() -> Array3<f32> {
    array![
        [[1.0, 2.0, 3.0, 4.0], [5.0, 6.0, 7.0, 8.0]],
        [[0.0, 2.0, 4.0, 4.0], [0.0, 6.0, 2.0, 8.0]],
    ]
}

/// P of the worked example: the class token's row, and a grid of 2 × 2.
fn positions() -> Array2<f32> {
    array![[0.5, -0.5], [1.0, 0.0], [0.0, 1.0], [3.0, 0.0], [0.0, 3.0],]
}

/// The vectors of the worked example (1, 3, 2).
fn vectors() -> Array3<f32> {
    let weight = array![
        [0.25, 0.25, 0.25, 0.25, 0.0, 0.0, 0.0, 0.0],
        [0.0, 0.0, 0.0, 0.0, -0.5, 0.5, -0.5, 0.5],
    ];
    let (bias, class_token, positions) = (array![0.0, -3.0], array![0.0, 2.0], positions());
    let embeddings = VitEmbeddings {
        patch_size: 2,
        projection: Linear {
            weight: weight.view(),
            bias: bias.view(),
        },
        class_token: class_token.view(),
        positions: positions.view(),
    };
    let images: Array4<f32> = image().insert_axis(Axis(0));
    embed(images.view(), &embeddings)
}

#[test]
fn the_worked_example_from_pixels_to_vectors() {
    let lesson = Lesson::read("vision-transformer");
    for pixels in image().outer_iter().flat_map(|channel| {
        let rows = channel.outer_iter();
        rows.map(|pixels| joined(&pixels.to_vec(), 0, " & "))
            .collect::<Vec<_>>()
    }) {
        lesson.says(pixels);
    }
    for patch in patches(image().view(), 2).outer_iter() {
        lesson.says(row(patch, 0));
    }
    for position in positions().outer_iter().skip(1) {
        lesson.says(row(position, 1));
    }
    let resized = interpolate(positions().view(), 1, 2);
    assert_eq!(resized, array![[0.5, -0.5], [2.0, 0.0], [0.0, 2.0]]);
    lesson.says("(2, 0) for the first column and (0, 2) for the second");

    let x = vectors();
    let token = |token: usize| row(x.slice(s![0, token, ..]), 3);
    lesson.says(format!("(0, 2) + (0.5, −0.5) = {}", token(0)));
    lesson.says(format!("(3.5, 1) + (2, 0) = {}", token(1)));
    lesson.says(format!("(5.5, 0) + (0, 2) = {}", token(2)));
}

#[test]
fn the_worked_example_from_vectors_to_logits() {
    let lesson = Lesson::read("vision-transformer");
    let (model, x) = (Model::example(), vectors());
    let normed = model.norm().apply(x.view(), EPSILON);
    for (token, expected) in [[-1.0, 1.0], [1.0, -1.0], [1.0, -1.0]].iter().enumerate() {
        let found = normed.slice(s![0, token, ..]);
        assert!((&found - &aview1(expected)).iter().all(|x| x.abs() < 1e-4));
    }
    let steps = model.steps(&x);
    let weights: ArrayView1<'_, f32> = steps.attention_weights.slice(s![0, 0, 0, ..]);
    lesson.says(format!(
        "weights are {}, {} and {}",
        shown(weights[0], 3),
        shown(weights[1], 3),
        shown(weights[2], 3)
    ));
    let class_token = |array: &Array3<f32>| row(array.slice(s![0, 0, ..]), 3);
    lesson.says(format!("it reads {}", class_token(&steps.attention)));
    lesson.says(format!("is now {}", class_token(&steps.after_attention)));
    lesson.says(format!("adds {}", class_token(&steps.feed_forward)));
    lesson.says(format!(
        "leaves the block as {}",
        class_token(&steps.output)
    ));
    let logits = model.logits(&x);
    lesson.says(format!("logits {}", row(logits.row(0), 2)));
}

#[test]
fn the_weights_of_the_cubic() {
    let lesson = Lesson::read("vision-transformer");
    // With one row of the new grid for two of the old one, all four entries are at a distance of ½ or 1½.
    let near = 1.25 * 0.5_f32.powi(3) - 2.25 * 0.5_f32.powi(2) + 1.0;
    let far = -0.75 * 1.5_f32.powi(3) + 3.75 * 1.5_f32.powi(2) - 6.0 * 1.5 + 3.0;
    lesson.says(format!(r"k(\tfrac12) = {}", shown(near, 5)));
    lesson.says(format!(r"k(\tfrac32) = {}", shown(far, 5)));
    assert_eq!(near + far, 0.5);
}

#[test]
fn grids_with_as_many_patches() {
    let lesson = Lesson::read("vision-transformer");
    let same = |old: usize, new: usize| {
        (0..16)
            .filter(|k| (k / old, k % old) == (k / new, k % new))
            .count()
    };
    assert_eq!((same(4, 8), same(4, 2)), (4, 2));
    lesson.says("Only 4 of the 16");
    lesson.says("Only 2 of the 16");
}

#[test]
fn parameters_of_the_base_model() {
    let lesson = Lesson::read("vision-transformer");
    let count = Count::of_base(224);
    for (what, number) in [
        ("the projection", count.projection),
        ("the class token", count.class_token),
        ("positions", count.positions),
        ("a block", count.block),
        ("12 blocks", BLOCKS * count.block),
        ("the last norm", count.norm),
        ("the classifier", count.classifier),
        ("all", count.all()),
    ] {
        assert_eq!(lesson.cells(what)[0], commas(number), "{what}");
    }
}

#[test]
fn pixels_become_numbers_around_zero() {
    let lesson = Lesson::read("vision-transformer");
    let normalised = |byte: f32| (byte / 255.0 - 0.5) / 0.5;
    let shown = |byte: f32| shown(normalised(byte), 3).replace(".000", "");
    lesson.says(format!(
        "0 becomes {}, 255 becomes {}, and 128 becomes {}",
        shown(0.0).replace('-', "−"),
        shown(255.0),
        shown(128.0)
    ));
}

#[test]
fn the_model_that_ships_is_the_recorded_one() {
    let lesson = Lesson::read("vision-transformer");
    let recorded = |name| recorded("book-digits", name);
    let number = |name| commas(recorded(name) as usize);
    lesson.says(format!("{} parameters", number("parameters")));
    lesson.says(format!(
        "learned from {} handwritten digits",
        number("learned")
    ));
    lesson.says(format!("{} others were held out", number("held_out")));
    let percent = 100.0 * recorded("held_out_accuracy");
    lesson.says(format!("reads {percent:.1} % correctly"));
    let right = recorded("held_out_accuracy") * recorded("held_out");
    lesson.says(format!(
        "{} of {} are right: {percent:.1} %",
        right.round(),
        number("held_out")
    ));
    assert_eq!(recorded("train_accuracy"), 1.0);
    lesson.says("it reads all");
}
