//! Slots: the places at which jobs run at one time.

use crate::sandbox::allowed_cores;

/// One of the places at which jobs run at one time.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Slot {
    /// Tells it from the others.
    pub(crate) number: usize,
    /// The core that students' programs run on, if they may not run on all.
    pub(crate) core: Option<usize>,
}

impl Slot {
    /// Makes a number of slots.
    pub(crate) fn some(number: usize) -> Vec<Self> {
        let slot = |number| Self { number, core: None };
        (1..=number).map(slot).collect()
    }

    /// Makes slots with a core of their own each: no more than there are cores.
    pub(crate) fn with_cores(most: usize) -> Vec<Self> {
        let mut slots = Vec::new();
        for (nth, core) in allowed_cores().into_iter().take(most).enumerate() {
            slots.push(Self {
                number: nth + 1,
                core: Some(core),
            });
        }
        slots
    }
}
