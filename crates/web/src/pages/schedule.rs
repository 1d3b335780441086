//! One schedule: some weeks of it, drawn, and its edit form.

use askama::Template;

use super::calendar_links::CalendarLinks;
use super::chart::{Chart, ChartDays};
use super::cover::ScheduleDuty;
use super::holidays::{HolidayRow, LayerHolidays};
use super::parts::{Anchor, Choice, FieldProblem, Person, Tab};
use super::schedule_change::ChangesShown;
use super::shell::Shell;
use super::time::When;

/// One turn of the result, as a line of text.
#[derive(Debug, Clone)]
pub struct Turn {
    /// From when.
    pub starts: When,
    /// Until when.
    pub ends: When,
    /// Who; empty in a gap.
    pub who: Vec<Person>,
    /// Why: `Layer “Weekdays”`, `Override by Ben Okafor`.
    pub why: String,
}

/// An override that is not yet over.
#[derive(Debug, Clone)]
pub struct OverrideRow {
    /// Where its removal is posted.
    pub remove: String,
    /// Who is on call instead.
    pub person: Person,
    /// Instead of whom; of everybody where there is nobody.
    pub replaces: Option<String>,
    /// From when.
    pub starts: When,
    /// Until when.
    pub ends: When,
}

/// Somebody who is on call and should not be.
#[derive(Debug, Clone)]
pub struct ConflictRow {
    /// Who.
    pub person: Person,
    /// From when.
    pub starts: When,
    /// Until when.
    pub ends: When,
    /// The end of a sentence: `has time off (skiing)`.
    pub why: String,
    /// Who could stand in.
    pub stand_in: Option<StandIn>,
}

/// Somebody who could stand in, and the override that says so.
#[derive(Debug, Clone)]
pub struct StandIn {
    /// Who.
    pub person: Person,
    /// How many hours they were on call by this schedule in the four weeks before.
    pub hours_lately: i64,
    /// They take turns on the schedule; else they belong to its team.
    pub takes_turns: bool,
    /// From when they are asked with one click, as programs write it; none where the reader may not ask for that
    /// person.
    pub ask: Option<String>,
    /// Until when.
    pub ask_until: String,
    /// The login of the one whom they would replace.
    pub replaces: String,
    /// `2026-11-27T20:00`, in the schedule's zone.
    pub starts: String,
    /// Likewise.
    pub ends: String,
}

/// Which part of a schedule is shown, and on whose clocks: all of it stands in the address.
#[derive(Debug, Clone)]
pub struct Viewing {
    /// What is shown: `23 Nov – 20 Dec 2026`.
    pub title: String,
    /// `1 week`, `2 weeks`, `4 weeks`, `Month`.
    pub spans: Vec<Tab>,
    /// To the weeks before.
    pub back: String,
    /// To today.
    pub today: String,
    /// To the weeks after.
    pub forward: String,
    /// The zones, the reader's and the schedule's first.
    pub zones: Vec<Choice>,
    /// The zone of all times on the page.
    pub zone: String,
    /// Sent along when another zone is chosen: `4w`.
    pub span: String,
    /// Likewise: `2026-11-23`.
    pub from: String,
    /// What could not be read of the address.
    pub problems: Vec<FieldProblem>,
}

/// The form for a new override.
#[derive(Debug, Clone, Default)]
pub struct OverrideForm {
    /// Who.
    pub people: Vec<Choice>,
    /// Instead of whom.
    pub replaces: Vec<Choice>,
    /// `2026-11-27T20:00`, in the zone of the page.
    pub starts: String,
    /// Likewise.
    pub ends: String,
    /// Whom it would replace, once it can be read.
    pub changes: Option<ChangesShown>,
    /// What was refused.
    pub problems: Vec<FieldProblem>,
}

