//! The form of an escalation policy.

use std::collections::BTreeSet;

use allclear_core::directory::{Directory, Kind, Object, Policy};
use allclear_core::id::PolicyId;
use allclear_core::severity::Severity;
use allclear_core::wait::Wait;
use axum::extract::Path;

use super::super::flash::Flash;
use super::super::form::{Form, Problems};
use super::super::reader::Reader;
use super::super::reply::Reply;
use super::super::saved::{Saved, put, version};
use super::super::{slug, view, zones};
use super::typed::{Typed, TypedLate, TypedStep, field};
use crate::pages::{Choice, FieldProblem, LateForm, PolicyEditPage, Section, StepForm};
use crate::policy_runs::outdated;
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
        let id = PolicyId::new(reader.engine().maker().id(reader.now()));
        let policy = Policy {
            team: reader.user.teams.first().copied(),
            repeats: 1,
            ..Policy::new(id, String::new(), String::new(), Vec::new())
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

/// Whom a step can page, schedules first. A skill is offered with each team that has somebody who has it.
fn targets(directory: &Directory, chosen: &str) -> Vec<Choice> {
    let mut all = vec![Choice::new("", "Choose a schedule, a person or a team", chosen.is_empty())];
    let mut offer = |value: String, label: String| {
        let is_chosen = value == chosen;
        all.push(Choice::new(value, label, is_chosen));
    };
    for schedule in directory.schedules() {
        offer(format!("schedule:{}", schedule.slug), format!("{} (schedule)", schedule.name));
    }
    for user in directory.users().filter(|user| !user.suspended || chosen == format!("user:{}", user.slug)) {
        offer(format!("user:{}", user.slug), user.name.clone());
    }
    for schedule in directory.schedules() {
        offer(format!("next:{}", schedule.slug), format!("Next on call by {}", schedule.name));
        offer(format!("previous:{}", schedule.slug), format!("On call before by {}", schedule.name));
        offer(format!("everyone:{}", schedule.slug), format!("Everybody in {}", schedule.name));
    }
    for team in directory.teams() {
        offer(format!("team:{}", team.slug), format!("On call for {} (team)", team.name));
        let members = directory.users().filter(|user| user.teams.contains(&team.id) && !user.suspended);
        let known = members.flat_map(|user| &user.skills).map(String::as_str);
        for skill in known.chain(chosen_skill(chosen, &team.slug)).collect::<BTreeSet<_>>() {
            offer(format!("team:{}:{skill}", team.slug), format!("On call for {} with {skill}", team.name));
        }
    }
    all
}

/// The skill that a step asks for already, even if nobody has it any more.
fn chosen_skill<'c>(chosen: &'c str, team: &str) -> Option<&'c str> {
    chosen.strip_prefix("team:")?.strip_prefix(team)?.strip_prefix(':')
}

fn lists(directory: &Directory, words: &[String]) -> Vec<Vec<Choice>> {
    words.iter().map(String::as_str).chain([""]).map(|word| targets(directory, word)).collect()
}

fn step_form(directory: &Directory, step: &TypedStep) -> StepForm {
    let severity = |severity: Severity| {
        let value = severity.name().to_lowercase();
        let is_chosen = step.severities.contains(&value);
        Choice::new(value, severity.name(), is_chosen)
    };
    let one_of = |first: &str, words: [(&str, &str); 2], chosen: &str| {
        let any = Choice::new("", first, chosen.is_empty());
        [any].into_iter().chain(words.map(|(value, label)| Choice::new(value, label, value == chosen))).collect()
    };
    StepForm {
        targets: lists(directory, &step.targets),
        wait: step.wait.clone(),
        has_rules: step.has_rules(),
        severities: Severity::ALL.map(severity).into(),
        urgency: one_of("any urgency", [("high", "only high urgency"), ("low", "only low urgency")], &step.urgency),
        hours: step.hours.clone(),
        working_hours: one_of(
            "at any time",
            [("inside", "only in the working hours"), ("outside", "only outside of the working hours")],
            &step.working_hours,
        ),
        labels: step.labels.clone(),
        waits_for_hours: step.waits_for_hours,
        round_robin: step.round_robin,
        acknowledgements: step.acknowledgements.clone(),
        until_resolved: step.until_resolved,
    }
}

/// The steps for what stays unresolved, and an empty one to add another.
fn late_forms(directory: &Directory, late: &[TypedLate]) -> Vec<LateForm> {
    let form = |late: &TypedLate| LateForm { after: late.after.clone(), targets: lists(directory, &late.targets) };
    late.iter().map(form).chain([form(&TypedLate::default())]).collect()
}

async fn page(
    reader: &Reader,
    edited: &Edited,
    shown: Typed,
    problems: Vec<FieldProblem>,
) -> Result<PolicyEditPage, Problem> {
    let zone = shown.time_zone.parse().ok();
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
        time_zones: zones::choices_or_own(&reader.directory.organisation.time_zone, zone.as_ref()),
        working_hours: shown.working_hours,
        late: late_forms(&reader.directory, &shown.late),
        problems,
    })
}

/// `/policies/new`
pub(in crate::routes) async fn new(reader: Reader) -> Reply {
    let edited = Edited::new(&reader);
    let mut shown = Typed::of(&reader.directory, &edited.policy, String::new());
    shown.steps.push(TypedStep::empty(WAIT));
    let page = page(&reader, &edited, shown, Vec::new()).await?;
    reader.show(&page)
}

/// `/policies/{slug}/edit`
pub(in crate::routes) async fn edit(reader: Reader, Path(slug): Path<String>) -> Reply {
    let edited = Edited::stored(&reader, &slug)?;
    let shown = Typed::of(&reader.directory, &edited.policy, version(&Object::from(edited.policy.clone())));
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
    let mut shown = Typed::from_form(form);
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
            let page = page(reader, &edited, shown, problems).await?;
            reader.refuse(&page)
        }
    }
}

/// Adds, removes or moves a step of the form; false when something else is asked for.
fn change_steps(steps: &mut Vec<TypedStep>, action: &str) -> bool {
    if action == "add-step" {
        steps.push(TypedStep::empty(WAIT));
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
