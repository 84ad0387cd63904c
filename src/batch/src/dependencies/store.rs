//! The cache of compiled dependencies: a folder for each set of them, which is used by any number of runs at a time.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use attentive_course::files::{self, FileError};
use tempfile::TempDir;

use super::{DependencyError, failed};
use crate::permissions::open_to_all;

/// The number of sets that are kept. An older one is made again when it is needed.
const KEPT: usize = 6;
/// The file in each folder that its users lock. Its time is that of the last use.
const USED: &str = "used";

/// The cache of compiled dependencies.
#[derive(Debug)]
pub(super) struct Store {
    cache: PathBuf,
}

/// A lock that keeps a folder from being removed while it is used.
#[derive(Debug, Clone, Default)]
pub(super) struct InUse {
    _file: Option<Arc<File>>,
}

impl Store {
    pub(super) fn new(cache: &Path) -> Self {
        Self {
            cache: cache.to_owned(),
        }
    }

    /// Takes the right to build, which one run has at a time.
    pub(super) fn lock(&self, on_wait: impl FnOnce()) -> Result<File, FileError> {
        files::lock(&self.cache.join("build.lock"), on_wait)
    }

    /// Returns cargo's folder.
    pub(super) fn target(&self) -> PathBuf {
        self.cache.join("target")
    }

    /// Returns the folder of the dependencies with this id, be it there or not.
    pub(super) fn path(&self, id: &str) -> PathBuf {
        self.cache.join("dependencies").join(id)
    }

    /// Finds the folder of the dependencies with this id, and uses it.
    pub(super) fn find(&self, id: &str) -> Option<(PathBuf, InUse)> {
        let folder = self.path(id);
        let in_use = InUse::take(&folder).ok()?;
        Some((folder, in_use))
    }

    /// Makes an empty folder, which becomes one of the dependencies if it is kept: each is there whole or not at all.
    pub(super) fn draft(&self) -> Result<TempDir, DependencyError> {
        let parent = self.cache.join("dependencies");
        fs::create_dir_all(&parent).map_err(failed(&parent))?;
        let draft = tempfile::Builder::new().prefix(".new-").tempdir_in(&parent);
        draft.map_err(failed(&parent))
    }

    /// Keeps a draft as this folder, and removes those that have not been used for the longest time.
    pub(super) fn keep(&self, draft: TempDir, folder: &Path) -> Result<InUse, DependencyError> {
        let used = draft.path().join(USED);
        File::create(&used).map_err(failed(&used))?;
        open_to_all(draft.path()).map_err(failed(draft.path()))?;
        // One that is there cannot be used, or it would have been: it is of a toolchain that has moved.
        let _ = fs::remove_dir_all(folder);
        fs::rename(draft.path(), folder).map_err(failed(folder))?;
        let in_use = InUse::take(folder).map_err(failed(folder))?;
        self.remove_unused();
        Ok(in_use)
    }

    /// Removes all but the latest folders. One that cannot be removed only takes space.
    fn remove_unused(&self) {
        let mut folders = Vec::new();
        let entries = self.cache.join("dependencies").read_dir();
        for entry in entries.into_iter().flatten().flatten() {
            let path = entry.path();
            let is_draft = entry.file_name().to_string_lossy().starts_with('.');
            if !is_draft && path.is_dir() {
                folders.push((last_use(&path), path));
            }
        }
        folders.sort();
        let surplus = folders.len().saturating_sub(KEPT);
        for (_, folder) in &folders[..surplus] {
            if let Ok(_alone) = take_alone(folder) {
                let _ = fs::remove_dir_all(folder);
            }
        }
    }
}

impl InUse {
    fn take(folder: &Path) -> io::Result<Self> {
        let file = File::open(folder.join(USED))?;
        match file.lock_shared() {
            // Some network file systems know no locks.
            Err(error) if error.kind() != io::ErrorKind::Unsupported => return Err(error),
            _ => (),
        }
        // In another user's cache the time stays as it is, and the folder may be removed earlier.
        let _ = file.set_modified(SystemTime::now());
        Ok(Self {
            _file: Some(Arc::new(file)),
        })
    }
}

/// Returns the time of the last use; a folder of an earlier version, which has none, comes before all others.
fn last_use(folder: &Path) -> Option<SystemTime> {
    fs::metadata(folder.join(USED)).ok()?.modified().ok()
}

/// Locks a folder that nobody uses.
fn take_alone(folder: &Path) -> Result<Option<File>, TryLockError> {
    let Ok(file) = File::open(folder.join(USED)) else {
        return Ok(None); // of an earlier version
    };
    file.try_lock().map(|()| Some(file))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(store: &Store, id: usize) -> InUse {
        let draft = store.draft().expect("a folder");
        let kept = store.keep(draft, &store.path(&id.to_string()));
        kept.expect("it can be kept")
    }

    #[test]
    fn what_is_used_stays_and_the_oldest_of_the_rest_goes() {
        let cache = tempfile::tempdir().expect("a folder");
        let store = Store::new(cache.path());
        let first = kept(&store, 0);
        for id in 1..=KEPT {
            drop(kept(&store, id));
        }
        assert!(store.find("0").is_some(), "it is in use");
        drop(first);
        // The time of its last use is what counts, and it is in use now.
        let found = store.find("0").expect("it is there");
        drop(kept(&store, KEPT + 1));
        drop(kept(&store, KEPT + 2));
        drop(found);
        assert!(store.find("0").is_some());
        let left = (1..=KEPT + 2).filter(|id| store.find(&id.to_string()).is_some());
        assert!(left.count() < KEPT + 2, "nothing was removed");
    }
}
