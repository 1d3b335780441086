//! The form of an escalation policy.

use allclear_core::directory::{Directory, Kind, Object, Policy, Step, Target};
use allclear_core::id::PolicyId;
use allclear_core::limits;
use allclear_core::wait::Wait;
use axum::extract::Path;

use super::super::flash::Flash;
use super::super::form::{Form, Problems};
use super::super::reader::Reader;
use super::super::reply::Reply;
use super::super::saved::{Saved, put, version};
use super::super::{slug, view};
use crate::pages::{Choice, FieldProblem, PolicyEditPage, Section, StepForm};
use crate::problem::Problem;

/// How long the first step of a new policy waits.
const WAIT: Wait = Wait::minutes(5);

/// What is edited: a policy as it is stored, or a new one.
struct Edited {
    policy: Policy,
    is_new: bool,
}

impl Edited {
    fn new(reader: &Reader) -> Self {
        let policy = Policy {
            id: PolicyId::new(reader.engine().maker().id(reader.now())),
            slug: String::new(),
            name: String::new(),
            team: reader.user.teams.first().copied(),
            steps: Vec::new(),
            repeats: 1,
            acknowledgement_timeout: None,
        };
        Self { policy, is_new: true }
    }

    fn stored(reader: &Reader, slug: &str) -> Result<Self, Problem> {
        Ok(Self { policy: Policy::clone(super::find(reader, slug)?), is_new: false })
    }

    fn address(&self) -> String {
        if self.is_new { "/policies".to_owned() } else { format!("/policies/{}", self.policy.slug) }
    }
}

/// A step as it was typed: its targets' words and its wait.
#[derive(Debug, Clone, Default)]
struct TypedStep {
    targets: Vec<String>,
    wait: String,
}

/// What the form shows: what was typed, right or wrong.
struct Shown {
    name: String,
    team: String,
    steps: Vec<TypedStep>,
    repeats: String,
    acknowledgement_timeout: String,
    version: String,
}

/// `user:ada`, `schedule:primary`
fn word(directory: &Directory, target: Target) -> Option<String> {
    match target {
        Target::User(user) => directory.user(user).map(|user| format!("user:{}", user.slug)),
        Target::Schedule(schedule) => {
            directory.schedule(schedule).map(|schedule| format!("schedule:{}", schedule.slug))
        }
    }
}

fn target(directory: &Directory, word: &str) -> Option<Target> {
    match word.split_once(':')? {
        ("user", slug) => directory.users().find(|user| user.slug == slug).map(|user| Target::User(user.id)),
        ("schedule", slug) => {
            directory.schedules().find(|schedule| schedule.slug == slug).map(|schedule| Target::Schedule(schedule.id))
        }
        _ => None,
    }
}

impl Shown {
    fn of(reader: &Reader, policy: &Policy, version: String) -> Self {
        let directory = &reader.directory;
        let step = |step: &Step| TypedStep {
            targets: step.targets.iter().filter_map(|target| word(directory, *target)).collect(),
            wait: step.wait.to_string(),
        };
        let team = policy.team.and_then(|team| directory.team(team));
        Self {
            name: policy.name.clone(),
            team: team.map(|team| team.slug.clone()).unwrap_or_default(),
            steps: policy.steps.iter().map(step).collect(),
            repeats: policy.repeats.to_string(),
            acknowledgement_timeout: policy.acknowledgement_timeout.map(|wait| wait.to_string()).unwrap_or_default(),
            version,
        }
    }

    fn typed(form: &Form) -> Self {
        let step = |number: usize| TypedStep {
            targets: form.all(&format!("step.{number}.target")).map(str::to_owned).collect(),
            wait: form.text(&format!("step.{number}.wait")).to_owned(),
        };
        Self {
            name: form.text("name").to_owned(),
            team: form.text("team").to_owned(),
            steps: (0..form.count("step", limits::STEPS + 1)).map(step).collect(),
            repeats: form.text("repeats").to_owned(),
            acknowledgement_timeout: form.text("acknowledgement_timeout").to_owned(),
            version: form.text("version").to_owned(),
        }
    }

    /// The policy that was typed, in the place of `base`.
    fn read(&self, form: &Form, directory: &Directory, base: &Policy, problems: &mut Problems) -> Option<Policy> {
        let name = problems.needed(form, "name", "The name", limits::NAME_CHARACTERS);
        let repeats =
            self.repeats.parse::<u32>().map_err(|_| format!("`{}` is not a number; use 0 to 9.", self.repeats));
        let repeats = problems.take("repeats", repeats);
        let timeout = match self.acknowledgement_timeout.as_str() {
            "" => Some(None),
            text => problems.take("acknowledgement_timeout", text.parse::<Wait>()).map(Some),
        };
        let mut steps = Vec::new();
        for (number, step) in self.steps.iter().enumerate() {
            let wait = problems.take(&format!("step.{number}.wait"), step.wait.parse::<Wait>());
            let targets = step.targets.iter().filter_map(|word| target(directory, word)).collect();
            steps.extend(wait.map(|wait| Step { targets, wait }));
        }
        let team = directory.teams().find(|team| team.slug == self.team).map(|team| team.id);
        let (repeats, acknowledgement_timeout) = (repeats?, timeout?);
        let read = Policy { name: name.to_owned(), team, steps, repeats, acknowledgement_timeout, ..base.clone() };
        problems.is_empty().then_some(read)
    }
}

