//! Does what the arguments say.

use std::env;
use std::process::ExitCode;

use attentive_course::{Course, panics};
use attentive_recipe::{Data, Measured, Recipe, RunRecord};

use crate::args::Arguments;
use crate::beside::Beside;
use crate::error::TrainerError;
use crate::interrupt::{self, INTERRUPTED};
use crate::session::Session;
use crate::suspicion::{Scale, Suspicion, nearest, suspicion};
use crate::view::{Beginning, End, Ending, Event, View};

/// Exit status if a function of the learner's is not solved, panicked, or returned something that cannot be right.
const NOT_SOLVED: u8 = 1;

/// Trains a model.
///
/// # Errors
/// When it cannot do its work. What a learner's own functions are the reason of is no error: it is said, and the exit
/// status is 1.
pub fn run(arguments: &Arguments) -> Result<ExitCode, TrainerError> {
    if !arguments.own {
        return Ok(train(arguments)?.code());
    }
    let reason = match panics::catch(|| train(arguments)) {
        Ok(Ok(ending)) => return Ok(ending.code()),
        Ok(Err(error)) if !error.is_of_functions() => return Err(error),
        Ok(Err(error)) => format!("error: {error}"),
        Err(stopped) => stopped.with_consequence("and training needs it"),
    };
    eprintln!("{reason}");
    Ok(ExitCode::from(NOT_SOLVED))
}

fn train(arguments: &Arguments) -> Result<Ending, TrainerError> {
    let stop = interrupt::listen();
    let mut session = Session::open(arguments)?;
    let beside = beside(arguments, &session)?;
    let (beside, recorded) = (
        beside.as_ref(),
        beside.as_ref().map(|beside| &beside.record),
    );
    let mut view = View::new(arguments.json);
    view.show(&beginning(&session), session.record(), beside)?;
    session.ensure_gradients()?;
    if session.steps_taken() == 0 {
        measure(&mut session, &mut view, beside)?;
    }
    let mut ending = Ending::Done;
    while !session.is_done() {
        if stop.is_requested() {
            session.save(recorded)?;
            ending = Ending::Interrupted;
            break;
        }
        let mut report = session.step()?;
        report.beside = beside.and_then(|beside| beside.loss(report.step));
        view.show(&Event::Step(report), session.record(), beside)?;
        if session.is_due() {
            measure(&mut session, &mut view, beside)?;
        }
    }
    let resume = arguments.resume_command();
    let end = end(&session, beside, ending, &resume);
    view.show(&end, session.record(), beside)?;
    Ok(ending)
}

/// Measures a run, saves it, and says so.
fn measure(
    session: &mut Session,
    view: &mut View,
    beside: Option<&Beside>,
) -> Result<(), TrainerError> {
    let measured = session.measure();
    session.save(beside.map(|beside| &beside.record))?;
    view.show(&Event::Measured(measured), session.record(), beside)
}

/// The run that is shown next to this one.
fn beside(arguments: &Arguments, session: &Session) -> Result<Option<Beside>, TrainerError> {
    if let Some(path) = &arguments.beside {
        return Ok(Some(Beside::read(path, session.plan())?));
    }
    let here = env::current_dir().map_err(TrainerError::Here)?;
    Beside::shipped(&Course::containing(&here)?, session.plan())
}

fn beginning(session: &Session) -> Event<'_> {
    let (record, plan) = (session.record(), session.plan());
    let [guess_loss, frequency_loss] = session.levels();
    Event::Begin(Beginning {
        by: &record.by,
        text: &plan.text,
        characters: session.corpus().size(),
        vocabulary: plan.vocabulary,
        parameters: session.parameters(),
        taken: session.steps_taken(),
        steps: plan.recipe.steps,
        seed: plan.seed,
        threads: session.threads(),
        guess_loss,
        frequency_loss,
    })
}

fn end<'a>(
    session: &'a Session,
    beside: Option<&Beside>,
    ending: Ending,
    resume: &'a str,
) -> Event<'a> {
    let record = session.record();
    let held_out = record.held_out.last();
    let recorded = beside.and_then(|beside| {
        let same = |measured: &&Measured| held_out.is_some_and(|last| last.step == measured.step);
        beside.record.held_out.iter().find(same)
    });
    let suspected = suspicion_of(record, session.levels());
    let like = suspected.and_then(|suspected| {
        let scale = Scale {
            steps: record.plan.recipe.steps,
            levels: session.levels(),
            floor: beside?.floor()?,
        };
        nearest(&record.losses, scale, &suspected)
    });
    Event::End(End {
        ending,
        taken: session.steps_taken(),
        milliseconds_per_step: record.milliseconds_per_step,
        held_out: held_out.map(|measured| measured.loss),
        held_out_beside: recorded.map(|measured| measured.loss),
        suspicion: suspected,
        like,
        folder: session.folder().path(),
        resume: (ending == Ending::Interrupted).then_some(resume),
        prompt: match record.plan.recipe.data {
            Data::Text => "A query",
            Data::Chains => "abcabcab",
        },
    })
}

/// A suspicion about a run so far. A right run on chains stays at a guess until its heads find out what to look up, so
/// staying there is suspicious once it has had the time for it.
fn suspicion_of(record: &RunRecord, levels: [f64; 2]) -> Option<Suspicion> {
    let raised = suspicion(&record.losses, levels)?;
    let stays = matches!(
        raised,
        Suspicion::NeverMoves | Suspicion::StaysAtFrequencies
    );
    let is_early =
        record.plan.recipe.data == Data::Chains && record.losses.len() < Recipe::INDUCTION.steps;
    (!stays || !is_early).then_some(raised)
}

impl Ending {
    fn code(self) -> ExitCode {
        match self {
            Self::Done => ExitCode::SUCCESS,
            Self::Interrupted => ExitCode::from(INTERRUPTED),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_right_run_on_chains_is_not_suspected_while_it_stays_at_a_guess() {
        let record = include_str!("../shipped/induction.json");
        let record: RunRecord = serde_json::from_str(record).expect("a record");
        let guess = (record.plan.vocabulary as f64).ln();
        let after = |taken: usize, losses: &[f32]| {
            let mut run = record.clone();
            run.losses = losses[..taken].to_vec();
            suspicion_of(&run, [guess, guess])
        };
        for taken in [50, 100, 150, 800] {
            assert_eq!(after(taken, &record.losses), None, "{taken}");
        }
        let flat = [guess as f32; 800];
        assert_eq!(after(150, &flat), None);
        assert_eq!(after(800, &flat), Some(Suspicion::NeverMoves));
    }
}
