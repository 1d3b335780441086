//! Asks why somebody was paged about an incident, or why not, for the page and for the API.

use allclear_core::directory::Directory;
use allclear_core::explanation::{self, Explanation, Message, Question};
use allclear_core::id::UserId;
use allclear_engine::Engine;
use allclear_store::deliveries::{self, Purpose};
use allclear_store::incidents::{self, IncidentRecord, StoredEntry};
use allclear_store::{Result as Stored, Tx};

use crate::problem::Problem;

/// How many deliveries are looked at.
const DELIVERIES: i64 = 1_000;

/// Why the person was paged about the incident, or why not.
pub(crate) async fn explain(
    engine: &Engine,
    directory: &Directory,
    record: &IncidentRecord,
    user: UserId,
) -> Result<Explanation, Problem> {
    let (entries, messages) =
        engine.database().read((record.clone(), user), |(record, user), tx| Box::pin(read(tx, record, *user))).await?;
    let now = engine.now();
    let question = Question { directory, entries: &entries, messages: &messages, user, now };
    explanation::explain(question).ok_or_else(|| Problem::not_found("journal of this incident"))
}

type Read = (Vec<allclear_core::journal::Entry<allclear_core::fact::Fact>>, Vec<Message>);

async fn read(tx: &mut Tx<'_>, record: &IncidentRecord, user: UserId) -> Stored<Read> {
    let stored = incidents::journal(tx, record.id, 0, record.entries.cast_signed()).await?;
    let entries = stored.iter().map(StoredEntry::entry).collect::<Stored<Vec<_>>>()?;
    let sent = deliveries::of_incident(tx, record.id, DELIVERIES).await?;
    let pages = sent.into_iter().filter(|one| one.user == user && matches!(one.purpose, Purpose::Page { .. }));
    let message = |one: deliveries::DeliveryRecord| Message {
        at: one.created_at,
        contact: one.contact,
        status: one.delivery.status,
    };
    Ok((entries, pages.map(message).collect()))
}
