//! Shows the book to a browser on this machine, and again after each save.

mod http;
mod watch;

use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::sync::Arc;
use std::thread;

use crate::{BookError, build};
use http::Site;
use watch::Watch;

/// What happens while the book is shown.
#[derive(Debug)]
pub enum Event {
    /// The book is built and can be opened at this address.
    Open(String),
    /// It was built again after a save.
    Rebuilt,
    /// What was saved is wrong; the book built before is still shown.
    Wrong(BookError),
}

/// Builds the book of the folder `root` aside and serves it to this machine alone, at `port` or, if that is 0, at any
/// port that is free. Pages that are open are loaded again after each build. Returns only with an error.
///
/// # Errors
///
/// When the port is taken, and when the book cannot be built at the start.
pub fn serve(root: &Path, port: u16, on_event: impl Fn(Event)) -> Result<(), BookError> {
    let taken = |source| BookError::Port { port, source };
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).map_err(taken)?;
    let address = listener.local_addr().map_err(taken)?;
    let aside = tempfile::tempdir().map_err(|source| BookError::Io {
        path: std::env::temp_dir(),
        source,
    })?;
    let dest = aside.path().join("html");
    // Before the build: what is saved during it is built again.
    let mut watch = Watch::new(root);
    build(root, &dest, |_| {})?;

    let site = Arc::new(Site::new(dest.clone()));
    let server = Arc::clone(&site);
    thread::spawn(move || http::answer(&listener, &server));
    on_event(Event::Open(format!("http://{address}/")));
    loop {
        watch.wait();
        match build(root, &dest, |_| {}) {
            Ok(_) => {
                site.changed();
                on_event(Event::Rebuilt);
            }
            Err(error) => on_event(Event::Wrong(error)),
        }
    }
}

/// What to do about an address that cannot be had.
pub(crate) fn advice(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::AddrInUse => "choose another with --port, or any that is free with --port 0",
        _ => "choose another with --port; those below 1024 are for the system",
    }
}
