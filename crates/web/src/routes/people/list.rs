//! `/people`

use std::sync::Arc;

use allclear_core::access::Permission;
use allclear_core::directory::{Kind, User};
use allclear_engine::ways_to_reach;

use super::super::now::unreachable;
use super::super::reader::Reader;
use super::super::reply::Reply;
use super::super::view;
use crate::pages::{PeoplePage, PersonRow, Section};

/// The page.
pub(in crate::routes) async fn list(reader: Reader) -> Reply {
    let mut people: Vec<_> = reader.directory.users().collect();
    people.sort_by_key(|user| (user.suspended, user.name.to_lowercase()));
    let rows: Vec<PersonRow> = people.into_iter().map(|user| row(&reader, user)).collect();
    let page = PeoplePage {
        shell: reader.shell("People", Section::People).await?,
        unreachable: rows.iter().filter(|row| row.unreachable.is_some() && !row.suspended).count(),
        rows,
        may_edit: reader.may(Permission::Manage(Kind::User)),
    };
    reader.show(&page)
}

fn row(reader: &Reader, user: &Arc<User>) -> PersonRow {
    let verified = |channel: &str| user.contacts.iter().any(|one| one.channel == channel && one.verified_at.is_some());
    let reach: Vec<&str> = ways_to_reach().filter(|reach| verified(reach.name)).map(|reach| reach.title).collect();
    let now = reader.now();
    let schedules = reader.directory.schedules().filter(|schedule| schedule.on_call(now).contains(&user.id));
    PersonRow {
        person: reader.person(user.id),
        role: user.role.word().to_owned(),
        teams: user.teams.iter().filter_map(|team| view::team(&reader.directory, Some(*team))).collect(),
        on_call: schedules.map(|schedule| view::schedule_anchor(schedule)).collect(),
        reach: reach.join(", "),
        unreachable: unreachable(user),
        suspended: user.suspended,
    }
}
