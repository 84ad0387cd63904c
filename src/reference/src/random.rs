//! The random numbers that inputs are made of.

use std::sync::{Mutex, MutexGuard, PoisonError};

use tch::{Device, Kind, Tensor};

/// Held while libtorch's generator is seeded, of which a process has only one.
static GENERATOR: Mutex<()> = Mutex::new(());

/// libtorch's random numbers, seeded for one case.
#[derive(Debug)]
pub struct Random(
    #[expect(dead_code, reason = "held until the case's numbers are drawn")]
    MutexGuard<'static, ()>,
);

impl Random {
    /// Seeds libtorch from a seed and a name, so that a new case leaves the numbers of all others as they are.
    ///
    /// Waits until every other `Random` has been dropped.
    pub fn new(seed: u64, name: &str) -> Self {
        // FNV-1a: the hashers of the standard library may change with its version.
        let hash = name
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325_u64 ^ seed, |hash, byte| {
                (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
            });
        let alone = GENERATOR.lock().unwrap_or_else(PoisonError::into_inner);
        tch::manual_seed(hash as i64);
        Self(alone)
    }

    /// Standard normal numbers.
    pub fn normal(&self, shape: &[i64]) -> Tensor {
        Tensor::randn(shape, (Kind::Float, Device::Cpu))
    }

    /// Numbers that are equally likely everywhere from `low` up to `high`, without it.
    pub fn uniform(&self, shape: &[i64], low: f64, high: f64) -> Tensor {
        Tensor::rand(shape, (Kind::Float, Device::Cpu)) * (high - low) + low
    }

    /// The whole numbers from 0 up to `n`, without it, in a random order.
    pub fn permutation(&self, n: i64) -> Tensor {
        Tensor::randperm(n, (Kind::Int64, Device::Cpu))
    }

    /// A whole number from 0 up to `n`, without it.
    pub fn below(&self, n: i64) -> i64 {
        self.permutation(n).int64_value(&[0])
    }
}
