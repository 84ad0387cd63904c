//! A minimal HTTP server for the files of a folder and for events about changes in it.

use std::fs;
use std::io::{self, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use super::ServeEvent;
use super::answers::{ANSWERS_PATH, Terminal};
use super::request::{Method, Request};

/// Path of the server-sent events about changes.
const EVENTS_PATH: &str = "/.changes";
/// Script that is appended to each page: it reloads the page after a change.
const RELOAD_SCRIPT: &str =
    "<script>new EventSource(\"/.changes\").onmessage = () => location.reload();</script>";
/// Media type of a page.
const HTML: &str = "text/html; charset=utf-8";
/// Time after which a silent connection is closed, and between two signs of life to a browser.
const TIMEOUT: Duration = Duration::from_secs(30);

/// The folder that is served, and the events about it.
pub(super) struct Server<F> {
    folder: PathBuf,
    port: u16,
    terminal: Option<Terminal>,
    on_event: F,
    /// Number of changes so far.
    changes: Mutex<usize>,
    changed: Condvar,
}

impl<F: Fn(ServeEvent) + Send + Sync + 'static> Server<F> {
    pub(super) fn new(folder: PathBuf, port: u16, terminal: Option<Terminal>, on_event: F) -> Self {
        Self {
            folder,
            port,
            terminal,
            on_event,
            changes: Mutex::new(0),
            changed: Condvar::new(),
        }
    }

    pub(super) fn tell(&self, event: ServeEvent) {
        (self.on_event)(event);
    }

    /// Makes all open pages reload.
    pub(super) fn notify_change(&self) {
        *self.changes() += 1;
        self.changed.notify_all();
    }

    fn changes(&self) -> MutexGuard<'_, usize> {
        self.changes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Serves requests, each on a thread of its own.
    pub(super) fn serve_requests(self: Arc<Self>, listener: &TcpListener) {
        for stream in listener.incoming().flatten() {
            let server = Arc::clone(&self);
            // A browser that closes the connection is no error of ours.
            thread::spawn(move || drop(server.handle_request(&stream)));
        }
    }

    fn handle_request(&self, stream: &TcpStream) -> io::Result<()> {
        stream.set_read_timeout(Some(TIMEOUT))?;
        let mut reader = BufReader::new(stream);
        let request = Request::read(&mut reader)?;
        match (request.method, request.path.as_str()) {
            (Some(Method::Get | Method::Head), EVENTS_PATH) => self.send_events(stream),
            (Some(Method::Get), path) => self.send_file(stream, path, &request),
            (Some(Method::Head), path) => match read_file(&self.folder, path) {
                Some((kind, _)) => respond(stream, "200 OK", kind, b""),
                None => respond(stream, "404 Not Found", "text/plain", b""),
            },
            (Some(Method::Post), ANSWERS_PATH) => self.take_answers(stream, reader, &request),
            _ => {
                let body = b"This is a book: GET it.\n";
                respond(stream, "405 Method Not Allowed", "text/plain", body)
            }
        }
    }

    fn send_file(&self, stream: &TcpStream, path: &str, request: &Request) -> io::Result<()> {
        let Some((kind, mut body)) = read_file(&self.folder, path) else {
            let body = b"The book has no such page.\n";
            return respond(stream, "404 Not Found", "text/plain", body);
        };
        if let Some(terminal) = &self.terminal
            && kind == HTML
            && request.is_to(self.port)
        {
            body = terminal
                .add_answers(body)
                .unwrap_or_else(|(page, message)| {
                    self.tell(ServeEvent::AnswersFailed(message));
                    page
                });
        }
        respond(stream, "200 OK", kind, &body)
    }

    fn take_answers(
        &self,
        stream: &TcpStream,
        mut reader: impl Read,
        request: &Request,
    ) -> io::Result<()> {
        let Some(terminal) = &self.terminal else {
            let body = b"The answers of this book stay in the browser.\n";
            return respond(stream, "404 Not Found", "text/plain", body);
        };
        let length = match request.answers_length(self.port) {
            Ok(length) => length,
            Err(refusal) => {
                let body = b"Answers come from a page of this book, as JSON.\n";
                return respond(stream, refusal.status(), "text/plain", body);
            }
        };
        let mut body = Vec::new();
        reader.by_ref().take(length).read_to_end(&mut body)?;
        match terminal.keep(&body) {
            Ok(()) => respond(stream, "204 No Content", "text/plain", b""),
            Err(message) => {
                let told = format!("{message}\n");
                self.tell(ServeEvent::AnswersFailed(message));
                respond(
                    stream,
                    "422 Unprocessable Content",
                    "text/plain",
                    told.as_bytes(),
                )
            }
        }
    }

    /// Sends an event after each change until the browser closes the connection.
    fn send_events(&self, mut stream: &TcpStream) -> io::Result<()> {
        // language: 1 200 – a version and a status
        write!(
            stream,
            "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-store\r\n\r\n"
        )?;
        let mut seen = *self.changes();
        loop {
            let waited = self
                .changed
                .wait_timeout_while(self.changes(), TIMEOUT, |changes| *changes == seen);
            let (changes, pause) = waited.unwrap_or_else(PoisonError::into_inner);
            seen = *changes;
            drop(changes);
            // Writing a comment finds out whether the connection is still open.
            stream.write_all(if pause.timed_out() {
                b":\n\n"
            } else {
                b"data: changed\n\n"
            })?;
        }
    }
}

