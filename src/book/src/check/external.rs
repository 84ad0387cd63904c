//! Finds files that a page would load from another host, which would need a network and could track readers.

use attentive_course::Location;
use attentive_course::files::read_text;

use super::Diagnostic;
use super::built_book::{BuiltBook, list_files};
use super::links::is_external;
use crate::BookError;

pub(super) fn check(book: &BuiltBook) -> Result<Vec<Diagnostic>, BookError> {
    let mut diagnostics = Vec::new();
    let diagnostic = |at, url: &str| Diagnostic {
        at,
        problem: format!("{url} is loaded from another host"),
        fix: "put the file into the book, or link to it with <a>".to_owned(),
    };
    for page in book.pages.values() {
        for link in page.links.iter().filter(|link| link.loaded) {
            if is_external(&link.url) && !link.url.starts_with("data:") {
                diagnostics.push(diagnostic(book.line_of(page, &link.url), &link.url));
            }
        }
    }
    for (extension, starts) in [
        ("css", &["url(", "@import "][..]),
        ("js", &["\"", "'", "`"]),
    ] {
        for dir in ["assets", "theme", "src"] {
            for file in list_files(&book.root.join(dir), extension)? {
                let text = read_text(&file)?;
                for (at, url) in urls(&text, starts) {
                    diagnostics.push(diagnostic(Location::of_byte(&file, &text, at), url));
                }
            }
        }
    }
    Ok(diagnostics)
}

/// Returns the URLs with a host that follow one of `starts`, each with the byte at which it begins.
fn urls<'a>(text: &'a str, starts: &[&str]) -> Vec<(usize, &'a str)> {
    let mut urls = Vec::new();
    for start in starts {
        for (at, _) in text.match_indices(start) {
            let at = at + start.len();
            let url = text[at..].trim_start_matches(['"', '\'']);
            let end = url
                .find(|c: char| c.is_whitespace() || "\"'`)".contains(c))
                .unwrap_or(url.len());
            let url = &url[..end];
            // Names of XML namespaces look like URLs and are never loaded.
            let loaded = ["https://", "http://", "//"]
                .iter()
                .any(|start| url.starts_with(start) && url.len() > start.len());
            if loaded && !url.starts_with("http://www.w3.org/") {
                urls.push((at, url));
            }
        }
    }
    urls
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_in_stylesheets_and_scripts_are_found_and_namespaces_are_not() {
        assert_eq!(
            urls("a { src: url('//cdn/x.woff2') }", &["url("])[0].1,
            "//cdn/x.woff2"
        );
        assert_eq!(
            urls("fetch(\"https://a/b\"); // see it", &["\""])[0].1,
            "https://a/b"
        );
        assert!(
            urls(
                "ns(\"http://www.w3.org/2000/svg\"); x = \"//\" + y",
                &["\""]
            )
            .is_empty()
        );
    }
}
