//! Work that several threads share.

use std::panic::resume_unwind;
use std::thread;

/// Runs `work` on each item, on so many threads, and returns the results in the order of the items.
///
/// Which thread works on which item does not change what it computes, so the results do not depend on the number of threads.
pub(crate) fn map<T: Sync, R: Send>(
    items: &[T],
    threads: usize,
    work: impl Fn(&T) -> R + Sync,
) -> Vec<R> {
    if threads == 1 {
        return items.iter().map(work).collect();
    }
    let share = items.len().div_ceil(threads).max(1);
    let work = &work;
    thread::scope(|scope| {
        let mut workers = Vec::new();
        for items in items.chunks(share) {
            workers.push(scope.spawn(move || items.iter().map(work).collect::<Vec<R>>()));
        }
        let mut results = Vec::new();
        for worker in workers {
            match worker.join() {
                Ok(of_one) => results.extend(of_one),
                Err(panic) => resume_unwind(panic),
            }
        }
        results
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_the_order_of_the_items() {
        let items: Vec<usize> = (0..10).collect();
        let squares: Vec<usize> = items.iter().map(|item| item * item).collect();
        for threads in [1, 2, 3, 10, 99] {
            assert_eq!(map(&items, threads, |item| item * item), squares);
        }
        assert!(map(&[], 4, |item: &usize| *item).is_empty());
    }
}
