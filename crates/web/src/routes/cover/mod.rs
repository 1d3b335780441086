//! `/cover`: who asks whom to take over, and the answers.

mod answer;
mod ask;
mod link;

use allclear_core::access::Permission;
use allclear_core::directory::Kind;
use allclear_core::id::{ScheduleId, UserId};
use allclear_core::readiness::Period;
use allclear_core::sentence;
use allclear_core::zone::Zone;
use allclear_store::covers::CoverRecord;
use jiff::{Timestamp, civil};

pub(super) use self::answer::{accept, decline, withdraw};
pub(super) use self::ask::ask;
pub(super) use self::link::{page as link_page, tap as link_tap};
use super::form::{Form, Problems, Query};
use super::reader::Reader;
use super::reply::Reply;
use super::view;
use crate::cover;
use crate::pages::{Anchor, CoverPage, CoverRow, Section};
use crate::problem::Problem;

/// How many requests that are over are shown.
const OVER: usize = 30;

/// A moment as a browser writes it on the clocks of a zone, or as programs do.
pub(super) fn moment(zone: &Zone, text: &str) -> Result<Timestamp, String> {
    if let Ok(at) = text.parse::<Timestamp>() {
        return Ok(at);
    }
    let shown: String = text.chars().take(40).collect();
    let wrong = || format!("`{shown}` is not a date and a time; write it like 2026-11-27T20:00");
    let local: civil::DateTime = text.parse().map_err(|_| wrong())?;
    zone.rules().to_zoned(local).map(|zoned| zoned.timestamp()).map_err(|_| wrong())
}

/// The page.
pub(super) async fn page(reader: Reader, query: Query) -> Reply {
    let form = ask::form_of(&reader, &query);
    let page = show(&reader, form).await?;
    reader.show(&page)
}

/// The page with a form.
async fn show(reader: &Reader, form: crate::pages::CoverForm) -> Result<CoverPage, Problem> {
    let mut open = cover::open(&reader.app).await?;
    let me = reader.user.id;
    open.sort_by_key(|record| (!record.request.waits_for(me), record.request.asker != me, record.id));
    let over = cover::latest(&reader.app).await?.into_iter().filter(|record| !record.request.is_open());
    Ok(CoverPage {
        shell: reader.shell("Cover", Section::OnCall).await?,
        open: open.iter().map(|record| row(reader, record)).collect(),
        over: over.take(OVER).map(|record| row(reader, &record)).collect(),
        form: reader.may(Permission::PlanCover).then_some(form),
    })
}

/// A request as this reader sees it.
pub(super) fn row(reader: &Reader, record: &CoverRecord) -> CoverRow {
    let (names, request, me) = (reader.names(), &record.request, reader.user.id);
    let schedule = reader.directory.schedule(request.schedule);
    let asked: Vec<Period> = {
        let mut all = request.open.clone();
        all.extend(request.covered.iter().map(|covered| covered.period));
        all.extend(&request.lapsed);
        all.sort();
        all
    };
    let may = reader.may(Permission::PlanCover);
    let answer = request.asked.iter().find(|asked| asked.user == me);
    CoverRow {
        id: record.id.to_string(),
        asker: reader.person(request.asker),
        schedule: schedule.map_or_else(
            || Anchor::new("/schedules", names.schedule(request.schedule)),
            |schedule| view::schedule_anchor(schedule),
        ),
        periods: names.periods(&asked, reader.now()),
        in_return: if request.is_swap() { names.periods(&request.in_return, reader.now()) } else { String::new() },
        asked: sentence::cover::asked(&names, request),
        note: request.note.clone(),
        status: sentence::cover::status(&names, request),
        at: reader.when(request.asked_at),
        may_answer: may && request.is_open() && answer.is_some(),
        has_declined: answer.is_some_and(|asked| asked.declined_at.is_some()),
        may_withdraw: request.is_open() && cover::may_for(reader.visitor.caller, Some(me), request.asker),
    }
}

/// The open requests of a schedule.
pub(super) async fn of_schedule(reader: &Reader, schedule: ScheduleId) -> Result<Vec<CoverRow>, Problem> {
    let open = cover::open(&reader.app).await?;
    let ours = open.iter().filter(|record| record.request.schedule == schedule);
    Ok(ours.map(|record| row(reader, record)).collect())
}

/// The open requests in which a person has a part: those that wait for their answer first.
pub(super) async fn of_person(reader: &Reader, user: UserId) -> Result<Vec<CoverRow>, Problem> {
    let mut open = cover::open(&reader.app).await?;
    open.retain(|record| record.request.asker == user || record.request.waits_for(user));
    open.sort_by_key(|record| (!record.request.waits_for(user), record.id));
    Ok(open.iter().map(|record| row(reader, record)).collect())
}

/// What was typed as a part; none where nothing was.
fn part(zone: &Zone, form: &Form, problems: &mut Problems) -> Option<Period> {
    let (from, until) = (form.text("from"), form.text("until"));
    if from.is_empty() && until.is_empty() {
        return None;
    }
    let starts = problems.take("from", moment(zone, from))?;
    let ends = problems.take("until", moment(zone, until))?;
    if ends <= starts {
        problems.add("until", "It ends before it starts; make it end later.");
        return None;
    }
    Some(Period { starts, ends })
}

/// Whether the reader manages schedules, and so asks for others, too.
fn manages(reader: &Reader) -> bool {
    reader.may(Permission::Manage(Kind::Schedule))
}
