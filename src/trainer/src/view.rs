//! The ways in which a run is shown: a live curve in a terminal, lines elsewhere, or JSON for programs.

mod event;
mod live;

use std::io::{self, Write};

use attentive_recipe::{Measured, RunRecord};

use crate::beside::Beside;
use crate::curve::{Curve, plot};
use crate::error::TrainerError;
use crate::report::StepReport;

use live::Live;

pub(crate) use event::{Beginning, End, Ending, Event};

/// The lines of a run that is not shown in a terminal.
const LINES: usize = 40;

/// A way of showing a run.
#[derive(Debug)]
pub(crate) enum View {
    /// A curve that is drawn again and again, on standard error.
    Live(Live),
    /// Lines on standard error.
    Lines,
    /// JSON on standard output, an object in each line.
    Json,
}

impl View {
    /// The view that suits the arguments and the terminal.
    pub(crate) fn new(json: bool) -> Self {
        if json {
            return Self::Json;
        }
        Live::new().map_or(Self::Lines, Self::Live)
    }

    /// Shows an event. `record` is the run so far.
    ///
    /// # Errors
    /// When it cannot be printed.
    pub(crate) fn show(
        &mut self,
        event: &Event<'_>,
        record: &RunRecord,
        beside: Option<&Beside>,
    ) -> Result<(), TrainerError> {
        match self {
            Self::Json => json(event),
            Self::Lines => lines(event, beside),
            Self::Live(live) => match event {
                Event::Step(report) => live
                    .draw(&report.lines().join("\n"), || curve(record, beside))
                    .map_err(TrainerError::Print),
                Event::Measured(measured) => {
                    live.above(&saved(measured)).map_err(TrainerError::Print)
                }
                _ => {
                    live.keep(&curve(record, beside))
                        .map_err(TrainerError::Print)?;
                    lines(event, beside)
                }
            },
        }
    }
}

/// The curve of a run so far, over that of the run next to it.
fn curve(record: &RunRecord, beside: Option<&Beside>) -> String {
    let mut curves = Vec::new();
    curves.extend(beside.map(|beside| Curve {
        sign: '·',
        losses: &beside.record.losses,
    }));
    curves.push(Curve {
        sign: '•',
        losses: &record.losses,
    });
    plot(&curves, record.plan.recipe.steps)
}

fn json(event: &Event<'_>) -> Result<(), TrainerError> {
    let line = serde_json::to_string(event)? + "\n";
    print(&mut io::stdout().lock(), &line)
}

fn lines(event: &Event<'_>, beside: Option<&Beside>) -> Result<(), TrainerError> {
    match event {
        Event::Begin(beginning) => {
            note(&beginning.in_words())?;
            match beside {
                Some(beside) => note(&beside.in_words()),
                None => Ok(()),
            }
        }
        Event::Step(report) if is_shown(report) => note(&report.lines().join("; ")),
        Event::Step(_) => Ok(()),
        Event::Measured(measured) => note(&saved(measured)),
        Event::End(end) => print(&mut io::stdout().lock(), &(end.in_words() + "\n")),
    }
}

fn saved(measured: &Measured) -> String {
    let Measured {
        step,
        loss,
        in_context,
    } = measured;
    format!("saved after step {step}: held out {loss:.3}, in-context score {in_context:+.2}")
}

/// Returns `true` for the steps that have a line of their own.
fn is_shown(report: &StepReport) -> bool {
    let interval = report.steps.div_ceil(LINES);
    report.step == 1 || report.step == report.steps || report.step.is_multiple_of(interval)
}

/// Prints a line on standard error.
fn note(line: &str) -> Result<(), TrainerError> {
    print(&mut io::stderr().lock(), &format!("{line}\n"))
}

fn print(to: &mut impl Write, text: &str) -> Result<(), TrainerError> {
    let written = to.write_all(text.as_bytes()).and_then(|()| to.flush());
    written.map_err(TrainerError::Print)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_has_some_lines_whatever_its_length() {
        for steps in [1, 7, 40, 41, 500, 2000] {
            let report = |step| StepReport {
                step,
                steps,
                loss: 1.0,
                beside: None,
                gradient_norm: 1.0,
                rate: 0.1,
                tokens_per_second: 1.0,
                seconds_left: 1.0,
            };
            let shown = (1..=steps).filter(|&step| is_shown(&report(step))).count();
            assert!((1..=LINES + 2).contains(&shown), "{steps}: {shown}");
            assert!(is_shown(&report(steps)));
        }
    }
}
