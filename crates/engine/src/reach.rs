//! The ways of reaching people, as far as the pages and the API need to know them.

use allclear_channels::Channel;

/// A kind of contact method.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reach {
    /// Its name in files and addresses: `email`.
    pub name: &'static str,
    /// Its name for people: `E-mail`.
    pub title: &'static str,
    /// What to type in as an address, in a sentence.
    pub hint: &'static str,
    /// An address as an example.
    pub example: &'static str,
}

/// All kinds of contact methods, in the order in which people are offered them.
pub fn ways_to_reach() -> impl Iterator<Item = Reach> {
    allclear_channels::ALL.iter().map(|channel| {
        let Channel { name, title, hint, example, .. } = **channel;
        Reach { name, title, hint, example }
    })
}

/// Takes what somebody typed in as an address of that kind, and gives it as it is to be stored.
///
/// # Errors
/// What is wrong with it, and what to do.
pub fn check_address(channel: &str, address: &str) -> Result<String, String> {
    match allclear_channels::by_name(channel) {
        Some(channel) => (channel.check_address)(address),
        None => Err(format!("`{channel}` is not a kind of contact method; choose one of the list")),
    }
}
