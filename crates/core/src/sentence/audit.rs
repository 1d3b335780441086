//! What was done to the installation, in words.

use jiff::Timestamp;
use serde_json::Value;

use super::{Names, capitalised, cover, did, listed};
use crate::actor::Actor;
use crate::audit::AuditFact;

/// What was done to the installation.
pub fn audit(names: &Names<'_>, actor: Actor, fact: &AuditFact) -> String {
    let did = |what: &str| did(names, actor, what);
    match fact {
        AuditFact::ObjectPut { kind, name, before: Value::Null, .. } => {
            did(&format!("added the {} “{name}”", kind.word()))
        }
        AuditFact::ObjectPut { kind, name, before, after, .. } => {
            did(&format!("changed the {} “{name}”{}", kind.word(), fields_that_differ(before, after)))
        }
        AuditFact::ObjectRemoved { kind, name, .. } => did(&format!("removed the {} “{name}”", kind.word())),
        AuditFact::SettingsChanged { before, after } => {
            did(&format!("changed the settings{}", fields_that_differ(before, after)))
        }
        AuditFact::SignedIn { user } => capitalised(&format!("{} signed in.", names.person(*user))),
        AuditFact::SignedOut { user } => capitalised(&format!("{} signed out.", names.person(*user))),
        AuditFact::SignInRefused { login } => format!("Somebody tried to sign in as “{login}” and was refused."),
        AuditFact::PasswordChanged { user } if actor.user() == Some(*user) => did("changed their password"),
        AuditFact::PasswordChanged { user } => did(&format!("changed the password of {}", names.person(*user))),
        AuditFact::TokenCreated { name, scope } => did(&format!("made the API token “{name}” with the scope {scope}")),
        AuditFact::TokenRevoked { name } => did(&format!("revoked the API token “{name}”")),
        AuditFact::CalendarLinkMade { kind, name, .. } => {
            did(&format!("made a secret link to the calendar of the {} “{name}”", kind.word()))
        }
        AuditFact::CalendarLinkRevoked { kind, name, .. } => {
            did(&format!("revoked a secret link to the calendar of the {} “{name}”", kind.word()))
        }
        AuditFact::DeliveryRetried { delivery } => did(&format!("sent the delivery {delivery} again")),
        AuditFact::Cover { schedule, asker, what, .. } => cover::fact(names, actor, *schedule, *asker, what),
        AuditFact::HandoffNoteAdded { schedule, .. } => {
            did(&format!("wrote a handoff note for {}", names.schedule(*schedule)))
        }
        AuditFact::SilencePut { service, matchers, until } => {
            // As one says it from far away: with its date.
            let until = names.time(*until, Timestamp::MIN);
            did(&format!("silenced {matchers} of {} until {until}", names.service(*service)))
        }
        AuditFact::SilenceEnded { service, matchers } => {
            did(&format!("ended the silence of {matchers} of {}", names.service(*service)))
        }
        AuditFact::EventReplayed { event } => did(&format!("put the event {event} through the intake again")),
    }
}

/// `: policy and urgency`; nothing where none of the fields differs.
fn fields_that_differ(before: &Value, after: &Value) -> String {
    let (Some(before), Some(after)) = (before.as_object(), after.as_object()) else { return String::new() };
    let added = after.keys().filter(|field| !before.contains_key(*field));
    let mut fields: Vec<&str> = before.keys().chain(added).map(String::as_str).collect();
    fields.retain(|field| before.get(*field) != after.get(*field));
    if fields.is_empty() { String::new() } else { format!(": {}", listed(&fields).replace('_', " ")) }
}
