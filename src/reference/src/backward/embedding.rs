//! The task `embedding_backward`.

use tch::Tensor;

use super::autograd::gradients;
use super::linear_in;
use crate::inputs::Inputs;
use crate::property::Property;
use crate::random::Random;
use crate::task::Task;

/// The row of each token: (batch, length, d_model).
pub fn forward(tokens: &Tensor, [embedding]: &[Tensor; 1]) -> Tensor {
    Tensor::embedding(embedding, tokens, -1, false, false)
}

/// The sum of dy over all positions of each token.
pub fn formula(tokens: &Tensor, embedding: &Tensor, dy: &Tensor) -> Tensor {
    let rows = dy.flatten(0, 1);
    embedding
        .zeros_like()
        .index_add(0, &tokens.flatten(0, 1), &rows)
}

pub(super) fn task() -> Task {
    let task = Task::new("embedding_backward", |x| {
        let [dembedding] = gradients(
            [&x["embedding"]],
            |embedding| forward(&x["tokens"], embedding),
            &x["dy"],
        );
        dembedding
    })
    .output("dembedding", ["token", "feature"]);
    properties(mistakes_of_rows(mistakes_of_sums(cases(task))))
}

fn cases(task: Task) -> Task {
    task.case(
        "plain",
        "token 2 occurs three times, within a sequence and in both, and token 5 not at all",
        |random| batch(&[2, 4], &[2, 0, 2, 4, 1, 2, 3, 0], 6, random),
    )
    .case("always-the-same", "one token at all positions", |random| {
        batch(&[1, 5], &[1; 5], 2, random)
    })
    .case(
        "all-different",
        "no token twice: here nothing is added up",
        |random| batch(&[4, 1], &[2, 0, 4, 1], 5, random),
    )
}

fn mistakes_of_sums(task: Task) -> Task {
    task.mistake("overwritten", wrong(Batch::overwritten))
        .form(
            "overwritten",
            "first-occurrence-only",
            wrong(|x| x.reversed().overwritten()),
        )
        .mistake(
            "averaged-over-occurrences",
            wrong(|x| x.added() / x.counts().clamp_min(1.0)),
        )
        .form(
            "averaged-over-occurrences",
            "averaged-over-all-positions",
            wrong(|x| x.added() / x.tokens.len() as f64),
        )
        .mistake(
            "dy-ignored",
            wrong(|x| x.counts() * x.embedding.ones_like()),
        )
        .mistake(
            "last-sequence-only",
            wrong(|x| x.sequence(x.sequences - 1).added()),
        )
        .form(
            "last-sequence-only",
            "first-sequence-only",
            wrong(|x| x.sequence(0).added()),
        )
}

fn mistakes_of_rows(task: Task) -> Task {
    task.mistake(
        "token-0-skipped",
        wrong(|x| {
            let gradient = x.added();
            let _ = gradient.get(0).zero_();
            gradient
        }),
    )
    .mistake(
        "rows-of-positions",
        wrong(|x| {
            let length = x.length() as i64;
            let positions: Vec<_> = (0..x.tokens.len() as i64).map(|i| i % length).collect();
            x.added_to(&positions)
        }),
    )
    .only_in(["plain", "all-different"])
    .mistake(
        "multiplied-by-the-embedding",
        wrong(|x| x.added() * &x.embedding),
    )
    .mistake(
        "added-to-the-embedding",
        wrong(|x| x.added() + &x.embedding),
    )
}

fn properties(task: Task) -> Task {
    task.property(linear_in("dy", &["dembedding"]))
        .property(
            Property::new(
                "positions-in-another-order",
                "moving the tokens and dy of all positions together changes nothing",
            )
            .in_case("plain")
            .rotate(["tokens", "dy"], 1)
            .expect_same(["dembedding"]),
        )
        .property(
            Property::new(
                "sequences-in-another-order",
                "moving the tokens and dy of all sequences together changes nothing",
            )
            .in_case("plain")
            .rotate(["tokens", "dy"], 0)
            .expect_same(["dembedding"]),
        )
        .property(
            Property::new(
                "the-embedding-does-not-matter",
                "a different embedding of the same shape has the same gradient",
            )
            .in_case("plain")
            .disturb(["embedding"], 0, 0)
            .expect_same(["dembedding"]),
        )
}

fn batch(shape: &[i64], tokens: &[i64], vocabulary: i64, random: &Random) -> Inputs {
    const WIDTH: i64 = 3;
    Inputs::default()
        .with("tokens", Tensor::from_slice(tokens).view(shape))
        .with("embedding", random.normal(&[vocabulary, WIDTH]))
        .with("dy", random.normal(&[shape[0], shape[1], WIDTH]))
}

/// The inputs of a case, with all positions as rows.
struct Batch {
    sequences: usize,
    tokens: Vec<i64>,
    embedding: Tensor,
    dy: Tensor,
}

impl Batch {
    fn of(x: &Inputs) -> Self {
        let tokens = x["tokens"].flatten(0, 1);
        Self {
            sequences: x["tokens"].size()[0] as usize,
            tokens: Vec::try_from(tokens).expect("ids"),
            embedding: x["embedding"].shallow_clone(),
            dy: x["dy"].flatten(0, 1),
        }
    }

    fn length(&self) -> usize {
        self.tokens.len() / self.sequences
    }

    /// One of the sequences alone.
    fn sequence(&self, index: usize) -> Self {
        let (from, length) = (index * self.length(), self.length());
        Self {
            sequences: 1,
            tokens: self.tokens[from..from + length].to_vec(),
            embedding: self.embedding.shallow_clone(),
            dy: self.dy.narrow(0, from as i64, length as i64),
        }
    }

    /// All positions from the last to the first.
    fn reversed(&self) -> Self {
        Self {
            sequences: self.sequences,
            tokens: self.tokens.iter().rev().copied().collect(),
            embedding: self.embedding.shallow_clone(),
            dy: self.dy.flip([0]),
        }
    }

    /// The gradient as it should be.
    fn added(&self) -> Tensor {
        self.added_to(&self.tokens)
    }

    /// The rows of dy, added to the rows that have these numbers.
    fn added_to(&self, rows: &[i64]) -> Tensor {
        let zeros = self.embedding.zeros_like();
        zeros.index_add(0, &Tensor::from_slice(rows), &self.dy)
    }

    /// A gradient in which the last position of a token wins.
    fn overwritten(&self) -> Tensor {
        let gradient = self.embedding.zeros_like();
        for (position, &token) in self.tokens.iter().enumerate() {
            gradient.get(token).copy_(&self.dy.get(position as i64));
        }
        gradient
    }

    /// The number of positions of each token: (vocabulary, 1).
    fn counts(&self) -> Tensor {
        let counts = self.embedding.zeros_like().narrow(1, 0, 1);
        let ones = self.dy.ones_like().narrow(1, 0, 1);
        counts.index_add(0, &Tensor::from_slice(&self.tokens), &ones)
    }
}

fn wrong(gradient: impl Fn(&Batch) -> Tensor) -> impl Fn(&Inputs) -> Tensor {
    move |x| gradient(&Batch::of(x))
}
