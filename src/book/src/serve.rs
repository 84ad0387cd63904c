//! Serves the book to a browser on this machine, and builds it again after each save.

mod answers;
mod http;
mod request;
mod watch;

use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::sync::Arc;
use std::thread;

use crate::{BookError, build};
pub use answers::Terminal;
use http::Server;
use watch::Watch;

/// An event while the book is served.
#[derive(Debug)]
pub enum ServeEvent {
    /// The book is built and can be opened at this address.
    Ready(String),
    /// It was built again after a save.
    Rebuilt,
    /// The build after a save failed; the book built before it is still served.
    Failed(BookError),
    /// Answers to a quiz could not be got from the terminal's progress or put there, for this reason.
    AnswersFailed(String),
}

/// Builds the book of the folder `root` into a temporary folder and serves it on the loopback address, at `port` or, if
/// that is 0, at any free port. Open pages reload after each build. With a terminal, pages have its answers to quizzes, and
/// it gets theirs. Returns only with an error.
///
/// # Errors
///
/// Fails if the port is taken, and if the first build fails.
pub fn serve(
    root: &Path,
    port: u16,
    terminal: Option<Terminal>,
    on_event: impl Fn(ServeEvent) + Send + Sync + 'static,
) -> Result<(), BookError> {
    let port_error = |error| BookError::Port { port, error };
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).map_err(port_error)?;
    let address = listener.local_addr().map_err(port_error)?;
    let temp = tempfile::tempdir().map_err(|error| BookError::Io {
        path: std::env::temp_dir(),
        error,
    })?;
    let dest = temp.path().join("html");
    // Before the build, so that a save during it causes another build.
    let mut watch = Watch::new(root);
    build(root, &dest, |_| {})?;

    let server = Arc::new(Server::new(
        dest.clone(),
        address.port(),
        terminal,
        on_event,
    ));
    let serving = Arc::clone(&server);
    thread::spawn(move || serving.serve_requests(&listener));
    server.tell(ServeEvent::Ready(format!("http://{address}/")));
    loop {
        watch.wait();
        match build(root, &dest, |_| {}) {
            Ok(_) => {
                server.notify_change();
                server.tell(ServeEvent::Rebuilt);
            }
            Err(error) => server.tell(ServeEvent::Failed(error)),
        }
    }
}
