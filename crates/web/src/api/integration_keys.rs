//! The keys of integrations, by which sources send.

use std::sync::Arc;

use allclear_core::access::Permission;
use allclear_core::declaration::key_digest;
use allclear_core::directory::{Change, Directory, Integration, Kind, Object};
use allclear_engine::{Draft, integration_key_name};
use allclear_inbound::Address;
use axum::Json;
use axum::extract::Path;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::routes;

use super::Api;
use super::extract::{Asker, missing};
use crate::gate::Access::May;
use crate::problem::Problem;

pub(super) fn mount(api: Api) -> Api {
    let manage = May(Permission::Manage(Kind::Integration));
    api.on(manage, routes!(get_key)).on(manage, routes!(rotate_key))
}

/// The key of an integration, and where to send with it.
#[derive(Debug, Serialize, ToSchema)]
struct IntegrationKey {
    /// The key.
    key: String,
    /// The address that its source posts to.
    url: String,
}

impl IntegrationKey {
    fn of(directory: &Directory, integration: &Integration, key: String) -> Self {
        let base = directory.organisation.address.as_deref().unwrap_or_default();
        let source = allclear_inbound::by_name(&integration.source);
        let url = source.map(|source| Address { base, key: &key }.url(source)).unwrap_or_default();
        Self { key, url }
    }
}

fn find<'a>(directory: &'a Directory, slug: &str) -> Result<&'a Arc<Integration>, Problem> {
    match directory.by_slug(Kind::Integration, slug) {
        Some(Object::Integration(integration)) => Ok(integration),
        Some(_) | None => Err(missing("integration", slug)),
    }
}

/// Get the key of an integration
#[utoipa::path(
    get, path = "/api/v1/integrations/{slug}/key", tag = "Integrations", operation_id = "getIntegrationKey",
    params(("slug" = String, Path, description = "Its slug")),
    responses((status = 200, description = "The key.", body = IntegrationKey))
)]
async fn get_key(asker: Asker, Path(slug): Path<String>) -> Result<Json<IntegrationKey>, Problem> {
    let integration = find(&asker.directory, &slug)?;
    let key = asker.engine().secret(&integration_key_name(integration.id)).await?;
    let key = key.ok_or_else(|| Problem::not_found("readable key of this integration; make a new one"))?;
    Ok(Json(IntegrationKey::of(&asker.directory, integration, key)))
}

/// Make a new key for an integration
///
/// The one before opens nothing from then on.
#[utoipa::path(
    post, path = "/api/v1/integrations/{slug}/key", tag = "Integrations", operation_id = "rotateIntegrationKey",
    params(("slug" = String, Path, description = "Its slug")),
    responses((status = 200, description = "The new key.", body = IntegrationKey))
)]
async fn rotate_key(asker: Asker, Path(slug): Path<String>) -> Result<Json<IntegrationKey>, Problem> {
    let key = asker.engine().new_key();
    let plan = |directory: &Directory| {
        let mut integration = Integration::clone(find(directory, &slug)?);
        let keys = vec![(integration.id, key.clone())];
        integration.key_digest = key_digest(&key);
        let changes = vec![Change::Put(Object::Integration(Arc::new(integration)))];
        Ok::<_, Problem>(Draft { changes, keys, passed: () })
    };
    let (directory, ()) = asker.engine().change(asker.actor(), plan).await?;
    let integration = find(&directory, &slug)?;
    Ok(Json(IntegrationKey::of(&directory, integration, key)))
}
