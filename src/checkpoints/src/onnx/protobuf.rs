//! The wire format of Protocol Buffers: fields of a message, without copying what is in them.

use std::ops::Range;

use thiserror::Error;

/// The most bytes of an integer.
const MAX_VARINT: usize = 10;

/// A field's value.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Field {
    /// An integer.
    Varint(u64),
    /// Four bytes.
    Fixed32([u8; 4]),
    /// Eight bytes.
    Fixed64([u8; 8]),
    /// A text, a message or a list, by its place in the file.
    Bytes(Range<usize>),
}

/// The defect of a message.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(super) enum Malformed {
    #[error("the end of the file in a message")]
    End,
    #[error("an integer of more than {MAX_VARINT} bytes")]
    LongVarint,
    #[error("a field of the wire type {0}, which no field has")]
    WireType(u64),
    #[error("a field number {0}, which is none")]
    FieldNumber(u64),
    #[error("{0} of a kind that it does not have")]
    Kind(&'static str),
    #[error("{0} that is no text in UTF-8")]
    Text(&'static str),
    #[error("{found} {what}, where {most} are the most")]
    TooMany {
        what: &'static str,
        found: usize,
        most: usize,
    },
}

/// The fields of a message.
#[derive(Debug, Clone)]
pub(super) struct Fields<'a> {
    bytes: &'a [u8],
    place: usize,
    end: usize,
}

impl<'a> Fields<'a> {
    /// The fields of a message at a place that is in the file.
    pub(super) fn new(bytes: &'a [u8], place: Range<usize>) -> Self {
        Self {
            bytes,
            place: place.start,
            end: place.end,
        }
    }

    /// Reads the integers of a list that has nothing around them.
    pub(super) fn varint(&mut self) -> Result<u64, Malformed> {
        let mut value = 0;
        for index in 0..MAX_VARINT {
            let [byte] = self.take::<1>()?;
            // Bits beyond the 64th are lost, as in every other reader.
            value |= u64::from(byte & 0x7f) << (7 * index);
            if byte < 0x80 {
                return Ok(value);
            }
        }
        Err(Malformed::LongVarint)
    }

    /// Returns `true` if nothing is left.
    pub(super) fn is_empty(&self) -> bool {
        self.place == self.end
    }

    fn take<const N: usize>(&mut self) -> Result<[u8; N], Malformed> {
        let rest = &self.bytes[self.place..self.end];
        let taken = rest.first_chunk().ok_or(Malformed::End)?;
        self.place += N;
        Ok(*taken)
    }

    fn field(&mut self) -> Result<(u64, Field), Malformed> {
        let key = self.varint()?;
        let number = key >> 3;
        if number == 0 {
            return Err(Malformed::FieldNumber(number));
        }
        let field = match key & 7 {
            0 => Field::Varint(self.varint()?),
            1 => Field::Fixed64(self.take()?),
            2 => {
                let length = self.varint()?;
                let left = self.end - self.place;
                let length = usize::try_from(length)
                    .ok()
                    .filter(|&length| length <= left);
                let start = self.place;
                self.place += length.ok_or(Malformed::End)?;
                Field::Bytes(start..self.place)
            }
            5 => Field::Fixed32(self.take()?),
            other => return Err(Malformed::WireType(other)),
        };
        Ok((number, field))
    }
}

impl Iterator for Fields<'_> {
    type Item = Result<(u64, Field), Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_empty() {
            return None;
        }
        let field = self.field();
        if field.is_err() {
            // Nothing behind a defect can be read.
            self.place = self.end;
        }
        Some(field)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(bytes: &[u8]) -> Vec<Result<(u64, Field), Malformed>> {
        Fields::new(bytes, 0..bytes.len()).collect()
    }

    #[test]
    fn fields_of_each_kind_are_read() {
        let bytes = [
            0x08, 0x96, 0x01, 0x12, 0x02, b'h', b'i', 0x1d, 1, 2, 3, 4, 0x21, 1, 2, 3, 4, 5, 6, 7,
            8,
        ];
        let expected = [
            Ok((1, Field::Varint(150))),
            Ok((2, Field::Bytes(5..7))),
            Ok((3, Field::Fixed32([1, 2, 3, 4]))),
            Ok((4, Field::Fixed64([1, 2, 3, 4, 5, 6, 7, 8]))),
        ];
        assert_eq!(fields(&bytes), expected);
    }

    #[test]
    fn the_first_defect_ends_a_message() {
        assert_eq!(fields(&[0x08]), [Err(Malformed::End)]);
        assert_eq!(fields(&[0x12, 0x05, 0x08, 0x01]), [Err(Malformed::End)]);
        assert_eq!(fields(&[0x0b, 0x08, 0x01]), [Err(Malformed::WireType(3))]);
        assert_eq!(fields(&[0x00]), [Err(Malformed::FieldNumber(0))]);
        assert_eq!(fields(&[0xff; 12]), [Err(Malformed::LongVarint)]);
    }
}
