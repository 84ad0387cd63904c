//! Builds the book: `cargo run -p attentive-book -- build`.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};

/// The book of Attentive.
#[derive(Parser)]
#[command(
    after_help = "Exit status: 0 the book is built; 2 it is not, and the book built before is still there."
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Builds the book into a folder that can be read without a server.
    ///
    /// Formulas are typeset, figures computed by the course's solutions, and quizzes checked: a question without a
    /// reason for every choice, a figure that nobody computes or a formula that cannot be typeset stops the build,
    /// with its file, its line and what to do about it.
    Build {
        /// The folder with book.toml [default: book, here or in the nearest folder above]
        #[arg(long, value_name = "DIR")]
        book: Option<PathBuf>,
        /// Where the pages go; a book that is there already is replaced [default: html in the book's folder]
        #[arg(long, value_name = "DIR")]
        dest: Option<PathBuf>,
    },
}

fn main() -> ExitCode {
    let Command::Build { book, dest } = Arguments::parse().command;
    let book = book.unwrap_or_else(nearest_book);
    let dest = dest.unwrap_or_else(|| book.join("html"));

    let spinner =
        if std::io::stderr().is_terminal() { ProgressBar::new_spinner() } else { ProgressBar::hidden() };
    spinner.set_style(ProgressStyle::with_template("{spinner} page {pos}: {msg}").expect("a valid template"));
    let on_page = spinner.clone();
    let result = attentive_book::build(&book, &dest, move |title| {
        on_page.inc(1);
        on_page.set_message(title.to_owned());
    });
    spinner.finish_and_clear();

    match result {
        Ok(pages) => {
            println!("{pages} pages: open {}", dest.join("index.html").display());
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(2)
        }
    }
}

/// The folder `book` with a book in it, here or in the nearest folder above.
fn nearest_book() -> PathBuf {
    let here = std::env::current_dir().unwrap_or_default();
    let found =
        here.ancestors().map(|folder| folder.join("book")).find(|book| book.join("book.toml").is_file());
    match found {
        // The path as people would write it.
        Some(book) if book.parent() == Some(&here) => PathBuf::from("book"),
        Some(book) => book,
        None => Path::new("book").to_owned(),
    }
}
