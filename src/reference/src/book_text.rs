//! The prose of the course's book: what the models of the book learn from, and what `recipe-text` writes down for recipes.

mod prose;

use attentive_course::{Course, files};
use attentive_recipe::{Text, TextError};

pub use prose::prose;

/// The book's pages, from the root of the course.
const PAGES: &str = "book/src";
/// The page that lists the others.
const CONTENTS: &str = "SUMMARY.md";

/// The prose of the book as it is now: a document for each page, in the order of the table of contents.
///
/// # Errors
/// When a page cannot be read.
pub fn book_text(course: &Course) -> Result<Text, TextError> {
    let folder = course.path(PAGES);
    let contents = files::read_text(&folder.join(CONTENTS))?;
    let mut documents = Vec::new();
    for page in pages(&contents) {
        let markdown = files::read_text(&folder.join(page))?;
        documents.push(prose(&markdown).join("\n"));
    }
    documents.retain(|document| !document.is_empty());
    Ok(Text {
        name: "the course's own book".to_owned(),
        documents,
    })
}

/// The files that a table of contents leads to.
fn pages(contents: &str) -> Vec<&str> {
    let links = contents.split("](").skip(1);
    links
        .filter_map(|link| link.split_once(')'))
        .map(|(page, _)| page)
        .filter(|page| page.ends_with(".md"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_book_is_read_in_the_order_of_its_contents() {
        assert_eq!(
            pages("# Summary\n\n[One](one.md)\n- [Two](two.md)\n  - [Out](https://example.org)\n"),
            ["one.md", "two.md"]
        );
        let course = Course::at(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."));
        let text = book_text(&course).expect("it is there");
        assert_eq!(text, book_text(&course).expect("it is there"));
        for document in &text.documents {
            for sign in ["{{#", "```", "$$", "<details>", "|---"] {
                assert!(!document.contains(sign), "{sign} in {document}");
            }
        }
        assert!(text.characters() > 200_000, "{}", text.characters());
    }
}
