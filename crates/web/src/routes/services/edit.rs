//! The form of a service.

use allclear_core::directory::{Change, Directory, Grouping, Kind, Object, Service};
use allclear_core::id::ServiceId;
use allclear_core::limits;
use allclear_core::severity::UrgencyRule;
use allclear_core::wait::Wait;
use axum::extract::Path;

use super::super::flash::Flash;
use super::super::form::{Form, Problems};
use super::super::reader::Reader;
use super::super::reply::Reply;
use super::super::saved::{Saved, change, must_be_saved, put, version};
use super::super::{slug, view};
use crate::pages::{Choice, FieldProblem, Section, ServiceEditPage};
use crate::problem::Problem;

const URGENCIES: [(UrgencyRule, &str, &str); 3] = [
    (UrgencyRule::BySeverity, "by_severity", "By severity: SEV1 and SEV2 are high"),
    (UrgencyRule::High, "high", "Always high"),
    (UrgencyRule::Low, "low", "Always low"),
];

const GROUPINGS: [(&str, &str); 3] =
    [("alert", "Each alert is an incident"), ("service", "All alerts of the service"), ("labels", "By labels")];

/// The window that is offered where none is set.
const WINDOW: Wait = Wait::minutes(15);

/// What is edited: a service as it is stored, or a new one.
struct Edited {
    service: Service,
    is_new: bool,
}

impl Edited {
    fn new(reader: &Reader) -> Self {
        let service = Service {
            id: ServiceId::new(reader.engine().maker().id(reader.now())),
            slug: String::new(),
            name: String::new(),
            description: String::new(),
            team: reader.user.teams.first().copied(),
            policy: reader.directory.policies().next().map(|policy| policy.id),
            urgency: UrgencyRule::default(),
            grouping: Grouping::default(),
            stays_open: false,
            runbook: None,
        };
        Self { service, is_new: true }
    }

    fn stored(reader: &Reader, slug: &str) -> Result<Self, Problem> {
        Ok(Self { service: Service::clone(super::find(reader, slug)?), is_new: false })
    }

    fn address(&self) -> String {
        if self.is_new { "/services".to_owned() } else { format!("/services/{}", self.service.slug) }
    }
}

/// What the form shows: what was typed, right or wrong.
struct Shown {
    name: String,
    description: String,
    team: String,
    policy: String,
    urgency: String,
    grouping: String,
    labels: String,
    window: String,
    stays_open: bool,
    runbook: String,
    version: String,
}

impl Shown {
    fn of(reader: &Reader, service: &Service, version: String) -> Self {
        let team = service.team.and_then(|team| reader.directory.team(team));
        let policy = service.policy.and_then(|policy| reader.directory.policy(policy));
        let urgency = URGENCIES.iter().find(|(rule, ..)| *rule == service.urgency);
        let (grouping, labels, window) = match &service.grouping {
            Grouping::Alert => ("alert", String::new(), WINDOW),
            Grouping::Service { window } => ("service", String::new(), *window),
            Grouping::Labels { labels, window } => ("labels", labels.join(", "), *window),
        };
        Self {
            name: service.name.clone(),
            description: service.description.clone(),
            team: team.map(|team| team.slug.clone()).unwrap_or_default(),
            policy: policy.map(|policy| policy.slug.clone()).unwrap_or_default(),
            urgency: urgency.map_or("", |(_, value, _)| value).to_owned(),
            grouping: grouping.to_owned(),
            labels,
            window: window.to_string(),
            stays_open: service.stays_open,
            runbook: service.runbook.clone().unwrap_or_default(),
            version,
        }
    }

    fn typed(form: &Form) -> Self {
        let text = |field: &str| form.text(field).to_owned();
        Self {
            name: text("name"),
            description: text("description"),
            team: text("team"),
            policy: text("policy"),
            urgency: text("urgency"),
            grouping: text("grouping"),
            labels: text("labels"),
            window: text("window"),
            stays_open: form.is_ticked("stays_open"),
            runbook: text("runbook"),
            version: text("version"),
        }
    }
}

/// The service that was typed, in the place of `base`.
fn read(form: &Form, directory: &Directory, base: &Service, problems: &mut Problems) -> Option<Service> {
    let name = problems.needed(form, "name", "The name", limits::NAME_CHARACTERS);
    let description = problems.at_most(form, "description", "The description", limits::NOTE_CHARACTERS);
    let urgency = URGENCIES.iter().find(|(_, value, _)| *value == form.text("urgency"));
    let urgency = problems.take("urgency", urgency.ok_or("Choose what wakes people."));
    let grouping = grouping(form, problems);
    let runbook = match form.text("runbook") {
        "" => Some(None),
        text if text.starts_with("https://") || text.starts_with("http://") => Some(Some(text.to_owned())),
        text => {
            problems.add("runbook", format!("`{text}` is not a web address; write it like https://…"));
            None
        }
    };
    let (urgency, grouping, runbook) = (urgency?, grouping?, runbook?);
    let read = Service {
        name: name.to_owned(),
        description: description.to_owned(),
        team: directory.teams().find(|team| team.slug == form.text("team")).map(|team| team.id),
        policy: directory.policies().find(|policy| policy.slug == form.text("policy")).map(|policy| policy.id),
        urgency: urgency.0,
        grouping,
        stays_open: form.is_ticked("stays_open"),
        runbook,
        ..base.clone()
    };
    problems.is_empty().then_some(read)
}

