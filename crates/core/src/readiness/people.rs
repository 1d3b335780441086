//! The people who may be paged.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::coverage::Coverage;
use super::duties::Period;
use super::policies::is_over;
use super::{Finding, Rule};
use crate::declaration::Subject;
use crate::directory::{Directory, Kind, Step, Target, User};
use crate::id::{ScheduleId, UserId};
use crate::schedule::Crew;
use crate::severity::Urgency;
use crate::wait::Wait;

/// One place that names a person.
struct Mention {
    subject: Subject,
    place: String,
    when: Option<Period>,
}

/// A step that pages a person, directly or through a schedule.
struct Turn {
    policy: String,
    step: usize,
    wait: Wait,
}

/// Everything from `now` on that names people.
pub(super) struct Mentions {
    places: BTreeMap<UserId, Vec<Mention>>,
    steps: BTreeMap<UserId, Vec<Turn>>,
}

impl Mentions {
    pub(super) fn of(directory: &Directory, now: Timestamp) -> Self {
        let mut mentions = Self { places: BTreeMap::new(), steps: BTreeMap::new() };
        let mut rotations: BTreeMap<ScheduleId, BTreeSet<UserId>> = BTreeMap::new();
        for schedule in directory.schedules() {
            let rotation = rotations.entry(schedule.id).or_default();
            let subject = || Subject::Object(Kind::Schedule, schedule.slug.clone());
            for (number, layer) in (1..).zip(&schedule.layers).filter(|(_, layer)| !is_over(schedule, layer, now)) {
                for user in layer.participants.iter().flat_map(Crew::people).collect::<BTreeSet<_>>() {
                    mentions.add(*user, subject(), format!("layers[{number}].participants"), None);
                    if !layer.shadow {
                        rotation.insert(*user);
                    }
                }
            }
            for (number, cover) in (1..).zip(&schedule.overrides).filter(|(_, cover)| cover.ends > now) {
                let when = Period { starts: cover.starts, ends: cover.ends };
                mentions.add(cover.user, subject(), format!("overrides[{number}]"), Some(when));
                rotation.insert(cover.user);
            }
        }
        for policy in directory.policies() {
            for (number, step) in (1..).zip(&policy.steps) {
                mentions.add_step(directory, &policy.slug, number, step, (&rotations, now));
            }
            for (number, step) in (1..).zip(&policy.unresolved) {
                let place = format!("unresolved[{number}].targets");
                mentions.add_targets(directory, &policy.slug, &place, &step.targets, (&rotations, now));
            }
        }
        mentions
    }

    fn add(&mut self, user: UserId, subject: Subject, place: String, when: Option<Period>) {
        self.places.entry(user).or_default().push(Mention { subject, place, when });
    }

    fn add_step(&mut self, directory: &Directory, policy: &str, number: usize, step: &Step, rotations: Rotations<'_>) {
        let place = format!("steps[{number}].targets");
        for user in self.add_targets(directory, policy, &place, &step.targets, rotations) {
            let turn = Turn { policy: policy.to_owned(), step: number, wait: step.wait };
            self.steps.entry(user).or_default().push(turn);
        }
    }

    /// Everybody whom these targets may page. Members of a team that keeps no schedule are named by it.
    fn add_targets(
        &mut self,
        directory: &Directory,
        policy: &str,
        place: &str,
        targets: &[Target],
        (rotations, now): Rotations<'_>,
    ) -> BTreeSet<UserId> {
        let mut paged = BTreeSet::new();
        for target in targets {
            let subject = || Subject::Object(Kind::Policy, policy.to_owned());
            match target {
                Target::User(user) => {
                    self.add(*user, subject(), place.to_owned(), None);
                    paged.insert(*user);
                }
                Target::Schedule(schedule)
                | Target::NextOnCall(schedule)
                | Target::PreviousOnCall(schedule)
                | Target::EveryoneOf(schedule) => paged.extend(rotations.get(schedule).into_iter().flatten()),
                Target::Team { team, .. } => {
                    for one in directory.targeted(target, now).into_iter().filter(|one| one.schedule.is_none()) {
                        self.add(one.user, subject(), place.to_owned(), None);
                        paged.insert(one.user);
                    }
                    let of_team = directory.schedules().filter(|schedule| schedule.team == Some(*team));
                    paged.extend(of_team.filter_map(|schedule| rotations.get(&schedule.id)).flatten());
                }
            }
        }
        paged
    }
}

/// Who takes turns in each schedule, and when that is asked.
type Rotations<'a> = (&'a BTreeMap<ScheduleId, BTreeSet<UserId>>, Timestamp);

