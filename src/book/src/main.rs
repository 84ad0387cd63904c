//! The book's command: `cargo run -p attentive-book -- build`, or `cargo attentive book build`.

mod args;

use std::io;
use std::path::Path;
use std::process::ExitCode;

use attentive_book::{BookError, LessonPreprocessor, Progress, ServeEvent, Terminal, figures};
use attentive_course::text::count;
use clap::Parser;
use indicatif::{ProgressBar, ProgressStyle};

use args::{Arguments, Command, PreprocessorQuery};

/// Exit status of `check` if there are diagnostics.
const EXIT_DIAGNOSTICS: u8 = 1;

fn main() -> ExitCode {
    run(Arguments::parse().command).unwrap_or_else(|error| {
        eprintln!("error: {error}");
        ExitCode::from(2)
    })
}

fn run(command: Command) -> Result<ExitCode, BookError> {
    match command {
        Command::Build {
            book,
            pdf: Some(file),
            ..
        } => {
            let book = book.path();
            build_pdf(&book, &file.unwrap_or_else(|| book.join("attentive.pdf")))?;
        }
        Command::Build { book, dest, .. } => {
            let book = book.path();
            build(&book, &dest.unwrap_or_else(|| book.join("html")))?;
        }
        Command::Serve { book, port } => {
            let book = book.path();
            let terminal = terminal(&book);
            if terminal.is_none() {
                eprintln!(
                    "answers to quizzes stay in the browser; `cargo attentive book serve` keeps them"
                );
            }
            attentive_book::serve(&book, port, terminal, print_event)?;
        }
        Command::Figure { list: true, .. } => figures::names().for_each(|name| println!("{name}")),
        Command::Figure { name, out, .. } => {
            // Both are required by the command line, unless there is a list.
            figures::export(&name.unwrap_or_default(), &out.unwrap_or_default())?;
        }
        Command::Check { book, exercise } => return check(&book.path(), exercise.as_deref()),
        Command::Preprocess {
            query: Some(PreprocessorQuery::Supports { renderer }),
        } => {
            return Ok(if LessonPreprocessor::supports(&renderer) {
                ExitCode::SUCCESS
            } else {
                ExitCode::from(1)
            });
        }
        Command::Preprocess { query: None } => {
            attentive_book::preprocess(io::stdin().lock(), io::stdout().lock())?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn build(book: &Path, dest: &Path) -> Result<(), BookError> {
    let (bar, on_page) = progress();
    let result = attentive_book::build(book, dest, on_page);
    bar.finish_and_clear();
    let index = dest.join("index.html");
    println!("{}: open {}", count(result?, "page"), index.display());
    Ok(())
}

fn build_pdf(book: &Path, file: &Path) -> Result<(), BookError> {
    let (bar, on_page) = progress();
    let result = attentive_book::build_pdf(book, file, on_page);
    bar.finish_and_clear();
    println!("{} chapters: open {}", result?, file.display());
    Ok(())
}

/// Returns a bar, and what moves it at the beginning of each page.
fn progress() -> (ProgressBar, impl Fn(Progress<'_>) + 'static) {
    let bar = ProgressBar::new(0); // hidden where standard error is no terminal
    let style = ProgressStyle::with_template("{bar:30} {pos} of {len} pages: {msg}");
    bar.set_style(style.expect("a valid template"));
    let moved = bar.clone();
    let on_page = move |page: Progress<'_>| {
        moved.set_length(page.of as u64);
        moved.set_position(page.number as u64);
        moved.set_message(page.title.to_owned());
    };
    (bar, on_page)
}

/// Returns the command that keeps the answers, if this program was started by it.
fn terminal(book: &Path) -> Option<Terminal> {
    let command = std::env::var_os(attentive_course::COMMAND_VARIABLE)?;
    let course = book.canonicalize().ok()?.parent()?.to_path_buf();
    Some(Terminal::new(command, course))
}

fn print_event(event: ServeEvent) {
    match event {
        ServeEvent::Ready(address) => {
            println!("open {address} and leave this running; Ctrl-C ends it")
        }
        ServeEvent::Rebuilt => println!("built again"),
        ServeEvent::Failed(error) => eprintln!("error: {error}"),
        ServeEvent::AnswersFailed(message) => {
            eprintln!("answers to quizzes stay in the browser: {message}");
        }
    }
}

fn check(book: &Path, exercise: Option<&str>) -> Result<ExitCode, BookError> {
    let mut report = attentive_book::check(book)?;
    if let Some(exercise) = exercise {
        report.retain_exercise(book, exercise)?;
    }
    for diagnostic in &report.diagnostics {
        println!("{diagnostic}");
    }
    let looked = format!(
        "{}, {} and {} of code",
        count(report.pages, "page"),
        count(report.links, "link"),
        count(report.names, "piece")
    );
    match report.diagnostics.len() {
        0 => println!("nothing to put right in {looked}"),
        n => eprintln!("{n} to put right in {looked}"),
    }
    Ok(if report.diagnostics.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(EXIT_DIAGNOSTICS)
    })
}
