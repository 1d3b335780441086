//! Chance, from a seed.

use std::sync::{Mutex, PoisonError};

use allclear_engine::host::Random;
use jiff::SignedDuration;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};

/// Makes decisions for the fake world.
#[derive(Debug, Clone)]
pub(crate) struct Chance(ChaCha8Rng);

impl Chance {
    pub(crate) fn new(seed: u64) -> Self {
        Self(ChaCha8Rng::seed_from_u64(seed))
    }

    /// A chance of its own for a part, so that more decisions in one part change nothing in another.
    pub(crate) fn part(&mut self) -> Self {
        Self::new(self.0.next_u64())
    }

    /// A number below `end`; 0 when that is 0.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        // The product's upper half is even enough for the small numbers of a small world.
        ((u128::from(self.0.next_u64()) * end as u128) >> 64) as usize
    }

    /// A number from `from` to `to`, both possible.
    pub(crate) fn between(&mut self, from: i64, to: i64) -> i64 {
        from + self.below(usize::try_from(to - from + 1).unwrap_or(1)).cast_signed() as i64
    }

    /// True so many times in a hundred.
    pub(crate) fn percent(&mut self, percent: u32) -> bool {
        self.below(100) < percent as usize
    }

    /// One of them.
    pub(crate) fn pick<'a, T>(&mut self, from: &'a [T]) -> Option<&'a T> {
        from.get(self.below(from.len()))
    }

    /// One of what weighs more than nothing, the more often the more it weighs.
    pub(crate) fn weighed<T: Copy>(&mut self, from: &[(u32, T)]) -> Option<T> {
        let total: u32 = from.iter().map(|(weight, _)| weight).sum();
        let mut place = u32::try_from(self.below(total as usize)).unwrap_or(0);
        from.iter().find_map(|(weight, one)| {
            if place < *weight {
                return Some(*one);
            }
            place -= weight;
            None
        })
    }

    /// A span between two, by the millisecond.
    pub(crate) fn span(&mut self, from: SignedDuration, to: SignedDuration) -> SignedDuration {
        let (from, to) = (from.as_millis(), to.as_millis());
        SignedDuration::from_millis(self.between(from as i64, to as i64))
    }

    /// A span of about that mean, short ones more often than long ones: the time between things that know nothing of
    /// each other.
    pub(crate) fn about(&mut self, mean: SignedDuration) -> SignedDuration {
        let unit = (self.0.next_u64() >> 11) as f64 / (1u64 << 53) as f64;
        mean.mul_f64(-(1.0 - unit).ln()).max(SignedDuration::from_millis(1))
    }
}

/// The engine's random bytes, from a seed.
#[derive(Debug)]
pub(crate) struct SeededRandom(Mutex<ChaCha8Rng>);

impl SeededRandom {
    pub(crate) fn new(seed: u64) -> Self {
        Self(Mutex::new(ChaCha8Rng::seed_from_u64(seed)))
    }
}

impl Random for SeededRandom {
    fn fill(&self, bytes: &mut [u8]) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).fill_bytes(bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_decides_the_same() {
        let (mut one, mut other) = (Chance::new(7), Chance::new(7));
        for _ in 0..100 {
            let number = one.between(3, 9);
            assert!((3..=9).contains(&number));
            assert_eq!(number, other.between(3, 9));
        }
        assert_eq!(one.weighed(&[(0, 'a'), (5, 'b'), (0, 'c')]), Some('b'));
        assert_eq!(one.weighed(&[(0, 'a')]), None);
        assert_eq!(one.pick::<u8>(&[]), None);
    }

    #[test]
    fn spans_are_about_as_long_as_asked_for() {
        let mut chance = Chance::new(1);
        let total: SignedDuration = (0..1_000)
            .map(|_| chance.about(SignedDuration::from_mins(10)))
            .fold(SignedDuration::ZERO, |sum, one| sum + one);
        assert!((8_000..12_000).contains(&total.as_mins()), "{total}");
    }
}
