//! What is in the database: whether it is whole, and whether it makes sense.

use allclear_core::directory::Directory;
use allclear_core::fact::Fact;
use allclear_core::invariant::{self, StoredIncident, Tried, Violation};
use allclear_core::journal::{Chain, Entry};
use allclear_core::readiness::{self, Level};
use allclear_engine::host::MailRoute;
use allclear_engine::{Engine, MAIL_PASSWORD, MasterKey};
use allclear_store::deliveries::{self, DeliveryRecord, Purpose};
use allclear_store::incidents::{self, Filter, IncidentRecord, StoredEntry};
use allclear_store::timers::{self, Subject};
use allclear_store::{Database, Tx, alerts, audit, health};
use jiff::{SignedDuration, Timestamp};

use super::Check;
use crate::client::now;
use crate::home::{Home, closed_to};
use crate::output::{counted, length};
use crate::outside::greet;

/// How many entries of an incident's journal are read.
const ENTRIES: i64 = 1_000_000;
/// How many incidents are listed at a time.
const ROWS: i64 = 500;
/// How long work may wait where a server does it.
const LAG: SignedDuration = SignedDuration::from_secs(60);
/// How far clocks may be apart.
const SKEW: SignedDuration = SignedDuration::from_secs(5);
/// How many broken promises are told in full.
const TOLD: usize = 5;
/// How many days ahead readiness is asked about.
const DAYS: u32 = 28;

pub(super) async fn check(home: &Home) -> Vec<Check> {
    let database = match home.open_for_reading().await {
        Ok(database) => database,
        Err(error) => {
            let remedy = "Name the server's data directory or database, or restore a backup.";
            return vec![Check::fail("database", format!("{error:#}"), remedy)];
        }
    };
    let mut checks = match whole(&database).await {
        Ok(check) => vec![check],
        Err(error) if database.is_shared() => {
            let remedy = "See whether it runs, and whether --database has its address, user and password.";
            return vec![Check::fail("database", format!("{error:#}"), remedy)];
        }
        Err(error) => return vec![Check::of("database", Err(error))],
    };
    let migrated = Check::of("migrations", migrations(&database).await);
    let usable = migrated.remedy.is_none();
    checks.push(migrated);
    if !usable {
        return checks;
    }
    let engine = match engine(home, &database).await {
        Ok(engine) => engine,
        Err(error) => {
            checks.push(Check::of("configuration", Err(error)));
            return checks;
        }
    };
    if let Ok(key) = home.key() {
        checks.push(Check::of("secrets", secrets(&database, &key).await));
    }
    checks.push(Check::of("clock", clock(&database).await));
    checks.push(Check::of("audit log", audit_log(&engine).await));
    checks.push(Check::of("open incidents", open_incidents(&database).await));
    checks.push(Check::of("work waiting", waiting(&database).await));
    checks.push(Check::of("mail server", mail(&engine).await));
    checks.push(readiness(&engine.directory()));
    checks
}

/// The engine, to read with. A key that is missing was told already, and nothing here needs it.
async fn engine(home: &Home, database: &Database) -> anyhow::Result<Engine> {
    let key = home.key().unwrap_or_else(|_| MasterKey::new([0; 32]));
    crate::local::engine(database.clone(), key).await
}

async fn whole(database: &Database) -> anyhow::Result<Check> {
    let damage = database.read((), |(), tx| Box::pin(async move { health::integrity(tx).await })).await?;
    Ok(if damage.is_empty() {
        let found = if database.is_shared() { "answers" } else { "whole" };
        Check::ok("database", format!("{}, {found}", database.name()))
    } else {
        let remedy = "Stop the server, keep the file, and restore the latest backup.";
        Check::fail("database", damage.join("; "), remedy)
    })
}

async fn migrations(database: &Database) -> anyhow::Result<Check> {
    let read = database.read((), |(), tx| Box::pin(async move { health::outstanding_migrations(tx).await }));
    Ok(match read.await {
        Ok(0) => Check::ok("migrations", "up to date"),
        Ok(outstanding) => {
            let remedy = "Back it up, then start `allclear serve` of this version, which does the rest.";
            Check::warn("migrations", format!("{outstanding} to be applied"), remedy)
        }
        Err(error) => Check::fail("migrations", error.to_string(), "Use the version of Allclear that wrote it."),
    })
}

