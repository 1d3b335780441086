//! `/readiness`: who cannot be reached, and why.

use allclear_core::declaration::Subject;
use allclear_core::directory::Directory;
use allclear_core::limits;
use allclear_core::readiness::{Finding, Level};

use super::form::Query;
use super::reader::Reader;
use super::reply::Reply;
use super::view;
use crate::pages::{Anchor, FindingRow, ReadinessPage, Section, Tab};
use crate::readiness;

/// How far ahead one may look here.
const SPANS: [(u32, &str); 3] =
    [(7, "One week"), (readiness::DAYS, "Four weeks"), (limits::DAYS_AHEAD, "Three months")];

/// The page.
pub(super) async fn page(reader: Reader, query: Query) -> Reply {
    let days = query.parsed("days").filter(|days| SPANS.iter().any(|(span, _)| span == days));
    let days = days.unwrap_or(readiness::DAYS);
    let found = readiness::check(reader.directory.clone(), reader.now(), days).await?;
    let (errors, warnings): (Vec<_>, Vec<_>) = found.into_iter().partition(|one| one.level == Level::Error);
    let rows = |found: Vec<Finding>| found.into_iter().map(|one| row(&reader, one)).collect();
    let tab = |(span, label): (u32, &str)| Tab {
        href: format!("/readiness?days={span}"),
        label: label.to_owned(),
        count: None,
        current: span == days,
    };
    let page = ReadinessPage {
        shell: reader.shell("Readiness", Section::OnCall).await?,
        spans: SPANS.map(tab).into(),
        days,
        errors: rows(errors),
        warnings: rows(warnings),
    };
    reader.show(&page)
}

fn row(reader: &Reader, finding: Finding) -> FindingRow {
    let place = finding.place.map(|place| format!(", {place}")).unwrap_or_default();
    FindingRow {
        subject: anchor(&reader.directory, &finding.subject),
        kind: format!("{}{place}", finding.subject.kind()),
        message: finding.message,
        remedy: finding.remedy,
        from: finding.when.map(|when| reader.when(when.starts)),
        until: finding.when.map(|when| reader.when(when.ends)),
    }
}

fn anchor(directory: &Directory, subject: &Subject) -> Anchor {
    match subject {
        Subject::Organisation => Anchor::new("/settings", "Settings"),
        Subject::Object(kind, slug) => {
            directory.by_slug(*kind, slug).map_or_else(|| Anchor::new("/on-call", slug), view::object_anchor)
        }
    }
}
