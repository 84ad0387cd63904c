//! Random numbers that are the same on every machine, for cases that draw more of them than a pack should hold.

/// Returns an endless sequence of random numbers, evenly distributed from 0 up to 1, without 1, that a seed decides.
///
/// They are the upper 24 bits of SplitMix64 (Steele, Lea and Flood 2014), so that each number is exact in `f32`.
pub fn uniform(seed: u64) -> impl Iterator<Item = f32> {
    let mut state = seed;
    std::iter::repeat_with(move || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = state;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^= bits >> 31;
        (bits >> 40) as f32 / (1_u32 << 24) as f32
    })
}

#[cfg(test)]
mod tests {
    use super::uniform;

    #[test]
    fn the_first_numbers_are_those_of_splitmix64() {
        // The generator's published test vector for the seed 1234567.
        let bits = [6_457_827_717_110_365_317_u64, 3_203_168_211_198_807_973];
        let expected = bits.map(|bits| (bits >> 40) as f32 / 16_777_216.0);
        assert_eq!(uniform(1_234_567).take(2).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn a_tenth_of_the_numbers_is_in_each_tenth() {
        let mut counts = [0_usize; 10];
        for number in uniform(42).take(20_000) {
            counts[(number * 10.0) as usize] += 1;
        }
        assert!(
            counts.iter().all(|count| (1_800..2_200).contains(count)),
            "{counts:?}"
        );
    }
}
