//! The form of a policy: what was typed, as a policy, and back.

use allclear_core::declaration::{Hours, Written as _};
use allclear_core::directory::{Conditions, Directory, Inside, LateStep, Policy, Step, Target};
use allclear_core::limits;
use allclear_core::schedule::Restriction;
use allclear_core::severity::{Severity, Urgency};
use allclear_core::wait::Wait;
use allclear_core::zone::Zone;

use super::super::form::{Form, Problems};

/// What the form shows: what was typed, right or wrong.
#[derive(Debug, Clone, Default)]
pub(super) struct Typed {
    pub(super) name: String,
    pub(super) team: String,
    pub(super) time_zone: String,
    pub(super) working_hours: String,
    pub(super) steps: Vec<TypedStep>,
    pub(super) repeats: String,
    pub(super) acknowledgement_timeout: String,
    pub(super) late: Vec<TypedLate>,
    pub(super) version: String,
}

/// A step as it was typed: its targets' words, and everything else as text.
#[derive(Debug, Clone, Default)]
pub(super) struct TypedStep {
    pub(super) targets: Vec<String>,
    pub(super) wait: String,
    pub(super) severities: Vec<String>,
    pub(super) urgency: String,
    pub(super) hours: String,
    pub(super) working_hours: String,
    pub(super) labels: String,
    pub(super) waits_for_hours: bool,
    pub(super) round_robin: bool,
    pub(super) acknowledgements: String,
    pub(super) until_resolved: bool,
}

/// A step for what stays unresolved, as it was typed.
#[derive(Debug, Clone, Default)]
pub(super) struct TypedLate {
    pub(super) after: String,
    pub(super) targets: Vec<String>,
}

/// `user:ada`, `schedule:primary`, `next:primary`, `team:storage`, `team:storage:postgres`
pub(super) fn word(directory: &Directory, target: &Target) -> Option<String> {
    let schedule = |word: &str, id| directory.schedule(id).map(|schedule| format!("{word}:{}", schedule.slug));
    match target {
        Target::User(user) => directory.user(*user).map(|user| format!("user:{}", user.slug)),
        Target::Schedule(id) => schedule("schedule", *id),
        Target::NextOnCall(id) => schedule("next", *id),
        Target::PreviousOnCall(id) => schedule("previous", *id),
        Target::EveryoneOf(id) => schedule("everyone", *id),
        Target::Team { team, skill } => {
            let skill = skill.as_ref().map(|skill| format!(":{skill}")).unwrap_or_default();
            directory.team(*team).map(|team| format!("team:{}{skill}", team.slug))
        }
    }
}

/// The target of a word.
pub(super) fn target(directory: &Directory, word: &str) -> Option<Target> {
    let (kind, slug) = word.split_once(':')?;
    let schedule = || directory.schedules().find(|schedule| schedule.slug == slug).map(|schedule| schedule.id);
    match kind {
        "user" => directory.users().find(|user| user.slug == slug).map(|user| Target::User(user.id)),
        "schedule" => schedule().map(Target::Schedule),
        "next" => schedule().map(Target::NextOnCall),
        "previous" => schedule().map(Target::PreviousOnCall),
        "everyone" => schedule().map(Target::EveryoneOf),
        "team" => {
            let (slug, skill) = slug.split_once(':').map_or((slug, None), |(slug, skill)| (slug, Some(skill)));
            let team = directory.teams().find(|team| team.slug == slug)?.id;
            Some(Target::Team { team, skill: skill.map(str::to_owned) })
        }
        _ => None,
    }
}

fn words(directory: &Directory, targets: &[Target]) -> Vec<String> {
    targets.iter().filter_map(|target| word(directory, target)).collect()
}

/// `Mon-Fri 09:00-17:00; Sat 10:00-12:00`
fn hours_text(hours: &[Restriction]) -> String {
    Hours::of(hours).iter().map(Hours::write).collect::<Vec<_>>().join("; ")
}

fn read_hours(text: &str) -> Result<Vec<Restriction>, String> {
    let parts = text.split([';', '\n']).map(str::trim).filter(|part| !part.is_empty());
    let read = parts.map(Hours::read).collect::<Result<Vec<_>, _>>()?;
    Ok(read.iter().flat_map(Hours::restrictions).collect())
}

/// `team=db, tier=gold`
fn read_labels(text: &str) -> Result<std::collections::BTreeMap<String, String>, String> {
    let parts = text.split([',', '\n']).map(str::trim).filter(|part| !part.is_empty());
    let label = |part: &str| {
        let (name, value) = part.split_once('=').ok_or_else(|| {
            let shown: String = part.chars().take(limits::NAME_CHARACTERS).collect();
            format!("`{shown}` is not a label; write it like `team=db`.")
        })?;
        Ok((name.trim().to_owned(), value.trim().to_owned()))
    };
    parts.map(label).collect()
}

