//! The book's command: `cargo run -p attentive-book -- build`, or `cargo attentive book build`.

mod args;

use std::io;
use std::path::Path;
use std::process::ExitCode;

use attentive_book::{BookError, Event, Lessons, figures};
use clap::Parser;
use indicatif::{ProgressBar, ProgressStyle};

use args::{Arguments, Command, Question};

/// What `check` ends with when it found something.
const FOUND: u8 = 1;

fn main() -> ExitCode {
    run(Arguments::parse().command).unwrap_or_else(|error| {
        eprintln!("error: {error}");
        ExitCode::from(2)
    })
}

fn run(command: Command) -> Result<ExitCode, BookError> {
    match command {
        Command::Build { book, dest } => {
            let book = book.path();
            build(&book, &dest.unwrap_or_else(|| book.join("html")))?;
        }
        Command::Serve { book, port } => attentive_book::serve(&book.path(), port, tell)?,
        Command::Figure { list: true, .. } => figures::names().for_each(|name| println!("{name}")),
        Command::Figure { name, out, .. } => {
            // Both are required by the command line, unless there is a list.
            figures::export(&name.unwrap_or_default(), &out.unwrap_or_default())?;
        }
        Command::Check { book } => return check(&book.path()),
        Command::Preprocess {
            question: Some(Question::Supports { renderer }),
        } => {
            return Ok(if Lessons::supports(&renderer) {
                ExitCode::SUCCESS
            } else {
                ExitCode::from(1)
            });
        }
        Command::Preprocess { question: None } => {
            attentive_book::preprocess(io::stdin().lock(), io::stdout().lock())?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn build(book: &Path, dest: &Path) -> Result<(), BookError> {
    let bar = ProgressBar::new(0); // hidden where standard error is no terminal
    let style = ProgressStyle::with_template("{bar:30} {pos} of {len} pages: {msg}");
    bar.set_style(style.expect("a valid template"));
    let on_page = bar.clone();
    let result = attentive_book::build(book, dest, move |page| {
        on_page.set_length(page.of as u64);
        on_page.set_position(page.number as u64);
        on_page.set_message(page.title.to_owned());
    });
    bar.finish_and_clear();
    println!(
        "{} pages: open {}",
        result?,
        dest.join("index.html").display()
    );
    Ok(())
}

fn tell(event: Event) {
    match event {
        Event::Open(address) => println!("open {address} and leave this running; Ctrl-C ends it"),
        Event::Rebuilt => println!("built again"),
        Event::Wrong(error) => eprintln!("error: {error}"),
    }
}

fn check(book: &Path) -> Result<ExitCode, BookError> {
    let checked = attentive_book::check(book)?;
    for finding in &checked.findings {
        println!("{finding}");
    }
    let looked = format!(
        "{} pages, {} links and {} pieces of code",
        checked.pages, checked.links, checked.names
    );
    match checked.findings.len() {
        0 => println!("nothing to put right in {looked}"),
        n => eprintln!("{n} to put right in {looked}"),
    }
    Ok(if checked.findings.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(FOUND)
    })
}
