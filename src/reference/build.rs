//! Finds the libtorch that torch-sys chose, so that binaries find it again without `LD_LIBRARY_PATH`, and its version;
//! and finds the modules that are references of exercises.

use std::path::{Path, PathBuf};
use std::{env, fs};

fn main() {
    find_libtorch();
    find_exercises();
}

fn find_libtorch() {
    let Some(lib) = env::var_os("DEP_TCH_LIBTORCH_LIB").map(PathBuf::from) else {
        panic!("expected torch-sys to say where libtorch is, found nothing; is LIBTORCH set?");
    };
    println!("cargo:rustc-link-arg=-Wl,-rpath={}", lib.display());
    let header = lib.join("../include/torch/headeronly/version.h");
    println!("cargo:rerun-if-changed={}", header.display());
    let text = read(&header);
    let part = |name: &str| {
        let define = format!("#define TORCH_VERSION_{name} ");
        let line = text.lines().find_map(|line| line.strip_prefix(&define));
        line.unwrap_or_else(|| panic!("expected `{define}` in {}", header.display()))
            .trim()
    };
    println!(
        "cargo:rustc-env=LIBTORCH_VERSION={}.{}.{}",
        part("MAJOR"),
        part("MINOR"),
        part("PATCH")
    );
}

/// Writes the list of exercises: of each module of `lib.rs` that has a function `exercise`, what it returns.
fn find_exercises() {
    println!("cargo:rerun-if-changed=src");
    let source = Path::new("src");
    let mut list = String::from("vec![\n");
    for line in read(&source.join("lib.rs")).lines() {
        let Some(module) = line.strip_prefix("pub mod ") else {
            continue;
        };
        let module = module.trim_end_matches(';');
        if read(&source.join(module).with_extension("rs")).contains("pub fn exercise() -> Exercise")
        {
            list.push_str(&format!("    {module}::exercise(),\n"));
        }
    }
    list.push_str("]\n");
    let Some(out) = env::var_os("OUT_DIR") else {
        panic!("expected cargo to say where to write, found nothing");
    };
    let file = Path::new(&out).join("exercises.rs");
    fs::write(&file, list)
        .unwrap_or_else(|error| panic!("{} cannot be written: {error}", file.display()));
}

fn read(path: &Path) -> String {
    fs::read_to_string(path)
        .unwrap_or_else(|error| panic!("{} cannot be read: {error}", path.display()))
}
