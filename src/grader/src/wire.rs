//! The protocol between a worker and its parent: frames of a length and a [`Bundle`].

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::io::{self, Read, Write};

use serde::{Deserialize, Serialize};

use safetensors::tensor::Metadata;

use crate::bundle::Bundle;
use crate::case::{Case, Reply};
use crate::failure::{Failure, SourceLocation};
use crate::marker::Marker;
use crate::reply_bound::{MAX_HEADER, ReplyBound};
use crate::reply_error::ReplyError;
use crate::tensor::Tensor;

/// The most bytes of a call.
const LARGEST_CALL: u64 = 32 << 20;
/// The most bytes that a reply may announce: no program has memory for more.
const LARGEST_REPLY: u64 = 1 << 30;
/// The most bytes of a text in a reply: whatever it consists of, it fits into [`MAX_HEADER`].
const MAX_TEXT: usize = 16 << 10;

/// The note of a request.
#[derive(Debug, Serialize, Deserialize)]
struct CallNote {
    task: String,
    case: String,
}

/// The note of a reply.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum ReplyNote {
    Returned,
    NotImplemented {
        text: String,
    },
    Panicked {
        message: String,
        file: Option<String>,
        line: Option<u32>,
        column: Option<u32>,
    },
    Broken {
        message: String,
    },
}

/// Sends a call; the parent's side.
pub(crate) fn send_call(to: &mut impl Write, task: &str, case: &Case) -> io::Result<()> {
    let call = CallNote {
        task: task.to_owned(),
        case: case.name.clone(),
    };
    send(to, &[], &call, case.inputs.clone())
}

/// Receives a call; the worker's side. `None` when there are no more.
pub(crate) fn receive_call(from: &mut impl Read) -> io::Result<Option<(String, Case)>> {
    let Some(bundle) = receive(from)? else {
        return Ok(None);
    };
    let call: CallNote = serde_json::from_str(&bundle.note)?;
    Ok(Some((
        call.task,
        Case {
            name: call.case,
            inputs: bundle.tensors,
        },
    )))
}

/// Sends the result of a call, behind the marker; the worker's side.
pub(crate) fn send_reply(
    to: &mut impl Write,
    marker: Marker,
    result: Result<Reply, Failure>,
) -> io::Result<()> {
    let failure = match result {
        Ok(Reply { outputs }) => {
            return send(to, marker.bytes(), &ReplyNote::Returned, outputs);
        }
        Err(failure) => failure,
    };
    let note = match failure {
        Failure::NotImplemented { text } => ReplyNote::NotImplemented { text: cut(text) },
        Failure::Panicked { message, location } => {
            let column = location.as_ref().and_then(|at| at.column);
            let (file, line) = location.map(|at| (cut(at.file), at.line)).unzip();
            ReplyNote::Panicked {
                message: cut(message),
                file,
                line,
                column,
            }
        }
        Failure::Broken { message } => ReplyNote::Broken {
            message: cut(message),
        },
        // Only a parent can notice these.
        Failure::TimedOut { .. } | Failure::Crashed(_) => return Ok(()),
    };
    send(to, marker.bytes(), &note, BTreeMap::new())
}

/// Cuts a long text: a panic that shows a whole matrix would make a reply that is too large.
fn cut(mut text: String) -> String {
    if text.len() > MAX_TEXT {
        text.truncate(text.floor_char_boundary(MAX_TEXT));
        text.push_str(" […]");
    }
    text
}

