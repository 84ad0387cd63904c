//! Has the program find the libtorch that torch-sys chose, without `LD_LIBRARY_PATH`.

use std::env;

fn main() {
    let Some(lib) = env::var_os("DEP_TCH_LIBTORCH_LIB") else {
        panic!("expected torch-sys to say where libtorch is, found nothing; is LIBTORCH set?");
    };
    println!("cargo:rustc-link-arg=-Wl,-rpath={}", lib.display());
}
