//! `/search.json`: what the command palette finds.

use allclear_core::access::Permission;
use allclear_core::directory::Kind;
use allclear_core::limits;
use allclear_store::incidents::{self, Filter};
use axum::Json;
use serde::Serialize;

use super::form::Query;
use super::reader::Reader;
use super::view;
use crate::pages::Anchor;
use crate::problem::Problem;

/// How many hits are given.
const HITS: usize = 20;

/// A place to go.
#[derive(Debug, Serialize)]
pub(super) struct Hit {
    kind: &'static str,
    label: String,
    href: String,
}

/// The pages that the navigation itself does not name, and who may see them.
const PAGES: &[(&str, &str, Permission)] = &[
    ("Schedules", "/schedules", Permission::View),
    ("Escalation policies", "/policies", Permission::View),
    ("Deliveries", "/deliveries", Permission::View),
    ("Integrations", "/integrations", Permission::View),
    ("Inbox", "/inbox", Permission::ViewEvents),
    ("Teams", "/teams", Permission::View),
    ("Mail settings", "/settings/mail", Permission::ManageSettings),
    ("API tokens", "/settings/tokens", Permission::ManageTokens),
    ("Limits", "/settings/limits", Permission::View),
    ("Audit log", "/settings/audit", Permission::ViewAudit),
];

const fn kind_word(kind: Kind) -> &'static str {
    match kind {
        Kind::Team => "Team",
        Kind::User => "Person",
        Kind::Schedule => "Schedule",
        Kind::Policy => "Escalation policy",
        Kind::Service => "Service",
        Kind::Integration => "Integration",
    }
}

/// The pages, the things of the directory and the latest incidents whose names have all the words.
pub(super) async fn search(reader: Reader, query: Query) -> Result<Json<Vec<Hit>>, Problem> {
    let text = query.text("q").to_lowercase();
    let words: Vec<&str> = text.split_whitespace().collect();
    if words.is_empty() {
        return Ok(Json(Vec::new()));
    }
    let matches = |label: &str| {
        let label = label.to_lowercase();
        words.iter().all(|word| label.contains(word))
    };
    let read = reader.engine().database().read((), |(), tx| {
        Box::pin(async move { incidents::list(tx, Filter::default(), limits::LIST_PAGE.cast_signed() as i64).await })
    });
    let incidents = read.await?;
    let incidents = incidents.iter().filter_map(|record| {
        let reference = record.reference();
        let label = format!("{reference} {}", record.incident.title);
        matches(&label).then(|| Hit { kind: "Incident", label, href: format!("/incidents/{reference}") })
    });
    let pages = PAGES.iter().filter(|(label, _, needed)| matches(label) && reader.may(*needed));
    let pages = pages.map(|(label, href, _)| Hit { kind: "Go to", label: (*label).into(), href: (*href).into() });
    let things = Kind::ALL.into_iter().flat_map(|kind| {
        let named = reader.directory.of_kind(kind).filter(|object| matches(object.name()) || matches(object.slug()));
        named.map(move |object| {
            let Anchor { href, text: label } = view::object_anchor(object);
            Hit { kind: kind_word(kind), label, href }
        })
    });
    Ok(Json(pages.chain(things).chain(incidents).take(HITS).collect()))
}
