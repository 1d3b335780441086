//! `/k/{token}`: the page that a page's link opens. Looking at it changes nothing: mail programs look, too.

use allclear_core::access::{Caller, Permission};
use allclear_core::actor::{Actor, Via};
use allclear_core::directory::{Directory, User};
use allclear_core::id::UserId;
use allclear_core::incident::{Answer, Assignment, Input, Refusal, Status};
use allclear_core::journal::Entry;
use allclear_core::sentence::{self, Names};
use allclear_core::severity::Severity;
use allclear_core::upcoming;
use allclear_core::zone::Zone;
use allclear_engine::{Engine, Tap};
use allclear_store::incidents::{self, IncidentRecord, StoredEntry};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use jiff::Timestamp;

use super::form::{Form, LinkForm, Query};
use super::reply::{Reply, go, html};
use super::view;
use crate::app::App;
use crate::pages::{Choice, Clock, LinkMoment, LinkPage, LinkStep, Upcoming};
use crate::problem::Problem;

/// How many entries of the timeline are shown.
const MOMENTS: u64 = 6;
/// How many people are offered to hand over to: the page must stay small.
const PEOPLE: usize = 12;
/// How much of a name is shown in a list.
const NAME: usize = 40;
/// How many things that happen next are shown.
const NEXT: usize = 3;

/// What a link stands for.
struct Opened {
    tap: Tap,
    user: User,
    record: IncidentRecord,
    entries: Vec<StoredEntry>,
}

/// What a token opens; none when it is not one of ours, or what it was about is gone.
async fn find(engine: &Engine, token: &str) -> Result<Option<Opened>, Problem> {
    // Also one that has expired is ours: it may still say what it was about.
    let Some(tap) = engine.key().verify(Timestamp::MIN, token) else { return Ok(None) };
    let Some(user) = engine.directory().user(tap.user).cloned() else { return Ok(None) };
    let read = engine.database().read(tap.incident, |incident, tx| {
        Box::pin(async move {
            let Some(record) = incidents::find(tx, *incident).await? else { return Ok(None) };
            let after = record.entries.saturating_sub(MOMENTS);
            let entries = incidents::journal(tx, *incident, after, MOMENTS.cast_signed()).await?;
            Ok(Some((record, entries)))
        })
    });
    Ok(read.await?.map(|(record, entries)| Opened { tap, user: User::clone(&user), record, entries }))
}

impl Opened {
    /// Whether the link still acts.
    fn acts(&self, now: Timestamp) -> bool {
        now < self.tap.expires_at && !self.user.suspended
    }

    /// What the reader can do there now, and the sentence about it.
    fn step(&self, names: &Names<'_>, now: Timestamp, query: &Query) -> (LinkStep, String) {
        let incident = &self.record.incident;
        let me = Some(self.tap.user);
        let by = |actor: Actor| if actor.user() == me { "You".to_owned() } else { sentence::actor(names, actor) };
        let refusal: Option<Refusal> = serde_json::from_value(query.text("refused").into()).ok();
        if let Some(refusal) = refusal.filter(|_| incident.status.is_open()) {
            return (
                if incident.page_of(self.tap.user).is_some() { LinkStep::Ask } else { LinkStep::PassedOn },
                refusal.sentence().to_owned(),
            );
        }
        match &incident.status {
            Status::Resolved { by: actor, at } => {
                (LinkStep::Settled, format!("{} resolved it at {}.", by(*actor), names.time(*at, now)))
            }
            Status::Merged { .. } => (LinkStep::Settled, Refusal::Merged.sentence().to_owned()),
            _ if incident.page_of(self.tap.user).is_some() => {
                let asked = query.text("did") == "page";
                (LinkStep::Ask, if asked { "They are being paged as well.".to_owned() } else { String::new() })
            }
            Status::Acknowledged { by: actor, at, .. } => {
                let mine = actor.user() == me || incident.assigned.contains(&self.tap.user);
                let step = if mine { LinkStep::Acknowledged } else { LinkStep::Settled };
                (step, format!("{} acknowledged it at {}.", by(*actor), names.time(*at, now)))
            }
            Status::Snoozed { by: actor, until, .. } => {
                let step = if actor.user() == me { LinkStep::Acknowledged } else { LinkStep::Settled };
                (step, format!("{} snoozed it until {}.", by(*actor), names.time(*until, now)))
            }
            Status::Triggered if incident.acknowledged_by.contains(&self.tap.user) => {
                let needed = incident.run.as_ref().map_or(1, |run| run.needed);
                let count = incident.acknowledged_by.len();
                let told = format!("You acknowledged it. It asks for {needed} people, and {count} of them did so far.");
                (LinkStep::Acknowledged, told)
            }
            Status::Triggered => match query.text("did") {
                "escalate" | "step" => {
                    (LinkStep::Escalated, "You escalated it: the next people are being paged.".to_owned())
                }
                "hand-over" => (LinkStep::HandedOver, "You handed it over: they are being paged.".to_owned()),
                _ => (LinkStep::PassedOn, "You are not being paged for it any more; others are.".to_owned()),
            },
        }
    }

