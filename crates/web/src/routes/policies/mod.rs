//! Escalation policies: the list, and one drawn as a ladder in time, which is edited in place.

mod edit;
mod forms;
mod ladder;
mod page;
mod typed;

use std::sync::Arc;

use allclear_core::access::Permission;
use allclear_core::directory::{Kind, Policy};
use axum::extract::Path;

pub(super) use self::edit::{create, edit, new, one, save};
pub(super) use self::ladder::paged_now;
use super::flash::Flash;
use super::form::Form;
use super::reader::Reader;
use super::reply::Reply;
use super::view;
use crate::pages::{PoliciesPage, PolicyRow, Section};
use crate::problem::Problem;

/// The policy of a short name.
///
/// # Errors
/// When there is none.
fn find<'r>(reader: &'r Reader, slug: &str) -> Result<&'r Arc<Policy>, Problem> {
    let found = reader.directory.policies().find(|policy| policy.slug == slug);
    found.ok_or_else(|| Problem::not_found("escalation policy of this name"))
}

/// All of them.
pub(super) async fn list(reader: Reader) -> Reply {
    let mut policies: Vec<_> = reader.directory.policies().collect();
    policies.sort_by_key(|policy| policy.name.to_lowercase());
    let weaknesses = ladder::weaknesses(&reader).await?;
    let row = |policy: &Arc<Policy>| PolicyRow {
        policy: view::policy_anchor(policy),
        team: view::team(&reader.directory, policy.team),
        summary: summary(&reader, policy),
        services: u32::try_from(services(&reader, policy).count()).unwrap_or(u32::MAX),
        weakness: weaknesses.get(&policy.slug).cloned(),
    };
    let page = PoliciesPage {
        shell: reader.shell("Escalation policies", Section::OnCall).await?,
        rows: policies.into_iter().map(row).collect(),
        may_edit: reader.may(Permission::Manage(Kind::Policy)),
    };
    reader.show(&page)
}

/// Its steps in a line: `Payments primary → 5m → Grace Hopper`.
fn summary(reader: &Reader, policy: &Policy) -> String {
    let mut parts = Vec::new();
    for (number, step) in policy.steps.iter().enumerate() {
        if let Some(before) = number.checked_sub(1).and_then(|before| policy.steps.get(before)) {
            parts.push(before.wait.to_string());
        }
        let names: Vec<String> = step.targets.iter().map(|target| reader.names().target(target)).collect();
        parts.push(names.join(", "));
    }
    parts.join(" → ")
}

fn services<'r>(
    reader: &'r Reader,
    policy: &Policy,
) -> impl Iterator<Item = &'r Arc<allclear_core::directory::Service>> {
    let id = policy.id;
    reader.directory.services().filter(move |service| service.policy == Some(id))
}

/// Applies it as it is now to the running incidents that follow an older version.
pub(super) async fn apply(reader: Reader, Path(slug): Path<String>, _form: Form) -> Reply {
    let policy = find(&reader, &slug)?;
    let applied = crate::policy_runs::apply(reader.engine(), &reader.directory, policy.id, reader.actor()).await?;
    let said = match applied.len() {
        0 => format!("No running incident followed an older version of {}.", policy.name),
        1 => format!("One running incident follows {} as it is now.", policy.name),
        count => format!("{count} running incidents follow {} as it is now.", policy.name),
    };
    Ok(reader.go_saying(&format!("/policies/{slug}"), &Flash::good(said)))
}
