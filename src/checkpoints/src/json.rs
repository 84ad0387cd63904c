//! Files of settings, which are objects in JSON.

use std::path::Path;

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::error::CheckpointError;

/// Reads the object of a file.
///
/// A list is none, although serde would fill the fields of a struct with its items in their order.
///
/// # Errors
/// When it is something else, or its fields are not those of the type.
pub fn parse_object<T: DeserializeOwned>(path: &Path, text: &[u8]) -> Result<T, CheckpointError> {
    ensure_object(path, text)?;
    serde_json::from_slice(text).map_err(CheckpointError::json(path))
}

/// Checks that a file that begins like JSON begins like an object.
///
/// # Errors
/// When it is empty, another value, or no JSON.
pub fn ensure_object(path: &Path, text: &[u8]) -> Result<(), CheckpointError> {
    let text = text.trim_ascii();
    let found = match text.first() {
        Some(b'{') => return Ok(()),
        None => "nothing",
        Some(_) => {
            let value = serde_json::from_slice(text).map_err(CheckpointError::json(path))?;
            kind(&value)
        }
    };
    Err(CheckpointError::NoObject {
        path: path.to_owned(),
        found,
    })
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a truth value",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    struct Settings {
        size: usize,
    }

    fn error(text: &str) -> String {
        let read: Result<Settings, _> = parse_object(Path::new("config.json"), text.as_bytes());
        read.expect_err("no settings").to_string()
    }

    #[test]
    fn an_object_is_read_and_all_else_is_named() {
        let read: Settings = parse_object(Path::new("a"), b" \n{\"size\": 3}\n").expect("settings");
        assert_eq!(read.size, 3);
        for (text, found) in [
            ("[3]", "a list"),
            ("7", "a number"),
            ("-7e2", "a number"),
            ("null", "null"),
            ("true", "a truth value"),
            ("\"config\"", "a text"),
            (" \n", "nothing"),
        ] {
            let expected = format!(
                "config.json: expected an object of settings in JSON, {{…}}, found {found}; is it the right file?"
            );
            assert_eq!(error(text), expected, "{text}");
        }
        assert!(error("[3").contains("at line 1 column 2"));
        assert!(error("size: 3").contains("at line 1 column 1"));
        assert!(error("{\"size\": []}").contains("at line 1"));
    }
}
