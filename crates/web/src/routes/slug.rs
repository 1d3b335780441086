//! Short names for addresses, made from names.

use allclear_core::directory::{Directory, Kind};
use allclear_core::limits;

/// A short name for a new thing of this kind, made from its name: `Payments API` becomes `payments-api`, or
/// `payments-api-2` where that is taken.
pub(super) fn free(directory: &Directory, kind: Kind, name: &str) -> String {
    let plain = of(name);
    let stem = if plain.is_empty() { kind.word().to_owned() } else { plain };
    let numbered = (2..).map(|number: u32| format!("{stem}-{number}"));
    let mut candidates = std::iter::once(stem.clone()).chain(numbered);
    candidates.find(|slug| directory.by_slug(kind, slug).is_none()).unwrap_or(stem)
}

fn of(name: &str) -> String {
    let mut slug = String::new();
    // Room is left for a number.
    for letter in name.to_lowercase().chars().take(limits::SLUG_CHARACTERS - 8) {
        if letter.is_ascii_alphanumeric() {
            slug.push(letter);
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    slug.trim_end_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_short_names() {
        let directory = Directory::default();
        for (name, slug) in
            [("Payments API", "payments-api"), ("  Über – 9  ", "ber-9"), ("日本", "service"), ("a--b", "a-b")]
        {
            assert_eq!(free(&directory, Kind::Service, name), slug);
        }
        assert!(free(&directory, Kind::Service, &"x".repeat(500)).len() <= limits::SLUG_CHARACTERS);
    }
}
