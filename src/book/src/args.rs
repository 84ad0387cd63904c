//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

/// The book of Attentive.
#[derive(Parser)]
#[command(
    after_help = "Exit status: 0 it is done; 1 `check` found something; 2 the command could not do its work, and a \
                  book built before is still there."
)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Build the book into a folder that can be read without a server
    ///
    /// Formulas are typeset, figures computed by the course's solutions, and quizzes checked: a question without a
    /// reason for every choice, an unknown figure or a formula that cannot be typeset stops the build,
    /// with its file, its line and what to do about it.
    Build {
        #[command(flatten)]
        book: BookDir,
        /// Folder for the pages; a book that is there already is replaced [default: html in the book's folder]
        #[arg(long, value_name = "DIR", conflicts_with = "pdf")]
        dest: Option<PathBuf>,
        /// Print the whole book into one PDF instead, by Chromium or Chrome [default file: attentive.pdf in the book's folder]
        #[arg(long, value_name = "FILE", num_args = 0..=1)]
        #[expect(clippy::option_option, reason = "it may be given, and with a file")]
        pdf: Option<Option<PathBuf>>,
    },
    /// Look for what a build lets pass: dead links, exercises without a page, misspelt code and more
    ///
    /// Prints a line for each finding, with file, line and fix.
    Check {
        /// An exercise, by name, folder or number: only what its page, its quiz and its words lack is printed
        exercise: Option<String>,
        #[command(flatten)]
        book: BookDir,
    },
    /// Show the book to a browser on this machine, and again after each save
    ///
    /// The lessons, quizzes and assets are watched; a change to a solution needs a new start, because the solutions
    /// are part of this program. End it with Ctrl-C.
    ///
    /// Answers to quizzes are those of `cargo attentive quiz`: a page shows what you have answered in the terminal, and
    /// the terminal remembers what you answer on a page. They never leave this machine.
    Serve {
        #[command(flatten)]
        book: BookDir,
        /// The port; 0 takes any that is free
        #[arg(long, default_value_t = 3000)]
        port: u16,
    },
    /// Draw a figure of the book into a file of its own
    Figure {
        /// Its name, as --list shows it
        #[arg(required_unless_present = "list")]
        name: Option<String>,
        /// The file; its name ends in .svg or .png
        #[arg(long, value_name = "FILE", required_unless_present = "list")]
        out: Option<PathBuf>,
        /// Name all figures, one a line
        #[arg(long)]
        list: bool,
    },
    /// Be a preprocessor of mdBook, which calls this by itself in `mdbook build`
    Preprocess {
        #[command(subcommand)]
        query: Option<PreprocessorQuery>,
    },
}

#[derive(Subcommand)]
pub(crate) enum PreprocessorQuery {
    /// Tell by the exit status whether pages can be made for this renderer
    Supports { renderer: String },
}

#[derive(Args)]
pub(crate) struct BookDir {
    /// The folder with book.toml [default: book, here or in the nearest folder above]
    #[arg(long, value_name = "DIR")]
    book: Option<PathBuf>,
}

impl BookDir {
    /// Returns the folder that the option names, or else the folder `book`, here or in the nearest folder above.
    pub(crate) fn path(self) -> PathBuf {
        if let Some(book) = self.book {
            return book;
        }
        let here = std::env::current_dir().unwrap_or_default();
        for folder in here.ancestors().skip(1) {
            let book = folder.join("book");
            if !here.join("book/book.toml").is_file() && book.join("book.toml").is_file() {
                return book;
            }
        }
        PathBuf::from("book") // relative, as people would write it
    }
}
