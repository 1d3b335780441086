//! The last step: a real event on its real way, up to the admin's own thumb.

use std::sync::Arc;

use allclear_core::delivery::Status as DeliveryStatus;
use allclear_core::directory::Integration;
use allclear_core::fact::Fact;
use allclear_core::id::{IncidentId, IntegrationId};
use allclear_core::incident::Status;
use allclear_engine::{Became, EventAddress, Request};
use allclear_inbound::{Address, by_name};
use allclear_store::deliveries::{self, DeliveryRecord, Purpose};
use allclear_store::incidents::{self, Filter, IncidentRecord};
use allclear_store::{Result as Stored, Tx, inbox};
use axum::body::Bytes;
use axum::http::StatusCode;
use jiff::Timestamp;

use super::super::form::{Form, Query};
use super::super::keys;
use super::super::reader::Reader;
use super::super::reply::{Reply, go};
use super::super::view::delivery_words;
use crate::pages::{Clock, FirstPage, SetupDonePage, SetupFirstPagePage, When};
use crate::problem::Problem;

/// The sources whose snippets are shown; all of them take the same key.
const SOURCES: [&str; 4] = ["generic", "alertmanager-api", "alertmanager", "pagerduty"];

/// The integration that the set-up made.
fn first(reader: &Reader) -> Option<&Arc<Integration>> {
    reader.directory.integrations().next()
}

/// The page.
pub(in crate::routes) async fn first_page(reader: Reader, query: Query) -> Reply {
    let Some(integration) = first(&reader) else { return Ok(go("/setup/service")) };
    let first = match query.parsed::<EventAddress>("event") {
        Some(event) => Some(follow(&reader, integration.id, event).await?),
        None => None,
    };
    let key = keys::key_of(reader.engine(), integration).await?.unwrap_or_default();
    let base = keys::base(reader.engine());
    let address = Address { base: &base, key: &key };
    let service = reader.directory.service(integration.service);
    let generic = by_name("generic").expect("there is a generic source");
    reader.show(&SetupFirstPagePage {
        csrf: reader.visitor.csrf().to_owned(),
        service: service.map(|service| service.name.clone()).unwrap_or_default(),
        url: address.url(generic),
        snippets: SOURCES.into_iter().filter_map(by_name).flat_map(|source| keys::snippets(source, address)).collect(),
        key,
        first,
    })
}

/// "Page me now".
pub(in crate::routes) async fn page_me(reader: Reader, _: Form) -> Reply {
    let Some(integration) = first(&reader) else { return Ok(go("/setup/service")) };
    let key = format!("first-page/{}", reader.engine().maker().text(8));
    let body = serde_json::json!({
        "action": "trigger",
        "dedup_key": key,
        "severity": "critical",
        "summary": "Test page from the set-up: does it reach you?",
        "source": "the set-up of Allclear",
    });
    let body = Bytes::from(body.to_string());
    let request = Request { integration: integration.id, source: "generic", dedup_key: None, body };
    match reader.app.0.intake.store(request).await {
        Ok(event) => Ok(go(&format!("/setup/first-page?event={event}"))),
        Err(error) => Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, error.to_string())),
    }
}

/// What is known of the event so far.
struct Known {
    received_at: Option<Timestamp>,
    incident: Option<IncidentRecord>,
    acknowledged_at: Option<Timestamp>,
    deliveries: Vec<DeliveryRecord>,
}

async fn know(tx: &mut Tx<'_>, integration: IntegrationId, event: EventAddress) -> Stored<Known> {
    let received_at = inbox::find(tx, event.segment).await?.map(|segment| segment.received_at);
    let outcome = inbox::outcome(tx, event.segment, integration).await?;
    let became: Vec<Became> = outcome.and_then(|outcome| serde_json::from_str(&outcome.body).ok()).unwrap_or_default();
    let mine = became.iter().find(|became| became.position == event.position);
    let incident = mine.and_then(|mine| mine.events.iter().find_map(|event| event.incident));
    let Some(incident) = incident else {
        return Ok(Known { received_at, incident: None, acknowledged_at: None, deliveries: Vec::new() });
    };
    Ok(Known {
        received_at,
        incident: incidents::find(tx, incident).await?,
        acknowledged_at: acknowledged_at(tx, incident).await?,
        deliveries: deliveries::of_incident(tx, incident, 20).await?,
    })
}

