//! `/people/{slug}`

use std::collections::BTreeMap;

use allclear_core::access::{UserPart, may_change_user};
use allclear_core::delivery::Status;
use allclear_core::directory::{ContactMethod, Role, Rung, TimeOff, User};
use allclear_core::id::ContactMethodId;
use allclear_core::severity::Urgency;
use allclear_engine::{CODE_LIFETIME, ways_to_reach};
use allclear_store::deliveries::{self, DeliveryRecord, Filter, Purpose};
use axum::extract::Path;
use jiff::{SignedDuration, Timestamp};

use super::super::now::{last_reached, unreachable};
use super::super::on_call;
use super::super::reader::Reader;
use super::super::reply::Reply;
use super::super::{view, zones};
use crate::pages::{
    Choice, ContactRow, FieldProblem, PersonForm, PersonPage, RulesForm, RungForm, Section, TimeOffRow,
};
use crate::problem::Problem;

/// How many of somebody's deliveries are looked at.
const DELIVERIES: i64 = 100;
/// How far ahead somebody's next shift is looked for.
const AHEAD: SignedDuration = SignedDuration::from_hours(24 * 60);

/// The page.
pub(in crate::routes) async fn one(reader: Reader, Path(slug): Path<String>) -> Reply {
    let page = page(&reader, super::find(&reader, &slug)?, Vec::new()).await?;
    reader.show(&page)
}

/// The page with what was refused.
pub(super) async fn page(reader: &Reader, user: &User, problems: Vec<FieldProblem>) -> Result<PersonPage, Problem> {
    let read = reader.engine().database().read(user.id, |user, tx| {
        Box::pin(async move { deliveries::list(tx, Filter::User(*user), None, DELIVERIES).await })
    });
    let sent = read.await?;
    let may = |part| may_change_user(reader.user.role, reader.user.id, user.id, part);
    let is_own = user.id == reader.user.id;
    let zone = user.time_zone.as_ref().unwrap_or(&reader.directory.organisation.time_zone);
    Ok(PersonPage {
        shell: reader.shell(user.name.clone(), Section::People).await?,
        person: reader.person(user.id),
        role: user.role.word().to_owned(),
        email: user.email.clone(),
        zone: format!("{zone}, where it is {}", zone.local(reader.now()).strftime("%H:%M")),
        zone_name: zone.to_string(),
        teams: user.teams.iter().filter_map(|team| view::team(&reader.directory, Some(*team))).collect(),
        skills: user.skills.clone(),
        suspended: user.suspended,
        unreachable: unreachable(user),
        last_reached: last_reached(reader, user.id).await?,
        contacts: user.contacts.iter().map(|contact| contact_row(reader, user, contact, &sent)).collect(),
        channels: ways_to_reach().map(|reach| Choice::new(reach.name, reach.title, false)).collect(),
        rules: vec![rules(user, Urgency::High), rules(user, Urgency::Low)],
        duties: duties(reader, user),
        time_off: time_off(reader, user),
        may_plan: may(UserPart::TimeOff),
        edit: may(UserPart::Profile).then(|| PersonForm {
            name: user.name.clone(),
            email: user.email.clone(),
            skills: user.skills.join(", "),
            time_zones: zones::choices_or_own(&reader.directory.organisation.time_zone, user.time_zone.as_ref()),
            handovers: vec![
                Choice::new("yes", "Told when they come on call and go off", !user.silent_handovers),
                Choice::new("no", "Not told", user.silent_handovers),
            ],
            // Nobody raises themselves, and nobody locks themselves out.
            roles: if may(UserPart::Standing) && !is_own { roles(user.role) } else { Vec::new() },
        }),
        may_test: may(UserPart::Contacts) && !user.suspended,
        is_own: is_own && may(UserPart::Contacts),
        is_admin: may(UserPart::Standing),
        problems,
    })
}

/// The roles, to choose from.
pub(super) fn roles(chosen: Role) -> Vec<Choice> {
    Role::ALL.into_iter().map(|role| Choice::new(role.word(), role.word(), role == chosen)).collect()
}

