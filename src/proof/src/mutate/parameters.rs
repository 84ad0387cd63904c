//! The parameters of a function, and the constants that programs have in their place.

use syn::{FnArg, Pat, Signature, Type};

/// Numbers that a program may have instead of a parameter, because it was tried with these alone.
const COUNTS: &[&str] = &["2", "12"];

/// The same for real numbers: an ε, a rate.
const REALS: &[&str] = &["1e-5", "0.5"];

/// A parameter by its name, and what may replace it.
#[derive(Debug, Clone)]
pub(super) struct Parameter {
    pub(super) name: String,
    pub(super) constants: Vec<String>,
}

/// Returns the parameters of a signature that are numbers. A count may also be taken from the length of a slice.
pub(super) fn numbers(signature: &Signature) -> Vec<Parameter> {
    let lengths: Vec<String> = named(signature)
        .filter(|(_, kind)| is_slice(kind))
        .map(|(name, _)| format!("{name}.len()"))
        .collect();
    let mut parameters = Vec::new();
    for (name, kind) in named(signature) {
        let constants = match kind {
            Type::Path(path) if path.path.is_ident("usize") => {
                let constants = COUNTS.iter().map(|count| (*count).to_owned());
                constants.chain(lengths.clone()).collect()
            }
            Type::Path(path) if path.path.is_ident("f32") => {
                REALS.iter().map(|real| (*real).to_owned()).collect()
            }
            _ => continue,
        };
        parameters.push(Parameter { name, constants });
    }
    parameters
}

fn named(signature: &Signature) -> impl Iterator<Item = (String, &Type)> {
    signature.inputs.iter().filter_map(|input| match input {
        FnArg::Typed(typed) => match &*typed.pat {
            Pat::Ident(name) => Some((name.ident.to_string(), &*typed.ty)),
            _ => None,
        },
        FnArg::Receiver(_) => None,
    })
}

fn is_slice(kind: &Type) -> bool {
    matches!(kind, Type::Reference(reference) if matches!(*reference.elem, Type::Slice(_)))
}
