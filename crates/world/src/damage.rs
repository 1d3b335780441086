//! Damage: what is done to a database behind the engine's back, to prove that it is found.

use allclear_core::actor::Actor;
use allclear_core::fact::Fact;
use allclear_core::id::IncidentId;
use allclear_store::incidents::{self, IncidentRecord};
use allclear_store::{Database, Result, Tx};
use jiff::Timestamp;

use crate::task::block_on;

/// Slips an entry into an incident's journal without its knowledge, so that its own next entry has no place.
pub(crate) fn slip_in(database: &Database, id: IncidentId) {
    change(database, id, |tx, mut record| {
        Box::pin(async move {
            let entry = incidents::chain(&mut record, Timestamp::UNIX_EPOCH, Actor::System, slipped_in());
            incidents::append(tx, &[entry]).await
        })
    });
}

/// Lets the incident know of the entry that was slipped in.
pub(crate) fn accept_slipped_in(database: &Database, id: IncidentId) {
    change(database, id, |tx, mut record| {
        Box::pin(async move {
            incidents::chain(&mut record, Timestamp::UNIX_EPOCH, Actor::System, slipped_in());
            incidents::put(tx, &[&record]).await
        })
    });
}

fn slipped_in() -> Vec<Fact> {
    vec![Fact::NoteAdded { text: "slipped in".to_owned() }]
}

type Changing = for<'a> fn(&'a mut Tx<'_>, IncidentRecord) -> allclear_store::BoxFuture<'a, Result<()>>;

/// Changes what is stored of an incident.
pub(crate) fn change(database: &Database, id: IncidentId, how: Changing) {
    let changed = database.write((id, how), |(id, how), tx| {
        Box::pin(async move {
            match incidents::find(tx, *id).await? {
                Some(record) => how(tx, record).await,
                None => Ok(()),
            }
        })
    });
    block_on(changed).expect("the database in memory takes everything");
}
