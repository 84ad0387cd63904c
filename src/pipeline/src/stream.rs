//! Prints a text while it is written, in whole characters only.

use std::io::{self, Write};

/// A text on its way to a terminal or a pipe.
#[derive(Debug)]
pub(crate) struct Stream<W> {
    to: W,
    /// Number of bytes of the text that are printed.
    printed: usize,
}

impl<W: Write> Stream<W> {
    /// Starts an empty text.
    pub(crate) fn new(to: W) -> Self {
        Self { to, printed: 0 }
    }

    /// Prints what is new in a text that has grown, without a character at its end that has not come whole.
    ///
    /// A token of a byte-level tokenizer can be a part of a character. Decoded, that is one or more U+FFFD.
    ///
    /// # Errors
    /// When it cannot be printed.
    pub(crate) fn grow(&mut self, text: &str) -> io::Result<()> {
        self.print(text.trim_end_matches(char::REPLACEMENT_CHARACTER))
    }

    /// Prints the rest of a text, and ends its line.
    ///
    /// # Errors
    /// When it cannot be printed.
    pub(crate) fn finish(mut self, text: &str) -> io::Result<()> {
        self.print(text)?;
        self.to.write_all(b"\n")?;
        self.to.flush()
    }

    fn print(&mut self, text: &str) -> io::Result<()> {
        // A text whose last character was not whole may have become shorter: then nothing is new.
        let Some(new) = text.get(self.printed..) else {
            return Ok(());
        };
        self.to.write_all(new.as_bytes())?;
        self.to.flush()?;
        self.printed = text.len();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The pieces in which a text is printed.
    #[derive(Debug, Default)]
    struct Pieces(Vec<String>);

    impl Write for &mut Pieces {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let piece = str::from_utf8(bytes).map_err(io::Error::other)?;
            if !piece.is_empty() {
                self.0.push(piece.to_owned());
            }
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn characters_are_printed_when_they_are_whole() {
        // An emoji in four tokens, one byte each, as they are decoded.
        let mut pieces = Pieces::default();
        let mut stream = Stream::new(&mut pieces);
        for text in [
            "Hi ",
            "Hi \u{FFFD}",
            "Hi \u{FFFD}",
            "Hi \u{FFFD}",
            "Hi 🙂",
            "Hi 🙂!",
        ] {
            stream.grow(text).expect("it can be printed");
        }
        stream.finish("Hi 🙂!\u{FFFD}").expect("it can be printed");
        assert_eq!(pieces.0, ["Hi ", "🙂", "!", "\u{FFFD}", "\n"]);
    }
}
