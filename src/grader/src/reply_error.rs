//! Reasons for which what a worker sent is no reply.

use std::io;

use thiserror::Error;

use crate::bundle::BundleError;
use crate::failure::ProcessEnd;

/// A reason for which what a worker sent is no reply.
#[derive(Debug, Error)]
pub(crate) enum ReplyError {
    /// The pipe failed.
    #[error("its pipe cannot be read: {0}")]
    Pipe(io::Error),
    /// Nobody had asked.
    #[error("expected a reply to each call, found one more")]
    Unasked,
    /// More bytes than the largest reply has.
    #[error("expected at most {most} bytes, found {found}")]
    Frame { most: u64, found: u64 },
    /// A header that is longer than that of any reply.
    #[error("expected a header of at most {most} bytes, found {found}")]
    Header { most: u64, found: u64 },
    /// A header that is not what the format demands, or does not fit the bytes that follow it.
    #[error("expected a safetensors file, found something else ({0})")]
    Format(String),
    /// More tensors than there are outputs.
    #[error("expected at most {most} tensors, found {found}")]
    Tensors { most: usize, found: usize },
    /// A tensor that is no output of the task.
    #[error("expected the outputs of the task, found `{0}`")]
    UnknownOutput(String),
    /// A tensor with more axes than any of the course's.
    #[error("tensor `{output}`: expected at most {most} axes, found {found}")]
    Axes {
        output: String,
        most: usize,
        found: usize,
    },
    /// An output that is larger than any answer to the case.
    #[error("tensor `{output}`: expected at most {most} entries, found the shape {shape:?}")]
    TooLarge {
        output: String,
        shape: Vec<usize>,
        most: usize,
    },
    /// A file of tensors that cannot be used.
    #[error(transparent)]
    Bundle(#[from] BundleError),
    /// A note that no worker writes.
    #[error("expected the note of a reply, found something else ({0})")]
    Note(serde_json::Error),
}

impl From<ReplyError> for ProcessEnd {
    fn from(error: ReplyError) -> Self {
        match error {
            ReplyError::TooLarge {
                output,
                shape,
                most,
            } => Self::TooLargeReply {
                output,
                shape,
                most,
            },
            other => Self::UnreadableReply {
                error: other.to_string(),
            },
        }
    }
}
