//! A worker's standard output, taken apart: its replies, and what the learner's code printed between them.

use std::io::{BufRead, Write};
use std::sync::mpsc::Receiver;

use crate::case::Reply;
use crate::failure::Failure;
use crate::marker::{Marker, Passed};
use crate::reply_bound::ReplyBound;
use crate::reply_error::ReplyError;
use crate::wire;

/// One message from a worker.
#[derive(Debug)]
pub(crate) enum Message {
    /// A call came to its end.
    Result(Result<Reply, Failure>),
    /// The worker has closed its standard output.
    Closed,
    /// A reply was announced, and something else came.
    Unreadable(ReplyError),
    /// No more prints are taken.
    PrintsRefused,
}

/// Reads replies. Everything outside of them is passed on as it comes, so that no print is kept in memory.
#[derive(Debug)]
pub(crate) struct ReplyStream<R, W> {
    from: R,
    prints: W,
    marker: Marker,
    /// A bound for each call that was made. It is there before the call is.
    calls: Receiver<ReplyBound>,
}

impl<R: BufRead, W: Write> ReplyStream<R, W> {
    /// Begins to read; what is printed goes to `prints`, and each of the `calls` may have one reply.
    pub(crate) fn new(from: R, prints: W, marker: Marker, calls: Receiver<ReplyBound>) -> Self {
        Self {
            from,
            prints,
            marker,
            calls,
        }
    }

    /// Returns the next message, after all that was printed before it has been passed on.
    pub(crate) fn next_message(&mut self) -> Message {
        match self.marker.pass_prints(&mut self.from, &mut self.prints) {
            Passed::Marker => self.reply(),
            Passed::Closed => Message::Closed,
            Passed::Refused => Message::PrintsRefused,
        }
    }

    fn reply(&mut self) -> Message {
        // A reply that nobody asked for is not read: it would cost time and memory that no call accounts for.
        let Ok(bound) = self.calls.try_recv() else {
            return Message::Unreadable(ReplyError::Unasked);
        };
        match wire::receive_reply(&mut self.from, &bound) {
            Ok(Some(result)) => Message::Result(result),
            Ok(None) => Message::Closed,
            Err(error) => Message::Unreadable(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::BufReader;
    use std::sync::mpsc;

    use ndarray::arr1;

    use super::*;

    fn reply(marker: Marker, number: f32) -> Vec<u8> {
        let reply = Reply::default().and("x", arr1(&[number]));
        let mut bytes = Vec::new();
        wire::send_reply(&mut bytes, marker, Ok(reply)).expect("it is written");
        bytes
    }

    /// Returns the bounds of a number of calls.
    fn calls(number: usize) -> Receiver<ReplyBound> {
        let (sender, receiver) = mpsc::channel();
        for _ in 0..number {
            let bound = ReplyBound::new([("x".to_owned(), 1)]);
            sender.send(bound).expect("the receiver is there");
        }
        receiver
    }

    /// Reads all replies of a stream, whatever the pieces in which it comes, and what was printed.
    fn read(stream: &[u8], marker: Marker, piece: usize) -> (Vec<f32>, Vec<u8>) {
        let (mut numbers, mut prints) = (Vec::new(), Vec::new());
        let from = BufReader::with_capacity(piece, stream);
        let mut replies = ReplyStream::new(from, &mut prints, marker, calls(2));
        loop {
            match replies.next_message() {
                Message::Result(result) => {
                    numbers.push(result.expect("a reply").outputs["x"].numbers()[0])
                }
                Message::Closed => return (numbers, prints),
                other => panic!("{other:?}"),
            }
        }
    }

    #[test]
    fn prints_are_passed_on_and_replies_are_read() {
        let marker = Marker::random();
        let half = &marker.bytes()[..9];
        // Without a newline, like a marker, and like another worker's reply.
        let prints: [&[u8]; 4] = [b"here", half, &reply(Marker::random(), 3.0), &[0xFF, 0xFF]];
        let stream = [
            prints[0],
            &reply(marker, 1.0),
            prints[1],
            prints[2],
            prints[3],
            &reply(marker, 2.0),
            half,
        ]
        .concat();
        let expected = [&prints.concat(), half].concat();
        for piece in [1, 2, 7, 16, 4096] {
            let (numbers, printed) = read(&stream, marker, piece);
            assert_eq!(numbers, [1.0, 2.0], "in pieces of {piece}");
            assert_eq!(printed, expected, "in pieces of {piece}");
        }
    }

    #[test]
    fn a_reply_that_ends_too_early_is_an_end() {
        let marker = Marker::random();
        let whole = reply(marker, 1.0);
        for length in 0..whole.len() {
            let (numbers, _) = read(&whole[..length], marker, 64);
            assert!(numbers.is_empty(), "{length} bytes of {}", whole.len());
        }
    }

    #[test]
    fn a_reply_that_nobody_asked_for_is_not_read() {
        let marker = Marker::random();
        let stream = [reply(marker, 1.0), reply(marker, 2.0)].concat();
        let mut replies = ReplyStream::new(stream.as_slice(), std::io::sink(), marker, calls(1));
        assert!(matches!(replies.next_message(), Message::Result(Ok(_))));
        let unasked = replies.next_message();
        assert!(matches!(unasked, Message::Unreadable(ReplyError::Unasked)));
    }

    #[test]
    fn who_takes_no_prints_gets_no_reply() {
        let marker = Marker::random();
        let mut full = [0; 2];
        let stream = [b"abc".as_slice(), &reply(marker, 1.0)].concat();
        let (from, prints) = (stream.as_slice(), full.as_mut_slice());
        let mut replies = ReplyStream::new(from, prints, marker, calls(1));
        assert!(matches!(replies.next_message(), Message::PrintsRefused));
    }
}