fn grouping(form: &Form, problems: &mut Problems) -> Option<Grouping> {
    let window = |problems: &mut Problems| problems.take("window", form.text("window").parse::<Wait>());
    match form.text("grouping") {
        "alert" => Some(Grouping::Alert),
        "service" => Some(Grouping::Service { window: window(problems)? }),
        "labels" => {
            let names = form.text("labels").split(',').map(str::trim).filter(|name| !name.is_empty());
            let labels: Vec<String> = names.map(str::to_owned).collect();
            if labels.is_empty() {
                problems.add("labels", "There is no label; name at least one.");
            }
            Some(Grouping::Labels { labels, window: window(problems)? })
        }
        other => {
            problems.add("grouping", format!("`{other}` is not a way of grouping; choose one of the list."));
            None
        }
    }
}

async fn page(
    reader: &Reader,
    edited: &Edited,
    shown: Shown,
    problems: Vec<FieldProblem>,
) -> Result<ServiceEditPage, Problem> {
    let title = if edited.is_new { "New service".to_owned() } else { format!("Edit {}", edited.service.name) };
    let urgency = |(_, value, label): &(UrgencyRule, &str, &str)| Choice::new(*value, *label, *value == shown.urgency);
    let grouping = |(value, label): &(&str, &str)| Choice::new(*value, *label, *value == shown.grouping);
    Ok(ServiceEditPage {
        shell: reader.shell(title, Section::Services).await?,
        action: edited.address(),
        back: edited.address(),
        version: shown.version.clone(),
        is_new: edited.is_new,
        teams: view::choices_or("No team", &reader.directory, Kind::Team, &shown.team),
        policies: view::choices_or("None: page the admins", &reader.directory, Kind::Policy, &shown.policy),
        urgencies: URGENCIES.iter().map(urgency).collect(),
        groupings: GROUPINGS.iter().map(grouping).collect(),
        name: shown.name,
        description: shown.description,
        grouping_labels: shown.labels,
        grouping_window: shown.window,
        stays_open: shown.stays_open,
        runbook: shown.runbook,
        problems,
    })
}

/// `/services/new`
pub(in crate::routes) async fn new(reader: Reader) -> Reply {
    let edited = Edited::new(&reader);
    let shown = Shown::of(&reader, &edited.service, String::new());
    let page = page(&reader, &edited, shown, Vec::new()).await?;
    reader.show(&page)
}

/// `/services/{slug}/edit`
pub(in crate::routes) async fn edit(reader: Reader, Path(slug): Path<String>) -> Reply {
    let edited = Edited::stored(&reader, &slug)?;
    let shown = Shown::of(&reader, &edited.service, version(&Object::from(edited.service.clone())));
    let page = page(&reader, &edited, shown, Vec::new()).await?;
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
    let mut problems = Problems::default();
    let Some(mut service) = read(form, &reader.directory, &edited.service, &mut problems) else {
        let page = page(reader, &edited, Shown::typed(form), problems.into_list()).await?;
        return reader.refuse(&page);
    };
    if edited.is_new {
        service.slug = slug::free(&reader.directory, Kind::Service, &service.name);
    }
    match put(reader, form, Object::from(service.clone()), field).await? {
        Saved::Yes => {
            let flash = Flash::good(format!("{} is saved.", service.name));
            Ok(reader.go_saying(&format!("/services/{}", service.slug), &flash))
        }
        Saved::Refused(problems) => {
            let page = page(reader, &edited, Shown::typed(form), problems).await?;
            reader.refuse(&page)
        }
    }
}

/// The form's name for a field: `grouping.window` is `window`.
fn field(place: &str) -> String {
    place.strip_prefix("grouping.").unwrap_or(place).to_owned()
}

/// Removes a service with its integrations, which are about nothing else.
pub(in crate::routes) async fn remove(reader: Reader, Path(slug): Path<String>, form: Form) -> Reply {
    let service = super::find(&reader, &slug)?;
    let (id, name) = (service.id, service.name.clone());
    let plan = |directory: &Directory| {
        let feeding = directory.integrations().filter(|one| one.service == id);
        let mut changes: Vec<Change> = feeding.map(|one| Change::Remove(Kind::Integration, one.id.uuid())).collect();
        changes.push(Change::Remove(Kind::Service, id.uuid()));
        Ok(changes)
    };
    must_be_saved(change(&reader, &form, plan, str::to_owned).await?, &form)?;
    Ok(reader.go_saying("/services", &Flash::good(format!("{name} is removed."))))
}
