//! The peak of the memory that a call allocates, for exercises that bound it.

use std::alloc::{GlobalAlloc, Layout, System};
use std::hint::black_box;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// The bytes that are allocated now.
static ALLOCATED: AtomicUsize = AtomicUsize::new(0);
/// The most that were allocated at a time since the last call began.
static PEAK: AtomicUsize = AtomicUsize::new(0);

/// The system's allocator, which counts what it hands out.
///
/// The `tests/grade.rs` of an exercise with a bound on memory installs it, and counts with
/// [`Case::peak_memory`](crate::Case::peak_memory):
///
/// ```text
/// #[global_allocator]
/// static ALLOCATOR: CountingAllocator = CountingAllocator;
/// ```
#[derive(Debug)]
pub struct CountingAllocator;

fn add(bytes: usize) {
    let allocated = ALLOCATED.fetch_add(bytes, Relaxed) + bytes;
    PEAK.fetch_max(allocated, Relaxed);
}

fn subtract(bytes: usize) {
    ALLOCATED.fetch_sub(bytes, Relaxed);
}

#[expect(unsafe_code)]
// SAFETY: every call goes to the system's allocator as it came, and its result comes back as it is. Counting allocates
// nothing and cannot panic.
unsafe impl GlobalAlloc for CountingAllocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        add(layout.size());
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        add(layout.size());
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // Old and new may exist side by side while one is copied to the other.
        add(size);
        subtract(layout.size());
        unsafe { System.realloc(memory, layout, size) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        subtract(layout.size());
        unsafe { System.dealloc(memory, layout) }
    }
}

/// Calls a function, and returns its result with the most bytes that it had allocated at a time. `None` in place of
/// the bytes when [`CountingAllocator`] is not installed: a count of 0 would keep every bound.
///
/// The result counts as long as it exists, and so does what other threads allocate meanwhile.
pub fn peak_memory<T>(function: impl FnOnce() -> T) -> (T, Option<usize>) {
    let before = ALLOCATED.load(Relaxed);
    PEAK.store(before, Relaxed);
    let result = function();
    let peak = PEAK.load(Relaxed).saturating_sub(before);
    (result, is_installed().then_some(peak))
}

fn is_installed() -> bool {
    let before = ALLOCATED.load(Relaxed);
    PEAK.store(before, Relaxed);
    drop(black_box(Box::new([0_u8; 64])));
    PEAK.load(Relaxed) > before
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_the_allocator_there_is_no_count() {
        assert_eq!(peak_memory(|| vec![0_u8; 1000].len()), (1000, None));
    }
}
