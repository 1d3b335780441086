//! The form of a schedule: what was typed, as a schedule, and back.

use allclear_core::directory::Directory;
use allclear_core::id::UserId;
use allclear_core::limits;
use allclear_core::schedule::{Crew, Layer, Restriction, Schedule, Weekday};
use allclear_core::zone::Zone;
use jiff::civil::{DateTime, Time};

use super::super::form::{Form, Problems};
use super::holidays::TypedHolidays;
use super::turns::TypedTurn;
use crate::pages::{Choice, LayerForm, RestrictionForm};

const DAYS: [Weekday; 7] = [
    Weekday::Monday,
    Weekday::Tuesday,
    Weekday::Wednesday,
    Weekday::Thursday,
    Weekday::Friday,
    Weekday::Saturday,
    Weekday::Sunday,
];

const fn day_word(day: Weekday) -> &'static str {
    match day {
        Weekday::Monday => "monday",
        Weekday::Tuesday => "tuesday",
        Weekday::Wednesday => "wednesday",
        Weekday::Thursday => "thursday",
        Weekday::Friday => "friday",
        Weekday::Saturday => "saturday",
        Weekday::Sunday => "sunday",
    }
}

/// A layer as it stands in the form, whether it can be read or not: what cannot be read is shown again as it was typed,
/// and never left out.
#[derive(Debug, Clone)]
pub(super) struct TypedLayer {
    name: String,
    /// Empty for the schedule's.
    time_zone: String,
    start: String,
    end: String,
    turn: TypedTurn,
    /// The logins of those who take each turn.
    participants: Vec<Vec<String>>,
    shadow: bool,
    restrictions: Vec<TypedRestriction>,
    holidays: TypedHolidays,
}

/// A restriction as it stands in the form.
#[derive(Debug, Clone, Default)]
struct TypedRestriction {
    from_day: String,
    from: String,
    until_day: String,
    until: String,
}

/// The layers of a form.
pub(super) fn layers(form: &Form) -> Vec<TypedLayer> {
    (0..form.count("layer", limits::LAYERS + 1)).map(|number| TypedLayer::typed(form, number)).collect()
}

impl TypedLayer {
    fn typed(form: &Form, number: usize) -> Self {
        let text = |name: &str| form.text(&format!("layer.{number}.{name}")).to_owned();
        let list = format!("layer.{number}.restriction");
        let restriction = |number: usize| {
            let text = |name: &str| form.text(&format!("{list}.{number}.{name}")).to_owned();
            let (from_day, until_day) = (text("from_day"), text("until_day"));
            TypedRestriction { from_day, from: text("from"), until_day, until: text("until") }
        };
        let participants = format!("layer.{number}.participant");
        let crew =
            |turn: usize| -> Vec<String> { form.all(&format!("{participants}.{turn}")).map(str::to_owned).collect() };
        let crews = (0..form.count(&participants, limits::LAYER_PARTICIPANTS + 1)).map(crew);
        let restrictions = (0..form.count(&list, limits::RESTRICTIONS + 1)).map(restriction);
        Self {
            name: text("name"),
            time_zone: text("time_zone"),
            start: text("start"),
            end: text("end"),
            turn: TypedTurn::typed(form, number),
            participants: crews.filter(|crew| !crew.is_empty()).collect(),
            shadow: form.is_ticked(&format!("layer.{number}.shadow")),
            restrictions: restrictions.filter(|restriction| !restriction.is_empty()).collect(),
            holidays: TypedHolidays::typed(form, number),
        }
    }

    pub(super) fn of(directory: &Directory, layer: &Layer) -> Self {
        let login = |user: &UserId| directory.user(*user).map(|user| user.slug.clone());
        Self {
            name: layer.name.clone(),
            time_zone: layer.time_zone.as_ref().map(ToString::to_string).unwrap_or_default(),
            start: date_time_text(layer.start),
            end: layer.end.map(date_time_text).unwrap_or_default(),
            turn: TypedTurn::of(&layer.turn),
            participants: layer
                .participants
                .iter()
                .map(|crew| crew.people().iter().filter_map(login).collect())
                .collect(),
            shadow: layer.shadow,
            restrictions: layer.restrictions.iter().map(TypedRestriction::of).collect(),
            holidays: TypedHolidays::of(layer),
        }
    }

