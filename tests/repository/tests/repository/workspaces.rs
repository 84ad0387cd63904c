//! The workspace of the tests goes by the rules of the course's.

use crate::root;

#[test]
fn both_workspaces_have_the_same_rules() {
    for section in [
        "workspace.package",
        "workspace.lints.rust",
        "workspace.lints.clippy",
    ] {
        let [course, tests] = ["Cargo.toml", "tests/Cargo.toml"].map(|manifest| {
            let text = std::fs::read_to_string(root().join(manifest)).expect("a manifest");
            settings(&text, section)
        });
        assert!(!course.is_empty(), "Cargo.toml has no [{section}]");
        assert_eq!(
            course, tests,
            "[{section}] of Cargo.toml, and of tests/Cargo.toml"
        );
    }
}

#[test]
fn a_section_ends_where_the_next_one_begins() {
    let manifest = "[a]\nx = 1\n\n[b]\n# why\nx = 2\ny = 3\n\n[c]\nx = 4\n";
    assert_eq!(settings(manifest, "b"), ["x = 2", "y = 3"]);
    assert_eq!(settings(manifest, "d"), Vec::<String>::new());
}

/// Returns the lines of a manifest's section, without comments and empty ones.
fn settings(manifest: &str, section: &str) -> Vec<String> {
    manifest
        .lines()
        .skip_while(|line| *line != format!("[{section}]"))
        .skip(1)
        .take_while(|line| !line.starts_with('['))
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(str::to_owned)
        .collect()
}
