//! The index of the book's search: the words of the lessons, and the words by which people look for them.
//!
//! mdBook indexes all the text of a page: a formula three times (as MathML, as TeX and as letters), every number of a
//! figure, and the answers of a quiz. So the build of the pages indexes nothing, and the index is taken from a second
//! build, in which formulas are plain letters, and figures, explorers and quizzes are left out. These words are added:
//!
//! - to the heading of the section about a mistake, its names, which the grader prints: what is in a heading counts
//!   for more than a word of the text;
//! - to a lesson and to an entry of the glossary, all forms of the term, such as *RoPE*;
//! - to a section with a formula, the names of its symbols, such as *sqrt*.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use attentive_quiz::plain_text;
use mdbook_driver::MDBook;
use mdbook_driver::config::Config;
use mdbook_preprocessor::book::{Book, BookItem};
use mdbook_preprocessor::errors::Result;
use mdbook_preprocessor::{Preprocessor, PreprocessorContext};
use pulldown_cmark::{Event, HeadingLevel, Parser, Tag, TagEnd};

use crate::directive::Directive;
use crate::glossary::Glossary;
use crate::markdown::{Edits, comment, options};
use crate::math::escape_markdown;
use crate::{BookError, LessonPreprocessor, counts, course};

/// Commands of TeX whose names people know better than their symbols.
const SYMBOLS: [&str; 12] = [
    "sqrt", "alpha", "beta", "gamma", "delta", "epsilon", "eta", "theta", "lambda", "mu", "sigma",
    "tau",
];

/// Has mdBook index no chapter: its index is replaced, and making it takes an eighth of a build.
pub(crate) fn index_nothing(config: &mut Config) -> Result<()> {
    let every_path = "";
    let disabled = BTreeMap::from([("enable", false)]);
    config.set(
        "output.html.search.chapter",
        BTreeMap::from([(every_path, disabled)]),
    )
}

/// Replaces the search index of the built book in the folder `dest` by an index of the words of `book`, which is in the
/// folder `root`.
pub(crate) fn replace_index(mut book: MDBook, root: &Path, dest: &Path) -> Result<()> {
    let temp = tempfile::tempdir()?;
    let words = SearchWords::read(root, &root.join(&book.config.book.src))?;
    book.config.build.build_dir = temp.path().join("html");
    book.with_preprocessor(words);
    book.build()?;
    if let (Some(words), Some(empty)) = (index(&book.config.build.build_dir)?, index(dest)?) {
        fs::remove_file(&empty)?;
        fs::copy(&words, dest.join(file_name(&words)))?;
        rename_in_pages(dest, &file_name(&empty), &file_name(&words))?;
    }
    Ok(())
}

fn file_name(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}

/// Has all pages and their scripts load a file by its new name. The name of an index has a hash of it, so that no browser
/// takes one that it has kept for the new one.
fn rename_in_pages(pages: &Path, old: &str, new: &str) -> io::Result<()> {
    for entry in fs::read_dir(pages)? {
        let path = entry?.path();
        let extension = path.extension().and_then(OsStr::to_str);
        if matches!(extension, Some("html" | "js")) {
            let text = fs::read_to_string(&path)?;
            if text.contains(old) {
                fs::write(&path, text.replace(old, new))?;
            }
        }
    }
    Ok(())
}

/// Finds the index in a folder of pages; a book may have none.
fn index(pages: &Path) -> io::Result<Option<PathBuf>> {
    for entry in fs::read_dir(pages)? {
        let entry = entry?;
        if entry
            .file_name()
            .to_string_lossy()
            .starts_with("searchindex")
        {
            return Ok(Some(entry.path()));
        }
    }
    Ok(None)
}

/// Reduces lessons to words, instead of [`LessonPreprocessor`].
struct SearchWords {
    glossary: Glossary,
    /// Names of mistakes by the anchor of the section about them, `page.html#id`.
    mistakes: HashMap<String, BTreeSet<String>>,
}

impl Preprocessor for SearchWords {
    fn name(&self) -> &str {
        LessonPreprocessor::NAME
    }

    fn run(&self, _: &PreprocessorContext, mut book: Book) -> Result<Book> {
        book.for_each_mut(|item| {
            if let BookItem::Chapter(chapter) = item {
                let page = chapter.path.clone().unwrap_or_default();
                chapter.content = self.of_page(&chapter.content, &page.with_extension(""));
            }
        });
        Ok(book)
    }
}

impl SearchWords {
    /// Reads the names of mistakes of the course around the book in the folder `root`, and the glossary in `sources`.
    fn read(root: &Path, sources: &Path) -> std::result::Result<Self, BookError> {
        let mut mistakes: HashMap<String, BTreeSet<String>> = HashMap::new();
        for exercise in course::exercise_pages(&course::around(root))? {
            for mistake in exercise.mistakes {
                mistakes
                    .entry(mistake.anchor)
                    .or_default()
                    .insert(mistake.id);
            }
        }
        Ok(Self {
            glossary: Glossary::read(sources)?,
            mistakes,
        })
    }

