//! No module depends on itself through others.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::cycles::cycles;
use crate::modules::Modules;
use crate::{root, rust_files};

#[test]
fn no_module_depends_on_itself_through_others() {
    let source = root().join("src");
    let roots: Vec<PathBuf> = rust_files(&source)
        .into_iter()
        .filter(|file| is_crate_root(file, &source))
        .collect();
    assert!(roots.len() >= 8, "expected all crates, found {roots:?}");
    let mut found = String::new();
    for file in roots {
        let crate_root = file.strip_prefix(root()).expect("it is in this checkout");
        let read = |path: &Path| std::fs::read_to_string(root().join(path)).ok();
        for cycle in cycles(&Modules::read(crate_root, &read)) {
            found += &format!("{} {cycle}\n", crate_root.display());
        }
    }
    assert!(found.is_empty(), "{found}");
}

/// Returns `true` for `src/*/src/lib.rs`, `src/*/src/main.rs` and `src/cli/main.rs`.
fn is_crate_root(file: &Path, source: &Path) -> bool {
    let is_root = file.ends_with("lib.rs") || file.ends_with("main.rs");
    let folder = file.parent().expect("a file is in a folder");
    is_root && (folder == source.join("cli") || folder.ends_with("src")) && folder != source
}

/// Finds the cycles in a made crate of these files.
fn cycles_of(files: &[(&str, &str)]) -> Vec<String> {
    let files: BTreeMap<&Path, &str> = files
        .iter()
        .map(|(path, text)| (Path::new(*path), *text))
        .collect();
    let read = |path: &Path| files.get(path).map(|text| (*text).to_owned());
    cycles(&Modules::read(Path::new("src/lib.rs"), &read))
}

#[test]
fn a_tree_without_a_cycle() {
    let found = cycles_of(&[
        ("src/lib.rs", "mod a; mod b; pub use a::A; use b::B;"),
        (
            "src/a.rs",
            "mod inner; use crate::b::B; #[cfg(test)] mod tests { use crate::b::C; }",
        ),
        (
            "src/a/inner.rs",
            "use super::A; fn f() { std::mem::drop(crate::b::B) }",
        ),
        (
            "src/b.rs",
            "// crate::a\nconst TEXT: &str = \"crate::a::A\"; #[cfg(test)] use crate::a::A;",
        ),
    ]);
    assert_eq!(found, Vec::<String>::new());
}

#[test]
fn two_modules_that_use_each_other() {
    let found = cycles_of(&[
        ("src/lib.rs", "mod a; mod b; mod c;"),
        ("src/a.rs", "use crate::b::{self, B};\nuse crate::c::C;"),
        ("src/b.rs", "\nfn f() -> crate::a::A { todo!() }"),
        ("src/c.rs", ""),
    ]);
    assert_eq!(
        found,
        ["in crate: a, b form a cycle\n  \
          a → b\n    \
            src/a.rs:1: crate::b\n    \
            src/a.rs:1: crate::b::B\n  \
          b → a\n    \
            src/b.rs:2: crate::a::A\n"]
    );
}

#[test]
fn a_cycle_is_found_through_re_exports_macros_and_modules_below() {
    let cycle_of = |b: &str| {
        let found = cycles_of(&[
            ("src/lib.rs", "mod a; mod b; mod c; pub use a::inner::A;"),
            ("src/a.rs", "pub mod inner; use crate::c;"),
            ("src/a/inner.rs", "pub struct A;"),
            ("src/b.rs", b),
            ("src/c.rs", "use super::b::B;"),
        ]);
        assert_eq!(found.len(), 1, "{b}: {found:?}");
        found[0].lines().next().unwrap_or_default().to_owned()
    };
    for b in [
        "use crate::A;",
        "fn f() { format!(\"{}\", crate::A::new()) }",
        "mod below { use super::super::a::inner; }",
        "use crate::a::*;",
    ] {
        assert_eq!(cycle_of(b), "in crate: a, b, c form a cycle", "{b}");
    }
}

#[test]
fn a_cycle_below_the_root() {
    let found = cycles_of(&[
        ("src/lib.rs", "mod a;"),
        ("src/a/mod.rs", "mod x; mod y; use x::X;"),
        ("src/a/x.rs", "use super::y::Y;"),
        ("src/a/y.rs", "use super::X;"),
    ]);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].starts_with("in crate::a: x, y form a cycle"));
}