fn respond(mut stream: &TcpStream, status: &str, kind: &str, body: &[u8]) -> io::Result<()> {
    let length = body.len();
    write!(
        stream,
        "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\nCache-Control: no-store\r\n\
         Connection: close\r\n\r\n"
    )?;
    stream.write_all(body)
}

/// Reads the file that a URL's path names, if it is in the folder: its media type and content.
fn read_file(folder: &Path, path: &str) -> Option<(&'static str, Vec<u8>)> {
    let inside = PathBuf::from(percent_decode(path)?.trim_start_matches('/'));
    if !inside
        .components()
        .all(|part| matches!(part, Component::Normal(_)))
    {
        return None; // `..` could lead out of the folder
    }
    let mut file = folder.join(inside);
    if file.is_dir() {
        file.push("index.html");
    }
    let mut body = fs::read(&file).ok()?;
    let kind = match file.extension()?.to_str()? {
        "html" => HTML,
        "css" => "text/css; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "woff2" => "font/woff2",
        "json" => "application/json",
        _ => "application/octet-stream",
    };
    if kind == HTML {
        body.extend_from_slice(RELOAD_SCRIPT.as_bytes());
    }
    Some((kind, body))
}

/// Decodes the percent signs of a path.
fn percent_decode(path: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => {
                let (high, low) = (
                    char::from(rest.next()?).to_digit(16)?,
                    char::from(rest.next()?).to_digit(16)?,
                );
                u8::try_from(16 * high + low).ok()?
            }
            byte => byte,
        });
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_files_of_the_folder_are_served() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let folder = dir.path().join("html");
        fs::create_dir(&folder).expect("made");
        fs::write(dir.path().join("secret.html"), "secret").expect("written");
        fs::write(folder.join("index.html"), "page").expect("written");
        fs::write(folder.join("a b.css"), "style").expect("written");
        for out in [
            "/../secret.html",
            "/%2e%2e/secret.html",
            "/%2E./secret.html",
            "//etc/passwd",
            "/%zz",
            "/none.html",
        ] {
            assert!(read_file(&folder, out).is_none(), "{out}");
        }
        assert!(
            read_file(&folder, "/")
                .expect("the first page")
                .1
                .starts_with(b"page")
        );
        assert_eq!(
            read_file(&folder, "/a%20b.css"),
            Some(("text/css; charset=utf-8", b"style".to_vec()))
        );
    }
}
