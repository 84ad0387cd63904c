//! Turns: one function for some milliseconds, then the other.

use std::hint::black_box;
use std::thread;
use std::time::{Duration, Instant};

use serde::Serialize;

use crate::pair::{Ours, Pair};

/// The least time of a turn.
const TURN: Duration = Duration::from_millis(30);
/// The time in which libtorch's threads, which wait for more work for a while, go to sleep.
const PAUSE: Duration = Duration::from_millis(5);

/// Seconds of a call in each turn. On several threads, several calls run at a time, and this is their time
/// divided by their number.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Turns {
    ours: Vec<f64>,
    peer: Vec<f64>,
    products: Vec<f64>,
}

impl Turns {
    /// Takes turns. The first of each is not counted.
    pub(crate) fn take(pair: &Pair, threads: usize, rounds: usize) -> Self {
        tch::set_num_threads(i32::try_from(threads).unwrap_or(1));
        let libtorch = || drop(black_box((pair.libtorch)()));
        let our_calls = calls(|| ours(&pair.ours, threads, 1));
        let their_calls = calls(|| theirs(libtorch, threads, 1));
        let mut turns = Self::default();
        for round in 0..rounds {
            // Who begins changes: the second may find a warmer or a slower processor.
            if round % 2 == 0 {
                turns.ours.push(ours(&pair.ours, threads, our_calls));
                turns.peer.push(theirs(libtorch, threads, their_calls));
            } else {
                turns.peer.push(theirs(libtorch, threads, their_calls));
                turns.ours.push(ours(&pair.ours, threads, our_calls));
            }
            if let Some(products) = &pair.products {
                turns.products.push(ours(products, threads, our_calls));
            }
        }
        turns
    }
}

/// Returns the number of calls, on each thread, that fill a turn.
fn calls(mut seconds_of_one: impl FnMut() -> f64) -> usize {
    seconds_of_one();
    let seconds = seconds_of_one().max(1e-9);
    (TURN.as_secs_f64() / seconds).ceil() as usize
}

/// Calls the solutions' function on each of the threads.
fn ours(function: &Ours, threads: usize, calls: usize) -> f64 {
    let run = || {
        for _ in 0..calls {
            black_box(function());
        }
    };
    let start = Instant::now();
    thread::scope(|scope| {
        for _ in 1..threads {
            scope.spawn(run);
        }
        run();
    });
    start.elapsed().as_secs_f64() / (threads * calls) as f64
}

/// Calls libtorch's function as often; it divides each call among its threads.
fn theirs(function: impl Fn(), threads: usize, calls: usize) -> f64 {
    let start = Instant::now();
    for _ in 0..threads * calls {
        function();
    }
    let seconds = start.elapsed().as_secs_f64();
    thread::sleep(PAUSE);
    seconds / (threads * calls) as f64
}
