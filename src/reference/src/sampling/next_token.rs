//! The task `next_token`: the steps in the order in which `transformers` applies them, and a draw.

use tch::Tensor;

use super::draw::draw;
use super::repetition_penalty::penalize;
use super::top_p::{keep_of_ranking, sum_reaching};
use super::{first, greedy, keep, logits, probabilities, ranking, uniform_within};
use crate::inputs::Inputs;
use crate::property::Property;
use crate::random::Random;
use crate::task::Task;

/// One of the steps before a draw.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Penalty,
    Temperature,
    TopK,
    TopP,
}

use Step::{Penalty, Temperature, TopK, TopP};

/// The steps in their order.
const STEPS: [Step; 4] = [Penalty, Temperature, TopK, TopP];

impl Step {
    fn apply(self, logits: &Tensor, x: &Inputs) -> Tensor {
        match self {
            Penalty => penalize(logits, &x["written"], x.number("repetition_penalty")),
            Temperature if x.number("temperature") == 0.0 => greedy(logits),
            Temperature => logits / x.number("temperature"),
            TopK => keep(logits, &first(&ranking(logits), x.size("top_k"))),
            TopP => keep_of_ranking(logits, &ranking(logits), x.number("top_p")),
        }
    }
}

pub(super) fn task() -> Task {
    let task = Task::new("next_token", |x| drawn(&after(x, &STEPS), x)).ids("tokens", ["number"]);
    mistakes(cases(task))
        .property(
            Property::new(
                "written-twice",
                "a text that is repeated has the same tokens, and changes nothing",
            )
            .in_case("plain")
            .double(["written"], 0)
            .expect_same(["tokens"]),
        )
        .property(
            Property::new(
                "a-number-added-to-all-logits",
                "without a penalty, adding 3 to all logits changes nothing",
            )
            .in_case("no-penalty")
            .add(["logits"], 3.0)
            .expect_same(["tokens"]),
        )
}

/// The logits after these steps.
fn after(x: &Inputs, steps: &[Step]) -> Tensor {
    let mut logits = x["logits"].shallow_clone();
    for step in steps {
        logits = step.apply(&logits, x);
    }
    logits
}

fn drawn(logits: &Tensor, x: &Inputs) -> Tensor {
    draw(&probabilities(logits), &x["u"])
}

fn cases(task: Task) -> Task {
    task.case(
        "plain",
        "all steps change something",
        |random| {
            let inputs = settings(spread(random), 1.5, 0.6, 6);
            with_p_and_numbers(inputs, random, 4)
        },
    )
    .case(
        "hot",
        "a high temperature: top-p keeps 3 of the 4 tokens that top-k keeps, and would keep 7 of all",
        |random| {
            let inputs = settings(spread(random), 1.2, 5.0, 4);
            with_p_and_numbers(inputs, random, 3)
        },
    )
    .case(
        "no-penalty",
        "no penalty, and a top-k that keeps all",
        |random| {
            let inputs = settings(spread(random), 1.0, 0.5, 50);
            with_p_and_numbers(inputs, random, 5)
        },
    )
    .case(
        "greedy",
        "a temperature of 0: the penalty decides which logit is the largest",
        |random| {
            let inputs = logits([-1.5, 3.0, 2.5, 0.5, 2.75]);
            let inputs = inputs.with("written", Tensor::from_slice(&[4_i64, 1]));
            let inputs = settings(inputs, 1.5, 0.0, 3).with("top_p", 0.9_f32);
            let u = random.uniform(&[5], 0.0, 1.0);
            inputs.with("u", u)
        },
    )
}

/// Logits of 12 tokens, a bit random and in a fixed order, and a text of two likely ones and an unlikely one.
fn spread(random: &Random) -> Inputs {
    let steps = [
        0.8_f32, -1.2, 2.6, 0.2, -2.0, 1.4, 3.2, -0.6, 2.0, 1.1, -1.6, 0.5,
    ];
    let logits = Tensor::from_slice(&steps) + random.uniform(&[12], -0.1, 0.1);
    Inputs::default()
        .with("logits", logits)
        .with("written", Tensor::from_slice(&[6_i64, 1, 8]))
}

fn settings(inputs: Inputs, penalty: f32, temperature: f32, top_k: i64) -> Inputs {
    inputs
        .with("repetition_penalty", penalty)
        .with("temperature", temperature)
        .with("top_k", top_k)
}

/// Adds the p that is reached by so many tokens, and up to 25 numbers that are not close to an edge.
fn with_p_and_numbers(inputs: Inputs, random: &Random, tokens: i64) -> Inputs {
    let p = sum_reaching(&after(&inputs, &[Penalty, Temperature, TopK]), tokens);
    let inputs = inputs.with("top_p", p);
    let u = uniform_within(random, &probabilities(&after(&inputs, &STEPS)), 25);
    inputs.with("u", u)
}

fn mistakes(task: Task) -> Task {
    let by = |steps: &'static [Step]| move |x: &Inputs| drawn(&after(x, steps), x);
    task.mistake(
        "temperature-after-the-filters",
        by(&[Penalty, TopK, TopP, Temperature]),
    )
    .mistake(
        "top-p-before-top-k",
        by(&[Penalty, Temperature, TopP, TopK]),
    )
    .mistake(
        "penalty-after-temperature",
        by(&[Temperature, Penalty, TopK, TopP]),
    )
    .mistake(
        "penalty-after-the-filters",
        by(&[Temperature, TopK, TopP, Penalty]),
    )
    .mistake("penalty-forgotten", by(&[Temperature, TopK, TopP]))
    .mistake("temperature-forgotten", by(&[Penalty, TopK, TopP]))
    .mistake("top-k-forgotten", by(&[Penalty, Temperature, TopP]))
    .mistake("top-p-forgotten", by(&[Penalty, Temperature, TopK]))
    .mistake("steps-apart", by(&[TopP]))
}
