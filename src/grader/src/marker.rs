//! The marker that tells a worker's replies from what the learner's code prints to the same standard output.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::io::{self, Read};

/// The number of bytes of a marker.
const LENGTH: usize = 16;

/// Random bytes that precede each reply. The parent chooses them, so that no print has them by accident.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Marker([u8; LENGTH]);

impl Marker {
    /// The first byte. No UTF-8 text has it, and nowhere else in a marker is it: a search never has to go back.
    pub(crate) const FIRST: u8 = 0xFF;

    /// Returns a new marker.
    pub(crate) fn random() -> Self {
        let mut bytes = [0; LENGTH];
        for half in bytes.chunks_mut(8) {
            // The standard library's own source of randomness: its keys are random, whatever is hashed.
            let random = RandomState::new().build_hasher().finish();
            half.copy_from_slice(&random.to_le_bytes());
        }
        Self::from_bytes(bytes)
    }

    /// Receives the marker; the worker's side.
    pub(crate) fn receive(from: &mut impl Read) -> io::Result<Self> {
        let mut bytes = [0; LENGTH];
        from.read_exact(&mut bytes)?;
        Ok(Self(bytes))
    }

    /// Returns its bytes.
    pub(crate) fn bytes(&self) -> &[u8; LENGTH] {
        &self.0
    }

    fn from_bytes(mut bytes: [u8; LENGTH]) -> Self {
        for byte in &mut bytes {
            // No ASCII: a newline, too, would be a place at which standard output is flushed.
            *byte = 0x80 + *byte % 0x7F;
        }
        bytes[0] = Self::FIRST;
        Self(bytes)
    }
}
