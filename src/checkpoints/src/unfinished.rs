//! Folders that are filled beside the one that they become, so that nothing is half-written.

use std::ffi::OsStr;
use std::fs::{self, File, TryLockError};
use std::io::{self, ErrorKind};
use std::path::Path;

use tempfile::TempDir;

/// The beginning of their names. What follows is [`RANDOM`] letters and digits.
const PREFIX: &str = ".attentive-unfinished-";
const RANDOM: usize = 6;

/// A folder that is being filled.
///
/// It is removed when this is dropped. A program that is ended before that, as by Ctrl-C, leaves it; then the next program
/// that fills one beside it removes it.
#[derive(Debug)]
pub struct Unfinished {
    folder: TempDir,
    /// Tells other programs that this one still fills the folder. Some systems lock no folders.
    #[expect(dead_code, reason = "held until the folder is finished")]
    lock: Option<File>,
}

/// The right to a folder.
enum Claim {
    /// No other program has it, nor will have it while this is there.
    Mine(File),
    /// Another program fills it or removes it.
    Taken,
    /// The system locks no folders.
    Unknown,
}

impl Unfinished {
    /// Makes an empty folder inside of another one, and removes those that were left there.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn new_in(parent: &Path) -> io::Result<Self> {
        remove_left(parent);
        loop {
            let folder = tempfile::Builder::new()
                .prefix(PREFIX)
                .rand_bytes(RANDOM)
                .tempdir_in(parent)?;
            let lock = match claim(folder.path()) {
                Claim::Mine(lock) => Some(lock),
                Claim::Unknown => None,
                // Another program took it for one that was left: it was not locked yet.
                Claim::Taken => continue,
            };
            return Ok(Self { folder, lock });
        }
    }

    /// Its path.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Gives the folder its name. If that fails, it is removed.
    ///
    /// # Errors
    /// When a folder that is not empty has the name, or the system does not allow it.
    pub fn finish(self, target: &Path) -> io::Result<()> {
        fs::rename(self.path(), target)?;
        // It is no longer there to be removed.
        let _ = self.folder.keep();
        Ok(())
    }
}

/// Removes the folders that programs have left. One that cannot be removed is in nobody's way.
fn remove_left(parent: &Path) {
    let Ok(entries) = parent.read_dir() else {
        return;
    };
    for entry in entries.flatten() {
        let path = entry.path();
        if is_name(&entry.file_name())
            && path.is_dir()
            && let Claim::Mine(_lock) = claim(&path)
        {
            let _ = fs::remove_dir_all(path);
        }
    }
}

/// Returns `true` if a name is one that [`Unfinished::new_in`] gives.
fn is_name(name: &OsStr) -> bool {
    let name = name.to_str().and_then(|name| name.strip_prefix(PREFIX));
    name.is_some_and(|rest| {
        rest.len() == RANDOM && rest.chars().all(|sign| sign.is_ascii_alphanumeric())
    })
}

fn claim(folder: &Path) -> Claim {
    let file = match File::open(folder) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Claim::Taken,
        Err(_) => return Claim::Unknown,
    };
    match file.try_lock() {
        // It may have been removed before it was locked.
        Ok(()) if folder.is_dir() => Claim::Mine(file),
        Ok(()) | Err(TryLockError::WouldBlock) => Claim::Taken,
        Err(TryLockError::Error(_)) => Claim::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parent() -> TempDir {
        tempfile::tempdir().expect("a folder")
    }

    #[test]
    fn a_finished_folder_has_its_name_and_an_unfinished_one_goes_away() {
        let parent = parent();
        let target = parent.path().join("model");
        let first = Unfinished::new_in(parent.path()).expect("a folder");
        fs::write(first.path().join("file"), "text").expect("a file");
        first.finish(&target).expect("the name is free");
        drop(Unfinished::new_in(parent.path()).expect("a folder"));
        let third = Unfinished::new_in(parent.path()).expect("a folder");
        third.finish(&target).expect_err("it is not empty");
        assert!(target.join("file").is_file());
        assert_eq!(parent.path().read_dir().expect("a folder").count(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn a_folder_that_was_left_is_removed_and_one_that_is_filled_stays() {
        let parent = parent();
        let left = parent.path().join(format!("{PREFIX}abc123"));
        fs::create_dir(&left).expect("a folder");
        fs::write(left.join("half"), "a ha").expect("a file");
        for other in ["mine", ".attentive-unfinished-mine", ".unfinished-abc123"] {
            fs::create_dir(parent.path().join(other)).expect("a folder");
        }
        let filled = Unfinished::new_in(parent.path()).expect("a folder");
        assert!(!left.exists());
        let second = Unfinished::new_in(parent.path()).expect("a folder");
        assert!(filled.path().is_dir() && second.path().is_dir());
        drop((filled, second));
        assert_eq!(parent.path().read_dir().expect("a folder").count(), 3);
    }
}
