//! The naming of mistakes in curves, of which several begin alike.

use std::collections::BTreeMap;

use attentive_grader::{
    Case, Failure, Labels, Mistake, Output, OutputKind, Pack, Reply, Respond, Tensor, grade,
};
use ndarray::arr1;

use crate::small_pack;

const RIGHT: [f32; 6] = [6.0, 5.0, 4.0, 3.0, 2.0, 1.0];
/// Two runs that are the same up to step 4.
const FIRST: [f32; 6] = [6.0, 5.5, 5.1, 4.9, 4.8, 4.7];
const SECOND: [f32; 6] = [6.0, 5.5, 5.1, 4.9, 5.2, 5.9];

fn pack() -> Pack {
    let output = Output {
        name: "losses".into(),
        axes: vec!["step".into()],
        labels: Labels::new(),
        kind: OutputKind::Curve { tolerance: None },
    };
    let mistake = |id: &str| Mistake {
        id: id.into(),
        cases: vec!["run".into()],
        unknown_in: vec![],
        form_of: None,
    };
    let curve = |name: &str, numbers: [f32; 6]| {
        let name = format!("f/run/{name}/losses");
        (name, Tensor::from(arr1(&numbers)))
    };
    let tensors = BTreeMap::from([
        curve("expected", RIGHT),
        curve("mistake/first", FIRST),
        curve("mistake/second", SECOND),
    ]);
    small_pack::pack(
        output,
        &["run"],
        vec![mistake("first"), mistake("second")],
        tensors,
    )
}

struct Answer([f32; 6]);

impl Respond for Answer {
    fn respond(&mut self, _: &str, _: &Case) -> Result<Reply, Failure> {
        Ok(Reply::default().and("losses", arr1(&self.0)))
    }
}

#[test]
fn of_two_that_begin_alike_the_one_that_ends_alike_is_named() {
    let pack = pack();
    for (answer, expected) in [(FIRST, "first"), (SECOND, "second")] {
        let graded = grade(&pack, &pack.manifest().tasks[0], &mut Answer(answer));
        let failed = graded.first_failure().expect("it is wrong");
        let named = failed.mistake.as_ref().expect("it is recorded");
        assert_eq!(named.id, expected);
    }
}
