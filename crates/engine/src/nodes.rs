//! What the nodes over one database tell each other: what has changed, so that pages served by one show at once what
//! another one did, and so that work that one leaves to all is taken up without delay.
//!
//! A node says what it has committed, some of it together, and every few seconds that it is still there. Nothing is
//! lost in silence: when the connection was lost, when more changed than can be said, or when a node falls silent that
//! had not said goodbye, pages are told that everything may have changed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use allclear_core::id::IncidentId;
use allclear_store::{Notices, Result};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use tokio::sync::{Notify, watch};
use uuid::Uuid;

use crate::context::Context;
use crate::desk::Changed;
use crate::engine::Engine;

/// How often a node says that it is there.
const BEAT: Duration = Duration::from_secs(5);
/// How long after the last word of a node it is taken for dead; and after the last word of all, the connection.
const SILENCE: SignedDuration = SignedDuration::from_secs(15);
/// How long is waited between two notices at the least: what changes meanwhile is said together.
const GAP: Duration = Duration::from_millis(50);
/// How long is waited after the database has refused.
const AFTER_FAILURE: Duration = Duration::from_secs(1);
/// How many incidents are named in one notice; with more, everything may have changed.
const NAMED: usize = 50;

/// What one node says.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
struct Said {
    node: Uuid,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    incidents: BTreeSet<IncidentId>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    requests: bool,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    sends: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    wakes_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    everything: bool,
    /// The last word of this node: it was stopped in order, and has said everything.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    goodbye: bool,
}

impl Said {
    fn add(&mut self, changed: &Changed) {
        self.incidents.extend(&changed.incidents);
        self.requests |= changed.requests;
        self.sends |= changed.sends;
        self.everything |= changed.everything || self.incidents.len() > NAMED;
        self.wakes_at = self.wakes_at.into_iter().chain(changed.wakes_at).min();
        if self.everything {
            self.incidents.clear();
        }
    }

    fn changed(self) -> Changed {
        Changed {
            incidents: self.incidents.into_iter().collect(),
            sends: self.sends,
            wakes_at: self.wakes_at,
            requests: self.requests,
            everything: self.everything,
        }
    }
}

/// What is to be said to the other nodes.
#[derive(Debug, Default)]
pub(crate) struct ToSay {
    said: Mutex<Said>,
    bell: Notify,
}

impl ToSay {
    pub(crate) fn add(&self, changed: &Changed) {
        self.said.lock().unwrap_or_else(PoisonError::into_inner).add(changed);
        self.bell.notify_one();
    }