fn targets(directory: &Directory, chosen: &str) -> Vec<Choice> {
    let mut all = vec![Choice::new("", "Choose a schedule or a person", chosen.is_empty())];
    for schedule in directory.schedules() {
        let value = format!("schedule:{}", schedule.slug);
        all.push(Choice::new(value.clone(), format!("{} (schedule)", schedule.name), value == chosen));
    }
    for user in directory.users().filter(|user| !user.suspended || chosen == format!("user:{}", user.slug)) {
        let value = format!("user:{}", user.slug);
        all.push(Choice::new(value.clone(), &user.name, value == chosen));
    }
    all
}

fn step_form(directory: &Directory, step: &TypedStep) -> StepForm {
    let mut lists: Vec<Vec<Choice>> = step.targets.iter().map(|word| targets(directory, word)).collect();
    lists.push(targets(directory, ""));
    StepForm { targets: lists, wait: step.wait.clone() }
}

async fn page(
    reader: &Reader,
    edited: &Edited,
    shown: Shown,
    problems: Vec<FieldProblem>,
) -> Result<PolicyEditPage, Problem> {
    let title = if edited.is_new { "New escalation policy".to_owned() } else { format!("Edit {}", edited.policy.name) };
    Ok(PolicyEditPage {
        shell: reader.shell(title, Section::OnCall).await?,
        action: edited.address(),
        back: edited.address(),
        version: shown.version,
        is_new: edited.is_new,
        name: shown.name,
        teams: view::choices_or("No team", &reader.directory, Kind::Team, &shown.team),
        steps: shown.steps.iter().map(|step| step_form(&reader.directory, step)).collect(),
        repeats: shown.repeats,
        acknowledgement_timeout: shown.acknowledgement_timeout,
        problems,
    })
}

fn empty_step() -> TypedStep {
    TypedStep { targets: Vec::new(), wait: WAIT.to_string() }
}

/// `/policies/new`
pub(in crate::routes) async fn new(reader: Reader) -> Reply {
    let edited = Edited::new(&reader);
    let mut shown = Shown::of(&reader, &edited.policy, String::new());
    shown.steps.push(empty_step());
    let page = page(&reader, &edited, shown, Vec::new()).await?;
    reader.show(&page)
}

/// `/policies/{slug}/edit`
pub(in crate::routes) async fn edit(reader: Reader, Path(slug): Path<String>) -> Reply {
    let edited = Edited::stored(&reader, &slug)?;
    let shown = Shown::of(&reader, &edited.policy, version(&Object::from(edited.policy.clone())));
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
    let mut shown = Shown::typed(form);
    if change_steps(&mut shown.steps, form.text("action")) {
        let page = page(reader, &edited, shown, Vec::new()).await?;
        return reader.show(&page);
    }
    let mut problems = Problems::default();
    let Some(mut policy) = shown.read(form, &reader.directory, &edited.policy, &mut problems) else {
        let page = page(reader, &edited, shown, problems.into_list()).await?;
        return reader.refuse(&page);
    };
    if edited.is_new {
        policy.slug = slug::free(&reader.directory, Kind::Policy, &policy.name);
    }
    match put(reader, form, Object::from(policy.clone()), field).await? {
        Saved::Yes => {
            let flash = Flash::good(format!("{} is saved.", policy.name));
            Ok(reader.go_saying(&format!("/policies/{}", policy.slug), &flash))
        }
        Saved::Refused(problems) => {
            let page = page(reader, &edited, shown, problems).await?;
            reader.refuse(&page)
        }
    }
}

/// The form's name for a field: `steps[2].wait` is `step.1.wait`.
fn field(place: &str) -> String {
    let Some((number, rest)) = place.strip_prefix("steps[").and_then(|rest| rest.split_once(']')) else {
        return place.to_owned();
    };
    let number = number.parse::<usize>().unwrap_or(1).saturating_sub(1);
    format!("step.{number}{rest}")
}

/// Adds, removes or moves a step of the form; false when something else is asked for.
fn change_steps(steps: &mut Vec<TypedStep>, action: &str) -> bool {
    if action == "add-step" {
        steps.push(empty_step());
        return true;
    }
    let Some((what, number)) = action.split_once('.') else { return false };
    let Some(number) = number.parse::<usize>().ok().filter(|number| *number < steps.len()) else { return false };
    match what {
        "remove-step" => drop(steps.remove(number)),
        "up-step" => steps.swap(number, number.saturating_sub(1)),
        _ => return false,
    }
    true
}
