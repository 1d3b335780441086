//! What would have to change for the directory to be as documents say.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use serde::Serialize;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::build::{Builder, Described};
use super::difference::{Difference, between};
use super::document::{Document, Key};
use super::names::Names;
use super::{Located, Location, Problem, Subject, export};
use crate::directory::{self, Change, Directory, Kind, Object, User};
use crate::hex;
use crate::id::{IntegrationId, TeamId};
use crate::limits;

/// How to plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Options {
    /// Also take out what exists and no document describes, of the kinds of which there is any document: files without
    /// a single user do not mean that there should be no users. People are suspended rather than removed, because
    /// history names them.
    pub prune: bool,
}

/// What is to happen to a thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// It is new.
    Create,
    /// It changes.
    Update,
    /// It goes.
    Remove,
    /// It is as the document says.
    Unchanged,
}

/// One thing, and what is to happen to it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Planned {
    /// What is to happen.
    pub action: Action,
    /// To what.
    #[serde(flatten)]
    pub subject: Subject,
    /// What changes about it.
    pub differences: Vec<Difference>,
    /// The change; none for what stays as it is.
    #[serde(skip)]
    pub change: Option<Change>,
}

/// An integration whose key has to be sealed when the plan is carried out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KeyNeeded {
    /// Which one.
    pub integration: IntegrationId,
    /// Its short name.
    pub slug: String,
    /// The key that a document gives; one is to be made where there is none.
    #[serde(skip)]
    pub given: Option<Key>,
}

/// What would have to change.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Plan {
    /// The version of the directory that it was made for. For another one, plan again.
    pub version: i64,
    /// Everything that the documents describe or that goes, in the order of [`Kind::ALL`] and by slug, the organisation
    /// first.
    pub changes: Vec<Planned>,
    /// The keys that have to be sealed; see [`Plan::give_keys`].
    pub keys: Vec<KeyNeeded>,
}

impl Plan {
    /// Whether there is nothing to change.
    pub fn is_empty(&self) -> bool {
        self.changes.iter().all(|planned| planned.action == Action::Unchanged)
    }

    /// Gives every integration that needs a key its own: the one of its document, or one that is made now. Returns all
    /// of them, to be sealed in the same transaction. To be called before [`Plan::changes`] are carried out.
    pub fn give_keys(&mut self, make: &mut dyn FnMut() -> String) -> Vec<(IntegrationId, String)> {
        let mut keys = Vec::new();
        for needed in &self.keys {
            let key = needed.given.as_ref().map_or_else(&mut *make, |Key(given)| given.clone());
            for planned in &mut self.changes {
                if let Some(Change::Put(Object::Integration(integration))) = &mut planned.change
                    && integration.id == needed.integration
                {
                    Arc::make_mut(integration).key_digest = key_digest(&key);
                }
            }
            keys.push((needed.integration, key));
        }
        keys
    }

    /// The changes to carry out, all together: what goes first, so that its names and keys are free.
    pub fn changes(&self) -> Vec<Change> {
        let removed = self.changes.iter().rev().filter(|planned| planned.action == Action::Remove);
        let others = self.changes.iter().filter(|planned| planned.action != Action::Remove);
        removed.chain(others).filter_map(|planned| planned.change.clone()).collect()
    }
}

/// The digest under which an integration is found by its key: SHA-256, in lower-case hex.
pub fn key_digest(key: &str) -> String {
    hex(&Sha256::digest(key.as_bytes()))
}

