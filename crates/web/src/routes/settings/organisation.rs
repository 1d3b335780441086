//! `/settings`

use allclear_core::directory::{Change, Directory, Organisation};
use allclear_core::limits;
use allclear_core::zone::Zone;

use super::super::flash::Flash;
use super::super::form::{Form, Problems};
use super::super::reader::Reader;
use super::super::reply::Reply;
use super::super::saved::{change, must_be_saved};
use super::super::setup::web_address;
use super::super::zones;
use crate::pages::{FieldProblem, Section, SettingsPage};
use crate::problem::Problem;

async fn page(
    reader: &Reader,
    name: &str,
    address: &str,
    zone: &str,
    problems: Vec<FieldProblem>,
) -> Result<SettingsPage, Problem> {
    Ok(SettingsPage {
        shell: reader.shell("Settings", Section::Settings).await?,
        name: name.to_owned(),
        address: address.to_owned(),
        time_zones: zones::choices(zone),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        database: reader.engine().database().name().to_owned(),
        last_backup: None,
        problems,
    })
}

/// The page.
pub(in crate::routes) async fn organisation(reader: Reader) -> Reply {
    let stored = reader.directory.organisation.clone();
    let address = stored.address.as_deref().unwrap_or_default();
    let page = page(&reader, &stored.name, address, stored.time_zone.name(), Vec::new()).await?;
    reader.show(&page)
}

/// The form.
pub(in crate::routes) async fn save(reader: Reader, form: Form) -> Reply {
    let mut problems = Problems::default();
    let name = problems.needed(&form, "organisation", "The organisation's name", limits::NAME_CHARACTERS).to_owned();
    let address = problems.take("address", web_address(form.text("address")));
    let zone = problems.take("time_zone", form.text("time_zone").parse::<Zone>());
    let (Some(address), Some(zone), true) = (address, zone, problems.is_empty()) else {
        let problems = problems.into_list();
        let page = page(&reader, &name, form.text("address"), form.text("time_zone"), problems).await?;
        return reader.refuse(&page);
    };
    let plan = |directory: &Directory| {
        let (name, address, time_zone) = (name.clone(), Some(address.clone()), zone.clone());
        let organisation = Organisation { name, address, time_zone, ..(*directory.organisation).clone() };
        Ok(vec![Change::Organisation(organisation)])
    };
    must_be_saved(change(&reader, &form, plan, str::to_owned).await?, &form)?;
    Ok(reader.go_saying("/settings", &Flash::good("The settings are saved.")))
}
