//! Overrides: somebody takes over for a while. Whoever is on a schedule may do so, managers may do it for anybody.

use allclear_core::access::Permission;
use allclear_core::directory::{Change, Directory, Kind, Object, Problem as Refused};
use allclear_core::id::{OverrideId, ScheduleId, UserId};
use allclear_core::limits;
use allclear_core::readiness::Period;
use allclear_core::schedule::{Override, Schedule};
use allclear_core::zone::Zone;
use axum::extract::Path;
use jiff::{SignedDuration, Timestamp, civil};

use super::super::flash::Flash;
use super::super::form::{Form, Problems};
use super::super::reader::Reader;
use super::super::reply::Reply;
use super::super::saved::{Saved, change, must_be_saved};
use super::shown::Shown;
use super::{changes, one};
use crate::problem::Problem;

/// Whether the reader may plan overrides of this schedule.
pub(super) fn may(reader: &Reader, schedule: &Schedule) -> bool {
    if !reader.may(Permission::ManageOwnContacts) {
        return false;
    }
    let takes_turns =
        schedule.layers.iter().any(|layer| layer.participants.iter().any(|crew| crew.has(reader.user.id)));
    reader.may(Permission::Manage(Kind::Schedule)) || takes_turns
}

fn must(reader: &Reader, schedule: &Schedule) -> Result<(), Problem> {
    if may(reader, schedule) {
        return Ok(());
    }
    Err(Problem::forbidden("plan overrides of a schedule that you are not on"))
}

/// How far the consequences of an override are looked at.
const AHEAD: SignedDuration = SignedDuration::from_hours(limits::DAYS_AHEAD as i64 * 24);

/// A moment as a browser writes it, on the clocks of that zone.
fn moment(zone: &Zone, text: &str) -> Result<Timestamp, String> {
    let wrong = || format!("`{text}` is not a date and a time; write it like 2026-11-27T20:00");
    let local: civil::DateTime = text.parse().map_err(|_| wrong())?;
    zone.rules().to_zoned(local).map(|zoned| zoned.timestamp()).map_err(|_| wrong())
}

/// Instead of whom; of everybody where nobody was chosen.
fn replaced(reader: &Reader, slug: &str) -> Result<Option<UserId>, String> {
    if slug.is_empty() {
        return Ok(None);
    }
    let found = reader.directory.users().find(|user| user.slug == slug);
    found.map(|user| Some(user.id)).ok_or_else(|| format!("Nobody has the login `{slug}`; choose somebody else."))
}

/// The override that was typed; nothing when it cannot be read, which is then among the problems.
fn read(reader: &Reader, form: &Form, zone: &Zone, problems: &mut Problems) -> Option<Override> {
    let user = reader.directory.users().find(|user| user.slug == form.text("user") && !user.suspended);
    let user = problems.take("user", user.ok_or("Choose who takes over."));
    let replaces = problems.take("replaces", replaced(reader, form.text("replaces")));
    if let (Some(user), Some(Some(replaced))) = (user, replaces)
        && user.id == replaced
    {
        problems.add("replaces", "They would replace themselves; choose somebody else.");
    }
    let starts = problems.take("starts", moment(zone, form.text("starts")));
    let ends = problems.take("ends", moment(zone, form.text("ends")));
    if let (Some(starts), Some(ends)) = (starts, ends) {
        if ends <= starts {
            problems.add("ends", "It ends before it starts; make it end later.");
        } else if ends <= reader.now() {
            problems.add("ends", "It is over already; make it end later.");
        }
    }
    let id = OverrideId::new(reader.engine().maker().id(reader.now()));
    let read = Override { id, user: user?.id, replaces: replaces?, starts: starts?, ends: ends? };
    problems.is_empty().then_some(read)
}

/// The zone of the form's times: the one that the page was shown in, or else the schedule's.
fn zone_of(schedule: &Schedule, form: &Form) -> Result<Zone, String> {
    match form.text("zone") {
        "" => Ok(schedule.time_zone.clone()),
        text => text.parse(),
    }
}

/// The form: saves it, or says whom it would replace.
pub(in crate::routes) async fn add_override(reader: Reader, Path(slug): Path<String>, form: Form) -> Reply {
    let schedule = super::find(&reader, &slug)?;
    must(&reader, schedule)?;
    let shown = Shown::of_form(&reader, &form);
    let mut problems = Problems::default();
    let zone = problems.take("zone", zone_of(schedule, &form)).unwrap_or_else(|| shown.zone().clone());
    let added = read(&reader, &form, &zone, &mut problems);
    let Some(added) = added else {
        let problems = problems.into_list();
        let changes = changes::unreadable(&problems);
        let page = one::page(&reader, schedule, &shown, &one::Typed { form, changes, problems }).await?;
        return reader.refuse(&page);
    };
    if form.text("action") == "preview" {
        let mut after = Schedule::clone(schedule);
        after.overrides.push(added.clone());
        let last = added.starts.saturating_add(AHEAD).unwrap_or(Timestamp::MAX);
        let range = Period { starts: added.starts, ends: added.ends.min(last) };
        let changes = Some(changes::changes(&reader, schedule, &after, range, &shown.clock(&reader)));
        let problems = Vec::new();
        let page = one::page(&reader, schedule, &shown, &one::Typed { form, changes, problems }).await?;
        return reader.show(&page);
    }
    let now = reader.now();
    let saved = edit(&reader, &form, schedule.id, |schedule| {
        // What is long over only fills the schedule.
        schedule.overrides.retain(|one| one.ends > now);
        schedule.overrides.push(added.clone());
    });
    must_be_saved(saved.await?, &form)?;
    let (name, from) = (reader.person(added.user).name, reader.when(added.starts).short_with_zone());
    let undo = format!("/schedules/{slug}/overrides/{}/remove", added.id);
    let flash = Flash::good(format!("{name} takes over from {from}.")).with_undo(undo, "Undo", Vec::new());
    let back = if form.text("from").is_empty() { format!("/schedules/{slug}") } else { shown.here(&slug) };
    Ok(reader.go_saying(&back, &flash))
}

/// Takes an override out.
pub(in crate::routes) async fn remove_override(
    reader: Reader,
    Path((slug, id)): Path<(String, String)>,
    form: Form,
) -> Reply {
    let schedule = super::find(&reader, &slug)?;
    must(&reader, schedule)?;
    let id: OverrideId = id.parse().map_err(|_| Problem::not_found("override"))?;
    let saved = edit(&reader, &form, schedule.id, |schedule| schedule.overrides.retain(|one| one.id != id));
    must_be_saved(saved.await?, &form)?;
    Ok(reader.go_saying(&format!("/schedules/{slug}"), &Flash::good("The override is removed.")))
}

async fn edit(reader: &Reader, form: &Form, id: ScheduleId, edit: impl Fn(&mut Schedule)) -> Result<Saved, Problem> {
    let plan = |directory: &Directory| -> Result<Vec<Change>, Vec<Refused>> {
        let Some(schedule) = directory.schedule(id) else { return Ok(Vec::new()) };
        let mut schedule = Schedule::clone(schedule);
        edit(&mut schedule);
        Ok(vec![Change::Put(Object::from(schedule))])
    };
    change(reader, form, plan, str::to_owned).await
}
