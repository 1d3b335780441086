//! Incidents that follow a policy as it was before it was changed, for the pages and for the API.

use allclear_core::actor::Actor;
use allclear_core::directory::Directory;
use allclear_core::id::PolicyId;
use allclear_core::incident::{Answer, Input};
use allclear_engine::Engine;
use allclear_store::incidents::{self, Filter, IncidentRecord};

use crate::problem::Problem;

/// How many incidents are read at a time.
const ROWS: i64 = 200;

/// The open incidents whose escalation follows an older version of the policy, newest first.
pub(crate) async fn outdated(
    engine: &Engine,
    directory: &Directory,
    policy: PolicyId,
) -> Result<Vec<IncidentRecord>, Problem> {
    let mut found = Vec::new();
    let mut before = None;
    loop {
        let filter = Filter { open: true, before, ..Filter::default() };
        let rows = engine.database().read(filter, |filter, tx| Box::pin(incidents::list(tx, *filter, ROWS))).await?;
        before = rows.last().and_then(|record| record.number);
        let is_last = rows.len() < usize::try_from(ROWS).unwrap_or(usize::MAX);
        let follows = |record: &IncidentRecord| {
            let run = record.incident.run.as_ref();
            run.is_some_and(|run| run.policy.id == policy && run.is_outdated(directory))
        };
        found.extend(rows.into_iter().filter(follows));
        if is_last || before.is_none() {
            return Ok(found);
        }
    }
}

/// Applies the changed policy to each of them. Returns those that follow it now; one that was resolved meanwhile does
/// not.
pub(crate) async fn apply(
    engine: &Engine,
    directory: &Directory,
    policy: PolicyId,
    actor: Actor,
) -> Result<Vec<IncidentRecord>, Problem> {
    let mut applied = Vec::new();
    for record in outdated(engine, directory, policy).await? {
        let done = engine.act(record.id, actor, Input::ReplacePolicy).await?;
        applied.extend(done.filter(|done| done.answer == Answer::Done).map(|done| done.incident));
    }
    Ok(applied)
}
