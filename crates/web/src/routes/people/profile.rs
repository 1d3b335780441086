//! Name, mail address, time zone, role, password, and whether somebody has left.

use allclear_core::access::UserPart;
use allclear_core::directory::{Role, User};
use allclear_core::holiday::Region;
use allclear_core::limits;
use allclear_core::zone::Zone;
use allclear_engine::check_address;
use allclear_store::passwords;
use axum::extract::Path;

use super::super::flash::Flash;
use super::super::form::{Form, Problems};
use super::super::password;
use super::super::reader::Reader;
use super::super::reply::Reply;
use super::super::saved::{Saved, change_person, must_be_saved};
use super::one;
use crate::auth::{Door, set_password, verify_password};
use crate::problem::Problem;

/// What was typed.
struct Typed {
    name: String,
    email: String,
    time_zone: Option<Zone>,
    role: Option<Role>,
    holidays: Option<Region>,
    skills: Vec<String>,
}

impl Typed {
    fn of(form: &Form, problems: &mut Problems) -> Option<Self> {
        let name = problems.needed(form, "name", "The name", limits::NAME_CHARACTERS).to_owned();
        let email = match form.text("email") {
            "" => Some(String::new()),
            text => problems.take("email", check_address("email", text)),
        };
        let time_zone = match form.text("time_zone") {
            "" => Some(None),
            text => problems.take("time_zone", text.parse::<Zone>()).map(Some),
        };
        let holidays = match form.text("holidays") {
            "" => Some(None),
            text => problems.take("holidays", text.parse::<Region>()).map(Some),
        };
        let role = Role::ALL.into_iter().find(|role| role.word() == form.text("role"));
        let skills = form.text("skills").split([',', ' ']).filter(|skill| !skill.is_empty());
        let skills = skills.map(str::to_lowercase).collect();
        let (email, time_zone, holidays) = (email?, time_zone?, holidays?);
        problems.is_empty().then_some(Self { name, email, time_zone, role, holidays, skills })
    }
}

/// The form.
pub(in crate::routes) async fn save(reader: Reader, Path(slug): Path<String>, form: Form) -> Reply {
    let person = super::find_to_change(&reader, &slug, UserPart::Profile)?;
    let mut problems = Problems::default();
    let Some(typed) = Typed::of(&form, &mut problems) else {
        let page = one::page(&reader, &as_typed(person, &form), problems.into_list()).await?;
        return reader.refuse(&page);
    };
    let changes_role = typed.role.is_some_and(|role| role != person.role);
    if changes_role
        && (person.id == reader.user.id || super::find_to_change(&reader, &slug, UserPart::Standing).is_err())
    {
        return Err(form.keep(Problem::forbidden("change this role")));
    }
    let saved = change_person(&reader, &form, person.id, |person| {
        person.name.clone_from(&typed.name);
        person.email.clone_from(&typed.email);
        person.time_zone.clone_from(&typed.time_zone);
        person.holidays.clone_from(&typed.holidays);
        person.role = typed.role.unwrap_or(person.role);
        person.skills.clone_from(&typed.skills);
        match form.text("handovers") {
            "no" => person.silent_handovers = true,
            "yes" => person.silent_handovers = false,
            _ => {}
        }
    });
    match saved.await? {
        Saved::Yes => Ok(reader.go_saying(&format!("/people/{slug}"), &Flash::good("Saved."))),
        Saved::Refused(problems) => {
            let page = one::page(&reader, &as_typed(person, &form), problems).await?;
            reader.refuse(&page)
        }
    }
}

/// The person with what was typed, to be shown again.
fn as_typed(person: &User, form: &Form) -> User {
    let skills = vec![form.text("skills").to_owned()].into_iter().filter(|skills| !skills.is_empty()).collect();
    User { name: form.text("name").to_owned(), email: form.text("email").to_owned(), skills, ..person.clone() }
}

/// Another password; all other sessions end.
pub(in crate::routes) async fn change_password(reader: Reader, Path(slug): Path<String>, form: Form) -> Reply {
    let person = super::find(&reader, &slug)?;
    if person.id != reader.user.id {
        return Err(Problem::forbidden("change somebody else's password"));
    }
    let (engine, user) = (reader.engine(), person.id);
    // Guessing the present password here is limited as it is at the door.
    if let Err(seconds) = reader.app.admit_password(reader.now(), &slug) {
        return Err(Problem::too_many(seconds));
    }
    let read = engine.database().read(user, |user, tx| Box::pin(async move { passwords::get(tx, *user).await }));
    let hash = read.await?.map(|password| password.hash);
    let mut problems = Problems::default();
    if !verify_password(form.raw("old").to_owned(), hash).await {
        problems.add("old", "The present password is another one. Type it again.");
    }
    password::check(&form, "new", person, &mut problems);
    if !problems.is_empty() {
        let page = one::page(&reader, person, problems.into_list()).await?;
        return reader.refuse(&page);
    }
    let keep = match &reader.visitor.door {
        Door::Session { id, .. } => Some(*id),
        Door::Token { .. } => None,
    };
    set_password(engine, reader.actor(), user, form.raw("new").to_owned(), keep).await?;
    Ok(reader.go_saying(
        &format!("/people/{slug}"),
        &Flash::good("You have another password. All your other sessions have ended."),
    ))
}

/// Somebody has left.
pub(in crate::routes) async fn suspend(reader: Reader, Path(slug): Path<String>, form: Form) -> Reply {
    let person = super::find_to_change(&reader, &slug, UserPart::Standing)?;
    if person.id == reader.user.id {
        return Err(Problem::forbidden("leave by yourself"));
    }
    must_be_saved(change_person(&reader, &form, person.id, |person| person.suspended = true).await?, &form)?;
    let flash = Flash::good(format!("{} has left, and is never paged.", person.name)).with_undo(
        format!("/people/{slug}/restore"),
        "Bring back",
        Vec::new(),
    );
    Ok(reader.go_saying(&format!("/people/{slug}"), &flash))
}

/// Somebody is back.
pub(in crate::routes) async fn restore(reader: Reader, Path(slug): Path<String>, form: Form) -> Reply {
    let person = super::find_to_change(&reader, &slug, UserPart::Standing)?;
    must_be_saved(change_person(&reader, &form, person.id, |person| person.suspended = false).await?, &form)?;
    Ok(reader.go_saying(&format!("/people/{slug}"), &Flash::good(format!("{} is back.", person.name))))
}
