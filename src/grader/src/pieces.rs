//! Pieces of text that pairs of ids make: the first 256 ids are the single bytes, and each pair joins two ids into the
//! next.

/// The most bytes of a piece that are kept: a wrong answer may have joined pieces of any length.
pub(crate) const LONGEST: usize = 48;

/// Returns the bytes of each id: the single bytes first, then what each pair joins.
pub(crate) fn pieces_of_pairs(pairs: &[(usize, usize)]) -> Vec<Vec<u8>> {
    let mut pieces = single_bytes();
    for &(left, right) in pairs {
        let pair = [left, right].map(|id| i64::try_from(id).unwrap_or(i64::MAX));
        pieces.push(joined(&pair, &pieces));
    }
    pieces
}

/// Returns the pieces of single bytes.
pub(crate) fn single_bytes() -> Vec<Vec<u8>> {
    (0..=u8::MAX).map(|byte| vec![byte]).collect()
}

/// Returns the bytes of the pieces of a pair, one after the other. Ids without a piece have none.
pub(crate) fn joined(pair: &[i64], pieces: &[Vec<u8>]) -> Vec<u8> {
    let known = |id: &i64| usize::try_from(*id).ok().and_then(|id| pieces.get(id));
    let mut joined = pair
        .iter()
        .filter_map(known)
        .flatten()
        .copied()
        .collect::<Vec<_>>();
    joined.truncate(LONGEST);
    joined
}
