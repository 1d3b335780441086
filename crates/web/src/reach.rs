//! How somebody is reached, as far as whoever asks may know: by which channels and when, and at which addresses only
//! for themselves and for those who manage people.

use allclear_core::access::Permission;
use allclear_core::directory::{Directory, Kind};
use allclear_core::id::UserId;
use allclear_core::severity::Urgency;
use allclear_core::wait::Wait;

use crate::auth::Visitor;

/// One way to reach somebody.
#[derive(Debug, Clone)]
pub(crate) struct Way {
    /// How long after they are paged it is tried.
    pub(crate) after: Wait,
    /// `email`, `webhook`
    pub(crate) channel: String,
    /// Where, if whoever asks may know.
    pub(crate) address: Option<String>,
}

impl Way {
    /// `e-mail ana@acme.test at once`, `webhook +1m`
    pub(crate) fn said(&self) -> String {
        let channel = if self.channel == "email" { "e-mail" } else { &self.channel };
        let place = self.address.as_ref().map(|address| format!(" {address}")).unwrap_or_default();
        let after = if self.after.is_none() { "at once".to_owned() } else { format!("+{}", self.after) };
        format!("{channel}{place} {after}")
    }
}

/// The ways in which somebody is paged about what is urgent, in order.
pub(crate) fn ways(directory: &Directory, visitor: &Visitor, id: UserId) -> Vec<Way> {
    let Some(user) = directory.user(id) else { return Vec::new() };
    let own = visitor.user.as_ref().is_some_and(|me| me.id == id);
    let sees = own || visitor.may(Permission::Manage(Kind::User));
    let way = |(after, contact)| {
        let contact = user.contact(contact)?;
        Some(Way { after, channel: contact.channel.clone(), address: sees.then(|| contact.address.clone()) })
    };
    user.ladder(Urgency::High).into_iter().map(|rung| (rung.after, rung.contact)).filter_map(way).collect()
}

/// The same in a line.
pub(crate) fn said(ways: &[Way]) -> String {
    ways.iter().map(Way::said).collect::<Vec<_>>().join(", ")
}

/// The same without addresses, where only the channels matter.
pub(crate) fn channels(ways: Vec<Way>) -> String {
    said(&ways.into_iter().map(|way| Way { address: None, ..way }).collect::<Vec<_>>())
}
