//! Overrides: somebody takes over for a while. Whoever is on a schedule may do so, managers may do it for anybody.

use allclear_core::access::Permission;
use allclear_core::directory::{Change, Directory, Kind, Object, Problem as Refused};
use allclear_core::id::{OverrideId, ScheduleId, UserId};
use allclear_core::schedule::{Override, Schedule};
use axum::extract::Path;
use jiff::{Timestamp, civil};

use super::super::flash::Flash;
use super::super::form::{Form, Problems};
use super::super::reader::Reader;
use super::super::reply::Reply;
use super::super::saved::{Saved, change, must_be_saved};
use super::one;
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

/// A moment as a browser writes it, on the clocks of the schedule's zone.
fn moment(schedule: &Schedule, text: &str) -> Result<Timestamp, String> {
    let wrong = || format!("`{text}` is not a date and a time; write it like 2026-11-27T20:00");
    let local: civil::DateTime = text.parse().map_err(|_| wrong())?;
    schedule.time_zone.rules().to_zoned(local).map(|zoned| zoned.timestamp()).map_err(|_| wrong())
}

/// Instead of whom; of everybody where nobody was chosen.
fn replaced(reader: &Reader, slug: &str) -> Result<Option<UserId>, String> {
    if slug.is_empty() {
        return Ok(None);
    }
    let found = reader.directory.users().find(|user| user.slug == slug);
    found.map(|user| Some(user.id)).ok_or_else(|| format!("Nobody has the login `{slug}`; choose somebody else."))
}

/// The form.
pub(in crate::routes) async fn add_override(reader: Reader, Path(slug): Path<String>, form: Form) -> Reply {
    let schedule = super::find(&reader, &slug)?;
    must(&reader, schedule)?;
    let mut problems = Problems::default();
    let user = reader.directory.users().find(|user| user.slug == form.text("user") && !user.suspended);
    let user = problems.take("user", user.ok_or("Choose who takes over."));
    let replaces = problems.take("replaces", replaced(&reader, form.text("replaces")));
    if let (Some(user), Some(Some(replaced))) = (user, replaces)
        && user.id == replaced
    {
        problems.add("replaces", "They would replace themselves; choose somebody else.");
    }
    let starts = problems.take("starts", moment(schedule, form.text("starts")));
    let ends = problems.take("ends", moment(schedule, form.text("ends")));
    if let (Some(starts), Some(ends)) = (starts, ends) {
        if ends <= starts {
            problems.add("ends", "It ends before it starts; make it end later.");
        } else if ends <= reader.now() {
            problems.add("ends", "It is over already; make it end later.");
        }
    }
    let (Some(user), Some(starts), Some(ends), true) = (user, starts, ends, problems.is_empty()) else {
        let page = one::page(&reader, schedule, &form, problems).await?;
        return reader.refuse(&page);
    };
    let id = OverrideId::new(reader.engine().maker().id(reader.now()));
    let added = Override { id, user: user.id, replaces: replaces.flatten(), starts, ends };
    let now = reader.now();
    let saved = edit(&reader, &form, schedule.id, |schedule| {
        // What is long over only fills the schedule.
        schedule.overrides.retain(|one| one.ends > now);
        schedule.overrides.push(added.clone());
    });
    must_be_saved(saved.await?, &form)?;
    let text = format!("{} takes over from {}.", user.name, reader.when(starts).short_with_zone());
    let fields = Vec::new();
    let flash = Flash::good(text).with_undo(format!("/schedules/{slug}/overrides/{id}/remove"), "Undo", fields);
    Ok(reader.go_saying(&format!("/schedules/{slug}"), &flash))
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
