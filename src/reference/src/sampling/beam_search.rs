//! The task `beam_search`, with a table of logits for a model.

mod cases;
mod mistakes;
pub(crate) mod search;

use crate::property::Property;
use crate::task::Task;

use search::STEPS;

pub(super) fn task() -> Task {
    let task = Task::new("beam_search", |x| STEPS.run(x))
        .texts("beams", "beam")
        .output("log_probabilities", ["beam"])
        .output("scores", ["beam"])
        .count("calls", "calls of the model");
    mistakes::of_beam_search(cases::of_beam_search(task)).property(
        Property::new(
            "a-number-added-to-all-logits",
            "adding 3 to all of the model's logits changes no probability, and so it changes nothing",
        )
        .in_case("plain")
        .add(["table"], 3.0)
        .expect_same(["beams", "log_probabilities", "scores", "calls"]),
    )
}
