//! Grading with less than it is used to: a strict umask, low hard limits, disks without programs. It works, or what is
//! missing is named; never is a student or the course blamed for it.

use std::process::{Command, Output};

use crate::class::{Class, exercise, said, solution};

/// Runs a command behind another, such as `prlimit` with its arguments.
fn run_behind(first: &[&str], graded: &Command) -> Output {
    let mut command = Command::new(first[0]);
    command
        .args(&first[1..])
        .arg(graded.get_program())
        .args(graded.get_args());
    command.output().expect("the command runs")
}

fn class() -> Class {
    let class = Class::new();
    class.hand_in("one", solution());
    class
}

#[test]
fn a_strict_umask_hides_nothing_from_the_sandbox() {
    let class = class();
    let shell = ["sh", "-c", "umask 077; exec \"$@\"", "sh"];
    let output = run_behind(&shell, &class.command(&[]));
    assert!(output.status.success(), "{}", said(&output));
    assert_eq!(exercise(&class.grades(), "one")["state"], "passed");
}

#[test]
fn few_open_files_are_enough_for_few_jobs() {
    let class = class();
    let output = run_behind(
        &["prlimit", "--nofile=64:64"],
        &class.command(&["--jobs", "2"]),
    );
    assert!(output.status.success(), "{}", said(&output));
    assert_eq!(exercise(&class.grades(), "one")["state"], "passed");
}

#[test]
fn soft_limits_are_raised() {
    let class = class();
    let soft = [
        "prlimit",
        "--nofile=32:",
        "--stack=65536:",
        "--as=1073741824:",
        "--fsize=1048576:",
    ];
    let output = run_behind(&soft, &class.command(&["--jobs", "2"]));
    assert!(output.status.success(), "{}", said(&output));
    assert_eq!(exercise(&class.grades(), "one")["state"], "passed");
}

#[test]
fn a_hard_limit_that_is_too_low_is_named() {
    let class = class();
    let graded = class.command(&["--jobs", "8"]);
    for (limit, named) in [
        ("--nofile=64:64", "at least 120 open files, found 64"),
        ("--nproc=20:20", "at least 128 processes, found 20"),
        ("--cpu=5:5", "seconds of processor time, found 5"),
        (
            "--as=1073741824:1073741824",
            "at least 3145728 KiB of address space, found 1048576",
        ),
        (
            "--data=1073741824:1073741824",
            "at least 3145728 KiB of data, found 1048576",
        ),
        (
            "--fsize=1048576:1048576",
            "at least 131072 KiB in a file, found 1024",
        ),
        (
            "--stack=65536:65536",
            "at least 8192 KiB of stack, found 64",
        ),
    ] {
        let output = run_behind(&["prlimit", limit], &graded);
        let said = said(&output);
        assert_eq!(output.status.code(), Some(2), "{limit}: {said}");
        assert!(
            said.contains(named) && said.contains("ulimit -H"),
            "{limit}: {said}"
        );
    }
    assert!(!class.out().exists(), "nothing was graded");
}

/// Runs a command with a disk of its own in the class's folder `disk`, mounted with these options.
fn run_with_disk(class: &Class, options: &str, graded: &Command) -> Output {
    let disk = class.folder.path().join("disk");
    std::fs::create_dir_all(&disk).expect("a folder");
    let script = format!(
        "mount -t tmpfs -o {options} none {disk} && exec \"$@\"",
        disk = disk.display()
    );
    run_behind(&["unshare", "--mount", "sh", "-c", &script, "sh"], graded)
}

#[test]
fn an_output_may_be_where_programs_may_not() {
    if !rustix::process::geteuid().is_root() {
        return; // nobody else may mount a disk
    }
    let class = class();
    let out = class.folder.path().join("disk/out");
    let output = run_with_disk(&class, "noexec", &class.command_into(&out, &[]));
    let words = said(&output);
    assert!(
        output.status.success() && words.contains("2 of 2"),
        "{words}"
    );

    let cache = class.folder.path().join("disk/cache").display().to_string();
    let output = run_with_disk(&class, "noexec", &class.command(&["--cache", &cache]));
    let words = said(&output);
    assert_eq!(output.status.code(), Some(2), "{words}");
    assert!(
        words.contains("mounted with `noexec`") && words.contains("--cache"),
        "{words}"
    );

    let output = run_with_disk(&class, "ro", &class.command_into(&out, &[]));
    let words = said(&output);
    assert_eq!(output.status.code(), Some(2), "{words}");
    assert!(words.contains("disk/out: Read-only file system"), "{words}");
}
