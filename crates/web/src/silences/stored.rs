//! Silences in the store.

use allclear_core::actor::Actor;
use allclear_core::audit::AuditFact;
use allclear_core::id::{ServiceId, SilenceId};
use allclear_core::limits;
use allclear_store::silences::{self, Silence};
use allclear_store::{Result as Stored, Tx, audit};
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::{Draft, Kept};

/// How long a silence is shown after its end: Alertmanager's default `data.retention`.
const SHOWN_FOR: SignedDuration = SignedDuration::from_hours(120);
/// The most that are read at once.
const READ: i64 = 100_000;

/// What became of a silence that was sent.
pub(crate) enum Put {
    Stored(SilenceId),
    /// It was to change one that is not there.
    Unknown,
    TooMany,
}

/// Changes the silence that the draft names where that does not change the past, and else begins another one. What
/// people do goes into the audit log.
pub(crate) async fn store(
    tx: &mut Tx<'_>,
    draft: &Draft,
    made: SilenceId,
    now: Timestamp,
    actor: Actor,
) -> Stored<Put> {
    let previous = match &draft.id {
        None => None,
        Some(id) => {
            let Ok(id) = Uuid::parse_str(id).map(SilenceId::new) else { return Ok(Put::Unknown) };
            let kept = find(tx, id).await?.filter(|kept| kept.terms.service == draft.terms.service);
            let Some(kept) = kept else { return Ok(Put::Unknown) };
            Some(kept)
        }
    };
    let body = serde_json::to_string(&draft.terms).expect("terms have a JSON form");
    let Draft { starts_at, ends_at, .. } = *draft;
    if let Some(kept) = previous.as_ref().filter(|kept| kept.may_become(draft, now)) {
        silences::put(tx, &Silence { id: kept.id, starts_at, ends_at, updated_at: now, body }).await?;
        // Tools post what they want again and again; only what is another silence than before is worth an entry.
        if (kept.starts_at, kept.ends_at, &kept.terms) != (starts_at, ends_at, &draft.terms) {
            note(tx, draft, now, actor).await?;
        }
        return Ok(Put::Stored(kept.id));
    }
    if of_service(tx, now, draft.terms.service).await?.len() >= limits::SILENCES {
        return Ok(Put::TooMany);
    }
    if let Some(kept) = previous {
        silences::expire(tx, now, kept.id).await?;
    }
    let starts_at = starts_at.max(now);
    silences::put(tx, &Silence { id: made, starts_at, ends_at, updated_at: now, body }).await?;
    note(tx, draft, now, actor).await?;
    Ok(Put::Stored(made))
}

async fn note(tx: &mut Tx<'_>, draft: &Draft, now: Timestamp, actor: Actor) -> Stored<()> {
    let (service, matchers) = (draft.terms.service, draft.terms.written());
    let fact = AuditFact::SilencePut { service, matchers, until: draft.ends_at };
    audit::append(tx, now, actor, vec![fact]).await
}

/// Ends a silence. One that is over already stays as it is.
pub(crate) async fn end(tx: &mut Tx<'_>, kept: &Kept, now: Timestamp, actor: Actor) -> Stored<()> {
    if silences::expire(tx, now, kept.id).await? {
        let fact = AuditFact::SilenceEnded { service: kept.terms.service, matchers: kept.terms.written() };
        audit::append(tx, now, actor, vec![fact]).await?;
    }
    Ok(())
}

/// The silence of that identity.
pub(crate) async fn find(tx: &mut Tx<'_>, id: SilenceId) -> Stored<Option<Kept>> {
    Ok(silences::find(tx, id).await?.and_then(|silence| read(&silence)))
}

/// All silences, those that have ended within the last five days included.
pub(crate) async fn all(tx: &mut Tx<'_>, now: Timestamp) -> Stored<Vec<Kept>> {
    let oldest = now.saturating_sub(SHOWN_FOR).expect("only spans with calendar units are refused");
    Ok(silences::list(tx, oldest, READ).await?.iter().filter_map(read).collect())
}

/// The same of one service.
pub(crate) async fn of_service(tx: &mut Tx<'_>, now: Timestamp, service: ServiceId) -> Stored<Vec<Kept>> {
    let mut kept = all(tx, now).await?;
    kept.retain(|kept| kept.terms.service == service);
    Ok(kept)
}

fn read(silence: &Silence) -> Option<Kept> {
    let read = Kept::of(silence);
    read.inspect_err(|error| tracing::error!(%error, id = %silence.id, "a silence cannot be read")).ok()
}
