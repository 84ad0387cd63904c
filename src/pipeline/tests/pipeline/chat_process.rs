//! The process that fills in a chat template, while a conversation goes on.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use crate::chat::CHAT;
use crate::support::{Models, PROGRAM};

/// Starts a conversation with the Llama.
fn talk(models: &Models, program: &Path) -> Child {
    Command::new(program)
        .arg("pipeline")
        .args(CHAT)
        .args(["--max-new-tokens", "4"])
        .current_dir(models.path(""))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("it can be started")
}

/// Waits until something is so.
#[track_caller]
fn wait_for<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    for _ in 0..250 {
        if let Some(found) = look() {
            return found;
        }
        thread::sleep(Duration::from_millis(20));
    }
    panic!("in five seconds there was no {what}");
}

/// The state of a process and its processor time in hundredths of a second; `None` once it is gone.
fn state(process: u32) -> Option<(char, u64)> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    let (_, fields) = stat.rsplit_once(") ")?;
    let fields: Vec<&str> = fields.split(' ').collect();
    Some((fields[0].parse().ok()?, fields[11].parse().ok()?))
}

/// Programs are built anew and folders are moved while somebody talks.
#[test]
fn a_conversation_outlives_its_program_and_its_folder() {
    let models = Models::with_llama();
    // A copy that is written could still be open in the process of a different test, so it is a link.
    let beside = Path::new(PROGRAM).parent().expect("a folder");
    let programs = tempfile::tempdir_in(beside).expect("a folder");
    let program = programs.path().join("program");
    fs::hard_link(PROGRAM, &program).expect("a link");
    let mut child = talk(&models, &program);
    let mut questions = child.stdin.take().expect("an input");
    let mut answers = BufReader::new(child.stdout.take().expect("an output")).lines();
    questions.write_all(b"hi\n").expect("it reads");
    let first = answers.next().expect("an answer").expect("text");
    assert_eq!(first.len(), 4);

    fs::remove_file(&program).expect("removed");
    fs::rename(models.path("llama"), models.path("elsewhere")).expect("renamed");
    questions.write_all(b"and you?\n").expect("it reads");
    drop(questions);
    let second = answers.next().expect("an answer").expect("text");
    assert_eq!(second.len(), 4);
    assert!(child.wait().expect("it ends").success());
}

#[test]
fn the_process_of_a_template_ends_with_the_conversation() {
    let models = Models::with_llama();
    let doubled = "{% set it.s = it.s + it.s %}";
    models.write_template(&format!(
        "{{% set it = namespace(s=[1]) %}}{{% for i in range(60) %}}{doubled}{{% endfor %}}{{{{ it.s|length }}}}"
    ));
    let mut child = talk(&models, Path::new(PROGRAM));
    let mut questions = child.stdin.take().expect("an input");
    questions.write_all(b"hi\n").expect("it reads");
    let pid = child.id();
    let children = format!("/proc/{pid}/task/{pid}/children");
    // The one that only parses the template takes less.
    let filling = wait_for("process that fills in", || {
        let all = fs::read_to_string(&children).ok()?;
        let process = all.split(' ').find_map(|id| id.parse().ok())?;
        state(process)
            .is_some_and(|(_, time)| time >= 20)
            .then_some(process)
    });
    child.kill().expect("it runs");
    child.wait().expect("it ends");
    // Whoever adopts it may let it lie as a zombie.
    wait_for("end of the process", || {
        state(filling)
            .is_none_or(|(state, _)| matches!(state, 'Z' | 'X'))
            .then_some(())
    });
}
