//! The linker's options for programs of the course.

use std::env;

/// Tells cargo, as a build script, the options for all programs of its crate: tests, too.
pub(crate) fn describe() {
    // Cargo need not set a variable for what a system does not have.
    let value = |name| env::var(name).unwrap_or_default();
    let (os, libc) = (value("CARGO_CFG_TARGET_OS"), value("CARGO_CFG_TARGET_ENV"));
    if let Some(option) = option(&os, &libc, &value("OPT_LEVEL")) {
        println!("cargo::rustc-link-arg={option}");
    }
}

/// Returns the option for programs of an operating system, a C library and a level of optimisation, if there is one.
///
/// Linkers of Linux merge equal strings of debug information unless they are told not to. Each save of an exercise links
/// those of the standard library anew: merging them makes the program a fiftieth smaller, and takes a seventh of the time.
fn option(os: &str, libc: &str, opt_level: &str) -> Option<&'static str> {
    // The compiler has a level of its own for the linker when it optimises. For `gnu`, it calls a C compiler, and all of
    // these know `-Wl`.
    ((os, libc, opt_level) == ("linux", "gnu", "0")).then_some("-Wl,-O0")
}

#[cfg(test)]
mod tests {
    use super::option;

    #[test]
    fn only_programs_of_linux_that_are_not_optimised_have_an_option() {
        assert_eq!(option("linux", "gnu", "0"), Some("-Wl,-O0"));
        for (os, libc, opt_level) in [
            ("linux", "gnu", "3"),
            ("linux", "musl", "0"),
            ("macos", "", "0"),
            ("windows", "msvc", "0"),
            ("windows", "gnu", "0"),
        ] {
            assert_eq!(option(os, libc, opt_level), None, "{os} {libc} {opt_level}");
        }
    }
}
