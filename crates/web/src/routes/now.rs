//! `/`: am I on call, what is mine, what happens next, is anything on fire.

use allclear_core::conflict::{self, Conflict, Reason};
use allclear_core::incident::{Incident, Status};
use allclear_core::readiness::Period;
use allclear_core::schedule::Schedule;
use allclear_core::severity::{Severity, Urgency};
use allclear_store::deliveries::{self, Filter, Purpose};
use allclear_store::incidents::{self, IncidentRecord};
use jiff::{SignedDuration, Timestamp};

use super::reader::Reader;
use super::reply::Reply;
use super::view;
use crate::pages::{Duty, NowPage, OwnConflict, Section, Upcoming, When};
use crate::problem::Problem;

/// How far ahead the reader's next shift is looked for.
const AHEAD: SignedDuration = SignedDuration::from_hours(24 * 60);
/// How far back a shift under way is followed.
const BACK: SignedDuration = SignedDuration::from_hours(24 * 14);
/// How many incidents are looked at for the end of the last one.
const LATEST: i64 = 200;
/// How many of the open incidents that name the reader are looked at for those that are theirs.
const NAMING: i64 = 200;
/// How many rows of each kind are shown.
const ROWS: usize = 20;
/// What counts as a fire, the worst first.
const FIRES: [Severity; 2] = [Severity::Sev1, Severity::Sev2];
/// How many things that happen next are shown.
const NEXT: usize = 8;

/// The page.
pub(super) async fn page(reader: Reader) -> Reply {
    let standing = reader.standing().await?;
    let read = reader.engine().database().read(reader.user.id, |user, tx| {
        Box::pin(async move {
            let naming = incidents::open_naming(tx, *user, NAMING).await?;
            let mut fires = Vec::new();
            // One list for each severity: in a storm, thousands of lesser ones are newer than the worst.
            for severity in FIRES {
                let filter = incidents::Filter { open: true, severity: Some(severity), ..incidents::Filter::default() };
                fires.extend(incidents::list(tx, filter, ROWS as i64).await?);
            }
            let latest = incidents::list(tx, incidents::Filter::default(), LATEST).await?;
            Ok((naming, fires, latest))
        })
    });
    let (naming, fires, latest) = read.await?;
    let mine: Vec<&IncidentRecord> =
        naming.iter().filter(|record| is_mine(&reader, &record.incident)).take(ROWS).collect();
    let fires: Vec<&IncidentRecord> = fires.iter().collect();
    let (duties, next_duty) = duties(&reader);
    let page = NowPage {
        shell: reader.shell_with(&standing, "Now", Section::Now),
        upcoming: upcoming(&reader, &mine, &fires, &duties),
        duties,
        conflicts: conflicts(&reader),
        covers: super::cover::of_person(&reader, reader.user.id).await?,
        next_duty,
        mine: mine.iter().map(|record| view::incident_row(&reader, record)).collect(),
        fires: fires.iter().take(ROWS).map(|record| view::incident_row(&reader, record)).collect(),
        open: standing.open,
        quiet_since: quiet_since(&latest).map(|at| reader.when(at)),
        last_reached: last_reached(&reader, reader.user.id).await?,
        unreachable: unreachable(&reader.user),
    };
    reader.show(&page)
}

/// Why a person cannot be paged at all, with the remedy.
pub(super) fn unreachable(user: &allclear_core::directory::User) -> Option<String> {
    let reachable = !user.ladder(Urgency::High).is_empty();
    let why = if user.contacts.is_empty() {
        "There is no contact method. Add one."
    } else {
        "No contact method is verified. Type in the code that was sent there."
    };
    (!reachable && !user.suspended).then(|| why.to_owned())
}

fn is_mine(reader: &Reader, incident: &Incident) -> bool {
    incident.page_of(reader.user.id).is_some() || incident.assigned.contains(&reader.user.id)
}

/// When the last incident was over, by the latest ones.
pub(super) fn quiet_since(latest: &[IncidentRecord]) -> Option<Timestamp> {
    let ended = latest.iter().filter_map(|record| match record.incident.status {
        Status::Resolved { at, .. } | Status::Merged { at, .. } => Some(at),
        Status::Triggered | Status::Acknowledged { .. } | Status::Snoozed { .. } => None,
    });
    ended.max()
}

/// When the last page or test page reached a person, and by what.
pub(super) async fn last_reached(
    reader: &Reader,
    user: allclear_core::id::UserId,
) -> Result<Option<(When, String)>, Problem> {
    let read = reader
        .engine()
        .database()
        .read(user, |user, tx| Box::pin(async move { deliveries::list(tx, Filter::User(*user), None, 50).await }));
    let reached = read.await?.into_iter().find(|one| {
        let rings = match one.purpose {
            Purpose::Page { .. } | Purpose::Bundle { .. } | Purpose::Test => true,
            Purpose::Inform { .. } | Purpose::Verify { .. } | Purpose::Cover { .. } | Purpose::Handover { .. } => false,
        };
        rings && view::has_left(one.delivery.status)
    });
    Ok(reached.map(|one| (reader.when(one.changed_at), view::contact_name(&reader.directory, &one))))
}

