//! The words of a file that people read: without code, formulas and addresses.

mod rust_code;

use std::ops::Range;
use std::path::{Path, PathBuf};

use attentive_course::Location;
use attentive_course::files::read_text;
use pulldown_cmark::{Event, LinkType, Parser, Tag, TagEnd};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::BookError;
use crate::markdown::{comment, options};

/// Stands in the text for code, formulas and addresses.
const OTHER: &str = "\u{FFFC}";
/// Separates paragraphs, so that no words are found across them.
const BREAK: &str = "\n\u{1}\n";
/// The values of quizzes and exercises that people read.
const KEYS: [&str; 6] = ["title", "prompt", "text", "why", "what", "hints"];

/// The format of a file.
#[derive(Clone, Copy)]
pub(super) enum Format {
    Markdown,
    /// TOML, whose strings are Markdown.
    Toml,
    /// Rust, whose doc comments are Markdown.
    Rust,
    /// Rust, whose strings are printed.
    Program,
}

/// The words of a file.
pub(super) struct Prose {
    file: PathBuf,
    /// A text with the lines of the file.
    source: String,
    pub(super) text: String,
    /// Beginnings of pieces, in the text and in the source.
    pieces: Vec<(usize, usize)>,
    pub(super) escapes: Vec<Escape>,
}

/// A comment that excuses words in the paragraph that it is in or above.
pub(super) struct Escape {
    words: String,
    reason: String,
    /// From the comment to the end of the paragraph, in the source.
    pub(super) range: Range<usize>,
}

impl Escape {
    fn new(value: &str, start: usize, source: &str) -> Self {
        let (words, reason) = value.split_once(" – ").unwrap_or((value, ""));
        let length = source[start..].find("\n\n");
        Self {
            words: words.trim().to_lowercase(),
            reason: reason.trim().to_owned(),
            range: start..length.map_or(source.len(), |length| start + length),
        }
    }

    /// Returns `true` if the words, at this byte of the source, are excused.
    pub(super) fn covers(&self, at: usize, words: &str) -> bool {
        let words: Vec<&str> = words.split_whitespace().collect();
        self.range.contains(&at) && words.join(" ").to_lowercase() == self.words
    }

    /// Returns what is wrong with the comment, and the remedy.
    pub(super) fn problem(&self, needed: bool) -> Option<(String, &'static str)> {
        if !needed {
            let problem = format!(
                "this excuses nothing: no habit is found in the words \"{}\" of this paragraph",
                self.words
            );
            return Some((problem, "remove the comment"));
        }
        if self.reason.is_empty() {
            let problem = format!("this gives no reason to keep \"{}\"", self.words);
            return Some((problem, "write it after a dash: language: WORDS – REASON"));
        }
        None
    }
}

impl Prose {
    pub(super) fn read(file: &Path, format: Format) -> Result<Self, BookError> {
        Self::parse(file, read_text(file)?, format)
    }

    pub(super) fn parse(file: &Path, text: String, format: Format) -> Result<Self, BookError> {
        let mut prose = Self {
            file: file.to_owned(),
            source: String::new(),
            text: String::new(),
            pieces: Vec::new(),
            escapes: Vec::new(),
        };
        match format {
            Format::Markdown => prose.add_markdown(&text, 0, &text),
            Format::Toml => prose.add_toml(&text)?,
            Format::Program => prose.add_program(&text),
            Format::Rust => {
                prose.source = rust_code::doc_comments(&text);
                let docs = prose.source.clone();
                prose.add_markdown(&docs, 0, &docs);
                return Ok(prose);
            }
        }
        prose.source = text;
        Ok(prose)
    }

    /// Returns the byte of the source that is at the byte `at` of the text.
    pub(super) fn source_byte(&self, at: usize) -> usize {
        let next = self.pieces.partition_point(|(start, _)| *start <= at);
        let (start, source) = self
            .pieces
            .get(next.wrapping_sub(1))
            .copied()
            .unwrap_or_default();
        source + (at - start)
    }

    /// Locates a byte of the source.
    pub(super) fn location(&self, at: usize) -> Location {
        Location::of_byte(&self.file, &self.source, at)
    }

    fn push(&mut self, text: &str, source: usize) {
        self.pieces.push((self.text.len(), source));
        self.text += text;
    }

