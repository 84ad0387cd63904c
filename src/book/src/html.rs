//! The tags of a page that mdBook wrote.

/// A tag that opens an element.
pub(crate) struct Tag<'a> {
    /// The tag's name, as it is written.
    pub(crate) name: &'a str,
    attributes: Vec<(&'a str, &'a str)>,
}

impl Tag<'_> {
    /// Returns the value of an attribute with its character references resolved; empty if it has no value.
    pub(crate) fn attribute(&self, name: &str) -> Option<String> {
        let (_, value) = self
            .attributes
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))?;
        // mdBook escapes these in attributes.
        Some(
            value
                .replace("&quot;", "\"")
                .replace("&#x27;", "'")
                .replace("&amp;", "&"),
        )
    }
}

/// Returns the opening tags of a page, in order, without those inside scripts and styles.
pub(crate) fn tags(html: &str) -> Vec<Tag<'_>> {
    let mut tags = Vec::new();
    let mut rest = html;
    while let Some(start) = rest.find('<') {
        rest = &rest[start + 1..];
        if let Some(comment) = rest.strip_prefix("!--") {
            rest = comment.split_once("-->").map_or("", |(_, after)| after);
        } else if rest.starts_with(|c: char| c.is_ascii_alphabetic()) {
            let (tag, after) = tag(rest);
            rest = match tag.name {
                "script" | "style" => after
                    .find(&format!("</{}", tag.name))
                    .map_or("", |end| &after[end..]),
                _ => after,
            };
            tags.push(tag);
        }
    }
    tags
}

/// Splits the tag that `text` begins with, without its `<`, from the rest.
fn tag(text: &str) -> (Tag<'_>, &str) {
    let (name, mut rest) = word(text);
    let mut attributes = Vec::new();
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '/');
        if rest.is_empty() || rest.starts_with('>') {
            return (
                Tag { name, attributes },
                rest.strip_prefix('>').unwrap_or(rest),
            );
        }
        let (key, after) = word(rest);
        let (value, after) = match after.strip_prefix('=') {
            None => ("", after),
            Some(after) => match after.chars().next() {
                Some(quote @ ('"' | '\'')) => {
                    after[1..].split_once(quote).unwrap_or((&after[1..], ""))
                }
                _ => after.split_at(
                    after
                        .find(|c: char| c.is_whitespace() || c == '>')
                        .unwrap_or(after.len()),
                ),
            },
        };
        attributes.push((key, value));
        // A stray quote or equals sign is skipped, so that the loop always ends.
        rest = if after.len() == rest.len() {
            &after[after.chars().next().map_or(0, char::len_utf8)..]
        } else {
            after
        };
    }
}

/// Splits a name from the rest.
fn word(text: &str) -> (&str, &str) {
    let end = |c: char| c.is_whitespace() || matches!(c, '=' | '>' | '/' | '"' | '\'');
    text.split_at(text.find(end).unwrap_or(text.len()))
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;
    use crate::markdown::escape;

    proptest! {
        #[test]
        fn any_text_has_at_most_one_tag_for_each_bracket(html in "[<>a-c =\"'/!é-]{0,60}|\\PC{0,60}") {
            prop_assert!(tags(&html).len() <= html.matches('<').count());
        }

        #[test]
        fn tags_are_read_as_they_are_written(
            written in vec(("[a-z][a-z0-9]{0,5}", vec(("[a-z-]{1,6}", "\\PC{0,12}"), 0..4)), 0..5)
        ) {
            let mut html = String::new();
            for (name, attributes) in &written {
                html += &format!("text <{name}");
                for (key, value) in attributes {
                    html += &format!(" {key}=\"{}\"", value.replace('&', "&amp;").replace('"', "&quot;"));
                }
                html += ">";
            }
            prop_assume!(!html.contains("<script") && !html.contains("<style"));
            let tags = tags(&html);
            prop_assert_eq!(tags.len(), written.len());
            for (tag, (name, attributes)) in tags.iter().zip(&written) {
                prop_assert_eq!(tag.name, name);
                for (key, _) in attributes {
                    let first = attributes.iter().find(|(other, _)| other == key);
                    let value = tag.attribute(key);
                    prop_assert_eq!(value.as_ref(), first.map(|(_, value)| value));
                }
            }
        }

        #[test]
        fn escaped_text_has_no_tags(text in "\\PC{0,60}") {
            let html = escape(&text);
            prop_assert!(tags(&html).is_empty());
        }
    }

    #[test]
    fn attributes_are_found_however_they_are_written() {
        let html = r#"<p>1 < 2</p><!-- <b id=no> --><a href="x?a=1&amp;b" title='a > b' hidden id=here>t</a><br/>"#;
        let tags = tags(html);
        assert_eq!(
            tags.iter().map(|tag| tag.name).collect::<Vec<_>>(),
            ["p", "a", "br"]
        );
        assert_eq!(tags[1].attribute("href").as_deref(), Some("x?a=1&b"));
        assert_eq!(tags[1].attribute("title").as_deref(), Some("a > b"));
        assert_eq!(tags[1].attribute("hidden").as_deref(), Some(""));
        assert_eq!(tags[1].attribute("id").as_deref(), Some("here"));
        assert_eq!(tags[1].attribute("src"), None);
    }

    #[test]
    fn scripts_are_passed_over_and_broken_tags_end() {
        assert_eq!(tags("<script>a < b; '<i>'</script><b \"=\" =x").len(), 2);
    }
}
