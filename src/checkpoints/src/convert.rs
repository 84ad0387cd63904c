//! Writes a model of any format as a folder of the hub.

use std::fs;
use std::path::{Path, PathBuf};

use crate::error::CheckpointError;
use crate::hub::HubModel;
use crate::number::NumberType;
use crate::safetensors::Writer;
use crate::unfinished::Unfinished;

/// The file of the tensors.
const TENSORS: &str = "model.safetensors";
/// The configuration.
const CONFIG: &str = "config.json";

/// A step of a conversion, to be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress<'a> {
    /// The tensor that is written next.
    pub name: &'a str,
    /// Numbers that are written.
    pub written: usize,
    /// Numbers that there will be.
    pub total: usize,
}

/// The result of a conversion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Converted {
    /// The names of the files, sorted.
    pub files: Vec<String>,
    /// The number of tensors.
    pub tensors: usize,
    /// The number of their numbers.
    pub parameters: usize,
    /// The bytes of their numbers.
    pub bytes: u64,
}

/// Writes a folder of the hub's layout. It gets its name when it is whole; until then nothing is in its place.
///
/// # Errors
/// When the source cannot be read, the target is a file or a folder that is not empty, or the disk is full.
pub fn convert(
    source: &Path,
    target: &Path,
    number: NumberType,
    progress: &mut dyn FnMut(Progress<'_>),
) -> Result<Converted, CheckpointError> {
    ensure_free(target)?;
    let target = &followed(target)?;
    let model = HubModel::open(source)?;
    let parent = parent(target);
    fs::create_dir_all(&parent).map_err(CheckpointError::unwritable(&parent))?;
    let unfinished = Unfinished::new_in(&parent).map_err(CheckpointError::unwritable(&parent))?;
    let folder = unfinished.path();
    let mut files = vec![CONFIG.to_owned(), TENSORS.to_owned()];
    write(&folder.join(CONFIG), &model.config(number)?)?;
    for file in &model.files {
        write(&folder.join(file.name), &file.contents)?;
        files.push(file.name.to_owned());
    }
    files.sort();
    let (tensors, parameters, bytes) =
        write_tensors(&model, &folder.join(TENSORS), number, progress)?;
    finish(unfinished, target)?;
    Ok(Converted {
        files,
        tensors,
        parameters,
        bytes,
    })
}

/// Writes all tensors, sorted by their names. Returns their number, that of their numbers, and that of their bytes.
fn write_tensors(
    model: &HubModel,
    path: &Path,
    number: NumberType,
    progress: &mut dyn FnMut(Progress<'_>),
) -> Result<(usize, usize, u64), CheckpointError> {
    let checkpoint = &model.checkpoint;
    let mut tensors: Vec<(&str, &[usize])> = Vec::new();
    for name in checkpoint.names() {
        tensors.push((name, checkpoint.shape(name).unwrap_or_default()));
    }
    tensors.sort_unstable();
    let size = |shape: &[usize]| shape.iter().product::<usize>();
    let total = tensors.iter().map(|(_, shape)| size(shape)).sum();
    let mut writer = Writer::create(path, number, &tensors)?;
    let (mut written, mut bytes) = (0, 0);
    for (name, shape) in &tensors {
        progress(Progress {
            name,
            written,
            total,
        });
        bytes += writer.tensor(name, &checkpoint.numbers(name)?)?;
        written += size(shape);
    }
    writer.finish()?;
    Ok((tensors.len(), written, bytes))
}

/// The folder that a path leads to, by links or not: the new one takes its place.
fn followed(target: &Path) -> Result<PathBuf, CheckpointError> {
    if target.is_dir() {
        return fs::canonicalize(target).map_err(CheckpointError::unwritable(target));
    }
    Ok(target.to_owned())
}

/// Checks that there is nothing in the target's place but an empty folder, and that it has a name, such as `.` has not.
fn ensure_free(target: &Path) -> Result<(), CheckpointError> {
    if target.file_name().is_none() {
        return Err(CheckpointError::NoName(target.to_owned()));
    }
    let is_free = match fs::read_dir(target) {
        Ok(mut entries) => entries.next().is_none(),
        Err(_) => !target.exists(),
    };
    if is_free {
        return Ok(());
    }
    Err(CheckpointError::NotEmpty(target.to_owned()))
}

/// The folder in which the target is.
fn parent(target: &Path) -> PathBuf {
    match target.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        _ => PathBuf::from("."),
    }
}

/// Gives the folder its name.
fn finish(unfinished: Unfinished, target: &Path) -> Result<(), CheckpointError> {
    if target.is_dir() {
        // It is empty, and on some systems no folder takes the place of another.
        fs::remove_dir(target).map_err(CheckpointError::unwritable(target))?;
    }
    let finished = unfinished.finish(target);
    finished.map_err(CheckpointError::unwritable(target))
}

fn write(path: &Path, contents: &[u8]) -> Result<(), CheckpointError> {
    fs::write(path, contents).map_err(CheckpointError::unwritable(path))
}
