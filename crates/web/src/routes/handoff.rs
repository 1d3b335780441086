//! Handoff notes: on the page of a schedule, and from the link of a message (`/h/{token}`).

use allclear_core::access::Permission;
use allclear_core::actor::{Actor, Via};
use allclear_core::directory::{Directory, Kind, Object, User};
use allclear_core::id::ScheduleId;
use allclear_core::limits;
use allclear_core::schedule::Schedule;
use allclear_core::sentence::Names;
use allclear_core::zone::Zone;
use allclear_engine::{DutyTap, Engine};
use allclear_store::handovers::{self, HandoffNote};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use jiff::SignedDuration;

use super::cover;
use super::flash::Flash;
use super::form::{Form, LinkForm};
use super::reader::Reader;
use super::reply::{Reply, html};
use super::saved::{change, must_be_saved};
use crate::app::App;
use crate::pages::{Clock, HandoffLinkPage, HandoffNoteRow, ScheduleDuty};
use crate::problem::Problem;

/// How many notes are shown.
const NOTES: i64 = 5;
/// A note that says the same again so soon is one that was sent twice.
const TWICE: SignedDuration = SignedDuration::from_mins(10);

async fn notes(engine: &Engine, schedule: ScheduleId) -> Result<Vec<HandoffNote>, Problem> {
    let read = engine
        .database()
        .read(schedule, |schedule, tx| Box::pin(async move { handovers::notes(tx, *schedule, None, NOTES).await }));
    Ok(read.await?)
}

fn rows(notes: &[HandoffNote], names: &Names<'_>, clock: &Clock) -> Vec<HandoffNoteRow> {
    let by = |note: &HandoffNote| match note.author {
        Some(user) => names.person(user).to_owned(),
        None => "A program".to_owned(),
    };
    notes.iter().map(|note| HandoffNoteRow { by: by(note), at: clock.when(note.at), text: note.text.clone() }).collect()
}

/// What the page of a schedule shows about cover and handovers.
pub(super) async fn section(reader: &Reader, schedule: &Schedule) -> Result<ScheduleDuty, Problem> {
    let known = notes(reader.engine(), schedule.id).await?;
    Ok(ScheduleDuty {
        csrf: reader.visitor.csrf().to_owned(),
        slug: schedule.slug.clone(),
        covers: cover::of_schedule(reader, schedule.id).await?,
        notes: rows(&known, &reader.names(), &reader.clock),
        may_plan: reader.may(Permission::PlanCover),
        is_silent: schedule.silent_handovers,
        may_edit: reader.may(Permission::Manage(Kind::Schedule)),
    })
}

/// The text of a note, or what is wrong with it.
fn text(form: &Form) -> Result<String, String> {
    let (text, most) = (form.text("text"), limits::HANDOFF_NOTE_CHARACTERS);
    match text.chars().count() {
        0 => Err("The note is empty; write one.".to_owned()),
        count if count > most => Err(format!("The note has {count} characters; shorten it to {most}.")),
        _ => Ok(text.to_owned()),
    }
}

/// Stores a note, unless it was sent twice.
async fn add(engine: &Engine, actor: Actor, schedule: ScheduleId, text: String) -> Result<(), Problem> {
    let now = engine.now();
    let known = notes(engine, schedule).await?;
    let same =
        |note: &HandoffNote| note.author == actor.user() && note.text == text && now.duration_since(note.at) < TWICE;
    if !known.iter().any(same) {
        engine.add_handoff_note(actor, schedule, text).await?;
    }
    Ok(())
}

/// The form on the page of a schedule.
pub(super) async fn add_note(reader: Reader, Path(slug): Path<String>, form: Form) -> Reply {
    let Some(Object::Schedule(schedule)) = reader.directory.by_slug(Kind::Schedule, &slug) else {
        return Err(Problem::not_found("schedule"));
    };
    let text = text(&form).map_err(|why| form.keep(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, why)))?;
    add(reader.engine(), reader.actor(), schedule.id, text).await?;
    let flash = Flash::good("The note is kept, and whoever comes on call next reads it.");
    Ok(reader.go_saying(&format!("/schedules/{slug}#handoff"), &flash))
}