/// Where the reader is on call now, and where next.
fn duties(reader: &Reader) -> (Vec<Duty>, Option<Duty>) {
    let now = reader.now();
    let (mut current, mut next): (Vec<Duty>, Option<(Timestamp, Duty)>) = (Vec::new(), None);
    for schedule in reader.directory.schedules() {
        match duty(reader, schedule, now) {
            Some((starts, duty)) if starts <= now => current.push(duty),
            Some((starts, duty)) if next.as_ref().is_none_or(|(known, _)| starts < *known) => {
                next = Some((starts, duty));
            }
            Some(_) | None => {}
        }
    }
    (current, next.map(|(_, duty)| duty))
}

fn duty(reader: &Reader, schedule: &Schedule, now: Timestamp) -> Option<(Timestamp, Duty)> {
    let me = reader.user.id;
    let from = now.checked_sub(BACK).unwrap_or(Timestamp::MIN);
    let until = now.checked_add(AHEAD).unwrap_or(Timestamp::MAX);
    let shifts = schedule.shifts(from, until);
    let shift = shifts.iter().find(|shift| shift.has(me) && shift.ends > now)?;
    let ends = schedule.on_call_until(me, shift.starts.max(now)).filter(|ends| *ends < until);
    let duty = Duty {
        schedule: view::schedule_anchor(schedule),
        starts: reader.when(shift.starts),
        ends: ends.map(|ends| reader.when(ends)),
        beside: beside(reader, schedule, now),
        shadows: reader.people(&schedule.shadows(now)),
    };
    Some((shift.starts, duty))
}

/// Where the reader is on call in the next weeks and cannot be counted on.
fn conflicts(reader: &Reader) -> Vec<OwnConflict> {
    let now = reader.now();
    let range = Period { starts: now, ends: now.checked_add(super::on_call::AHEAD).unwrap_or(Timestamp::MAX) };
    let mine = reader.directory.schedules().filter(|schedule| schedule.names(reader.user.id));
    let found = mine.flat_map(|schedule| {
        let all = conflict::conflicts(&reader.directory, schedule, range);
        all.into_iter().filter(|one| one.user == reader.user.id).map(move |one| (schedule, one))
    });
    let row = |(schedule, one): (&std::sync::Arc<Schedule>, Conflict)| {
        let why = match &one.why {
            Reason::TimeOff(note) if note.is_empty() => "have time off".to_owned(),
            Reason::TimeOff(note) => format!("have time off ({note})"),
            Reason::Holiday(name) => format!("have a holiday ({name})"),
            Reason::OnCallTwice(_) | Reason::Left => return None,
        };
        let (starts, ends) = (reader.when(one.period.starts), reader.when(one.period.ends));
        Some(OwnConflict { schedule: view::schedule_anchor(schedule), starts, ends, why })
    };
    found.filter_map(row).take(ROWS).collect()
}

/// Whoever is on call now by the other schedules of the same team, and those on call together with the reader.
fn beside(reader: &Reader, schedule: &Schedule, now: Timestamp) -> Vec<crate::pages::Person> {
    let others = reader.directory.schedules().filter(|other| other.id != schedule.id && other.team == schedule.team);
    let together = schedule.on_call(now);
    let mut people: Vec<_> = others.flat_map(|other| other.on_call(now)).chain(together).collect();
    people.retain(|user| *user != reader.user.id);
    people.sort_unstable();
    people.dedup();
    reader.people(&people)
}

/// What happens next with what is the reader's, with what is on fire, and with their duties.
fn upcoming(reader: &Reader, mine: &[&IncidentRecord], fires: &[&IncidentRecord], duties: &[Duty]) -> Vec<Upcoming> {
    let fires = fires.iter().filter(|fire| mine.iter().all(|record| record.number != fire.number)).take(ROWS);
    let mine = mine.iter().flat_map(|record| view::upcoming_of(reader, record, true).into_iter().take(2));
    let next_of_fires = fires.filter_map(|record| view::upcoming_of(reader, record, true).into_iter().next());
    let mut coming: Vec<Upcoming> = mine.chain(next_of_fires).collect();
    for duty in duties {
        if let Some(ends) = &duty.ends {
            let what = format!("You hand {} over.", duty.schedule.text);
            coming.push(Upcoming { at: ends.clone(), what, incident: None });
        }
    }
    coming.sort_by_key(|one| one.at.iso());
    coming.truncate(NEXT);
    coming
}