/// What would have to change for the directory to be as the documents say, or everything that is wrong with them.
/// `ids` gives identities to what is new, and is asked for no others: where everything is as the documents say, nothing
/// is new and nothing changes.
pub fn plan(
    current: &Directory,
    wanted: &[Located<Document>],
    now: Timestamp,
    ids: &mut dyn FnMut() -> Uuid,
    options: Options,
) -> Result<Plan, Vec<Problem>> {
    let long = with_long_slugs(wanted);
    if !long.is_empty() {
        return Err(long);
    }
    let (places, twice) = places(wanted);
    if !twice.is_empty() {
        return Err(twice);
    }
    let pruned = if options.prune { pruned(current, &places) } else { Vec::new() };
    let mut names = Names::of(current);
    for object in pruned.iter().filter(|object| object.kind() != Kind::User) {
        names.remove(object.kind(), object.slug());
    }
    for subject in places.keys() {
        if let Subject::Object(kind, slug) = subject {
            names.get_or_add(*kind, slug, &mut *ids);
        }
    }
    let mut builder = Builder {
        current,
        names: &names,
        now,
        ids,
        problems: Vec::new(),
        keys: Vec::new(),
        at: None,
        subject: Subject::Organisation,
    };
    let described = wanted.iter().filter_map(|located| builder.build(&located.at, &located.content));
    let mut changes: BTreeMap<Subject, Change> = described.map(put).collect();
    let Builder { problems, keys, .. } = builder;
    changes.extend(pruned.iter().map(|object| (Subject::of(object), out(object, &pruned))));
    let next = checked(current, &changes, &places, problems)?;
    let all = places.keys().chain(changes.keys()).collect::<BTreeSet<_>>();
    let changes = all.into_iter().map(|subject| planned(subject, &changes, current, &next, &keys)).collect();
    Ok(Plan { version: current.version, changes, keys })
}

/// The documents whose slug is too long. Every problem is told with the slug, so these come first, and alone: a long
/// slug in front of thousands of problems is more than anybody can read, or we can send.
fn with_long_slugs(wanted: &[Located<Document>]) -> Vec<Problem> {
    let long = wanted.iter().filter_map(|Located { at, content }| {
        let Subject::Object(kind, slug) = content.subject() else { return None };
        let (end, _) = slug.char_indices().nth(limits::SLUG_CHARACTERS)?;
        let (length, most) = (slug.chars().count(), limits::SLUG_CHARACTERS);
        let message = format!("it has {length} characters; at most {most} are possible");
        let subject = Subject::Object(kind, format!("{}…", &slug[..end]));
        Some(Problem { at: Some(at.clone()), subject, field: "slug".into(), message })
    });
    long.collect()
}

/// Where each thing is described, and what is described twice.
fn places(wanted: &[Located<Document>]) -> (BTreeMap<Subject, &Location>, Vec<Problem>) {
    let (mut places, mut twice) = (BTreeMap::new(), Vec::new());
    for Located { at, content } in wanted {
        let subject = content.subject();
        if let Some(first) = places.insert(subject.clone(), at) {
            let field = if subject == Subject::Organisation { "kind" } else { "slug" };
            let message = format!("`{subject}` is described at {first} already; remove one of the two documents");
            twice.push(Problem { at: Some(at.clone()), subject, field: field.into(), message });
        }
    }
    (places, twice)
}

/// What exists and is not described, of the kinds of which anything is.
fn pruned<'a>(current: &'a Directory, described: &BTreeMap<Subject, &Location>) -> Vec<&'a Object> {
    let kinds: BTreeSet<&str> = described.keys().map(Subject::kind).collect();
    let missing =
        |object: &&Object| kinds.contains(object.kind().word()) && !described.contains_key(&Subject::of(object));
    current.objects().filter(missing).collect()
}

fn put(described: Described) -> (Subject, Change) {
    match described {
        Described::Organisation(organisation) => (Subject::Organisation, Change::Organisation(organisation)),
        Described::Object(object) => (Subject::of(&object), Change::Put(object)),
    }
}

/// Takes a thing out, together with all that is pruned. A person keeps only what history needs.
fn out(object: &Object, pruned: &[&Object]) -> Change {
    match object {
        Object::User(user) => {
            let goes =
                |team: &TeamId| pruned.iter().any(|gone| gone.kind() == Kind::Team && gone.uuid() == team.uuid());
            let teams = user.teams.iter().copied().filter(|team| !goes(team)).collect();
            Change::Put(User { suspended: true, teams, ..User::clone(user) }.into())
        }
        Object::Team(_) | Object::Schedule(_) | Object::Policy(_) | Object::Service(_) | Object::Integration(_) => {
            Change::Remove(object.kind(), object.uuid())
        }
    }
}

