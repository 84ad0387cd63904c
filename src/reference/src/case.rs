//! The inputs of a case, and the random numbers that they are made of.

use std::collections::BTreeMap;
use std::ops::Index;

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

/// libtorch's random numbers, seeded for one case.
#[derive(Debug)]
pub struct Random(());

impl Random {
    /// Seeds libtorch from a seed and a name, so that a new case leaves the numbers of all others as they are.
    ///
    /// libtorch has one generator for the whole process: make a case's inputs before you seed the next.
    pub fn new(seed: u64, name: &str) -> Self {
        // FNV-1a: the hashers of the standard library may change with its version.
        let hash = name.bytes().fold(0xcbf2_9ce4_8422_2325_u64 ^ seed, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        tch::manual_seed(hash as i64);
        Self(())
    }

    /// Standard normal numbers.
    pub fn normal(&self, shape: &[i64]) -> Tensor {
        Tensor::randn(shape, (Kind::Float, Device::Cpu))
    }
}
