//! Finding the uploads in the arguments: files and folders that hold one submission each, or a part of one.

use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use super::collector::IGNORED_NAMES;
use super::error::IntakeError;
use super::layout::{EntryName, Identity, Platform, identify};
use super::submission::Student;
use super::{archive, archive_format, folder, gradescope};
use crate::text::{from_os, plain};

/// Files that systems put into every folder, and that nobody hands in.
const NOISE: [&str; 3] = ["Thumbs.db", "desktop.ini", gradescope::FILE];
/// Extensions of files that a platform or an instructor puts beside submissions: lists, and comments on them.
const LISTS: [&str; 8] = ["txt", "md", "csv", "html", "json", "yml", "xlsx", "log"];

/// A file or folder that holds one submission, or a part of it.
#[derive(Debug, Clone)]
pub(super) struct Upload {
    pub(super) path: PathBuf,
    /// The student, or the members of a group.
    pub(super) owners: Vec<Student>,
    pub(super) order: Order,
    /// `false` if its name could also be that of another student's upload.
    pub(super) is_certain: bool,
}

/// Order among the uploads of one student: the larger is the newer. Times and numbers cannot be compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    /// The platform's number.
    Number(u64),
    /// The time of modification, in seconds since 1970.
    Time(u64),
}

/// Knowledge of the instructor's about the owners.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct OwnerOptions<'a> {
    /// The student of all that is named, if it is known.
    pub(crate) student: Option<&'a str>,
    /// `true` if the numbers in Moodle's names are of teams.
    pub(crate) are_teams: bool,
}

impl Upload {
    fn new(path: &Path, identity: Identity) -> Self {
        Self {
            path: path.to_owned(),
            owners: vec![identity.student],
            order: order(path, identity.number),
            is_certain: identity.is_certain,
        }
    }
}

/// A folder's entries that one platform wrote, or that one person gave these names.
struct Download {
    /// The folder that the entries are in.
    folder: PathBuf,
    entries: Vec<PathBuf>,
}

/// Finds the uploads in all arguments, in their order.
pub(super) fn uploads(
    paths: &[PathBuf],
    options: OwnerOptions<'_>,
    notes: &mut Vec<String>,
) -> Result<Vec<Upload>, IntakeError> {
    if let Some(id) = options.student {
        let mut uploads = Vec::new();
        for path in paths {
            uploads.push(Upload::new(&followed(path)?, Identity::of(id)));
        }
        return Ok(uploads);
    }
    let mut uploads = Vec::new();
    for download in downloads(paths, notes)? {
        uploads.extend(download.uploads(options, notes)?);
    }
    Ok(uploads)
}

/// Follows the link that a path may be: one that is named alone is the instructor's.
fn followed(path: &Path) -> Result<PathBuf, IntakeError> {
    let target = path.canonicalize();
    let target = target.map_err(|error| read_error(path, error))?;
    match path.is_symlink() {
        true => Ok(target),
        false => Ok(path.to_owned()),
    }
}

fn read_error(path: &Path, error: std::io::Error) -> IntakeError {
    IntakeError::Read {
        path: path.to_owned(),
        error,
    }
}

/// Splits the arguments into downloads.
///
/// The content of a submission is its author's choice, so it must not decide whether a folder is a submission or a folder of
/// many. One argument alone is a folder of many unless it has a course in it, since that is how a class is graded. Of
/// several, which may be what a shell makes of `downloads/*`, each is a submission, unless *all* are folders of many: one
/// student can choose the content of one only.
fn downloads(paths: &[PathBuf], notes: &mut Vec<String>) -> Result<Vec<Download>, IntakeError> {
    if let [only] = paths {
        let only = followed(only)?;
        return Ok(vec![match only.is_dir() && !is_one_submission(&only) {
            true => Download::of_folder(&only)?,
            false if only.is_dir() || has_archive_look(&only) => Download::of_entries(&[only]),
            false => return Err(IntakeError::Kind(only)),
        }]);
    }
    for path in paths {
        // One that cannot be opened is its student's problem, and one that is not there a slip of the pen.
        let found = path.symlink_metadata();
        found.map_err(|error| read_error(path, error))?;
    }
    if paths.iter().all(|path| holds_many(path)) {
        return paths.iter().map(|path| Download::of_folder(path)).collect();
    }
    for path in paths.iter().filter(|path| holds_many(path)) {
        notes.push(format!(
            "{} looks like a folder of many submissions, but others that were named with it are one submission each, and so \
             it was taken for one, too; if that is wrong, grade it by a command of its own",
            plain(&path.display().to_string())
        ));
    }
    let mut groups: Vec<Vec<PathBuf>> = Vec::new();
    for path in paths {
        let group = groups
            .iter_mut()
            .find(|group| group[0].parent() == path.parent());
        match group {
            Some(group) => group.push(path.clone()),
            None => groups.push(vec![path.clone()]),
        }
    }
    Ok(groups
        .iter()
        .map(|group| Download::of_entries(group))
        .collect())
}