impl TypedStep {
    /// One that nobody has filled in yet.
    pub(super) fn empty(wait: Wait) -> Self {
        Self { wait: wait.to_string(), acknowledgements: "1".to_owned(), ..Self::default() }
    }

    fn of(directory: &Directory, step: &Step) -> Self {
        let Conditions { severities, urgency, hours, working_hours, labels } = &step.only_if;
        Self {
            targets: words(directory, &step.targets),
            wait: step.wait.to_string(),
            severities: severities.iter().map(|severity| severity.name().to_lowercase()).collect(),
            urgency: urgency.map(Urgency::word).unwrap_or_default().to_owned(),
            hours: hours_text(hours),
            working_hours: working_hours.map(Inside::word).unwrap_or_default().to_owned(),
            labels: labels.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(", "),
            waits_for_hours: step.waits_for_hours,
            round_robin: step.round_robin,
            acknowledgements: step.acknowledgements.to_string(),
            until_resolved: step.until_resolved,
        }
    }

    fn from_form(form: &Form, number: usize) -> Self {
        let field = |name: &str| format!("step.{number}.{name}");
        let text = |name: &str| form.text(&field(name)).to_owned();
        let ticked = |name: &str| form.is_ticked(&field(name));
        let all = |name: &str| form.all(&field(name)).map(str::to_owned).collect();
        Self {
            targets: all("target"),
            wait: text("wait"),
            severities: all("severity"),
            urgency: text("urgency"),
            hours: text("hours"),
            working_hours: text("working_hours"),
            labels: text("labels"),
            waits_for_hours: ticked("waits_for_hours"),
            round_robin: ticked("round_robin"),
            acknowledgements: text("acknowledgements"),
            until_resolved: ticked("until_resolved"),
        }
    }

    /// Whether anything is said beside targets and wait, so that the form shows it.
    pub(super) fn has_rules(&self) -> bool {
        let texts = [&self.urgency, &self.hours, &self.working_hours, &self.labels];
        let flags = [self.waits_for_hours, self.round_robin, self.until_resolved];
        let several = !matches!(self.acknowledgements.as_str(), "" | "1");
        several || !self.severities.is_empty() || texts.iter().any(|text| !text.is_empty()) || flags.contains(&true)
    }

    /// The step as far as it can be read, to be drawn; never stored.
    fn drawn(&self, directory: &Directory) -> Step {
        self.read(directory, 0, &mut Problems::default()).unwrap_or_else(|| {
            let targets = self.targets.iter().filter_map(|word| target(directory, word)).collect();
            Step::paging(targets, self.wait.parse().unwrap_or(Wait::NONE))
        })
    }

    fn read(&self, directory: &Directory, number: usize, problems: &mut Problems) -> Option<Step> {
        let field = |name: &str| format!("step.{number}.{name}");
        let wait = problems.take(&field("wait"), self.wait.parse::<Wait>());
        let hours = problems.take(&field("hours"), read_hours(&self.hours));
        let labels = problems.take(&field("labels"), read_labels(&self.labels));
        let asked = if self.acknowledgements.is_empty() { "1" } else { &self.acknowledgements };
        let not_a_number = |_| format!("`{asked}` is not a number; use 1 to {}.", limits::ACKNOWLEDGEMENTS);
        let acknowledgements = problems.take(&field("acknowledgements"), asked.parse::<u32>().map_err(not_a_number));
        let severities = self.severities.iter().filter_map(|text| text.parse::<Severity>().ok()).collect();
        let targets = self.targets.iter().filter_map(|word| target(directory, word)).collect();
        let only_if = Conditions {
            severities,
            urgency: [Urgency::High, Urgency::Low].into_iter().find(|urgency| urgency.word() == self.urgency),
            hours: hours?,
            working_hours: [Inside::Inside, Inside::Outside].into_iter().find(|one| one.word() == self.working_hours),
            labels: labels?,
        };
        Some(Step {
            only_if,
            waits_for_hours: self.waits_for_hours,
            round_robin: self.round_robin,
            acknowledgements: acknowledgements?,
            until_resolved: self.until_resolved,
            ..Step::paging(targets, wait?)
        })
    }
}

impl TypedLate {
    fn from_form(form: &Form, number: usize) -> Self {
        Self {
            after: form.text(&format!("late.{number}.after")).to_owned(),
            targets: form.all(&format!("late.{number}.target")).map(str::to_owned).collect(),
        }
    }

    /// Nobody has filled it in: the form always has one more.
    fn is_empty(&self) -> bool {
        self.after.is_empty() && self.targets.is_empty()
    }

    fn read(&self, directory: &Directory, number: usize, problems: &mut Problems) -> Option<LateStep> {
        let after = problems.take(&format!("late.{number}.after"), self.after.parse::<Wait>())?;
        Some(LateStep { after, targets: self.targets.iter().filter_map(|word| target(directory, word)).collect() })
    }
}

