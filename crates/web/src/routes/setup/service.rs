//! The third step: the first service, who is paged about it, and the key for what watches it.

use allclear_core::declaration::key_digest;
use allclear_core::directory::{
    Change, Directory, Grouping, Integration, Kind, Object, Policy, Problem as Refused, Service, Step, Target,
};
use allclear_core::id::{IntegrationId, PolicyId, ServiceId, UserId};
use allclear_core::limits;
use allclear_core::severity::UrgencyRule;
use allclear_core::wait::Wait;
use allclear_engine::Engine;

use super::super::form::{Form, Problems};
use super::super::reader::Reader;
use super::super::reply::{Reply, go};
use super::super::saved::{Saved, change_with_keys};
use super::super::slug;
use crate::pages::SetupServicePage;

/// How long one person alone is given before the ladder starts again.
const WAIT: Wait = Wait::minutes(5);
const REPEATS: u32 = 2;

/// The page.
pub(in crate::routes) async fn service(reader: Reader) -> Reply {
    if reader.directory.integrations().next().is_some() {
        return Ok(go("/setup/first-page"));
    }
    reader.show(&page(&reader, &Form::default(), Problems::default()))
}

fn page(reader: &Reader, form: &Form, problems: Problems) -> SetupServicePage {
    SetupServicePage {
        csrf: reader.visitor.csrf().to_owned(),
        name: form.text("name").to_owned(),
        description: form.text("description").to_owned(),
        problems: problems.into_list(),
    }
}

/// The form.
pub(in crate::routes) async fn create_service(reader: Reader, form: Form) -> Reply {
    let mut problems = Problems::default();
    let name = problems.needed(&form, "name", "The name", limits::NAME_CHARACTERS);
    let description = problems.at_most(&form, "description", "The description", limits::NOTE_CHARACTERS);
    if !problems.is_empty() {
        return reader.refuse(&page(&reader, &form, problems));
    }
    let engine = reader.engine();
    let key = engine.new_key();
    let first = First::new(engine, reader.user.id, name, description, &key);
    let keys = [(first.integration.id, key)];
    let saved = change_with_keys(&reader, &form, |directory| first.plan(directory), &keys, |_| "name".to_owned());
    match saved.await? {
        Saved::Yes => Ok(go("/setup/first-page")),
        Saved::Refused(problems) => {
            reader.refuse(&SetupServicePage { problems, ..page(&reader, &form, Problems::default()) })
        }
    }
}

/// The first things of the directory; they get their short names when they are put there.
struct First {
    policy: Policy,
    service: Service,
    integration: Integration,
}

impl First {
    fn new(engine: &Engine, admin: UserId, name: &str, description: &str, key: &str) -> Self {
        let id = || engine.maker().id(engine.now());
        let steps = vec![Step::paging(vec![Target::User(admin)], WAIT)];
        let policy = Policy {
            repeats: REPEATS,
            ..Policy::new(PolicyId::new(id()), String::new(), "First responders".to_owned(), steps)
        };
        let service = Service {
            id: ServiceId::new(id()),
            slug: String::new(),
            name: name.to_owned(),
            description: description.to_owned(),
            team: None,
            policy: Some(policy.id),
            urgency: UrgencyRule::default(),
            grouping: Grouping::default(),
            stays_open: false,
            runbook: None,
        };
        let integration = Integration {
            id: IntegrationId::new(id()),
            slug: String::new(),
            name: format!("{name}: events"),
            service: service.id,
            source: "generic".to_owned(),
            key_digest: key_digest(key),
            disabled: false,
        };
        Self { policy, service, integration }
    }

    fn plan(&self, directory: &Directory) -> Result<Vec<Change>, Vec<Refused>> {
        let slug = |kind, name: &str| slug::free(directory, kind, name);
        let policy = Policy { slug: slug(Kind::Policy, &self.policy.name), ..self.policy.clone() };
        let service = Service { slug: slug(Kind::Service, &self.service.name), ..self.service.clone() };
        let integration =
            Integration { slug: slug(Kind::Integration, &self.integration.name), ..self.integration.clone() };
        let objects = [Object::from(policy), Object::from(service), Object::from(integration)];
        Ok(objects.into_iter().map(Change::Put).collect())
    }
}
