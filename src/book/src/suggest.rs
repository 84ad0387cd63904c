//! The name that an author probably meant.

/// Suggests writing `near` if there is a similar name, and `other` otherwise.
pub(crate) fn suggest_or(near: Option<&str>, other: &str) -> String {
    near.map_or_else(
        || other.to_owned(),
        |near| format!("write {near}, if you meant that"),
    )
}

/// Returns the name of `known` that differs least from `name`, and by no more than a typing error.
pub(crate) fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a String>) -> Option<&'a str> {
    let most = 1 + name.len() / 6;
    known
        .map(|known| (strsim::damerau_levenshtein(name, known), known.as_str()))
        .filter(|(distance, _)| *distance <= most)
        .min()
        .map(|(_, known)| known)
}
