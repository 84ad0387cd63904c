//! What a page would load from another host: then it could not be read offline, and its readers would be seen.

use super::Finding;
use super::links::leaves;
use super::site::{Site, files};
use crate::files::read;
use crate::{BookError, Place};

pub(super) fn check(site: &Site) -> Result<Vec<Finding>, BookError> {
    let mut findings = Vec::new();
    let finding = |place, url: &str| Finding {
        place,
        problem: format!("{url} is loaded from another host"),
        fix: "put the file into the book, or link to it with <a>".to_owned(),
    };
    for page in site.pages.values() {
        let foreign = |url: &str| leaves(url) && !url.starts_with("data:");
        for link in page
            .links
            .iter()
            .filter(|link| link.loaded && foreign(&link.url))
        {
            findings.push(finding(site.place(page, &link.url), &link.url));
        }
    }
    for (extension, starts) in [
        ("css", &["url(", "@import "][..]),
        ("js", &["\"", "'", "`"]),
    ] {
        for dir in ["assets", "theme", "src"] {
            for file in files(&site.root.join(dir), extension)? {
                let text = read(&file)?;
                for (at, url) in urls(&text, starts) {
                    findings.push(finding(Place::at(&file, &text, at), url));
                }
            }
        }
    }
    Ok(findings)
}

/// The URLs with a host that come right after one of `starts`, and where they begin.
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
            // The names of namespaces look like URLs and are never loaded.
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
