//! The outputs of `check --json` are as its schema says.

use serde_json::Value;

use crate::root;

#[test]
fn the_kept_outputs_of_check_fit_the_schema() {
    let schema = std::fs::read_to_string(root().join("src/cli/check.schema.json"));
    let schema: Value =
        serde_json::from_str(&schema.expect("the schema is there")).expect("the schema is JSON");
    jsonschema::meta::validate(&schema).expect("the schema is a schema");
    let validator = jsonschema::validator_for(&schema).expect("the schema is a schema");
    let mut verdicts = Vec::new();
    for entry in std::fs::read_dir(root().join("tests/command/snapshots")).expect("snapshots") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().expect("a name").to_string_lossy();
        let Some(verdict) = name.strip_prefix("command__json__") else {
            continue;
        };
        let text = std::fs::read_to_string(&path).expect("a snapshot can be read");
        // Before the second line of dashes is what insta notes about the snapshot.
        let json = text.splitn(3, "---\n").nth(2).expect("a snapshot");
        let json: Value = serde_json::from_str(json).expect("the snapshot is JSON");
        if let Some(error) = validator.iter_errors(&json).next() {
            panic!("{}: {}: {error}", path.display(), error.instance_path());
        }
        verdicts.push(verdict.trim_end_matches(".snap").to_owned());
    }
    verdicts.sort();
    let expected = [
        "changed_signature",
        "crashed",
        "did_not_compile",
        "mistake",
        "not_a_number",
        "not_implemented",
        "panicked",
        "passed",
        "timed_out",
        "waits",
        "wrong_shape",
    ];
    assert_eq!(verdicts, expected);
}
