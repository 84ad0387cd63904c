//! The book as a browser on this machine gets it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::fixture::Book;

/// A running server, ended with the test.
struct Server {
    child: Child,
    address: String,
}

impl Server {
    fn start(book: &Book) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_attentive-book"))
            .args(["serve", "--port", "0", "--book"])
            .arg(book.root())
            .stdout(Stdio::piped())
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

    fn connect(&self, path: &str) -> TcpStream {
        let mut stream = TcpStream::connect(&self.address).expect("it listens");
        stream
            .set_read_timeout(Some(Duration::from_secs(20)))
            .expect("a limit");
        write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n").expect("sent");
        stream
    }

    fn get(&self, path: &str) -> String {
        let mut answer = String::new();
        self.connect(path)
            .read_to_string(&mut answer)
            .expect("an answer");
        answer
    }
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

#[test]
fn a_port_that_is_taken_is_named() {
    let book = Book::new();
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = taken.local_addr().expect("an address").port();
    let error = attentive_book::serve(&book.root(), port, |_| {}).expect_err("it is taken");
    let message = error.to_string().replace(&port.to_string(), "PORT");
    insta::assert_snapshot!(message);
}
