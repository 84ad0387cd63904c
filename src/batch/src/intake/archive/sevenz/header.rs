//! The length of a 7z archive's list of entries, which the reader of the archive would allocate without asking.

/// Marks of the format, as its documentation (`7zFormat.txt`) names them.
const PACK_INFO: u8 = 0x06;
const UNPACK_INFO: u8 = 0x07;
const SIZE: u8 = 0x09;
const CRC: u8 = 0x0a;
const FOLDER: u8 = 0x0b;
const CODERS_UNPACK_SIZE: u8 = 0x0c;
const ENCODED_HEADER: u8 = 0x17;

/// The most coders of a list: more are not read anyway.
const MAX_CODERS: u64 = 4;

/// Returns the length of a list that is stored as these bytes, in bytes; none if they are not as the format has them.
pub(super) fn unpacked_length(stored: &[u8]) -> Option<u64> {
    let mut bytes = Bytes(stored);
    if bytes.byte()? != ENCODED_HEADER {
        return Some(stored.len() as u64);
    }
    skip_pack_info(&mut bytes)?;
    bytes.expect(UNPACK_INFO)?;
    bytes.expect(FOLDER)?;
    let (folders, is_external) = (bytes.number()?, bytes.byte()?);
    let coders = bytes.number()?;
    if folders != 1 || is_external != 0 || coders > MAX_CODERS {
        return None;
    }
    for _ in 0..coders {
        skip_coder(&mut bytes)?;
    }
    for _ in 1..coders {
        // The coders that are connected.
        bytes.number()?;
        bytes.number()?;
    }
    bytes.expect(CODERS_UNPACK_SIZE)?;
    let mut longest = 0;
    for _ in 0..coders {
        longest = longest.max(bytes.number()?);
    }
    Some(longest)
}

fn skip_pack_info(bytes: &mut Bytes<'_>) -> Option<()> {
    bytes.expect(PACK_INFO)?;
    bytes.number()?;
    let streams = bytes.number()?;
    if streams > MAX_CODERS {
        return None;
    }
    loop {
        match bytes.byte()? {
            0 => return Some(()),
            SIZE => {
                for _ in 0..streams {
                    bytes.number()?;
                }
            }
            CRC if bytes.byte()? != 0 => bytes.skip(4 * streams as usize)?,
            CRC => {
                // One bit for each stream says whether it has a checksum; there are at most eight.
                let defined = bytes.byte()?.count_ones() as usize;
                bytes.skip(4 * defined)?;
            }
            _ => return None,
        }
    }
}

fn skip_coder(bytes: &mut Bytes<'_>) -> Option<()> {
    const ID_LENGTH: u8 = 0x0f;
    const HAS_STREAM_COUNTS: u8 = 0x10;
    const HAS_PROPERTIES: u8 = 0x20;
    let flags = bytes.byte()?;
    bytes.skip(usize::from(flags & ID_LENGTH))?;
    if flags & HAS_STREAM_COUNTS != 0 {
        return None; // such a coder has several streams, and no list is packed by it
    }
    if flags & HAS_PROPERTIES != 0 {
        let length = bytes.number()?;
        bytes.skip(usize::try_from(length).ok()?)?;
    }
    Some(())
}

/// Bytes that are not read yet.
struct Bytes<'a>(&'a [u8]);

impl Bytes<'_> {
    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    fn expect(&mut self, mark: u8) -> Option<()> {
        (self.byte()? == mark).then_some(())
    }

    fn skip(&mut self, count: usize) -> Option<()> {
        self.0 = self.0.get(count..)?;
        Some(())
    }

    /// Reads a number: the leading ones of the first byte count the bytes that follow, lowest first; what is left of the
    /// first byte is the highest.
    fn number(&mut self) -> Option<u64> {
        let first = self.byte()?;
        let more = first.leading_ones();
        let mut number = 0;
        for at in 0..more {
            number |= u64::from(self.byte()?) << (8 * at);
        }
        let highest = u64::from(first) & (0x7f_u64 >> more);
        Some(number | highest.checked_shl(8 * more).unwrap_or(0))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn numbers_are_read() {
        let number = |bytes: &[u8]| Bytes(bytes).number();
        assert_eq!(number(&[0x7f]), Some(0x7f));
        assert_eq!(number(&[0x81, 0x02]), Some(0x102));
        assert_eq!(number(&[0xc1, 0x02, 0x03]), Some(0x1_0302));
        assert_eq!(
            number(&[0xff, 1, 2, 3, 4, 5, 6, 7, 8]),
            Some(0x0807_0605_0403_0201)
        );
        assert_eq!(number(&[0xff, 1]), None);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..60)) {
            let _ = unpacked_length(&bytes);
            let _ = unpacked_length(&[&[ENCODED_HEADER, PACK_INFO][..], &bytes].concat());
        }
    }
}
