//! A call of the compiler that cargo has shown.

use std::path::{Path, PathBuf};
use std::process::Command;

/// A call of the compiler: its environment as cargo changes it, the program, and its arguments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct CompilerCall {
    environment: Vec<(String, String)>,
    program: String,
    arguments: Vec<String>,
}

impl CompilerCall {
    /// Parses what cargo shows with `-vv` of a program that it runs: words as a shell of Unix takes them.
    pub(super) fn parse(shown: &str) -> Option<Self> {
        let mut words = split(shown)?.into_iter();
        let mut environment = Vec::new();
        let program = loop {
            let word = words.next()?;
            match word.split_once('=') {
                Some((name, value)) if is_variable(name) => {
                    environment.push((name.to_owned(), value.to_owned()));
                }
                _ => break word,
            }
        };
        Some(Self {
            environment,
            program,
            arguments: words.collect(),
        })
    }

    /// Returns the program.
    pub(super) fn program(&self) -> &Path {
        Path::new(&self.program)
    }

    /// Returns a variable of the environment.
    pub(super) fn variable(&self, name: &str) -> Option<&str> {
        let mut variables = self.environment.iter();
        let found = variables.find(|(other, _)| other == name);
        found.map(|(_, value)| value.as_str())
    }

    /// Sets a variable of the environment that is there.
    pub(super) fn set_variable(&mut self, name: &str, value: &str) {
        for (other, old) in &mut self.environment {
            if other == name {
                value.clone_into(old);
            }
        }
    }

    /// Returns the value of an option, which is the next argument: of `--out-dir`, for example.
    pub(super) fn option(&self, option: &str) -> Option<&str> {
        let place = self.arguments.iter().position(|it| it == option)?;
        self.arguments.get(place + 1).map(String::as_str)
    }

    /// Sets the value of an option that is there.
    pub(super) fn set_option(&mut self, option: &str, value: String) {
        let place = self.arguments.iter().position(|it| it == option);
        if let Some(old) = place.and_then(|place| self.arguments.get_mut(place + 1)) {
            *old = value;
        }
    }

    /// Returns the value of a part of an option, such as the path in `--extern NAME=PATH`, or a setting in `-C NAME=VALUE`.
    pub(super) fn setting(&self, name: &str) -> Option<&str> {
        let mut settings = self.arguments.iter();
        settings.find_map(|it| it.strip_prefix(name)?.strip_prefix('='))
    }

    /// Sets such a value where it is there.
    pub(super) fn set_setting(&mut self, name: &str, value: &str) {
        for argument in &mut self.arguments {
            let rest = argument.strip_prefix(name);
            if rest.is_some_and(|rest| rest.starts_with('=')) {
                *argument = format!("{name}={value}");
            }
        }
    }

    /// Lists the files of the crates that it names.
    pub(super) fn externs(&self) -> Vec<PathBuf> {
        let mut files = Vec::new();
        for pair in self.arguments.windows(2) {
            if let [option, named] = pair
                && option == "--extern"
                && let Some((_, file)) = named.split_once('=')
            {
                files.push(file.into());
            }
        }
        files
    }

    /// Makes the command.
    pub(super) fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.args(&self.arguments);
        for (name, value) in &self.environment {
            command.env(name, value);
        }
        command
    }
}

fn is_variable(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// Splits a line into words, of which some are in quotes. `None` if a quote is not closed.
fn split(line: &str) -> Option<Vec<String>> {
    let (mut words, mut word, mut is_quoted) = (Vec::new(), None, false);
    let mut characters = line.chars();
    while let Some(c) = characters.next() {
        match c {
            '\'' => {
                is_quoted = !is_quoted;
                word.get_or_insert_with(String::new);
            }
            '\\' if !is_quoted => {
                let escaped = characters.next()?;
                word.get_or_insert_with(String::new).push(escaped);
            }
            c if c.is_whitespace() && !is_quoted => words.extend(word.take()),
            c => word.get_or_insert_with(String::new).push(c),
        }
    }
    if is_quoted {
        return None;
    }
    words.extend(word);
    Some(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHOWN: &str = r"A='one '\''two'\''' CARGO_PKG_AUTHORS='' /bin/rustc --crate-name softmax -C incremental=/t/i
                          --extern ndarray=/t/libndarray.rlib --out-dir '/t/a b' --check-cfg 'cfg(x, values())'";

    #[test]
    fn a_call_is_what_cargo_shows() {
        let mut call = CompilerCall::parse(&SHOWN.replace("\\\n", "")).expect("it is a call");
        assert_eq!(call.program(), Path::new("/bin/rustc"));
        assert_eq!(call.variable("A"), Some("one 'two'"));
        assert_eq!(call.variable("CARGO_PKG_AUTHORS"), Some(""));
        assert_eq!(call.option("--out-dir"), Some("/t/a b"));
        assert_eq!(call.setting("incremental"), Some("/t/i"));
        assert_eq!(call.externs(), [Path::new("/t/libndarray.rlib")]);
        call.set_option("--out-dir", "/o".to_owned());
        call.set_setting("ndarray", "/o/n.rlib");
        call.set_variable("A", "1");
        assert_eq!(call.option("--out-dir"), Some("/o"));
        assert_eq!(call.externs(), [Path::new("/o/n.rlib")]);
        assert_eq!(call.variable("A"), Some("1"));
    }

    #[test]
    fn half_a_call_is_none() {
        assert_eq!(CompilerCall::parse("A='one"), None);
        assert_eq!(CompilerCall::parse("A=one B=two"), None);
    }
}