/// `/schedules/{slug}`
#[derive(Debug, Clone, Template)]
#[template(path = "schedule.html")]
pub struct SchedulePage {
    /// The frame.
    pub shell: Shell,
    /// The schedule's name.
    pub name: String,
    /// Its short name.
    pub slug: String,
    /// The team.
    pub team: Option<Anchor>,
    /// The zone of its clocks.
    pub zone: String,
    /// Who is on call now.
    pub now: Vec<Person>,
    /// Who learns now.
    pub shadows: Vec<Person>,
    /// Until when.
    pub until: Option<When>,
    /// What is shown of it.
    pub viewing: Viewing,
    /// The drawing; nothing while it has no layers.
    pub chart: Option<Chart>,
    /// The same as a list by day, for narrow screens.
    pub days: ChartDays,
    /// The same as text.
    pub turns: Vec<Turn>,
    /// Whoever is on call and should not be.
    pub conflicts: Vec<ConflictRow>,
    /// The holidays of the next weeks.
    pub holidays: Vec<HolidayRow>,
    /// The secret links to its calendar.
    pub calendar_links: CalendarLinks,
    /// The overrides.
    pub overrides: Vec<OverrideRow>,
    /// The form for another one.
    pub override_form: OverrideForm,
    /// The policies that page by it.
    pub policies: Vec<Anchor>,
    /// True when the reader may change it.
    pub may_edit: bool,
    /// True when the reader may plan overrides: anybody who takes turns may.
    pub may_override: bool,
    /// Cover and handoff notes.
    pub duty: ScheduleDuty,
}

/// A restriction in the edit form: a layer counts only within its restrictions.
#[derive(Debug, Clone)]
pub struct RestrictionForm {
    /// From which day; the first choice is `every day`.
    pub from_days: Vec<Choice>,
    /// `22:00`
    pub from: String,
    /// Until which day.
    pub until_days: Vec<Choice>,
    /// `06:00`
    pub until: String,
}

/// A layer in the edit form.
#[derive(Debug, Clone)]
pub struct LayerForm {
    /// Its name.
    pub name: String,
    /// The zone of its clocks; empty for the schedule's.
    pub time_zone: String,
    /// `2026-11-23T09:00`: when the first participant's first turn begins.
    pub start: String,
    /// When it ends; empty for never.
    pub end: String,
    /// How many …
    pub turn: String,
    /// … hours, days, weeks or months a turn lasts, or by the rule.
    pub units: Vec<Choice>,
    /// `FREQ=WEEKLY;BYDAY=FR`: when turns begin, where a rule says so.
    pub rule: String,
    /// How long such a turn is; empty for until the next one.
    pub lasts: String,
    /// Turns of the rule that are left out, one to a line.
    pub except: String,
    /// Turns on top, one to a line.
    pub also: String,
    /// One entry for each turn, then an empty one to add somebody: a list for each of those who take it together, then
    /// one for another.
    pub participants: Vec<Vec<Vec<Choice>>>,
    /// True where its people only learn.
    pub shadow: bool,
    /// The restrictions, then an empty one to add another.
    pub restrictions: Vec<RestrictionForm>,
    /// What it asks of holidays.
    pub holidays: LayerHolidays,
}

/// `/schedules/{slug}/edit` and `/schedules/new`: `action` = `save`, `preview`, `add-layer`, `remove-layer.{n}`.
#[derive(Debug, Clone, Template)]
#[template(path = "schedule_edit.html")]
pub struct ScheduleEditPage {
    /// The frame.
    pub shell: Shell,
    /// Where it is posted.
    pub action: String,
    /// Where `Cancel` leads.
    pub back: String,
    /// The version that is edited, so that nobody's change is lost.
    pub version: String,
    /// True for a new one.
    pub is_new: bool,
    /// The fields.
    pub name: String,
    /// The teams.
    pub teams: Vec<Choice>,
    /// The zones.
    pub time_zones: Vec<Choice>,
    /// The layers, the strongest last.
    pub layers: Vec<LayerForm>,
    /// The next four weeks if it were saved.
    pub preview: Option<Chart>,
    /// What would change in the next four weeks.
    pub changes: Option<ChangesShown>,
    /// What was refused.
    pub problems: Vec<FieldProblem>,
}
