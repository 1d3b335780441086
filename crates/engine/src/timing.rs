//! Timers: wakes whatever waits for a moment that has come.

use std::sync::Arc;

use allclear_core::directory::Directory;
use allclear_core::id::{AlertId, ContactMethodId, CoverId, IncidentId, ScheduleId};
use allclear_store::timers::{self, Subject, Timer};
use allclear_store::{Result, Tx};
use jiff::Timestamp;

use crate::configuration;
use crate::context::{Context, Counters};
use crate::desk::{Changed, Desk};

/// How many timers are fired in one transaction.
const TIMERS: i64 = 128;

struct Due {
    context: Arc<Context>,
    directory: Arc<Directory>,
    now: Timestamp,
    timers: Vec<Timer>,
}

/// Fires the timers that are due, some at a time, and says how many those were.
pub(crate) async fn fire(context: &Arc<Context>) -> Result<usize> {
    let now = context.now();
    let timers =
        context.database.read(now, |now, tx| Box::pin(async move { timers::due(tx, *now, TIMERS).await })).await?;
    if timers.is_empty() {
        return Ok(0);
    }
    if let Err(error) = fire_these(context, now, timers.clone()).await {
        if error.is_outage() {
            return Err(error);
        }
        tracing::warn!(%error, "timers could not be fired together; trying each by itself");
        return fire_one_by_one(context, now, timers).await;
    }
    Ok(timers.len())
}

/// Fires each timer by itself: what makes one fail must not keep back all that are due with it. Says how many did not
/// fail; an error when all of them did.
async fn fire_one_by_one(context: &Arc<Context>, now: Timestamp, timers: Vec<Timer>) -> Result<usize> {
    let mut fired = 0;
    let mut failed = None;
    for timer in timers {
        match fire_these(context, now, vec![timer]).await {
            Ok(()) => fired += 1,
            Err(error) => {
                tracing::error!(%error, subject = timer.subject.word(), id = %timer.id, "a timer cannot be fired");
                failed = Some(error);
            }
        }
    }
    match failed {
        Some(error) if fired == 0 => Err(error),
        Some(_) | None => Ok(fired),
    }
}

async fn fire_these(context: &Arc<Context>, now: Timestamp, timers: Vec<Timer>) -> Result<()> {
    let count = timers.len();
    let due = Due { context: Arc::clone(context), directory: context.directory.load_full(), now, timers };
    let (changed, is_behind) = context.database.write(due, |due, tx| Box::pin(due.commit(tx))).await?;
    Counters::add(&context.counters.timers, count);
    context.announce(changed);
    if is_behind {
        configuration::refresh(context).await?;
    }
    Ok(())
}

impl Due {
    /// Each subject looks at its own state: that its timer was read as due is only a hint, and whoever comes second
    /// finds that it is not due any more. Also says whether something waits for a newer directory.
    async fn commit(&self, tx: &mut Tx<'_>) -> Result<(Changed, bool)> {
        let mut desk = Desk::new(self.now, &self.directory, &self.context.maker);
        for timer in &self.timers {
            match timer.subject {
                Subject::Alert => desk.alert_due(tx, AlertId::new(timer.id)).await?,
                Subject::Incident => desk.incident_due(tx, IncidentId::new(timer.id)).await?,
                Subject::Line => desk.line_due(tx, ContactMethodId::new(timer.id)).await?,
                Subject::Cover => desk.cover_due(tx, CoverId::new(timer.id)).await?,
                Subject::Handover => desk.handover_due(tx, ScheduleId::new(timer.id)).await?,
            }
        }
        let is_behind = desk.is_behind();
        Ok((desk.finish(tx).await?, is_behind))
    }
}

/// Begins to follow the handovers of schedules of which nothing is known yet.
pub(crate) async fn follow_handovers(context: &Arc<Context>) -> Result<()> {
    let due = Due {
        context: Arc::clone(context),
        directory: context.directory.load_full(),
        now: context.now(),
        timers: Vec::new(),
    };
    let changed = context.database.write(due, |due, tx| {
        Box::pin(async move {
            let mut desk = Desk::new(due.now, &due.directory, &due.context.maker);
            desk.follow_handovers(tx).await?;
            desk.finish(tx).await
        })
    });
    context.announce(changed.await?);
    Ok(())
}

/// When the next timer is due.
pub(crate) async fn next(context: &Context) -> Result<Option<Timestamp>> {
    context.database.read((), |(), tx| Box::pin(async move { timers::next(tx).await })).await
}
