//! Folds the mistakes of a lesson, but for the first three.

use attentive_course::text::{agree, count};
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd, html};

use super::sections::{Section, sections};
use super::shared;
use crate::markdown::{Edits, escape, options};

/// Number of mistakes that stay open. Authors put those first that everybody makes.
const OPEN: usize = 3;

/// Folds the sections of mistakes in a rendered lesson, whose formulas and directives are HTML already.
///
/// The heading of a folded section becomes the summary of a `<details>`, which keeps its anchor. Sections that consist
/// of folded mistakes themselves stay open.
pub(crate) fn fold(markdown: &str) -> String {
    let mut mistakes = sections(markdown);
    mistakes.retain(|section| !section.has_html(markdown, shared::START));
    let folded = mistakes.get(OPEN..).unwrap_or_default();
    let mut edits = Edits::default();
    for (i, section) in folded.iter().enumerate() {
        let mut opening = if i == 0 {
            announcement(folded.len())
        } else {
            String::new()
        };
        opening += &opening_tags(markdown, section);
        edits.replace(section.heading.clone(), opening);
        edits.replace(section.end..section.end, "\n\n</details>\n\n".to_owned());
    }
    edits.apply(markdown)
}

/// Returns the sentence above so many folded mistakes.
fn announcement(folded: usize) -> String {
    let more = count(folded, "more mistake");
    let them = agree(folded, "it", "one");
    format!("The grader knows {more}. Open {them} to read about it:\n\n")
}

fn opening_tags(markdown: &str, section: &Section) -> String {
    let id = match &section.id {
        Some(id) => format!(" id=\"{}\"", escape(id)),
        None => String::new(),
    };
    let title = title_html(&markdown[section.title.clone()]);
    format!("<details class=\"folded-mistake\"{id}><summary>{title}</summary>\n\n")
}

/// Converts the title of a heading, in which formulas are HTML already, to HTML.
fn title_html(title: &str) -> String {
    let smart = options() | Options::ENABLE_SMART_PUNCTUATION;
    let inline = Parser::new_ext(title, smart).filter(|event| {
        !matches!(
            event,
            Event::Start(Tag::Paragraph) | Event::End(TagEnd::Paragraph)
        )
    });
    let mut out = String::new();
    html::push_html(&mut out, inline);
    out.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lesson(mistakes: usize) -> String {
        let mut lesson = "# L\n\n## The usual mistakes {#mistakes}\n\nEach.\n\n".to_owned();
        for i in 1..=mistakes {
            lesson += &format!("### Number `{i}` {{#m-{i}}}\n\nText {i}.\n\n");
        }
        lesson + "## Questions {#quiz}\n"
    }

    #[test]
    fn the_first_three_mistakes_stay_as_they_are() {
        assert_eq!(fold(&lesson(3)), lesson(3));
        let folded = fold(&lesson(5));
        for open in 1..=3 {
            assert!(folded.contains(&format!("### Number `{open}` {{#m-{open}}}\n")));
        }
        let fourth = "Text 3.\n\nThe grader knows 2 more mistakes. Open one to read about it:\n\n\
                      <details class=\"folded-mistake\" id=\"m-4\"><summary>Number <code>4</code></summary>\n\n";
        assert!(folded.contains(fourth), "{folded}");
        assert_eq!(folded.matches("</details>\n\n").count(), 2);
        assert!(folded.ends_with("Text 5.\n\n\n\n</details>\n\n## Questions {#quiz}\n"));
    }

    #[test]
    fn sections_of_shared_mistakes_are_neither_counted_nor_folded() {
        let group = format!(
            "### Of a softmax {{#s}}\n\n{}x</details>\n\n",
            shared::START
        );
        let with_group = |mistakes| lesson(mistakes).replace("## Q", &format!("{group}## Q"));
        assert_eq!(fold(&with_group(3)), with_group(3));
        let folded = fold(&with_group(4));
        assert!(
            folded.contains("</details>\n\n### Of a softmax {#s}\n"),
            "{folded}"
        );
        assert!(folded.contains("The grader knows 1 more mistake. Open it"));
    }
}
