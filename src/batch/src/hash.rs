//! Fingerprints of content (SHA-256).

/// A hash of parts; the boundaries between them count.
#[derive(Clone)]
pub(crate) struct Hash(hmac_sha256::Hash);

impl Hash {
    /// Starts with no parts.
    pub(crate) fn new() -> Self {
        Self(hmac_sha256::Hash::new())
    }

    /// Adds one length-prefixed part to the hash.
    #[must_use]
    pub(crate) fn part(mut self, bytes: impl AsRef<[u8]>) -> Self {
        let bytes = bytes.as_ref();
        self.0.update((bytes.len() as u64).to_le_bytes());
        self.0.update(bytes);
        self
    }

    /// Returns the first 32 hexadecimal digits, which are enough to tell files apart.
    pub(crate) fn text(self) -> String {
        self.0.finalize()[..16]
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }
}
