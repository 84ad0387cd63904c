//! The events of a run, for programs and in words.

use std::path::Path;

use attentive_recipe::Measured;
use serde::Serialize;

use crate::report::StepReport;
use crate::suspicion::{Fault, Suspicion};

/// Something that is shown.
#[derive(Debug, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub(crate) enum Event<'a> {
    /// The run begins, or goes on.
    Begin(Beginning<'a>),
    /// A step was taken.
    Step(StepReport),
    /// The loss was measured on what is held out, and the run was saved.
    Measured(Measured),
    /// The run is over.
    End(End<'a>),
}

/// A run that begins.
#[derive(Debug, Serialize)]
pub(crate) struct Beginning<'a> {
    /// The functions that compute it.
    pub(crate) by: &'a str,
    /// The name of the text.
    pub(crate) text: &'a str,
    /// The number of characters that are learned from, unless they are drawn.
    pub(crate) characters: Option<usize>,
    /// The number of different characters.
    pub(crate) vocabulary: usize,
    /// The number of trained numbers.
    pub(crate) parameters: usize,
    /// The number of steps that have been taken already.
    pub(crate) taken: usize,
    /// The number of steps.
    pub(crate) steps: usize,
    /// The seed.
    pub(crate) seed: u64,
    /// The number of threads.
    pub(crate) threads: usize,
    /// The loss of a guess among all characters, in nats.
    pub(crate) guess_loss: f64,
    /// The loss of knowing the frequencies of characters, in nats.
    pub(crate) frequency_loss: f64,
}

/// The reason for which a run is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Ending {
    /// All steps were taken.
    Done,
    /// It was told to stop, and can go on.
    Interrupted,
}

/// A run that is over.
#[derive(Debug, Serialize)]
pub(crate) struct End<'a> {
    /// The reason.
    pub(crate) ending: Ending,
    /// The number of steps that were taken.
    pub(crate) taken: usize,
    /// The milliseconds of a step.
    pub(crate) milliseconds_per_step: f64,
    /// The last loss on what is held out.
    pub(crate) held_out: Option<f32>,
    /// The same of the run that is shown next to this one, if it was measured after the same step.
    pub(crate) held_out_beside: Option<f32>,
    /// A suspicion that the course of the loss raises.
    pub(crate) suspicion: Option<Suspicion>,
    /// The fault whose recorded run is most like this one.
    pub(crate) like: Option<Fault>,
    /// The folder of the run.
    pub(crate) folder: &'a Path,
    /// The command that continues the run, if it was told to stop.
    pub(crate) resume: Option<&'a str>,
    /// The beginning of a text that the model can continue.
    #[serde(skip)]
    pub(crate) prompt: &'static str,
}

impl Beginning<'_> {
    pub(super) fn in_words(&self) -> String {
        let Self {
            by,
            text,
            characters,
            vocabulary,
            parameters,
            taken,
            steps,
            guess_loss,
            frequency_loss,
            ..
        } = self;
        let progress = match taken {
            0 => format!("{steps} steps"),
            taken => format!("goes on after step {taken} of {steps}"),
        };
        let extent = match characters {
            Some(characters) => format!("{characters} characters of {vocabulary} kinds"),
            None => "drawn anew for each step".to_owned(),
        };
        format!(
            "A decoder of {parameters} parameters learns from {text}, {extent}, by {by}: {progress}.\nA guess has a loss of {guess_loss:.3} nats, frequencies alone have {frequency_loss:.3}. Ctrl-C saves \
             and stops."
        )
    }
}

