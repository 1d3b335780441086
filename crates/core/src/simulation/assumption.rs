//! What is assumed about the world, as people write it.

use crate::directory::{ChannelName, Directory};
use crate::id::UserId;
use crate::limits;
use crate::wait::Wait;

/// Of whom something is assumed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    /// Whoever is paged first.
    FirstResponder,
    /// This person.
    Person(UserId),
}

/// Something that is assumed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Assumption {
    /// Nothing gets through by this channel: `sms down`.
    ChannelDown(ChannelName),
    /// Nothing wakes them: `first responder sleeps through`, `ana sleeps through`.
    SleepsThrough(Who),
    /// They acknowledge so long after they know: `ana acknowledges after 5m`.
    Acknowledges(Who, Wait),
}

impl Assumption {
    /// Reads one, or says what is wrong with the text and how to write it.
    ///
    /// # Errors
    /// When the text is none of the three forms, or names nobody.
    pub fn read(text: &str, directory: &Directory) -> Result<Self, String> {
        let shown: String = text.chars().take(limits::NAME_CHARACTERS).collect();
        let text = text.trim();
        if let Some((who, wait)) = text.split_once(" acknowledges after ").or(text.split_once(" acknowledges in ")) {
            return Ok(Self::Acknowledges(who_is(who, directory)?, wait.trim().parse()?));
        }
        for end in [" sleeps through", " is asleep", " asleep"] {
            if let Some(who) = text.strip_suffix(end) {
                return Ok(Self::SleepsThrough(who_is(who, directory)?));
            }
        }
        let channel = text.strip_suffix(" is down").or(text.strip_suffix(" down")).map(str::trim);
        match channel.filter(|channel| !channel.is_empty() && !channel.contains(char::is_whitespace)) {
            Some(channel) => Ok(Self::ChannelDown(channel.to_lowercase())),
            None => Err(format!(
                "`{shown}` is not an assumption; write it like `sms down`, `first responder sleeps through`, `ana \
                 sleeps through` or `ana acknowledges after 5m`"
            )),
        }
    }

    /// The text that [`Assumption::read`] takes back.
    pub fn write(&self, directory: &Directory) -> String {
        let who = |who: &Who| match who {
            Who::FirstResponder => "first responder".to_owned(),
            Who::Person(user) => directory.user(*user).map(|user| user.slug.clone()).unwrap_or_default(),
        };
        match self {
            Self::ChannelDown(channel) => format!("{channel} down"),
            Self::SleepsThrough(one) => format!("{} sleeps through", who(one)),
            Self::Acknowledges(one, after) => format!("{} acknowledges after {after}", who(one)),
        }
    }
}

fn who_is(text: &str, directory: &Directory) -> Result<Who, String> {
    let text = text.trim();
    if matches!(text, "first responder" | "the first responder") {
        return Ok(Who::FirstResponder);
    }
    let called = |name: &str| name.eq_ignore_ascii_case(text);
    let person = directory.users().find(|user| called(&user.slug) || called(&user.name));
    person.map(|user| Who::Person(user.id)).ok_or_else(|| {
        let shown: String = text.chars().take(limits::SLUG_CHARACTERS).collect();
        format!("there is no person `{shown}`; name one by their slug, or say `first responder`")
    })
}
