//! `POST /incidents/{reference}/{action}`: everything that can be done to one incident.

use allclear_core::directory::Directory;
use allclear_core::id::UserId;
use allclear_core::incident::{Answer, Assignment, Input, Refusal, Status};
use allclear_core::limits;
use allclear_core::severity::Severity;
use allclear_core::wait::Wait;
use allclear_store::incidents::IncidentRecord;
use axum::extract::Path;
use axum::http::StatusCode;

use super::super::flash::Flash;
use super::super::form::Form;
use super::super::reader::Reader;
use super::super::reply::{CameFromPage, Reply};
use crate::problem::Problem;

/// What is asked for.
enum Action {
    Give(Input),
    Merge(String),
}

/// Takes the form of one of the buttons.
pub(in crate::routes) async fn act(
    reader: Reader,
    Path((reference, action)): Path<(String, String)>,
    page: CameFromPage,
    form: Form,
) -> Reply {
    let record = super::find(&reader, &reference).await?;
    let reference = record.reference();
    let here = format!("/incidents/{reference}");
    let back = page.or(&here);
    let asked = match read(&reader, &record, &action, &form) {
        Ok(asked) => asked,
        Err(Wrong::Action) => return Err(Problem::not_found("such action")),
        Err(Wrong::Field(message)) => {
            let problem = Problem::new(StatusCode::UNPROCESSABLE_ENTITY, message);
            return Err(form.keep(problem));
        }
    };
    let engine = reader.engine();
    let done = match asked {
        Action::Give(input) => engine.act(record.id, reader.actor(), input).await,
        Action::Merge(into) => {
            let target = super::find(&reader, &into).await?;
            engine.merge(record.id, target.id, reader.actor()).await
        }
    };
    let done = done.map_err(|error| form.keep(error.into()))?;
    let done = done.ok_or_else(|| Problem::not_found("incident of this reference"))?;
    Ok(match done.answer {
        Answer::Nothing(refusal) => reader.go_saying(back, &refused(refusal)),
        Answer::Done if action == "acknowledge" && done.incident.incident.status == Status::Triggered => {
            let needed = done.incident.incident.run.as_ref().map_or(1, |run| run.needed);
            let count = done.incident.incident.acknowledged_by.len();
            let said = format!("{reference} asks for {needed} people; {count} of them acknowledged so far.");
            reader.go_saying(back, &Flash::good(said))
        }
        Answer::Done => reader.go_saying(back, &told(&reader, &record, &action, &form)),
    })
}

/// Somebody else was faster, or it is that already: said, but no failure of the reader's.
fn refused(refusal: Refusal) -> Flash {
    match refusal {
        Refusal::AlreadyAcknowledged
        | Refusal::AlreadyResolved
        | Refusal::AlreadyOpen
        | Refusal::NoChange
        | Refusal::NotDue
        | Refusal::PageOver => Flash::good(refusal.sentence()),
        Refusal::Merged
        | Refusal::SnoozeOutOfRange
        | Refusal::Unknown
        | Refusal::NoSuchStep
        | Refusal::NoPolicy
        | Refusal::NotPaged
        | Refusal::NeedsPeople
        | Refusal::Itself => Flash::bad(refusal.sentence()),
    }
}

/// What was wrong with what was asked for.
enum Wrong {
    /// There is no such action.
    Action,
    /// A field is wrong.
    Field(String),
}

fn read(reader: &Reader, record: &IncidentRecord, action: &str, form: &Form) -> Result<Action, Wrong> {
    let input = match action {
        "acknowledge" => Input::Acknowledge,
        "resolve" => Input::Resolve,
        "reopen" => Input::Reopen,
        "snooze" => {
            let length: Wait = form.text("for").parse().map_err(Wrong::Field)?;
            Input::Snooze { until: length.after(reader.now()) }
        }
        "escalate" => Input::Escalate { step: step(form.text("step"))? },
        "apply-policy" => Input::ReplacePolicy,
        "reassign" => Input::Reassign(assignment(&reader.directory, form.text("to"))?),
        "request" => Input::Request { people: people(&reader.directory, form)? },
        "decline" => Input::Decline { user: reader.user.id },
        "notes" => Input::Note { text: text(form, "note", "The note", limits::NOTE_CHARACTERS)? },
        "title" => Input::SetTitle(text(form, "title", "The title", limits::SUMMARY_CHARACTERS)?),
        "severity" => Input::SetSeverity(form.text("severity").parse::<Severity>().map_err(Wrong::Field)?),
        "merge" => {
            let into = form.text("into");
            if into.eq_ignore_ascii_case(&record.reference()) {
                return Err(Wrong::Field(Refusal::Itself.sentence().to_owned()));
            }
            return Ok(Action::Merge(into.to_owned()));
        }
        _ => return Err(Wrong::Action),
    };
    Ok(Action::Give(input))
}

