//! `/people/new`

use allclear_core::directory::{ContactMethod, Kind, Object, Role, User};
use allclear_core::id::{ContactMethodId, UserId};
use allclear_core::limits;
use allclear_engine::check_address;

use super::super::flash::Flash;
use super::super::form::{Form, Problems};
use super::super::reader::Reader;
use super::super::reply::Reply;
use super::super::saved::{Saved, put};
use super::super::view;
use super::invite;
use super::one::roles;
use crate::pages::{FieldProblem, PersonNewPage, Section};
use crate::problem::Problem;

async fn page(reader: &Reader, form: &Form, problems: Vec<FieldProblem>) -> Result<PersonNewPage, Problem> {
    let role = Role::ALL.into_iter().find(|role| role.word() == form.text("role")).unwrap_or(Role::Responder);
    Ok(PersonNewPage {
        shell: reader.shell("Add a person", Section::People).await?,
        name: form.text("name").to_owned(),
        login: form.text("login").to_owned(),
        email: form.text("email").to_owned(),
        roles: roles(role),
        teams: view::choices_or("No team", &reader.directory, Kind::Team, form.text("team")),
        problems,
    })
}

/// The page.
pub(in crate::routes) async fn new(reader: Reader) -> Reply {
    let page = page(&reader, &Form::default(), Vec::new()).await?;
    reader.show(&page)
}

/// The form.
pub(in crate::routes) async fn create(reader: Reader, form: Form) -> Reply {
    let mut problems = Problems::default();
    let Some(person) = read(&reader, &form, &mut problems) else {
        let page = page(&reader, &form, problems.into_list()).await?;
        return reader.refuse(&page);
    };
    let field = |place: &str| if place == "slug" { "login".to_owned() } else { place.to_owned() };
    match put(&reader, &form, Object::from(person.clone()), field).await? {
        Saved::Yes => {
            let link = invite::link(&reader, &person).await?;
            let text = format!("{} is there. Give them this link, to choose a password: {link}", person.name);
            Ok(reader.go_saying(&format!("/people/{}", person.slug), &Flash::good(text)))
        }
        Saved::Refused(problems) => {
            let page = page(&reader, &form, problems).await?;
            reader.refuse(&page)
        }
    }
}

fn read(reader: &Reader, form: &Form, problems: &mut Problems) -> Option<User> {
    let name = problems.needed(form, "name", "The name", limits::NAME_CHARACTERS);
    let login = problems.needed(form, "login", "The login", limits::SLUG_CHARACTERS).to_lowercase();
    let role = Role::ALL.into_iter().find(|role| role.word() == form.text("role"));
    let role = problems.take("role", role.ok_or("Choose what they may do."));
    let email = match form.text("email") {
        "" => Some(String::new()),
        text => problems.take("email", check_address("email", text)),
    };
    let team = reader.directory.teams().find(|team| team.slug == form.text("team"));
    let (role, email) = (role?, email?);
    if !problems.is_empty() {
        return None;
    }
    let id = || reader.engine().maker().id(reader.now());
    let contact = (!email.is_empty()).then(|| ContactMethod {
        id: ContactMethodId::new(id()),
        name: "mail".to_owned(),
        channel: "email".to_owned(),
        address: email.clone(),
        verified_at: None,
    });
    Some(User {
        id: UserId::new(id()),
        slug: login,
        name: name.to_owned(),
        email: email.clone(),
        role,
        time_zone: None,
        teams: team.map(|team| team.id).into_iter().collect(),
        contacts: contact.into_iter().collect(),
        high_urgency: Vec::new(),
        low_urgency: Vec::new(),
        skills: Vec::new(),
        time_off: Vec::new(),
        silent_handovers: false,
        holidays: None,
        suspended: false,
    })
}