fn has_archive_look(path: &Path) -> bool {
    archive::is_archive(path) || archive_format::has_archive_name(&base_name(path))
}

/// Returns `true` if a folder that was named alone is one submission: it has a course in it, or Moodle's name for a
/// submission. (Canvas hands out files, and its downloads may have numbers in their own names.)
fn is_one_submission(folder: &Path) -> bool {
    has_course(folder) || Platform::of(&[entry_name(folder)]) == Platform::Moodle
}

/// Returns `true` if `exercises/` is in a folder.
fn has_course(folder: &Path) -> bool {
    folder.join("exercises").is_dir()
}

/// Returns `true` if a folder looks like one of many submissions.
fn holds_many(folder: &Path) -> bool {
    if !folder.is_dir() || is_one_submission(folder) {
        return false;
    }
    let children = folder::children(folder).unwrap_or_default();
    let names: Vec<EntryName> = children.iter().map(|path| entry_name(path)).collect();
    let submissions = children
        .iter()
        .filter(|child| has_course(child) || archive::is_archive(child));
    folder.join(gradescope::FILE).is_file()
        || Platform::of(&names) != Platform::Other
        || submissions.count() > 1
}

impl Download {
    fn of_folder(folder: &Path) -> Result<Self, IntakeError> {
        let entries = folder::children(folder).map_err(|error| read_error(folder, error))?;
        let download = Self {
            folder: folder.to_owned(),
            entries,
        };
        Ok(download)
    }

    fn of_entries(entries: &[PathBuf]) -> Self {
        let folder = entries.first().and_then(|path| path.parent());
        Self {
            folder: folder.unwrap_or(Path::new("")).to_owned(),
            entries: entries.to_vec(),
        }
    }

    /// Finds the uploads, each with its owners.
    fn uploads(
        mut self,
        options: OwnerOptions<'_>,
        notes: &mut Vec<String>,
    ) -> Result<Vec<Upload>, IntakeError> {
        let listed = gradescope::owners(&self.folder)?;
        self.entries.retain(|path| !is_noise(path));
        let names: Vec<EntryName> = self.entries.iter().map(|path| entry_name(path)).collect();
        let mut uploads = Vec::new();
        let identities = identify(&names, options.are_teams);
        for ((path, entry), identity) in self.entries.iter().zip(&names).zip(identities) {
            if let Some(owners) = listed.get(&entry.name) {
                uploads.push(Upload {
                    path: path.clone(),
                    owners: owners.students.clone(),
                    order: order(path, owners.number),
                    is_certain: true,
                });
                continue;
            }
            if path.is_symlink() {
                let name = plain(&entry.name);
                notes.push(format!("{name} is a symbolic link and was not followed"));
            } else if identity == Identity::of_name(entry) && is_list(path) {
                notes.push(format!(
                    "{} is no submission: it is neither a folder nor an archive",
                    plain(&entry.name)
                ));
                continue;
            }
            // Platforms write numbers; what Gradescope does not list is not known by any.
            let identity = match listed.is_empty() {
                true => identity,
                false => Identity::of_name(entry),
            };
            uploads.push(Upload::new(path, identity));
        }
        if uploads.is_empty() {
            return Err(IntakeError::None(self.folder));
        }
        Ok(uploads)
    }
}

/// Returns `true` for a file or folder that systems and platforms put among submissions.
fn is_noise(path: &Path) -> bool {
    let name = base_name(path);
    let is_hidden_file = name.starts_with('.') && path.is_file() && !archive::is_archive(path);
    is_hidden_file || NOISE.contains(&&*name) || IGNORED_NAMES.contains(&&*name)
}

/// Returns `true` for a file beside submissions that is not one.
fn is_list(path: &Path) -> bool {
    let extension = path.extension().unwrap_or_default();
    let is_known = LISTS
        .iter()
        .any(|list| extension.eq_ignore_ascii_case(list));
    is_known && path.is_file() && !archive::is_archive(path)
}

fn entry_name(path: &Path) -> EntryName {
    EntryName {
        name: base_name(path),
        is_folder: path.is_dir(),
    }
}

fn order(path: &Path, number: Option<u64>) -> Order {
    number.map_or_else(|| Order::Time(modified_seconds(path)), Order::Number)
}

pub(super) fn modified_seconds(path: &Path) -> u64 {
    let modified = path
        .symlink_metadata()
        .and_then(|metadata| metadata.modified());
    let since_epoch = modified
        .ok()
        .and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    since_epoch.map_or(0, |age| age.as_secs())
}

/// Returns the last part of a path, as text; for `.`, the folder's own name.
pub(super) fn base_name(path: &Path) -> String {
    let whole = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let path = if path.file_name().is_some() {
        path
    } else {
        &whole
    };
    from_os(path.file_name().unwrap_or(path.as_os_str()))
}
