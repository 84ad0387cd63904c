//! A minimal HTTP server for the files of a folder and for events about changes in it.

use std::fs;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

/// Path of the server-sent events about changes.
const EVENTS_PATH: &str = "/.changes";
/// Script that is appended to each page: it reloads the page after a change.
const RELOAD_SCRIPT: &str =
    "<script>new EventSource(\"/.changes\").onmessage = () => location.reload();</script>";
/// Most bytes of a request line with its headers.
const MAX_REQUEST_BYTES: u64 = 16 * 1024;
/// Time after which a silent connection is closed, and between two signs of life to a browser.
const TIMEOUT: Duration = Duration::from_secs(30);

/// The folder that is served.
pub(super) struct ServedFolder {
    folder: PathBuf,
    /// Number of changes so far.
    changes: Mutex<usize>,
    changed: Condvar,
}

impl ServedFolder {
    pub(super) fn new(folder: PathBuf) -> Self {
        Self {
            folder,
            changes: Mutex::new(0),
            changed: Condvar::new(),
        }
    }

    /// Makes all open pages reload.
    pub(super) fn notify_change(&self) {
        *self.changes() += 1;
        self.changed.notify_all();
    }

    fn changes(&self) -> MutexGuard<'_, usize> {
        self.changes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Serves requests, each on a thread of its own.
pub(super) fn serve_requests(listener: &TcpListener, served: &Arc<ServedFolder>) {
    for stream in listener.incoming().flatten() {
        let served = Arc::clone(served);
        // A browser that closes the connection is no error of ours.
        thread::spawn(move || drop(handle_request(&stream, &served)));
    }
}

fn handle_request(stream: &TcpStream, served: &ServedFolder) -> io::Result<()> {
    stream.set_read_timeout(Some(TIMEOUT))?;
    let mut lines = BufReader::new(stream.take(MAX_REQUEST_BYTES)).lines();
    let first = lines.next().transpose()?.unwrap_or_default();
    // The headers do not matter here, but have to be read.
    while lines
        .next()
        .transpose()?
        .is_some_and(|line| !line.is_empty())
    {}

    let mut words = first.split(' ');
    let (method, url) = (
        words.next().unwrap_or_default(),
        words.next().unwrap_or_default(),
    );
    let path = url.split(['?', '#']).next().unwrap_or_default();
    match method {
        "GET" | "HEAD" if path == EVENTS_PATH => send_events(stream, served),
        "GET" | "HEAD" => match read_file(&served.folder, path) {
            Some((kind, body)) => respond(
                stream,
                "200 OK",
                kind,
                if method == "GET" { &body } else { b"" },
            ),
            None => respond(
                stream,
                "404 Not Found",
                "text/plain",
                b"The book has no such page.\n",
            ),
        },
        _ => respond(
            stream,
            "405 Method Not Allowed",
            "text/plain",
            b"This is a book: GET it.\n",
        ),
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

/// Sends an event after each change until the browser closes the connection.
fn send_events(mut stream: &TcpStream, served: &ServedFolder) -> io::Result<()> {
    write!(
        stream,
        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-store\r\n\r\n"
    )?;
    let mut seen = *served.changes();
    loop {
        let waited = served
            .changed
            .wait_timeout_while(served.changes(), TIMEOUT, |changes| *changes == seen);
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
        "html" => "text/html; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "woff2" => "font/woff2",
        "json" => "application/json",
        _ => "application/octet-stream",
    };
    if kind.starts_with("text/html") {
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
