//! Functions and types in a text of Rust.
//!
//! This is no parser: it finds what stands at the beginning of a line, which is all that rustfmt leaves, and is used to
//! explain an error that the compiler has found already.

/// An item in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Item {
    pub(super) kind: ItemKind,
    pub(super) name: String,
    pub(super) visibility: Visibility,
    /// The signature on one line; of a type, all of it.
    pub(super) text: String,
    /// The line on which it begins, from 1.
    pub(super) line: usize,
    /// The number of spaces before it.
    pub(super) indentation: usize,
    /// The parts of its signature that matter to whoever uses it, without its name.
    shape: Vec<String>,
}

/// The kind of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ItemKind {
    Function,
    Type,
}

/// The code that may use an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Visibility {
    Private,
    Public,
}

impl Item {
    /// Returns `true` if another item can be used in the same way, apart from its name and its visibility.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        self.kind == other.kind && self.shape == other.shape
    }

    /// Returns `true` if it stands in no other item.
    pub(super) fn is_outermost(&self) -> bool {
        self.indentation == 0
    }
}

/// Lists the functions and types in a text, in order.
pub(super) fn items(text: &str) -> Vec<Item> {
    let lines: Vec<&str> = text.lines().map(without_comment).collect();
    let mut items = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        let Some((visibility, kind, name)) = header(line) else {
            continue;
        };
        let text = signature(&lines[index..], kind);
        items.push(Item {
            kind,
            name: name.to_owned(),
            visibility,
            shape: shape(&text, kind),
            text,
            line: index + 1,
            indentation: line.len() - line.trim_start().len(),
        });
    }
    items
}

fn without_comment(line: &str) -> &str {
    line.split_once("//").map_or(line, |(code, _)| code)
}

/// Reads the beginning of an item, if a line is one.
fn header(line: &str) -> Option<(Visibility, ItemKind, &str)> {
    let mut rest = line.trim_start();
    let mut visibility = Visibility::Private;
    if let Some(after) = rest.strip_prefix("pub") {
        (visibility, rest) = match after.strip_prefix('(') {
            // `pub(crate)` is private to whoever is outside.
            Some(inside) => (Visibility::Private, inside.split_once(')')?.1),
            None => (Visibility::Public, after),
        };
    }
    loop {
        let (word, after) = rest.trim_start().split_once(' ')?;
        let kind = match word {
            "const" | "async" | "unsafe" | "extern" | "\"C\"" => {
                rest = after;
                continue;
            }
            "fn" => ItemKind::Function,
            "struct" | "enum" => ItemKind::Type,
            _ => return None,
        };
        let after = after.trim_start();
        let end = after.find(|c: char| !c.is_alphanumeric() && c != '_');
        let name = &after[..end.unwrap_or(after.len())];
        return (!name.is_empty()).then_some((visibility, kind, name));
    }
}

/// Returns the signature that begins on the first line, on one line.
fn signature(lines: &[&str], kind: ItemKind) -> String {
    let mut text = String::new();
    let mut depth = 0_usize;
    'lines: for line in lines {
        let line = line.trim();
        // An attribute on a line of its own is no part of what is used.
        if line.starts_with("#[") {
            continue;
        }
        for character in line.chars() {
            match (kind, character) {
                (ItemKind::Function, '{') | (_, ';') if depth == 0 => break 'lines,
                (_, '(' | '[' | '{') => depth += 1,
                (_, ')' | ']' | '}') => depth = depth.saturating_sub(1),
                _ => {}
            }
            text.push(character);
            if (kind, character, depth) == (ItemKind::Type, '}', 0) {
                break 'lines;
            }
        }
        text.push(' ');
    }
    tidy(&text)
}

/// Writes what stood on several lines as it would stand on one.
fn tidy(text: &str) -> String {
    let mut text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    for (from, to) in [("( ", "("), (", )", ")"), (" )", ")")] {
        text = text.replace(from, to);
    }
    text
}

/// Returns the parts of a signature that matter to whoever uses the item.
fn shape(text: &str, kind: ItemKind) -> Vec<String> {
    let keyword = |token: &String| ["fn", "struct", "enum"].contains(&token.as_str());
    let tokens = without_paths(tokens(text));
    // Behind the keyword comes the name.
    let begin = tokens.iter().position(keyword).map_or(0, |place| place + 2);
    let mut shape = without_lifetimes(&tokens[begin.min(tokens.len())..]);
    if kind == ItemKind::Function {
        shape = without_parameter_names(&shape);
    }
    shape
}

/// Splits a text into words, lifetimes, arrows, colons and other characters.
fn tokens(text: &str) -> Vec<String> {
    let is_word = |c: &char| c.is_alphanumeric() || *c == '_';
    let mut tokens = Vec::new();
    let mut characters = text.chars().peekable();
    while let Some(first) = characters.next() {
        let mut token = first.to_string();
        match first {
            '-' => token.extend(characters.next_if_eq(&'>')),
            ':' => token.extend(characters.next_if_eq(&':')),
            _ if is_word(&first) || first == '\'' => {
                while let Some(next) = characters.next_if(is_word) {
                    token.push(next);
                }
            }
            _ => {}
        }
        if !first.is_whitespace() {
            tokens.push(token);
        }
    }
    tokens
}

/// Removes paths in front of names: `ndarray::Array2` is `Array2`.
fn without_paths(tokens: Vec<String>) -> Vec<String> {
    let mut short: Vec<String> = Vec::new();
    for token in tokens {
        if token == "::" {
            short.pop();
        } else {
            short.push(token);
        }
    }
    short
}

/// Removes lifetimes, commas behind them or before an end, and what is empty without them: `Model<'_>` is `Model`.
fn without_lifetimes(tokens: &[String]) -> Vec<String> {
    let mut left: Vec<String> = Vec::new();
    let mut after_lifetime = false;
    for token in tokens {
        if token.starts_with('\'') {
            after_lifetime = true;
            continue;
        }
        let last = left.last().map(String::as_str);
        match token.as_str() {
            "," if after_lifetime => {}
            ">" if after_lifetime && last == Some("<") => {
                left.pop();
            }
            ")" | ">" | "}" => {
                if last == Some(",") {
                    left.pop();
                }
                left.push(token.clone());
            }
            _ => left.push(token.clone()),
        }
        after_lifetime = false;
    }
    left
}

/// Removes the names of a function's parameters.
fn without_parameter_names(tokens: &[String]) -> Vec<String> {
    let mut left: Vec<String> = Vec::new();
    let mut depth = 0_usize;
    // The place at which a parameter begins: none before the parameters, where a colon is a generic's.
    let mut begin = None;
    for (place, token) in tokens.iter().enumerate() {
        match token.as_str() {
            "(" | "[" | "<" => depth += 1,
            ")" | "]" | ">" => depth = depth.saturating_sub(1),
            _ => {}
        }
        left.push(token.clone());
        match token.as_str() {
            "(" if depth == 1 => begin = Some(left.len()),
            "," if depth == 1 && begin.is_some() => begin = Some(left.len()),
            ":" if depth == 1 => left.truncate(begin.unwrap_or(left.len())),
            ")" if depth == 0 => {
                left.extend_from_slice(&tokens[place + 1..]);
                break;
            }
            _ => {}
        }
    }
    left
}