/// Turns the messages about the handovers of a schedule on and off.
pub(super) async fn tell(reader: Reader, Path(slug): Path<String>, form: Form) -> Reply {
    let Some(Object::Schedule(schedule)) = reader.directory.by_slug(Kind::Schedule, &slug) else {
        return Err(Problem::not_found("schedule"));
    };
    let (id, silent) = (schedule.id, form.text("told") == "no");
    let plan = |directory: &Directory| {
        let Some(schedule) = directory.schedule(id) else { return Ok(Vec::new()) };
        let schedule = Schedule { silent_handovers: silent, ..Schedule::clone(schedule) };
        Ok(vec![allclear_core::directory::Change::Put(Object::from(schedule))])
    };
    must_be_saved(change(&reader, &form, plan, str::to_owned).await?, &form)?;
    let said = if silent { "Nobody is told about its handovers." } else { "People are told about its handovers." };
    Ok(reader.go_saying(&format!("/schedules/{slug}#handoff"), &Flash::good(said)))
}

struct Opened {
    user: User,
    zone: Zone,
    schedule: ScheduleId,
    name: String,
    acts: bool,
}

fn find(app: &App, token: &str) -> Option<Opened> {
    let engine = app.engine();
    let DutyTap::Handoff { schedule, user, expires_at } = engine.key().read_duty(token)? else { return None };
    let directory = engine.directory();
    let user = directory.user(user)?;
    let name = directory.schedule(schedule)?.name.clone();
    let acts = engine.now() < expires_at && !user.suspended;
    Some(Opened { zone: directory.zone_of(user).clone(), user: User::clone(user), schedule, name, acts })
}

impl Opened {
    async fn page(&self, app: &App, token: &str, told: String, typed: String) -> Result<HandoffLinkPage, Problem> {
        let (engine, directory) = (app.engine(), app.engine().directory());
        let clock = Clock { now: engine.now(), zone: self.zone.clone() };
        if !self.acts {
            return Ok(closed(token, clock));
        }
        let known = notes(engine, self.schedule).await?;
        let notes = rows(&known, &Names::new(&directory, &self.zone), &clock);
        Ok(HandoffLinkPage {
            clock,
            token: token.to_owned(),
            schedule: self.name.clone(),
            told,
            notes,
            text: typed,
            may_write: true,
        })
    }
}

fn closed(token: &str, clock: Clock) -> HandoffLinkPage {
    HandoffLinkPage {
        clock,
        token: token.to_owned(),
        schedule: String::new(),
        told: "It is too old, not complete, or what it was about is gone.".to_owned(),
        notes: Vec::new(),
        text: String::new(),
        may_write: false,
    }
}

fn unknown(app: &App, token: &str) -> Reply {
    html(StatusCode::NOT_FOUND, &closed(token, Clock { now: app.engine().now(), zone: Zone::utc() }))
}

/// The page that the link of a message opens.
pub(super) async fn link_page(State(app): State<App>, Path(token): Path<String>) -> Reply {
    let Some(opened) = find(&app, &token) else { return unknown(&app, &token) };
    let status = if opened.acts { StatusCode::OK } else { StatusCode::GONE };
    html(status, &opened.page(&app, &token, String::new(), String::new()).await?)
}

/// Its form.
pub(super) async fn link_note(State(app): State<App>, Path(token): Path<String>, LinkForm(form): LinkForm) -> Reply {
    let Some(opened) = find(&app, &token) else { return unknown(&app, &token) };
    if !opened.acts {
        return html(StatusCode::GONE, &opened.page(&app, &token, String::new(), String::new()).await?);
    }
    match text(&form) {
        Err(why) => {
            let page = opened.page(&app, &token, why, form.text("text").to_owned()).await?;
            html(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
        Ok(text) => {
            let actor = Actor::User { user: opened.user.id, via: Via::Link };
            add(app.engine(), actor, opened.schedule, text).await?;
            let told = "The note is kept, and whoever comes on call next reads it.".to_owned();
            html(StatusCode::OK, &opened.page(&app, &token, told, String::new()).await?)
        }
    }
}