/// Receives the result of a call, behind the marker; the parent's side. `None` when the worker has closed its end.
///
/// # Errors
/// When something else comes, or more than `bound`. Nothing is read or allocated that has not been found to be within
/// it.
pub(crate) fn receive_reply(
    from: &mut impl Read,
    bound: &ReplyBound,
) -> Result<Option<Result<Reply, Failure>>, ReplyError> {
    let Some(bundle) = receive_bounded(from, bound)? else {
        return Ok(None);
    };
    let failure = match serde_json::from_str(&bundle.note).map_err(ReplyError::Note)? {
        ReplyNote::Returned => {
            let outputs = bundle.tensors;
            return Ok(Some(Ok(Reply { outputs })));
        }
        ReplyNote::NotImplemented { text } => Failure::NotImplemented { text },
        ReplyNote::Panicked {
            message,
            file,
            line,
            column,
        } => Failure::Panicked {
            message,
            location: file
                .zip(line)
                .map(|(file, line)| SourceLocation { file, line, column }),
        },
        ReplyNote::Broken { message } => Failure::Broken { message },
    };
    Ok(Some(Err(failure)))
}

/// Reads the frame of a reply: its two lengths, its header, and the rest, each only when what comes before it allows it.
fn receive_bounded(from: &mut impl Read, bound: &ReplyBound) -> Result<Option<Bundle>, ReplyError> {
    let Some(frame) = read_length(from).map_err(ReplyError::Pipe)? else {
        return Ok(None);
    };
    // Smaller ones show by their headers which output is too large.
    if frame > LARGEST_REPLY {
        return Err(ReplyError::Frame {
            most: LARGEST_REPLY,
            found: frame,
        });
    }
    let Some(header) = read_length(from).map_err(ReplyError::Pipe)? else {
        return Ok(None);
    };
    if header > MAX_HEADER {
        return Err(ReplyError::Header {
            most: MAX_HEADER,
            found: header,
        });
    }
    let mut bytes = header.to_le_bytes().to_vec();
    if !read_more(from, header, &mut bytes)? {
        return Ok(None);
    }
    let format = |error: serde_json::Error| ReplyError::Format(error.to_string());
    let metadata: Metadata = serde_json::from_slice(&bytes[8..]).map_err(format)?;
    bound.check(&metadata.tensors())?;
    let data = metadata.data_len() as u64;
    if frame != 8 + header + data {
        let error = format!("{frame} bytes with a header for {}", 8 + header + data);
        return Err(ReplyError::Format(error));
    }
    if !read_more(from, data, &mut bytes)? {
        return Ok(None);
    }
    Ok(Some(Bundle::from_bytes(&bytes)?))
}

/// Reads a length; `None` at the end.
fn read_length(from: &mut impl Read) -> io::Result<Option<u64>> {
    let mut length = [0; 8];
    match from.read_exact(&mut length) {
        Ok(()) => Ok(Some(u64::from_le_bytes(length))),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
        Err(error) => Err(error),
    }
}

/// Reads some bytes behind those that are there; returns `false` if the end comes before.
fn read_more(from: &mut impl Read, length: u64, bytes: &mut Vec<u8>) -> Result<bool, ReplyError> {
    let read = from.take(length).read_to_end(bytes);
    Ok(read.map_err(ReplyError::Pipe)? as u64 == length)
}

/// Sends some bytes and a frame, in one piece where the receiver takes it.
fn send(
    to: &mut impl Write,
    before: &[u8],
    note: &impl Serialize,
    tensors: BTreeMap<String, Tensor>,
) -> io::Result<()> {
    let bundle = Bundle {
        note: serde_json::to_string(note)?,
        tensors,
    };
    let bytes = bundle.to_bytes().map_err(io::Error::other)?;
    let length = (bytes.len() as u64).to_le_bytes();
    to.write_all(&[before, &length, &bytes].concat())?;
    to.flush()
}

fn receive(from: &mut impl Read) -> io::Result<Option<Bundle>> {
    let Some(length) = read_length(from)? else {
        return Ok(None);
    };
    if length > LARGEST_CALL {
        return Err(io::Error::other(format!(
            "expected a frame of at most {LARGEST_CALL} bytes, found {length}"
        )));
    }
    let mut bytes = Vec::new();
    from.take(length).read_to_end(&mut bytes)?;
    if (bytes.len() as u64) < length {
        return Ok(None);
    }
    Bundle::from_bytes(&bytes)
        .map(Some)
        .map_err(io::Error::other)
}
