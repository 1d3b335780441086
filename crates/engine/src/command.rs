//! Commands: what people and programs do to incidents.

use std::sync::Arc;

use allclear_core::actor::Actor;
use allclear_core::directory::Directory;
use allclear_core::id::{IncidentId, ServiceId};
use allclear_core::incident::{Answer, Input, Opening, Refusal};
use allclear_core::severity::Severity;
use allclear_store::Result;
use allclear_store::incidents::IncidentRecord;
use jiff::Timestamp;

use crate::context::Context;
use crate::desk::{Changed, Desk};

/// What came of a command.
#[derive(Debug, Clone, PartialEq)]
pub struct Commanded {
    /// The incident as it is now.
    pub incident: IncidentRecord,
    /// What the command led to.
    pub answer: Answer,
}

/// A command to one incident.
struct Command {
    context: Arc<Context>,
    directory: Arc<Directory>,
    now: Timestamp,
    incident: IncidentId,
    actor: Actor,
    input: Input,
}

/// Gives an incident an input. None when there is no such incident.
pub(crate) async fn act(
    context: &Arc<Context>,
    incident: IncidentId,
    actor: Actor,
    input: Input,
) -> Result<Option<Commanded>> {
    let (now, directory) = (context.now(), context.directory.load_full());
    let command = Command { context: Arc::clone(context), directory, now, incident, actor, input };
    let done = context
        .database
        .write(command, |command, tx| {
            Box::pin(async move {
                let mut desk = Desk::new(command.now, &command.directory, &command.context.maker);
                let (id, actor) = (command.incident, command.actor);
                let Some(answer) = desk.act(tx, id, actor, command.input.clone()).await? else { return Ok(None) };
                let incident = desk.incident(tx, id).await?.cloned();
                let changed = desk.finish(tx).await?;
                Ok(incident.map(|incident| (Commanded { incident, answer }, changed)))
            })
        })
        .await?;
    Ok(done.map(|(commanded, changed)| announced(context, commanded, changed)))
}

fn announced(context: &Context, commanded: Commanded, changed: Changed) -> Commanded {
    context.announce(changed);
    commanded
}

/// Merges an incident into another one. None when one of the two does not exist.
pub(crate) async fn merge(
    context: &Arc<Context>,
    source: IncidentId,
    target: IncidentId,
    actor: Actor,
) -> Result<Option<Commanded>> {
    let (now, directory) = (context.now(), context.directory.load_full());
    let input = Input::MergeInto(target);
    let command = Command { context: Arc::clone(context), directory, now, incident: source, actor, input };
    let done = context
        .database
        .write((command, target), |(command, target), tx| {
            Box::pin(async move {
                let mut desk = Desk::new(command.now, &command.directory, &command.context.maker);
                let (source, target) = (command.incident, *target);
                let Some(into) = desk.incident(tx, target).await?.cloned() else { return Ok(None) };
                let Some(from) = desk.incident(tx, source).await?.cloned() else { return Ok(None) };
                let refused = |refusal| {
                    let commanded = Commanded { incident: from.clone(), answer: Answer::Nothing(refusal) };
                    Ok(Some((commanded, Changed::default())))
                };
                if source == target {
                    return refused(Refusal::Itself);
                }
                if !into.incident.status.is_open() {
                    return refused(Refusal::AlreadyResolved);
                }
                let answer = desk.act(tx, source, command.actor, command.input.clone()).await?;
                if let Some(Answer::Nothing(refusal)) = answer {
                    return refused(refusal);
                }
                let absorb = Input::Absorb {
                    incident: source,
                    severity: from.incident.severity,
                    firing: from.incident.firing,
                    alerts: from.incident.alerts,
                };
                desk.act(tx, target, command.actor, absorb).await?;
                let incident = desk.incident(tx, target).await?.cloned().unwrap_or(into);
                let changed = desk.finish(tx).await?;
                Ok(Some((Commanded { incident, answer: Answer::Done }, changed)))
            })
        })
        .await?;
    Ok(done.map(|(commanded, changed)| announced(context, commanded, changed)))
}

/// An incident that a person declares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Declaration {
    /// The service it is about.
    pub service: ServiceId,
    /// Its title.
    pub title: String,
    /// How bad it is.
    pub severity: Severity,
    /// What is known so far; becomes the first note.
    pub description: Option<String>,
}

/// Declares an incident, and says which one it became.
pub(crate) async fn declare(context: &Arc<Context>, actor: Actor, declaration: Declaration) -> Result<IncidentId> {
    struct Declare {
        context: Arc<Context>,
        directory: Arc<Directory>,
        now: Timestamp,
        actor: Actor,
        declaration: Declaration,
    }
    let (now, directory) = (context.now(), context.directory.load_full());
    let declare = Declare { context: Arc::clone(context), directory, now, actor, declaration };
    let (id, changed) = context
        .database
        .write(declare, |declare, tx| {
            Box::pin(async move {
                let mut desk = Desk::new(declare.now, &declare.directory, &declare.context.maker);
                let Declaration { service, title, severity, description } = declare.declaration.clone();
                let opening = Opening::declared(service, title, severity);
                let id = desk.open(tx, declare.actor, opening).await?;
                if let Some(text) = description {
                    desk.act(tx, id, declare.actor, Input::Note { text }).await?;
                }
                Ok((id, desk.finish(tx).await?))
            })
        })
        .await?;
    context.announce(changed);
    Ok(id)
}
