//! A disk that is full: nothing that was graded is lost, nobody gets a wrong grade, and the run goes on when there is room.

use std::fs;
use std::process::Command;

use serde_json::Value;

use crate::class::{Class, exercise, said, solution};

/// Room that is left on the disk, in KiB: for nothing, for the beginnings, for a program or two.
const ROOM: [u32; 5] = [0, 40, 400, 12_000, 30_000];

#[test]
fn with_a_full_disk_nothing_is_lost_and_the_run_goes_on_when_there_is_room() {
    let class = class_of(5);
    let undisturbed = class_of(5).grade(&[]);
    for room in ROOM {
        let kept = class.folder.path().join(format!("kept-{room}"));
        let disk = class.folder.path().join("disk");
        fs::create_dir_all(&disk).expect("a folder");
        // A disk of 256 MiB that only these commands see, of which all but a little is taken.
        let script = format!(
            "head -c $((262144 - {room}))K /dev/zero > \"$DISK\"/taken || exit 90
             \"$@\"; echo \"first: $?\"
             test -e \"$DISK\"/out/grades.json && cp \"$DISK\"/out/grades.json \"$KEPT\".json
             rm \"$DISK\"/taken
             \"$@\"; echo \"second: $?\"
             cp -r \"$DISK\"/out \"$KEPT\""
        );
        let graded = class.command_into(&disk.join("out"), &["--jobs", "2"]);
        let mut command = Command::new("bwrap");
        command.args(["--dev-bind", "/", "/"]);
        if rustix::process::geteuid().is_root() {
            command.args(["--cap-add", "ALL"]); // root's sandboxes within need them, and nobody else's may have them
        }
        command.args(["--size", "268435456", "--tmpfs"]);
        command.arg(&disk).args(["sh", "-c", &script, "sh"]);
        command.arg(graded.get_program()).args(graded.get_args());
        let output = command
            .env("DISK", &disk)
            .env("KEPT", &kept)
            .output()
            .expect("bubblewrap runs");
        let said = said(&output);
        let ended = |status: &str| said.lines().any(|line| line == status);
        assert!(ended("second: 0"), "{room} KiB: {said}");
        if ended("first: 0") {
            assert!(
                room > 1_000,
                "{room} KiB were enough, so this tried nothing: {said}"
            );
        } else {
            assert!(ended("first: 1") || ended("first: 2"), "{room} KiB: {said}");
            assert!(
                said.contains("No space left on device"),
                "{room} KiB: {said}"
            );
        }
        // What could not be graded has no grade, rather than a bad one.
        if let Ok(text) = fs::read_to_string(kept.with_extension("json")) {
            let grades: Value = serde_json::from_str(&text).expect("whole, or not there");
            for student in undisturbed["students"]
                .as_array()
                .expect("there are students")
            {
                let id = student["student"]["id"].as_str().expect("each has an id");
                let (found, right) = (exercise(&grades, id), exercise(&undisturbed, id));
                let is_fault = found["state"] == "fault" && found["of"] == 0;
                assert!(
                    is_fault || found["points"] == right["points"],
                    "{room} KiB: {found}"
                );
            }
        }
        let text = fs::read_to_string(kept.join("grades.json")).expect("there are grades");
        let found: Value = serde_json::from_str(&text).expect("they are JSON");
        assert!(found == undisturbed, "{room} KiB: {text}");
    }
}

/// A class in which no two submissions are equal.
fn class_of(students: usize) -> Class {
    let class = Class::new();
    for number in 0..students {
        let text = solution().replace("let d_k", &format!("let _ = {number};\n    let d_k"));
        let text = if number % 2 == 0 {
            text
        } else {
            text.replace("/ d_k.sqrt()", "")
        };
        class.hand_in(&format!("student-{number}"), text);
    }
    class
}
