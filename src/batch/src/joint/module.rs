//! An exercise's crate as a module of a joint crate.
//!
//! Only sources for which this makes no difference are taken, and the check knows too little rather than too much: what it
//! refuses, and what the compiler refuses afterwards, is compiled as a crate of its own.

use std::collections::{BTreeMap, BTreeSet};

use crate::dependencies::Extern;
use crate::source_tokens::{Token, tokens};

/// The name of the exercise's own root in its files, in place of `crate`. It has as many letters, so that nothing in a line
/// is at another column.
const ROOT: &str = "krate";
/// The attributes that a whole module may have as well as a whole crate.
const OF_MODULES: [&str; 6] = ["allow", "deny", "doc", "expect", "forbid", "warn"];
/// The words whose meaning depends on the crate around a module.
const OF_CRATES: [&str; 4] = ["macro_export", "macro_use", "module_path", ROOT];

/// Returns `true` if a crate with these files can be a module. `foreign` are the names of crates that it may not use.
pub(super) fn fits(sources: &BTreeMap<String, String>, foreign: &BTreeSet<&str>) -> bool {
    sources.iter().all(|(path, text)| {
        let tokens: Vec<&str> = tokens(text).iter().map(|token| token.text).collect();
        let is_foreign = |token: &&str| OF_CRATES.contains(token) || foreign.contains(token);
        !tokens.iter().any(is_foreign)
            && has_attributes_of_modules(&tokens)
            && stays_inside(&tokens, path == "lib.rs")
    })
}

fn has_attributes_of_modules(tokens: &[&str]) -> bool {
    tokens.windows(4).all(|window| match window {
        ["#", "!", "[", name] => OF_MODULES.contains(name),
        _ => true,
    })
}

/// Returns `true` if `super` never means what is around the crate's root.
fn stays_inside(tokens: &[&str], is_root: bool) -> bool {
    // For each open brace, `true` if it is a module's.
    let mut open = Vec::new();
    for (nth, token) in tokens.iter().enumerate() {
        match *token {
            "{" => open.push(nth >= 2 && tokens[nth - 2] == "mod"),
            "}" => _ = open.pop(),
            "super" => {
                let is_inside = !is_root || open.contains(&true);
                if !is_inside || tokens[nth + 1..].starts_with(&[":", ":", "super"]) {
                    return false;
                }
            }
            _ => (),
        }
    }
    true
}

/// Rewrites a file of an exercise for a joint crate: `module` is the name of the exercise's root there, and `alias` returns
/// the name there of a crate of the course.
pub(super) fn rewritten(
    text: &str,
    module: &str,
    externs: &[Extern],
    alias: impl Fn(&str) -> String,
) -> String {
    let tokens = tokens(text);
    let mut rewritten = String::new();
    let mut copied = 0;
    for (nth, token) in tokens.iter().enumerate() {
        if token.text == "crate" && !is_visibility(&tokens, nth) {
            rewritten.push_str(&text[copied..token.begin]);
            rewritten.push_str(ROOT);
            copied = token.begin + ROOT.len();
        }
    }
    let names_its_root = copied > 0;
    rewritten.push_str(&text[copied..]);
    rewritten.push('\n');
    // At the end, so that every line keeps its number.
    if names_its_root {
        rewritten.push_str(&format!("use crate::{module} as {ROOT};\n"));
    }
    for named in externs.iter().filter(|named| named.is_own) {
        if names_crate(&tokens, &named.name) {
            let alias = alias(&named.name);
            rewritten.push_str(&format!("use {alias} as {};\n", named.name));
        }
    }
    rewritten
}

/// Returns `true` if a `crate` is that of `pub(crate)`.
fn is_visibility(tokens: &[Token<'_>], nth: usize) -> bool {
    let text = |at: Option<usize>| at.and_then(|at| tokens.get(at)).map(|token| token.text);
    text(nth.checked_sub(2)) == Some("pub")
        && text(nth.checked_sub(1)) == Some("(")
        && text(Some(nth + 1)) == Some(")")
}

/// Returns `true` if a path may begin with the name of a crate.
fn names_crate(tokens: &[Token<'_>], name: &str) -> bool {
    for (nth, token) in tokens.iter().enumerate() {
        if token.text != name {
            continue;
        }
        let before = nth.checked_sub(1).map_or("", |before| tokens[before].text);
        let after = tokens.get(nth + 1).map_or("", |after| after.text);
        if before == "use" || (after == ":" && before != ":") {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fits_as(path: &str, text: &str) -> bool {
        let sources = BTreeMap::from([(path.to_owned(), text.to_owned())]);
        fits(&sources, &BTreeSet::from(["thiserror"]))
    }

    #[test]
    fn what_means_the_same_in_a_module_fits() {
        for text in [
            "//! Words.\n#![allow(dead_code)]\nuse softmax::softmax;",
            "mod a { fn f() { super::g() } } fn g() {}",
            "pub(crate) fn f() { crate::g() }",
        ] {
            assert!(fits_as("lib.rs", text), "{text}");
        }
        assert!(fits_as("words.rs", "use super::f;"));
    }

    #[test]
    fn what_may_mean_something_else_does_not() {
        for text in [
            "#![feature(never_type)]",
            "#![no_std]",
            "use super::f;",
            "mod a { use super::super::f; }",
            "fn f() -> f32 { super::g() }",
            "#[macro_export] macro_rules! m { () => {} }",
            "use thiserror::Error;",
            "fn f() -> &'static str { module_path!() }",
            "use krate::f;",
        ] {
            assert!(!fits_as("lib.rs", text), "{text}");
        }
        assert!(!fits_as("words.rs", "use super::super::f;"));
    }

    #[test]
    fn names_of_crates_are_replaced_and_lines_and_columns_stay() {
        let named = |name: &str, is_own| Extern {
            name: name.to_owned(),
            file: String::new(),
            is_own,
        };
        let externs = [
            named("softmax", true),
            named("masks", true),
            named("ndarray", false),
        ];
        let text = "use softmax::softmax;\nuse ndarray::s;\npub(crate) fn f() { crate::g(softmax(masks)) }\n// crate";
        let rewritten = rewritten(text, "exercise_5", &externs, |name| format!("a_{name}"));
        insta::assert_snapshot!(rewritten, @r"
        use softmax::softmax;
        use ndarray::s;
        pub(crate) fn f() { krate::g(softmax(masks)) }
        // crate
        use crate::exercise_5 as krate;
        use a_softmax as softmax;
        ");
    }
}
