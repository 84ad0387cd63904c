//! The glossary, and the links that lead to it from the first use of each term on a page.
//!
//! `glossary.md` has a heading `### Logit {#logit}` for each term. Comments below it are about its links:
//!
//! - `<!-- forms: logits, scores -->` names other forms that are linked;
//! - `<!-- lesson: softmax.md -->` names the lesson about the term, to which its entry then leads. The lesson itself
//!   has no link to the entry.

mod entries;
mod words;

use std::collections::HashMap;
use std::path::Path;

use pulldown_cmark::{Event, HeadingLevel, Parser, Tag, TagEnd};

use crate::BookError;
use crate::markdown::{Edits, options};
use entries::Entry;
use words::{Word, words};

/// The page's name without its extension.
const PAGE: &str = "glossary";

/// The terms of the glossary.
pub(crate) struct Glossary {
    entries: Vec<Entry>,
    /// Forms by their first word, those of most words first.
    forms: HashMap<String, Vec<Form>>,
}

/// A form of a term, in lower case.
struct Form {
    words: Vec<String>,
    /// Index of its entry.
    entry: usize,
}

impl Glossary {
    /// Reads the glossary of the folder `sources`; a book may have none.
    pub(crate) fn read(sources: &Path) -> Result<Self, BookError> {
        let entries = entries::read(&sources.join(PAGE).with_extension("md"), sources)?;
        let mut forms: HashMap<String, Vec<Form>> = HashMap::new();
        for (entry, term) in entries.iter().enumerate() {
            for form in &term.forms {
                let words: Vec<String> = words(form, 0).map(|word| word.text).collect();
                if let Some(first) = words.first().cloned() {
                    forms.entry(first).or_default().push(Form { words, entry });
                }
            }
        }
        for forms in forms.values_mut() {
            forms.sort_by_key(|form| std::cmp::Reverse(form.words.len()));
        }
        Ok(Self { entries, forms })
    }

    /// Returns all forms of the terms that a lesson is about, by the name of its page without an extension.
    pub(crate) fn forms_of_lesson(&self, page: &Path) -> impl Iterator<Item = &str> {
        let mut forms = Vec::new();
        for entry in &self.entries {
            if entry
                .lesson
                .as_ref()
                .is_some_and(|lesson| page == Path::new(&lesson.page))
            {
                forms.extend(entry.forms.iter().map(String::as_str));
            }
        }
        forms.into_iter()
    }

    /// Links the terms in the lesson of the file `file`, whose text is `markdown`: each at its first use, and none in
    /// headings, code, formulas, links and HTML.
    pub(crate) fn links(&self, markdown: &str, file: &Path) -> Edits {
        let page = file.file_stem().unwrap_or_default().to_string_lossy();
        let mut linker = Linker::new(self, markdown, &page);
        for (event, range) in Parser::new_ext(markdown, options()).into_offset_iter() {
            match event {
                Event::Text(text) if linker.is_linkable() && !text.contains("{{#") => {
                    // Not the event's text, whose bytes differ where characters are escaped.
                    let text = &markdown[range.clone()];
                    linker.run.extend(words(text, range.start));
                    continue;
                }
                Event::SoftBreak => continue,
                _ => {}
            }
            linker.link_run();
            match event {
                Event::Start(Tag::Heading { level, id, .. }) => {
                    linker.opaque += 1;
                    if page == PAGE && level == HeadingLevel::H3 {
                        linker.begin_entry(id.as_deref());
                    }
                }
                Event::Start(Tag::Paragraph) => {
                    linker.in_directive = markdown[range].starts_with("{{#");
                }
                Event::End(TagEnd::Paragraph) => linker.in_directive = false,
                Event::Start(tag) if is_opaque(&tag) => linker.opaque += 1,
                Event::End(
                    TagEnd::Heading(_) | TagEnd::CodeBlock | TagEnd::Link | TagEnd::Image,
                ) => linker.opaque -= 1,
                Event::Html(html) if html.starts_with("<details") => linker.in_fold = true,
                Event::Html(html) if html.starts_with("</details") => linker.in_fold = false,
                Event::InlineHtml(html) if html.starts_with("<a ") => linker.in_anchor = true,
                Event::InlineHtml(html) if html.starts_with("</a") => linker.in_anchor = false,
                _ => {}
            }
        }
        linker.link_run();
        let mut edits = linker.edits;
        if page == PAGE {
            edits = edits.merge(self.lesson_links());
        }
        edits
    }

