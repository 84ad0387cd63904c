//! Finds the libtorch that torch-sys chose, so that binaries find it again without `LD_LIBRARY_PATH`, and its version.

use std::path::PathBuf;

fn main() {
    let Some(lib) = std::env::var_os("DEP_TCH_LIBTORCH_LIB").map(PathBuf::from) else {
        panic!("expected torch-sys to say where libtorch is, found nothing; is LIBTORCH set?");
    };
    println!("cargo:rustc-link-arg=-Wl,-rpath={}", lib.display());
    let header = lib.join("../include/torch/headeronly/version.h");
    println!("cargo:rerun-if-changed={}", header.display());
    let text = std::fs::read_to_string(&header).unwrap_or_else(|error| {
        panic!(
            "expected libtorch's headers at {}: {error}",
            header.display()
        )
    });
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
