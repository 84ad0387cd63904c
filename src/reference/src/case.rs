//! The inputs of a case, and the random numbers that they are made of.

use std::borrow::Borrow;
use std::collections::BTreeMap;
use std::ops::Index;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tch::{Device, Kind, Tensor};

/// Named tensors.
#[derive(Debug, Default)]
pub struct Inputs(BTreeMap<&'static str, Tensor>);

impl Inputs {
    /// One input more.
    #[must_use]
    pub fn with(mut self, name: &'static str, tensor: impl Into<Tensor>) -> Self {
        self.0.insert(name, tensor.into());
        self
    }

    /// The same, with something added to one of them.
    #[must_use]
    pub fn plus(self, name: &'static str, addend: impl Borrow<Tensor>) -> Self {
        let sum = &self[name] + addend.borrow();
        self.with(name, sum)
    }

    /// An input that only some cases have.
    pub fn get(&self, name: &str) -> Option<&Tensor> {
        self.0.get(name)
    }

    /// A size: a number of heads, a length, an offset.
    pub fn size(&self, name: &str) -> i64 {
        self[name].int64_value(&[])
    }

    /// All inputs by name.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &Tensor)> {
        self.0.iter().map(|(name, tensor)| (*name, tensor))
    }
}

impl Index<&str> for Inputs {
    type Output = Tensor;

    fn index(&self, name: &str) -> &Tensor {
        &self.0[name]
    }
}

/// libtorch has one generator for the whole process: whoever has seeded it has it alone.
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

    /// The whole numbers from 0 up to `n`, without it, in a random order.
    pub fn order(&self, n: i64) -> Tensor {
        Tensor::randperm(n, (Kind::Int64, Device::Cpu))
    }

    /// A whole number from 0 up to `n`, without it.
    pub fn below(&self, n: i64) -> i64 {
        self.order(n).int64_value(&[0])
    }
}
