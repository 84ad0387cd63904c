//! The chat template of a model, filled in by a process of its own.
//!
//! A template is a program of a stranger. Its steps and its texts are counted (`attentive_models::ChatTemplate`), but lists
//! inside lists can become large and deep for few steps, and so can the program itself when it is parsed. So a second process
//! of this program parses it and fills it in, with limits from the system: what is too large ends that process, and the
//! conversation gets an error. It reads no file: the template and the messages come on its standard input.

use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};

use attentive_models::{ChatTemplate, Message};

use crate::error::PipelineError;
use crate::print::print;

/// The command that fills in a template, as `args::Command` has it.
const COMMAND: &str = "fill-template";

/// The template of a folder.
#[derive(Debug)]
pub(super) struct Template {
    folder: PathBuf,
    template: ChatTemplate,
}

impl Template {
    /// Opens the template of a folder.
    ///
    /// # Errors
    /// When there is none, or it is not in the language of templates, or takes too much.
    pub(super) fn open(folder: &Path) -> Result<Self, PipelineError> {
        let opened = Self {
            folder: folder.to_owned(),
            template: ChatTemplate::open(folder)?,
        };
        opened.answer(None)?;
        Ok(opened)
    }

    /// The text of a conversation, up to where the model's answer begins.
    ///
    /// # Errors
    /// When the template does not take this conversation, or takes too much for it.
    pub(super) fn fill(&self, messages: &[Message]) -> Result<String, PipelineError> {
        self.answer(Some(messages))
    }

    /// The answer of the process to these messages; without any, it parses the template and says nothing.
    fn answer(&self, messages: Option<&[Message]>) -> Result<String, PipelineError> {
        let request = serde_json::to_vec(&(&self.template, messages))?;
        let mut child = start().map_err(PipelineError::NoProcess)?;
        // Should the process be gone already, its end says why.
        if let Some(mut stdin) = child.stdin.take() {
            let _ = stdin.write_all(&request);
        }
        let output = child.wait_with_output().map_err(PipelineError::NoProcess)?;
        let filled = serde_json::from_slice::<Result<String, String>>(&output.stdout);
        match filled {
            Ok(filled) if output.status.success() => filled.map_err(PipelineError::Template),
            _ => Err(without_answer(&self.folder, output.status)),
        }
    }
}

/// The error for a process that has ended without an answer. The template is to blame if the system ended the process.
fn without_answer(folder: &Path, status: ExitStatus) -> PipelineError {
    // On Unix a signal leaves no code; on Windows what the system gives is negative.
    if status.code().is_none_or(|code| code < 0) {
        return PipelineError::LargeTemplate {
            folder: folder.to_owned(),
            status,
        };
    }
    PipelineError::NoFilledText { status }
}

fn start() -> io::Result<Child> {
    Command::new(program()?)
        .arg(COMMAND)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        // What the system says of a process that it ends is of no use to anybody.
        .stderr(Stdio::null())
        .spawn()
}

/// This program. A conversation can take hours, and its file may be another by then; Linux has the one that runs.
fn program() -> io::Result<PathBuf> {
    if cfg!(target_os = "linux") {
        return Ok(PathBuf::from("/proc/self/exe"));
    }
    std::env::current_exe()
}

/// Fills in the template on standard input for the conversation there, and prints the text or the error as JSON.
///
/// # Errors
/// When the answer cannot be printed.
pub(crate) fn fill_within_limits() -> Result<(), PipelineError> {
    let filled = filled().map_err(|error| error.to_string());
    print(&serde_json::to_string(&filled)?)
}

fn filled() -> Result<String, PipelineError> {
    #[cfg(unix)]
    limits::set().map_err(PipelineError::NoLimits)?;
    let mut request = Vec::new();
    io::stdin()
        .read_to_end(&mut request)
        .map_err(PipelineError::Input)?;
    let (template, messages): (ChatTemplate, Option<Vec<Message>>) =
        serde_json::from_slice(&request)?;
    match messages {
        Some(messages) => Ok(template.fill(&messages)?),
        None => {
            template.check()?;
            Ok(String::new())
        }
    }
}

/// Limits of this process.
#[cfg(unix)]
mod limits {
    use std::io;

    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

    /// Address space. A template takes a small part of it: its texts have 64 MB at most. Elsewhere than on Linux programs begin
    /// with more than they may be given, and the counted steps and the time are the limits.
    #[cfg(target_os = "linux")]
    const MEMORY_BYTES: u64 = 1 << 30;
    /// Processor time. A template takes milliseconds.
    const CPU_SECONDS: u64 = 10;

    /// Limits this process, which leaves no dump of its memory behind and ends with the one that started it.
    pub(super) fn set() -> io::Result<()> {
        #[cfg(target_os = "linux")]
        {
            use rustix::process::{Signal, set_parent_process_death_signal};

            set_parent_process_death_signal(Some(Signal::KILL))?;
            limit(Resource::As, MEMORY_BYTES)?;
        }
        limit(Resource::Cpu, CPU_SECONDS)?;
        limit(Resource::Core, 0)
    }

    /// Lowers a limit. One that is lower already stays: nobody may raise it.
    fn limit(resource: Resource, most: u64) -> io::Result<()> {
        let now = getrlimit(resource);
        let least = [now.current, now.maximum].into_iter().flatten().min();
        let limit = Some(least.map_or(most, |least| least.min(most)));
        let limits = Rlimit {
            current: limit,
            maximum: limit,
        };
        Ok(setrlimit(resource, limits)?)
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::process::ExitStatusExt;

    use super::*;

    #[test]
    fn a_template_is_blamed_for_a_signal_alone() {
        let folder = Path::new("llama");
        let [aborted, exited] = [6, 101 << 8].map(ExitStatus::from_raw);
        let error = without_answer(folder, aborted);
        assert!(matches!(error, PipelineError::LargeTemplate { .. }));
        let error = without_answer(folder, exited).to_string();
        assert!(error.contains("(exit status: 101)"), "{error}");
        assert!(!error.contains("trust"), "{error}");
    }
}
