//! Finding things by their short names.

use std::collections::BTreeMap;

use uuid::Uuid;

use crate::directory::{Directory, Kind};
use crate::limits;

/// Everything that a document may refer to: what exists and will stay, and what the documents describe.
#[derive(Debug, Default)]
pub(super) struct Names(BTreeMap<(Kind, String), Uuid>);

impl Names {
    /// The names of everything in the directory.
    pub(super) fn of(directory: &Directory) -> Self {
        Self(directory.objects().map(|object| ((object.kind(), object.slug().to_owned()), object.uuid())).collect())
    }

    /// Forgets a thing that is going to be removed.
    pub(super) fn remove(&mut self, kind: Kind, slug: &str) {
        self.0.remove(&(kind, slug.to_owned()));
    }

    /// The identity behind a name, which gets one if it has none.
    pub(super) fn get_or_add(&mut self, kind: Kind, slug: &str, new: impl FnOnce() -> Uuid) -> Uuid {
        *self.0.entry((kind, slug.to_owned())).or_insert_with(new)
    }

    /// The identity behind a name, or what to do about there being none.
    pub(super) fn find(&self, kind: Kind, slug: &str) -> Result<Uuid, String> {
        self.0.get(&(kind, slug.to_owned())).copied().ok_or_else(|| {
            let word = kind.word();
            if let Some((end, _)) = slug.char_indices().nth(limits::SLUG_CHARACTERS) {
                return format!("there is no {word} `{}…`, because no name is that long", &slug[..end]);
            }
            let known = self.0.keys().filter(|(other, _)| *other == kind).map(|(_, slug)| slug.as_str());
            match nearest(slug, known) {
                Some(near) => format!("there is no {word} `{slug}`; did you mean `{near}`?"),
                None => format!("there is no {word} `{slug}`; describe it in a document, or name an existing one"),
            }
        })
    }
}

/// The known word that was most likely meant, if any is near: at most a third of the letters are wrong.
pub(super) fn nearest<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let allowed = (word.chars().count() / 3).max(1);
    let distances = known.map(|candidate| (distance(word, candidate), candidate));
    distances.filter(|(distance, _)| *distance <= allowed).min().map(|(_, candidate)| candidate)
}

/// How many letters have to be inserted, deleted, replaced or swapped with their neighbour to get from one word to the
/// other (the restricted Damerau–Levenshtein distance).
fn distance(one: &str, other: &str) -> usize {
    let (one, other): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=other.len()).collect();
    for row in 1..=one.len() {
        let mut current = vec![row];
        for column in 1..=other.len() {
            let replaced = usize::from(one[row - 1] != other[column - 1]);
            let mut best = (last[column - 1] + replaced).min(last[column] + 1).min(current[column - 1] + 1);
            let swapped =
                row > 1 && column > 1 && one[row - 1] == other[column - 2] && one[row - 2] == other[column - 1];
            if swapped {
                best = best.min(before_last[column - 2] + 1);
            }
            current.push(best);
        }
        before_last = std::mem::replace(&mut last, current);
    }
    last[other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name() {
        let known = ["checkout", "checkout-primary", "payments", "ana", "ben"];
        for (word, meant) in [
            ("chekout", Some("checkout")),
            ("checkout_primary", Some("checkout-primary")),
            ("paymetns", Some("payments")),
            ("anna", Some("ana")),
            ("bne", Some("ben")),
            ("xyz", None),
            ("database", None),
            ("", None),
        ] {
            assert_eq!(nearest(word, known.into_iter()), meant, "{word}");
        }
        assert_eq!((distance("ab", "ba"), distance("", "abc"), distance("kitten", "sitting")), (1, 3, 3));
    }
}
