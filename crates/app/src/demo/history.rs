//! The last week of the company, before the visitor came.

use std::collections::BTreeSet;

use allclear_core::actor::{Actor, Via};
use allclear_core::directory::{Directory, Kind, Object};
use allclear_core::id::{IncidentId, IntegrationId, ServiceId, UserId};
use allclear_core::incident::Input;
use allclear_store::incidents::{self, Filter};
use allclear_world::Past;
use anyhow::Context as _;
use jiff::{SignedDuration, Timestamp};

use super::trouble::{self, Trouble, trouble};

/// How long ago it begins.
pub(super) const LENGTH: SignedDuration = SignedDuration::from_hours(24 * 7);

/// What happens.
enum Event {
    Deploys(&'static str, &'static str),
    Fires(Trouble),
    Clears(Trouble),
    /// Whoever is on call acknowledges what is open on this service.
    Acknowledges(&'static str),
    Notes(&'static str, &'static str),
    Snoozes(&'static str, SignedDuration),
    Resolves(&'static str),
}

use Event::{Acknowledges, Clears, Deploys, Fires, Notes, Resolves, Snoozes};

fn errors() -> Trouble {
    trouble("checkout-prometheus", "CheckoutErrors", "critical", "Checkout answers 500 to 12% of orders")
        .with("cluster", "eu-1")
}

fn lag(cluster: &str) -> Trouble {
    trouble("database-prometheus", "ReplicaLag", "error", &format!("Replica of {cluster} is 4m behind"))
        .with("cluster", cluster)
}

fn disk() -> Trouble {
    trouble("database-prometheus", "DiskFilling", "warning", "Disk of orders-2 is full in about 9h")
        .with("cluster", "orders-2")
}

fn sign_in() -> Trouble {
    trouble("auth-prometheus", "SignInSlow", "error", "Signing in takes 3.4s at p95").with("zone", "b")
}

fn search() -> Trouble {
    trouble("search-prometheus", "IndexOld", "warning", "Search shows articles of 40m ago").with("index", "articles")
}

/// When it happens, in minutes before now, and what.
fn events() -> Vec<(i64, Event)> {
    vec![
        (9_600, Deploys("checkout-deploys", "checkout 4.17.0: new voucher rules")),
        (9_585, Fires(errors())),
        (9_583, Acknowledges("checkout")),
        (9_575, Notes("checkout", "Vouchers of more than one currency throw. Rolling back to 4.16.2.")),
        (9_566, Deploys("checkout-deploys", "checkout 4.16.2 (rollback)")),
        (9_560, Clears(errors())),
        (7_900, Fires(lag("orders-1"))),
        (7_893, Acknowledges("database")),
        (7_860, Notes("database", "A report of the month's end holds a lock. Asked the data team to stop it.")),
        (7_841, Clears(lag("orders-1"))),
        (7_839, Resolves("database")),
        (6_020, Fires(sign_in())),
        (6_001, Acknowledges("auth")),
        (5_990, Clears(sign_in())),
        (4_400, Fires(search())),
        (4_100, Acknowledges("search")),
        (3_990, Clears(search())),
        (2_890, Fires(errors())),
        (2_888, Fires(lag("orders-1"))),
        (2_887, Acknowledges("checkout")),
        (2_886, Acknowledges("database")),
        (2_870, Notes("checkout", "Same cause as the lag: orders-1 has failed over.")),
        (2_850, Clears(lag("orders-1"))),
        (2_848, Clears(errors())),
        (2_845, Resolves("database")),
        (1_330, Fires(sign_in())),
        (1_327, Acknowledges("auth")),
        (1_310, Clears(sign_in())),
        (190, Deploys("api-gateway-deploys", "gateway: longer keep-alive for partners")),
        (95, Fires(disk())),
        (88, Acknowledges("database")),
        (80, Notes("database", "Old WAL is kept by a slot nobody reads. Dropping it after the backup at six.")),
        (79, Snoozes("database", SignedDuration::from_hours(6))),
        (24, Fires(search())),
    ]
}

/// What fires when the visitor comes.
pub(super) fn still_firing() -> BTreeSet<Trouble> {
    let mut firing = BTreeSet::new();
    for (_, event) in events() {
        match event {
            Fires(trouble) => drop(firing.insert(trouble)),
            Clears(trouble) => drop(firing.remove(&trouble)),
            Deploys(..) | Acknowledges(_) | Notes(..) | Snoozes(..) | Resolves(_) => {}
        }
    }
    firing
}

/// Lets all of it happen.
pub(super) async fn live_through(past: &Past, now: Timestamp) -> anyhow::Result<()> {
    for (minutes, event) in events() {
        let at = now - SignedDuration::from_mins(minutes);
        past.until(at).await?;
        happen(past, at, event).await?;
    }
    // What is still on its way a moment before now arrives before the visitor does.
    past.until(now - SignedDuration::from_secs(5)).await?;
    Ok(())
}

async fn happen(past: &Past, at: Timestamp, event: Event) -> anyhow::Result<()> {
    match event {
        Deploys(slug, summary) => {
            let body = trouble::deploy("-", summary, at);
            past.receive(integration(past, slug)?, "pagerduty-change", body).await?;
        }
        Fires(trouble) => tell(past, at, &trouble, true).await?,
        Clears(trouble) => tell(past, at, &trouble, false).await?,
        Acknowledges(service) => act(past, at, service, Via::Link, Input::Acknowledge).await?,
        Resolves(service) => act(past, at, service, Via::Web, Input::Resolve).await?,
        Notes(service, text) => act(past, at, service, Via::Web, Input::Note { text: text.to_owned() }).await?,
        Snoozes(service, length) => act(past, at, service, Via::Web, Input::Snooze { until: at + length }).await?,
    }
    Ok(())
}

async fn tell(past: &Past, at: Timestamp, trouble: &Trouble, fires: bool) -> anyhow::Result<()> {
    let body = trouble::told(std::slice::from_ref(trouble), fires, at);
    past.receive(integration(past, trouble.integration)?, "alertmanager", body).await?;
    Ok(())
}

fn integration(past: &Past, slug: &str) -> anyhow::Result<IntegrationId> {
    let directory = past.engine().directory();
    Ok(IntegrationId::new(named(&directory, Kind::Integration, slug)?.uuid()))
}

async fn act(past: &Past, at: Timestamp, slug: &str, via: Via, input: Input) -> anyhow::Result<()> {
    let directory = past.engine().directory();
    let service = ServiceId::new(named(&directory, Kind::Service, slug)?.uuid());
    let user = on_call(&directory, service, at).with_context(|| format!("nobody is on call for `{slug}`"))?;
    let incident = open(past, service).await?.with_context(|| format!("nothing is open on `{slug}` at {at}"))?;
    past.act(incident, Actor::User { user, via }, input).await?;
    Ok(())
}

/// The incident of the service that was opened last and is still open.
async fn open(past: &Past, service: ServiceId) -> anyhow::Result<Option<IncidentId>> {
    let filter = Filter { open: true, service: Some(service), ..Filter::default() };
    let found = past.engine().database().read(filter, |filter, tx| Box::pin(incidents::list(tx, *filter, 1))).await?;
    Ok(found.first().map(|record| record.id))
}

/// Whom the service pages first at that moment.
pub(super) fn on_call(directory: &Directory, service: ServiceId, at: Timestamp) -> Option<UserId> {
    let policy = directory.policy(directory.service(service)?.policy?)?;
    let targets = policy.steps.iter().flat_map(|step| &step.targets);
    targets.flat_map(|target| directory.targeted(target, at)).map(|one| one.user).next()
}

/// A thing of the directory by its slug, or why there is none.
pub(super) fn named<'a>(directory: &'a Directory, kind: Kind, slug: &str) -> anyhow::Result<&'a Object> {
    directory.by_slug(kind, slug).with_context(|| format!("no {} `{slug}`", kind.word()))
}