    fn page(&self, token: &str, directory: &Directory, now: Timestamp, query: &Query) -> LinkPage {
        let zone = self.user.time_zone.clone().unwrap_or_else(|| directory.organisation.time_zone.clone());
        let names = Names::new(directory, &zone);
        let clock = Clock { now, zone: zone.clone() };
        let incident = &self.record.incident;
        if !self.acts(now) {
            let told = "It was made for a page that is a week old or more, or for somebody who has left.";
            return closed(token, self.record.reference(), told, clock);
        }
        let (step, told) = self.step(&names, now, query);
        let service = directory.service(incident.service);
        let coming = upcoming::upcoming(incident, directory, now).into_iter().take(NEXT);
        let (steps, people) = self.choices(directory, &names, now);
        LinkPage {
            token: token.to_owned(),
            step,
            steps,
            people,
            reference: self.record.reference(),
            severity: incident.severity,
            title: incident.title.clone(),
            service: names.service(incident.service).to_owned(),
            opened: clock.when(incident.opened_at),
            told,
            upcoming: coming
                .map(|next| Upcoming { at: clock.when(next.at), what: next.sentence, incident: None })
                .collect(),
            runbook: view::runbook(service.map(|service| &**service)),
            moments: self.moments(&names, &clock),
            clock,
        }
    }

    /// The steps of the policy, and the people whom they would page now: for whoever knows who should have it.
    fn choices(&self, directory: &Directory, names: &Names<'_>, now: Timestamp) -> (Vec<Choice>, Vec<Choice>) {
        let Some(run) = &self.record.incident.run else { return (Vec::new(), Vec::new()) };
        let short = |text: &str| text.chars().take(NAME).collect::<String>();
        let mut people: Vec<UserId> = Vec::new();
        let mut steps = Vec::new();
        for (number, step) in (1..).zip(&run.policy.steps) {
            let called: Vec<String> = step.targets.iter().map(|target| names.target(target)).collect();
            let label = format!("Step {number}: {}", short(&called.join(", ")));
            steps.push(Choice::new(number.to_string(), label, number == run.step + 1));
            let found = step.targets.iter().flat_map(|target| directory.targeted(target, now)).map(|one| one.user);
            for user in found {
                if user != self.tap.user && !people.contains(&user) {
                    people.push(user);
                }
            }
        }
        let known = people.into_iter().filter_map(|id| directory.user(id)).filter(|user| !user.suspended).take(PEOPLE);
        let people = known.map(|user| Choice::new(&user.slug, short(&user.name), false)).collect();
        (steps, people)
    }

    fn moments(&self, names: &Names<'_>, clock: &Clock) -> Vec<LinkMoment> {
        let entries: Vec<Entry<_>> = self.entries.iter().filter_map(|stored| stored.entry().ok()).collect();
        let told = entries.iter().rev().flat_map(|entry| {
            let fact = |fact| sentence::fact(names, entry.at, entry.actor, fact);
            entry.facts.iter().rev().map(move |one| LinkMoment { at: clock.when(entry.at), sentence: fact(one) })
        });
        told.take(usize::try_from(MOMENTS).unwrap_or(usize::MAX)).collect()
    }
}

