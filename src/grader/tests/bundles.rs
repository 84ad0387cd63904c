//! Files of tensors, from the course and from elsewhere: whatever the bytes, reading them ends without a panic.

use attentive_grader::{Bundle, BundleError, Pack, Tensor};
use ndarray::{ArrayD, IxDyn};
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;

/// Tensors of every type, with up to 4 axes of up to 4 entries.
fn tensor() -> impl Strategy<Value = Tensor> {
    vec(0_usize..=4, 0..=4).prop_flat_map(|shape| {
        let length = shape.iter().product::<usize>();
        prop_oneof![
            vec(any::<f32>(), length).prop_map({
                let shape = shape.clone();
                move |entries| Tensor::F32(shaped(&shape, entries))
            }),
            vec(any::<bool>(), length).prop_map({
                let shape = shape.clone();
                move |entries| Tensor::Bool(shaped(&shape, entries))
            }),
            vec(any::<i64>(), length).prop_map(move |entries| Tensor::I64(shaped(&shape, entries))),
        ]
    })
}

fn shaped<T>(shape: &[usize], entries: Vec<T>) -> ArrayD<T> {
    ArrayD::from_shape_vec(IxDyn(shape), entries).expect("as many entries as the shape has")
}

fn bundle() -> impl Strategy<Value = Bundle> {
    (".*", btree_map("[a-z/]{1,12}", tensor(), 0..6))
        .prop_map(|(note, tensors)| Bundle { note, tensors })
}

/// A file whose header says this of one tensor without entries.
fn with_shape(shape: &str) -> Vec<u8> {
    let header = format!(
        r#"{{"__metadata__":{{"attentive":""}},"x":{{"dtype":"F32","shape":[{shape}],"data_offsets":[0,0]}}}}"#
    );
    let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
    bytes.extend(header.as_bytes());
    bytes
}

proptest! {
    #[test]
    fn a_bundle_is_read_as_it_was_written(bundle in bundle()) {
        let bytes = bundle.to_bytes().expect("it is small");
        let again = Bundle::from_bytes(&bytes).expect("it was written");
        // NaN is not equal to itself, its bytes are.
        prop_assert_eq!(again.to_bytes().expect("it is small"), bytes);
        prop_assert_eq!(again.note, bundle.note);
    }

    #[test]
    fn any_bytes_are_a_bundle_or_an_error(bytes in vec(any::<u8>(), 0..400)) {
        let _ = Bundle::from_bytes(&bytes);
        let _ = Pack::from_bytes(&bytes);
    }

    #[test]
    fn a_damaged_bundle_has_no_more_entries_than_bytes(
        bundle in bundle(),
        damage in vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let mut bytes = bundle.to_bytes().expect("it is small");
        for (at, byte) in damage {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if let Ok(read) = Bundle::from_bytes(&bytes) {
            let entries: usize = read.tensors.values().map(Tensor::len).sum();
            prop_assert!(entries <= bytes.len());
        }
        let _ = Pack::from_bytes(&bytes);
    }

    #[test]
    fn a_header_of_any_length_is_refused_before_it_is_read(length in (8_u64 << 20) + 1..) {
        let refused = Bundle::from_bytes(&length.to_le_bytes());
        let is_refused = matches!(refused, Err(BundleError::Header(found)) if found == length);
        prop_assert!(is_refused);
    }

    #[test]
    fn axes_of_any_length_and_number_are_refused_or_empty(
        shape in vec(any::<u64>(), 0..40),
    ) {
        let text: Vec<String> = shape.iter().map(u64::to_string).collect();
        if let Ok(read) = Bundle::from_bytes(&with_shape(&text.join(","))) {
            prop_assert_eq!(read.tensors["x"].len(), 0);
            prop_assert!(shape.len() <= 16);
        }
    }
}

#[test]
fn a_hundred_thousand_axes_are_refused() {
    let refused = Bundle::from_bytes(&with_shape(&["0"; 100_000].join(",")));
    assert!(
        matches!(refused, Err(BundleError::Axes { found: 100_000, .. })),
        "{refused:?}"
    );
}
