//! As much of HTTP as a browser needs to read a folder, and to learn of changes in it.

use std::fs;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

/// Where pages hear of changes, by server-sent events.
const CHANGES: &str = "/.changes";
/// What pages are given to listen with.
const LISTEN: &str =
    "<script>new EventSource(\"/.changes\").onmessage = () => location.reload();</script>";
/// A request line with its headers is far shorter.
const LONGEST_REQUEST: u64 = 16 * 1024;
/// A browser that says nothing for so long is gone.
const PATIENCE: Duration = Duration::from_secs(30);

/// The folder that is shown.
pub(super) struct Site {
    folder: PathBuf,
    /// How often it has changed.
    changes: Mutex<usize>,
    changed: Condvar,
}

impl Site {
    pub(super) fn new(folder: PathBuf) -> Self {
        Self {
            folder,
            changes: Mutex::new(0),
            changed: Condvar::new(),
        }
    }

    /// Has all open pages loaded again.
    pub(super) fn changed(&self) {
        *self.changes() += 1;
        self.changed.notify_all();
    }

    fn changes(&self) -> MutexGuard<'_, usize> {
        self.changes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Answers requests, each on a thread of its own.
pub(super) fn answer(listener: &TcpListener, site: &Arc<Site>) {
    for stream in listener.incoming().flatten() {
        let site = Arc::clone(site);
        // A browser that hangs up is no error of ours.
        thread::spawn(move || drop(request(&stream, &site)));
    }
}

fn request(stream: &TcpStream, site: &Site) -> io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    let mut lines = BufReader::new(stream.take(LONGEST_REQUEST)).lines();
    let first = lines.next().transpose()?.unwrap_or_default();
    // The headers say nothing that matters here, but want to be read.
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
        "GET" | "HEAD" if path == CHANGES => changes(stream, site),
        "GET" | "HEAD" => match file(&site.folder, path) {
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

/// Tells of each change until the browser hangs up.
fn changes(mut stream: &TcpStream, site: &Site) -> io::Result<()> {
    write!(
        stream,
        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-store\r\n\r\n"
    )?;
    let mut seen = *site.changes();
    loop {
        let waited = site
            .changed
            .wait_timeout_while(site.changes(), PATIENCE, |changes| *changes == seen);
        let (changes, pause) = waited.unwrap_or_else(PoisonError::into_inner);
        seen = *changes;
        drop(changes);
        // A comment finds out whether somebody still listens.
        stream.write_all(if pause.timed_out() {
            b":\n\n"
        } else {
            b"data: changed\n\n"
        })?;
    }
}

/// The type and content of the file that a URL's path names, if it is in the folder.
fn file(folder: &Path, path: &str) -> Option<(&'static str, Vec<u8>)> {
    let inside = PathBuf::from(decoded(path)?.trim_start_matches('/'));
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
        body.extend_from_slice(LISTEN.as_bytes());
    }
    Some((kind, body))
}

/// A path with its percent signs resolved.
fn decoded(path: &str) -> Option<String> {
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
    fn only_files_of_the_folder_are_shown() {
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
            assert!(file(&folder, out).is_none(), "{out}");
        }
        assert!(
            file(&folder, "/")
                .expect("the first page")
                .1
                .starts_with(b"page")
        );
        assert_eq!(
            file(&folder, "/a%20b.css"),
            Some(("text/css; charset=utf-8", b"style".to_vec()))
        );
    }
}