async fn acknowledged_at(tx: &mut Tx<'_>, incident: IncidentId) -> Stored<Option<Timestamp>> {
    for stored in incidents::journal(tx, incident, 0, 100).await? {
        let entry = stored.entry()?;
        if entry.facts.iter().any(|fact| matches!(fact, Fact::IncidentAcknowledged { .. } | Fact::IncidentResolved)) {
            return Ok(Some(entry.at));
        }
    }
    Ok(None)
}

async fn follow(reader: &Reader, integration: IntegrationId, event: EventAddress) -> Result<FirstPage, Problem> {
    let read = reader
        .engine()
        .database()
        .read((integration, event), |(integration, event), tx| Box::pin(know(tx, *integration, *event)));
    let known = read.await?;
    let Some(received_at) = known.received_at else { return Err(Problem::not_found("event")) };
    let mut reached: Vec<(When, String)> = vec![(reader.when(received_at), "Event accepted".to_owned())];
    let Some(incident) = known.incident else {
        let awaited = "Waiting for the event to be processed…".to_owned();
        return Ok(FirstPage { reference: "Your page".to_owned(), reached, awaited, failure: String::new() });
    };
    let reference = incident.reference();
    reached.push((reader.when(incident.incident.opened_at), format!("Incident {reference} opened")));
    let pages = known.deliveries.iter().filter(|one| matches!(one.purpose, Purpose::Page { .. }));
    let (mut failure, mut awaited) = (String::new(), "Waiting for the message to be handed over…".to_owned());
    let mut count = 0;
    for page in pages {
        count += 1;
        let name = super::super::view::contact_name(&reader.directory, page);
        match page.delivery.status {
            DeliveryStatus::Accepted | DeliveryStatus::Delivered => {
                reached.push((reader.when(page.changed_at), format!("Handed over: {name}")));
                awaited = "Waiting for your tap on the link in the message…".to_owned();
            }
            DeliveryStatus::Failed => failure = format!("{name}: {}", page.detail.clone().unwrap_or_default()),
            DeliveryStatus::Held
            | DeliveryStatus::Queued
            | DeliveryStatus::Sending
            | DeliveryStatus::Stopping
            | DeliveryStatus::Bundled
            | DeliveryStatus::Withdrawn => awaited = format!("{name}: {}…", delivery_words(page.delivery.status)),
        }
    }
    if count == 0 && incident.incident.status == Status::Triggered {
        let slug = &reader.user.slug;
        failure = format!(
            "Nobody can be reached: your contact method is not verified. Type the code that was mailed to you into \
             your own page, /people/{slug}, and page yourself once more."
        );
    }
    if let Some(at) = known.acknowledged_at {
        reached.push((reader.when(at), "Acknowledged".to_owned()));
        (awaited, failure) = (String::new(), String::new());
    }
    Ok(FirstPage { reference, reached, awaited, failure })
}

/// "Finish".
pub(in crate::routes) async fn finish(_: Reader, _: Form) -> Reply {
    Ok(go("/setup/done"))
}

/// The end of it.
pub(in crate::routes) async fn done(reader: Reader) -> Reply {
    let service = first(&reader).map(|integration| integration.service);
    let read = reader.engine().database().read(service, |service, tx| {
        Box::pin(async move {
            let filter = Filter { service: *service, ..Filter::default() };
            for record in incidents::list(tx, filter, 10).await? {
                if let Some(at) = acknowledged_at(tx, record.id).await? {
                    return Ok(Some((record.incident.opened_at, at)));
                }
            }
            Ok(None)
        })
    });
    let took = read.await?.map(|(opened_at, at)| Clock { now: at, zone: reader.zone().clone() }.when(opened_at).age());
    let organisation = reader.directory.organisation.name.clone();
    reader.show(&SetupDonePage { organisation, took: took.unwrap_or_default() })
}
