//! Teams.

use std::sync::Arc;

use allclear_core::access::{Permission, UserPart, may_change_user};
use allclear_core::directory::{Directory, Kind, Object, Team, User};
use allclear_core::id::TeamId;
use allclear_core::limits;
use axum::extract::Path;

use super::flash::Flash;
use super::form::{Form, Problems};
use super::reader::Reader;
use super::reply::Reply;
use super::saved::{Saved, change_person, must_be_saved, put};
use super::{slug, view};
use crate::pages::{Choice, FieldProblem, Person, Section, TeamPage, TeamRow, TeamsPage};
use crate::problem::Problem;

/// The team of a short name.
fn find<'r>(reader: &'r Reader, slug: &str) -> Result<&'r Arc<Team>, Problem> {
    let found = reader.directory.teams().find(|team| team.slug == slug);
    found.ok_or_else(|| Problem::not_found("team of this name"))
}

fn count(things: impl Iterator) -> u32 {
    u32::try_from(things.count()).unwrap_or(u32::MAX)
}

/// All of them.
pub(super) async fn list(reader: Reader) -> Reply {
    let mut teams: Vec<_> = reader.directory.teams().collect();
    teams.sort_by_key(|team| team.name.to_lowercase());
    let row = |team: &Arc<Team>| TeamRow {
        team: view::team_anchor(team),
        description: team.description.clone(),
        people: count(members(&reader.directory, team.id)),
        services: count(reader.directory.services().filter(|service| service.team == Some(team.id))),
    };
    let page = TeamsPage {
        shell: reader.shell("Teams", Section::People).await?,
        rows: teams.into_iter().map(row).collect(),
        may_edit: reader.may(Permission::Manage(Kind::Team)),
    };
    reader.show(&page)
}

fn members(directory: &Directory, team: TeamId) -> impl Iterator<Item = &Arc<User>> {
    directory.users().filter(move |user| user.teams.contains(&team) && !user.suspended)
}

/// Who belongs to a team is a matter of people's standing.
fn may_change_members(reader: &Reader) -> bool {
    may_change_user(reader.user.role, reader.user.id, reader.user.id, UserPart::Standing)
}

async fn page(reader: &Reader, team: &Team, problems: Vec<FieldProblem>) -> Result<TeamPage, Problem> {
    let directory = &reader.directory;
    let is_new = team.slug.is_empty();
    let others = directory.users().filter(|user| !user.teams.contains(&team.id) && !user.suspended);
    let others = others.map(|user| Choice::new(&user.slug, &user.name, false));
    let people: Vec<Person> = members(directory, team.id).map(|user| reader.person(user.id)).collect();
    let keeps = |kept: Option<TeamId>| kept == Some(team.id);
    let title = if is_new { "New team" } else { &team.name };
    Ok(TeamPage {
        shell: reader.shell(title, Section::People).await?,
        action: if is_new { "/teams".to_owned() } else { format!("/teams/{}", team.slug) },
        is_new,
        name: team.name.clone(),
        description: team.description.clone(),
        people,
        others: if may_change_members(reader) { others.collect() } else { Vec::new() },
        services: directory.services().filter(|one| keeps(one.team)).map(|one| view::service_anchor(one)).collect(),
        schedules: directory.schedules().filter(|one| keeps(one.team)).map(|one| view::schedule_anchor(one)).collect(),
        policies: directory.policies().filter(|one| keeps(one.team)).map(|one| view::policy_anchor(one)).collect(),
        may_edit: reader.may(Permission::Manage(Kind::Team)),
        may_change_people: may_change_members(reader),
        problems,
    })
}

fn empty(reader: &Reader) -> Team {
    let id = TeamId::new(reader.engine().maker().id(reader.now()));
    Team { id, slug: String::new(), name: String::new(), description: String::new() }
}

/// `/teams/new`
pub(super) async fn new(reader: Reader) -> Reply {
    let page = page(&reader, &empty(&reader), Vec::new()).await?;
    reader.show(&page)
}

/// One.
pub(super) async fn one(reader: Reader, Path(slug): Path<String>) -> Reply {
    let page = page(&reader, find(&reader, &slug)?, Vec::new()).await?;
    reader.show(&page)
}

/// The form of a new one.
pub(super) async fn create(reader: Reader, form: Form) -> Reply {
    take(&reader, &form, empty(&reader)).await
}

/// The form of one that is there.
pub(super) async fn save(reader: Reader, Path(slug): Path<String>, form: Form) -> Reply {
    take(&reader, &form, Team::clone(find(&reader, &slug)?)).await
}

async fn take(reader: &Reader, form: &Form, team: Team) -> Reply {
    let mut problems = Problems::default();
    let name = problems.needed(form, "name", "The name", limits::NAME_CHARACTERS).to_owned();
    let description = problems.at_most(form, "description", "The description", limits::NOTE_CHARACTERS).to_owned();
    let typed = Team { name, description, ..team };
    if !problems.is_empty() {
        let page = page(reader, &typed, problems.into_list()).await?;
        return reader.refuse(&page);
    }
    let mut saved = typed.clone();
    if saved.slug.is_empty() {
        saved.slug = slug::free(&reader.directory, Kind::Team, &saved.name);
    }
    let (address, name) = (format!("/teams/{}", saved.slug), saved.name.clone());
    match put(reader, form, Object::from(saved), str::to_owned).await? {
        Saved::Yes => Ok(reader.go_saying(&address, &Flash::good(format!("{name} is saved.")))),
        Saved::Refused(problems) => {
            let page = page(reader, &typed, problems).await?;
            reader.refuse(&page)
        }
    }
}

/// Adds somebody.
pub(super) async fn add_person(reader: Reader, Path(slug): Path<String>, form: Form) -> Reply {
    let login = form.text("person").to_owned();
    change_members(&reader, &slug, &login, &form, true).await
}

/// Takes somebody out.
pub(super) async fn remove_person(reader: Reader, Path((slug, login)): Path<(String, String)>, form: Form) -> Reply {
    change_members(&reader, &slug, &login, &form, false).await
}

async fn change_members(reader: &Reader, slug: &str, login: &str, form: &Form, is_in: bool) -> Reply {
    let team = find(reader, slug)?.id;
    if !may_change_members(reader) {
        return Err(Problem::forbidden("change who belongs to a team"));
    }
    let person = reader.directory.users().find(|user| user.slug == login);
    let person = person.ok_or_else(|| Problem::not_found("person of this login"))?;
    let saved = change_person(reader, form, person.id, |person| {
        person.teams.retain(|one| *one != team);
        if is_in {
            person.teams.push(team);
        }
    });
    must_be_saved(saved.await?, form)?;
    let text = if is_in { "is in the team now" } else { "is not in the team any more" };
    Ok(reader.go_saying(&format!("/teams/{slug}"), &Flash::good(format!("{} {text}.", person.name))))
}
