//! Claims of `backward.md` and its quiz, computed.

use attentive_book::figures::lessons::backward::{Precision, central_difference};
use attentive_book::figures::random::normals;
use backward::{
    cross_entropy_backward, embedding_backward, gelu_tanh_backward, layer_norm_backward,
    linear_backward, rms_norm_backward,
};
use feed_forward::{gelu, gelu_tanh};
use ndarray::{Array1, Array2, Array3, Axis, array};

use crate::assert_close;
use crate::lesson::{Lesson, shown};
use crate::quizzes::QuizClaims;

pub(crate) const QUIZ: QuizClaims = QuizClaims {
    numbers: &[
        ("backward-bias", || {
            let dy = array![[1.0, -2.0], [0.5, 1.0], [2.0, 0.0]];
            let x = Array2::zeros((3, 4));
            let weight = Array2::zeros((2, 4));
            f64::from(linear_backward(x.view(), weight.view(), dy.view()).db[0])
        }),
        ("backward-gelu", || f64::from(slope(0.5))),
        ("backward-softmax", || {
            f64::from(dlogits(&[0.1, 0.6, 0.3], 2, 4)[1])
        }),
        ("backward-embedding", || {
            let dy = array![[[0.2], [0.9], [0.5], [-0.1]]];
            let embedding = Array2::zeros((8, 1));
            let tokens = array![[7, 2, 7, 7]];
            f64::from(embedding_backward(tokens.view(), embedding.view(), dy.view())[(7, 0)])
        }),
        ("backward-residual", || {
            // f multiplies by −¼.
            let (x, weight, dy) = (array![[1.0]], array![[-0.25]], array![[0.4]]);
            let of_f = linear_backward(x.view(), weight.view(), dy.view()).dx;
            f64::from((dy + of_f)[(0, 0)])
        }),
    ],
    checks: &[
        ("backward-shapes", || {
            let (x, weight, dy) = (normals((4, 3), 1), normals((5, 3), 2), normals((4, 5), 3));
            let dw = linear_backward(x.view(), weight.view(), dy.view()).dw;
            assert_close_arrays(&dw, &dy.t().dot(&x));
            assert_eq!(x.t().dot(&dy).dim(), (3, 5));
        }),
        ("backward-norm", || {
            let x = normals((3, 5), 1);
            let (gamma, dy) = (Array1::ones(5), Array2::ones((3, 5)));
            let dx = layer_norm_backward(x.view(), gamma.view(), 1e-5, dy.view()).dx;
            assert!(dx.iter().all(|dx| dx.abs() < 1e-5), "{dx}");
        }),
        ("backward-differences", || {
            let unit = f64::from(f32::EPSILON);
            // Half a step of the numbers below 1, which are twice as dense, is the error of one of the two losses.
            let error = unit / 2.0 / 2e-6;
            assert!((0.02..0.07).contains(&error), "{error}");
        }),
        ("backward-size", || {
            let (x, dy) = (normals((2, 5), 1), normals((2, 5), 2));
            let gamma = normals(5, 3);
            let dx =
                |x: Array2<f32>| layer_norm_backward(x.view(), gamma.view(), 1e-9, dy.view()).dx;
            assert_close_arrays(&(dx(&x * 10.0) * 10.0), &dx(x));
        }),
        ("backward-zeros", || {
            let (x, dy) = (normals((2, 5), 1), normals((2, 5), 2));
            let gamma = normals(5, 3);
            let layer = layer_norm_backward(x.view(), gamma.view(), 1e-5, dy.view()).dx;
            let rms = rms_norm_backward(x.view(), gamma.view(), 1e-5, dy.view()).dx;
            assert!(layer.sum_axis(Axis(1)).iter().all(|sum| sum.abs() < 1e-5));
            assert!(rms.sum_axis(Axis(1)).iter().all(|sum| sum.abs() > 0.05));
            assert_close(f64::from(dlogits(&[0.5, 0.5], 0, 1)[0]), -0.5, 1e-6);
            let logits = normals((1, 2, 3), 4);
            let targets = array![[1, 9]];
            let ignored = cross_entropy_backward(logits.view(), targets.view(), Some(9), 0.0, 1.0);
            assert!(ignored.index_axis(Axis(1), 1).iter().all(|&dx| dx == 0.0));
            let (tokens, embedding) = (array![[0, 2, 0]], Array2::zeros((3, 2)));
            let rows = embedding_backward(
                tokens.view(),
                embedding.view(),
                Array3::ones((1, 3, 2)).view(),
            );
            assert!(rows.row(1).iter().all(|&row| row == 0.0) && rows[(0, 0)] != 0.0);
        }),
    ],
    slips: &[
        ("backward-bias", "−1", || 1.0 - 2.0),
        ("backward-bias", "1.167", || 3.5 / 3.0),
        ("backward-gelu", "0.69", || {
            0.5 * (1.0 + argument(0.5).tanh())
        }),
        ("backward-gelu", "0.18", || {
            slope(0.5) - 0.5 * (1.0 + argument(0.5).tanh())
        }),
        ("backward-softmax", "0.6", || 0.6),
        ("backward-softmax", "−0.1", || (0.6 - 1.0) / 4.0),
        ("backward-embedding", "−0.1", || -0.1),
        ("backward-embedding", "0.2", || 0.6 / 3.0),
        ("backward-residual", "−0.1", || 0.4 * -0.25),
        ("backward-residual", "0.4", || 0.4),
    ],
};

