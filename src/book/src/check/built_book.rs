//! The built book together with its sources.

use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};

use attentive_course::Location;
use attentive_course::files::{self, read_text};
use attentive_quiz::Quiz;

use crate::BookError;
use crate::html::tags;

/// A built book and its sources.
pub(super) struct BuiltBook {
    /// Folder of the sources.
    pub(super) root: PathBuf,
    /// Folder of the pages.
    built: PathBuf,
    /// Pages by name, such as `softmax.html`.
    pub(super) pages: BTreeMap<String, Page>,
    pub(super) quizzes: Vec<Quiz>,
    /// Lessons that `SUMMARY.md` does not name.
    pub(super) unlisted: Vec<PathBuf>,
}

/// A page made of a lesson.
pub(super) struct Page {
    /// File of the lesson.
    pub(super) source: PathBuf,
    /// Text of the lesson.
    pub(super) markdown: String,
    pub(super) ids: HashSet<String>,
    pub(super) links: Vec<Link>,
}

/// A URL in a page.
pub(super) struct Link {
    pub(super) url: String,
    /// `true` if the browser loads it with the page; otherwise readers follow it.
    pub(super) loaded: bool,
}

impl BuiltBook {
    pub(super) fn read(root: &Path, built: &Path) -> Result<Self, BookError> {
        let (mut pages, mut unlisted, sources) = (BTreeMap::new(), Vec::new(), root.join("src"));
        for source in list_files(&sources, "md")? {
            let inside = source
                .strip_prefix(&sources)
                .unwrap_or(&source)
                .with_extension("html");
            let page = built.join(&inside);
            if page.is_file() {
                let (markdown, html) = (read_text(&source)?, read_text(&page)?);
                pages.insert(
                    inside.to_string_lossy().into_owned(),
                    Page::new(source, markdown, &html),
                );
            } else if source != sources.join("SUMMARY.md") {
                unlisted.push(source);
            }
        }
        let dir = root.join("quizzes");
        let quizzes = if dir.exists() {
            Quiz::load_all(&dir)?
        } else {
            Vec::new()
        };
        Ok(Self {
            root: root.to_owned(),
            built: built.to_owned(),
            pages,
            quizzes,
            unlisted,
        })
    }

    /// Returns `true` if the book has this file; its path starts at the book's root.
    pub(super) fn has(&self, file: &str) -> bool {
        self.built.join(file).is_file()
    }

    /// Finds the line of a page's source, or of a quiz on it, that refers to `url`; the page's first if none does.
    pub(super) fn line_of(&self, page: &Page, url: &str) -> Location {
        // mdBook replaced the names of sources by those of pages.
        let written = [url.to_owned(), url.replacen(".html", ".md", 1)];
        let find = |text: &str| written.iter().find_map(|url| text.find(url.as_str()));
        if let Some(at) = find(&page.markdown) {
            return Location::of_byte(&page.source, &page.markdown, at);
        }
        for quiz in self.quizzes.iter().filter(|quiz| page.asks(&quiz.name)) {
            let text = fs::read_to_string(&quiz.path).unwrap_or_default();
            if let Some(at) = find(&text) {
                return Location::of_byte(&quiz.path, &text, at);
            }
        }
        Location {
            file: page.source.clone(),
            line: 1,
        }
    }
}

impl Page {
    fn new(source: PathBuf, markdown: String, html: &str) -> Self {
        let (mut ids, mut links) = (HashSet::new(), Vec::new());
        for tag in tags(html) {
            ids.extend(tag.attribute("id"));
            let follow = tag.name == "a";
            for (attribute, loaded) in [
                ("href", !follow),
                ("src", true),
                ("srcset", true),
                ("poster", true),
                ("data", tag.name == "object"),
            ] {
                links.extend(tag.attribute(attribute).map(|url| Link { url, loaded }));
            }
        }
        Self {
            source,
            markdown,
            ids,
            links,
        }
    }

    /// Returns `true` if the page has the questions of this quiz.
    pub(super) fn asks(&self, quiz: &str) -> bool {
        self.markdown.contains(&format!("{{{{#quiz {quiz}}}}}"))
    }
}

/// Lists the files with this extension in a folder and its subfolders, sorted; none if there is no such folder.
pub(super) fn list_files(dir: &Path, extension: &str) -> Result<Vec<PathBuf>, BookError> {
    let mut files = Vec::new();
    for file in files::list(dir)? {
        if file.extension().is_some_and(|found| found == extension) {
            files.push(dir.join(file));
        }
    }
    Ok(files)
}