    /// Ends each entry of the glossary with a link to its lesson.
    fn lesson_links(&self) -> Edits {
        let mut edits = Edits::default();
        for entry in &self.entries {
            if let Some(lesson) = &entry.lesson {
                let link = format!(" See [{}]({}.md).", lesson.title, lesson.page);
                edits.replace(entry.text_end..entry.text_end, link);
            }
        }
        edits
    }
}

/// Returns `true` for headings, links and the like, whose text has no links of its own.
fn is_opaque(tag: &Tag<'_>) -> bool {
    matches!(
        tag,
        Tag::CodeBlock(_) | Tag::Link { .. } | Tag::Image { .. }
    )
}

/// Links the terms of one page.
struct Linker<'a> {
    glossary: &'a Glossary,
    markdown: &'a str,
    /// By entry: `true` if it needs no more links on this page.
    linked: Vec<bool>,
    /// Words between which there is no markup.
    run: Vec<Word>,
    /// Number of opaque elements around the current event.
    opaque: usize,
    /// `true` inside `<a …>` written as HTML.
    in_anchor: bool,
    /// `true` in a folded answer: readers meet the term first where they see it.
    in_fold: bool,
    in_directive: bool,
    edits: Edits,
}

impl<'a> Linker<'a> {
    fn new(glossary: &'a Glossary, markdown: &'a str, page: &str) -> Self {
        let of_page = |entry: &Entry| {
            entry
                .lesson
                .as_ref()
                .is_some_and(|lesson| lesson.page == page)
        };
        Self {
            glossary,
            markdown,
            linked: glossary.entries.iter().map(of_page).collect(),
            run: Vec::new(),
            opaque: 0,
            in_anchor: false,
            in_fold: false,
            in_directive: false,
            edits: Edits::default(),
        }
    }

    fn is_linkable(&self) -> bool {
        self.opaque == 0 && !self.in_anchor && !self.in_fold && !self.in_directive
    }

    /// Begins an entry of the glossary, which may link to every other.
    fn begin_entry(&mut self, id: Option<&str>) {
        for (linked, entry) in self.linked.iter_mut().zip(&self.glossary.entries) {
            *linked = Some(entry.id.as_str()) == id;
        }
    }

    /// Links the terms in the words collected so far.
    fn link_run(&mut self) {
        let run = std::mem::take(&mut self.run);
        let mut rest = &run[..];
        while let Some(first) = rest.first() {
            let forms = self.glossary.forms.get(&first.text);
            let form = forms.and_then(|forms| {
                // The first that fits is the longest.
                forms.iter().find(|form| form.begins(rest))
            });
            let Some(form) = form else {
                rest = &rest[1..];
                continue;
            };
            let (used, after) = rest.split_at(form.words.len());
            let range = first.range.start..used[used.len() - 1].range.end;
            if !self.linked[form.entry] && words::stands_alone(self.markdown, &range) {
                self.linked[form.entry] = true;
                let id = &self.glossary.entries[form.entry].id;
                let open = format!("<a class=\"term\" href=\"{PAGE}.html#{id}\">");
                self.edits.replace(range.start..range.start, open);
                self.edits.replace(range.end..range.end, "</a>".to_owned());
            }
            rest = after;
        }
    }
}

impl Form {
    /// Returns `true` if these words begin with the form, with nothing but space between them.
    fn begins(&self, words: &[Word]) -> bool {
        words.len() >= self.words.len()
            && self.words.iter().zip(words).all(|(a, b)| *a == b.text)
            && words[1..self.words.len()].iter().all(|word| word.follows)
    }
}

#[cfg(test)]
mod tests;
