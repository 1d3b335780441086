//! `/c/{token}`: answers a request for cover from the link of a message. Looking at it changes nothing.

use allclear_core::access::{Caller, Permission};
use allclear_core::actor::{Actor, Via};
use allclear_core::cover::{Answer, Input, Word};
use allclear_core::directory::User;
use allclear_core::id::CoverId;
use allclear_core::sentence;
use allclear_core::sentence::Names;
use allclear_core::zone::Zone;
use allclear_engine::DutyTap;
use allclear_store::covers::{self, CoverRecord};
use axum::extract::{Path, State};
use axum::http::StatusCode;

use super::super::form::{LinkForm, Problems};
use super::super::reply::{Reply, html};
use super::part;
use crate::app::App;
use crate::pages::{Clock, CoverLinkPage};
use crate::problem::Problem;

struct Opened {
    user: User,
    zone: Zone,
    record: CoverRecord,
    acts: bool,
}

async fn find(app: &App, token: &str) -> Result<Option<Opened>, Problem> {
    let engine = app.engine();
    let Some(DutyTap::Cover { cover, user, expires_at }) = engine.key().read_duty(token) else { return Ok(None) };
    let directory = engine.directory();
    let Some(user) = directory.user(user) else { return Ok(None) };
    let Some(record) = read(app, cover).await? else { return Ok(None) };
    let acts = engine.now() < expires_at && !user.suspended;
    Ok(Some(Opened { zone: directory.zone_of(user).clone(), user: User::clone(user), record, acts }))
}

async fn read(app: &App, id: CoverId) -> Result<Option<CoverRecord>, Problem> {
    Ok(app.engine().database().read(id, |id, tx| Box::pin(async move { covers::find(tx, *id).await })).await?)
}

impl Opened {
    fn page(&self, app: &App, token: &str, told: String) -> CoverLinkPage {
        let (directory, now) = (app.engine().directory(), app.engine().now());
        let names = Names::new(&directory, &self.zone);
        let clock = Clock { now, zone: self.zone.clone() };
        if !self.acts {
            return closed(token, clock);
        }
        let request = &self.record.request;
        let asked = sentence::cover::word(&names, request, &Word::Asked, now);
        let open = request.is_open() && request.asks(self.user.id);
        let declined = open && !request.waits_for(self.user.id);
        let told = match (told.is_empty(), open) {
            (true, false) => sentence::cover::status(&names, request),
            (true, true) if declined => "You declined. You can still take it while nobody else has.".to_owned(),
            (true, true) | (false, _) => told,
        };
        CoverLinkPage {
            clock,
            token: token.to_owned(),
            heading: asked.heading,
            says: if open { asked.says } else { Vec::new() },
            told,
            may_accept: open,
            may_decline: open && !declined,
            may_part: open && !request.is_swap(),
        }
    }
}

fn closed(token: &str, clock: Clock) -> CoverLinkPage {
    CoverLinkPage {
        clock,
        token: token.to_owned(),
        heading: "This link no longer works.".to_owned(),
        says: vec!["It is too old, not complete, or what it was about is gone.".to_owned()],
        told: String::new(),
        may_accept: false,
        may_decline: false,
        may_part: false,
    }
}

fn unknown(app: &App, token: &str) -> Reply {
    html(StatusCode::NOT_FOUND, &closed(token, Clock { now: app.engine().now(), zone: Zone::utc() }))
}

/// The page.
pub(in crate::routes) async fn page(State(app): State<App>, Path(token): Path<String>) -> Reply {
    let Some(opened) = find(&app, &token).await? else { return unknown(&app, &token) };
    let status = if opened.acts { StatusCode::OK } else { StatusCode::GONE };
    html(status, &opened.page(&app, &token, String::new()))
}

/// The answer.
pub(in crate::routes) async fn tap(
    State(app): State<App>,
    Path(token): Path<String>,
    LinkForm(form): LinkForm,
) -> Reply {
    let Some(mut opened) = find(&app, &token).await? else { return unknown(&app, &token) };
    if !opened.acts {
        return html(StatusCode::GONE, &opened.page(&app, &token, String::new()));
    }
    if !Caller::PageLink.may(Permission::PlanCover) {
        return Err(Problem::forbidden(Permission::PlanCover.words()));
    }
    let user = opened.user.id;
    let mut problems = Problems::default();
    let input = match form.text("action") {
        "accept" => Input::Accept { user, part: part(&opened.zone, &form, &mut problems) },
        "decline" => Input::Decline { user },
        other => {
            let shown: String = other.chars().take(40).collect();
            let detail = format!("`{shown}` is nothing that this link can do; open it again.");
            return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, detail));
        }
    };
    if let Some(problem) = problems.into_list().into_iter().next() {
        return html(StatusCode::UNPROCESSABLE_ENTITY, &opened.page(&app, &token, problem.message));
    }
    let actor = Actor::User { user, via: Via::Link };
    let answered = app.engine().answer_cover(opened.record.id, actor, input).await?;
    let Some(answered) = answered else { return unknown(&app, &token) };
    let directory = app.engine().directory();
    let names = Names::new(&directory, &opened.zone);
    let told = match (&answered.answer, input) {
        (Answer::Nothing(refusal), _) => sentence::cover::refusal(&names, refusal),
        (Answer::Done, Input::Accept { .. }) => "It is yours now. Whoever asked is told. Thank you.".to_owned(),
        (Answer::Done, Input::Decline { .. } | Input::Withdraw | Input::Changed | Input::Due) => String::new(),
    };
    opened.record = answered.cover;
    html(StatusCode::OK, &opened.page(&app, &token, told))
}