fn contact_row(reader: &Reader, user: &User, contact: &ContactMethod, sent: &[DeliveryRecord]) -> ContactRow {
    let sees = user.id == reader.user.id || reader.user.role == Role::Admin;
    let of_contact = || sent.iter().filter(|one| one.contact == contact.id);
    let code = of_contact().find(|one| matches!(one.purpose, Purpose::Verify { .. }));
    let still_counts = |at: &Timestamp| at.checked_add(CODE_LIFETIME).is_ok_and(|until| reader.now() < until);
    let last = of_contact().next().filter(|one| one.delivery.status == Status::Failed);
    ContactRow {
        id: contact.id.to_string(),
        name: contact.name.clone(),
        channel: channel_title(&contact.channel),
        address: if sees { contact.address.clone() } else { "shown to its owner and to admins".to_owned() },
        verified: contact.verified_at.map(|at| reader.when(at)),
        code_sent: code.map(|one| one.created_at).filter(still_counts).map(|at| reader.when(at)),
        trouble: last.and_then(|one| one.detail.clone()).map(|why| format!("The last message to it failed: {why}")),
    }
}

fn channel_title(name: &str) -> String {
    ways_to_reach().find(|reach| reach.name == name).map_or(name, |reach| reach.title).to_owned()
}

/// The rules of one urgency, and what comes of them.
fn rules(user: &User, urgency: Urgency) -> RulesForm {
    let names: BTreeMap<ContactMethodId, &str> =
        user.contacts.iter().map(|contact| (contact.id, contact.name.as_str())).collect();
    let name = |rung: &Rung| names.get(&rung.contact).copied().unwrap_or("removed").to_owned();
    let after = |rung: &Rung| {
        if rung.after.is_none() { "at once".to_owned() } else { format!("after {}", rung.after) }
    };
    let (word, title, fallback, set) = match urgency {
        Urgency::High => {
            ("high", "What wakes you", "No rules: every verified contact method at once.", &user.high_urgency)
        }
        Urgency::Low => ("low", "What can wait", "No rules: the first verified contact method.", &user.low_urgency),
    };
    let mut rungs: Vec<RungForm> =
        set.iter().map(|rung| rung_form(user, rung.after.to_string(), Some(rung.contact))).collect();
    rungs.push(rung_form(user, String::new(), None));
    let ladder = if set.is_empty() { Vec::new() } else { user.ladder(urgency) };
    RulesForm {
        urgency: word,
        title: title.to_owned(),
        ladder: ladder.iter().map(|rung| (after(rung), name(rung))).collect(),
        fallback: fallback.to_owned(),
        rungs,
    }
}

fn rung_form(user: &User, after: String, chosen: Option<ContactMethodId>) -> RungForm {
    let mut contacts = vec![Choice::new("", "none: leave this line out", chosen.is_none())];
    contacts.extend(
        user.contacts
            .iter()
            .map(|contact| Choice::new(contact.id.to_string(), &contact.name, chosen == Some(contact.id))),
    );
    RungForm { after, contacts }
}

/// The days off that are not yet over, by their first day.
fn time_off(reader: &Reader, user: &User) -> Vec<TimeOffRow> {
    let today = reader.directory.zone_of(user).local(reader.now()).date();
    let mut coming: Vec<_> = user.time_off.iter().filter(|off| off.until >= today).collect();
    coming.sort_by_key(|off| (off.from, off.until));
    let shown = |date: jiff::civil::Date| date.strftime("%a %-d %b %Y").to_string();
    let row = |off: &TimeOff| TimeOffRow {
        id: off.id.to_string(),
        from: shown(off.from),
        until: Some(shown(off.until)).filter(|_| off.from != off.until),
        note: off.note.clone(),
    };
    coming.into_iter().map(row).collect()
}

/// Where somebody is on call, now or next.
fn duties(reader: &Reader, user: &User) -> Vec<crate::pages::OnCallRow> {
    let now = reader.now();
    let until = now.checked_add(AHEAD).unwrap_or(Timestamp::MAX);
    let takes_turns = |schedule: &&std::sync::Arc<allclear_core::schedule::Schedule>| {
        schedule.shifts(now, until).iter().any(|shift| shift.has(user.id))
    };
    let row = |schedule: &std::sync::Arc<allclear_core::schedule::Schedule>| {
        let mut row = on_call::row(reader, schedule, reader.now());
        // Until when they themselves are on call; nothing where it is somebody else's turn now.
        row.until = schedule.on_call_until(user.id, now).map(|at| reader.when(at));
        row
    };
    reader.directory.schedules().filter(takes_turns).map(row).collect()
}
