//! Changing the configuration.

use std::sync::Arc;

use allclear_core::actor::Actor;
use allclear_core::audit::AuditFact;
use allclear_core::directory::{Change, ContactMethod, Directory, Kind, Object, Problem};
use allclear_core::id::{ContactMethodId, IntegrationId, UserId};
use allclear_store::{Error, Tx, audit, directory, secrets, sessions, verifications};
use jiff::Timestamp;

use crate::context::Context;
use crate::desk::{Changed, Desk};
use crate::secrets::{MAIL_PASSWORD, integration_key_name};

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

/// What is to become of the configuration, all of it or nothing.
#[derive(Debug, Clone)]
pub struct Draft<T> {
    /// The changes of the directory.
    pub changes: Vec<Change>,
    /// The keys of integrations, to be sealed with the changes.
    pub keys: Vec<(IntegrationId, String)>,
    /// What goes along with it, for whoever asked.
    pub passed: T,
}

/// Makes changes that `plan` derives from the directory as it is at that moment; it may be asked again when somebody
/// else was faster. Returns the directory as it is then.
pub(crate) async fn change<P>(context: &Arc<Context>, actor: Actor, plan: P) -> Result<Arc<Directory>, NotChanged>
where
    P: Fn(&Directory) -> Result<Vec<Change>, Vec<Problem>>,
{
    let plan = |current: &Directory| {
        let changes = plan(current).map_err(NotChanged::Refused)?;
        Ok::<_, NotChanged>(Draft { changes, keys: Vec::new(), passed: () })
    };
    change_all(context, actor, plan).await.map(|(directory, ())| directory)
}

/// What is written in one transaction.
struct Writing {
    context: Arc<Context>,
    next: Arc<Directory>,
    changes: Vec<Change>,
    facts: Vec<AuditFact>,
    sealed: Vec<(String, Vec<u8>)>,
    forgotten: Vec<String>,
    moved: Vec<ContactMethodId>,
    left: Vec<UserId>,
}

/// Like [`change`], with keys that are sealed along; and whoever plans may refuse for reasons of their own.
pub(crate) async fn change_all<P, T, E>(context: &Arc<Context>, actor: Actor, plan: P) -> Result<(Arc<Directory>, T), E>
where
    P: Fn(&Directory) -> Result<Draft<T>, E>,
    E: From<NotChanged>,
{
    for _ in 0..TRIES {
        let current = context.directory.load_full();
        let Draft { changes, keys, passed } = plan(&current)?;
        let changes: Vec<Change> = changes.into_iter().filter(|change| makes_a_difference(&current, change)).collect();
        if changes.is_empty() {
            return Ok((current, passed));
        }
        let next = Arc::new(current.changed(&changes).map_err(NotChanged::Refused)?);
        let facts = facts(&current, &changes);
        let (sealed, forgotten) = (sealed(context, &keys), forgotten(&current, &changes));
        let (moved, left) = (moved(&current, &changes), left(&changes));
        let now = context.now();
        let (shared, after) = (Arc::clone(context), Arc::clone(&next));
        let writing = Writing { context: shared, next: after, changes, facts, sealed, forgotten, moved, left };
        let saved = context.database.write(writing, move |writing, tx| Box::pin(writing.write(tx, now, actor))).await;
        if let Some(changed) = saved.map_err(NotChanged::Store)? {
            install(context, Arc::clone(&next));
            context.announce(changed);
            return Ok((next, passed));
        }
        refresh(context).await.map_err(NotChanged::Store)?;
    }
    Err(NotChanged::Contended.into())
}

impl Writing {
    /// Nothing when somebody else was faster; then nothing is written.
    async fn write(&self, tx: &mut Tx<'_>, now: Timestamp, actor: Actor) -> allclear_store::Result<Option<Changed>> {
        if !directory::save(tx, now, &self.next, &self.changes).await? {
            return Ok(None);
        }
        for name in &self.forgotten {
            secrets::remove(tx, name).await?;
        }
        for contact in &self.moved {
            verifications::forget(tx, *contact).await?;
        }
        for user in &self.left {
            sessions::revoke_all(tx, *user, None).await?;
        }
        for (name, secret) in &self.sealed {
            secrets::put(tx, name, secret).await?;
        }
        let mut desk = Desk::new(now, &self.next, &self.context.maker);
        let mut facts = self.facts.clone();
        facts.extend(desk.reconsider(tx, &self.changes, None).await?);
        audit::append(tx, now, actor, facts).await?;
        desk.finish(tx).await.map(Some)
    }
}

fn sealed(context: &Context, keys: &[(IntegrationId, String)]) -> Vec<(String, Vec<u8>)> {
    let seal = |(integration, key): &(IntegrationId, String)| {
        let name = integration_key_name(*integration);
        let sealed = context.key.seal(context.maker.random(), &name, key.as_bytes());
        (name, sealed)
    };
    keys.iter().map(seal).collect()
}

/// The secrets of what goes. The password of a mail server goes with it: it is never shown to another one.
fn forgotten(current: &Directory, changes: &[Change]) -> Vec<String> {
    let gone = changes.iter().filter_map(|change| match change {
        Change::Remove(Kind::Integration, uuid) => Some(integration_key_name(IntegrationId::new(*uuid))),
        Change::Organisation(next) => {
            let stays = next.mail.as_ref().zip(current.organisation.mail.as_ref());
            let stays = stays.is_some_and(|(next, before)| next.shares_password_with(before));
            (!stays).then(|| MAIL_PASSWORD.to_owned())
        }
        Change::Remove(..) | Change::Put(_) => None,
    });
    gone.collect()
}

/// The people who are suspended, or gone: their sessions end, also for when they are brought back.
fn left(changes: &[Change]) -> Vec<UserId> {
    let left = changes.iter().filter_map(|change| match change {
        Change::Put(Object::User(user)) => user.suspended.then_some(user.id),
        Change::Remove(Kind::User, uuid) => Some(UserId::new(*uuid)),
        Change::Remove(..) | Change::Put(_) | Change::Organisation(_) => None,
    });
    left.collect()
}

/// Puts a directory in the place of an older one.
pub(crate) fn install(context: &Context, next: Arc<Directory>) {
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

/// The contact methods that lead somewhere else than before, or nowhere: a code that was sent to the old address says
/// nothing about the new one.
fn moved(current: &Directory, changes: &[Change]) -> Vec<ContactMethodId> {
    let mut moved = Vec::new();
    for change in changes {
        if let Change::Put(Object::User(next)) = change
            && let Some(before) = current.user(next.id)
        {
            let stays = |contact: &ContactMethod| {
                let same =
                    |other: &ContactMethod| (&other.channel, &other.address) == (&contact.channel, &contact.address);
                next.contact(contact.id).is_some_and(same)
            };
            moved.extend(before.contacts.iter().filter(|contact| !stays(contact)).map(|contact| contact.id));
        }
    }
    moved
}

fn makes_a_difference(current: &Directory, change: &Change) -> bool {
    match change {
        Change::Put(object) => current.object(object.kind(), object.uuid()) != Some(object),
        Change::Remove(kind, uuid) => current.object(*kind, *uuid).is_some(),
        Change::Organisation(organisation) => *current.organisation != *organisation,
    }
}

/// What a change of the directory is in the audit log.
pub(crate) fn facts(current: &Directory, changes: &[Change]) -> Vec<AuditFact> {
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
