//! One person: how they are reached, and what wakes them.

use askama::Template;

use super::calendar_links::CalendarLinks;
use super::on_call::OnCallRow;
use super::parts::{Anchor, Choice, FieldProblem, Person};
use super::shell::Shell;
use super::time::When;

/// A contact method.
#[derive(Debug, Clone)]
pub struct ContactRow {
    /// Its identity.
    pub id: String,
    /// What its owner calls it.
    pub name: String,
    /// The channel's name: `E-mail`.
    pub channel: String,
    /// Where, as far as the reader may see it.
    pub address: String,
    /// When its owner typed in the code.
    pub verified: Option<When>,
    /// When a code was sent there, while it waits for being typed in.
    pub code_sent: Option<When>,
    /// Why the last message to it failed, if it did.
    pub trouble: Option<String>,
}

/// One rung of a ladder of rules, for a form.
#[derive(Debug, Clone)]
pub struct RungForm {
    /// `0m`, `5m`: after how long.
    pub after: String,
    /// Which contact method; the first choice takes the rung out.
    pub contacts: Vec<Choice>,
}

/// The rules of one urgency.
#[derive(Debug, Clone)]
pub struct RulesForm {
    /// `high` or `low`, as in the address.
    pub urgency: &'static str,
    /// `What wakes you`, `What can wait`
    pub title: String,
    /// What happens as it stands, as lines: `at once: work mail`, `after 5m: ops webhook`.
    pub ladder: Vec<(String, String)>,
    /// Said where there are no rules: `No rules: every verified contact method at once.`
    pub fallback: String,
    /// The rungs, then an empty one to add another.
    pub rungs: Vec<RungForm>,
}

/// What one may change about a person.
#[derive(Debug, Clone, Default)]
pub struct PersonForm {
    /// Name.
    pub name: String,
    /// Mail address.
    pub email: String,
    /// What they know: `postgres, network`.
    pub skills: String,
    /// Zones; the first is the organisation's.
    pub time_zones: Vec<Choice>,
    /// Whether they are told that they come on call or go off.
    pub handovers: Vec<Choice>,
    /// The region of their holidays: `DE-BY`.
    pub holidays: String,
    /// Roles; empty when the reader may not change it.
    pub roles: Vec<Choice>,
}

/// Some days off.
#[derive(Debug, Clone)]
pub struct TimeOffRow {
    /// Its identity.
    pub id: String,
    /// The first day: `Thu 24 Dec 2026`.
    pub from: String,
    /// The last day, where it is another one.
    pub until: Option<String>,
    /// What its owner says about it.
    pub note: String,
}

/// `/people/{slug}`
#[derive(Debug, Clone, Template)]
#[template(path = "person.html")]
pub struct PersonPage {
    /// The frame.
    pub shell: Shell,
    /// Who.
    pub person: Person,
    /// `admin`, …
    pub role: String,
    /// Their mail address.
    pub email: String,
    /// Their zone, and what time it is there now.
    pub zone: String,
    /// The name of that zone.
    pub zone_name: String,
    /// Their teams.
    pub teams: Vec<Anchor>,
    /// What they know.
    pub skills: Vec<String>,
    /// True when they have left.
    pub suspended: bool,
    /// Why they cannot be reached, if they cannot.
    pub unreachable: Option<String>,
    /// The last page or test page that reached them, and by what.
    pub last_reached: Option<(When, String)>,
    /// How they are reached.
    pub contacts: Vec<ContactRow>,
    /// The channels, for a new contact method.
    pub channels: Vec<Choice>,
    /// The rules, high urgency first.
    pub rules: Vec<RulesForm>,
    /// Where they are on call, now or next.
    pub duties: Vec<OnCallRow>,
    /// Their time off that is not yet over.
    pub time_off: Vec<TimeOffRow>,
    /// The secret links to their calendar.
    pub calendar_links: CalendarLinks,
    /// True when the reader may add and remove it.
    pub may_plan: bool,
    /// What may be changed; nothing when the reader may not.
    pub edit: Option<PersonForm>,
    /// True for the reader's own page: contact methods and rules are theirs alone to change.
    pub is_own: bool,
    /// True when the reader may have a test page sent to them.
    pub may_test: bool,
    /// True when the reader is an admin: may suspend and reset the password.
    pub is_admin: bool,
    /// What was refused.
    pub problems: Vec<FieldProblem>,
}
