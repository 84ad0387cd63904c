//! The authors' proofs, as a command.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use attentive_course::files;
use attentive_proof::{
    Authored, KillTable, NameTable, Outcome, ProofError, Survey, authored, kill_rows,
    name_wrong_answers, survey,
};
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
    /// Makes small mechanical changes to each solution and grades them: each has to be killed, that is, rejected.
    ///
    /// A mutant that is a right answer after all is listed in the solution's equivalent.toml, with the reason.
    Mutants {
        /// Exercises, by name, folder or number; all of them when there is none.
        exercises: Vec<String>,
    },
    /// Grades the wrong answers in each solution's wrong_answers.toml, and compares the names that the grader gives with
    /// those that are right. No name may be false; of all exercises together, nine answers of ten have to be named.
    Names {
        /// Exercises, by name, folder or number; all of them when there is none.
        exercises: Vec<String>,
    },
    /// Writes book/src/kill-table.md: each mistake's distance from the right answer and from the mistake most like it,
    /// and how close each accepted variant comes. Fails when a row does not hold.
    KillTable {
        /// Names of exercises, such as softmax, whose rows are made anew; all of them when there is none.
        exercises: Vec<String>,
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
        Command::Names { exercises } => names(&root, &exercises),
        Command::KillTable { exercises, check } => kill_table(&root, &exercises, check),
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
        "{:<28} {:>8} {:>8} {:>10} {:>10} {:>8}",
        "exercise", "mutants", "killed", "timed out", "equivalent", "survived"
    );
    for exercise in authored(root, names)? {
        let bar = spinner(exercise.name());
        let survey = survey(root, &exercise, || bar.inc(1))?;
        bar.finish_and_clear();
        proved &= report(&exercise, &survey);
    }
    Ok(proved)
}

fn names(root: &Path, names: &[String]) -> Result<bool, ProofError> {
    let mut table = NameTable::default();
    print!("{}", table.head());
    for exercise in authored(root, names)? {
        let bar = spinner(exercise.name());
        let answers = name_wrong_answers(root, &exercise, || bar.inc(1))?;
        bar.finish_and_clear();
        print!("{}", table.add(exercise.name(), &answers));
    }
    let has_all_exercises = names.is_empty();
    print!("{}", table.end(has_all_exercises));
    Ok(table.failures(has_all_exercises).is_empty())
}

fn spinner(exercise: &str) -> ProgressBar {
    let style = ProgressStyle::with_template("{spinner} {msg} {pos}")
        .unwrap_or_else(|_| ProgressStyle::default_spinner());
    let bar = ProgressBar::new_spinner().with_style(style);
    bar.set_message(exercise.to_owned());
    bar
}

/// Prints a row for an exercise, and all that is wrong; returns `true` if nothing is.
fn report(exercise: &Authored, survey: &Survey) -> bool {
    let survivors: Vec<String> = survey.survivors().map(|mutant| mutant.title()).collect();
    let (mut equivalent, mut survived) = (0, Vec::new());
    for mutant in survey.survivors() {
        if exercise.calls_equivalent(&mutant.title()) {
            equivalent += 1;
        } else {
            survived.push(mutant);
        }
    }
    let killed = survey.count(Outcome::Killed);
    let timed_out = survey.count(Outcome::TimedOut);
    let rejected = killed + timed_out;
    println!(
        "{:<28} {:>8} {killed:>8} {timed_out:>10} {equivalent:>10} {:>8}",
        exercise.name(),
        rejected + survivors.len(),
        survived.len()
    );
    for mutant in &survived {
        println!("    survived: line {}: {}", mutant.line, mutant.title());
    }
    let mut proved = survived.is_empty();
    for known in &exercise.equivalent {
        if !survivors.contains(&known.mutant) {
            println!(
                "    equivalent.toml names a mutant that did not survive: {}",
                known.mutant
            );
            proved = false;
        }
    }
    if rejected < ENOUGH {
        println!("    expected at least {ENOUGH} rejected mutants, found {rejected}");
        proved = false;
    }
    proved
}

fn kill_table(root: &Path, names: &[String], check: bool) -> Result<bool, ProofError> {
    let path = root.join("book/src/kill-table.md");
    let all = authored(root, &[])?;
    let mut fresh = Vec::new();
    for exercise in &authored(root, names)? {
        fresh.push(kill_rows(root, exercise)?);
    }
    let mut holds = true;
    for failure in fresh.iter().flat_map(|rows| &rows.failures) {
        println!("{failure}");
        holds = false;
    }
    let old = files::read_text(&path)?;
    let table = KillTable::new(&all, &fresh, &old);
    if !check {
        files::write(&path, &table.page)?;
    } else if !table.says_the_same_as(&old) {
        println!(
            "{} is not what the packs say today; write it again without --check",
            path.display()
        );
        holds = false;
    }
    Ok(holds)
}
