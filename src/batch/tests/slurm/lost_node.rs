//! A node is lost in the middle.

use std::process::Stdio;
use std::time::Duration;

use crate::class::said;
use crate::cluster::{Cluster, Partition, run, wait_until};
use crate::run::{class_of, command, grades, hand_in, keys, node_of, out, record, times_graded};

#[test]
fn a_class_has_the_grades_of_one_run_and_nothing_twice_though_a_node_is_lost() {
    const STUDENTS: usize = 10;
    let class = class_of(STUDENTS);
    let expected = class.grade(&[]);
    let mut cluster = Cluster::start(&[Partition {
        name: "main",
        nodes: &["n1", "n2"],
        prepare: String::new(),
    }]);

    let running = command(&class, &cluster, &["--nodes", "2"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it runs");
    // One of the two has graded the stub and a student, and has some left.
    let mut lost = None;
    wait_until(Duration::from_secs(120), "a part on n2", || {
        lost = (1..=2).find(|part| {
            node_of(&class, *part).as_deref() == Some("n2") && keys(&class, *part).len() >= 2
        });
        lost.is_some()
    });
    let lost = lost.expect("a part");
    cluster.kill_node("n2");
    let before = keys(&class, lost);
    let array = record(&class)["arrays"][lost.to_string()].clone();
    cluster.start_again(&format!("{}_{lost}", array.as_str().expect("a number")));

    let output = running.wait_with_output().expect("it ends");
    assert!(output.status.success(), "{}", said(&output));
    assert_eq!(grades(&out(&class)), expected);
    // The journal went on where it was, and the part was not finished before.
    let after = keys(&class, lost);
    assert!(after.len() > before.len() && after.starts_with(&before));
    let times = times_graded(&class);
    // Each student, and the stub, which each part looks at.
    assert_eq!(times.len(), STUDENTS + 1, "{times:?}");
    let twice: Vec<_> = times.iter().filter(|(_, times)| **times > 1).collect();
    assert_eq!(twice.len(), 1, "{times:?}");

    // Once more, it says how it went, and submits nothing.
    let submitted = record(&class);
    run(command(&class, &cluster, &[]));
    assert_eq!(record(&class), submitted);

    // Late work is graded, and only that.
    hand_in(&class, STUDENTS);
    let expected = class.grade(&[]);
    run(command(&class, &cluster, &[]));
    assert_eq!(grades(&out(&class)), expected);
    assert_eq!(times_graded(&class).len(), STUDENTS + 2);
}
