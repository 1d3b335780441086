//! Changing the configuration.

use std::sync::Arc;

use allclear_core::actor::Actor;
use allclear_core::audit::AuditFact;
use allclear_core::directory::{Change, Directory, Problem};
use allclear_store::{Error, audit, directory};

use crate::context::Context;

/// Why a change of the configuration was not made. Nothing of it was.
#[derive(Debug, thiserror::Error)]
pub enum NotChanged {
    /// It would contradict itself.
    #[error("{}", list(.0))]
    Refused(Vec<Problem>),
    /// The database refused.
    #[error(transparent)]
    Store(#[from] Error),
    /// Somebody else kept changing it at the same time.
    #[error("somebody else is changing the configuration at the same time; try again")]
    Contended,
}

fn list(problems: &[Problem]) -> String {
    problems.iter().map(Problem::to_string).collect::<Vec<_>>().join("; ")
}

const TRIES: u32 = 10;

/// Makes changes that `plan` derives from the directory as it is at that moment; it may be asked again when somebody
/// else was faster. Returns the directory as it is then.
pub(crate) async fn change<P>(context: &Arc<Context>, actor: Actor, plan: P) -> Result<Arc<Directory>, NotChanged>
where
    P: Fn(&Directory) -> Result<Vec<Change>, Vec<Problem>>,
{
    for _ in 0..TRIES {
        let current = context.directory.load_full();
        let changes = plan(&current).map_err(NotChanged::Refused)?;
        let changes: Vec<Change> = changes.into_iter().filter(|change| makes_a_difference(&current, change)).collect();
        if changes.is_empty() {
            return Ok(current);
        }
        let next = Arc::new(current.changed(&changes).map_err(NotChanged::Refused)?);
        let facts = facts(&current, &changes);
        let now = context.now();
        let saved = context
            .database
            .write((Arc::clone(&next), changes, facts), move |(next, changes, facts), tx| {
                Box::pin(async move {
                    if !directory::save(tx, now, next, changes).await? {
                        return Ok(false);
                    }
                    audit::append(tx, now, actor, facts.clone()).await?;
                    Ok(true)
                })
            })
            .await?;
        if saved {
            install(context, Arc::clone(&next));
            return Ok(next);
        }
        refresh(context).await?;
    }
    Err(NotChanged::Contended)
}

/// Puts a directory in the place of an older one.
fn install(context: &Context, next: Arc<Directory>) {
    context
        .directory
        .rcu(|current| if current.version < next.version { Arc::clone(&next) } else { Arc::clone(current) });
}

/// Reads the directory again if it has changed in the database; other nodes change it, too.
pub(crate) async fn refresh(context: &Context) -> Result<(), Error> {
    let known = context.directory.load().version;
    let newer = context
        .database
        .read(known, |known, tx| {
            Box::pin(async move {
                if directory::version(tx).await? == *known {
                    return Ok(None);
                }
                directory::load(tx).await.map(Some)
            })
        })
        .await?;
    if let Some(newer) = newer {
        install(context, Arc::new(newer));
    }
    Ok(())
}

fn makes_a_difference(current: &Directory, change: &Change) -> bool {
    match change {
        Change::Put(object) => current.object(object.kind(), object.uuid()) != Some(object),
        Change::Remove(kind, uuid) => current.object(*kind, *uuid).is_some(),
        Change::Organisation(organisation) => *current.organisation != *organisation,
    }
}

fn facts(current: &Directory, changes: &[Change]) -> Vec<AuditFact> {
    changes
        .iter()
        .filter_map(|change| match change {
            Change::Put(object) => Some(AuditFact::ObjectPut {
                kind: object.kind(),
                id: object.uuid(),
                name: object.name().to_owned(),
                before: current.object(object.kind(), object.uuid()).map_or(serde_json::Value::Null, to_json),
                after: to_json(object),
            }),
            Change::Remove(kind, uuid) => current.object(*kind, *uuid).map(|object| AuditFact::ObjectRemoved {
                kind: *kind,
                id: *uuid,
                name: object.name().to_owned(),
                before: to_json(object),
            }),
            Change::Organisation(organisation) => Some(AuditFact::SettingsChanged {
                before: to_json(&*current.organisation),
                after: to_json(organisation),
            }),
        })
        .collect()
}

fn to_json<T: serde::Serialize>(value: &T) -> serde_json::Value {
    serde_json::to_value(value).unwrap_or_default()
}
