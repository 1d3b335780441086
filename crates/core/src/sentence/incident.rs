//! What happened to an incident, in words.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{Names, capitalised, count, did, ended, how_cleared, listed, who};
use crate::actor::Actor;
use crate::correlate;
use crate::directory::{Inside, Policy, Skipped, Standing};
use crate::fact::{Exhaustion, Fact, GoesOn, PageReason, Start, Unreachable};
use crate::id::{IncidentId, PolicyId, UserId};
use crate::limits;
use crate::severity::{Severity, Urgency};
use crate::wait::Wait;

/// Facts of these kinds come by the hundred in a storm, and then one sentence tells of all those in a row.
///
/// Nothing where each deserves its own.
pub fn in_a_row(fact: &Fact, count: usize) -> Option<String> {
    if matches!(fact, Fact::AlertJoined { .. }) {
        Some(format!("{count} alerts joined."))
    } else if matches!(fact, Fact::AlertCleared { .. }) {
        Some(format!("{count} alerts cleared."))
    } else {
        None
    }
}

/// What happened to an incident, which is called "it".
pub fn fact(names: &Names<'_>, at: Timestamp, actor: Actor, fact: &Fact) -> String {
    let did = |what: &str| did(names, actor, what);
    let time = |then: Timestamp| names.time(then, at);
    match fact {
        Fact::IncidentOpened { service, title, severity, urgency, .. } => {
            let what = format!("“{title}” on {}, {severity}, {} urgency", names.service(*service), urgency.word());
            opened(names, actor, &what)
        }
        Fact::AlertJoined { summary, severity, why, .. } => {
            format!("The alert “{summary}” ({severity}) joined. {}", placement(why))
        }
        Fact::AlertCleared { summary, how, .. } => format!("The alert “{summary}” cleared: {}.", how_cleared(*how)),
        Fact::SeverityChanged { from, to, urgency } => severity_changed(names, actor, *from, *to, *urgency),
        Fact::TitleChanged { title } => did(&format!("changed the title to “{title}”")),
        Fact::EscalationStarted { policy, why } => escalation_started(policy, *why),
        Fact::StepTaken { round, step, people, next_at, goes_on } => {
            let going_on = going_on(*goes_on, &time(*next_at));
            format!("{} was taken, for {}.{going_on}", the_step(*round, *step), names.people(people))
        }
        Fact::StepEmpty { round, step } => format!("{} had nobody who could be paged.", the_step(*round, *step)),
        Fact::StepSkipped { round, step, why } => {
            format!("{} was passed over: {}.", the_step(*round, *step), skipped(why))
        }
        Fact::StepDelayed { round, step, until } => {
            format!("{} waits for the working hours, which begin at {}.", the_step(*round, *step), time(*until))
        }
        Fact::EscalationFinished => FINISHED.to_owned(),
        Fact::UnresolvedTooLong { after, people } => unresolved(names, *after, people),
        Fact::PolicyReplaced { policy, step, next_at } => {
            let next = next_at.map(|next_at| format!(" The next step is taken at {}.", time(next_at)));
            did(&format!("applied the changed policy {} to it, from step {step} on", policy.name))
                + &next.unwrap_or_default()
        }
        Fact::EscalationExhausted { why } => exhausted(*why).to_owned(),
        Fact::PersonPaged { user, why, .. } => {
            capitalised(&format!("{} was paged: {}.", names.person(*user), why_paged(names, why)))
        }
        Fact::PersonUnreachable { user, why } => {
            capitalised(&format!("{} could not be paged: {}.", names.person(*user), unreachable(*why)))
        }
        Fact::ContactTried { contact, .. } => capitalised(&format!("{} was tried.", names.contact(*contact))),
        Fact::ContactFailed { page, channel, reason, .. } => not_through(&names.page(*page), channel, reason),
        Fact::IncidentAcknowledged { until } => acknowledged(names, actor, until.map(time)),
        Fact::AcknowledgementCounted { count, needed } => did("acknowledged it") + &counted(*count, *needed),
        Fact::AcknowledgementLapsed => "The acknowledgement lapsed, and it was not resolved.".to_owned(),
        Fact::IncidentSnoozed { until } => did(&format!("snoozed it until {}", time(*until))),
        Fact::SnoozeEnded => "The snooze ended.".to_owned(),
        Fact::IncidentResolved => resolved(names, actor),
        Fact::IncidentReopened => did("opened it again"),
        Fact::IncidentReassigned { people, policy } => did(&format!("gave it to {}", to_whom(names, people, *policy))),
        Fact::EscalatedByHand { step } => did(&format!("moved the escalation on to step {step}")),
        Fact::PageDeclined { user } if actor.user() == Some(*user) => did("said that it was not for them"),
        Fact::PageDeclined { user } => did(&format!("said that it was not for {}", names.person(*user))),
        Fact::NoteAdded { text } => capitalised(&format!("{} noted: {text}", who(names, actor))),
        Fact::IncidentMerged { into } => did(&format!("made it a part of {}", names.incident(*into))),
        Fact::IncidentAbsorbed { incident, firing, alerts } => absorbed(names, *incident, *firing, *alerts),
    }
}

