//! Figures that are computed once.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;

use attentive_course::Location;

use super::{find, html};
use crate::BookError;
use crate::cache::Cache;
use crate::math::Math;

/// Sources of the drawing code: a change in any of them invalidates all figures.
const DRAWING: [&str; 9] = [
    include_str!("../figures.rs"),
    include_str!("random.rs"),
    include_str!("draw.rs"),
    include_str!("draw/bars.rs"),
    include_str!("draw/heat_map.rs"),
    include_str!("draw/lines.rs"),
    include_str!("../markdown.rs"),
    include_str!("../math.rs"),
    include_str!("../../Cargo.toml"),
];

/// The HTML of figures, from the cache in the book's folder or computed.
pub(crate) struct CachedFigures {
    cache: Cache,
}

impl CachedFigures {
    /// Opens the cache of the book in the folder `root`.
    pub(crate) fn new(root: &Path) -> Self {
        Self {
            cache: Cache::new(root, "figures"),
        }
    }

    /// Returns the HTML of a figure, on one line. `None` if there is no figure of this name.
    pub(crate) fn html(
        &self,
        name: &str,
        math: &Math,
        at: &Location,
    ) -> Option<Result<String, BookError>> {
        let (figure, sources) = find(name)?;
        let key = key(sources);
        if let Some(html) = self.cache.get(name, key) {
            return Some(Ok(html));
        }
        let html = html(name, &(figure.compute)(), math, at);
        if let Ok(html) = &html {
            self.cache.put(name, key, html);
        }
        Some(html)
    }
}

/// Hashes the sources of a figure and those of the drawing code.
fn key(sources: u64) -> u64 {
    let mut hasher = DefaultHasher::new();
    (sources, DRAWING, env!("CARGO_PKG_VERSION")).hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_is_computed_once() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let (figures, math) = (CachedFigures::new(dir.path()), Math::new());
        let at = Location {
            file: "lesson.md".into(),
            line: 1,
        };
        let html = || {
            figures
                .html("masks", &math, &at)
                .expect("the figure exists")
                .expect("it can be drawn")
        };
        let key = key(find("masks").expect("the figure exists").1);
        assert_eq!(figures.cache.get("masks", key), None);
        let first = html();
        assert_eq!(figures.cache.get("masks", key), Some(first));
        figures.cache.put("masks", key, "kept");
        assert_eq!(html(), "kept");
        assert!(figures.html("none", &math, &at).is_none());
    }

    #[test]
    fn figures_of_different_sources_have_different_keys() {
        let key = |name| key(find(name).expect("the figure exists").1);
        assert_ne!(key("sinusoidal"), key("masks"));
    }
}
