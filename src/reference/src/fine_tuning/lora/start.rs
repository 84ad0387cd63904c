//! The task `lora_start`.

use tch::Tensor;

use crate::fine_tuning::linear_in;
use crate::inputs::Inputs;
use crate::property::Property;
use crate::random::Random;
use crate::task::Task;

pub(in crate::fine_tuning) fn task() -> Task {
    let task = Task::new(
        "lora_start",
        by(|x| [x.drawn(0, x.of_a()), x.zeros(x.of_b())]),
    )
    .output("a", ["rank", "input feature"])
    .output("b", ["output feature", "rank"]);
    mistakes(cases(task))
        .others_only_in(&["plain", "small-deviation"])
        .property(linear_in(&["normal"], &["a"]))
        .property(
            Property::new(
                "b-is-not-drawn",
                "different numbers, and a different deviation, change nothing in B",
            )
            .in_case("plain")
            .add(["normal", "deviation"], 0.5)
            .expect_same(["b"]),
        )
        .property(
            Property::new(
                "a-is-drawn-first",
                "different numbers after the first 15 change neither A nor B",
            )
            .in_case("plain")
            .disturb(["normal"], 0, 15)
            .expect_same(["a", "b"]),
        )
}

fn cases(task: Task) -> Task {
    task.case("plain", "a rank of 3, from 5 features to 4", |random| {
        start(random, [5, 4, 3], 0.5)
    })
    .case(
        "rank-one",
        "a rank of 1: A is a row and B is a column",
        |random| start(random, [4, 3, 1], 2.0),
    )
    .case(
        "small-deviation",
        "a deviation of 0.02, from 3 features to 6",
        |random| start(random, [3, 6, 2], 0.02),
    )
    .case(
        "square",
        "as many features on both sides, and as large a rank",
        |random| start(random, [3, 3, 3], 0.3),
    )
}

/// As many numbers as A and B have together.
fn start(random: &Random, [d_in, d_out, rank]: [i64; 3], deviation: f32) -> Inputs {
    Inputs::default()
        .with("d_in", d_in)
        .with("d_out", d_out)
        .with("rank", rank)
        .with("deviation", deviation)
        .with("normal", random.normal(&[rank * (d_in + d_out)]))
}

fn mistakes(task: Task) -> Task {
    let task = task
        .mistake(
            "b-not-zero",
            by(|x| [x.drawn(0, x.of_a()), x.drawn(x.entries_of_a(), x.of_b())]),
        )
        .form(
            "b-not-zero",
            "b-drawn-first",
            by(|x| [x.drawn(x.entries_of_b(), x.of_a()), x.drawn(0, x.of_b())]),
        )
        .form(
            "b-not-zero",
            "b-of-ones",
            by(|x| [x.drawn(0, x.of_a()), x.zeros(x.of_b()) + 1.0]),
        )
        .mistake("a-zero-too", by(|x| [x.zeros(x.of_a()), x.zeros(x.of_b())]))
        .mistake(
            "zero-on-the-wrong-side",
            by(|x| [x.zeros(x.of_a()), x.drawn(0, x.of_b())]),
        );
    of_numbers(task)
}

/// B is 0, and A is something else.
fn of_numbers(task: Task) -> Task {
    task.mistake(
        "deviation-forgotten",
        by(|x| [x.drawn(0, x.of_a()) / x.deviation, x.zeros(x.of_b())]),
    )
    .mistake(
        "variance-for-deviation",
        by(|x| {
            let variance_as_deviation = x.deviation.sqrt() / x.deviation;
            [
                x.drawn(0, x.of_a()) * variance_as_deviation,
                x.zeros(x.of_b()),
            ]
        }),
    )
    .form(
        "variance-for-deviation",
        "deviation-squared",
        by(|x| [x.drawn(0, x.of_a()) * x.deviation, x.zeros(x.of_b())]),
    )
    .mistake(
        "drawn-once",
        by(|x| {
            let first = x.drawn(0, [1, 1]);
            [x.zeros(x.of_a()) + first, x.zeros(x.of_b())]
        }),
    )
    .form(
        "drawn-once",
        "one-row-drawn",
        by(|x| {
            let row = x.drawn(0, [1, x.d_in]);
            [x.zeros(x.of_a()) + row, x.zeros(x.of_b())]
        }),
    )
    .mistake(
        "drawn-by-columns",
        by(|x| [x.drawn(0, [x.d_in, x.rank]).tr(), x.zeros(x.of_b())]),
    )
    .mistake(
        "factors-transposed",
        by(|x| {
            let [rows, columns] = x.of_b();
            [x.drawn(0, [x.d_in, x.rank]), x.zeros([columns, rows])]
        }),
    )
}

/// The inputs of a case.
struct Start {
    d_in: i64,
    d_out: i64,
    rank: i64,
    deviation: f64,
    normal: Tensor,
}

impl Start {
    fn of_a(&self) -> [i64; 2] {
        [self.rank, self.d_in]
    }

    fn of_b(&self) -> [i64; 2] {
        [self.d_out, self.rank]
    }

    fn entries_of_a(&self) -> i64 {
        self.rank * self.d_in
    }

    fn entries_of_b(&self) -> i64 {
        self.d_out * self.rank
    }

    /// A matrix of the numbers from this one on, row by row, with the right deviation.
    fn drawn(&self, from: i64, shape: [i64; 2]) -> Tensor {
        let numbers = self.normal.narrow(0, from, shape[0] * shape[1]);
        numbers.view(shape) * self.deviation
    }

    fn zeros(&self, shape: [i64; 2]) -> Tensor {
        Tensor::zeros(shape, (self.normal.kind(), self.normal.device()))
    }
}

fn by(matrices: impl Fn(&Start) -> [Tensor; 2]) -> impl Fn(&Inputs) -> [(&'static str, Tensor); 2] {
    move |x| {
        let [a, b] = matrices(&Start {
            d_in: x.size("d_in"),
            d_out: x.size("d_out"),
            rank: x.size("rank"),
            deviation: x.number("deviation"),
            normal: x["normal"].shallow_clone(),
        });
        [("a", a), ("b", b)]
    }
}
