//! A cache of what takes long to compute, in the book's folder.

use std::fs;
use std::path::{Path, PathBuf};

/// A folder of texts; each file's name has a key, which is a hash of all that the text depends on.
pub(crate) struct Cache {
    folder: PathBuf,
}

impl Cache {
    /// Opens the cache of texts of one kind in the book in the folder `root`.
    pub(crate) fn new(root: &Path, kind: &str) -> Self {
        Self {
            folder: root.join(".cache").join(kind),
        }
    }

    /// Returns the text of a name from the folder, if it is there with this key.
    pub(crate) fn get(&self, name: &str, key: u64) -> Option<String> {
        fs::read_to_string(self.folder.join(file_name(name, key))).ok()
    }

    /// Keeps the text of a name instead of the one with an earlier key. A cache that cannot be written costs time and
    /// nothing else.
    pub(crate) fn put(&self, name: &str, key: u64, text: &str) {
        let _ = self.write(name, key, text);
    }

    /// Writes a text into the folder, atomically, and removes its earlier version.
    fn write(&self, name: &str, key: u64, text: &str) -> std::io::Result<()> {
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
        fs::write(new.path(), text)?;
        new.persist(self.folder.join(file_name(name, key)))?;
        Ok(())
    }
}

fn file_name(name: &str, key: u64) -> String {
    format!("{name}-{key:016x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_kept_until_there_is_one_with_another_key() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let cache = Cache::new(dir.path(), "figures");
        assert_eq!(cache.get("masks", 1), None);
        cache.put("masks", 1, "first");
        cache.put("masks-of-two", 1, "another");
        assert_eq!(cache.get("masks", 1).as_deref(), Some("first"));
        assert_eq!(cache.get("masks", 2), None);
        cache.put("masks", 2, "second");
        assert_eq!(cache.get("masks", 1), None, "the old one is gone");
        assert_eq!(cache.get("masks", 2).as_deref(), Some("second"));
        assert_eq!(cache.get("masks-of-two", 1).as_deref(), Some("another"));
    }
}
