//! The entries of `glossary.md`.

use std::collections::HashMap;
use std::path::Path;

use attentive_course::Location;
use attentive_course::files::read_text;
use pulldown_cmark::{Event, HeadingLevel, Parser, Tag, TagEnd};

use crate::BookError;
use crate::markdown::{comment, options, title};

/// A term with its explanation.
pub(crate) struct Entry {
    /// Anchor of its heading.
    pub(crate) id: String,
    /// The term, and the other forms that are linked to it.
    pub(crate) forms: Vec<String>,
    pub(crate) lesson: Option<Lesson>,
    /// The byte after the explanation.
    pub(super) text_end: usize,
}

/// The lesson about a term.
pub(crate) struct Lesson {
    /// Name of the page without its extension.
    pub(crate) page: String,
    pub(crate) title: String,
}

/// Reads the entries of the glossary in `file`, whose lessons are in the folder `sources`.
pub(super) fn read(file: &Path, sources: &Path) -> Result<Vec<Entry>, BookError> {
    if !file.exists() {
        return Ok(Vec::new());
    }
    let markdown = read_text(file)?;
    let mut entries = Entries::default();
    let mut term: Option<String> = None;
    for (event, range) in Parser::new_ext(&markdown, options()).into_offset_iter() {
        let at = || Location::of_byte(file, &markdown, range.start);
        match event {
            Event::Start(Tag::Heading {
                level: HeadingLevel::H3,
                id,
                ..
            }) => {
                entries.begin(id.as_deref(), range.end, &at())?;
                term = Some(String::new());
            }
            Event::Text(text) | Event::Code(text) => {
                if let Some(term) = &mut term {
                    *term += &text;
                }
            }
            Event::End(TagEnd::Heading(HeadingLevel::H3)) => {
                entries.add_form(&term.take().unwrap_or_default(), &at())?;
            }
            Event::End(TagEnd::Paragraph) => {
                if let Some(entry) = entries.all.last_mut() {
                    entry.text_end = range.start + markdown[range.clone()].trim_end().len();
                }
            }
            Event::Html(html) => {
                if let Some((key, value)) = comment(&html) {
                    entries.add_comment(key, value, sources, &at())?;
                }
            }
            _ => {}
        }
    }
    Ok(entries.all)
}

/// The entries read so far.
#[derive(Default)]
struct Entries {
    all: Vec<Entry>,
    /// Terms by their forms in lower case.
    owners: HashMap<String, String>,
}

impl Entries {
    fn begin(&mut self, id: Option<&str>, end: usize, at: &Location) -> Result<(), BookError> {
        let id = id.ok_or_else(|| BookError::Glossary {
            at: at.clone(),
            problem: "this term has no anchor".to_owned(),
            fix: "write it at the end of the heading, as in ### Logit {#logit}".to_owned(),
        })?;
        self.all.push(Entry {
            id: id.to_owned(),
            forms: Vec::new(),
            lesson: None,
            text_end: end,
        });
        Ok(())
    }

    /// Adds a form to the last entry.
    fn add_form(&mut self, form: &str, at: &Location) -> Result<(), BookError> {
        let Some(entry) = self.all.last_mut() else {
            return Ok(());
        };
        let term = entry.forms.first().map_or(form, String::as_str).to_owned();
        if let Some(other) = self.owners.insert(form.to_lowercase(), term) {
            return Err(BookError::Glossary {
                at: at.clone(),
                problem: format!("\"{form}\" is a form of \"{other}\" already"),
                fix: "keep it where readers should be sent".to_owned(),
            });
        }
        entry.forms.push(form.to_owned());
        Ok(())
    }

    /// Adds what a comment says about the last entry.
    fn add_comment(
        &mut self,
        key: &str,
        value: &str,
        sources: &Path,
        at: &Location,
    ) -> Result<(), BookError> {
        match key {
            "forms" => {
                for form in value.split(',').map(str::trim) {
                    self.add_form(form, at)?;
                }
            }
            "lesson" => {
                let file = sources.join(value);
                if !value.ends_with(".md") || !file.is_file() {
                    return Err(BookError::Glossary {
                        at: at.clone(),
                        problem: format!("there is no lesson \"{value}\""),
                        fix: "name a lesson by its file, such as softmax.md".to_owned(),
                    });
                }
                if let Some(entry) = self.all.last_mut() {
                    let page = value.trim_end_matches(".md").to_owned();
                    let title = title(&read_text(&file)?);
                    entry.lesson = Some(Lesson { page, title });
                }
            }
            "language" => {} // for the check of language
            _ => {
                return Err(BookError::Glossary {
                    at: at.clone(),
                    problem: format!("\"{key}\" says nothing about a term"),
                    fix: "write <!-- forms: … --> or <!-- lesson: … -->".to_owned(),
                });
            }
        }
        Ok(())
    }
}