    fn take(&self) -> Said {
        std::mem::take(&mut *self.said.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Says what this node commits, until it is stopped.
pub(crate) async fn speak(engine: Engine, node: Uuid, mut stop: watch::Receiver<bool>) {
    let context = &engine.context;
    loop {
        let goodbye = *stop.borrow();
        let said = Said { node, goodbye, ..context.to_say.take() };
        let text = serde_json::to_string(&said).expect("what is said has a JSON form");
        let spoken = context.database.notify(text).await;
        if goodbye {
            return;
        }
        if let Err(error) = &spoken {
            tracing::warn!(%error, "the other nodes cannot be told what has changed; trying again");
            context.to_say.add(&Changed { everything: true, ..Changed::default() });
        }
        context.clock.sleep(if spoken.is_ok() { GAP } else { AFTER_FAILURE }).await;
        tokio::select! {
            () = context.to_say.bell.notified() => {}
            () = context.clock.sleep(BEAT) => {}
            _ = stop.wait_for(|stop| *stop) => {}
        }
    }
}

/// Hears what the other nodes say, until it is stopped.
pub(crate) async fn listen(engine: Engine, node: Uuid, mut stop: watch::Receiver<bool>) {
    let context = &engine.context;
    let mut was_away = false;
    loop {
        let heard = tokio::select! {
            heard = hear(context, node, was_away) => heard,
            _ = stop.wait_for(|stop| *stop) => return,
        };
        match heard {
            Ok(()) => tracing::warn!("the connection on which the other nodes are heard was lost; listening anew"),
            Err(error) => tracing::warn!(%error, "the other nodes cannot be heard; trying again"),
        }
        was_away = true;
        tokio::select! {
            () = context.clock.sleep(AFTER_FAILURE) => {}
            _ = stop.wait_for(|stop| *stop) => return,
        }
    }
}

/// Listens on one connection until it is lost.
async fn hear(context: &Context, node: Uuid, was_away: bool) -> Result<()> {
    let Some(mut notices) = context.database.listen().await? else { return Ok(()) };
    if was_away {
        context.spread(Changed { everything: true, ..Changed::default() });
    }
    let mut nodes = Nodes { this: node, heard: BTreeMap::new() };
    let mut last = context.now();
    loop {
        let Some(text) = next(context, &mut notices).await else { return Ok(()) };
        let now = context.now();
        if let Some(changed) = nodes.take(now, text.as_deref()) {
            context.spread(changed);
        }
        if text.is_some() {
            last = now;
        } else if now.duration_since(last) > SILENCE {
            // Not even what this node says itself comes back.
            return Ok(());
        }
    }
}

/// The next notice, or that there was none for a while. None once the connection is lost.
async fn next(context: &Context, notices: &mut Notices) -> Option<Option<String>> {
    tokio::select! {
        heard = notices.next() => heard.map(Some),
        () = context.clock.sleep(BEAT) => Some(None),
    }
}

/// The nodes that were heard.
struct Nodes {
    this: Uuid,
    heard: BTreeMap<Uuid, Timestamp>,
}

impl Nodes {
    /// Takes in what was said, or that nothing was, and returns what has changed.
    fn take(&mut self, now: Timestamp, text: Option<&str>) -> Option<Changed> {
        let mut changed = text.and_then(|text| self.understand(now, text));
        let silent = |heard: &Timestamp| now.duration_since(*heard) > SILENCE;
        if self.heard.values().any(silent) {
            // It may have died between a commit and what it would have said of it.
            self.heard.retain(|_, heard| !silent(heard));
            changed.get_or_insert_default().everything = true;
        }
        changed
    }

    fn understand(&mut self, now: Timestamp, text: &str) -> Option<Changed> {
        // During an upgrade, a newer version may say more than this one understands.
        let Ok(said) = serde_json::from_str::<Said>(text) else {
            return Some(Changed { everything: true, ..Changed::default() });
        };
        if said.node == self.this {
            return None;
        }
        if said.goodbye {
            self.heard.remove(&said.node);
        } else {
            self.heard.insert(said.node, now);
        }
        let changed = said.changed();
        (changed != Changed::default()).then_some(changed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).unwrap()
    }

    fn node(number: u128) -> Uuid {
        Uuid::from_u128(number)
    }

    fn text(said: &Said) -> String {
        serde_json::to_string(said).unwrap()
    }

    #[test]
    fn what_is_said_fits_into_a_notice() {
        let mut said = Said { node: node(1), ..Said::default() };
        let incidents = |count| (0..count).map(|number| IncidentId::new(Uuid::from_u128(u128::MAX - number))).collect();
        said.add(&Changed {
            incidents: incidents(50),
            sends: true,
            wakes_at: Some(at(1)),
            requests: true,
            everything: false,
        });
        assert_eq!(said.incidents.len(), 50);
        assert!(text(&said).len() <= allclear_store::LONGEST_NOTICE);
        said.add(&Changed { incidents: incidents(51), ..Changed::default() });
        assert!(said.everything && said.incidents.is_empty());
        let heard: Said = serde_json::from_str(&text(&said)).unwrap();
        assert_eq!(heard, said);
    }

    #[test]
    fn a_node_that_falls_silent_may_have_left_something_unsaid() {
        let mut nodes = Nodes { this: node(1), heard: BTreeMap::new() };
        let beat = |number| text(&Said { node: node(number), ..Said::default() });
        assert_eq!(nodes.take(at(0), Some(&beat(1))), None, "our own voice");
        assert_eq!(nodes.take(at(0), Some(&beat(2))), None);
        assert_eq!(nodes.take(at(0), Some(&beat(3))), None);
        let goodbye = text(&Said { node: node(3), goodbye: true, sends: true, ..Said::default() });
        assert_eq!(nodes.take(at(1), Some(&goodbye)), Some(Changed { sends: true, ..Changed::default() }));
        assert_eq!(nodes.take(at(15), None), None);
        let everything = Some(Changed { everything: true, ..Changed::default() });
        assert_eq!(nodes.take(at(16), Some(&beat(1))), everything);
        assert_eq!(nodes.take(at(99), None), None, "it is told once, and the one that said goodbye is not missed");
        assert_eq!(nodes.take(at(99), Some("what is this")), everything);
    }
}