const FINISHED: &str = "Every step was taken that goes on although somebody acknowledged. Nobody else is paged.";

fn the_step(round: u32, step: usize) -> String {
    format!("{} of the escalation", step_and_round(step, round))
}

fn counted(count: u32, needed: u32) -> String {
    format!(" It asks for {needed} people, and {count} of them did so far, so the escalation goes on.")
}

fn not_through(page: &str, channel: &str, reason: &str) -> String {
    capitalised(&format!("{page} did not get through by {channel}: {}", ended(reason)))
}

fn going_on(goes_on: GoesOn, next: &str) -> String {
    match goes_on {
        GoesOn::UnlessAcknowledged => format!(" It goes on at {next} unless somebody acknowledges."),
        GoesOn::UnlessResolved => format!(" It goes on at {next} unless it is resolved."),
        GoesOn::NoFurther => " Somebody is on it, so no further step is waited for.".to_owned(),
    }
}

fn unresolved(names: &Names<'_>, after: Wait, people: &[UserId]) -> String {
    let told = if people.is_empty() {
        "There is nobody to be told who is not on it already.".to_owned()
    } else {
        format!("To be told: {}.", names.people(people))
    };
    format!("It has been unresolved for {after}, the time that it was snoozed left out. {told}")
}

fn absorbed(names: &Names<'_>, incident: IncidentId, firing: u32, alerts: u32) -> String {
    let (name, alerts) = (names.incident(incident), count(alerts.into(), "alert"));
    let firing = if firing == 0 { "none".to_owned() } else { firing.to_string() };
    capitalised(&format!("{name} became a part of it, with {alerts}, {firing} of them firing."))
}

/// Whom each page of an incident went to, for [`Names::with_pages`].
pub fn pages_of<'a>(facts: impl IntoIterator<Item = &'a Fact>) -> BTreeMap<u32, UserId> {
    let mut pages = BTreeMap::new();
    for fact in facts {
        if let Fact::PersonPaged { page, user, .. } = fact {
            pages.insert(*page, *user);
        }
    }
    pages
}

/// Why an alert, which is called "it", is where it is.
pub fn placement(why: &correlate::Reason) -> String {
    match why {
        correlate::Reason::EachAlone => "Each alert of this service is an incident of its own.".to_owned(),
        correlate::Reason::FirstOfGroup => "It is the first of its group.".to_owned(),
        correlate::Reason::SameService { window } => {
            format!("The incident's latest alert, of the same service, was no more than {window} old.")
        }
        correlate::Reason::SameLabels { labels, window } => {
            let labels: Vec<String> = labels.iter().map(|(name, value)| format!("{name}={value}")).collect();
            format!("The incident's latest alert, also with {}, was no more than {window} old.", listed(&labels))
        }
        correlate::Reason::LacksLabel { label } => {
            format!("It lacks the label “{label}”, by which this service groups, so it stands alone.")
        }
        correlate::Reason::WindowPassed { window } => {
            format!("The latest alert of its group was more than {window} old, so it began a new incident.")
        }
        correlate::Reason::ByHand => "A person put it there.".to_owned(),
    }
}