/// The argument of GELU's tanh.
fn argument(x: f32) -> f32 {
    std::f32::consts::FRAC_2_PI.sqrt() * (x + 0.044715 * x.powi(3))
}

/// The slope of GELU in its tanh form.
fn slope(x: f32) -> f32 {
    gelu_tanh_backward(array![[x]].view(), array![[1.0]].view())[(0, 0)]
}

/// The gradient of the logits at the first of some positions that count, with these probabilities.
fn dlogits(probabilities: &[f32], target: usize, positions: usize) -> Array1<f32> {
    let tokens = probabilities.len();
    let logits = Array3::from_shape_fn((1, positions, tokens), |(_, _, i)| probabilities[i].ln());
    let targets = Array2::from_elem((1, positions), target);
    let dlogits = cross_entropy_backward(logits.view(), targets.view(), None, 0.0, 1.0);
    dlogits.index_axis(Axis(0), 0).row(0).to_owned()
}

fn assert_close_arrays(found: &Array2<f32>, expected: &Array2<f32>) {
    assert_eq!(found.shape(), expected.shape());
    let error = (found - expected).fold(0.0_f32, |largest, x| largest.max(x.abs()));
    assert!(error < 1e-5, "{found} and {expected}");
}

/// A row of a table, with three decimals.
fn cells(row: &Array1<f32>) -> String {
    let cells: Vec<String> = row.iter().map(|&entry| shown(entry + 0.0, 3)).collect();
    cells.join(" | ")
}

/// −ln of a probability, after the logit of the first or of the third of three tokens is raised by 0.01.
fn loss_after(raised: usize) -> f64 {
    let mut logits = array![0.7_f64, 0.2, 0.1].ln();
    logits[raised] += 0.01;
    logits.exp().sum().ln() - logits[2]
}

#[test]
fn the_predictions() {
    let lesson = Lesson::read("backward");
    let before = -0.1_f64.ln();
    assert_close(loss_after(0) - before, 0.007, 5e-4);
    assert_close(before - loss_after(2), 0.009, 5e-4);
    let gradient = dlogits(&[0.7, 0.2, 0.1], 2, 1);
    lesson.says(format!(
        "have the gradient {}, {}\nand {}.",
        shown(gradient[0], 1),
        shown(gradient[1], 1),
        shown(gradient[2], 1)
    ));
    let quarter = dlogits(&[0.7, 0.2, 0.1], 2, 4);
    lesson.says(format!(
        "it is {}, {} and {}.",
        shown(quarter[0], 3),
        shown(quarter[1], 2),
        shown(quarter[2], 3)
    ));
}

