//! A writer that computes the SHA-256 of what goes through it.

use std::fmt::Write as _;
use std::io::{self, Write};

use hmac_sha256::Hash;

/// Writes on, and hashes.
pub(super) struct Digest<W> {
    to: W,
    hash: Hash,
}

impl<W: Write> Digest<W> {
    pub(super) fn new(to: W) -> Self {
        let hash = Hash::new();
        Self { to, hash }
    }

    /// The hash of all that was written, in hexadecimal digits.
    pub(super) fn finish(self) -> String {
        let mut digits = String::new();
        for byte in self.hash.finalize() {
            write!(digits, "{byte:02x}").expect("a string takes what is written to it");
        }
        digits
    }
}

impl<W: Write> Write for Digest<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.to.write(bytes)?;
        self.hash.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}