    /// One that nobody has filled in yet.
    pub(super) fn empty(start: DateTime, number: usize) -> Self {
        Self {
            name: format!("Layer {number}"),
            time_zone: String::new(),
            start: date_time_text(start),
            end: String::new(),
            turn: TypedTurn::usual(),
            participants: Vec::new(),
            shadow: false,
            restrictions: Vec::new(),
            holidays: TypedHolidays::default(),
        }
    }

    /// The layer; nothing when it cannot be read, which is then among the problems.
    fn read(&self, directory: &Directory, number: usize, problems: &mut Problems) -> Option<Layer> {
        let field = |name: &str| format!("layer.{number}.{name}");
        let time_zone = match self.time_zone.as_str() {
            "" => Some(None),
            text => problems.take(&field("time_zone"), text.parse::<Zone>()).map(Some),
        };
        let start = problems.take(&field("start"), date_time(&self.start));
        let end = match self.end.as_str() {
            "" => Some(None),
            text => problems.take(&field("end"), date_time(text)).map(Some),
        };
        let turn = self.turn.read(field, problems);
        let mut crew = |(turn, logins): (usize, &Vec<String>)| -> Option<Crew> {
            let field = field(&format!("participant.{turn}"));
            let people = logins.iter().map(|login| problems.take(&field, person(directory, login)));
            people.collect::<Vec<Option<UserId>>>().into_iter().collect()
        };
        let participants: Vec<Option<Crew>> = self.participants.iter().enumerate().map(&mut crew).collect();
        let restrictions: Vec<Option<Restriction>> = self
            .restrictions
            .iter()
            .enumerate()
            .map(|(place, restriction)| restriction.read(&field(&format!("restriction.{place}")), problems))
            .collect();
        let holidays = self.holidays.read(field, problems);
        Some(Layer {
            name: if self.name.is_empty() { format!("Layer {}", number + 1) } else { self.name.clone() },
            time_zone: time_zone?,
            start: start?,
            end: end?,
            turn: turn?,
            participants: participants.into_iter().collect::<Option<_>>()?,
            restrictions: restrictions.into_iter().collect::<Option<_>>()?,
            holidays: holidays?,
            shadow: self.shadow,
        })
    }

    /// As the form shows it, with a line more for another participant and one for another restriction.
    pub(super) fn form(&self, directory: &Directory) -> LayerForm {
        let crew = |logins: &[String]| {
            let chosen = logins.iter().map(String::as_str).chain([""]);
            chosen.map(|login| people(directory, login)).collect::<Vec<_>>()
        };
        let mut participants: Vec<Vec<Vec<Choice>>> = self.participants.iter().map(|logins| crew(logins)).collect();
        participants.push(crew(&[]));
        let mut restrictions: Vec<RestrictionForm> = self.restrictions.iter().map(TypedRestriction::form).collect();
        restrictions.push(TypedRestriction::default().form());
        LayerForm {
            name: self.name.clone(),
            time_zone: self.time_zone.clone(),
            start: self.start.clone(),
            end: self.end.clone(),
            turn: self.turn.length.clone(),
            units: self.turn.units(),
            rule: self.turn.rule.clone(),
            lasts: self.turn.lasts.clone(),
            except: self.turn.except.clone(),
            also: self.turn.also.clone(),
            participants,
            shadow: self.shadow,
            restrictions,
            holidays: self.holidays.form(),
        }
    }
}

impl TypedRestriction {
    fn of(restriction: &Restriction) -> Self {
        let (days, from, until) = match restriction {
            Restriction::Daily { from, until } => (None, from, until),
            Restriction::Weekly { from_day, from, until_day, until } => (Some((*from_day, *until_day)), from, until),
        };
        let day = |day: Option<Weekday>| day.map_or("", day_word).to_owned();
        Self {
            from_day: day(days.map(|(from, _)| from)),
            from: time_text(*from),
            until_day: day(days.map(|(_, until)| until)),
            until: time_text(*until),
        }
    }

