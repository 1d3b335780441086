//! Escalation policies: the list, one drawn as a ladder in time, and the form.

mod edit;
mod ladder;

use std::sync::Arc;

use allclear_core::access::Permission;
use allclear_core::directory::{Kind, Policy, Target};
use axum::extract::Path;

pub(super) use self::edit::{create, edit, new, save};
pub(super) use self::ladder::paged_now;
use super::reader::Reader;
use super::reply::Reply;
use super::view;
use crate::pages::{PoliciesPage, PolicyPage, PolicyRow, Section};
use crate::problem::Problem;

/// The policy of a short name.
///
/// # Errors
/// When there is none.
fn find<'r>(reader: &'r Reader, slug: &str) -> Result<&'r Arc<Policy>, Problem> {
    let found = reader.directory.policies().find(|policy| policy.slug == slug);
    found.ok_or_else(|| Problem::not_found("escalation policy of this name"))
}

/// The name of a target.
fn target_name(reader: &Reader, target: Target) -> String {
    let name = match target {
        Target::User(user) => reader.directory.user(user).map(|user| user.name.clone()),
        Target::Schedule(schedule) => reader.directory.schedule(schedule).map(|schedule| schedule.name.clone()),
    };
    name.unwrap_or_else(|| "somebody who is no longer here".to_owned())
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
        let names: Vec<String> = step.targets.iter().map(|target| target_name(reader, *target)).collect();
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
        services: services(&reader, policy).map(|service| view::service_anchor(service)).collect(),
        may_edit: reader.may(Permission::Manage(Kind::Policy)),
    };
    reader.show(&page)
}
