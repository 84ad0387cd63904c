//! The book as a browser on this machine gets it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use attentive_course::COMMAND_VARIABLE;

use crate::fixture::Book;

/// A running server, ended with the test.
struct Server {
    child: Child,
    address: String,
}

impl Server {
    /// Starts it as it is without the command that keeps answers.
    fn start(book: &Book) -> Self {
        Self::start_with(book, None)
    }

    fn start_with(book: &Book, terminal: Option<&Path>) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_attentive-book"));
        command.env_remove(COMMAND_VARIABLE);
        if let Some(terminal) = terminal {
            command.env(COMMAND_VARIABLE, terminal);
        }
        let mut child = command
            .args(["serve", "--port", "0", "--book"])
            .arg(book.root())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the command starts");
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().expect("a pipe"))
            .read_line(&mut line)
            .expect("a line");
        let address = line
            .split("//")
            .nth(1)
            .and_then(|rest| rest.split('/').next())
            .expect("an address")
            .to_owned();
        Self { child, address }
    }

    fn send(&self, request: &str) -> TcpStream {
        let mut stream = TcpStream::connect(&self.address).expect("it listens");
        stream
            .set_read_timeout(Some(Duration::from_secs(20)))
            .expect("a limit");
        write!(stream, "{request}").expect("sent");
        stream
    }

    fn connect(&self, path: &str) -> TcpStream {
        self.send(&format!(
            "GET {path} HTTP/1.1\r\nHost: {}\r\n\r\n",
            self.address
        ))
    }

    fn get(&self, path: &str) -> String {
        read(self.connect(path))
    }

    /// Sends answers as a page of `origin` does, and returns the first line of the response.
    fn post(&self, origin: &str, answers: &str) -> String {
        let response = read(self.send(&format!(
            "POST /.answers HTTP/1.1\r\nHost: {}\r\nOrigin: {origin}\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\n\r\n{answers}",
            self.address,
            answers.len()
        )));
        response.lines().next().unwrap_or_default().to_owned()
    }
}

fn read(mut stream: TcpStream) -> String {
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    answer
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn pages_are_shown_and_a_save_is_told_and_built() {
    let book = Book::new();
    let server = Server::start(&book);
    assert!(server.address.starts_with("127.0.0.1:"), "loopback only");
    let page = server.get("/lesson.html");
    assert!(
        page.starts_with("HTTP/1.1 200 OK") && page.contains("EventSource"),
        "{page}"
    );
    assert!(server.get("/none.html").starts_with("HTTP/1.1 404"));

    let mut changes = BufReader::new(server.connect("/.changes"))
        .lines()
        .map_while(Result::ok);
    assert!(
        changes.by_ref().any(|line| line.is_empty()),
        "the head ends"
    );
    book.write("src/lesson.md", "# Saved\n");
    assert!(changes.any(|line| line == "data: changed"));
    assert!(server.get("/lesson.html").contains("Saved"));
}

/// A command that keeps answers in a file, and refuses those with `broken` in them.
const TERMINAL: &str = r#"#!/bin/sh
case "$*" in
"quiz --export") cat answers.json ;;
"quiz --import -")
    cat > taken.json
    if grep -q broken taken.json; then echo "error: no answers" >&2; exit 2; fi ;;
*) exit 2 ;;
esac
"#;

#[cfg(unix)]
#[test]
fn terminal_and_pages_have_the_same_answers() {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    let book = Book::new();
    let course = book.root().join("..");
    let terminal = book.dir.path().join("terminal.sh");
    fs::write(&terminal, TERMINAL).expect("written");
    fs::set_permissions(&terminal, fs::Permissions::from_mode(0o755)).expect("it may be run");
    fs::write(course.join("answers.json"), r#"{"sum": "</script>"}"#).expect("written");
    let server = Server::start_with(&book, Some(&terminal));
    let here = format!("http://{}", server.address);

    let page = server.get("/lesson.html");
    let answers = page.find(r#"terminal = {"sum": "\u003c/script>"}"#);
    assert!(
        answers < page.find("</head>") && answers.is_some(),
        "{page}"
    );
    let of_elsewhere = "GET /lesson.html HTTP/1.1\r\nHost: attacker.example\r\n\r\n";
    let page = read(server.send(of_elsewhere));
    assert!(page.contains("data-quiz=") && !page.contains("terminal ="));

    let sent = r#"{"sum": {"question": "a", "choices": ["b"]}, "gone": null}"#;
    assert_eq!(server.post(&here, sent), "HTTP/1.1 204 No Content");
    let taken = || fs::read_to_string(course.join("taken.json")).expect("something was taken");
    assert_eq!(taken(), sent);
    let elsewhere = server.post("http://attacker.example", "{}");
    assert_eq!(elsewhere, "HTTP/1.1 403 Forbidden");
    assert_eq!(taken(), sent);
    let refused = server.post(&here, "broken");
    assert_eq!(refused, "HTTP/1.1 422 Unprocessable Content");
    let other_path = "POST /lesson.html HTTP/1.1\r\nHost: localhost\r\n\r\n";
    assert!(read(server.send(other_path)).starts_with("HTTP/1.1 405"));

    // A terminal that fails makes no page worse.
    fs::remove_file(course.join("answers.json")).expect("removed");
    let page = server.get("/lesson.html");
    assert!(page.starts_with("HTTP/1.1 200 OK") && !page.contains("terminal ="));
}

#[test]
fn without_a_terminal_answers_stay_in_the_browser() {
    let book = Book::new();
    let server = Server::start(&book);
    assert!(!server.get("/lesson.html").contains("/.answers"));
    let here = format!("http://{}", server.address);
    assert_eq!(server.post(&here, "{}"), "HTTP/1.1 404 Not Found");
}

#[test]
fn a_port_that_is_taken_is_named() {
    let book = Book::new();
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = taken.local_addr().expect("an address").port();
    let error = attentive_book::serve(&book.root(), port, None, |_| {}).expect_err("it is taken");
    let message = error.to_string().replace(&port.to_string(), "PORT");
    insta::assert_snapshot!(message);
}
