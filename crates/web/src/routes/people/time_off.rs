//! Time off: people add their own, and managers of schedules anybody's.

use allclear_core::access::UserPart;
use allclear_core::directory::TimeOff;
use allclear_core::id::TimeOffId;
use allclear_core::limits;
use axum::extract::Path;
use jiff::civil::Date;

use super::super::flash::Flash;
use super::super::form::{Form, Problems};
use super::super::reader::Reader;
use super::super::reply::Reply;
use super::super::saved::{Saved, change_person, must_be_saved};
use super::one;
use crate::problem::Problem;

/// After how many days time off that is over is forgotten when other time off is added: reports look back a year.
const REMEMBERED: i64 = 400;

fn date(text: &str) -> Result<Date, String> {
    text.parse().map_err(|_| format!("`{text}` is not a date; write it like 2026-12-24"))
}

/// The form.
pub(in crate::routes) async fn add_time_off(reader: Reader, Path(slug): Path<String>, form: Form) -> Reply {
    let person = super::find_to_change(&reader, &slug, UserPart::TimeOff)?;
    let mut problems = Problems::default();
    let from = problems.take("off-from", date(form.text("off-from")));
    let until = match form.text("off-until") {
        "" => from,
        text => problems.take("off-until", date(text)),
    };
    let note = problems.at_most(&form, "off-note", "The note", limits::NAME_CHARACTERS).to_owned();
    if let (Some(from), Some(until)) = (from, until)
        && until < from
    {
        problems.add("off-until", "The last day is before the first; make it later.");
    }
    let (Some(from), Some(until), true) = (from, until, problems.is_empty()) else {
        let page = one::page(&reader, person, problems.into_list()).await?;
        return reader.refuse(&page);
    };
    let added = TimeOff { id: TimeOffId::new(reader.engine().maker().id(reader.now())), from, until, note };
    let today = reader.directory.zone_of(person).local(reader.now()).date();
    let saved = change_person(&reader, &form, person.id, |person| {
        person.time_off.retain(|off| today.duration_since(off.until).as_hours() / 24 < REMEMBERED);
        person.time_off.push(added.clone());
    });
    match saved.await? {
        Saved::Yes => {
            let undo = format!("/people/{slug}/time-off/{}/remove", added.id);
            let flash = Flash::good("Time off is noted.").with_undo(undo, "Undo", Vec::new());
            Ok(reader.go_saying(&format!("/people/{slug}"), &flash))
        }
        Saved::Refused(problems) => {
            let page = one::page(&reader, person, problems).await?;
            reader.refuse(&page)
        }
    }
}

/// Takes some days off away.
pub(in crate::routes) async fn remove_time_off(
    reader: Reader,
    Path((slug, id)): Path<(String, String)>,
    form: Form,
) -> Reply {
    let person = super::find_to_change(&reader, &slug, UserPart::TimeOff)?;
    let id: TimeOffId = id.parse().map_err(|_| Problem::not_found("time off"))?;
    let saved = change_person(&reader, &form, person.id, |person| person.time_off.retain(|off| off.id != id));
    must_be_saved(saved.await?, &form)?;
    Ok(reader.go_saying(&format!("/people/{slug}"), &Flash::good("The time off is removed.")))
}
