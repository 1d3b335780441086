//! The core of `allclear check`: can everybody who matters be reached, at every minute of the next weeks?
//!
//! A directory that nothing refuses can still let a page end nowhere: a rotation with a hole, a person without a
//! verified contact method, a ladder whose every step is asleep. [`check`] finds such things before they matter. It
//! looks at what is configured, not at whether a mail server answers.

mod conflicts;
mod coverage;
mod duties;
mod holidays;
mod people;
mod policies;
mod settings;
mod steps;
#[cfg(test)]
mod tests;

use std::fmt;

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use self::coverage::Coverage;
pub use self::duties::Period;
use self::people::Mentions;
use crate::declaration::Subject;
use crate::directory::Directory;

/// How bad a finding is, the worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// A page can end with nobody, or leave only the last resort: the admins.
    Error,
    /// Somebody is reached, but later, by fewer ways or by other people than one would think.
    Warning,
}

impl Level {
    /// The word shown to people.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

/// What is checked, the worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// A policy pages somebody at every minute.
    PolicyPagesNobody,
    /// Everybody who may be paged has a verified contact method.
    PersonUnreachable,
    /// Some admin can be reached: they are the last resort.
    NoReachableAdmin,
    /// There is a mail server if anybody is to be reached by e-mail.
    NoMailServer,
    /// Every service has a policy.
    ServiceWithoutPolicy,
    /// Whatever the severity and the hour, the conditions of some step that pages somebody hold.
    ConditionsLeaveNobody,
    /// Every step of a policy pages somebody at every minute.
    StepPagesNobody,
    /// Every step for unresolved incidents pages somebody at every minute.
    LateStepPagesNobody,
    /// Somebody has each skill that a step asks for.
    SkillNobodyHas,
    /// Where people take turns, there are at least two.
    NobodyTakesTurns,
    /// A step pages as many people as it asks acknowledgements of.
    TooFewToAcknowledge,
    /// Nobody is on call during their time off.
    OnCallWhileOff,
    /// Nobody is on call on a holiday of theirs while a colleague who works then could be.
    OnCallOnHoliday,
    /// Where a schedule leaves holidays out, somebody else is on call on them.
    HolidayUncovered,
    /// Nobody is on call at once by two schedules by which one policy pages.
    OnCallTwice,
    /// Nobody who has left is still named where people are paged.
    SuspendedPersonNamed,
    /// Every rotation has somebody in it.
    EmptyRotation,
    /// The installation has an address for the links in pages to begin with.
    NoAddress,
    /// Every rule for what wakes people names a verified contact method.
    ContactSkipped,
    /// Everybody is tried before the next step is taken.
    TriedTooLate,
    /// Every integration takes events.
    IntegrationDisabled,
    /// Nobody is paged by more than half of all steps.
    OnePersonCarriesMost,
    /// There is more than one person who is ever paged.
    OnePersonForEverything,
}

impl Rule {
    /// How bad it is when the rule does not hold.
    pub const fn level(self) -> Level {
        match self {
            Self::PolicyPagesNobody
            | Self::PersonUnreachable
            | Self::NoReachableAdmin
            | Self::NoMailServer
            | Self::ServiceWithoutPolicy
            | Self::ConditionsLeaveNobody => Level::Error,
            Self::StepPagesNobody
            | Self::LateStepPagesNobody
            | Self::SkillNobodyHas
            | Self::NobodyTakesTurns
            | Self::TooFewToAcknowledge
            | Self::OnePersonCarriesMost
            | Self::OnCallWhileOff
            | Self::OnCallOnHoliday
            | Self::HolidayUncovered
            | Self::OnCallTwice
            | Self::SuspendedPersonNamed
            | Self::EmptyRotation
            | Self::NoAddress
            | Self::ContactSkipped
            | Self::TriedTooLate
            | Self::IntegrationDisabled
            | Self::OnePersonForEverything => Level::Warning,
        }
    }
}

/// Something that does not hold. Ordered by how bad it is, then by what it is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Finding {
    /// How bad it is.
    pub level: Level,
    /// Which rule does not hold.
    pub rule: Rule,
    /// About what.
    #[serde(flatten)]
    pub subject: Subject,
    /// Where in it, as its document writes it: `steps[2]`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// When; the first time where there are several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub when: Option<Period>,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub remedy: String,
}

impl Finding {
    fn new(rule: Rule, subject: Subject, message: impl Into<String>, remedy: impl Into<String>) -> Self {
        let (message, remedy) = (message.into(), remedy.into());
        Self { level: rule.level(), rule, subject, place: None, when: None, message, remedy }
    }

    fn at(self, place: impl Into<String>) -> Self {
        Self { place: Some(place.into()), ..self }
    }

    fn during(self, period: Period) -> Self {
        Self { when: Some(period), ..self }
    }
}

impl fmt::Display for Finding {
    /// What is wrong on one line, what to do about it on the next.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}: ", self.level.word(), self.subject)?;
        if let Some(place) = &self.place {
            write!(formatter, "{place}: ")?;
        }
        write!(formatter, "{}\n    {}", self.message, self.remedy)
    }
}

/// Everything that does not hold in the directory from `now` on for so many days of 24 hours, the worst first; the same
/// input gives the same findings in the same order.
pub fn check(directory: &Directory, now: Timestamp, horizon_days: u32) -> Vec<Finding> {
    let length = SignedDuration::from_hours(24 * i64::from(horizon_days));
    let horizon = Period { starts: now, ends: now.checked_add(length).unwrap_or(Timestamp::MAX) };
    let coverage = Coverage::of(directory, horizon);
    let mentions = Mentions::of(directory, now);
    let mut findings = Vec::new();
    policies::check(directory, &coverage, &mut findings);
    steps::check(directory, &coverage, &mut findings);
    policies::check_rotations(directory, now, &mut findings);
    conflicts::check(directory, horizon, &mut findings);
    holidays::check(directory, horizon, &mut findings);
    people::check(directory, &mentions, &mut findings);
    people::check_load(directory, &coverage, &mut findings);
    settings::check(directory, &mut findings);
    findings.sort();
    findings
}
