//! The beginning of a text that need not be read again.

/// The number of tokens of a text whose keys and values need not be computed again, because the text that was read before
/// begins with the same ones. The last token is none of them: the scores come from its state, which is not kept. There is
/// one token at least.
pub fn kept(before: &[usize], tokens: &[usize]) -> usize {
    let pairs = tokens.iter().zip(before);
    let same = pairs.take_while(|(token, before)| token == before).count();
    same.min(tokens.len() - 1)
}
