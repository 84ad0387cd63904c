//! Reads the files of authors.

use std::fs;
use std::path::Path;

use crate::{BookError, SourceLine};

/// Returns the text of a file.
pub(crate) fn read_text(path: &Path) -> Result<String, BookError> {
    let bytes = fs::read(path).map_err(|error| BookError::Io {
        path: path.to_owned(),
        error,
    })?;
    String::from_utf8(bytes).map_err(|error| {
        let good = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = 1 + good.iter().filter(|&&byte| byte == b'\n').count();
        BookError::NotUtf8 {
            at: SourceLine {
                file: path.to_owned(),
                line,
            },
        }
    })
}