impl End<'_> {
    pub(super) fn in_words(&self) -> String {
        let held_out = self.held_out.map(|loss| format!(", held out {loss:.3}"));
        let beside = self
            .held_out_beside
            .map(|loss| format!(" (recorded {loss:.3})"));
        let numbers = format!(
            "{} steps, {:.0} ms each{}{}",
            self.taken,
            self.milliseconds_per_step,
            held_out.unwrap_or_default(),
            beside.unwrap_or_default()
        );
        let folder = self.folder.display();
        let suspicion = self.suspicion.map(|suspicion| format!("\n{suspicion}"));
        let mut suspicion = suspicion.unwrap_or_default();
        if let Some(fault) = self.like {
            suspicion += &format!(
                " Of the lesson's runs, it is most like `{}`, in which {}.",
                fault.run, fault.what
            );
        }
        match self.ending {
            Ending::Done => format!(
                "{numbers}.{suspicion}\nThe model is in {folder}, and its losses in {folder}/curve.svg. Let it write:\n  \
                 cargo attentive pipeline text-generation \"{}\" --temperature 0.8 --model {folder}",
                self.prompt
            ),
            Ending::Interrupted => format!(
                "{numbers}.{suspicion}\nThe run was interrupted and is saved in {folder}. Continue it:\n  {}",
                self.resume.unwrap_or_default()
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_begins_and_ends_in_words() {
        let mut beginning = Beginning {
            by: "your functions",
            text: "poem.txt",
            characters: Some(900),
            vocabulary: 30,
            parameters: 12_345,
            taken: 0,
            steps: 500,
            seed: 42,
            threads: 1,
            guess_loss: 3.4012,
            frequency_loss: 2.875,
        };
        insta::assert_snapshot!(beginning.in_words(), @r"
        A decoder of 12345 parameters learns from poem.txt, 900 characters of 30 kinds, by your functions: 500 steps.
        A guess has a loss of 3.401 nats, frequencies alone have 2.875. Ctrl-C saves and stops.
        ");
        beginning.taken = 100;
        assert!(
            beginning
                .in_words()
                .contains(": goes on after step 100 of 500.")
        );

        beginning.characters = None;
        let says = "learns from poem.txt, drawn anew for each step, by your functions: ";
        assert!(beginning.in_words().contains(says));

        let mut end = End {
            ending: Ending::Done,
            taken: 500,
            milliseconds_per_step: 12.4,
            held_out: Some(2.25),
            held_out_beside: Some(2.125),
            suspicion: None,
            like: None,
            folder: Path::new("runs/training"),
            resume: None,
            prompt: "A query",
        };
        insta::assert_snapshot!(end.in_words(), @r#"
        500 steps, 12 ms each, held out 2.250 (recorded 2.125).
        The model is in runs/training, and its losses in runs/training/curve.svg. Let it write:
          cargo attentive pipeline text-generation "A query" --temperature 0.8 --model runs/training
        "#);
        end.ending = Ending::Interrupted;
        end.resume = Some("cargo attentive train 28 --resume");
        end.held_out_beside = None;
        end.suspicion = Some(Suspicion::Rises);
        end.like = Some(Fault {
            run: "step-added",
            what: "the step is added",
        });
        insta::assert_snapshot!(end.in_words(), @r"
        500 steps, 12 ms each, held out 2.250.
        A suspicion, from the losses alone: it ends above that of a guess. Is the step added instead of subtracted, or the learning rate too large? Of the lesson's runs, it is most like `step-added`, in which the step is added.
        The run was interrupted and is saved in runs/training. Continue it:
          cargo attentive train 28 --resume
        ");
    }

    #[test]
    fn a_line_of_json_says_which_event_it_is() {
        let measured = Event::Measured(Measured::new(5, &[3.0, 2.0]));
        let line = serde_json::to_string(&measured).expect("JSON");
        assert_eq!(
            line,
            r#"{"event":"measured","step":5,"loss":2.5,"in_context":-1.0}"#
        );
        let end = Event::End(End {
            ending: Ending::Interrupted,
            taken: 5,
            milliseconds_per_step: 1.5,
            held_out: None,
            held_out_beside: None,
            suspicion: Some(Suspicion::Jumps { step: 3 }),
            like: Some(Fault {
                run: "one-batch",
                what: "each step reads the same batch",
            }),
            folder: Path::new("run"),
            resume: Some("cargo attentive train 28 --resume"),
            prompt: "A query",
        });
        let line = serde_json::to_string(&end).expect("JSON");
        let begins = r#"{"event":"end","ending":"interrupted","taken":5,"#;
        assert!(line.starts_with(begins), "{line}");
        let suspicion = r#""suspicion":{"kind":"jumps","step":3},"like":{"run":"one-batch"}"#;
        assert!(line.contains(suspicion), "{line}");
    }
}
