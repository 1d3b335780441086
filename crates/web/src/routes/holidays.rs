//! `/on-call/holidays`: the holidays of a region.

use allclear_core::holiday::{Region, SOURCE, YEARS};
use jiff::ToSpan;

use super::form::Query;
use super::reader::Reader;
use super::reply::Reply;
use crate::pages::{FieldProblem, HolidaysPage, Section};

/// The page.
pub(super) async fn page(reader: Reader, query: Query) -> Reply {
    let asked = query.text("region");
    let own = reader.user.holidays.as_ref().map_or(String::new(), Region::to_string);
    let typed = if asked.is_empty() { own } else { asked.to_owned() };
    let (mut problems, mut region) = (Vec::new(), None);
    if !typed.is_empty() {
        match typed.parse::<Region>() {
            Ok(known) => region = Some(known),
            Err(message) => problems.push(FieldProblem { field: "region".to_owned(), message }),
        }
    }
    let today = reader.zone().local(reader.now()).date();
    let until = today.checked_add(1.year()).unwrap_or(today);
    let calendar = region.as_ref().and_then(Region::holidays);
    let days = calendar.into_iter().flat_map(|calendar| calendar.between(today, until));
    let people = reader.directory.users().filter(|user| !user.suspended && user.holidays == region && region.is_some());
    let page = HolidaysPage {
        shell: reader.shell("Holidays", Section::OnCall).await?,
        region: region.as_ref().map_or(typed, Region::to_string),
        regions: Region::all().map(str::to_owned).collect(),
        rows: days.map(|(date, name)| (date.strftime("%a %-d %b %Y").to_string(), name)).collect(),
        people: reader.people(&people.map(|user| user.id).collect::<Vec<_>>()),
        source: format!(
            "The dates of {} to {} come from {SOURCE} and are part of the program: nobody is asked for them. Some depend \
             on the moon and are estimates; parliaments may decide otherwise.",
            YEARS.0, YEARS.1
        ),
        problems,
    };
    if page.problems.is_empty() { reader.show(&page) } else { reader.refuse(&page) }
}