impl Typed {
    pub(super) fn of(directory: &Directory, policy: &Policy, version: String) -> Self {
        let team = policy.team.and_then(|team| directory.team(team));
        let mut by_time: Vec<&LateStep> = policy.unresolved.iter().collect();
        by_time.sort_by_key(|step| step.after);
        let late =
            |step: &LateStep| TypedLate { after: step.after.to_string(), targets: words(directory, &step.targets) };
        Self {
            name: policy.name.clone(),
            team: team.map(|team| team.slug.clone()).unwrap_or_default(),
            time_zone: policy.time_zone.as_ref().map(ToString::to_string).unwrap_or_default(),
            working_hours: hours_text(&policy.working_hours),
            steps: policy.steps.iter().map(|step| TypedStep::of(directory, step)).collect(),
            repeats: policy.repeats.to_string(),
            acknowledgement_timeout: policy.acknowledgement_timeout.map(|wait| wait.to_string()).unwrap_or_default(),
            late: by_time.into_iter().map(late).collect(),
            version,
        }
    }

    pub(super) fn from_form(form: &Form) -> Self {
        let steps = 0..form.count("step", limits::STEPS + 1);
        let late = 0..form.count("late", limits::LATE_STEPS + 1);
        Self {
            name: form.text("name").to_owned(),
            team: form.text("team").to_owned(),
            time_zone: form.text("time_zone").to_owned(),
            working_hours: form.text("working_hours").to_owned(),
            steps: steps.map(|number| TypedStep::from_form(form, number)).collect(),
            repeats: form.text("repeats").to_owned(),
            acknowledgement_timeout: form.text("acknowledgement_timeout").to_owned(),
            late: late.map(|number| TypedLate::from_form(form, number)).filter(|late| !late.is_empty()).collect(),
            version: form.text("version").to_owned(),
        }
    }

    /// What was typed as far as it can be read, to be drawn; never stored.
    pub(super) fn drawn(&self, directory: &Directory, base: &Policy) -> Policy {
        let late = |late: &TypedLate| LateStep {
            after: late.after.parse().unwrap_or(Wait::NONE),
            targets: late.targets.iter().filter_map(|word| target(directory, word)).collect(),
        };
        Policy {
            steps: self.steps.iter().map(|step| step.drawn(directory)).collect(),
            repeats: self.repeats.parse().unwrap_or(0),
            acknowledgement_timeout: self.acknowledgement_timeout.parse().ok(),
            time_zone: self.time_zone.parse().ok(),
            working_hours: read_hours(&self.working_hours).unwrap_or_default(),
            unresolved: self.late.iter().map(late).collect(),
            ..base.clone()
        }
    }

    /// The policy that was typed, in the place of `base`.
    pub(super) fn read(
        &self,
        form: &Form,
        directory: &Directory,
        base: &Policy,
        problems: &mut Problems,
    ) -> Option<Policy> {
        let name = problems.needed(form, "name", "The name", limits::NAME_CHARACTERS).to_owned();
        let repeats =
            self.repeats.parse::<u32>().map_err(|_| format!("`{}` is not a number; use 0 to 9.", self.repeats));
        let repeats = problems.take("repeats", repeats);
        let timeout = match self.acknowledgement_timeout.as_str() {
            "" => Some(None),
            text => problems.take("acknowledgement_timeout", text.parse::<Wait>()).map(Some),
        };
        let time_zone = match self.time_zone.as_str() {
            "" => Some(None),
            text => problems.take("time_zone", text.parse::<Zone>()).map(Some),
        };
        let working_hours = problems.take("working_hours", read_hours(&self.working_hours));
        let steps = (0..).zip(&self.steps).filter_map(|(number, step)| step.read(directory, number, problems));
        let steps: Vec<Step> = steps.collect();
        let late = (0..).zip(&self.late).filter_map(|(number, step)| step.read(directory, number, problems));
        let unresolved: Vec<LateStep> = late.collect();
        let team = directory.teams().find(|team| team.slug == self.team).map(|team| team.id);
        let read = Policy {
            name,
            team,
            steps,
            repeats: repeats?,
            acknowledgement_timeout: timeout?,
            time_zone: time_zone?,
            working_hours: working_hours?,
            unresolved,
            ..base.clone()
        };
        problems.is_empty().then_some(read)
    }
}

/// The form's name for a field: `steps[2].wait` is `step.1.wait`, `unresolved[1].after` is `late.0.after`.
pub(super) fn field(place: &str) -> String {
    let lists = [("steps[", "step"), ("unresolved[", "late")];
    let numbered = lists.into_iter().find_map(|(list, name)| {
        let (number, rest) = place.strip_prefix(list)?.split_once(']')?;
        let number = number.parse::<usize>().unwrap_or(1).saturating_sub(1);
        Some(format!("{name}.{number}{}", rest.replace(".only_if", "")))
    });
    numbered.unwrap_or_else(|| place.to_owned())
}
