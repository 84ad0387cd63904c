//! The task `accumulate`.

use tch::{Kind, Tensor};

use super::cases::LAYER;
use crate::inputs::Inputs;
use crate::model_weights::Weights;
use crate::outputs::Outputs;
use crate::property::Property;
use crate::random::Random;
use crate::task::Task;

/// The loss of some sequences, with its gradients.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) loss: f64,
    /// The number of positions that count.
    pub(super) counted: i64,
    pub(super) gradients: Weights,
}

/// The weight of the part with an index in a sum over parts.
type Share = fn(usize, &[Part]) -> f64;

/// A way of turning several parts into one.
#[derive(Clone, Copy)]
pub(super) struct Accumulate {
    /// The weights of losses.
    pub(super) of_loss: Share,
    /// The weights of gradients.
    pub(super) of_gradients: Share,
    /// The number of positions that count.
    pub(super) counted: fn(&[Part]) -> i64,
}

/// The mean of the positions that count.
pub(super) const RIGHT: Accumulate = Accumulate {
    of_loss: share,
    of_gradients: share,
    counted: total,
};

fn share(index: usize, parts: &[Part]) -> f64 {
    parts[index].counted as f64 / total(parts).max(1) as f64
}

fn total(parts: &[Part]) -> i64 {
    parts.iter().map(|part| part.counted).sum()
}

impl Accumulate {
    /// The parts as one.
    pub(super) fn run(self, parts: &[Part]) -> Part {
        let mut loss = 0.0;
        let mut gradients: Weights = parts[0]
            .gradients
            .iter()
            .map(|(name, gradient)| (name.to_owned(), gradient.zeros_like()))
            .collect();
        for (index, part) in parts.iter().enumerate() {
            loss += part.loss * (self.of_loss)(index, parts);
            let weight = (self.of_gradients)(index, parts);
            for (name, gradient) in part.gradients.iter() {
                let sum = &gradients[name] + gradient * weight;
                gradients = gradients.with(name, sum);
            }
        }
        Part {
            loss,
            counted: (self.counted)(parts),
            gradients,
        }
    }

    fn outputs(self) -> impl Fn(&Inputs) -> Outputs {
        move |x| {
            let whole = self.run(&parts(x));
            let gradient = |name: &str| whole.gradients[name].shallow_clone();
            [
                ("loss", Tensor::from(whole.loss)),
                ("dweight", gradient("weight")),
                ("dbias", gradient("bias")),
                ("counted", Tensor::from(whole.counted)),
            ]
            .into()
        }
    }
}

/// The parts of a case without a model.
pub(super) fn parts(x: &Inputs) -> Vec<Part> {
    let losses = Vec::<f64>::try_from(x["losses"].to_kind(Kind::Double)).expect("a loss for each");
    let mut parts = Vec::new();
    for (index, (loss, counted)) in losses.into_iter().zip(x.ids("counted")).enumerate() {
        let gradient = |name: &str| {
            let all = &x[&format!("d{name}")];
            all.get(index as i64).to_kind(Kind::Double)
        };
        let gradients = LAYER.map(|name| (name.to_owned(), gradient(name)));
        parts.push(Part {
            loss,
            counted: counted as i64,
            gradients: gradients.into_iter().collect(),
        });
    }
    parts
}

/// Adds losses and gradients without a model. Where nothing counts, they are 0.
pub(super) fn with_parts(inputs: Inputs, random: &Random, counted: &[usize], size: f64) -> Inputs {
    let parts = counted.len() as i64;
    let counts = Tensor::from_slice(&counted.iter().map(|&it| it as i64).collect::<Vec<_>>());
    let some = counts.gt(0).to_kind(Kind::Float);
    let gradients = |shape: &[i64]| {
        let trailing = vec![1; shape.len()];
        let ones = [&[parts][..], &trailing[..]].concat();
        random.normal(&[&[parts][..], shape].concat()) * size * some.reshape(ones.as_slice())
    };
    let losses = random.uniform(&[parts], 1.0, 3.0) * &some;
    inputs
        .with("losses", losses)
        .with_ids("counted", counted)
        .with("dweight", gradients(&[2, 3]))
        .with("dbias", gradients(&[3]))
}

pub(super) fn task() -> Task {
    let task = Task::new("accumulate", RIGHT.outputs())
        .output("loss", [])
        .ids("counted", [])
        .output("dweight", ["row", "column"])
        .output("dbias", ["column"]);
    properties(mistakes(cases(task)))
}

