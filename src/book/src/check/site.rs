//! The built book beside its sources.

use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use attentive_quiz::Quiz;

use crate::files::read;
use crate::html::tags;
use crate::{BookError, Place};

/// A built book and what it was made of.
pub(super) struct Site {
    /// The folder of the sources.
    pub(super) root: PathBuf,
    /// The folder of the pages.
    built: PathBuf,
    /// By name: `softmax.html`.
    pub(super) pages: BTreeMap<String, Page>,
    pub(super) quizzes: Vec<Quiz>,
    /// Lessons that became no page.
    pub(super) unlisted: Vec<PathBuf>,
}

/// A page that has a lesson as its source.
pub(super) struct Page {
    /// The lesson.
    pub(super) source: PathBuf,
    /// Its Markdown.
    pub(super) markdown: String,
    pub(super) ids: HashSet<String>,
    pub(super) links: Vec<Link>,
}

/// Something that a page refers to.
pub(super) struct Link {
    pub(super) url: String,
    /// Whether the page loads it by itself; otherwise readers follow it.
    pub(super) loaded: bool,
}

impl Site {
    pub(super) fn read(root: &Path, built: &Path) -> Result<Self, BookError> {
        let (mut pages, mut unlisted, sources) = (BTreeMap::new(), Vec::new(), root.join("src"));
        for source in files(&sources, "md")? {
            let inside = source
                .strip_prefix(&sources)
                .unwrap_or(&source)
                .with_extension("html");
            let page = built.join(&inside);
            if page.is_file() {
                let (markdown, html) = (read(&source)?, read(&page)?);
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

    /// Whether the book has this file, named from its root.
    pub(super) fn has(&self, file: &str) -> bool {
        self.built.join(file).is_file()
    }

    /// The line of a page's source, or of a quiz on it, that refers to `url`; the page's first if none does.
    pub(super) fn place(&self, page: &Page, url: &str) -> Place {
        // mdBook turned the names of sources into those of pages.
        let written = [url.to_owned(), url.replacen(".html", ".md", 1)];
        let find = |text: &str| written.iter().find_map(|url| text.find(url.as_str()));
        if let Some(at) = find(&page.markdown) {
            return Place::at(&page.source, &page.markdown, at);
        }
        for quiz in self.quizzes.iter().filter(|quiz| page.asks(&quiz.name)) {
            let text = fs::read_to_string(&quiz.path).unwrap_or_default();
            if let Some(at) = find(&text) {
                return Place::at(&quiz.path, &text, at);
            }
        }
        Place {
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

    /// Whether the questions of a quiz are on this page.
    pub(super) fn asks(&self, quiz: &str) -> bool {
        self.markdown.contains(&format!("{{{{#quiz {quiz}}}}}"))
    }
}

/// The files below a folder with this extension, sorted; none if there is no such folder.
pub(super) fn files(dir: &Path, extension: &str) -> Result<Vec<PathBuf>, BookError> {
    let entries = match fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(source) => {
            return Err(BookError::Io {
                path: dir.to_owned(),
                source,
            });
        }
    };
    let mut files = Vec::new();
    for path in entries.flatten().map(|entry| entry.path()) {
        if path.is_dir() {
            files.extend(self::files(&path, extension)?);
        } else if path.extension().is_some_and(|known| known == extension) {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}