/// The directory after the changes, or all problems: those found before, those that the directory itself finds in other
/// documents, and the one that nobody could undo.
fn checked(
    current: &Directory,
    changes: &BTreeMap<Subject, Change>,
    places: &BTreeMap<Subject, &Location>,
    mut problems: Vec<Problem>,
) -> Result<Directory, Vec<Problem>> {
    let (removed, others): (Vec<_>, Vec<_>) =
        changes.values().cloned().partition(|change| matches!(change, Change::Remove(..)));
    let changed = current.changed(&[removed, others].concat());
    match changed {
        Ok(next) if problems.is_empty() && (current.admins().is_empty() || !next.admins().is_empty()) => Ok(next),
        Ok(_) if problems.is_empty() => Err(vec![Problem {
            at: None,
            subject: Subject::Organisation,
            field: "admins".into(),
            message: "no admin would be left; keep one person with `role: admin` who is not suspended".into(),
        }]),
        Ok(_) => Err(problems),
        Err(found) => {
            // A document that could not be built whole has said why; what else is wrong with it may follow from that.
            let explained: BTreeSet<Subject> = problems.iter().map(|problem| problem.subject.clone()).collect();
            let subjects = places.keys().cloned().chain(current.objects().map(Subject::of)).collect::<BTreeSet<_>>();
            let found = found.into_iter().map(|problem| located(problem, &subjects, places));
            problems.extend(found.filter(|problem| !explained.contains(&problem.subject)));
            problems.sort_by(|one, other| (one.at.is_none(), &one.at).cmp(&(other.at.is_none(), &other.at)));
            Err(problems)
        }
    }
}

/// A problem that the directory found, with the place of the document that it is in.
fn located(
    problem: directory::Problem,
    subjects: &BTreeSet<Subject>,
    places: &BTreeMap<Subject, &Location>,
) -> Problem {
    let field_of = |subject: &Subject| Some(problem.field.strip_prefix(&format!("{subject}: "))?.to_owned());
    let found = subjects.iter().find_map(|subject| Some((subject.clone(), field_of(subject)?)));
    let (subject, field) = found.unwrap_or((Subject::Organisation, problem.field.clone()));
    let at = places.get(&subject).map(|at| Location::clone(at));
    Problem { at, subject, field, message: problem.message }
}

fn planned(
    subject: &Subject,
    changes: &BTreeMap<Subject, Change>,
    current: &Directory,
    next: &Directory,
    keys: &[KeyNeeded],
) -> Planned {
    let change = changes.get(subject);
    let [before, after] = [current, next].map(|directory| describe(directory, subject));
    let mut differences = between(before.as_ref(), after.as_ref());
    let is_same = match change {
        Some(Change::Put(object)) => current.object(object.kind(), object.uuid()) == Some(object),
        Some(Change::Organisation(organisation)) => *current.organisation == *organisation,
        Some(Change::Remove(..)) => false,
        None => true,
    };
    let key = keys.iter().find(|key| *subject == Subject::Object(Kind::Integration, key.slug.clone()));
    let action = match (before, after) {
        _ if is_same => Action::Unchanged,
        (None, _) => Action::Create,
        (Some(_), None) => Action::Remove,
        (Some(_), Some(_)) => Action::Update,
    };
    if let Some(key) = key {
        let value = |text: &str| Some(text.into());
        let before = if action == Action::Update { value("the existing one") } else { None };
        let after = value(if key.given.is_some() { "the given one" } else { "one that is made" });
        differences.push(Difference { path: "key".into(), before, after });
    }
    Planned { action, subject: subject.clone(), differences, change: change.filter(|_| !is_same).cloned() }
}

fn describe(directory: &Directory, subject: &Subject) -> Option<Document> {
    match subject {
        Subject::Organisation => Some(Document::Organisation(export::organisation(&directory.organisation))),
        Subject::Object(kind, slug) => directory.by_slug(*kind, slug).map(|object| export::describe(directory, object)),
    }
}