/// Why somebody was paged, as the end of a sentence about them: `step 1 of 3 of Checkout primary, on call by Platform`.
pub fn why_paged(names: &Names<'_>, why: &PageReason) -> String {
    match why {
        PageReason::Step { policy, step, steps, round, schedule, standing, in_turn } => {
            let as_what = as_what(schedule.as_deref(), standing.as_ref());
            let in_turn = if *in_turn { ", as it was their turn" } else { "" };
            format!("{}{as_what}{in_turn}", place(policy, *step, *steps, *round))
        }
        PageReason::Unresolved { policy, after, schedule, standing } => {
            let as_what = as_what(schedule.as_deref(), standing.as_ref());
            format!("it has been unresolved for {after}, and {policy} wants them told then{as_what}")
        }
        PageReason::LastResort => "nobody else was left to page, and they are an admin".to_owned(),
        PageReason::Request { by } => format!("{} asked for them", asker(names, *by)),
    }
}

/// `, on call by Platform`, `, next on call by Platform`, `, on call by Platform, for the team Storage`.
fn as_what(schedule: Option<&str>, standing: Option<&Standing>) -> String {
    let by = |words: &str| schedule.map(|name| format!(", {words} {name}")).unwrap_or_default();
    match standing {
        None => by("on call by"),
        Some(Standing::Next) => by("next on call by"),
        Some(Standing::Previous) => by("on call before by"),
        Some(Standing::Everyone) => by("one of everybody in"),
        Some(Standing::Team { team, skill }) => {
            let skill = skill.as_ref().map(|skill| format!(" with the skill {skill}")).unwrap_or_default();
            format!("{}, for the team {team}{skill}", by("on call by"))
        }
    }
}

/// Why its reader is paged: `You are on call by Platform: step 1 of 3 of Checkout primary.`
pub fn why_you(names: &Names<'_>, why: &PageReason) -> String {
    match why {
        PageReason::Step { policy, step, steps, round, schedule, standing, in_turn } => {
            let place = place(policy, *step, *steps, *round);
            let turn = if *in_turn { " It is your turn." } else { "" };
            match (schedule, standing) {
                (Some(schedule), None) => format!("You are on call by {schedule}: {place}.{turn}"),
                (None, None) => format!("You are paged by {place}.{turn}"),
                (Some(_) | None, Some(_)) => {
                    format!("You are paged by {place}{}.{turn}", as_what(schedule.as_deref(), standing.as_ref()))
                }
            }
        }
        PageReason::Unresolved { policy, after, .. } => {
            format!("It has been unresolved for {after}, and {policy} wants you told then.")
        }
        PageReason::LastResort => "Nobody else was left to page, and you are an admin.".to_owned(),
        PageReason::Request { by } => capitalised(&format!("{} asked for you.", asker(names, *by))),
    }
}

/// Why a step was passed over.
pub(crate) fn skipped(why: &Skipped) -> String {
    match why {
        Skipped::Severity { severity } => format!("it is not for {severity}"),
        Skipped::Urgency { urgency } => format!("it is not for {} urgency", urgency.word()),
        Skipped::Hours => "it is not for this hour of the week".to_owned(),
        Skipped::WorkingHours { only: Inside::Inside } => "it is only for the working hours".to_owned(),
        Skipped::WorkingHours { only: Inside::Outside } => "it is not for the working hours".to_owned(),
        Skipped::Label { label, value } => format!("it is only for alerts with {label}={value}"),
    }
}

