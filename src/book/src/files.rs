//! Reading the files of authors.

use std::fs;
use std::path::Path;

use crate::{BookError, Place};

/// A file's text.
pub(crate) fn read(path: &Path) -> Result<String, BookError> {
    let bytes = fs::read(path).map_err(|source| BookError::Io {
        path: path.to_owned(),
        source,
    })?;
    String::from_utf8(bytes).map_err(|error| {
        let good = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = 1 + good.iter().filter(|&&byte| byte == b'\n').count();
        BookError::NotUtf8 {
            place: Place {
                file: path.to_owned(),
                line,
            },
        }
    })
}
