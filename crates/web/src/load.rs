//! The load of being on call, for the page and the API: from the schedules, and from the pages in the ledger.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use allclear_core::directory::Directory;
use allclear_core::id::{DeliveryId, IncidentId, TeamId, UserId};
use allclear_core::limits;
use allclear_core::load::{Report, report};
use allclear_core::readiness::Period;
use allclear_core::schedule::Schedule;
use allclear_engine::Engine;
use allclear_store::deliveries::{self, DeliveryRecord, Filter, Purpose};
use axum::http::StatusCode;
use jiff::Timestamp;

use crate::problem::Problem;

/// How many deliveries are read at a time.
const BATCH: i64 = 500;

/// How the load of a period was shared by the people of these schedules, or of all where no team is named.
pub(crate) async fn of(
    engine: &Engine,
    directory: Arc<Directory>,
    team: Option<TeamId>,
    period: Period,
) -> Result<Report, Problem> {
    let ours = move |schedule: &&Arc<Schedule>| team.is_none() || schedule.team == team;
    let people: BTreeSet<UserId> = {
        let schedules: Vec<_> = directory.schedules().filter(ours).collect();
        let known = directory.users().map(|user| user.id);
        known.filter(|user| schedules.iter().any(|schedule| schedule.names(*user))).collect()
    };
    let mut pages = BTreeMap::new();
    for user in people {
        pages.insert(user, paged(engine, &directory, user, period).await?);
    }
    // Walking along a year of every schedule takes its time; other requests do not wait for it.
    let work = move || {
        let schedules: Vec<&Schedule> = directory.schedules().filter(ours).map(|schedule| &**schedule).collect();
        report(&directory, &schedules, period, &pages)
    };
    tokio::task::spawn_blocking(work).await.map_err(|error| {
        tracing::error!(%error, "the report broke down");
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "The report broke down. See the log.")
    })
}

/// When a person was paged: once for each page, however many messages it took.
async fn paged(
    engine: &Engine,
    directory: &Directory,
    user: UserId,
    period: Period,
) -> Result<Vec<Timestamp>, Problem> {
    let mut pages: BTreeMap<(Option<IncidentId>, u32), Timestamp> = BTreeMap::new();
    let (mut before, mut read): (Option<DeliveryId>, usize) = (None, 0);
    loop {
        let batch = batch(engine, user, before).await?;
        let reached = batch.last().is_none_or(|last| last.created_at < period.starts);
        for one in &batch {
            let within = period.starts <= one.created_at && one.created_at < period.ends;
            if let (true, Purpose::Page { page, .. }) = (within, &one.purpose) {
                let first = pages.entry((one.incident, *page)).or_insert(one.created_at);
                *first = one.created_at.min(*first);
            }
        }
        if reached || (batch.len() as i64) < BATCH {
            return Ok(pages.into_values().collect());
        }
        (before, read) = (batch.last().map(|last| last.id), read + batch.len());
        if read >= limits::LOAD_DELIVERIES {
            let name = directory.user(user).map_or("somebody", |user| &user.name);
            let message = format!(
                "more than {} messages went to {name} since then; ask for a later beginning",
                limits::LOAD_DELIVERIES
            );
            return Err(Problem::field("from", message));
        }
    }
}

async fn batch(engine: &Engine, user: UserId, before: Option<DeliveryId>) -> Result<Vec<DeliveryRecord>, Problem> {
    let read = engine.database().read((user, before), |(user, before), tx| {
        Box::pin(async move { deliveries::list(tx, Filter::User(*user), *before, BATCH).await })
    });
    Ok(read.await?)
}
