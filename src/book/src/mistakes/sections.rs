//! The sections of a lesson that explain a mistake each.

use std::ops::Range;

use pulldown_cmark::{CowStr, Event, HeadingLevel, Parser, Tag, TagEnd};

use crate::markdown::options;

/// The anchor of the section that has all mistakes of a lesson.
const ALL_MISTAKES: &str = "mistakes";

/// A section with a `###` heading below `## The usual mistakes {#mistakes}`.
pub(super) struct Section {
    /// Anchor of its heading, if that gives one.
    pub(super) id: Option<String>,
    /// The heading.
    pub(super) heading: Range<usize>,
    /// The heading's text, which is Markdown.
    pub(super) title: Range<usize>,
    /// The byte after the section.
    pub(super) end: usize,
    /// The beginnings of the section's blocks of HTML.
    html: Vec<Range<usize>>,
}

impl Section {
    /// Returns `true` if a block of HTML in the section begins with `start`.
    pub(super) fn has_html(&self, markdown: &str, start: &str) -> bool {
        let mut blocks = self.html.iter();
        blocks.any(|range| markdown[range.clone()].starts_with(start))
    }
}

/// Finds the sections of mistakes in a lesson, in order.
pub(super) fn sections(markdown: &str) -> Vec<Section> {
    let mut sections: Vec<Section> = Vec::new();
    let (mut in_mistakes, mut open, mut in_title) = (false, false, false);
    for (event, range) in Parser::new_ext(markdown, options()).into_offset_iter() {
        match event {
            Event::Start(Tag::Heading { level, id, .. }) if level <= HeadingLevel::H3 => {
                if let Some(section) = sections.last_mut().filter(|_| open) {
                    section.end = range.start;
                }
                if level < HeadingLevel::H3 {
                    in_mistakes = id.as_deref() == Some(ALL_MISTAKES);
                }
                open = in_mistakes && level == HeadingLevel::H3;
                in_title = open;
                if open {
                    sections.push(Section {
                        id: id.map(CowStr::into_string),
                        title: range.end..range.end,
                        heading: range,
                        end: markdown.len(),
                        html: Vec::new(),
                    });
                }
            }
            Event::End(TagEnd::Heading(_)) => in_title = false,
            Event::Html(_) if open => {
                if let Some(section) = sections.last_mut() {
                    section.html.push(range);
                }
            }
            _ if in_title => {
                if let Some(Section { title, .. }) = sections.last_mut() {
                    // The title begins with its first event and ends with its last.
                    *title = title.start.min(range.start)..range.end;
                }
            }
            _ => {}
        }
    }
    sections
}

#[cfg(test)]
mod tests {
    use super::*;

    const LESSON: &str = "# L\n\n### Not one {#not}\n\n## The usual mistakes {#mistakes}\n\nEach.\n\n\
                          ### A `b` and $c$ {#first}\n\nText.\n\n#### Below\n\n<figure>x</figure>\n\n\
                          ### Second\n\nMore.\n\n## Questions {#quiz}\n\n### Not either\n";

    #[test]
    fn sections_end_where_the_next_one_begins() {
        let found = sections(LESSON);
        let ids: Vec<_> = found.iter().map(|section| section.id.as_deref()).collect();
        assert_eq!(ids, [Some("first"), None]);
        assert_eq!(&LESSON[found[0].title.clone()], "A `b` and $c$");
        assert_eq!(&LESSON[found[1].title.clone()], "Second");
        assert!(LESSON[found[0].end..].starts_with("### Second"));
        assert!(LESSON[found[1].end..].starts_with("## Questions"));
        assert!(found[0].has_html(LESSON, "<figure") && !found[1].has_html(LESSON, "<figure"));
    }
}
