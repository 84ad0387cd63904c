//! A class on a cluster: real `slurmctld`, `slurmd` and `munged`, several nodes on this machine.
//!
//! `cargo test -p attentive-batch --features slurm-tests --test slurm`, as root: each node is in namespaces of its own. These
//! tests need Debian's `slurmctld slurmd slurm-client munge bubblewrap parallel` and Python with `tests/requirements.txt`, and
//! fail without them.

mod book;
#[path = "../sandbox/class.rs"]
#[expect(dead_code, reason = "the tests of the sandbox need more of it")]
mod class;
mod cluster;
mod failures;
mod lost_node;
mod run;
