//! Serves the book to a browser on this machine, and builds it again after each save.

mod http;
mod watch;

use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::sync::Arc;
use std::thread;

use crate::{BookError, build};
use http::ServedFolder;
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
}

/// Builds the book of the folder `root` into a temporary folder and serves it on the loopback address, at `port` or, if
/// that is 0, at any free port. Open pages reload after each build. Returns only with an error.
///
/// # Errors
///
/// Fails if the port is taken, and if the first build fails.
pub fn serve(root: &Path, port: u16, on_event: impl Fn(ServeEvent)) -> Result<(), BookError> {
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

    let served = Arc::new(ServedFolder::new(dest.clone()));
    let server = Arc::clone(&served);
    thread::spawn(move || http::serve_requests(&listener, &server));
    on_event(ServeEvent::Ready(format!("http://{address}/")));
    loop {
        watch.wait();
        match build(root, &dest, |_| {}) {
            Ok(_) => {
                served.notify_change();
                on_event(ServeEvent::Rebuilt);
            }
            Err(error) => on_event(ServeEvent::Failed(error)),
        }
    }
}
