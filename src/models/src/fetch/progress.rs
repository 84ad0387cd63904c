//! The progress of fetching.

/// A step of fetching, to be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress {
    /// Another call has the package; this one waits for it.
    Waiting,
    /// The package arrives.
    Downloading {
        /// Bytes that are there.
        bytes: u64,
        /// Bytes that there will be.
        total: u64,
    },
    /// A file is taken out of the package and checked.
    Unpacking {
        /// Its name.
        file: &'static str,
    },
}
