//! The folders of trained models, from the root of the course.

/// The models that ship with the course.
pub(crate) const SHIPPED: &str = "src/models/shipped";
/// The models that were trained with no other folder named.
pub(crate) const TRAINED: &str = "target/attentive/models";