    /// Writes the formulas of a lesson in plain letters, removes its directives, and adds words. `page` is the name of
    /// its page without an extension.
    fn of_page(&self, markdown: &str, page: &Path) -> String {
        let mut edits = Edits::default();
        let mut symbols = BTreeSet::new();
        // Words to be put below the current heading.
        let mut names: Vec<&str> = Vec::new();
        // Words to be put into it, and where its text ends, before its attributes.
        let mut mistakes = Vec::new();
        let mut end_of_text = 0;
        for (event, range) in Parser::new_ext(markdown, options()).into_offset_iter() {
            if matches!(
                event,
                Event::Text(_) | Event::Code(_) | Event::InlineMath(_)
            ) {
                end_of_text = range.end;
            }
            match event {
                Event::InlineMath(tex) => {
                    symbols.extend(symbols_of(&tex));
                    edits.replace(range, letters(&tex));
                }
                Event::DisplayMath(tex) => {
                    symbols.extend(symbols_of(&tex));
                    edits.replace(range, String::new());
                }
                Event::Start(Tag::Heading { level, id, .. }) => {
                    edits.replace(range.start..range.start, paragraph(&symbols));
                    symbols.clear();
                    if level == HeadingLevel::H1 {
                        names.extend(self.glossary.forms_of_lesson(page));
                    }
                    let anchor = format!("{}.html#{}", page.display(), id.as_deref().unwrap_or(""));
                    mistakes.extend(self.mistakes.get(&anchor).into_iter().flatten());
                }
                Event::End(TagEnd::Heading(_)) => {
                    for mistake in mistakes.drain(..) {
                        edits.replace(end_of_text..end_of_text, format!(" ({mistake})"));
                    }
                    edits.replace(range.end..range.end, paragraph(&names));
                    names.clear();
                }
                Event::Html(html) => {
                    if let Some(("forms", forms)) = comment(&html) {
                        edits.replace(range, paragraph([forms]));
                    }
                }
                Event::Start(Tag::Paragraph)
                    if Directive::parse(&markdown[range.clone()]).is_some() =>
                {
                    edits.replace(range, String::new());
                }
                Event::Text(text) if text.contains("{{#count") => {
                    for (part, _) in counts::directives(&markdown[range.clone()]) {
                        let part = range.start + part.start..range.start + part.end;
                        edits.replace(part, String::new());
                    }
                }
                _ => {}
            }
        }
        edits.replace(markdown.len()..markdown.len(), paragraph(&symbols));
        edits.apply(markdown)
    }
}

/// Writes a formula in plain letters; a matrix does not fit in a line of letters.
fn letters(tex: &str) -> String {
    if tex.contains("\\begin") {
        return String::new();
    }
    escape_markdown(&plain_text(&format!("${tex}$")))
}

/// Returns the names of a formula's symbols.
fn symbols_of(tex: &str) -> impl Iterator<Item = &'static str> {
    let tex = tex.replace("\\var", "\\"); // such as \varepsilon
    SYMBOLS
        .into_iter()
        .filter(move |symbol| tex.contains(&format!("\\{symbol}")))
}

/// Makes a paragraph of words; none of no words.
fn paragraph<T: AsRef<str>>(words: impl IntoIterator<Item = T>) -> String {
    let mut all = String::new();
    for word in words {
        let before = if all.is_empty() { "\n\n" } else { ", " };
        all += before;
        all += word.as_ref();
    }
    if !all.is_empty() {
        all += "\n\n";
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(lesson: &str, page: &str) -> String {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let glossary = "# G\n\n### Softmax {#softmax}\n<!-- forms: soft argmax -->\n<!-- lesson: softmax.md -->\n";
        fs::write(dir.path().join("glossary.md"), glossary).expect("written");
        fs::write(dir.path().join("softmax.md"), lesson).expect("written");
        let words = SearchWords {
            glossary: Glossary::read(dir.path()).expect("a glossary"),
            mistakes: HashMap::from([(
                "softmax.html#low".to_owned(),
                BTreeSet::from(["too-low".to_owned(), "low".to_owned()]),
            )]),
        };
        words.of_page(lesson, Path::new(page))
    }

    #[test]
    fn words_stay_and_computed_parts_are_removed() {
        let lesson = "# L\n\nBy $x_k$, as `$x$` says:\n\n$$\n\\begin{matrix}x\\end{matrix}\n$$\n\n{{#quiz softmax}}\n\nThe end.\n";
        let words = words(lesson, "masks").replace("&#95;", "_");
        assert_eq!(words, "# L\n\nBy x_k, as `$x$` says:\n\n\n\n\nThe end.\n");
    }

    #[test]
    fn sections_have_the_names_of_their_mistakes_and_symbols() {
        let lesson = "# L\n\n## A {#low}\n\n$\\sqrt\\varepsilon$\n\n## B\n\n$$\\theta$$\n";
        let words = words(lesson, "softmax");
        let order = [
            "soft argmax",
            "## A (low) (too-low) {#low}",
            "epsilon",
            "sqrt",
            "## B",
            "theta",
        ];
        let places: Vec<_> = order.iter().map(|word| words.find(word)).collect();
        assert!(places.is_sorted() && places[0].is_some(), "{words}");
    }

    #[test]
    fn the_forms_of_a_term_are_words_of_its_lesson_and_its_entry() {
        let glossary = "### Softmax {#softmax}\n<!-- forms: soft argmax -->\n";
        assert!(words(glossary, "glossary").contains("\n\nsoft argmax\n\n"));
        assert!(words("# L\n", "softmax").contains("\n\nSoftmax, soft argmax\n\n"));
        assert_eq!(words("# L\n", "masks"), "# L\n");
    }
}