async fn secrets(database: &Database, key: &MasterKey) -> anyhow::Result<Check> {
    let (all, closed) = closed_to(database, key).await?;
    Ok(if closed.is_empty() {
        Check::ok("secrets", format!("the master key opens all {all}"))
    } else {
        let detail = format!("the master key does not open {} of {all}: {}", closed.len(), closed.join(", "));
        Check::fail("secrets", detail, "Put back the master key with which they were sealed, or set them anew.")
    })
}

/// Nothing that is stored can be later than now.
async fn clock(database: &Database) -> anyhow::Result<Check> {
    let read = database.read((), |(), tx| {
        Box::pin(async move {
            let audit = audit::latest(tx, None, 1).await?.first().map(|entry| entry.at);
            let newest = incidents::list(tx, Filter::default(), 1).await?.first().map(|one| one.incident.opened_at);
            Ok(audit.max(newest))
        })
    });
    let newest: Option<Timestamp> = read.await?;
    let ahead = newest.map_or(SignedDuration::ZERO, |newest| newest.duration_since(now()));
    Ok(if ahead > SKEW {
        let detail = format!("the machine's clock is {} behind what is stored", length(ahead));
        Check::fail("clock", detail, "Set the clock, and keep it set with chrony or systemd-timesyncd.")
    } else {
        Check::ok("clock", format!("{:.0}", now()))
    })
}

async fn audit_log(engine: &Engine) -> anyhow::Result<Check> {
    let checked = engine.check_audit().await?;
    Ok(match checked.first_break {
        None => Check::ok(
            "audit log",
            format!("{}, each follows from the one before it", counted(checked.entries, "entry")),
        ),
        Some(number) => {
            let remedy = "Somebody changed the database by hand. Compare with a backup to see what.";
            Check::fail("audit log", format!("entry {number} does not follow from the one before it"), remedy)
        }
    })
}

/// An incident and all that must agree with it, as of one moment.
struct Stored {
    record: IncidentRecord,
    journal: Vec<StoredEntry>,
    timer: Option<Timestamp>,
    firing: u32,
    deliveries: Vec<DeliveryRecord>,
}

impl Stored {
    async fn read(tx: &mut Tx<'_>, record: IncidentRecord) -> allclear_store::Result<Self> {
        let journal = incidents::journal(tx, record.id, 0, ENTRIES).await?;
        let timer = timers::one(tx, Subject::Incident, record.id.uuid()).await?;
        let firing = alerts::firing_of_incident(tx, record.id).await?.len();
        let deliveries = deliveries::of_incident(tx, record.id, ENTRIES).await?;
        Ok(Self { record, journal, timer, firing: u32::try_from(firing).unwrap_or(u32::MAX), deliveries })
    }

    fn violations(&self) -> allclear_store::Result<Vec<Violation>> {
        let entries = self.journal.iter().map(StoredEntry::entry).collect::<Result<Vec<Entry<Fact>>, _>>()?;
        let mut found = invariant::incident_holds(StoredIncident {
            id: self.record.id,
            state: &self.record.incident,
            entries: &entries,
            timer: self.timer,
            firing_alerts: self.firing,
        });
        let chained = self.journal.iter().map(|entry| (entry.number, entry.body.as_str(), entry.hash));
        found.extend(invariant::chain_holds(Chain::Incident(self.record.id), chained));
        let facts = entries.iter().flat_map(|entry| entry.facts.iter().map(|fact| (entry.at, fact)));
        let tried: Vec<Tried> = facts.filter_map(|(at, fact)| Tried::of(at, fact)).collect();
        let sent = self.deliveries.iter().filter_map(|record| match record.purpose {
            Purpose::Page { page, rung, .. } => Some(((page, rung), record.id, record.contact)),
            Purpose::Bundle { .. }
            | Purpose::Inform { .. }
            | Purpose::Verify { .. }
            | Purpose::Test
            | Purpose::Cover { .. }
            | Purpose::Handover { .. } => None,
        });
        // As long as an incident is open, none of its deliveries is deleted.
        found.extend(invariant::each_try_is_sent_once(self.record.id, &tried, sent, Timestamp::MIN));
        Ok(found)
    }
}

