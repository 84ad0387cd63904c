use std::sync::mpsc;

use ndarray::Array1;
use proptest::collection::vec;
use proptest::prelude::*;

use super::*;
use crate::reply_stream::{Message, ReplyStream};

fn failure() -> impl Strategy<Value = Failure> {
    let location = proptest::option::of((".*", any::<u32>(), any::<Option<u32>>()));
    prop_oneof![
        ".*".prop_map(|text| Failure::NotImplemented { text }),
        ".*".prop_map(|message| Failure::Broken { message }),
        (".*", location).prop_map(|(message, location)| Failure::Panicked {
            message,
            location: location.map(|(file, line, column)| SourceLocation { file, line, column }),
        }),
    ]
}

fn bounded_calls(number: usize) -> mpsc::Receiver<ReplyBound> {
    let (sender, receiver) = mpsc::channel();
    for _ in 0..number {
        let bound = ReplyBound::new([("ids".to_owned(), 20)]);
        sender.send(bound).expect("the receiver is there");
    }
    receiver
}

fn result() -> impl Strategy<Value = Result<Reply, Failure>> {
    let ids = vec(any::<usize>(), 0..20).prop_map(Array1::from);
    prop_oneof![
        ids.prop_map(|ids| Ok(Reply::default().and_ids("ids", ids))),
        failure().prop_map(Err),
    ]
}

proptest! {
    #[test]
    fn a_call_is_received_as_it_was_sent(task in ".*", name in ".*", size in any::<i64>()) {
        let inputs = [("size".to_owned(), Tensor::from(size))].into();
        let case = Case { name, inputs };
        let mut bytes = Vec::new();
        send_call(&mut bytes, &task, &case).expect("it is small");
        let mut from = bytes.as_slice();
        prop_assert_eq!(receive_call(&mut from).expect("it was sent"), Some((task, case)));
        prop_assert_eq!(receive_call(&mut from).expect("an end"), None);
    }

    #[test]
    fn results_come_through_whatever_is_printed_between_them(
        results in vec((vec(any::<u8>(), 0..60), result()), 0..5),
        piece in 1_usize..40,
    ) {
        let marker = Marker::random();
        let (mut stream, mut printed) = (Vec::new(), Vec::<u8>::new());
        for (print, result) in &results {
            stream.extend(print);
            printed.extend(print);
            send_reply(&mut stream, marker, result.clone()).expect("it is small");
        }
        let mut prints = Vec::new();
        let from = io::BufReader::with_capacity(piece, stream.as_slice());
        let calls = bounded_calls(results.len());
        let mut replies = ReplyStream::new(from, &mut prints, marker, calls);
        for (_, sent) in results {
            match replies.next_message() {
                Message::Result(received) => prop_assert_eq!(received, sent),
                other => prop_assert!(false, "{:?}", other),
            }
        }
        prop_assert!(matches!(replies.next_message(), Message::Closed));
        prop_assert_eq!(prints, printed);
    }

    #[test]
    fn any_bytes_behind_a_marker_are_a_message(
        length in any::<u64>(),
        bytes in vec(any::<u8>(), 0..200),
    ) {
        let marker = Marker::random();
        let honest = (bytes.len() as u64).to_le_bytes();
        for length in [length.to_le_bytes(), honest] {
            let stream = [marker.bytes().as_slice(), &length, &bytes].concat();
            let calls = bounded_calls(1);
            let mut replies = ReplyStream::new(stream.as_slice(), io::sink(), marker, calls);
            let message = replies.next_message();
            let is_end = matches!(message, Message::Closed | Message::Unreadable(_));
            prop_assert!(is_end, "{:?}", message);
        }
        let _ = receive_call(&mut bytes.as_slice());
    }
}
