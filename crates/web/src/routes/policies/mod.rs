//! Escalation policies: the list, one drawn as a ladder in time, and the form.

mod edit;
mod ladder;
mod typed;

use std::sync::Arc;

use allclear_core::access::Permission;
use allclear_core::directory::{Kind, Policy};
use axum::extract::Path;

pub(super) use self::edit::{create, edit, new, save};
pub(super) use self::ladder::paged_now;
use super::flash::Flash;
use super::form::Form;
use super::reader::Reader;
use super::reply::Reply;
use super::view;
use crate::pages::{PoliciesPage, PolicyPage, PolicyRow, Section};
use crate::policy_runs::outdated;
use crate::problem::Problem;

/// How many running incidents that follow an older version are named.
const OUTDATED: usize = 10;

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

/// One.
pub(super) async fn one(reader: Reader, Path(slug): Path<String>) -> Reply {
    let policy = find(&reader, &slug)?;
    let may_edit = reader.may(Permission::Manage(Kind::Policy));
    let outdated = if may_edit { outdated(reader.engine(), &reader.directory, policy.id).await? } else { Vec::new() };
    let page = PolicyPage {
        shell: reader.shell(policy.name.clone(), Section::OnCall).await?,
        name: policy.name.clone(),
        slug: policy.slug.clone(),
        team: view::team(&reader.directory, policy.team),
        steps: ladder::steps(&reader, policy),
        ends_after: ladder::length(policy).to_string(),
        end: ladder::end(policy),
        acknowledgement: match policy.acknowledgement_timeout {
            Some(wait) => {
                format!("It lapses after {wait} unless the incident is resolved, and the ladder starts again.")
            }
            None => "It never lapses.".to_owned(),
        },
        late: ladder::late(&reader, policy),
        working_hours: ladder::working_hours(&reader, policy),
        services: services(&reader, policy).map(|service| view::service_anchor(service)).collect(),
        outdated: outdated.iter().take(OUTDATED).map(|record| view::incident_anchor(&record.reference())).collect(),
        outdated_count: outdated.len(),
        may_edit,
    };
    reader.show(&page)
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
