//! Time zones to choose from.

use std::sync::OnceLock;

use allclear_core::zone::Zone;

use crate::pages::Choice;

/// All zones that are called by a place, and UTC; by name.
fn names() -> &'static [String] {
    static NAMES: OnceLock<Vec<String>> = OnceLock::new();
    NAMES.get_or_init(|| {
        let is_place = |name: &str| name.contains('/') && !name.starts_with("Etc/") && !name.starts_with("posix");
        let known = jiff::tz::db().available().map(|name| name.as_str().to_owned());
        let mut names: Vec<String> = known.filter(|name| is_place(name)).collect();
        names.push("UTC".to_owned());
        names.sort();
        names.dedup();
        names
    })
}

/// The zones, with the chosen one selected, whether it is in the list or not.
pub(super) fn choices(chosen: &str) -> Vec<Choice> {
    let unlisted = (!chosen.is_empty() && !names().iter().any(|name| name == chosen)).then(|| chosen.to_owned());
    let all = unlisted.iter().chain(names());
    all.map(|name| Choice::new(name, name.replace('_', " "), name == chosen)).collect()
}

/// The zones, after one that stands for the organisation's own.
pub(super) fn choices_or_own(own: &Zone, chosen: Option<&Zone>) -> Vec<Choice> {
    let mut all = vec![Choice::new("", format!("As the organisation: {own}"), chosen.is_none())];
    all.extend(choices(chosen.map_or("", Zone::name)));
    all
}
