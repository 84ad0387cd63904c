//! The authors' proofs, as a command.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use attentive_proof::{Authored, Fate, ProofError, authored, kill_table, survey};
use clap::{Parser, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};

/// The fewest mutants that prove anything about a grader.
const ENOUGH: usize = 20;

/// Proves the grader by mutation. Exit status: 0 proved, 1 something is not, 2 the command could not do its work.
#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Makes small mechanical changes to each solution and grades them: each has to be rejected.
    ///
    /// A mutant that is a right answer after all stands in the solution's equivalent.toml, with the reason.
    Mutants {
        /// Names of exercises, such as softmax; all of them when there is none.
        exercises: Vec<String>,
    },
    /// Writes book/src/kill-table.md: each mistake's distance from the right answer and from the mistake most like it,
    /// and how close each accepted variant comes. Fails when a row does not hold.
    KillTable {
        /// Only says whether the page is up to date. How close variants come may differ: that is the machine's.
        #[arg(long)]
        check: bool,
    },
}

fn main() -> ExitCode {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .nth(2)
        .map_or_else(PathBuf::new, Path::to_owned);
    let proved = match Arguments::parse().command {
        Command::Mutants { exercises } => mutants(&root, &exercises),
        Command::KillTable { check } => write_kill_table(&root, check),
    };
    match proved {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(2)
        }
    }
}

fn mutants(root: &Path, names: &[String]) -> Result<bool, ProofError> {
    let mut proved = true;
    println!(
        "{:<28} {:>8} {:>8} {:>10} {:>8}",
        "exercise", "mutants", "rejected", "equivalent", "survived"
    );
    for exercise in authored(root, names)? {
        let bar = ProgressBar::new_spinner().with_style(
            ProgressStyle::with_template("{spinner} {msg} {pos}")
                .unwrap_or_else(|_| ProgressStyle::default_spinner()),
        );
        bar.set_message(exercise.name().to_owned());
        let survey = survey(root, &exercise, || bar.inc(1))?;
        bar.finish_and_clear();
        let (rejected, survived) = (survey.count(Fate::Rejected), survey.count(Fate::Survived));
        let known = |title: &str| {
            exercise
                .equivalent
                .iter()
                .any(|known| known.mutant == title)
        };
        let unknown: Vec<_> = survey
            .survivors()
            .filter(|mutant| !known(&mutant.title()))
            .collect();
        let total = rejected + survived;
        let equivalent = survived - unknown.len();
        println!(
            "{:<28} {total:>8} {rejected:>8} {equivalent:>10} {:>8}",
            exercise.name(),
            unknown.len()
        );
        for mutant in &unknown {
            println!("    survived: line {}: {}", mutant.line, mutant.title());
        }
        let stale = stale(
            &exercise,
            survey
                .survivors()
                .map(attentive_proof::Mutant::title)
                .collect(),
        );
        stale
            .iter()
            .for_each(|title| println!("    equivalent.toml names what did not survive: {title}"));
        if rejected < ENOUGH {
            println!("    expected at least {ENOUGH} rejected mutants");
        }
        proved &= unknown.is_empty() && stale.is_empty() && rejected >= ENOUGH;
    }
    Ok(proved)
}

fn write_kill_table(root: &Path, check: bool) -> Result<bool, ProofError> {
    let table = kill_table(root, &authored(root, &[])?)?;
    let path = root.join("book/src/kill-table.md");
    let file = |error| ProofError::File {
        path: path.clone(),
        error,
    };
    table
        .failures
        .iter()
        .for_each(|failure| println!("{failure}"));
    let fresh = if check {
        table.says_the_same_as(&std::fs::read_to_string(&path).map_err(file)?)
    } else {
        std::fs::write(&path, &table.page).map_err(file)?;
        true
    };
    if !fresh {
        println!(
            "{} is not what the packs say today; write it again without --check",
            path.display()
        );
    }
    Ok(fresh && table.failures.is_empty())
}

fn stale(exercise: &Authored, survivors: Vec<String>) -> Vec<&str> {
    let titles = exercise
        .equivalent
        .iter()
        .map(|known| known.mutant.as_str());
    titles
        .filter(|title| survivors.iter().all(|survivor| survivor != title))
        .collect()
}
