//! A cache of computed figures in the book's folder.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

use attentive_course::Location;

use super::{find, html};
use crate::BookError;
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

/// A folder with the HTML of figures; each file's name has a hash of the figure's sources.
pub(crate) struct Cache {
    folder: PathBuf,
}

impl Cache {
    /// Opens the cache of the book in the folder `root`.
    pub(crate) fn new(root: &Path) -> Self {
        Self {
            folder: root.join(".cache/figures"),
        }
    }

    /// Returns the HTML of a figure, on one line, from the folder or computed anew. `None` if there is no figure of this
    /// name.
    pub(crate) fn html(
        &self,
        name: &str,
        math: &Math,
        at: &Location,
    ) -> Option<Result<String, BookError>> {
        let (figure, sources) = find(name)?;
        let file = format!("{name}-{:016x}.html", key(sources));
        if let Ok(html) = fs::read_to_string(self.folder.join(&file)) {
            return Some(Ok(html));
        }
        let html = html(name, &(figure.compute)(), math, at);
        if let Ok(html) = &html {
            // A cache that cannot be written costs time and nothing else.
            let _ = self.write(name, &file, html);
        }
        Some(html)
    }

    /// Writes a figure into the folder, atomically, and removes its earlier version.
    fn write(&self, name: &str, file: &str, html: &str) -> std::io::Result<()> {
        fs::create_dir_all(&self.folder)?;
        for old in fs::read_dir(&self.folder)?.flatten() {
            let old_name = old.file_name().to_string_lossy().into_owned();
            if old_name
                .rsplit_once('-')
                .is_some_and(|(old, _)| old == name)
            {
                fs::remove_file(old.path())?;
            }
        }
        let new = tempfile::NamedTempFile::new_in(&self.folder)?;
        fs::write(new.path(), html)?;
        new.persist(self.folder.join(file))?;
        Ok(())
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
    fn a_figure_is_computed_once_and_anew_when_its_sources_change() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let (cache, math) = (Cache::new(dir.path()), Math::new());
        let at = Location {
            file: "lesson.md".into(),
            line: 1,
        };
        let html = || {
            cache
                .html("masks", &math, &at)
                .expect("the figure exists")
                .expect("it can be drawn")
        };
        let files = || {
            fs::read_dir(&cache.folder)
                .expect("the folder")
                .flatten()
                .map(|file| file.path())
        };

        let first = html();
        let kept = files().next().expect("a file");
        fs::write(&kept, "kept").expect("written");
        assert_eq!(html(), "kept");

        // A figure of other sources has another key.
        fs::rename(&kept, kept.with_file_name("masks-0000000000000000.html")).expect("renamed");
        assert_eq!(html(), first);
        assert_eq!(files().collect::<Vec<_>>(), [kept], "the old one is gone");
        assert!(cache.html("none", &math, &at).is_none());
    }

    #[test]
    fn figures_of_different_sources_have_different_keys() {
        let key = |name| key(find(name).expect("the figure exists").1);
        assert_ne!(key("sinusoidal"), key("masks"));
    }
}
