//! The build script of the course's crates: see `attentive_digest`.

fn main() {
    attentive_digest::run_build_script();
}
