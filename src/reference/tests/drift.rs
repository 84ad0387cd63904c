//! The packs in the repository are what libtorch computes today.

use std::path::Path;

use attentive_grader::{Comparison, Pack, Tensor, Tolerance};
use attentive_reference::{SEED, exercises, record};

/// Other processors round otherwise: a tenth of what learners are allowed.
const PART: f32 = 0.1;

#[test]
fn packs_have_not_drifted() {
    for (folder, exercise) in exercises() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../../solutions")
            .join(folder)
            .join("golden.safetensors");
        let stored = Pack::load(&path).unwrap_or_else(|error| panic!("{error}"));
        let fresh = record(&exercise, SEED).unwrap_or_else(|error| panic!("{folder}: {error}"));
        assert_eq!(
            stored.manifest(),
            fresh.manifest(),
            "{folder}: `cargo run -p attentive-reference -- record` brings it up to date"
        );
        let names = |pack: &Pack| pack.tensors().keys().cloned().collect::<Vec<_>>();
        assert_eq!(names(&stored), names(&fresh), "{folder}: the same tensors");
        let Tolerance { absolute, relative } = stored.manifest().tolerance;
        let tolerance = Tolerance {
            absolute: absolute * PART,
            relative: relative * PART,
        };
        for (name, stored) in stored.tensors() {
            match (&fresh.tensors()[name], stored) {
                (Tensor::F32(fresh), Tensor::F32(stored)) => {
                    let comparison = Comparison::new(fresh, stored, tolerance);
                    let largest = comparison.map_or(f64::INFINITY, |comparison| comparison.largest);
                    assert!(
                        largest <= 1.0,
                        "{folder}: {name} is off by {largest} tenths of the tolerance"
                    );
                }
                (fresh, stored) => assert_eq!(fresh, stored, "{folder}: {name}"),
            }
        }
    }
}

#[test]
fn hidden_packs_of_other_seeds_tell_mistakes_apart_too() {
    for (folder, exercise) in exercises() {
        for seed in 1..=5 {
            let pack = record(&exercise, seed)
                .unwrap_or_else(|error| panic!("{folder}, seed {seed}: {error}"));
            assert_eq!(pack.manifest().seed, seed);
        }
    }
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    for (folder, exercise) in exercises() {
        let bytes = || {
            record(&exercise, SEED)
                .and_then(|pack| Ok(pack.to_bytes()?))
                .unwrap_or_else(|error| panic!("{folder}: {error}"))
        };
        assert!(bytes() == bytes(), "{folder}: two recordings differ");
    }
}
