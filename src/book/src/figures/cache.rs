//! Figures that were computed before, so that they are not computed again.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

use super::{Entry, entry, html};
use crate::math::Math;
use crate::{BookError, Place};

/// What every figure is drawn with: when any of it changes, all are computed anew.
const DRAWING: [&str; 9] = [
    include_str!("mod.rs"),
    include_str!("sample.rs"),
    include_str!("draw/mod.rs"),
    include_str!("draw/bars.rs"),
    include_str!("draw/heat_map.rs"),
    include_str!("draw/lines.rs"),
    include_str!("../markdown.rs"),
    include_str!("../math.rs"),
    include_str!("../../Cargo.toml"),
];

/// A folder with the HTML of figures, each under a name that tells what it was made of.
pub(crate) struct Cache {
    folder: PathBuf,
}

impl Cache {
    /// The figures of the book in the folder `root`.
    pub(crate) fn new(root: &Path) -> Self {
        Self {
            folder: root.join(".cache/figures"),
        }
    }

    /// The HTML of a figure, on one line: from the folder, or computed and put there. `None` if there is no figure of
    /// this name.
    pub(crate) fn html(
        &self,
        name: &str,
        math: &Math,
        place: &Place,
    ) -> Option<Result<String, BookError>> {
        let entry = entry(name)?;
        let file = format!("{name}-{:016x}.html", key(entry));
        if let Ok(html) = fs::read_to_string(self.folder.join(&file)) {
            return Some(Ok(html));
        }
        let html = html(name, &(entry.compute)(), math, place);
        if let Ok(html) = &html {
            // A cache that cannot be written costs time and nothing else.
            let _ = self.keep(name, &file, html);
        }
        Some(html)
    }

    /// Puts a figure into the folder, whole or not at all, and removes what it was before.
    fn keep(&self, name: &str, file: &str, html: &str) -> std::io::Result<()> {
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

/// A number that changes with anything that the figure is made of.
fn key(entry: &Entry) -> u64 {
    let mut hasher = DefaultHasher::new();
    (entry.sources, DRAWING, env!("CARGO_PKG_VERSION")).hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_is_computed_once_and_anew_when_its_sources_change() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let (cache, math) = (Cache::new(dir.path()), Math::new());
        let place = Place {
            file: "lesson.md".into(),
            line: 1,
        };
        let html = || {
            cache
                .html("masks", &math, &place)
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
        assert!(cache.html("none", &math, &place).is_none());
    }

    #[test]
    fn figures_of_different_sources_have_different_keys() {
        let key = |name| key(entry(name).expect("the figure exists"));
        assert_ne!(key("sinusoidal"), key("masks"));
    }
}