#[test]
fn the_slope_of_gelu() {
    let lesson = Lesson::read("backward");
    let slopes = [-3.0, -2.0, -1.0, 0.0, 1.0, 2.0, 3.0].map(|x| shown(slope(x), 4));
    lesson.says(format!("| slope | {} |", slopes.join(" | ")));
    assert_close(f64::from(slope(5.0)), 1.0, 1e-4);
    assert_close(f64::from(slope(-5.0)), 0.0, 1e-4);
    // The quiz gives what is needed.
    assert_close(f64::from(argument(0.5).tanh()), 0.3829, 5e-5);
    let inner = std::f64::consts::FRAC_2_PI.sqrt() * (1.0 + 3.0 * 0.044715 * 0.25);
    assert_close(inner, 0.8246, 5e-5);
    // The hint's and the mistakes' numbers.
    assert_close(f64::from(slope(2.0)), 1.09, 0.005);
    assert_close(
        2.0 * 0.5 * (1.0 + f64::from(argument(2.0)).tanh()),
        1.95,
        0.005,
    );
}

#[test]
fn how_far_the_two_forms_of_gelu_are_apart() {
    let lesson = Lesson::read("backward");
    let density = |x: f32| (-0.5 * x * x).exp() / (2.0 * std::f32::consts::PI).sqrt();
    let exact = |x: f32| 0.5 * (1.0 + feed_forward::erf(x / 2_f32.sqrt())) + x * density(x);
    let points: Array1<f32> = (0..10_001).map(|step| step as f32 * 1e-3 - 5.0).collect();
    let largest =
        |differences: &Array1<f32>| differences.fold(0.0_f32, |most, x| most.max(x.abs()));
    let slopes = largest(&points.mapv(|x| slope(x) - exact(x)));
    lesson.says(format!("slopes by up to {}.", shown(slopes, 4)));
    let row = points.insert_axis(Axis(0));
    let values = gelu(row.view()) - gelu_tanh(row.view());
    assert!(largest(&values.row(0).to_owned()) < 5e-4);
    lesson.says("differ by less than 0.0005,");
    // The share of the cubic term in the slope of u at 1.5, in a mistake's words.
    let cubic = 3.0 * 0.044715 * 1.5_f64.powi(2);
    assert_close(cubic / (1.0 + cubic), 0.23, 0.005);
    // Where the exponential of 2u is infinite.
    let overflows = |x: f32| (2.0 * argument(x)).exp().is_infinite();
    assert!(overflows(10.5) && !overflows(9.5));
    assert!((44.3_f32 * 2.0).exp().is_finite() && (45_f32 * 2.0).exp().is_infinite());
}

