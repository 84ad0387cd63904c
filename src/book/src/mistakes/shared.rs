//! Mistakes that another lesson explains: `{{#mistakes-of PAGE: id, id}}`.

use std::collections::BTreeMap;
use std::path::Path;

use attentive_course::Location;
use attentive_course::files::{self, read_text};

use super::sections::sections;
use crate::BookError;
use crate::markdown::{escape, title, to_html};
use crate::math::Math;

/// The beginning of each folded mistake, without its anchor.
pub(super) const START: &str = "<details class=\"folded-mistake\"";

/// The mistakes that lessons explain, for those that share them.
pub(crate) struct SharedMistakes {
    /// Lessons by the name of their page, without `.html`.
    lessons: BTreeMap<String, Lesson>,
}

struct Lesson {
    title: String,
    /// Titles of the mistakes, in Markdown, by anchor.
    mistakes: BTreeMap<String, String>,
}

impl SharedMistakes {
    /// Reads the headings of the mistakes of all lessons in the folder `sources`.
    pub(crate) fn read(sources: &Path) -> Result<Self, BookError> {
        let mut lessons = BTreeMap::new();
        for file in files::list(sources)? {
            if file.extension().is_none_or(|extension| extension != "md") {
                continue;
            }
            let markdown = read_text(&sources.join(&file))?;
            let mut mistakes = BTreeMap::new();
            for section in sections(&markdown) {
                if let Some(id) = section.id {
                    mistakes.insert(id, markdown[section.title].to_owned());
                }
            }
            if !mistakes.is_empty() {
                let name = file.with_extension("").to_string_lossy().into_owned();
                let title = title(&markdown);
                lessons.insert(name, Lesson { title, mistakes });
            }
        }
        Ok(Self { lessons })
    }

    /// Returns the HTML, on one line, of the folded mistakes `ids` of the lesson `page`; `picture` gives the numbers
    /// of the current page's exercise by the anchor of a mistake.
    pub(crate) fn html<'a>(
        &self,
        page: &str,
        ids: impl Iterator<Item = &'a str>,
        picture: impl Fn(&str) -> Option<&'a str>,
        math: &Math,
        at: &Location,
    ) -> Result<String, BookError> {
        let lesson = self.lessons.get(page).ok_or_else(|| BookError::Unknown {
            at: at.clone(),
            kind: "page with mistakes",
            name: page.to_owned(),
            known: self.lessons.keys().cloned().collect(),
        })?;
        let mut html = String::new();
        for id in ids {
            let title = lesson.mistakes.get(id).ok_or_else(|| BookError::Unknown {
                at: at.clone(),
                kind: "mistake",
                name: id.to_owned(),
                known: lesson.mistakes.keys().cloned().collect(),
            })?;
            let (title, numbers) = (to_html(title, math, at)?, picture(id).unwrap_or_default());
            html += &format!(
                "{START} id=\"{id}\"><summary>{title}</summary><p><a href=\"{page}.html#{id}\">{}</a> explains this \
                 mistake.</p>{numbers}</details>",
                escape(&lesson.title),
            );
        }
        Ok(html)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn html(page: &str, ids: &[&str]) -> Result<String, BookError> {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let lesson =
            "# Softmax\n\n## The usual mistakes {#mistakes}\n\n### No $c$ {#no-maximum}\n\nText.\n";
        std::fs::write(dir.path().join("softmax.md"), lesson).expect("written");
        let shared = SharedMistakes::read(dir.path())?;
        let at = Location {
            file: "pooling.md".into(),
            line: 7,
        };
        let picture = |id: &str| (id == "no-maximum").then_some("<figure>1</figure>");
        shared.html(page, ids.iter().copied(), picture, &Math::new(), &at)
    }

    #[test]
    fn a_shared_mistake_has_its_anchor_title_link_and_numbers() {
        let html = html("softmax", &["no-maximum"]).expect("a mistake of softmax");
        assert!(
            html.starts_with("<details class=\"folded-mistake\" id=\"no-maximum\"><summary>No ")
        );
        assert!(html.contains("class=\"katex\"") && !html.contains('\n'));
        assert!(html.ends_with(
            "<p><a href=\"softmax.html#no-maximum\">Softmax</a> explains this mistake.</p>\
             <figure>1</figure></details>"
        ));
    }

    #[test]
    fn unknown_pages_and_mistakes_are_told_the_nearest_name() {
        let page = html("sofmax", &["no-maximum"]).expect_err("no such page");
        assert_eq!(
            page.to_string(),
            "pooling.md:7: there is no page with mistakes \"sofmax\"\n  fix: write softmax, if you meant that"
        );
        let mistake = html("softmax", &["no-maximun"]).expect_err("no such mistake");
        assert_eq!(
            mistake.to_string(),
            "pooling.md:7: there is no mistake \"no-maximun\"\n  fix: write no-maximum, if you meant that"
        );
    }
}
