//! The build script of the command: see `attentive_digest`.

use std::path::Path;

fn main() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/cli");
    attentive_digest::describe(&folder, "attentive");
}
