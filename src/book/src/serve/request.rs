//! The head of a request, and the rules by which answers are given and taken.

use std::io::{self, BufRead};

/// Most bytes of a request line with its headers.
const MAX_HEAD_BYTES: u64 = 16 * 1024;
/// Most bytes of the answers that a page sends; all answers to all quizzes are a tenth of it.
pub(super) const MAX_BODY_BYTES: u64 = 256 * 1024;

/// The method of a request, if it is one that is served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Method {
    Get,
    Head,
    Post,
}

/// The head of a request.
#[derive(Debug, Default)]
pub(super) struct Request {
    pub(super) method: Option<Method>,
    /// Path of the URL, without its query.
    pub(super) path: String,
    host: String,
    origin: String,
    content_type: String,
    content_length: Option<u64>,
}

/// The reason for which answers are not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    /// It is no page of this book that sends them.
    Origin,
    /// They have no length.
    NoLength,
    /// They are too long.
    TooLarge,
    /// They are not JSON.
    NotJson,
}

impl Refusal {
    /// Status line of the response, without the protocol.
    pub(super) fn status(self) -> &'static str {
        match self {
            Self::Origin => "403 Forbidden",
            Self::NoLength => "411 Length Required",
            Self::TooLarge => "413 Content Too Large",
            Self::NotJson => "415 Unsupported Media Type",
        }
    }
}

impl Request {
    /// Reads the head, up to the empty line at its end.
    ///
    /// # Errors
    /// When the connection fails or is silent, or the text is no UTF-8.
    pub(super) fn read(reader: impl BufRead) -> io::Result<Self> {
        let mut lines = reader.take(MAX_HEAD_BYTES).lines();
        let first = lines.next().transpose()?.unwrap_or_default();
        let mut words = first.split(' ');
        let method = match words.next() {
            Some("GET") => Some(Method::Get),
            Some("HEAD") => Some(Method::Head),
            Some("POST") => Some(Method::Post),
            _ => None,
        };
        let url = words.next().unwrap_or_default();
        let path = url.split(['?', '#']).next().unwrap_or_default().to_owned();
        let mut request = Self {
            method,
            path,
            ..Self::default()
        };
        for line in lines {
            let line = line?;
            if line.is_empty() {
                break;
            }
            if let Some((name, value)) = line.split_once(':') {
                request.add_header(name, value.trim());
            }
        }
        Ok(request)
    }

    fn add_header(&mut self, name: &str, value: &str) {
        match name.to_ascii_lowercase().as_str() {
            "host" => self.host = value.to_ascii_lowercase(),
            "origin" => self.origin = value.to_ascii_lowercase(),
            "content-type" => self.content_type = value.to_ascii_lowercase(),
            "content-length" => self.content_length = value.parse().ok(),
            _ => (),
        }
    }

    /// Returns `true` if the request names this server as people on this machine do. A page of elsewhere whose name was
    /// made to lead here ("DNS rebinding") names itself.
    pub(super) fn is_to(&self, port: u16) -> bool {
        let local = ["127.0.0.1", "localhost", "[::1]"];
        local
            .iter()
            .any(|name| self.host == format!("{name}:{port}"))
    }

    /// Returns the length of the answers that a page of this book sends.
    ///
    /// # Errors
    /// When it is not such a page, or the answers cannot be read.
    pub(super) fn answers_length(&self, port: u16) -> Result<u64, Refusal> {
        if !self.is_to(port) || self.origin != format!("http://{}", self.host) {
            return Err(Refusal::Origin);
        }
        // A form of another page can send text, but no JSON.
        let kind = self.content_type.split(';').next().unwrap_or_default();
        if kind.trim() != "application/json" {
            return Err(Refusal::NotJson);
        }
        match self.content_length {
            None => Err(Refusal::NoLength),
            Some(length) if length > MAX_BODY_BYTES => Err(Refusal::TooLarge),
            Some(length) => Ok(length),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PORT: u16 = 3000;

    fn read(head: &str) -> Request {
        Request::read(head.as_bytes()).expect("it is text")
    }

    fn post(host: &str, origin: &str, kind: &str, length: &str) -> Result<u64, Refusal> {
        let head = format!(
            "POST /.answers HTTP/1.1\r\nHost: {host}\r\norigin: {origin}\r\nContent-Type: {kind}\r\n{length}\r\n\r\n"
        );
        read(&head).answers_length(PORT)
    }

    #[test]
    fn a_head_is_read_up_to_its_end() {
        let request = read("GET /a.html?search=b#c HTTP/1.1\r\nHost: localhost:3000\r\n\r\nrest");
        assert_eq!(request.method, Some(Method::Get));
        assert_eq!(request.path, "/a.html");
        assert!(request.is_to(PORT) && !request.is_to(3001));
        assert_eq!(read("BREW /pot HTTP/1.1\r\n\r\n").method, None);
        assert!(!read("").is_to(PORT));
        let endless = "x".repeat(1 << 20);
        assert_eq!(read(&endless).path, "");
    }

    #[test]
    fn answers_come_from_a_page_of_this_server_alone() {
        const HERE: &str = "127.0.0.1:3000";
        const JSON: &str = "application/json";
        const LENGTH: &str = "Content-Length: 7";
        let from = |host: &str| post(host, &format!("http://{host}"), JSON, LENGTH);
        for host in [HERE, "localhost:3000", "LocalHost:3000", "[::1]:3000"] {
            assert_eq!(from(host), Ok(7), "{host}");
        }
        for host in ["attacker.example:3000", "127.0.0.1:80", "127.0.0.1", ""] {
            assert_eq!(from(host), Err(Refusal::Origin), "{host}");
        }
        for origin in [
            "",
            "null",
            "http://attacker.example",
            "https://127.0.0.1:3000",
        ] {
            assert_eq!(
                post(HERE, origin, JSON, LENGTH),
                Err(Refusal::Origin),
                "{origin}"
            );
        }
        let sent = |kind: &str, length: &str| post(HERE, "http://127.0.0.1:3000", kind, length);
        assert_eq!(sent("application/json; charset=utf-8", LENGTH), Ok(7));
        for kind in ["text/plain", "application/jsonp", ""] {
            assert_eq!(sent(kind, LENGTH), Err(Refusal::NotJson), "{kind}");
        }
        for length in ["", "Content-Length: -1", "Content-Length: x"] {
            assert_eq!(sent(JSON, length), Err(Refusal::NoLength), "{length}");
        }
        assert_eq!(sent(JSON, "Content-Length: 262144"), Ok(262_144));
        assert_eq!(sent(JSON, "Content-Length: 262145"), Err(Refusal::TooLarge));
    }
}
