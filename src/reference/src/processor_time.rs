//! The processor time of this program, by which runs are compared.

use std::time::Duration;

/// Processor time that this program has used so far. Other programs on the machine do not add to it.
#[cfg(unix)]
pub(crate) fn used() -> Duration {
    use rustix::time::{ClockId, clock_gettime};

    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(
        time.tv_sec.unsigned_abs(),
        time.tv_nsec.unsigned_abs() as u32,
    )
}

/// The time since the first call: this system tells no processor time.
#[cfg(not(unix))]
pub(crate) fn used() -> Duration {
    use std::sync::LazyLock;
    use std::time::Instant;

    static BEGUN: LazyLock<Instant> = LazyLock::new(Instant::now);
    BEGUN.elapsed()
}
