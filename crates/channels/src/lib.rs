//! The channels: how a message leaves for each kind of contact method, and what the answers mean.
//!
//! Everything here is pure. A channel turns a [`Message`] into a [`Wire`] request; somebody else puts it on the wire
//! and brings back a [`WireReply`]; the channel says what that means as an [`Outcome`]. When to try again, how often
//! and what to try instead is the caller's business.
//!
//! A new channel is one file with a [`Channel`] in it, one line in [`ALL`], and its golden files; the conformance suite
//! (`conformance.rs`) then runs for it as it does for the others. Only a new transport touches [`Wire`].

mod clean;
mod email;
mod message;
mod reply;
mod settings;
pub mod text;
mod webhook;
mod wire;

#[cfg(test)]
mod conformance;
#[cfg(test)]
mod golden;
#[cfg(test)]
mod samples;

use allclear_core::delivery::Outcome;
use jiff::Timestamp;

pub use self::clean::Limits;
pub use self::message::{
    Body, BundleText, DutyEvent, DutyNote, DutyText, IncidentText, Message, NoticeEvent, NoticeText, PageText,
    Recipient, ServiceCount, VerificationText,
};
pub use self::settings::{MailSender, Secret, Settings};
pub use self::wire::{Failure, HttpRequest, Mail, Mailbox, Method, Wire, WireReply};

/// What a channel can do. The pages show it, and the pump plans with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Abilities {
    /// Whoever gets a page there can acknowledge it from the message itself.
    pub acknowledges: bool,
    /// Many incidents can be told of in one message ([`Body::Bundle`]).
    pub bundles: bool,
    /// Messages about one incident are shown together, so that a notice does not read as one more page.
    pub threads: bool,
    /// A receipt comes later for what was [`Outcome::Accepted`]. Where none comes, accepted is all there is to know.
    pub receipts: bool,
}

/// One kind of contact method: its descriptor, and the three functions that are the channel.
#[derive(Debug)]
pub struct Channel {
    /// Its name in files, addresses and the store, for example `email`. Never changes.
    pub name: &'static str,
    /// Its name for people: `E-mail`.
    pub title: &'static str,
    /// What to type in as an address, in a sentence.
    pub hint: &'static str,
    /// An address as an example; passes [`Channel::check_address`] unchanged.
    pub example: &'static str,
    /// What it can do.
    pub abilities: Abilities,
    /// How much of a message it shows; the rest is cut.
    pub limits: Limits,
    /// Takes what somebody typed in as an address. Gives the address as it is to be stored, or what is wrong with it
    /// and what to do. Neither shows more of a web address than its host: the rest may be a secret.
    pub check_address: fn(&str) -> Result<String, String>,
    /// Words and addresses a message. The same message gives the same request, always; all attempts of one delivery
    /// carry the same idempotency key. Fails only where the set-up does not allow any message to leave, with the
    /// remedy.
    pub request: fn(&Message, &Settings) -> Result<Wire, String>,
    /// Says what a reply, received at this moment, means for the delivery.
    pub outcome: fn(Timestamp, &WireReply) -> Outcome,
}

/// All channels, in the order in which people are offered them.
pub static ALL: &[&Channel] = &[&email::CHANNEL, &webhook::CHANNEL];

/// The channel of this name.
pub fn by_name(name: &str) -> Option<&'static Channel> {
    ALL.iter().copied().find(|channel| channel.name == name)
}
