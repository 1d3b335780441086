//! The form of a schedule: what was typed, as a schedule, and back.

use allclear_core::directory::Directory;
use allclear_core::id::UserId;
use allclear_core::limits;
use allclear_core::schedule::{Layer, Restriction, Schedule, Turn, Weekday};
use allclear_core::zone::Zone;
use jiff::civil::{DateTime, Time};

use super::super::form::{Form, Problems};
use crate::pages::{Choice, LayerForm, RestrictionForm};

const UNITS: [&str; 3] = ["hours", "days", "weeks"];
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

/// The layers that were typed. `old` are the layers that the form began with: what the form cannot show of them stays.
pub(super) fn layers(form: &Form, directory: &Directory, old: &[Layer], problems: &mut Problems) -> Vec<Layer> {
    let count = form.count("layer", limits::LAYERS + 1);
    (0..count).filter_map(|number| layer(form, directory, old.get(number), number, problems)).collect()
}

fn layer(
    form: &Form,
    directory: &Directory,
    old: Option<&Layer>,
    number: usize,
    problems: &mut Problems,
) -> Option<Layer> {
    let field = |name: &str| format!("layer.{number}.{name}");
    let name = form.text(&field("name"));
    let start = problems.take(&field("start"), date_time(form.text(&field("start"))));
    let end = match form.text(&field("end")) {
        "" => Some(None),
        text => problems.take(&field("end"), date_time(text)).map(Some),
    };
    let turn = problems.take(&field("turn"), turn(form.text(&field("turn")), form.text(&field("unit"))));
    let participants = form.all(&field("participant")).filter_map(|slug| person(directory, slug)).collect();
    let restrictions = restrictions(form, number, problems);
    Some(Layer {
        name: if name.is_empty() { format!("Layer {}", number + 1) } else { name.to_owned() },
        time_zone: old.and_then(|old| old.time_zone.clone()),
        start: start?,
        end: end?,
        turn: turn?,
        participants,
        restrictions,
    })
}

fn person(directory: &Directory, slug: &str) -> Option<UserId> {
    directory.users().find(|user| user.slug == slug).map(|user| user.id)
}

fn date_time(text: &str) -> Result<DateTime, String> {
    text.parse().map_err(|_| format!("`{text}` is not a date and a time; write it like 2026-11-23T09:00"))
}

fn turn(length: &str, unit: &str) -> Result<Turn, String> {
    let number: u32 = length.parse().map_err(|_| format!("`{length}` is not a number; a turn lasts 1 or more"))?;
    match unit {
        "hours" => Ok(Turn::Hours(number)),
        "days" => Ok(Turn::Days(number)),
        "weeks" => Ok(Turn::Weeks(number)),
        other => Err(format!("`{other}` is not a unit; choose hours, days or weeks")),
    }
}

/// The restrictions of a layer; lines without times are left out.
fn restrictions(form: &Form, layer: usize, problems: &mut Problems) -> Vec<Restriction> {
    let list = format!("layer.{layer}.restriction");
    let count = form.count(&list, limits::RESTRICTIONS + 1);
    let mut read = Vec::new();
    for number in 0..count {
        let field = |name: &str| format!("{list}.{number}.{name}");
        let (from, until) = (field("from"), field("until"));
        if form.text(&from).is_empty() && form.text(&until).is_empty() {
            continue;
        }
        let from = problems.take(&from, time(form.text(&from)));
        let until = problems.take(&until, time(form.text(&until)));
        let (from_day, until_day) = (day(form.text(&field("from_day"))), day(form.text(&field("until_day"))));
        if let (Some(from), Some(until)) = (from, until) {
            read.push(match (from_day, until_day) {
                (None, None) => Restriction::Daily { from, until },
                (Some(day), None) | (None, Some(day)) => {
                    Restriction::Weekly { from_day: day, from, until_day: day, until }
                }
                (Some(from_day), Some(until_day)) => Restriction::Weekly { from_day, from, until_day, until },
            });
        }
    }
    read
}

fn time(text: &str) -> Result<Time, String> {
    text.parse().map_err(|_| format!("`{text}` is not a time of day; write it like 22:00"))
}

fn day(word: &str) -> Option<Weekday> {
    DAYS.into_iter().find(|day| day_word(*day) == word)
}

/// A layer as the form shows it.
pub(super) fn layer_form(directory: &Directory, layer: &Layer) -> LayerForm {
    let (length, unit) = match layer.turn {
        Turn::Hours(number) => (number, 0),
        Turn::Days(number) => (number, 1),
        Turn::Weeks(number) => (number, 2),
    };
    let mut restrictions: Vec<RestrictionForm> = layer.restrictions.iter().map(restriction_form).collect();
    restrictions.push(empty_restriction());
    let mut participants: Vec<Vec<Choice>> =
        layer.participants.iter().map(|user| people(directory, Some(*user))).collect();
    participants.push(people(directory, None));
    LayerForm {
        name: layer.name.clone(),
        start: minutes(layer.start),
        end: layer.end.map(minutes).unwrap_or_default(),
        turn: length.to_string(),
        units: UNITS.iter().enumerate().map(|(place, word)| Choice::new(*word, *word, place == unit)).collect(),
        participants,
        restrictions,
    }
}

/// A layer that nobody has filled in yet.
pub(super) fn empty_layer(start: DateTime, number: usize) -> Layer {
    Layer {
        name: format!("Layer {number}"),
        time_zone: None,
        start,
        end: None,
        turn: Turn::Weeks(1),
        participants: Vec::new(),
        restrictions: Vec::new(),
    }
}

fn minutes(at: DateTime) -> String {
    at.strftime("%Y-%m-%dT%H:%M").to_string()
}

fn people(directory: &Directory, chosen: Option<UserId>) -> Vec<Choice> {
    let mut all = vec![Choice::new("", "nobody", chosen.is_none())];
    let shown = directory.users().filter(|user| !user.suspended || chosen == Some(user.id));
    all.extend(shown.map(|user| Choice::new(&user.slug, &user.name, chosen == Some(user.id))));
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

fn restriction_form(restriction: &Restriction) -> RestrictionForm {
    let time = |time: Time| time.strftime("%H:%M").to_string();
    match restriction {
        Restriction::Daily { from, until } => {
            RestrictionForm { from_days: days(None), from: time(*from), until_days: days(None), until: time(*until) }
        }
        Restriction::Weekly { from_day, from, until_day, until } => RestrictionForm {
            from_days: days(Some(*from_day)),
            from: time(*from),
            until_days: days(Some(*until_day)),
            until: time(*until),
        },
    }
}

fn empty_restriction() -> RestrictionForm {
    RestrictionForm { from_days: days(None), from: String::new(), until_days: days(None), until: String::new() }
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
    let layers = layers(form, directory, &base.layers, problems);
    let read =
        Schedule { name: name.to_owned(), team: team.map(|team| team.id), time_zone: zone?, layers, ..base.clone() };
    problems.is_empty().then_some(read)
}