fn cases(task: Task) -> Task {
    let of = |counted: &'static [usize]| {
        move |random: &Random| with_parts(Inputs::default(), random, counted, 1.0)
    };
    task.case(
        "unequal",
        "3 parts in which 5, 1 and 2 positions count",
        of(&[5, 1, 2]),
    )
    .case(
        "empty-part",
        "2 parts; 1 position counts in the first, and none in the second",
        of(&[1, 0]),
    )
    .case(
        "nothing-counts",
        "2 parts, and nothing counts in either",
        of(&[0, 0]),
    )
}

fn mistakes(task: Task) -> Task {
    let mut task = of_choices(of_weights(task));
    for mistake in &mut task.mistakes {
        // The other cases are for what only they show.
        mistake.only_in = Some(vec!["unequal"]);
    }
    of_counts(task)
}

fn with_shares(of_loss: Share, of_gradients: Share) -> impl Fn(&Inputs) -> Outputs {
    let way = Accumulate {
        of_loss,
        of_gradients,
        ..RIGHT
    };
    way.outputs()
}

fn of_weights(task: Task) -> Task {
    const AVERAGED: Share = |_, parts| 1.0 / parts.len() as f64;
    const ADDED: Share = |_, _| 1.0;
    const COUNTED: Share = |index, parts| parts[index].counted as f64;
    task.mistake("mean-of-means", with_shares(AVERAGED, AVERAGED))
        .form(
            "mean-of-means",
            "gradients-averaged",
            with_shares(share, AVERAGED),
        )
        .form(
            "mean-of-means",
            "losses-averaged",
            with_shares(AVERAGED, share),
        )
        .mistake("gradients-added", with_shares(share, ADDED))
        .form(
            "gradients-added",
            "losses-and-gradients-added",
            with_shares(ADDED, ADDED),
        )
        .mistake("not-divided", with_shares(COUNTED, COUNTED))
        .form(
            "not-divided",
            "gradients-not-divided",
            with_shares(share, COUNTED),
        )
}

fn of_choices(task: Task) -> Task {
    const LAST: Share = |index, parts| if index + 1 == parts.len() { 1.0 } else { 0.0 };
    const FIRST: Share = |index, _| if index == 0 { 1.0 } else { 0.0 };
    task.mistake("overwritten", with_shares(LAST, LAST))
        .form(
            "overwritten",
            "gradients-overwritten",
            with_shares(share, LAST),
        )
        .mistake("loss-of-the-last", with_shares(LAST, share))
        .mistake("first-part-only", with_shares(FIRST, FIRST))
        .form(
            "first-part-only",
            "gradients-of-the-first",
            with_shares(share, FIRST),
        )
}

fn of_counts(task: Task) -> Task {
    const UNGUARDED: Share = |index, parts| parts[index].counted as f64 / total(parts) as f64;
    let counted = |counted: fn(&[Part]) -> i64| Accumulate { counted, ..RIGHT }.outputs();
    task.mistake(
        "counts-not-added",
        counted(|parts| parts[parts.len() - 1].counted),
    )
    .form(
        "counts-not-added",
        "parts-counted",
        counted(|parts| parts.len() as i64),
    )
    .mistake("nan-if-nothing-counts", with_shares(UNGUARDED, UNGUARDED))
}

fn properties(task: Task) -> Task {
    const ALL: [&str; 4] = ["loss", "dweight", "dbias", "counted"];
    const OF_PARTS: [&str; 4] = ["losses", "counted", "dweight", "dbias"];
    task.property(
        Property::new("parts-in-another-order", "moving the parts changes nothing")
            .in_case("unequal")
            .rotate(OF_PARTS, 0)
            .expect_same(ALL),
    )
    .property(
        Property::new(
            "every-part-twice",
            "parts that are there twice have the same mean loss, and the same gradients",
        )
        .in_case("unequal")
        .double(OF_PARTS, 0)
        .expect_same(["loss", "dweight", "dbias"]),
    )
    .property(
        Property::new(
            "an-empty-part-does-not-matter",
            "different gradients in a part in which nothing counts change nothing",
        )
        .in_case("empty-part")
        .disturb(["losses", "dweight", "dbias"], 0, 1)
        .expect_same(ALL),
    )
}
