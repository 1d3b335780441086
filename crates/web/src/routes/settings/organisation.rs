//! `/settings`

use allclear_core::directory::{Change, Directory, Organisation, Problem as Refused, Retention};
use allclear_core::limits;
use allclear_core::wait::Wait;
use allclear_core::zone::Zone;

use super::super::flash::Flash;
use super::super::form::{Form, Problems};
use super::super::reader::Reader;
use super::super::reply::Reply;
use super::super::saved::{Saved, VERSION, change, version};
use super::super::zones;
use crate::address::web_address;
use crate::pages::{FieldProblem, KeepRow, Section, SettingsPage};
use crate::problem::Problem;

/// Each setting of [`Retention`]: what it is called, what goes after that time, and from when it is counted.
const KEPT: [(&str, &str, &str); 8] = [
    ("events", "Events", "What sources sent, and what became of it; counted from when it came in."),
    ("alerts", "Alerts", "Those that are over; counted from their end."),
    ("incidents", "Incidents", "Those that are over, with their timelines; counted from their end."),
    ("deliveries", "Deliveries", "Messages with which nothing more will happen; counted from when they were decided."),
    ("audit", "Audit log", "What is left of it can still be verified."),
    ("tokens", "Revoked tokens", "Counted from when they were revoked."),
    ("sessions", "Sessions", "Counted from when they expired."),
    ("silences", "Silences", "Counted from their end."),
];

/// What the form shows: what is set, or what was typed.
struct Shown {
    name: String,
    address: String,
    zone: String,
    kept: Vec<String>,
    edited: String,
}

impl Shown {
    fn stored(organisation: &Organisation) -> Self {
        Self {
            name: organisation.name.clone(),
            address: organisation.address.clone().unwrap_or_default(),
            zone: organisation.time_zone.name().to_owned(),
            kept: organisation.keep.settings().map(|(_, kept)| kept.to_string()).into(),
            edited: version(organisation),
        }
    }

    fn typed(form: &Form) -> Self {
        Self {
            name: form.text("organisation").to_owned(),
            address: form.text("address").to_owned(),
            zone: form.text("time_zone").to_owned(),
            kept: KEPT.map(|(setting, ..)| form.text(&field(setting)).to_owned()).into(),
            edited: form.text(VERSION).to_owned(),
        }
    }
}

/// The form's name for a setting of the retention.
fn field(setting: &str) -> String {
    format!("keep.{setting}")
}

async fn page(reader: &Reader, shown: Shown, problems: Vec<FieldProblem>) -> Result<SettingsPage, Problem> {
    let usual = Retention::default().settings();
    let row = |((setting, title, what), value): ((&str, &'static str, &str), String)| {
        let usual = usual.iter().find(|(name, _)| *name == setting).map_or(Wait::NONE, |(_, usual)| *usual);
        KeepRow { field: field(setting), title, hint: format!("{what} Usually {usual}."), value }
    };
    Ok(SettingsPage {
        shell: reader.shell("Settings", Section::Settings).await?,
        name: shown.name,
        address: shown.address,
        time_zones: zones::choices(&shown.zone),
        keep: KEPT.into_iter().zip(shown.kept).map(row).collect(),
        edited: shown.edited,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        database: reader.engine().database().name().to_owned(),
        problems,
    })
}

/// The page.
pub(in crate::routes) async fn organisation(reader: Reader) -> Reply {
    let page = page(&reader, Shown::stored(&reader.directory.organisation), Vec::new()).await?;
    reader.show(&page)
}

/// What was typed about the retention; a field that is empty leaves its setting as it is.
fn kept(form: &Form, problems: &mut Problems) -> Vec<(&'static str, Wait)> {
    let mut typed = Vec::new();
    for (setting, title, _) in KEPT {
        let (name, text) = (field(setting), form.text(&field(setting)));
        if !text.is_empty() {
            let read = text.parse::<Wait>().map_err(|message| format!("{title}: {message}."));
            typed.extend(problems.take(&name, read).map(|wait| (setting, wait)));
        }
    }
    typed
}

/// The form.
pub(in crate::routes) async fn save(reader: Reader, form: Form) -> Reply {
    let mut problems = Problems::default();
    let name = problems.needed(&form, "organisation", "The organisation's name", limits::NAME_CHARACTERS).to_owned();
    let address = problems.take("address", web_address(form.text("address")));
    let zone = problems.take("time_zone", form.text("time_zone").parse::<Zone>());
    let kept = kept(&form, &mut problems);
    let (Some(address), Some(zone), true) = (address, zone, problems.is_empty()) else {
        let page = page(&reader, Shown::typed(&form), problems.into_list()).await?;
        return reader.refuse(&page);
    };
    let plan = |directory: &Directory| {
        let edited = form.text(VERSION);
        if !edited.is_empty() && edited != version(&*directory.organisation) {
            let message = "Somebody else has changed them.".to_owned();
            return Err(vec![Refused { field: VERSION.to_owned(), message }]);
        }
        let mut keep = directory.organisation.keep;
        for (setting, wait) in &kept {
            keep.setting(setting).into_iter().for_each(|set| *set = *wait);
        }
        let (name, address, time_zone) = (name.clone(), Some(address.clone()), zone.clone());
        let organisation = Organisation { name, address, time_zone, keep, ..(*directory.organisation).clone() };
        Ok(vec![Change::Organisation(organisation)])
    };
    match change(&reader, &form, plan, str::to_owned).await? {
        Saved::Yes => Ok(reader.go_saying("/settings", &Flash::good("The settings are saved."))),
        Saved::Refused(problems) => {
            let page = page(&reader, Shown::typed(&form), problems).await?;
            reader.refuse(&page)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_has_a_field() {
        assert_eq!(KEPT.map(|(setting, ..)| setting), Retention::default().settings().map(|(name, _)| name));
    }
}
