//! Measures functions of the solutions and what libtorch has for them: in one process, on as many threads, in turn.
//!
//! It prints a line of JSON for each function, size and number of threads; `tests/bench/kernels.py` makes ratios of them.
//! (Criterion and divan measure one function to the end before the next. Here both take turns of some milliseconds, so
//! that a ratio is of two measurements which see the same machine.)

mod decoding;
mod functions;
mod numbers;
mod pair;
mod turns;

use clap::Parser;
use serde::Serialize;

use functions::Function;
use pair::Pair;
use turns::Turns;

/// Entries may differ by this share of the largest.
const AGREEMENT: f32 = 1e-3;

/// Measures functions of the solutions next to libtorch's.
#[derive(Parser)]
struct Arguments {
    /// The sizes: rows and columns of a matrix, or positions of a sequence.
    #[arg(long, num_args = 1.., default_values_t = [64, 128, 256, 512, 1024, 2048])]
    sizes: Vec<usize>,
    /// The numbers of threads.
    #[arg(long, num_args = 1.., default_values_t = [1, 2])]
    threads: Vec<usize>,
    /// The turns of each.
    #[arg(long, default_value_t = 9)]
    rounds: usize,
    /// The functions, if not all.
    #[arg(long, num_args = 1.., value_enum)]
    only: Vec<Function>,
}

/// A line of the output: what one call took in each turn, in seconds.
#[derive(Serialize)]
struct Line<'a> {
    function: &'a str,
    beside: &'a str,
    size: usize,
    threads: usize,
    #[serde(flatten)]
    turns: Turns,
}

fn main() -> serde_json::Result<()> {
    let arguments = Arguments::parse();
    let _guard = tch::no_grad_guard();
    for function in Function::all() {
        if !arguments.only.is_empty() && !arguments.only.contains(&function) {
            continue;
        }
        for &size in &arguments.sizes {
            let pair = function.pair(size);
            check(function.name(), size, &pair);
            for &threads in &arguments.threads {
                let line = Line {
                    function: function.name(),
                    beside: function.beside(),
                    size,
                    threads,
                    turns: Turns::take(&pair, threads, arguments.rounds),
                };
                println!("{}", serde_json::to_string(&line)?);
            }
        }
    }
    Ok(())
}

/// Checks that both compute the same: otherwise there is nothing to compare.
fn check(name: &str, size: usize, pair: &Pair) {
    let ours = (pair.ours)();
    let theirs = numbers::from_libtorch(&(pair.libtorch)());
    assert_eq!(ours.len(), theirs.len(), "{name} {size}: as many entries");
    let largest = theirs.iter().fold(0.0_f32, |most, x| most.max(x.abs()));
    for (ours, theirs) in ours.iter().zip(theirs) {
        let distance = (ours - theirs).abs();
        assert!(
            distance <= AGREEMENT * largest,
            "{name} {size}: expected {theirs}, found {ours}"
        );
    }
}
