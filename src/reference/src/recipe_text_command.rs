//! `recipe-text`: the text of the recipes, taken from the book as it is now.

use std::error::Error;
use std::path::Path;

use attentive_course::{Course, files};
use attentive_reference::book_text::book_text;

/// The text of the recipes, from the root of the course.
const TEXT: &str = "src/recipe/shipped/text.txt";

/// Writes the text.
pub(crate) fn write_recipe_text(root: &Path) -> Result<(), Box<dyn Error>> {
    let course = Course::open(root)?;
    let text = book_text(&course)?;
    files::write(&course.path(TEXT), text.whole() + "\n")?;
    println!(
        "{TEXT}: {} characters. The recorded runs of recipes are now those of a different text: record them with recipe-run.",
        text.characters()
    );
    Ok(())
}