fn step(text: &str) -> Result<Option<usize>, Wrong> {
    if text.is_empty() || text == "next" {
        return Ok(None);
    }
    let step = text.parse().map_err(|_| Wrong::Field(format!("`{text}` is not a step; choose one of the list.")))?;
    Ok(Some(step))
}

fn text(form: &Form, field: &str, called: &str, most: usize) -> Result<String, Wrong> {
    let text = form.text(field);
    let count = text.chars().count();
    if count == 0 {
        return Err(Wrong::Field(format!("{called} is empty; write something.")));
    }
    if count > most {
        return Err(Wrong::Field(format!("{called} has {count} characters; shorten it to {most}.")));
    }
    Ok(text.to_owned())
}

/// To whom an incident is given: `user:ada` or `policy:primary`.
fn assignment(directory: &Directory, to: &str) -> Result<Assignment, Wrong> {
    let unknown = || Wrong::Field(format!("`{to}` is nobody to give it to; choose one of the list."));
    match to.split_once(':') {
        Some(("user", slug)) => Ok(Assignment::People(vec![person(directory, slug).ok_or_else(unknown)?])),
        Some(("policy", slug)) => {
            let policy = directory.policies().find(|policy| policy.slug == slug).ok_or_else(unknown)?;
            Ok(Assignment::Policy(policy.id))
        }
        _ => Err(unknown()),
    }
}

fn person(directory: &Directory, slug: &str) -> Option<UserId> {
    directory.users().find(|user| user.slug == slug).map(|user| user.id)
}

fn people(directory: &Directory, form: &Form) -> Result<Vec<UserId>, Wrong> {
    let found: Option<Vec<UserId>> = form.all("people").map(|slug| person(directory, slug)).collect();
    let found = found.filter(|found| !found.is_empty());
    found.ok_or_else(|| Wrong::Field("Choose the people who are to be paged as well.".to_owned()))
}

/// What is said about it, and how it is taken back.
fn told(reader: &Reader, record: &IncidentRecord, action: &str, form: &Form) -> Flash {
    let reference = record.reference();
    let path = |action: &str| format!("/incidents/{reference}/{action}");
    match action {
        "acknowledge" => Flash::good(format!("{reference} is yours. Nobody else is paged.")),
        "resolve" => Flash::good(format!("{reference} is resolved.")).with_undo(path("reopen"), "Re-open", Vec::new()),
        "reopen" => Flash::good(format!("{reference} is open again, and pages.")),
        "snooze" => {
            let until = form.text("for").parse::<Wait>().unwrap_or_default().after(reader.now());
            Flash::good(format!("{reference} is snoozed until {}.", reader.when(until).short_with_zone())).with_undo(
                path("acknowledge"),
                "Take it now",
                Vec::new(),
            )
        }
        "severity" => {
            let before = record.incident.severity.name().to_lowercase();
            let fields = vec![("severity".to_owned(), before)];
            Flash::good(format!("{reference} has another severity.")).with_undo(path("severity"), "Undo", fields)
        }
        "title" => {
            let fields = vec![("title".to_owned(), record.incident.title.clone())];
            Flash::good(format!("{reference} has another title.")).with_undo(path("title"), "Undo", fields)
        }
        "escalate" => Flash::good(format!("{reference} is escalated.")),
        "apply-policy" => Flash::good(format!("{reference} follows the policy as it is now.")),
        "reassign" => Flash::good(format!("{reference} is reassigned, and pages.")),
        "request" => Flash::good(format!("More people are paged for {reference}.")),
        "decline" => Flash::good(format!("{reference} is passed on.")),
        "merge" => Flash::good(format!("{reference} is a part of {} now.", form.text("into"))),
        _ => Flash::good("Noted."),
    }
}