/// The facts of each open incident make its stored state; its timer, its alerts and its pages agree with them.
async fn open_incidents(database: &Database) -> anyhow::Result<Check> {
    let (mut count, mut found) = (0_usize, Vec::new());
    let mut before = None;
    loop {
        let filter = Filter { open: true, before, ..Filter::default() };
        let page: Vec<Stored> = database
            .read(filter, |filter, tx| {
                Box::pin(async move {
                    let mut page = Vec::new();
                    for record in incidents::list(tx, *filter, ROWS).await? {
                        page.push(Stored::read(tx, record).await?);
                    }
                    Ok(page)
                })
            })
            .await?;
        let Some(last) = page.last() else { break };
        before = last.record.number;
        count += page.len();
        for stored in &page {
            let reference = stored.record.reference();
            let violations = stored.violations()?;
            let tell = |violation: &Violation| format!("{reference} {}: {}", violation.invariant.id, violation.detail);
            found.extend(violations.iter().map(tell));
        }
    }
    Ok(if found.is_empty() {
        Check::ok("open incidents", format!("{count}; the facts of each make its state, and its pages"))
    } else {
        let remedy = "Keep a backup, report it, and look at these incidents by hand: their pages may not come.";
        let (told, rest) = found.split_at(found.len().min(TOLD));
        let more = if rest.is_empty() { String::new() } else { format!("; and {} more", rest.len()) };
        Check::fail("open incidents", told.join("; ") + &more, remedy)
    })
}

async fn waiting(database: &Database) -> anyhow::Result<Check> {
    let counts = database.read((), |(), tx| Box::pin(async move { health::counts(tx).await })).await?;
    let oldest = [counts.oldest_segment, counts.oldest_delivery].into_iter().flatten().min();
    let lag = oldest.map_or(SignedDuration::ZERO, |oldest| now().duration_since(oldest));
    let (queued, failed) = (counts.queued_deliveries, counts.failed_deliveries);
    let detail = format!("{} queued, {failed} given up", counted(queued, "message"));
    Ok(if lag > LAG {
        let detail = format!("{detail}; the oldest work has waited for {}", length(lag));
        Check::warn("work waiting", detail, "Is the server running? Its log and /readyz say what holds it up.")
    } else {
        Check::ok("work waiting", detail)
    })
}

/// Greets the mail server, without sending a mail.
async fn mail(engine: &Engine) -> anyhow::Result<Check> {
    let Some(server) = engine.directory().organisation.mail.clone() else {
        let remedy = "Set one up in the settings, or in a file, if anybody is to be paged by mail.";
        return Ok(Check::warn("mail server", "none is set up", remedy));
    };
    let place = format!("{}:{}", server.host, server.port);
    let password = engine.secret(MAIL_PASSWORD).await?.map(allclear_channels::Secret::new);
    Ok(match greet(MailRoute { server, password }).await {
        Ok(()) => Check::ok("mail server", format!("{place} answers")),
        Err(said) => {
            let remedy = "Check its name, port, protection and password in the settings, and the way there.";
            Check::fail("mail server", format!("{place}: {said}"), remedy)
        }
    })
}

fn readiness(directory: &Directory) -> Check {
    let findings = readiness::check(directory, now(), DAYS);
    let errors = findings.iter().filter(|finding| finding.level == Level::Error).count();
    match (errors, findings.len() - errors) {
        (0, 0) => Check::ok("readiness", format!("everybody who matters can be reached for {DAYS} days")),
        (0, warnings) => Check::ok("readiness", format!("{}; see `allclear check`", counted(warnings, "warning"))),
        (errors, _) => Check::warn(
            "readiness",
            format!("{} for the next {DAYS} days: a page can end with nobody", counted(errors, "error")),
            "`allclear check` says which, and what to do.",
        ),
    }
}
