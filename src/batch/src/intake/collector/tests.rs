use proptest::prelude::*;

use super::*;
use crate::intake::softmax_course;

/// Parts of paths that mean something to the collector, or to a file system.
fn path() -> impl Strategy<Value = Vec<u8>> {
    let part = prop_oneof![
        4 => Just("exercises".to_owned().into_bytes()),
        4 => Just("01-softmax".to_owned().into_bytes()),
        4 => Just("src".to_owned().into_bytes()),
        4 => Just("lib.rs".to_owned().into_bytes()),
        1 => Just("..".to_owned().into_bytes()),
        1 => Just(".".to_owned().into_bytes()),
        1 => Just(Vec::new()),
        1 => r"[a-z]{1,3}(\.rs)?".prop_map(String::into_bytes),
        1 => proptest::collection::vec(any::<u8>(), 0..300),
    ];
    let separator = prop_oneof![4 => Just(b'/'), 1 => Just(b'\\')];
    (proptest::collection::vec(part, 0..8), separator)
        .prop_map(|(parts, separator)| parts.join(&separator))
}

fn kind() -> impl Strategy<Value = EntryKind> {
    prop_oneof![
        6 => any::<u64>().prop_map(|size| EntryKind::File { size }),
        6 => (0..100_u64).prop_map(|size| EntryKind::File { size }),
        1 => Just(EntryKind::Folder),
        1 => Just(EntryKind::SymbolicLink),
        1 => Just(EntryKind::Special),
    ]
}

proptest! {
    #[test]
    fn no_path_leads_out_and_no_content_is_too_large(
        entries in proptest::collection::vec((path(), kind(), any::<bool>()), 0..20),
    ) {
        let mut collector = Collector::new(softmax_course());
        for (path, kind, is_endless) in entries {
            // The size that an archive declares need not be so.
            let mut endless = io::repeat(b'x');
            let mut short = &b"fn f() {}"[..];
            let reader: &mut dyn Read = if is_endless { &mut endless } else { &mut short };
            collector.visit(&path, kind, reader).expect("there are few entries");
        }
        let Findings { collected, unused, .. } = collector.finish();
        for (exercise, collected) in collected {
            prop_assert_eq!(exercise, "01-softmax");
            let Collected::Sources(sources) = collected else { continue };
            let size: usize = sources.values().map(String::len).sum();
            prop_assert!(size as u64 <= MAX_SOURCE_BYTES && sources.len() <= MAX_FILES);
            for file in sources.keys() {
                prop_assert!(file.len() <= MAX_PATH_BYTES && file.ends_with(".rs"), "{file}");
                prop_assert!(!file.starts_with('/') && !file.split('/').any(|part| part == ".."), "{file}");
                prop_assert!(!file.chars().any(char::is_control), "{file}");
                let is_folder = sources.keys().any(|other| other.starts_with(&format!("{file}/")));
                prop_assert!(!is_folder, "{file}");
            }
        }
        prop_assert!(unused.len() <= MAX_LISTED + 1);
        prop_assert!(unused.iter().all(|line| !line.contains('\u{1b}')), "{unused:?}");
    }
}