/// For links that do nothing any more: they do not tell either what has become of what they were about.
fn closed(token: &str, reference: String, told: &str, clock: Clock) -> LinkPage {
    LinkPage {
        token: token.to_owned(),
        step: LinkStep::Expired,
        steps: Vec::new(),
        people: Vec::new(),
        reference,
        severity: Severity::Sev4,
        title: String::new(),
        service: String::new(),
        opened: clock.when(clock.now),
        told: told.to_owned(),
        upcoming: Vec::new(),
        runbook: None,
        moments: Vec::new(),
        clock,
    }
}

/// For links that are not ours, or too old to know what they were about.
fn unknown(app: &App, token: &str) -> Reply {
    let clock = Clock { now: app.engine().now(), zone: Zone::utc() };
    let told = "It is not complete, or what it was about is gone.";
    html(StatusCode::NOT_FOUND, &closed(token, "incidents".to_owned(), told, clock))
}

/// The page.
pub(super) async fn page(State(app): State<App>, Path(token): Path<String>, query: Query) -> Reply {
    let engine = app.engine();
    let Some(opened) = find(engine, &token).await? else { return unknown(&app, &token) };
    let now = engine.now();
    let status = if opened.acts(now) { StatusCode::OK } else { StatusCode::GONE };
    html(status, &opened.page(&token, &engine.directory(), now, &query))
}

/// Which step is to be taken.
fn chosen_step(form: &Form) -> Result<usize, Problem> {
    let text = form.text("step");
    text.parse().map_err(|_| {
        let detail = format!("`{text}` is not a step; choose one of the list.");
        Problem::new(StatusCode::UNPROCESSABLE_ENTITY, detail)
    })
}

/// Whom it is given to.
fn chosen_person(directory: &Directory, form: &Form) -> Result<UserId, Problem> {
    let login = form.text("to");
    let found = directory.users().find(|user| user.slug == login && !user.suspended).map(|user| user.id);
    found.ok_or_else(|| {
        let detail = format!("`{login}` is nobody to give it to; choose somebody of the list.");
        Problem::new(StatusCode::UNPROCESSABLE_ENTITY, detail)
    })
}

/// The tap.
pub(super) async fn tap(State(app): State<App>, Path(token): Path<String>, LinkForm(form): LinkForm) -> Reply {
    let engine = app.engine();
    let Some(opened) = find(engine, &token).await? else { return unknown(&app, &token) };
    if !opened.acts(engine.now()) {
        return html(StatusCode::GONE, &opened.page(&token, &engine.directory(), engine.now(), &Query::default()));
    }
    if !Caller::PageLink.may(Permission::ActOnIncidents) {
        return Err(Problem::forbidden(Permission::ActOnIncidents.words()));
    }
    let user = opened.tap.user;
    let action = form.text("action");
    let input = match action {
        "acknowledge" => Input::Acknowledge,
        "resolve" => Input::Resolve,
        "escalate" => Input::Escalate { step: None },
        // Whoever is not being paged any more, because they acknowledged it, passes it on by moving it to the next.
        "pass" if opened.record.incident.page_of(user).is_none() => Input::Escalate { step: None },
        "pass" => Input::Decline { user },
        "step" => Input::Escalate { step: Some(chosen_step(&form)?) },
        "hand-over" => Input::Reassign(Assignment::People(vec![chosen_person(&engine.directory(), &form)?])),
        "page" => Input::Request { people: vec![chosen_person(&engine.directory(), &form)?] },
        other => {
            let detail = format!("`{other}` is nothing that this link can do; open it again.");
            return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, detail));
        }
    };
    let actor = Actor::User { user, via: Via::Link };
    let done = engine.act(opened.tap.incident, actor, input).await?;
    let query = match done.map(|done| done.answer) {
        Some(Answer::Nothing(refusal)) => {
            let word = serde_json::to_value(refusal).ok().and_then(|word| word.as_str().map(str::to_owned));
            format!("refused={}", word.unwrap_or_default())
        }
        Some(Answer::Done) | None => format!("did={action}"),
    };
    Ok(go(&format!("/k/{token}?{query}")))
}
