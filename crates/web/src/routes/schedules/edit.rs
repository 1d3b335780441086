//! The form that plans a schedule: with a preview of the next four weeks before anything is saved.

use allclear_core::directory::{Kind, Object};
use allclear_core::id::ScheduleId;
use allclear_core::schedule::{Layer, Schedule};
use axum::extract::Path;
use jiff::civil::{DateTime, time};

use super::super::flash::Flash;
use super::super::form::{Form, Problems};
use super::super::reader::Reader;
use super::super::reply::Reply;
use super::super::saved::{Saved, put, version};
use super::super::{slug, view, zones};
use super::tones::Tones;
use super::typed::{self, TypedLayer};
use super::{changes, chart};
use crate::pages::{FieldProblem, ScheduleEditPage, Section};
use crate::problem::Problem;

/// What is edited: a schedule as it is stored, or a new one.
struct Edited {
    schedule: Schedule,
    is_new: bool,
}

impl Edited {
    fn new(reader: &Reader) -> Self {
        let schedule = Schedule {
            id: ScheduleId::new(reader.engine().maker().id(reader.now())),
            slug: String::new(),
            name: String::new(),
            team: reader.user.teams.first().copied(),
            time_zone: reader.directory.organisation.time_zone.clone(),
            layers: Vec::new(),
            overrides: Vec::new(),
            silent_handovers: false,
        };
        Self { schedule, is_new: true }
    }

    fn stored(reader: &Reader, slug: &str) -> Result<Self, Problem> {
        Ok(Self { schedule: Schedule::clone(super::find(reader, slug)?), is_new: false })
    }

    fn version(&self) -> String {
        if self.is_new { String::new() } else { version(&Object::from(self.schedule.clone())) }
    }

    fn address(&self) -> String {
        if self.is_new { "/schedules".to_owned() } else { format!("/schedules/{}", self.schedule.slug) }
    }
}

/// What the form shows.
struct Shown {
    name: String,
    team: String,
    time_zone: String,
    layers: Vec<TypedLayer>,
    version: String,
}

impl Shown {
    fn of(reader: &Reader, schedule: &Schedule, version: String) -> Self {
        let team = schedule.team.and_then(|team| reader.directory.team(team));
        Self {
            name: schedule.name.clone(),
            team: team.map(|team| team.slug.clone()).unwrap_or_default(),
            time_zone: schedule.time_zone.to_string(),
            layers: schedule.layers.iter().map(|layer| TypedLayer::of(&reader.directory, layer)).collect(),
            version,
        }
    }

    fn typed(form: &Form) -> Self {
        Self {
            name: form.text("name").to_owned(),
            team: form.text("team").to_owned(),
            time_zone: form.text("time_zone").to_owned(),
            layers: typed::layers(form),
            version: form.text("version").to_owned(),
        }
    }
}

async fn page(
    reader: &Reader,
    edited: &Edited,
    shown: Shown,
    problems: Vec<FieldProblem>,
) -> Result<ScheduleEditPage, Problem> {
    let title = if edited.is_new { "Plan a schedule".to_owned() } else { format!("Edit {}", edited.schedule.name) };
    Ok(ScheduleEditPage {
        shell: reader.shell(title, Section::OnCall).await?,
        action: edited.address(),
        back: edited.address(),
        version: shown.version,
        is_new: edited.is_new,
        name: shown.name,
        teams: view::choices_or("No team", &reader.directory, Kind::Team, &shown.team),
        time_zones: zones::choices(&shown.time_zone),
        layers: shown.layers.iter().map(|layer| layer.form(&reader.directory)).collect(),
        preview: None,
        changes: None,
        problems,
    })
}

/// The first hand-over of a new layer: next Monday would leave a gap until then, so it is this morning.
fn first_hand_over(reader: &Reader, schedule: &Schedule) -> DateTime {
    schedule.time_zone.local(reader.now()).date().to_datetime(time(9, 0, 0, 0))
}

