//! Deletes what is older than the settings want it kept: a little at a time, and never what is open.

use std::sync::Arc;

use allclear_core::directory::Retention;
use allclear_core::wait::Wait;
use allclear_store::retention::{self, Small};
use allclear_store::{Result, Tx, audit, idempotency};
use jiff::Timestamp;

use crate::context::Context;

/// How many rows are deleted in one transaction; other writers wait for no longer than that takes.
const ROWS: i64 = 500;
/// The same of what has large rows, or many others that go along with each.
const LARGE: i64 = 50;

/// What is deleted, in this order: incidents only go once none of their alerts is left.
#[derive(Debug, Clone, Copy)]
enum Kind {
    Alerts,
    Incidents,
    Deliveries,
    Audit,
    Small(Small),
}

const KINDS: [Kind; 11] = [
    Kind::Alerts,
    Kind::Incidents,
    Kind::Deliveries,
    Kind::Audit,
    Kind::Small(Small::Tokens),
    Kind::Small(Small::Sessions),
    Kind::Small(Small::Silences),
    Kind::Small(Small::Covers),
    Kind::Small(Small::Notes),
    Kind::Small(Small::Answers),
    Kind::Small(Small::Codes),
];

impl Kind {
    /// For how long it is kept.
    fn kept(self, keep: &Retention) -> Wait {
        match self {
            Self::Alerts => keep.alerts.min(keep.incidents),
            Self::Incidents | Self::Small(Small::Covers | Small::Notes) => keep.incidents,
            Self::Deliveries => keep.deliveries,
            Self::Audit => keep.audit,
            Self::Small(Small::Tokens) => keep.tokens,
            Self::Small(Small::Sessions) => keep.sessions,
            Self::Small(Small::Silences) => keep.silences,
            Self::Small(Small::Answers | Small::Codes) => Retention::LEAST,
        }
    }

    async fn delete(self, tx: &mut Tx<'_>, context: &Context, before: Timestamp) -> Result<usize> {
        match self {
            Self::Alerts => retention::alerts(tx, before, ROWS).await,
            Self::Incidents => retention::incidents(tx, before, LARGE).await,
            Self::Deliveries => retention::deliveries(tx, before, ROWS).await,
            Self::Audit => audit::cut(tx, before, ROWS, |number, hash| context.key.sign_start(number, hash)).await,
            Self::Small(which) => retention::small(tx, which, before, ROWS).await,
        }
    }
}

// Answers are kept for as long as they may be asked for again.
const _: () = assert!(idempotency::LIFETIME.as_secs() <= Retention::LEAST.as_seconds() as i64);

/// Deletes one batch of each kind, and says how much that was.
pub(crate) async fn sweep(context: &Arc<Context>) -> Result<usize> {
    let (now, keep) = (context.now(), context.directory.load().organisation.keep);
    let before = |kept: Wait| now.checked_sub(kept.max(Retention::LEAST).duration()).ok();
    let mut deleted = match before(keep.events) {
        Some(before) => sweep_inbox(context, before).await?,
        None => 0,
    };
    for kind in KINDS {
        let Some(before) = before(kind.kept(&keep)) else { continue };
        let deleting = context.database.write(Arc::clone(context), move |context, tx| {
            Box::pin(async move { kind.delete(tx, context, before).await })
        });
        deleted += deleting.await?;
    }
    Ok(deleted)
}

/// Deletes segments, and before them what points into them: the two may lie in different files, and one that stayed
/// behind is found again.
async fn sweep_inbox(context: &Context, before: Timestamp) -> Result<usize> {
    let database = &context.database;
    let old = database.read(before, |before, tx| Box::pin(retention::old_segments(tx, *before, LARGE))).await?;
    if old.is_empty() {
        return Ok(0);
    }
    database.write(old.clone(), |old, tx| Box::pin(retention::traces(tx, old))).await?;
    let deleted = old.len();
    database.write_inbox(old, |old, tx| Box::pin(retention::segments(tx, old))).await?;
    Ok(deleted)
}
