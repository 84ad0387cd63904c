//! mdBook as it comes: does what `mdbook build BOOK --dest-dir FOLDER` does, without this crate's own preprocessor in it.
//!
//! `cargo run -p attentive-book --example stock BOOK FOLDER`

use std::env;
use std::error::Error;

use mdbook_driver::MDBook;

fn main() -> Result<(), Box<dyn Error>> {
    let [_, book, folder] = &env::args().collect::<Vec<_>>()[..] else {
        return Err("expected two arguments: the book's folder, and one for its pages".into());
    };
    let here = env::current_dir()?;
    let mut book = MDBook::load(here.join(book))?;
    book.config.build.build_dir = here.join(folder);
    Ok(book.build()?)
}