/// `/schedules/new`
pub(in crate::routes) async fn new(reader: Reader) -> Reply {
    let edited = Edited::new(&reader);
    let mut shown = Shown::of(&reader, &edited.schedule, String::new());
    shown.layers.push(TypedLayer::empty(first_hand_over(&reader, &edited.schedule), 1));
    let page = page(&reader, &edited, shown, Vec::new()).await?;
    reader.show(&page)
}

/// `/schedules/{slug}/edit`
pub(in crate::routes) async fn edit(reader: Reader, Path(slug): Path<String>) -> Reply {
    let edited = Edited::stored(&reader, &slug)?;
    let shown = Shown::of(&reader, &edited.schedule, edited.version());
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
    let action = form.text("action");
    if action == "add-layer" || action.starts_with("remove-layer.") {
        return change_layers(reader, form, &edited, action).await;
    }
    let mut problems = Problems::default();
    let read = typed::schedule(form, &reader.directory, &edited.schedule, &mut problems);
    let Some(mut read) = read else {
        let problems = problems.into_list();
        let changes = changes::unreadable(&problems);
        let mut page = page(reader, &edited, Shown::typed(form), problems).await?;
        page.changes = changes;
        return reader.refuse(&page);
    };
    if !edited.is_new {
        keep_present_turns(reader, &edited.schedule, &mut read);
    }
    if action == "preview" {
        let shown = Shown::of(reader, &read, form.text("version").to_owned());
        let mut page = page(reader, &edited, shown, Vec::new()).await?;
        let (changes, span) = changes::ahead(reader, &edited.schedule, &read);
        page.preview = chart::chart(reader, &read, &span, &Tones::of_schedule(&read));
        page.changes = Some(changes);
        return reader.show(&page);
    }
    if edited.is_new {
        read.slug = slug::free(&reader.directory, Kind::Schedule, &read.name);
    }
    match put(reader, form, Object::from(read.clone()), field).await? {
        Saved::Yes => {
            let flash = Flash::good(format!("{} is saved.", read.name));
            Ok(reader.go_saying(&format!("/schedules/{}", read.slug), &flash))
        }
        Saved::Refused(problems) => {
            let shown = Shown::of(reader, &read, form.text("version").to_owned());
            let page = page(reader, &edited, shown, problems).await?;
            reader.refuse(&page)
        }
    }
}

/// Where the participants of a layer changed and nothing else about its turns, whoever is on call now stays until the
/// handoff.
fn keep_present_turns(reader: &Reader, before: &Schedule, after: &mut Schedule) {
    for (index, layer) in after.layers.iter_mut().enumerate() {
        let same =
            |old: &&Layer| (&old.start, &old.turn, &old.time_zone) == (&layer.start, &layer.turn, &layer.time_zone);
        if before.time_zone == after.time_zone && before.layers.get(index).filter(same).is_some() {
            let wanted = std::mem::take(&mut layer.participants);
            layer.participants = before.reordered(index, wanted, reader.now());
        }
    }
}

/// The form's name for a field: `layers[2].turn` is `layer.1.turn`.
fn field(place: &str) -> String {
    let Some((number, rest)) = place.strip_prefix("layers[").and_then(|rest| rest.split_once(']')) else {
        return place.to_owned();
    };
    let number = number.parse::<usize>().unwrap_or(1).saturating_sub(1);
    format!("layer.{number}{rest}")
}

/// Adds or removes a layer of the form; nothing is saved.
async fn change_layers(reader: &Reader, form: &Form, edited: &Edited, action: &str) -> Reply {
    let mut shown = Shown::typed(form);
    let layers = &mut shown.layers;
    match action.strip_prefix("remove-layer.").and_then(|number| number.parse::<usize>().ok()) {
        Some(number) if number < layers.len() => drop(layers.remove(number)),
        Some(_) => {}
        None => layers.push(TypedLayer::empty(first_hand_over(reader, &edited.schedule), layers.len() + 1)),
    }
    let page = page(reader, edited, shown, Vec::new()).await?;
    reader.show(&page)
}
