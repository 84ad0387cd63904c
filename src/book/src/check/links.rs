//! Finds links, anchors and pictures that lead nowhere.

use super::Diagnostic;
use super::built_book::{BuiltBook, Page};
use crate::suggest::{nearest, suggest_or};

/// Returns the dead links, and the number of links that were followed.
pub(super) fn check(book: &BuiltBook) -> (Vec<Diagnostic>, usize) {
    let (mut diagnostics, mut followed) = (Vec::new(), 0);
    for (name, page) in &book.pages {
        for link in page.links.iter().filter(|link| !is_external(&link.url)) {
            followed += 1;
            diagnostics.extend(dead_link(book, name, page, &link.url));
        }
    }
    (diagnostics, followed)
}

/// Returns `true` if a URL leads out of the book: it has a host, or a scheme such as `mailto:`.
pub(super) fn is_external(url: &str) -> bool {
    let scheme = url.split(['/', '?', '#']).next().unwrap_or_default();
    url.starts_with("//") || scheme.contains(':')
}

fn dead_link(book: &BuiltBook, from: &str, page: &Page, url: &str) -> Option<Diagnostic> {
    let (path, anchor) = url.split_once('#').unwrap_or((url, ""));
    let path = path.split('?').next().unwrap_or_default();
    let target = if path.is_empty() {
        from.to_owned()
    } else {
        resolve(from, path)
    };
    let (problem, fix) = match book.pages.get(&target) {
        _ if !book.has(&target) => {
            let near = nearest(&target, book.pages.keys());
            (
                format!("{url} leads nowhere: the book has no {target}"),
                near,
            )
        }
        Some(to) if !anchor.is_empty() && !to.ids.contains(anchor) => (
            format!("{url} leads nowhere: {target} has no such anchor"),
            nearest(anchor, to.ids.iter()),
        ),
        _ => return None,
    };
    let fix = suggest_or(fix, "correct it, or add what it leads to");
    Some(Diagnostic {
        at: book.line_of(page, url),
        problem,
        fix,
    })
}

/// Resolves `path` on the page `from`; the result starts at the book's root.
fn resolve(from: &str, path: &str) -> String {
    let mut parts: Vec<&str> = if path.starts_with('/') {
        Vec::new()
    } else {
        from.split('/').collect()
    };
    parts.pop();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_resolved_from_the_page_that_has_them() {
        assert_eq!(resolve("a/b.html", "../c.html"), "c.html");
        assert_eq!(resolve("a/b.html", "./c.html"), "a/c.html");
        assert_eq!(resolve("b.html", "img/c.png"), "img/c.png");
    }

    #[test]
    fn urls_with_a_host_or_a_scheme_are_external() {
        assert!(
            is_external("https://arxiv.org/abs/1706.03762")
                && is_external("//cdn/x.js")
                && is_external("mailto:a@b")
        );
        assert!(!is_external("softmax.html#a:b") && !is_external("#x"));
    }
}
