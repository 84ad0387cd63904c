//! What a worker and its parent say to each other: frames of a length and a [`Bundle`].

use std::io::{self, Read, Write};

use serde::{Deserialize, Serialize};

use crate::bundle::{Bundle, Tensor};
use crate::case::{Case, Reply};
use crate::verdict::{Response, SourceLocation};

/// The most that one frame may hold: more than any case needs, less than would hurt.
const LARGEST: u64 = 32 << 20;

/// The note of a request.
#[derive(Debug, Serialize, Deserialize)]
struct Call {
    task: String,
    case: String,
}

/// The note of a reply.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Outcome {
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
    let call = Call {
        task: task.to_owned(),
        case: case.name.clone(),
    };
    send(to, &call, case.inputs.clone().into_iter().collect())
}

/// Receives a call; the worker's side. `None` when there are no more.
pub(crate) fn receive_call(from: &mut impl Read) -> io::Result<Option<(String, Case)>> {
    let Some(bundle) = receive(from)? else {
        return Ok(None);
    };
    let call: Call = serde_json::from_str(&bundle.note)?;
    Ok(Some((
        call.task,
        Case {
            name: call.case,
            inputs: bundle.tensors,
        },
    )))
}

/// Sends what came of a call; the worker's side.
pub(crate) fn send_response(to: &mut impl Write, response: Response) -> io::Result<()> {
    let (outcome, tensors) = match response {
        Response::Reply(reply) => {
            let tensors = reply
                .outputs
                .into_iter()
                .map(|(name, array)| (name, Tensor::F32(array)))
                .collect();
            (Outcome::Returned, tensors)
        }
        Response::NotImplemented { text } => (Outcome::NotImplemented { text }, Vec::new()),
        Response::Panicked { message, place } => {
            let (file, line) =
                place.map_or((None, None), |place| (Some(place.file), Some(place.line)));
            (
                Outcome::Panicked {
                    message,
                    file,
                    line,
                },
                Vec::new(),
            )
        }
        Response::Broken { message } | Response::Crashed { how: message } => {
            (Outcome::Broken { message }, Vec::new())
        }
        Response::TimedOut { .. } => return Ok(()), // only a parent can say so
    };
    send(to, &outcome, tensors)
}

/// Receives what came of a call; the parent's side. `None` when the worker has closed its end.
pub(crate) fn receive_response(from: &mut impl Read) -> io::Result<Option<Response>> {
    let Some(bundle) = receive(from)? else {
        return Ok(None);
    };
    Ok(Some(match serde_json::from_str(&bundle.note)? {
        Outcome::Returned => {
            let numbers = bundle
                .tensors
                .into_iter()
                .filter_map(|(name, tensor)| match tensor {
                    Tensor::F32(array) => Some((name, array)),
                    Tensor::Bool(_) | Tensor::I64(_) => None,
                });
            Response::Reply(Reply {
                outputs: numbers.collect(),
            })
        }
        Outcome::NotImplemented { text } => Response::NotImplemented { text },
        Outcome::Panicked {
            message,
            file,
            line,
        } => Response::Panicked {
            message,
            place: file
                .zip(line)
                .map(|(file, line)| SourceLocation { file, line }),
        },
        Outcome::Broken { message } => Response::Broken { message },
    }))
}

fn send(
    to: &mut impl Write,
    note: &impl Serialize,
    tensors: Vec<(String, Tensor)>,
) -> io::Result<()> {
    let bundle = Bundle {
        note: serde_json::to_string(note)?,
        tensors: tensors.into_iter().collect(),
    };
    let bytes = bundle.to_bytes().map_err(io::Error::other)?;
    to.write_all(&(bytes.len() as u64).to_le_bytes())?;
    to.write_all(&bytes)?;
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
    Bundle::from_bytes(&bytes)
        .map(Some)
        .map_err(io::Error::other)
}
