//! Requests for cover: what people and programs do about them. The request, the overrides that follow from it and the
//! messages are stored in one transaction.

use std::sync::Arc;

use allclear_core::actor::Actor;
use allclear_core::cover::{self, Answer, Asking, Effect, Input};
use allclear_core::directory::{Change, Directory, Object, Problem};
use allclear_core::id::{CoverId, OverrideId};
use allclear_core::schedule::{Override, Schedule};
use allclear_store::covers::{self, CoverRecord};
use allclear_store::{Result, Tx, audit, directory};
use jiff::Timestamp;

use crate::configuration::{self, NotChanged};
use crate::context::Context;
use crate::desk::{Changed, Desk};

/// How often it is tried again when somebody else changes the configuration at the same time.
const TRIES: u32 = 10;

/// What came of an input to a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answered {
    /// The request as it is now.
    pub cover: CoverRecord,
    /// What the input led to.
    pub answer: Answer,
}

/// What came of one try.
enum Tried<T> {
    /// The directory was not the stored one any more.
    Behind,
    Refused(Vec<Problem>),
    Done {
        made: T,
        changed: Changed,
        next: Option<Arc<Directory>>,
    },
}

/// Something that is to be done to requests.
struct Command<W> {
    context: Arc<Context>,
    directory: Arc<Directory>,
    now: Timestamp,
    actor: Actor,
    what: W,
}

/// Asks for cover. What is wrong with it is said, and nothing is stored then.
pub(crate) async fn ask(
    context: &Arc<Context>,
    actor: Actor,
    asking: Asking,
) -> std::result::Result<std::result::Result<CoverRecord, Vec<cover::Problem>>, NotChanged> {
    for _ in 0..TRIES {
        let command = begin(context, actor, asking.clone());
        let tried = context.database.write(command, |command, tx| Box::pin(command.ask(tx))).await?;
        if let Some(made) = finished(context, tried).await? {
            return Ok(made);
        }
    }
    Err(NotChanged::Contended)
}

/// Gives a request an input. None when there is no such request.
pub(crate) async fn answer(
    context: &Arc<Context>,
    id: CoverId,
    actor: Actor,
    input: Input,
) -> std::result::Result<Option<Answered>, NotChanged> {
    for _ in 0..TRIES {
        let command = begin(context, actor, (id, input));
        let tried = context.database.write(command, |command, tx| Box::pin(command.answer(tx))).await?;
        if let Some(made) = finished(context, tried).await? {
            return Ok(made);
        }
    }
    Err(NotChanged::Contended)
}

fn begin<W>(context: &Arc<Context>, actor: Actor, what: W) -> Command<W> {
    let (now, directory) = (context.now(), context.directory.load_full());
    Command { context: Arc::clone(context), directory, now, actor, what }
}

/// What was made; none when it is to be tried again.
async fn finished<T>(context: &Arc<Context>, tried: Tried<T>) -> std::result::Result<Option<T>, NotChanged> {
    match tried {
        Tried::Behind => {
            configuration::refresh(context).await?;
            Ok(None)
        }
        Tried::Refused(problems) => Err(NotChanged::Refused(problems)),
        Tried::Done { made, changed, next } => {
            if let Some(next) = next {
                configuration::install(context, next);
            }
            context.announce(changed);
            Ok(Some(made))
        }
    }
}

impl<W> Command<W> {
    /// Locks what all changes of plans go through, and says whether the directory is the stored one.
    async fn is_current(&self, tx: &mut Tx<'_>) -> Result<bool> {
        audit::lock(tx).await?;
        Ok(directory::version(tx).await? == self.directory.version)
    }
}

impl Command<Asking> {
    async fn ask(&self, tx: &mut Tx<'_>) -> Result<Tried<std::result::Result<CoverRecord, Vec<cover::Problem>>>> {
        if !self.is_current(tx).await? {
            return Ok(Tried::Behind);
        }
        let open = covers::open(tx).await?.into_iter().map(|record| record.request);
        let others: Vec<cover::Request> = open.filter(|request| request.asker == self.what.asker).collect();
        let decision = match cover::ask(self.now, &self.directory, &others, &self.what) {
            Ok(decision) => decision,
            Err(problems) => {
                return Ok(Tried::Done { made: Err(problems), changed: Changed::default(), next: None });
            }
        };
        let id = CoverId::new(self.context.maker.id(self.now));
        let record = CoverRecord { id, version: 0, ended_at: None, request: decision.next.clone() };
        let mut desk = Desk::new(self.now, &self.directory, &self.context.maker);
        let (record, facts) = desk.put_cover(tx, record, decision).await?;
        audit::append(tx, self.now, self.actor, facts).await?;
        Ok(Tried::Done { made: Ok(record), changed: desk.finish(tx).await?, next: None })
    }
}

impl Command<(CoverId, Input)> {
    async fn answer(&self, tx: &mut Tx<'_>) -> Result<Tried<Option<Answered>>> {
        if !self.is_current(tx).await? {
            return Ok(Tried::Behind);
        }
        let (id, input) = self.what;
        let nothing = |made| Ok(Tried::Done { made, changed: Changed::default(), next: None });
        let Some(record) = covers::take(tx, id).await? else { return nothing(None) };
        let decision = cover::step(self.now, &self.directory, &record.request, input);
        let answer = decision.answer.clone();
        if decision.facts.is_empty() {
            return nothing(Some(Answered { cover: record, answer }));
        }
        let changes = self.changes(&record, &decision.effects);
        let next = match changes.as_slice() {
            [] => None,
            changes => match self.directory.changed(changes) {
                Ok(next) => Some(Arc::new(next)),
                Err(problems) => return Ok(Tried::Refused(problems)),
            },
        };
        let mut facts = configuration::facts(&self.directory, &changes);
        if let Some(next) = &next
            && !directory::save(tx, self.now, next, &changes).await?
        {
            return Ok(Tried::Behind);
        }
        let current = next.as_ref().unwrap_or(&self.directory);
        let mut desk = Desk::new(self.now, current, &self.context.maker);
        let (cover, told) = desk.put_cover(tx, record, decision).await?;
        facts.extend(told);
        facts.extend(desk.reconsider(tx, &changes, Some(id)).await?);
        audit::append(tx, self.now, self.actor, facts).await?;
        let changed = desk.finish(tx).await?;
        Ok(Tried::Done { made: Some(Answered { cover, answer }), changed, next })
    }

    /// The schedule with the overrides that follow from a decision, on top of all that there are.
    fn changes(&self, record: &CoverRecord, effects: &[Effect]) -> Vec<Change> {
        let covers: Vec<Override> = effects
            .iter()
            .filter_map(|effect| match effect {
                Effect::Replace { user, replaces, period } => Some(Override {
                    id: OverrideId::new(self.context.maker.id(self.now)),
                    user: *user,
                    replaces: Some(*replaces),
                    starts: period.starts,
                    ends: period.ends,
                }),
                Effect::Tell { .. } => None,
            })
            .collect();
        let schedule = self.directory.schedule(record.request.schedule).filter(|_| !covers.is_empty());
        let put = schedule.map(|schedule| {
            let mut schedule = Schedule::clone(schedule);
            schedule.overrides.extend(covers);
            Change::Put(Object::Schedule(Arc::new(schedule)))
        });
        put.into_iter().collect()
    }
}