/// Where in an escalation: `step 1 of 3 of Checkout primary, round 2`.
pub(crate) fn place(policy: &str, step: usize, steps: usize, round: u32) -> String {
    let round = if round > 1 { format!(", round {round}") } else { String::new() };
    format!("step {step} of {steps} of {policy}{round}")
}

fn asker<'a>(names: &Names<'a>, by: Option<UserId>) -> &'a str {
    by.map_or("a program", |user| names.person(user))
}

fn step_and_round(step: usize, round: u32) -> String {
    if round > 1 { format!("Step {step} in round {round}") } else { format!("Step {step}") }
}

fn opened(names: &Names<'_>, actor: Actor, what: &str) -> String {
    match actor {
        Actor::User { .. } | Actor::Token { .. } => did(names, actor, &format!("declared it: {what}")),
        Actor::Integration { .. } | Actor::System => format!("It was opened: {what}."),
    }
}

fn severity_changed(names: &Names<'_>, actor: Actor, from: Severity, to: Severity, urgency: Urgency) -> String {
    let change = format!("from {from} to {to}");
    let now = format!("Its urgency is {}.", urgency.word());
    let (raised, rose) = if to > from { ("raised", "rose") } else { ("lowered", "fell") };
    match actor {
        Actor::User { .. } | Actor::Token { .. } => {
            format!("{} {now}", did(names, actor, &format!("{raised} the severity {change}")))
        }
        Actor::Integration { .. } | Actor::System => format!("The severity {rose} {change}. {now}"),
    }
}

fn escalation_started(policy: &Policy, why: Start) -> String {
    let why = match why {
        Start::Opened => "it was opened",
        Start::Reopened => "it was opened again",
        Start::Worsened => "it became urgent",
        Start::Reassigned => "it was given to somebody else",
        Start::Lapsed => "nobody resolved it in time",
        Start::AnotherAlert => "another alert joined after nobody had answered",
    };
    let (name, steps) = (&policy.name, count(policy.steps.len() as u64, "step"));
    let rounds = match policy.repeats {
        0 => String::new(),
        repeats => format!(", {} rounds", repeats + 1),
    };
    format!("The escalation by {name} ({steps}{rounds}) started, because {why}.")
}

const fn exhausted(why: Exhaustion) -> &'static str {
    match why {
        Exhaustion::NobodyAnswered => {
            "The escalation is exhausted: every step was taken and nobody acknowledged. The admins are the last resort."
        }
        Exhaustion::NobodyToPage => {
            "The escalation is exhausted: no step had anybody who could be paged. The admins are the last resort."
        }
        Exhaustion::NoPolicy => "The service has no escalation policy. The admins are the last resort.",
    }
}

fn unreachable(why: Unreachable) -> String {
    match why {
        Unreachable::NoContactMethod => "they have no verified contact method".to_owned(),
        Unreachable::Gone => "they have left".to_owned(),
        Unreachable::TooMany => format!("{} people are being paged for it already", limits::RESPONDERS),
    }
}

fn acknowledged(names: &Names<'_>, actor: Actor, until: Option<String>) -> String {
    let first = match actor {
        Actor::User { .. } | Actor::Token { .. } => did(names, actor, "acknowledged it"),
        Actor::Integration { .. } => format!("It was acknowledged at its source, {}.", who(names, actor)),
        Actor::System => "It was acknowledged.".to_owned(),
    };
    match until {
        Some(until) => format!("{first} It pages again at {until} unless it is resolved by then."),
        None => first,
    }
}

fn resolved(names: &Names<'_>, actor: Actor) -> String {
    match actor {
        Actor::User { .. } | Actor::Token { .. } => did(names, actor, "resolved it"),
        Actor::Integration { .. } | Actor::System => "It was resolved, because its last alert cleared.".to_owned(),
    }
}

fn to_whom(names: &Names<'_>, people: &[UserId], policy: Option<PolicyId>) -> String {
    match policy {
        Some(policy) => names.policy(policy),
        None => names.people(people),
    }
}
