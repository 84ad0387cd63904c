use std::os::unix::process::ExitStatusExt;

use clap::Parser;

use super::*;

#[derive(Parser)]
struct Options {
    #[command(flatten)]
    limits: Limits,
}

#[test]
fn the_compilers_end_tells_the_limit() {
    let limits = Options::parse_from(["test"]).limits;
    let words =
        |status: i32, messages: &str| match failed(ExitStatus::from_raw(status), messages, &limits)
        {
            Compiled::Limit(limit) => format!("limit: {limit}"),
            Compiled::Rejected(message) => message,
            other => format!("{other:?}"),
        };
    // As a sandbox passes a signal on, and as it arrives without one.
    for status in [(128 + 24) << 8, 24] {
        insta::allow_duplicates! {
            insta::assert_snapshot!(words(status, "x"), @"limit: 60 s of processor time to compile");
        }
    }
    insta::assert_snapshot!(words((128 + 25) << 8, "x"), @"limit: a file of 128 MiB");
    insta::assert_snapshot!(words((128 + 64) << 8, "x"), @"x");
    insta::assert_snapshot!(words(1 << 8, "error[E0308]: mismatched types\n"), @"error[E0308]: mismatched types");
    insta::assert_snapshot!(words((128 + 6) << 8, "memory allocation of 9 bytes failed"), @"limit: 3072 MiB of memory to compile");
    insta::assert_snapshot!(words((128 + 11) << 8, ""), @"the compiler itself crashed (endless recursion in a macro or a type, perhaps)");
    insta::assert_snapshot!(words(1 << 8, ""), @"the compiler ended without a message");
}
