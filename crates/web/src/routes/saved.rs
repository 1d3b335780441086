//! Saving things of the directory: what is refused comes back beside the fields, and nobody's change is lost.

use allclear_core::declaration::key_digest;
use allclear_core::directory::{Change, Directory, Integration, Object, Problem as Refused, User};
use allclear_core::hex;
use allclear_core::id::{IntegrationId, UserId};
use allclear_engine::{Draft, NotChanged};
use axum::http::StatusCode;
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::form::Form;
use super::reader::Reader;
use super::refused::beside_fields;
use crate::pages::FieldProblem;
use crate::problem::Problem;

/// The name of the hidden field with the version that is edited.
pub(super) const VERSION: &str = "version";

/// Names the version of a thing that a form edits: it changes whenever the thing does.
pub(super) fn version<T: Serialize>(thing: &T) -> String {
    let json = serde_json::to_vec(thing).expect("things of the directory have JSON forms");
    hex(&Sha256::digest(json)[..8])
}

/// What came of a form.
pub(super) enum Saved {
    /// It is saved.
    Yes,
    /// It was refused: what is wrong with which field.
    Refused(Vec<FieldProblem>),
}

/// Saves a thing, new or edited, unless somebody else has changed it since the form was made. `field` gives the form's
/// name for a field of the thing.
pub(super) async fn put(
    reader: &Reader,
    form: &Form,
    object: Object,
    field: impl Fn(&str) -> String,
) -> Result<Saved, Problem> {
    let plan = |directory: &Directory| {
        let edited = form.text(VERSION);
        let current = directory.object(object.kind(), object.uuid());
        if edited.is_empty() || current.is_some_and(|current| version(current) == edited) {
            return Ok(vec![Change::Put(object.clone())]);
        }
        Err(vec![Refused { field: VERSION.to_owned(), message: "Somebody else has changed it.".to_owned() }])
    };
    change(reader, form, plan, field).await
}

/// Saves an integration with its new key.
pub(super) async fn put_with_key(reader: &Reader, form: &Form, mut integration: Integration) -> Result<Saved, Problem> {
    let key = reader.engine().new_key();
    integration.key_digest = key_digest(&key);
    let keys = vec![(integration.id, key)];
    let changes = vec![Change::Put(Object::from(integration))];
    change_with_keys(reader, form, |_| Ok(changes.clone()), &keys, str::to_owned).await
}

/// Changes the directory.
pub(super) async fn change(
    reader: &Reader,
    form: &Form,
    plan: impl Fn(&Directory) -> Result<Vec<Change>, Vec<Refused>>,
    field: impl Fn(&str) -> String,
) -> Result<Saved, Problem> {
    change_with_keys(reader, form, plan, &[], field).await
}

/// Changes the directory, with the keys of integrations that are new.
pub(super) async fn change_with_keys(
    reader: &Reader,
    form: &Form,
    plan: impl Fn(&Directory) -> Result<Vec<Change>, Vec<Refused>>,
    keys: &[(IntegrationId, String)],
    field: impl Fn(&str) -> String,
) -> Result<Saved, Problem> {
    let plan = |directory: &Directory| {
        let changes = plan(directory).map_err(NotChanged::Refused)?;
        Ok(Draft { changes, keys: keys.to_vec(), passed: () })
    };
    let changed: Result<_, NotChanged> = reader.engine().change(reader.actor(), plan).await;
    let Err(error) = changed else { return Ok(Saved::Yes) };
    let problems = beside_fields(error, field).map_err(|problem| form.keep(problem))?;
    if problems.iter().any(|problem| problem.field == VERSION) {
        let detail = "Somebody else has changed this, or removed it, while you were editing. Saving yours would have \
                      undone theirs. Open it again and make your change anew.";
        return Err(form.keep(Problem::new(StatusCode::CONFLICT, detail)));
    }
    Ok(Saved::Refused(problems))
}

/// Changes one person.
pub(super) async fn change_person(
    reader: &Reader,
    form: &Form,
    user: UserId,
    edit: impl Fn(&mut User),
) -> Result<Saved, Problem> {
    let plan = |directory: &Directory| {
        let Some(person) = directory.user(user) else { return Ok(Vec::new()) };
        let mut person = User::clone(person);
        edit(&mut person);
        Ok(vec![Change::Put(Object::from(person))])
    };
    change(reader, form, plan, |place| place.rsplit('.').next().unwrap_or(place).to_owned()).await
}

/// What was refused, as a problem of its own: for buttons, which have no fields to say it beside.
pub(super) fn must_be_saved(saved: Saved, form: &Form) -> Result<(), Problem> {
    match saved {
        Saved::Yes => Ok(()),
        Saved::Refused(problems) => {
            let said: Vec<String> = problems.into_iter().map(|problem| problem.message).collect();
            Err(form.keep(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, said.join(" "))))
        }
    }
}
