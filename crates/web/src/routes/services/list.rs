//! `/services`

use std::collections::BTreeMap;

use allclear_core::access::Permission;
use allclear_core::directory::{Kind, Service};
use allclear_core::id::{IntegrationId, ServiceId};
use allclear_core::severity::Severity;
use allclear_store::{inbox, incidents};
use jiff::Timestamp;

use super::super::on_call::by_team;
use super::super::reader::Reader;
use super::super::reply::Reply;
use super::super::view;
use crate::pages::{Section, ServiceRow, ServiceTeam, ServicesPage};

/// What is known of all services beside the directory.
struct Health {
    open: BTreeMap<ServiceId, (Option<Severity>, i64)>,
    last_events: BTreeMap<IntegrationId, Timestamp>,
}

/// The page.
pub(in crate::routes) async fn list(reader: Reader) -> Reply {
    let integrations: Vec<IntegrationId> = reader.directory.integrations().map(|one| one.id).collect();
    let read = reader.engine().database().read(integrations, |integrations, tx| {
        Box::pin(async move {
            let open = incidents::open_by_service(tx).await?;
            let mut last_events = BTreeMap::new();
            for integration in integrations {
                if let Some((_, at)) = inbox::counts(tx, *integration).await? {
                    last_events.insert(*integration, at);
                }
            }
            let open = open.into_iter().map(|(service, worst, count)| (service, (worst, count))).collect();
            Ok(Health { open, last_events })
        })
    });
    let health = read.await?;
    let mut services: Vec<_> = reader.directory.services().collect();
    services.sort_by_key(|service| service.name.to_lowercase());
    let rows = services.into_iter().map(|service| (service.team, row(&reader, service, &health))).collect();
    let page = ServicesPage {
        shell: reader.shell("Services", Section::Services).await?,
        teams: by_team(&reader, rows).into_iter().map(|(name, rows)| ServiceTeam { name, rows }).collect(),
        may_edit: reader.may(Permission::Manage(Kind::Service)),
    };
    reader.show(&page)
}

fn row(reader: &Reader, service: &Service, health: &Health) -> ServiceRow {
    let feeding: Vec<IntegrationId> =
        reader.directory.integrations().filter(|one| one.service == service.id).map(|one| one.id).collect();
    let (worst, open) = health.open.get(&service.id).copied().unwrap_or_default();
    let last = feeding.iter().filter_map(|integration| health.last_events.get(integration)).max();
    ServiceRow {
        service: view::service_anchor(service),
        worst,
        open: u32::try_from(open).unwrap_or(u32::MAX),
        policy: view::policy(&reader.directory, service.policy),
        integrations: u32::try_from(feeding.len()).unwrap_or(u32::MAX),
        last_event: last.map(|at| reader.when(*at)),
    }
}
