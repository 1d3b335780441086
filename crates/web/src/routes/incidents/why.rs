//! `/incidents/{reference}/why`: why somebody was paged about an incident, or why not.

use allclear_core::explanation::{Decider, Reason};
use axum::extract::Path;

use super::super::form::Query;
use super::super::reader::Reader;
use super::super::reply::Reply;
use super::super::view;
use crate::explanation::explain;
use crate::pages::{Anchor, Choice, Section, WhyPage, WhyReason};
use crate::problem::Problem;

/// The page: about the reader, unless somebody else is chosen.
pub(in crate::routes) async fn why(reader: Reader, Path(reference): Path<String>, query: Query) -> Reply {
    let record = super::find(&reader, &reference).await?;
    let chosen = query.text("person");
    let person = match chosen {
        "" => reader.user.clone(),
        slug => {
            let found = reader.directory.users().find(|user| user.slug == slug).cloned();
            found.ok_or_else(|| Problem::not_found("person of this name"))?
        }
    };
    let told = explain(reader.engine(), &reader.directory, &record, person.id).await?;
    let mut people: Vec<_> = reader.directory.users().collect();
    people.sort_by_key(|user| user.name.to_lowercase());
    let choice = |user: &allclear_core::directory::User| Choice::new(&user.slug, &user.name, user.id == person.id);
    let question = if told.paged { "was paged" } else { "was not paged" };
    let page = WhyPage {
        shell: reader.shell(format!("Why {} {question}", person.name), Section::Incidents).await?,
        incident: view::incident_anchor(&record.reference()),
        reference: record.reference(),
        title: record.incident.title.clone(),
        person: reader.person(person.id),
        question: question.to_owned(),
        people: people.into_iter().map(|user| choice(user)).collect(),
        conclusion: told.conclusion,
        reasons: told.reasons.into_iter().map(|one| reason(&reader, one)).collect(),
    };
    reader.show(&page)
}

fn reason(reader: &Reader, reason: Reason) -> WhyReason {
    WhyReason {
        at: reason.at.map(|at| reader.when(at)),
        sentence: reason.sentence,
        decided_by: reason.decided_by.and_then(|by| decider(reader, &by)),
    }
}

fn decider(reader: &Reader, by: &Decider) -> Option<Anchor> {
    reader.directory.by_slug(by.kind, &by.slug).map(view::object_anchor)
}
