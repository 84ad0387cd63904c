//! The numbers that the hub's library computed: `src/reference/checkpoints.py`.

use std::fs;

use attentive_models::States;
use ndarray::{Array, Array2, Array4, ArrayD, ArrayViewD, Axis, RemoveAxis, concatenate};
use safetensors::{Dtype, SafeTensors};

use crate::fixture::folder;

/// The largest difference of a number near 1 that rounding explains. Of all numbers in all folders, the worst differs by a
/// quarter of it.
pub(crate) const TOLERANCE: f32 = 1e-5;

/// The results that the library computed.
pub(crate) struct Expected {
    name: &'static str,
    bytes: Vec<u8>,
}

impl Expected {
    pub(crate) fn read(name: &'static str) -> Self {
        let bytes = fs::read(folder(name).join("expected.safetensors")).expect("a sound fixture");
        Self { name, bytes }
    }

    fn tensors(&self) -> SafeTensors<'_> {
        SafeTensors::deserialize(&self.bytes).expect("a sound fixture")
    }

    pub(crate) fn floats(&self, name: &str) -> ArrayD<f32> {
        let tensors = self.tensors();
        let tensor = tensors.tensor(name).expect("a sound fixture");
        assert_eq!(tensor.dtype(), Dtype::F32);
        let bytes = tensor.data().chunks_exact(size_of::<f32>());
        let numbers =
            bytes.map(|bytes| f32::from_le_bytes(bytes.try_into().expect("a sound fixture")));
        ArrayD::from_shape_vec(tensor.shape(), numbers.collect()).expect("a sound fixture")
    }

    pub(crate) fn integers(&self, name: &str) -> Array2<usize> {
        let tensors = self.tensors();
        let tensor = tensors.tensor(name).expect("a sound fixture");
        assert_eq!(tensor.dtype(), Dtype::I64);
        let bytes = tensor.data().chunks_exact(size_of::<i64>());
        let numbers = bytes
            .map(|bytes| i64::from_le_bytes(bytes.try_into().expect("a sound fixture")) as usize);
        Array2::from_shape_vec((tensor.shape()[0], tensor.shape()[1]), numbers.collect())
            .expect("a sound fixture")
    }

    fn count(&self, start: &str) -> usize {
        let tensors = self.tensors();
        let names = tensors.names().into_iter();
        names.filter(|name| name.starts_with(start)).count()
    }

    pub(crate) fn assert_equal(&self, name: &str, found: ArrayViewD<'_, f32>) {
        let expected = self.floats(name);
        assert_eq!(found.shape(), expected.shape(), "{}: {name}", self.name);
        for ((place, expected), found) in expected.indexed_iter().zip(found) {
            let allowed = TOLERANCE * expected.abs().max(1.0);
            assert!(
                (expected - found).abs() <= allowed,
                "{}: {name} at {place:?}: expected {expected}, found {found}",
                self.name
            );
        }
    }

    pub(crate) fn assert_states(&self, states: &States) {
        self.assert_states_of("", states);
    }

    /// Compares the states of a part of the model, whose names begin in this way.
    pub(crate) fn assert_states_of(&self, part: &str, states: &States) {
        assert_eq!(states.hidden.len(), self.count(&format!("{part}hidden.")));
        self.assert_layers(&format!("{part}attentions."), &states.attentions);
        for (layer, hidden) in states.hidden.iter().enumerate() {
            self.assert_equal(&format!("{part}hidden.{layer}"), hidden.view().into_dyn());
        }
    }

    /// Compares the attention weights of all layers.
    pub(crate) fn assert_layers(&self, name: &str, layers: &[Array4<f32>]) {
        assert_eq!(layers.len(), self.count(name), "{}: {name}", self.name);
        for (layer, weights) in layers.iter().enumerate() {
            self.assert_equal(&format!("{name}{layer}"), weights.view().into_dyn());
        }
    }
}

/// Puts the states of texts of one length together.
pub(crate) fn batch_of_states(texts: &[&States]) -> States {
    let layers = |number: usize| 0..number;
    States {
        hidden: layers(texts[0].hidden.len())
            .map(|layer| batch(texts.iter().map(|text| &text.hidden[layer])))
            .collect(),
        attentions: layers(texts[0].attentions.len())
            .map(|layer| batch(texts.iter().map(|text| &text.attentions[layer])))
            .collect(),
    }
}

/// Puts arrays of texts of one length together.
pub(crate) fn batch<'a, D: RemoveAxis + 'a>(
    texts: impl Iterator<Item = &'a Array<f32, D>>,
) -> Array<f32, D> {
    let views: Vec<_> = texts.map(|text| text.view()).collect();
    concatenate(Axis(0), &views).expect("texts of one length")
}
