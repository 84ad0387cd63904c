//! Links, anchors and pictures that lead nowhere.

use super::Finding;
use super::site::{Page, Site};

/// What is dead, and how many links were followed.
pub(super) fn check(site: &Site) -> (Vec<Finding>, usize) {
    let (mut findings, mut followed) = (Vec::new(), 0);
    for (name, page) in &site.pages {
        for link in page.links.iter().filter(|link| !leaves(&link.url)) {
            followed += 1;
            findings.extend(dead(site, name, page, &link.url));
        }
    }
    (findings, followed)
}

/// Whether a URL is none of the book's own: it has a host, or a scheme such as `mailto:`.
pub(super) fn leaves(url: &str) -> bool {
    let scheme = url.split(['/', '?', '#']).next().unwrap_or_default();
    url.starts_with("//") || scheme.contains(':')
}

fn dead(site: &Site, from: &str, page: &Page, url: &str) -> Option<Finding> {
    let (path, anchor) = url.split_once('#').unwrap_or((url, ""));
    let path = path.split('?').next().unwrap_or_default();
    let target = if path.is_empty() {
        from.to_owned()
    } else {
        resolve(from, path)
    };
    let (problem, fix) = match site.pages.get(&target) {
        _ if !site.has(&target) => {
            let near = nearest(&target, site.pages.keys());
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
    let fix = near_or(fix, "correct it, or add what it leads to");
    Some(Finding {
        place: site.place(page, url),
        problem,
        fix,
    })
}

/// The advice to write `near`, if there is something near, else `other`.
pub(super) fn near_or(near: Option<&str>, other: &str) -> String {
    near.map_or_else(
        || other.to_owned(),
        |near| format!("write {near}, if you meant that"),
    )
}

/// The one of `known` that differs from `name` by a slip.
pub(super) fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a String>) -> Option<&'a str> {
    let slip = 1 + name.len() / 6;
    let distance = |known: &str| strsim::damerau_levenshtein(name, known);
    known
        .map(|known| (distance(known), known.as_str()))
        .filter(|(far, _)| *far <= slip)
        .min()
        .map(|(_, known)| known)
}

/// The file, named from the book's root, that `path` leads to from the page `from`.
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
    fn what_has_a_host_or_a_scheme_leaves_the_book() {
        assert!(
            leaves("https://arxiv.org/abs/1706.03762")
                && leaves("//cdn/x.js")
                && leaves("mailto:a@b")
        );
        assert!(!leaves("softmax.html#a:b") && !leaves("#x"));
    }
}