    /// A line without times asks for nothing.
    fn is_empty(&self) -> bool {
        self.from.is_empty() && self.until.is_empty()
    }

    fn read(&self, field: &str, problems: &mut Problems) -> Option<Restriction> {
        let from = problems.take(&format!("{field}.from"), time(&self.from));
        let until = problems.take(&format!("{field}.until"), time(&self.until));
        let (from, until) = (from?, until?);
        Some(match (day(&self.from_day), day(&self.until_day)) {
            (None, None) => Restriction::Daily { from, until },
            (Some(day), None) | (None, Some(day)) => Restriction::Weekly { from_day: day, from, until_day: day, until },
            (Some(from_day), Some(until_day)) => Restriction::Weekly { from_day, from, until_day, until },
        })
    }

    fn form(&self) -> RestrictionForm {
        RestrictionForm {
            from_days: days(day(&self.from_day)),
            from: self.from.clone(),
            until_days: days(day(&self.until_day)),
            until: self.until.clone(),
        }
    }
}

fn person(directory: &Directory, login: &str) -> Result<UserId, String> {
    let found = directory.users().find(|user| user.slug == login).map(|user| user.id);
    found.ok_or_else(|| format!("Nobody has the login `{login}`; choose somebody else."))
}

pub(super) fn date_time(text: &str) -> Result<DateTime, String> {
    text.parse().map_err(|_| format!("`{text}` is not a date and a time; write it like 2026-11-23T09:00"))
}

/// As browsers write it (WHATWG HTML §2.3.5.5), with seconds only where there are some.
pub(super) fn date_time_text(at: DateTime) -> String {
    at.strftime(if at.second() == 0 { "%Y-%m-%dT%H:%M" } else { "%Y-%m-%dT%H:%M:%S" }).to_string()
}

fn time(text: &str) -> Result<Time, String> {
    text.parse().map_err(|_| format!("`{text}` is not a time of day; write it like 22:00"))
}

fn time_text(time: Time) -> String {
    time.strftime(if time.second() == 0 { "%H:%M" } else { "%H:%M:%S" }).to_string()
}

fn day(word: &str) -> Option<Weekday> {
    DAYS.into_iter().find(|day| day_word(*day) == word)
}

fn people(directory: &Directory, chosen: &str) -> Vec<Choice> {
    let mut all = vec![Choice::new("", "nobody", chosen.is_empty())];
    let shown = directory.users().filter(|user| !user.suspended || user.slug == chosen);
    all.extend(shown.map(|user| Choice::new(&user.slug, &user.name, user.slug == chosen)));
    all
}

fn days(chosen: Option<Weekday>) -> Vec<Choice> {
    let mut all = vec![Choice::new("", "every day", chosen.is_none())];
    all.extend(DAYS.into_iter().map(|day| Choice::new(day_word(day), capitalised(day_word(day)), chosen == Some(day))));
    all
}

fn capitalised(word: &str) -> String {
    word.char_indices().map(|(at, letter)| if at == 0 { letter.to_ascii_uppercase() } else { letter }).collect()
}

/// The schedule that was typed, in the place of `base`; nothing when a layer cannot be read.
pub(super) fn schedule(
    form: &Form,
    directory: &Directory,
    base: &Schedule,
    problems: &mut Problems,
) -> Option<Schedule> {
    let name = problems.needed(form, "name", "The name", limits::NAME_CHARACTERS);
    let zone = problems.take("time_zone", form.text("time_zone").parse::<Zone>());
    let team = directory.teams().find(|team| team.slug == form.text("team"));
    let layers: Vec<Option<Layer>> =
        layers(form).iter().enumerate().map(|(number, layer)| layer.read(directory, number, problems)).collect();
    let (team, layers) = (team.map(|team| team.id), layers.into_iter().collect::<Option<_>>()?);
    let read = Schedule { name: name.to_owned(), team, time_zone: zone?, layers, ..base.clone() };
    problems.is_empty().then_some(read)
}
