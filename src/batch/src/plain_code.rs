//! Plain code: sources that can do nothing but compute when they are called.
//!
//! A function of such sources leaves nothing behind that a later call could see, but for memory that it does not give back.
//! So its tasks may share a process without a difference to anybody. The check knows too little rather than too much:
//! whatever it does not know is taken for more than plain, which costs time and nothing else.

use std::collections::BTreeMap;

use crate::source_tokens::tokens;

/// The words without which a source can reach nothing of the process, of the files and of the other crates: what is unsafe
/// or lasts longer than a call, and the macros and attributes that the compiler knows by name.
const MORE_THAN_PLAIN: [&str; 15] = [
    "asm",
    "env",
    "extern",
    "global_allocator",
    "global_asm",
    "include",
    "include_bytes",
    "include_str",
    "link",
    "naked_asm",
    "option_env",
    "path",
    "static",
    "thread_local",
    "unsafe",
];
/// The crates that can do more than compute. Of them, plain code names the modules below only.
const STANDARD: [&str; 3] = ["alloc", "core", "std"];
/// The modules of the standard library that do nothing but compute.
const COMPUTING: [&str; 19] = [
    "array",
    "borrow",
    "cmp",
    "collections",
    "convert",
    "f32",
    "f64",
    "fmt",
    "hash",
    "iter",
    "mem",
    "num",
    "ops",
    "option",
    "result",
    "slice",
    "str",
    "string",
    "vec",
];

/// Returns `true` if sources can do nothing but compute when they are called. Files that are as the course gives them need
/// no check: `given` are those.
pub(crate) fn is_plain(
    sources: &BTreeMap<String, String>,
    given: &BTreeMap<String, String>,
) -> bool {
    let mut own = sources
        .iter()
        .filter(|(path, text)| given.get(*path) != Some(text));
    own.all(|(_, text)| is_plain_text(text))
}

fn is_plain_text(source: &str) -> bool {
    let tokens: Vec<&str> = tokens(source).iter().map(|token| token.text).collect();
    for (nth, token) in tokens.iter().enumerate() {
        if MORE_THAN_PLAIN.contains(token) {
            return false;
        }
        if STANDARD.contains(token) {
            let is_known = match &tokens[nth + 1..] {
                [":", ":", module, ..] => COMPUTING.contains(module),
                // A list of modules, another name for the crate, or a name that only looks like it.
                _ => false,
            };
            if !is_known {
                return false;
            }
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_the_courses_is_not_looked_at_unless_it_was_changed() {
        let files = |text: &str| BTreeMap::from([("given.rs".to_owned(), text.to_owned())]);
        let given = files("static WEIGHTS: &[u8] = include_bytes!(\"weights\");");
        assert!(is_plain(&given, &given));
        assert!(!is_plain(&files("static OTHER: u8 = 0;"), &given));
        assert!(is_plain(&files("const OTHER: u8 = 0;"), &given));
    }

    #[test]
    fn what_only_computes_is_plain() {
        for source in [
            "use std::f32::consts::PI;\npub fn f<'a>(x: &'static str) -> f32 { PI }",
            "// unsafe\n/* extern */ pub fn f() -> &'static str { \"std::process\" }",
            "fn f(x: f32) { println!(\"{x}\"); panic!(\"no\") }",
            "use core :: cmp::Ordering; fn statics() {}",
        ] {
            assert!(is_plain_text(source), "{source}");
        }
    }

    #[test]
    fn what_can_do_more_is_not() {
        for source in [
            "fn f() { unsafe { g() } }",
            "static COUNT: u32 = 0;",
            "use std::process;",
            "use std::{process, f32};",
            "use std as s; fn f() { s::process::exit(0) }",
            "use ::std::*;",
            "use std::/* a */sync::Mutex;",
            "use r#std::r#thread;",
            "core::arch::asm!(\"nop\");",
            "const X: &[u8] = include_bytes!(\"/etc/passwd\");",
            "#[path = \"/a.rs\"] mod a;",
            "#[r#global_allocator] const A: u8 = 0;",
            "extern crate std as other;",
            "fn f(core: u32) -> u32 { core }",
        ] {
            assert!(!is_plain_text(source), "{source}");
        }
    }
}