#[test]
fn the_worked_example_of_layer_norm() {
    let lesson = Lesson::read("backward");
    let (x, dy) = (
        array![1.0_f32, 3.0, 5.0, 11.0],
        array![1.0_f32, 0.0, 0.0, 0.0],
    );
    let sigma = 14_f32.sqrt();
    let normalised = (&x - 5.0) / sigma;
    assert_close(f64::from(x.sum() / 4.0), 5.0, 1e-6);
    assert_close(f64::from((&x - 5.0).powi(2).sum() / 4.0), 14.0, 1e-5);
    // The entry 0 has no decimals on the page.
    let [first, second, _, last] = [0, 1, 2, 3].map(|i| shown(normalised[i], 3));
    lesson.says(format!("\\hat x = ({first}, {second}, 0, {last})$"));
    let product = (&dy * &normalised).sum() / 4.0;
    lesson.says(format!("/ 4 = {}$", shown(product, 3).replace('−', "-")));
    let (rest, along) = (&dy - 0.25, &normalised * product);
    lesson.says(format!("| $g$ | {} |", cells(&dy)));
    lesson.says(format!(
        "| $g - \\operatorname{{mean}}(g)$ | {} |",
        cells(&rest)
    ));
    lesson.says(format!("mean}}(g \\odot \\hat x)$ | {} |", cells(&along)));
    lesson.says(format!("| the difference | {} |", cells(&(&rest - &along))));
    let gradients = layer_norm_backward(
        x.view().insert_axis(Axis(0)),
        Array1::ones(4).view(),
        1e-9,
        dy.view().insert_axis(Axis(0)),
    );
    let dx = gradients.dx.row(0).to_owned();
    lesson.says(format!(
        "divided by $\\sigma = {}$ | {} |",
        shown(sigma, 3),
        cells(&dx)
    ));
    assert_close(f64::from(dx.sum()), 0.0, 1e-6);
    assert_close(f64::from((&dx * &normalised).sum()), 0.0, 1e-6);
    let constant = dy[0] / sigma;
    lesson.says(format!("you get {}, 0, 0, 0", shown(constant, 3)));
    assert!(constant > 2.0 * dx[0]);
    // What the mean and what the deviation does to the first output, if the last entry grows.
    let (by_mean, by_deviation) = (-0.25 / sigma, -normalised[0] * normalised[3] / 4.0 / sigma);
    assert!(by_mean < 0.0 && by_deviation > 0.0);
    assert_close(f64::from(by_mean + by_deviation), f64::from(dx[3]), 1e-6);
}

#[test]
fn the_worked_example_of_a_linear_layer() {
    let lesson = Lesson::read("backward");
    let x = array![[1.0, 2.0], [3.0, -1.0]];
    let weight = array![[1.0, 0.0], [2.0, -1.0], [0.0, 1.0]];
    let dy = array![[1.0, 0.0, 2.0], [0.0, -1.0, 1.0]];
    let gradients = linear_backward(x.view(), weight.view(), dy.view());
    let matrix = |matrix: &Array2<f32>| {
        let rows = matrix.rows().into_iter().map(|row| {
            let row: Vec<String> = row.iter().map(f32::to_string).collect();
            row.join(" & ")
        });
        rows.collect::<Vec<_>>().join(r" \\ ")
    };
    for (name, array) in [
        ("x = ", &x),
        ("W = ", &weight),
        (r"\mathrm{d}y = ", &dy),
        (r"\mathrm{d}y\, W = ", &gradients.dx),
        (r"\mathrm{d}y^\top x = ", &gradients.dw),
    ] {
        let array = matrix(array);
        lesson.says(format!(r"{name}\begin{{pmatrix}} {array} \end{{pmatrix}}"));
    }
    let db: Vec<String> = gradients.db.iter().map(f32::to_string).collect();
    lesson.says(format!(r"\mathrm{{d}}b = ({})", db.join(r",\ ")));
}

#[test]
fn the_best_steps_of_central_differences() {
    let best = |precision: Precision| {
        let steps = (0..=12).map(|exponent| 10_f64.powi(-exponent));
        let errors = steps.map(|step| (step, central_difference(precision, step)));
        errors
            .min_by(|a, b| a.1.total_cmp(&b.1))
            .expect("some steps")
    };
    let (step, error) = best(Precision::Double);
    assert!((step / 1e-5 - 1.0).abs() < 1e-6, "{step}");
    assert!((3e-12..3e-11).contains(&error), "{error}");
    let (step, error) = best(Precision::Single);
    assert!((step / 1e-2 - 1.0).abs() < 1e-6, "{step}");
    assert!((5e-6..1e-5).contains(&error), "{error}");
    let error = central_difference(Precision::Single, 1e-5) as f32;
    Lesson::read("backward").says(format!("in `f32` is off by {}.", shown(error, 3)));
}
