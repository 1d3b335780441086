//! An escalation policy, changed in place: the ladder is the form.

use allclear_core::directory::{Kind, Object, Policy};
use allclear_core::id::PolicyId;
use allclear_core::wait::Wait;
use axum::extract::Path;

use super::super::flash::Flash;
use super::super::form::{Form, Problems};
use super::super::reader::Reader;
use super::super::reply::Reply;
use super::super::saved::{Saved, put, version};
use super::super::slug;
use super::page::{Drawn, page};
use super::typed::{Typed, TypedStep, field};
use crate::policy_runs::outdated;
use crate::problem::Problem;

/// How long the first step of a new policy waits.
const WAIT: Wait = Wait::minutes(5);

/// What is edited: a policy as it is stored, or a new one.
pub(super) struct Edited {
    pub(super) policy: Policy,
    pub(super) is_new: bool,
}

impl Edited {
    fn new(reader: &Reader) -> Self {
        let id = PolicyId::new(reader.engine().maker().id(reader.now()));
        let policy = Policy {
            team: reader.user.teams.first().copied(),
            repeats: 1,
            ..Policy::new(id, String::new(), String::new(), Vec::new())
        };
        Self { policy, is_new: true }
    }

    pub(super) fn stored(reader: &Reader, slug: &str) -> Result<Self, Problem> {
        Ok(Self { policy: Policy::clone(super::find(reader, slug)?), is_new: false })
    }

    pub(super) fn address(&self) -> String {
        if self.is_new { "/policies".to_owned() } else { format!("/policies/{}", self.policy.slug) }
    }
}

/// `/policies/new`
pub(in crate::routes) async fn new(reader: Reader) -> Reply {
    let edited = Edited::new(&reader);
    let mut typed = Typed::of(&reader.directory, &edited.policy, String::new());
    typed.steps.push(TypedStep::empty(WAIT));
    let page = page(&reader, &edited, &typed, Drawn::Stored { open: true }).await?;
    reader.show(&page)
}

/// `/policies/{slug}/edit`: the page of the policy, with all its fields in sight.
pub(in crate::routes) async fn edit(reader: Reader, Path(slug): Path<String>) -> Reply {
    show(&reader, &slug, true).await
}

/// `/policies/{slug}`
pub(in crate::routes) async fn one(reader: Reader, Path(slug): Path<String>) -> Reply {
    show(&reader, &slug, false).await
}

async fn show(reader: &Reader, slug: &str, open: bool) -> Reply {
    let edited = Edited::stored(reader, slug)?;
    let version = version(&Object::from(edited.policy.clone()));
    let typed = Typed::of(&reader.directory, &edited.policy, version);
    let page = page(reader, &edited, &typed, Drawn::Stored { open }).await?;
    reader.show(&page)
}

/// The form of a new one.
pub(in crate::routes) async fn create(reader: Reader, form: Form) -> Reply {
    take(&reader, &form, Edited::new(&reader)).await
}

/// The form of one that is there.
pub(in crate::routes) async fn save(reader: Reader, Path(slug): Path<String>, form: Form) -> Reply {
    take(&reader, &form, Edited::stored(&reader, &slug)?).await
}

async fn take(reader: &Reader, form: &Form, edited: Edited) -> Reply {
    let mut typed = Typed::from_form(form);
    let action = form.text("action");
    if change_steps(&mut typed, action) {
        let page = page(reader, &edited, &typed, Drawn::Typed(Vec::new())).await?;
        return reader.show(&page);
    }
    let mut problems = Problems::default();
    let read = typed.read(form, &reader.directory, &edited.policy, &mut problems);
    let Some(mut policy) = read else {
        let page = page(reader, &edited, &typed, Drawn::Typed(problems.into_list())).await?;
        return reader.refuse(&page);
    };
    if action == "preview" {
        let page = page(reader, &edited, &typed, Drawn::Typed(Vec::new())).await?;
        return reader.show(&page);
    }
    if edited.is_new {
        policy.slug = slug::free(&reader.directory, Kind::Policy, &policy.name);
    }
    match put(reader, form, Object::from(policy.clone()), field).await? {
        Saved::Yes => {
            let directory = reader.engine().directory();
            let outdated = outdated(reader.engine(), &directory, policy.id).await?.len();
            let running = match outdated {
                0 => String::new(),
                1 => " One running incident still follows the version before.".to_owned(),
                count => format!(" {count} running incidents still follow a version before."),
            };
            let flash = Flash::good(format!("{} is saved.{running}", policy.name));
            Ok(reader.go_saying(&format!("/policies/{}", policy.slug), &flash))
        }
        Saved::Refused(problems) => {
            let page = page(reader, &edited, &typed, Drawn::Typed(problems)).await?;
            reader.refuse(&page)
        }
    }
}

/// Adds, removes or moves a step of the form; false when something else is asked for.
fn change_steps(typed: &mut Typed, action: &str) -> bool {
    if action == "add-step" {
        typed.steps.push(TypedStep::empty(WAIT));
        return true;
    }
    let Some((what, number)) = action.split_once('.') else { return false };
    let Ok(number) = number.parse::<usize>() else { return false };
    let (steps, late) = (typed.steps.len(), typed.late.len());
    match what {
        "remove-step" if number < steps => drop(typed.steps.remove(number)),
        "up-step" if number < steps => typed.steps.swap(number, number.saturating_sub(1)),
        "down-step" if number + 1 < steps => typed.steps.swap(number, number + 1),
        "remove-late" if number < late => drop(typed.late.remove(number)),
        _ => return false,
    }
    true
}
