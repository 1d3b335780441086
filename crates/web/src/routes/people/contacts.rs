//! Contact methods: added, proved by a code, tried, removed.

use allclear_core::access::UserPart;
use allclear_core::directory::{ContactMethod, User};
use allclear_core::id::ContactMethodId;
use allclear_core::limits;
use allclear_engine::{Verified, check_address};
use allclear_store::deliveries::Purpose;
use axum::extract::Path;

use super::super::flash::Flash;
use super::super::form::{Form, Problems};
use super::super::reader::Reader;
use super::super::reply::Reply;
use super::super::saved::{Saved, change_person, must_be_saved};
use super::one;
use crate::problem::Problem;

/// The contact method of that identity.
fn contact<'u>(person: &'u User, id: &str) -> Result<&'u ContactMethod, Problem> {
    let id: Option<ContactMethodId> = id.parse().ok();
    id.and_then(|id| person.contact(id)).ok_or_else(|| Problem::not_found("contact method"))
}

/// Adds one, and sends a code there.
pub(in crate::routes) async fn add_contact(reader: Reader, Path(slug): Path<String>, form: Form) -> Reply {
    let person = super::find_to_change(&reader, &slug, UserPart::Contacts)?;
    let mut problems = Problems::default();
    let channel = form.text("channel").to_owned();
    let address = problems.take("address", check_address(&channel, form.text("address")));
    let name = problems.at_most(&form, "contact-name", "The name", limits::NAME_CHARACTERS);
    let name = if name.is_empty() { channel.clone() } else { name.to_owned() };
    let (Some(address), true) = (address, problems.is_empty()) else {
        let page = one::page(&reader, person, problems.into_list()).await?;
        return reader.refuse(&page);
    };
    may_send_code(&reader)?;
    let id = ContactMethodId::new(reader.engine().maker().id(reader.now()));
    let added = ContactMethod { id, name, channel, address, verified_at: None };
    match change_person(&reader, &form, person.id, |person| person.contacts.push(added.clone())).await? {
        Saved::Yes => {
            reader.engine().send_code(person.id, id).await?;
            let flash = Flash::good("It is added, and a code is on its way there. Type it in below.");
            Ok(reader.go_saying(&format!("/people/{slug}"), &flash))
        }
        Saved::Refused(problems) => {
            let page = one::page(&reader, person, problems).await?;
            reader.refuse(&page)
        }
    }
}

/// Sends another code.
pub(in crate::routes) async fn send_code(reader: Reader, Path((slug, id)): Path<(String, String)>, _: Form) -> Reply {
    let person = super::find_to_change(&reader, &slug, UserPart::Contacts)?;
    let contact = contact(person, &id)?;
    may_send_code(&reader)?;
    may_send(&reader, contact.id)?;
    reader.engine().send_code(person.id, contact.id).await?;
    let flash = Flash::good(format!("A code is on its way to {}. It counts for 15 minutes.", contact.name));
    Ok(reader.go_saying(&format!("/people/{slug}"), &flash))
}

/// What we send to an address that nobody has proved to be theirs must not become a nuisance to somebody else: whoever
/// adds and removes one again and again is stopped, here and at the API alike.
fn may_send_code(reader: &Reader) -> Result<(), Problem> {
    reader.app.admit_code(reader.now(), reader.user.id).map_err(Problem::too_many)
}

/// Messages by hand are limited, so that nobody floods a mailbox with them.
fn may_send(reader: &Reader, contact: ContactMethodId) -> Result<(), Problem> {
    let limit = &reader.app.0.sign_in_limit;
    limit.admit(reader.now(), format!("contact {contact}")).map_err(Problem::too_many)
}

/// Takes the code that was typed in.
pub(in crate::routes) async fn verify(reader: Reader, Path((slug, id)): Path<(String, String)>, form: Form) -> Reply {
    // Only its owner can prove that a contact method is theirs, not even an admin for them.
    let person = super::find(&reader, &slug)?;
    if person.id != reader.user.id {
        return Err(Problem::forbidden("verify somebody else's contact method"));
    }
    let contact = contact(person, &id)?;
    let code: String = form.text("code").chars().filter(char::is_ascii_digit).collect();
    let verified = reader.engine().verify(reader.actor(), person.id, contact.id, &code).await?;
    let name = &contact.name;
    let flash = match verified {
        Verified::Yes => Flash::good(format!("{name} is verified: pages go there.")),
        Verified::Wrong { left: 0 } => Flash::bad("That is not the code, and it was the last try. Send another code."),
        Verified::Wrong { left: 1 } => Flash::bad("That is not the code. One more try."),
        Verified::Wrong { left } => Flash::bad(format!("That is not the code. {left} more tries.")),
        Verified::NoCode => Flash::bad("There is no code to compare it with any more. Send another one."),
    };
    Ok(reader.go_saying(&format!("/people/{slug}"), &flash))
}

/// Sends a test message to one.
pub(in crate::routes) async fn test_contact(
    reader: Reader,
    Path((slug, id)): Path<(String, String)>,
    _: Form,
) -> Reply {
    let person = super::find_to_change(&reader, &slug, UserPart::Contacts)?;
    let contact = contact(person, &id)?;
    may_send(&reader, contact.id)?;
    send_test(&reader, person, &[contact]).await?;
    let flash = Flash::good(format!("A test message is on its way to {}.", contact.name));
    Ok(reader.go_saying(&format!("/people/{slug}"), &flash))
}

/// Sends a test page: to every verified contact method.
pub(in crate::routes) async fn test_page(reader: Reader, Path(slug): Path<String>, _: Form) -> Reply {
    let person = super::find_to_change(&reader, &slug, UserPart::Contacts)?;
    let verified: Vec<&ContactMethod> = person.contacts.iter().filter(|one| one.verified_at.is_some()).collect();
    let back = format!("/people/{slug}");
    let Some(first) = verified.first() else {
        return Ok(reader.go_saying(&back, &Flash::bad("No contact method is verified, so nothing can be sent.")));
    };
    may_send(&reader, first.id)?;
    send_test(&reader, person, &verified).await?;
    let names: Vec<&str> = verified.iter().map(|contact| contact.name.as_str()).collect();
    Ok(reader.go_saying(&back, &Flash::good(format!("A test page is on its way to {}.", names.join(", ")))))
}

async fn send_test(reader: &Reader, person: &User, contacts: &[&ContactMethod]) -> Result<(), Problem> {
    for contact in contacts {
        reader.engine().send(person.id, contact.id, Purpose::Test).await?;
    }
    Ok(())
}

/// Removes one, with the rules that name it.
pub(in crate::routes) async fn remove_contact(
    reader: Reader,
    Path((slug, id)): Path<(String, String)>,
    form: Form,
) -> Reply {
    let person = super::find_to_change(&reader, &slug, UserPart::Contacts)?;
    let contact = contact(person, &id)?;
    let id = contact.id;
    let saved = change_person(&reader, &form, person.id, |person| {
        person.contacts.retain(|one| one.id != id);
        person.high_urgency.retain(|rung| rung.contact != id);
        person.low_urgency.retain(|rung| rung.contact != id);
    });
    must_be_saved(saved.await?, &form)?;
    Ok(reader.go_saying(&format!("/people/{slug}"), &Flash::good(format!("{} is removed.", contact.name))))
}
