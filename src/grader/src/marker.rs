//! The marker that tells a worker's replies from what the learner's code prints to the same standard output, and one call's
//! prints from the next one's.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::io::{self, BufRead, Read, Write};

/// The number of bytes of a marker.
const LENGTH: usize = 16;

/// The reason for which no more prints are passed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Passed {
    /// The marker came.
    Marker,
    /// Nothing will come any more.
    Closed,
    /// No more prints are taken.
    Refused,
}

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

    /// Passes on what is printed as it comes, up to the next marker, which is taken; no print is kept in memory.
    pub(crate) fn pass_prints(self, from: &mut impl BufRead, prints: &mut impl Write) -> Passed {
        loop {
            // A pipe that cannot be read any more is closed for us, too.
            let Ok(available) = from.fill_buf() else {
                return Passed::Closed;
            };
            if available.is_empty() {
                return Passed::Closed;
            }
            let mut rest = available;
            // The library's own search is fast even in a build without optimisation.
            let length = rest.skip_until(Self::FIRST).unwrap_or(available.len());
            let (print, may_begin) = match available[..length].split_last() {
                Some((&Self::FIRST, print)) => (print, true),
                _ => (&available[..length], false),
            };
            if prints.write_all(print).is_err() {
                return Passed::Refused;
            }
            from.consume(length);
            if !may_begin {
                continue;
            }
            match self.take_rest(from, prints) {
                Ok(true) => return Passed::Marker,
                Ok(false) => {}
                Err(_) => return Passed::Refused,
            }
        }
    }

    /// Reads the bytes behind the first. Where they are others, they were printed.
    fn take_rest(self, from: &mut impl BufRead, prints: &mut impl Write) -> io::Result<bool> {
        for matched in 1..LENGTH {
            let next = from.fill_buf().ok().and_then(|bytes| bytes.first());
            if next != Some(&self.0[matched]) {
                prints.write_all(&self.0[..matched])?;
                return Ok(false);
            }
            from.consume(1);
        }
        Ok(true)
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
