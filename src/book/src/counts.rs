//! Numbers that the build counts, so that no page has to be changed when a lesson is added: `{{#count lessons in PART}}`
//! and `{{#count hours in PART}}`, where PART is a part of `SUMMARY.md`.

use std::ops::Range;
use std::path::Path;

use attentive_course::files::read_text;
use pulldown_cmark::{Event, HeadingLevel, Parser, Tag};

use crate::BookError;

/// The totals of each part of the book.
pub(crate) struct Counts {
    parts: Vec<PartCounts>,
}

/// The totals of one part.
struct PartCounts {
    title: String,
    lessons: usize,
    minutes: u32,
}

impl Counts {
    /// Counts the lessons that `SUMMARY.md` in the folder `sources` names. A lesson is a page that gives its minutes.
    pub(crate) fn read(sources: &Path) -> Result<Self, BookError> {
        let summary = read_text(&sources.join("SUMMARY.md"))?;
        let mut parts: Vec<PartCounts> = Vec::new();
        let mut in_title = false;
        for event in Parser::new(&summary) {
            match event {
                Event::Start(Tag::Heading {
                    level: HeadingLevel::H1,
                    ..
                }) => {
                    in_title = true;
                    parts.push(PartCounts {
                        title: String::new(),
                        lessons: 0,
                        minutes: 0,
                    });
                }
                Event::Text(text) if in_title => {
                    if let Some(part) = parts.last_mut() {
                        part.title += &text;
                    }
                }
                Event::End(_) => in_title = false,
                Event::Start(Tag::Link { dest_url, .. }) if !dest_url.is_empty() => {
                    let minutes = minutes(&read_text(&sources.join(&*dest_url))?);
                    if let (Some(part), Some(minutes)) = (parts.last_mut(), minutes) {
                        part.lessons += 1;
                        part.minutes += minutes;
                    }
                }
                _ => {}
            }
        }
        parts.retain(|part| part.lessons > 0);
        Ok(Self { parts })
    }

    /// Returns a count by its name, such as `hours in Attention`.
    pub(crate) fn get(&self, name: &str) -> Option<u32> {
        let (unit, title) = name.split_once(" in ")?;
        let part = self.parts.iter().find(|part| part.title == title)?;
        match unit {
            "lessons" => u32::try_from(part.lessons).ok(),
            "hours" => Some((part.minutes + 30) / 60),
            _ => None,
        }
    }

    /// Returns the names of all counts.
    pub(crate) fn names(&self) -> Vec<String> {
        let mut names = Vec::new();
        for PartCounts { title, .. } in &self.parts {
            names.push(format!("lessons in {title}"));
            names.push(format!("hours in {title}"));
        }
        names
    }
}

/// Reads the minutes at the head of a lesson: `**About 45 minutes**`.
fn minutes(lesson: &str) -> Option<u32> {
    let (_, rest) = lesson.split_once("**About ")?;
    rest.split_once(" minutes**")?.0.parse().ok()
}

/// Finds the directives `{{#count NAME}}` in a text: the range of each, and the name.
pub(crate) fn directives(text: &str) -> Vec<(Range<usize>, &str)> {
    const START: &str = "{{#count ";
    let mut found = Vec::new();
    for (at, _) in text.match_indices(START) {
        let rest = &text[at + START.len()..];
        if let Some((name, _)) = rest.split_once("}}")
            && !text[..at].ends_with('\\')
        {
            found.push((at..at + START.len() + name.len() + 2, name.trim()));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn directives_are_found_in_any_text(text in r"(\{\{#count |\}\}|\\|[a-zé\n ]){0,40}") {
            for (range, name) in directives(&text) {
                let directive = &text[range];
                prop_assert!(directive.starts_with("{{#count ") && directive.ends_with("}}"));
                prop_assert!(directive.contains(name));
            }
        }
    }

    #[test]
    fn the_lessons_of_a_part_are_counted() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let write = |name: &str, text: &str| {
            std::fs::write(dir.path().join(name), text).expect("written");
        };
        write(
            "SUMMARY.md",
            "# Summary\n\n[Start](a.md)\n\n# Two parts\n\n- [A](b.md)\n- [B](c.md)\n- [C](a.md)\n- [D]()\n",
        );
        write("a.md", "# No lesson\n");
        write("b.md", "# A\n\n**About 45 minutes**, of which\n");
        write("c.md", "# B\n\n**About 50 minutes**\n");
        let counts = Counts::read(dir.path()).expect("counted");
        assert_eq!(counts.get("lessons in Two parts"), Some(2));
        assert_eq!(counts.get("hours in Two parts"), Some(2));
        assert_eq!(counts.get("hours in Summary"), None);
        assert_eq!(
            counts.names(),
            ["lessons in Two parts", "hours in Two parts"]
        );
    }

    #[test]
    fn directives_are_found_unless_they_are_escaped() {
        let found = directives("a {{#count x y}} | \\{{#count z}} {{#count open");
        assert_eq!(found, [(2..16, "x y")]);
    }
}
