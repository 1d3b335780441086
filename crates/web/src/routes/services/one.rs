//! `/services/{slug}`

use allclear_core::access::Permission;
use allclear_core::directory::{Grouping, Integration, Kind};
use allclear_core::id::IntegrationId;
use allclear_core::incident::Status;
use allclear_core::limits;
use allclear_core::severity::UrgencyRule;
use allclear_store::incidents::{self, Filter};
use axum::extract::Path;
use axum::http::StatusCode;

use super::super::flash::Flash;
use super::super::form::{Form, Problems};
use super::super::integrations;
use super::super::policies::paged_now;
use super::super::reader::Reader;
use super::super::reply::Reply;
use super::super::saved::{must_be_saved, put_with_key};
use super::super::{slug, view};
use crate::pages::{Choice, Section, ServicePage};
use crate::problem::Problem;

/// How many open incidents are shown.
const OPEN: i64 = 50;
/// How many incidents are looked at for those that were resolved lately, and how many are shown.
const LATEST: i64 = 100;
const RECENT: usize = 10;

/// The page.
pub(in crate::routes) async fn one(reader: Reader, Path(slug): Path<String>) -> Reply {
    let service = super::find(&reader, &slug)?;
    let read = reader.engine().database().read(service.id, |service, tx| {
        Box::pin(async move {
            let of_service = Filter { service: Some(*service), ..Filter::default() };
            let open = incidents::list(tx, Filter { open: true, ..of_service }, OPEN).await?;
            Ok((open, incidents::list(tx, of_service, LATEST).await?))
        })
    });
    let (open, latest) = read.await?;
    let policy = service.policy.and_then(|policy| reader.directory.policy(policy));
    let mut rows = Vec::new();
    for integration in reader.directory.integrations().filter(|one| one.service == service.id) {
        rows.push(integrations::row(&reader, integration).await?);
    }
    let over = latest.iter().filter(|record| matches!(record.incident.status, Status::Resolved { .. }));
    let page = ServicePage {
        shell: reader.shell(service.name.clone(), Section::Services).await?,
        name: service.name.clone(),
        slug: service.slug.clone(),
        description: service.description.clone(),
        team: view::team(&reader.directory, service.team),
        policy: policy.map(|policy| view::policy_anchor(policy)),
        paged_now: paged_now(&reader, policy.map(|policy| &**policy)),
        runbook: view::runbook(Some(service)),
        urgency: urgency(service.urgency).to_owned(),
        grouping: grouping(&service.grouping),
        closing: if service.stays_open {
            "When a person resolves them".to_owned()
        } else {
            "When the last alert has cleared".to_owned()
        },
        open: open.iter().map(|record| view::incident_row(&reader, record)).collect(),
        recent: over.take(RECENT).map(|record| view::incident_row(&reader, record)).collect(),
        integrations: rows,
        sources: allclear_inbound::ALL.iter().map(|source| Choice::new(source.name, source.title, false)).collect(),
        may_edit: reader.may(Permission::Manage(Kind::Service)),
    };
    reader.show(&page)
}

pub(super) const fn urgency(rule: UrgencyRule) -> &'static str {
    match rule {
        UrgencyRule::BySeverity => "SEV1 and SEV2 wake people, the rest waits for the morning",
        UrgencyRule::High => "Everything wakes people",
        UrgencyRule::Low => "Nothing wakes people",
    }
}

fn grouping(grouping: &Grouping) -> String {
    match grouping {
        Grouping::Alert => "Each alert is an incident of its own".to_owned(),
        Grouping::Service { window } => format!("All alerts of the service, within {window}"),
        Grouping::Labels { labels, window } => {
            format!("Alerts with the same {}, within {window}", labels.join(" and "))
        }
    }
}

/// Adds an integration.
pub(in crate::routes) async fn add_integration(reader: Reader, Path(slug): Path<String>, form: Form) -> Reply {
    let service = super::find(&reader, &slug)?;
    let mut problems = Problems::default();
    let name = problems.needed(&form, "name", "The name", limits::NAME_CHARACTERS);
    let source = allclear_inbound::by_name(form.text("source"));
    let source = problems.take("source", source.ok_or("Choose the kind of source."));
    let (Some(source), true) = (source, problems.is_empty()) else {
        let said: Vec<String> = problems.into_list().into_iter().map(|problem| problem.message).collect();
        return Err(form.keep(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, said.join(" "))));
    };
    let engine = reader.engine();
    let integration = Integration {
        id: IntegrationId::new(engine.maker().id(engine.now())),
        slug: slug::free(&reader.directory, Kind::Integration, name),
        name: name.to_owned(),
        service: service.id,
        source: source.name.to_owned(),
        key_digest: String::new(),
        disabled: false,
    };
    let address = format!("/integrations/{}", integration.slug);
    must_be_saved(put_with_key(&reader, &form, integration).await?, &form)?;
    Ok(reader.go_saying(&address, &Flash::good(format!("{name} is there. Point the sender at its address."))))
}
