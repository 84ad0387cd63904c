//! Figures as files.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

fn figure(arguments: &[&str], folder: &Path) -> Output {
    let mut program = Command::new(env!("CARGO_BIN_EXE_attentive-book"));
    program
        .arg("figure")
        .args(arguments)
        .current_dir(folder)
        .output()
        .expect("the command runs")
}

#[test]
fn a_figure_is_written_as_its_file_name_says() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    for (file, start) in [("masks.svg", &b"<svg xmlns"[..]), ("masks.png", b"\x89PNG")] {
        let output = figure(&["masks", "--out", file], dir.path());
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        assert!(
            fs::read(dir.path().join(file))
                .expect("written")
                .starts_with(start)
        );
    }
}

#[test]
fn the_list_names_what_can_be_drawn() {
    let output = figure(&["--list"], Path::new("."));
    let names: Vec<&str> = attentive_book::figures::names().collect();
    assert_eq!(
        String::from_utf8_lossy(&output.stdout)
            .lines()
            .collect::<Vec<_>>(),
        names
    );
}

#[test]
fn what_cannot_be_drawn_is_said_and_nothing_is_written() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    for (arguments, says) in [
        (
            ["masks", "--out", "masks.gif"],
            "masks.gif: a figure is written as SVG or PNG",
        ),
        (["mask", "--out", "mask.svg"], "there is no figure \"mask\""),
        (
            ["masks", "--out", "none/masks.svg"],
            "none/masks.svg: No such file or directory",
        ),
    ] {
        let output = figure(&arguments, dir.path());
        assert_eq!(output.status.code(), Some(2));
        let message = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(message.contains(says), "{message}");
    }
    assert_eq!(fs::read_dir(dir.path()).expect("the folder").count(), 0);
}
