//! Counts that stop somewhere, so that a page takes no longer in a storm.

/// How far is counted. More than that many rows nobody reads one by one.
pub const COUNTED: i64 = 1_000;

/// A count as people read it: what reaches [`COUNTED`] is `999+`.
pub fn tally(count: &u64) -> String {
    if *count < COUNTED.unsigned_abs() { count.to_string() } else { format!("{}+", COUNTED - 1) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_counted_to_the_end_says_so() {
        assert_eq!([0, 7, 999, 1_000, 3_000].map(|count| tally(&count)), ["0", "7", "999", "999+", "999+"]);
    }
}
