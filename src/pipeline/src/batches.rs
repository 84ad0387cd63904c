//! Batches of pieces of equal or nearly equal length, on several threads; results come back in the order of the pieces.

use std::panic::resume_unwind;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crate::error::PipelineError;

/// Number of pieces in a batch, at most.
const PIECES: usize = 32;

/// Number of tokens in a batch at most, padding included; a longer piece is a batch of its own.
const TOKENS: usize = 4096;

/// Runs `work` on batches, which are lists of indices of pieces, and returns one result for each piece.
///
/// `lengths` are the numbers of tokens of the pieces. `done` is told how many pieces are finished after each batch.
///
/// # Errors
/// The error of a batch; batches that have not begun are then left out.
pub(crate) fn run<T: Send>(
    lengths: &[usize],
    threads: usize,
    work: impl Fn(&[usize]) -> Result<Vec<T>, PipelineError> + Sync,
    done: impl Fn(usize) + Sync,
) -> Result<Vec<T>, PipelineError> {
    // As many as a thread's share: with larger batches some threads would have none.
    let pieces = lengths.len().div_ceil(threads).clamp(1, PIECES);
    let batches = batches(lengths, pieces);
    let next = AtomicUsize::new(0);
    let finished: Mutex<Vec<(usize, T)>> = Mutex::new(Vec::with_capacity(lengths.len()));
    let worker = || -> Result<(), PipelineError> {
        while let Some(batch) = batches.get(next.fetch_add(1, Ordering::Relaxed)) {
            let results =
                work(batch).inspect_err(|_| next.store(batches.len(), Ordering::Relaxed))?;
            let mut finished = finished
                .lock()
                .unwrap_or_else(|poisoned| poisoned.into_inner());
            finished.extend(batch.iter().copied().zip(results));
            done(finished.len());
        }
        Ok(())
    };
    thread::scope(|scope| {
        // This thread is one of them: with one thread, none is started.
        let others: Vec<_> = (1..threads.min(batches.len()))
            .map(|_| scope.spawn(worker))
            .collect();
        let mut result = worker();
        for other in others {
            match other.join() {
                Ok(ended) => result = result.and(ended),
                Err(panic) => resume_unwind(panic),
            }
        }
        result
    })?;
    let mut finished = finished
        .into_inner()
        .unwrap_or_else(|poisoned| poisoned.into_inner());
    finished.sort_by_key(|(index, _)| *index);
    Ok(finished.into_iter().map(|(_, result)| result).collect())
}

/// Puts at most so many pieces of similar length together, the longest first: what takes longest begins first.
fn batches(lengths: &[usize], pieces: usize) -> Vec<Vec<usize>> {
    let mut order: Vec<usize> = (0..lengths.len()).collect();
    order.sort_by_key(|&index| std::cmp::Reverse(lengths[index]));
    let mut batches: Vec<Vec<usize>> = Vec::new();
    for index in order {
        match batches.last_mut() {
            // The first is the longest, and the others are padded to its length.
            Some(batch)
                if batch.len() < pieces && (batch.len() + 1) * lengths[batch[0]] <= TOKENS =>
            {
                batch.push(index);
            }
            _ => batches.push(vec![index]),
        }
    }
    batches
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_of_similar_length_are_together_and_results_keep_their_order() {
        let lengths: Vec<usize> = (0..100).map(|index| (index * 37) % 101).collect();
        for threads in [1, 3] {
            let results = run(
                &lengths,
                threads,
                |batch| Ok(batch.iter().map(|&index| (index, lengths[index])).collect()),
                |_| (),
            )
            .expect("nothing fails");
            let expected: Vec<_> = lengths.iter().copied().enumerate().collect();
            assert_eq!(results, expected);
        }
        let batches = batches(&lengths, PIECES);
        let (longest, shortest) = (&batches[0], &batches[batches.len() - 1]);
        assert_eq!(longest.len(), PIECES);
        let least = longest.iter().map(|&index| lengths[index]).min();
        let most = shortest.iter().map(|&index| lengths[index]).max();
        assert!(least >= most);
    }

    #[test]
    fn long_pieces_are_alone() {
        assert_eq!(
            batches(&[10, 5000, 3000], PIECES),
            [vec![1], vec![2], vec![0]]
        );
        assert!(batches(&[], PIECES).is_empty());
    }

    #[test]
    fn the_first_error_ends_the_work() {
        let lengths = [4000; 10];
        let begun = AtomicUsize::new(0);
        let failing = |_: &[usize]| -> Result<Vec<()>, PipelineError> {
            begun.fetch_add(1, Ordering::Relaxed);
            Err(PipelineError::NoText)
        };
        run(&lengths, 1, failing, |_| ()).expect_err("each batch fails");
        assert_eq!(begun.into_inner(), 1);
    }

    #[test]
    fn each_thread_has_something_to_do() {
        let sizes = Mutex::new(Vec::new());
        let work = |batch: &[usize]| {
            sizes.lock().expect("no test panics").push(batch.len());
            Ok(batch.to_vec())
        };
        run(&[16; 12], 3, work, |_| ()).expect("nothing fails");
        assert_eq!(sizes.into_inner().expect("no test panics"), [4, 4, 4]);
    }
}