    /// Adds Markdown that begins at the byte `start` of the source.
    fn add_markdown(&mut self, markdown: &str, start: usize, source: &str) {
        // Number of elements around the current event whose text is no prose.
        let mut other = 0;
        for (event, range) in Parser::new_ext(markdown, options()).into_offset_iter() {
            let at = start + range.start;
            match event {
                Event::Start(Tag::CodeBlock(_)) => other += 1,
                Event::End(TagEnd::CodeBlock) => other -= 1,
                Event::Start(Tag::Link { link_type, .. }) if is_address(link_type) => {
                    self.push(OTHER, at);
                    other += 1;
                }
                Event::End(TagEnd::Link) if other > 0 => other -= 1,
                Event::Text(_) if other > 0 => {}
                Event::Text(_) => self.push_words(&markdown[range], at),
                Event::SoftBreak | Event::HardBreak => self.push("\n", at),
                Event::Code(_) | Event::InlineMath(_) => self.push(OTHER, at),
                Event::Html(html) | Event::InlineHtml(html) => {
                    if let Some(("language", value)) = comment(&html) {
                        self.escapes.push(Escape::new(value, at, source));
                    }
                }
                Event::Start(tag) if is_block(&tag) => self.push(BREAK, at),
                _ => {}
            }
        }
    }

    /// Adds a text without markup, but for addresses and directives.
    fn push_words(&mut self, text: &str, at: usize) {
        let mut start = 0;
        for word in text.split_inclusive(char::is_whitespace) {
            if word.contains("://") || word.contains("{{#") || word.contains("}}") {
                self.push(OTHER, at + start);
            } else {
                self.push(word, at + start);
            }
            start += word.len();
        }
    }

    /// Adds the strings of quizzes and exercises.
    fn add_toml(&mut self, text: &str) -> Result<(), BookError> {
        let table = DeTable::parse(text).map_err(|error| BookError::Language {
            at: Location::of_byte(&self.file, text, error.span().map_or(0, |span| span.start)),
            reason: error.message().replace('\n', " "),
        })?;
        let mut strings = Vec::new();
        collect_strings(table.get_ref(), &mut strings);
        strings.sort_by_key(|string| string.start); // tables are sorted by key
        for Range { start, end } in strings {
            self.push(BREAK, start);
            self.add_markdown(&text[start..end], start, text);
        }
        self.add_escapes(text, "# language:");
        Ok(())
    }

    /// Adds the strings of Rust code. An escape that continues a string in the next line is a space.
    fn add_program(&mut self, code: &str) {
        for Range { start, end } in rust_code::strings(code) {
            self.push(BREAK, start);
            let mut at = start;
            for part in code[start..end].split("\\\n") {
                let words = part.trim_start();
                self.push(words, at + part.len() - words.len());
                at += part.len() + "\\\n".len();
            }
        }
        self.add_escapes(code, "// language:");
    }

    /// Adds the comments that begin with `begin`, each in a line of its own.
    fn add_escapes(&mut self, text: &str, begin: &str) {
        let mut start = 0;
        for line in text.split_inclusive('\n') {
            if let Some(value) = line.trim().strip_prefix(begin) {
                self.escapes.push(Escape::new(value, start, text));
            }
            start += line.len();
        }
    }
}

fn is_address(link: LinkType) -> bool {
    matches!(link, LinkType::Autolink | LinkType::Email)
}

fn is_block(tag: &Tag<'_>) -> bool {
    !matches!(
        tag,
        Tag::Emphasis | Tag::Strong | Tag::Strikethrough | Tag::Link { .. } | Tag::Image { .. }
    )
}

/// Collects the places of the strings that people read, without their quotes.
fn collect_strings(table: &DeTable<'_>, strings: &mut Vec<Range<usize>>) {
    for (key, value) in table {
        match value.get_ref() {
            DeValue::Table(inner) => collect_strings(inner, strings),
            DeValue::Array(values) => {
                for value in values {
                    if let DeValue::Table(inner) = value.get_ref() {
                        collect_strings(inner, strings);
                    } else if KEYS.contains(&&**key.get_ref()) {
                        strings.extend(inside_quotes(value));
                    }
                }
            }
            _ if KEYS.contains(&&**key.get_ref()) => strings.extend(inside_quotes(value)),
            _ => {}
        }
    }
}

fn inside_quotes(value: &Spanned<DeValue<'_>>) -> Option<Range<usize>> {
    let DeValue::String(_) = value.get_ref() else {
        return None;
    };
    let Range { start, end } = value.span();
    Some(start + 1..end - 1)
}
