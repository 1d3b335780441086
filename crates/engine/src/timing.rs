//! Timers: wakes whatever waits for a moment that has come.

use std::sync::Arc;

use allclear_core::directory::Directory;
use allclear_core::id::{AlertId, ContactMethodId, IncidentId};
use allclear_store::timers::{self, Subject, Timer};
use allclear_store::{Result, Tx};
use jiff::Timestamp;

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
    let count = timers.len();
    let due = Due { context: Arc::clone(context), directory: context.directory.load_full(), now, timers };
    let changed = context.database.write(due, |due, tx| Box::pin(due.commit(tx))).await?;
    Counters::add(&context.counters.timers, count);
    context.announce(changed);
    Ok(count)
}

impl Due {
    /// Each subject looks at its own state: that its timer was read as due is only a hint, and whoever comes second
    /// finds that it is not due any more.
    async fn commit(&self, tx: &mut Tx<'_>) -> Result<Changed> {
        let mut desk = Desk::new(self.now, &self.directory, &self.context.maker);
        for timer in &self.timers {
            match timer.subject {
                Subject::Alert => desk.alert_due(tx, AlertId::new(timer.id)).await?,
                Subject::Incident => desk.incident_due(tx, IncidentId::new(timer.id)).await?,
                Subject::Line => desk.line_due(tx, ContactMethodId::new(timer.id)).await?,
            }
        }
        desk.finish(tx).await
    }
}

/// When the next timer is due.
pub(crate) async fn next(context: &Context) -> Result<Option<Timestamp>> {
    context.database.read((), |(), tx| Box::pin(async move { timers::next(tx).await })).await
}
