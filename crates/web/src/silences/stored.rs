//! Silences in the store.

use allclear_core::actor::Actor;
use allclear_core::audit::AuditFact;
use allclear_core::id::{ServiceId, SilenceId};
use allclear_core::limits;
use allclear_store::silences::{self, Counts, Silence, Span};
use allclear_store::{Result as Stored, Tx, audit};
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::{Draft, Kept, State};

/// How long a silence is shown after its end: Alertmanager's default `data.retention`.
const SHOWN_FOR: SignedDuration = SignedDuration::from_hours(120);

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
    let (starts_at, ends_at, service) = (draft.starts_at, draft.ends_at, draft.terms.service);
    if let Some(kept) = previous.as_ref().filter(|kept| kept.may_become(draft, now)) {
        silences::put(tx, &Silence { id: kept.id, service, starts_at, ends_at, updated_at: now, body }).await?;
        // Tools post what they want again and again; only what is another silence than before is worth an entry.
        if (kept.starts_at, kept.ends_at, &kept.terms) != (starts_at, ends_at, &draft.terms) {
            note(tx, draft, now, actor).await?;
        }
        return Ok(Put::Stored(kept.id));
    }
    if silences::count_of_service(tx, service, oldest(now)).await? >= limits::SILENCES as u64 {
        return Ok(Put::TooMany);
    }
    if let Some(kept) = previous {
        silences::expire(tx, now, kept.id).await?;
    }
    let starts_at = starts_at.max(now);
    silences::put(tx, &Silence { id: made, service, starts_at, ends_at, updated_at: now, body }).await?;
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

/// Those that ended before this moment are not shown any more.
fn oldest(now: Timestamp) -> Timestamp {
    now.saturating_sub(SHOWN_FOR).expect("only spans with calendar units are refused")
}

/// So many silences in one state, those that have ended within the last five days included, in the order in which they
/// are of interest.
pub(crate) async fn in_state(tx: &mut Tx<'_>, now: Timestamp, state: State, limit: i64) -> Stored<Vec<Kept>> {
    let stored = match state {
        State::Active => silences::active(tx, now, limit).await?,
        State::Pending => silences::pending(tx, now, limit).await?,
        State::Expired => silences::expired(tx, now, oldest(now), limit).await?,
    };
    Ok(stored.iter().filter_map(read).collect())
}

/// How many there are in each state, counted no further than so many.
pub(crate) async fn counts(tx: &mut Tx<'_>, now: Timestamp, most: i64) -> Stored<Counts> {
    silences::counts(tx, now, oldest(now), most).await
}

/// So many silences, of one state or of all, the newest first, from before a given one.
pub(crate) async fn newest(
    tx: &mut Tx<'_>,
    now: Timestamp,
    state: Option<State>,
    before: Option<SilenceId>,
    limit: i64,
) -> Stored<Vec<Kept>> {
    let (never, ever) = (Timestamp::MIN, Timestamp::MAX);
    let all = Span { ends_after: oldest(now), ends_until: ever, starts_after: never, starts_until: ever };
    let span = match state {
        None => all,
        Some(State::Active) => Span { ends_after: now, starts_until: now, ..all },
        Some(State::Pending) => Span { ends_after: now, starts_after: now, ..all },
        Some(State::Expired) => Span { ends_until: now, ..all },
    };
    Ok(silences::newest(tx, span, before, limit).await?.iter().filter_map(read).collect())
}

/// All silences of one service, those that have ended within the last five days included.
pub(crate) async fn of_service(tx: &mut Tx<'_>, now: Timestamp, service: ServiceId) -> Stored<Vec<Kept>> {
    Ok(silences::of_service(tx, service, oldest(now)).await?.iter().filter_map(read).collect())
}

fn read(silence: &Silence) -> Option<Kept> {
    let read = Kept::of(silence);
    read.inspect_err(|error| tracing::error!(%error, id = %silence.id, "a silence cannot be read")).ok()
}
