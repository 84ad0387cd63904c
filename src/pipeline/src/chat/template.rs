//! The chat template of a model, filled in by a process of its own.
//!
//! A template is a program of a stranger. Its steps and its texts are counted (`attentive_models::ChatTemplate`), but lists
//! inside lists can become large and deep for few steps. So a second process of this program fills it in, with limits
//! from the system: what is too large ends that process, and the conversation gets an error.

use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use attentive_models::{ChatTemplate, Message};

use crate::error::PipelineError;
use crate::print::print;

/// The command that fills in a template, as `args::Command` has it.
const COMMAND: &str = "fill-template";

/// Address space of the process. A template takes a small part of it: its texts have 64 MB at most.
#[cfg(unix)]
const MEMORY_BYTES: u64 = 1 << 30;
/// Processor time of the process. A template takes milliseconds.
#[cfg(unix)]
const CPU_SECONDS: u64 = 10;

/// The template of a folder.
#[derive(Debug)]
pub(super) struct Template {
    folder: PathBuf,
}

impl Template {
    /// Opens the template of a folder.
    ///
    /// # Errors
    /// When there is none, or it is not in the language of templates.
    pub(super) fn open(folder: &Path) -> Result<Self, PipelineError> {
        ChatTemplate::open(folder)?;
        Ok(Self {
            folder: folder.to_owned(),
        })
    }

    /// The text of a conversation, up to where the model's answer begins.
    ///
    /// # Errors
    /// When the template does not take this conversation, or takes too much for it.
    pub(super) fn fill(&self, messages: &[Message]) -> Result<String, PipelineError> {
        let mut child = self.start().map_err(PipelineError::NoProcess)?;
        let conversation = serde_json::to_vec(messages)?;
        // Should the process be gone already, its end says why.
        if let Some(mut stdin) = child.stdin.take() {
            let _ = stdin.write_all(&conversation);
        }
        let output = child.wait_with_output().map_err(PipelineError::NoProcess)?;
        let filled = serde_json::from_slice::<Result<String, String>>(&output.stdout);
        match filled {
            Ok(filled) if output.status.success() => filled.map_err(PipelineError::Template),
            _ => Err(PipelineError::LargeTemplate {
                folder: self.folder.clone(),
                status: output.status,
            }),
        }
    }

    fn start(&self) -> io::Result<Child> {
        Command::new(std::env::current_exe()?)
            .arg(COMMAND)
            .arg(&self.folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            // What the system says of a process that it ends is of no use to anybody.
            .stderr(Stdio::null())
            .spawn()
    }
}

/// Fills in the template of a folder for the conversation on standard input, and prints the text or the error as JSON.
///
/// # Errors
/// When the conversation cannot be read, or the answer printed.
pub(crate) fn fill_within_limits(folder: &Path) -> Result<(), PipelineError> {
    #[cfg(unix)]
    limit().map_err(PipelineError::NoProcess)?;
    let mut conversation = Vec::new();
    io::stdin()
        .read_to_end(&mut conversation)
        .map_err(PipelineError::Input)?;
    let messages: Vec<Message> = serde_json::from_slice(&conversation)?;
    let filled = ChatTemplate::open(folder).and_then(|template| template.fill(&messages));
    let filled = filled.map_err(|error| error.to_string());
    print(&serde_json::to_string(&filled)?)
}

/// Limits this process, and leaves no dump of its memory behind.
#[cfg(unix)]
fn limit() -> io::Result<()> {
    use rustix::process::{Resource, Rlimit, setrlimit};

    for (resource, most) in [
        (Resource::As, MEMORY_BYTES),
        (Resource::Cpu, CPU_SECONDS),
        (Resource::Core, 0),
    ] {
        let limits = Rlimit {
            current: Some(most),
            maximum: Some(most),
        };
        setrlimit(resource, limits)?;
    }
    Ok(())
}
