//! Commands in the `console` blocks of a page, and what they print there.

use std::ops::Range;

/// The beginning of all commands.
const ATTENTIVE: &str = "cargo attentive ";

/// The beginnings of the commands that are run. What others print depends on what was called before.
const RUN: [&str; 2] = [
    "cargo attentive pipeline ",
    "cargo attentive model convert ",
];

/// Longest line of an output that is written into a page.
const WIDTH: usize = 100;

/// A command on a page that shows what it prints.
#[derive(Debug)]
pub(crate) struct Shown {
    /// The command as it is typed.
    pub(crate) command: String,
    /// The arguments after `cargo attentive`.
    pub(crate) arguments: Vec<String>,
    /// The bytes of the page that have its output.
    pub(crate) output: Range<usize>,
}

/// Finds the commands of pipelines and conversions that show what they print.
pub(crate) fn shown(page: &str) -> Vec<Shown> {
    let mut all = Vec::new();
    let mut rest = 0;
    while let Some(start) = page[rest..].find("\n```console\n") {
        let start = rest + start + "\n```console\n".len();
        let end = start + page[start..].find("```").expect("a block that ends");
        all.extend(commands(page, start..end));
        rest = end;
    }
    all
}

fn commands(page: &str, block: Range<usize>) -> Vec<Shown> {
    let mut all: Vec<Shown> = Vec::new();
    let mut at = block.start;
    let mut continues = false;
    for line in page[block].split_inclusive('\n') {
        at += line.len();
        let begins = line.strip_prefix("$ ");
        let Some(text) = begins.or(continues.then_some(line)) else {
            if let Some(last) = all.last_mut() {
                last.output.end = at;
            }
            continue;
        };
        let typed = text.trim();
        let part = typed.trim_end_matches('\\').trim_end();
        match all.last_mut() {
            Some(last) if continues => {
                last.command = format!("{} {part}", last.command);
                last.output = at..at;
            }
            _ => all.push(Shown {
                command: part.to_owned(),
                arguments: Vec::new(),
                output: at..at,
            }),
        }
        continues = typed.ends_with('\\');
    }
    all.retain(|shown| {
        let is_run = RUN.iter().any(|start| shown.command.starts_with(start));
        is_run && !shown.output.is_empty()
    });
    for shown in &mut all {
        shown.arguments = arguments(&shown.command[ATTENTIVE.len()..]);
    }
    all
}

/// Splits a command line into its arguments, as a shell does where there is nothing but double quotes.
pub(crate) fn arguments(line: &str) -> Vec<String> {
    let mut arguments = Vec::new();
    for (number, part) in line.split('"').enumerate() {
        if number % 2 == 1 {
            arguments.push(part.to_owned());
        } else {
            arguments.extend(part.split_whitespace().map(str::to_owned));
        }
    }
    arguments
}

/// Breaks the lines that are too long for a page.
pub(crate) fn wrapped(output: &str) -> String {
    let mut text = String::new();
    for line in output.lines() {
        let mut width = 0;
        for word in line.split_inclusive(' ') {
            let letters = word.trim_end().chars().count();
            if width > 0 && width + letters > WIDTH {
                text.truncate(text.trim_end().len());
                text.push('\n');
                width = 0;
            }
            text += word;
            width += word.chars().count();
        }
        text.truncate(text.trim_end_matches(' ').len());
        text.push('\n');
    }
    text
}

#[test]
fn commands_with_their_outputs_are_found() {
    let page = "Text.\n\n```console\n$ cargo test -p bert\n```\n\n```console\n$ cargo attentive pipeline a \"b c\" \\\n    \
                --model d\none\ntwo\n$ cargo attentive pipeline e\n$ cargo attentive pipeline f\nthree\n```\n\n\
                ```console\n$ cargo attentive model list\nfour\n$ cargo attentive model convert g\nfive\n```\n";
    let found = shown(page);
    let found: Vec<_> = found
        .iter()
        .map(|shown| (shown.arguments.join("|"), &page[shown.output.clone()]))
        .collect();
    let expected = [
        ("pipeline|a|b c|--model|d", "one\ntwo\n"),
        ("pipeline|f", "three\n"),
        ("model|convert|g", "five\n"),
    ];
    assert_eq!(
        found,
        expected.map(|(arguments, output)| (arguments.to_owned(), output))
    );
}

#[test]
fn long_lines_are_broken_between_words() {
    let long = "word ".repeat(30);
    let wrapped = wrapped(&format!("short\n{long}\n"));
    assert!(wrapped.lines().all(|line| line.len() <= WIDTH), "{wrapped}");
    assert_eq!(
        wrapped.split_whitespace().count(),
        31,
        "no word is lost: {wrapped}"
    );
}
