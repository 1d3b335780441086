//! The form that asks for cover.

use allclear_core::cover::{Asking, Audience, Problem as Wrong};
use allclear_core::directory::{Kind, User};
use allclear_core::id::{ScheduleId, UserId};
use allclear_core::limits;
use allclear_core::readiness::Period;

use super::super::flash::Flash;
use super::super::form::{Form, Problems, Query};
use super::super::reader::Reader;
use super::super::reply::Reply;
use super::{manages, moment, show};
use crate::cover;
use crate::pages::{Choice, CoverForm};

/// The value of the choice that asks everybody who takes turns.
const PARTICIPANTS: &str = "participants";
/// The value of the choice that asks everybody in the team.
const TEAM: &str = "team";

/// The form as an address fills it in.
pub(super) fn form_of(reader: &Reader, query: &Query) -> CoverForm {
    let filled = |field: &str| query.text(field).chars().take(100).collect::<String>();
    filled_in(reader, &filled)
}

fn filled_in(reader: &Reader, filled: &dyn Fn(&str) -> String) -> CoverForm {
    let schedule = filled("schedule");
    let mine = |schedule: &&std::sync::Arc<allclear_core::schedule::Schedule>| {
        manages(reader)
            || schedule.names(reader.user.id)
            || schedule.team.is_some_and(|team| reader.user.teams.contains(&team))
    };
    let schedules = reader.directory.schedules().filter(mine);
    let present: Vec<&User> = reader.directory.users().map(|user| &**user).filter(|user| !user.suspended).collect();
    let person = |chosen: &str, user: &&User| Choice::new(&user.slug, &user.name, user.slug == chosen);
    let people = if manages(reader) {
        let chosen = Some(filled("user")).filter(|slug| !slug.is_empty()).unwrap_or_else(|| reader.user.slug.clone());
        present.iter().map(|user| person(&chosen, user)).collect()
    } else {
        Vec::new()
    };
    let chosen = filled("people");
    let mut whom = vec![
        Choice::new(PARTICIPANTS, "Everybody who takes turns and is free", chosen == PARTICIPANTS),
        Choice::new(TEAM, "Everybody in the team who is free", chosen == TEAM),
    ];
    whom.extend(
        present.iter().filter(|user| user.id != reader.user.id || manages(reader)).map(|user| person(&chosen, user)),
    );
    CoverForm {
        schedules: schedules.map(|one| Choice::new(&one.slug, &one.name, one.slug == schedule)).collect(),
        people,
        whom,
        from: filled("from"),
        until: filled("until"),
        return_from: filled("return_from"),
        return_until: filled("return_until"),
        note: filled("note"),
        problems: Vec::new(),
    }
}

/// The field of the form for a field of the request.
fn field_of(wrong: Wrong) -> &'static str {
    match wrong.field_and_message().0 {
        "of" => "people",
        field => field,
    }
}

/// The form.
pub(in crate::routes) async fn ask(reader: Reader, form: Form) -> Reply {
    let mut problems = Problems::default();
    let asking = read(&reader, &form, &mut problems);
    if let (Some(asking), true) = (asking, problems.is_empty()) {
        cover::must_for(reader.visitor.caller, Some(reader.user.id), asking.asker)
            .map_err(|problem| form.keep(problem))?;
        match reader.engine().ask_for_cover(reader.actor(), asking).await? {
            Ok(record) => {
                let people = record.request.asked.len();
                let noun = if people == 1 { "person is" } else { "people are" };
                let text = format!("{people} {noun} asked. You hear as soon as somebody answers.");
                let undo = format!("/cover/{}/withdraw", record.id);
                return Ok(reader.go_saying("/cover", &Flash::good(text).with_undo(undo, "Withdraw", Vec::new())));
            }
            Err(wrong) => wrong.into_iter().for_each(|one| problems.add(field_of(one), sentence(one))),
        }
    }
    let filled = |field: &str| form.text(field).to_owned();
    let again = CoverForm { problems: problems.into_list(), ..filled_in(&reader, &filled) };
    let page = show(&reader, again).await?;
    reader.refuse(&page)
}

/// What is wrong, as a sentence.
fn sentence(wrong: Wrong) -> String {
    let (_, message) = wrong.field_and_message();
    let mut letters = message.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", letters.as_str())
}

fn named(reader: &Reader, slug: &str) -> Option<UserId> {
    reader.directory.users().find(|user| user.slug == slug && !user.suspended).map(|user| user.id)
}

fn read(reader: &Reader, form: &Form, problems: &mut Problems) -> Option<Asking> {
    let zone = reader.zone();
    let slug = form.text("schedule");
    let schedule = reader.directory.by_slug(Kind::Schedule, slug).map(|object| ScheduleId::new(object.uuid()));
    let schedule = problems.take("schedule", schedule.ok_or("Choose a schedule."));
    let asker = match form.text("user") {
        "" => Some(reader.user.id),
        slug => problems.take("user", named(reader, slug).ok_or("Choose who is to be relieved.")),
    };
    let starts = problems.take("from", moment(zone, form.text("from")));
    let ends = problems.take("until", moment(zone, form.text("until")));
    let note = problems.at_most(form, "note", "The note", limits::COVER_NOTE_CHARACTERS).to_owned();
    let of = audience(reader, form, problems);
    let range = Period { starts: starts?, ends: ends? };
    Some(Asking { schedule: schedule?, asker: asker?, range, of: of?, note })
}

fn audience(reader: &Reader, form: &Form, problems: &mut Problems) -> Option<Audience> {
    let swaps = !form.text("return_from").is_empty() || !form.text("return_until").is_empty();
    match form.text("people") {
        PARTICIPANTS | TEAM | "" if swaps => {
            problems.add("people", "A swap is proposed to one person; choose who.");
            None
        }
        PARTICIPANTS | "" => Some(Audience::Participants),
        TEAM => Some(Audience::Team),
        slug => {
            let with = problems.take("people", named(reader, slug).ok_or("Choose whom to ask."))?;
            if !swaps {
                return Some(Audience::People(vec![with]));
            }
            let starts = problems.take("return_from", moment(reader.zone(), form.text("return_from")));
            let ends = problems.take("return_until", moment(reader.zone(), form.text("return_until")));
            Some(Audience::Swap { with, range: Period { starts: starts?, ends: ends? } })
        }
    }
}