pub(super) fn check(directory: &Directory, mentions: &Mentions, findings: &mut Vec<Finding>) {
    for (user, places) in &mentions.places {
        let Some(user) = directory.user(*user) else { continue };
        if user.suspended {
            findings.extend(places.iter().map(|mention| suspended(user, mention)));
            continue;
        }
        if user.ladder(Urgency::High).is_empty() {
            findings.push(unreachable(user, places));
            continue;
        }
        findings.extend(rules_skipped(user));
        findings.extend(mentions.steps.get(&user.id).and_then(|turns| tried_too_late(user, turns)));
    }
}

fn subject(user: &User) -> Subject {
    Subject::Object(Kind::User, user.slug.clone())
}

fn suspended(user: &User, Mention { subject: named_in, place, when }: &Mention) -> Finding {
    let message = "they have left, so nobody is paged for them here";
    let remedy = "put somebody else in their place, or take them out";
    let finding = Finding::new(Rule::SuspendedPersonNamed, subject(user), message, remedy);
    Finding { when: *when, ..finding.at(format!("{named_in} {place}")) }
}

fn unreachable(user: &User, places: &[Mention]) -> Finding {
    let named = match places {
        [only] => format!("{} names them", only.subject),
        [first, rest @ ..] => format!("{} and {} more places name them", first.subject, rest.len()),
        [] => String::new(),
    };
    let (message, remedy) = if user.contacts.is_empty() {
        (format!("{named}, but they have no contact method"), "add one, and verify it")
    } else {
        (format!("{named}, but none of their contact methods is verified"), "verify one, or take them out")
    };
    Finding::new(Rule::PersonUnreachable, subject(user), message, remedy).at("contacts")
}

/// Rules for what wakes people that are left out, because the contact method is not verified.
fn rules_skipped(user: &User) -> Option<Finding> {
    let contacts = user.high_urgency.iter().filter_map(|rung| user.contact(rung.contact));
    let skipped: BTreeSet<&str> =
        contacts.filter(|contact| contact.verified_at.is_none()).map(|contact| contact.name.as_str()).collect();
    let names: Vec<String> = skipped.into_iter().map(|name| format!("`{name}`")).collect();
    let message = format!("their rules for what wakes people name {}, which is not verified", names.join(" and "));
    let finding = Finding::new(
        Rule::ContactSkipped,
        subject(user),
        message,
        "verify it, or take it out of the rules: nothing is sent there",
    );
    (!names.is_empty()).then(|| finding.at("rules.high"))
}

/// The first step that moves on before this person is tried at all.
fn tried_too_late(user: &User, turns: &[Turn]) -> Option<Finding> {
    let first = user.ladder(Urgency::High).first()?.after;
    let turn = turns.iter().filter(|turn| turn.wait <= first).min_by_key(|turn| turn.wait)?;
    let message = format!(
        "they are tried {first} after a page starts, but step {} of policy {} moves on after {}",
        turn.step, turn.policy, turn.wait
    );
    let remedy = "begin the rules for what wakes people earlier, or let the step wait longer";
    Some(Finding::new(Rule::TriedTooLate, subject(user), message, remedy).at("rules.high"))
}

/// The fewest steps of which half are a burden.
const FEW_STEPS: usize = 4;

/// Whoever is paged by more than half of all steps, counted by the time for which they are.
fn carries_most(directory: &Directory, coverage: &Coverage<'_>) -> Option<Finding> {
    let steps: Vec<&Step> = directory.policies().flat_map(|policy| &policy.steps).collect();
    let mut shares: BTreeMap<UserId, f64> = BTreeMap::new();
    for (user, share) in steps.iter().flat_map(|step| coverage.shares(step)) {
        *shares.entry(user).or_default() += share;
    }
    let half = steps.len() as f64 / 2.0;
    let (user, share) = shares.into_iter().max_by(|(_, one), (_, other)| one.total_cmp(other))?;
    let user = directory.user(user).filter(|_| steps.len() >= FEW_STEPS && share > half)?;
    let message = format!("they are paged by {share:.1} of all {} steps at any time, more than half", steps.len());
    let remedy = "put others into some of these steps, so that one person's absence is not felt everywhere";
    Some(Finding::new(Rule::OnePersonCarriesMost, subject(user), message, remedy))
}

/// One person whom all policies page, and nobody else; or most of what they page.
pub(super) fn check_load(directory: &Directory, coverage: &Coverage<'_>, findings: &mut Vec<Finding>) {
    let paged: BTreeSet<UserId> = directory.policies().flat_map(|policy| coverage.people(&policy.steps)).collect();
    let mut paged = paged.into_iter();
    if let (Some(only), None) = (paged.next(), paged.next())
        && let Some(user) = directory.user(only)
    {
        findings.push(Finding::new(
            Rule::OnePersonForEverything,
            subject(user),
            "they are the only person whom any policy pages, so whatever they sleep through, nobody hears",
            "add a second person to a rotation or as a later step",
        ));
    } else {
        findings.extend(carries_most(directory, coverage));
    }
}
