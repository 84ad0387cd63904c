//! What a worker and its parent say to each other: frames of a length and a [`Bundle`].

use std::collections::BTreeMap;
use std::io::{self, Read, Write};

use serde::{Deserialize, Serialize};

use crate::bundle::Bundle;
use crate::case::{Case, Reply};
use crate::failure::{Failure, SourceLocation};
use crate::marker::Marker;
use crate::tensor::Tensor;

/// The most that one frame may hold: more than any case needs, less than would hurt.
const LARGEST: u64 = 32 << 20;

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
        Failure::NotImplemented { text } => ReplyNote::NotImplemented { text },
        Failure::Panicked { message, location } => {
            let (file, line) = location.map(|at| (at.file, at.line)).unzip();
            ReplyNote::Panicked {
                message,
                file,
                line,
            }
        }
        Failure::Broken { message } => ReplyNote::Broken { message },
        // Only a parent can notice these.
        Failure::TimedOut { .. } | Failure::Crashed(_) => return Ok(()),
    };
    send(to, marker.bytes(), &note, BTreeMap::new())
}

/// Receives the result of a call, behind the marker; the parent's side. `None` when the worker has closed its end.
pub(crate) fn receive_reply(from: &mut impl Read) -> io::Result<Option<Result<Reply, Failure>>> {
    let Some(bundle) = receive(from)? else {
        return Ok(None);
    };
    let failure = match serde_json::from_str(&bundle.note)? {
        ReplyNote::Returned => {
            let outputs = bundle.tensors;
            return Ok(Some(Ok(Reply { outputs })));
        }
        ReplyNote::NotImplemented { text } => Failure::NotImplemented { text },
        ReplyNote::Panicked {
            message,
            file,
            line,
        } => Failure::Panicked {
            message,
            location: file
                .zip(line)
                .map(|(file, line)| SourceLocation { file, line }),
        },
        ReplyNote::Broken { message } => Failure::Broken { message },
    };
    Ok(Some(Err(failure)))
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
    let mut length = [0; 8];
    match from.read_exact(&mut length) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        other => other?,
    }
    let length = u64::from_le_bytes(length);
    if length > LARGEST {
        return Err(io::Error::other(format!(
            "expected a frame of at most {LARGEST} bytes, found {length}"
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
