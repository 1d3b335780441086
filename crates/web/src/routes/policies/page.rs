//! The page of a policy: the ladder in time, with its fields for whoever may change it.

use allclear_core::access::Permission;
use allclear_core::directory::{Kind, Policy};

use super::super::reader::Reader;
use super::super::{view, zones};
use super::edit::Edited;
use super::forms::{late_form, step_form};
use super::ladder;
use super::typed::{Typed, TypedLate};
use crate::pages::{Anchor, FieldProblem, LateRung, PolicyForm, PolicyPage, PolicyStep, Section};
use crate::policy_runs::outdated;
use crate::problem::Problem;

/// How many running incidents that follow an older version are named.
const OUTDATED: usize = 10;

/// What is drawn.
pub(super) enum Drawn {
    /// The policy as it is stored, with all fields in sight or folded away.
    Stored {
        /// In sight.
        open: bool,
    },
    /// What was typed, with what is wrong about it.
    Typed(Vec<FieldProblem>),
}

/// The page.
pub(super) async fn page(reader: &Reader, edited: &Edited, typed: &Typed, drawn: Drawn) -> Result<PolicyPage, Problem> {
    let may_edit = reader.may(Permission::Manage(Kind::Policy));
    // What is drawn is always what stands in the fields, even where it could not be saved.
    let policy = typed.drawn(&reader.directory, &edited.policy);
    let running = !edited.is_new && may_edit;
    let outdated =
        if running { outdated(reader.engine(), &reader.directory, edited.policy.id).await? } else { Vec::new() };
    let title = if edited.is_new { "New escalation policy" } else { edited.policy.name.as_str() };
    let (open, unsaved, problems) = match drawn {
        Drawn::Stored { open } => (open, false, Vec::new()),
        Drawn::Typed(problems) => (false, true, problems),
    };
    let fields = Fields { reader, typed, open, problems: &problems };
    Ok(PolicyPage {
        shell: reader.shell(title, Section::OnCall).await?,
        name: title.to_owned(),
        slug: edited.policy.slug.clone(),
        team: view::team(&reader.directory, edited.policy.team),
        steps: if may_edit { fields.steps(&policy) } else { ladder::steps(reader, &policy) },
        ends_after: ladder::length(&policy).to_string(),
        end: ladder::end(&policy),
        acknowledgement: acknowledgement(&policy),
        late: if may_edit { fields.late(&policy) } else { ladder::late(reader, &policy) },
        working_hours: ladder::working_hours(reader, &policy),
        services: services(reader, edited),
        outdated: outdated.iter().take(OUTDATED).map(|record| view::incident_anchor(&record.reference())).collect(),
        outdated_count: outdated.len(),
        editing: may_edit.then(|| fields.form(edited, unsaved)),
    })
}

fn acknowledgement(policy: &Policy) -> String {
    match policy.acknowledgement_timeout {
        Some(wait) => format!("It lapses after {wait} unless the incident is resolved, and the ladder starts again."),
        None => "It never lapses.".to_owned(),
    }
}

fn services(reader: &Reader, edited: &Edited) -> Vec<Anchor> {
    super::services(reader, &edited.policy).map(|service| view::service_anchor(service)).collect()
}

/// The fields, as they were typed.
struct Fields<'a> {
    reader: &'a Reader,
    typed: &'a Typed,
    open: bool,
    problems: &'a [FieldProblem],
}

impl Fields<'_> {
    /// Whether something about `step.3.…` was refused.
    fn refused(&self, list: &str, number: usize) -> bool {
        let start = format!("{list}.{number}");
        let about =
            |field: &str| field.strip_prefix(&start).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
        self.problems.iter().any(|problem| about(&problem.field))
    }

    fn steps(&self, policy: &Policy) -> Vec<PolicyStep> {
        let drawn = ladder::steps(self.reader, policy).into_iter().zip(&self.typed.steps).enumerate();
        let step = |(number, (step, typed)): (usize, (PolicyStep, &super::typed::TypedStep))| {
            let open = self.open || typed.targets.is_empty() || self.refused("step", number);
            PolicyStep { form: Some(step_form(&self.reader.directory, number, typed, open)), ..step }
        };
        drawn.map(step).collect()
    }

    fn late(&self, policy: &Policy) -> Vec<LateRung> {
        let drawn = ladder::late(self.reader, policy).into_iter().zip(&self.typed.late).enumerate();
        let rung = |(number, (rung, typed)): (usize, (LateRung, &TypedLate))| {
            let open = self.open || self.refused("late", number);
            LateRung { form: Some(late_form(&self.reader.directory, number, typed, open)), ..rung }
        };
        drawn.map(rung).collect()
    }

    fn form(&self, edited: &Edited, unsaved: bool) -> PolicyForm {
        let Self { reader, typed, .. } = *self;
        let zone = typed.time_zone.parse().ok();
        let in_steps = |field: &str| field.starts_with("step.") || field.starts_with("late.");
        let steps = (0..typed.steps.len()).map(|number| format!("step-{number}"));
        let late = (0..typed.late.len()).map(|number| format!("late-{number}"));
        let rest = ["ladder-end", "facts", "unsaved"].map(str::to_owned);
        PolicyForm {
            action: edited.address(),
            back: edited.address(),
            version: typed.version.clone(),
            is_new: edited.is_new,
            unsaved,
            open: self.open || self.problems.iter().any(|problem| !in_steps(&problem.field)),
            previews: steps.chain(late).chain(rest).collect::<Vec<_>>().join(" "),
            name: typed.name.clone(),
            teams: view::choices_or("No team", &reader.directory, Kind::Team, &typed.team),
            repeats: typed.repeats.clone(),
            acknowledgement_timeout: typed.acknowledgement_timeout.clone(),
            time_zones: zones::choices_or_own(&reader.directory.organisation.time_zone, zone.as_ref()),
            working_hours: typed.working_hours.clone(),
            another: late_form(&reader.directory, typed.late.len(), &TypedLate::default(), self.open),
            problems: self.problems.to_vec(),
        }
    }
}
