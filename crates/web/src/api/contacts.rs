//! One's own contact methods: adding, proving that they are one's own, trying them.

use allclear_core::access::Permission;
use allclear_core::directory::{ContactMethod, User};
use allclear_core::id::{ContactMethodId, DeliveryId};
use allclear_core::limits;
use allclear_engine::{Verified, check_address};
use allclear_store::deliveries::Purpose;
use axum::Json;
use axum::extract::Path;
use axum::http::StatusCode;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::routes;

use super::Api;
use super::extract::{Asker, Body, missing, text};
use super::me::change_user;
use crate::gate::Access::May;
use crate::problem::Problem;

pub(super) fn mount(api: Api) -> Api {
    let own = May(Permission::ManageOwnContacts);
    api.on(own, routes!(list_contacts))
        .on(own, routes!(add_contact))
        .on(own, routes!(remove_contact))
        .on(own, routes!(send_code))
        .on(own, routes!(verify_contact))
        .on(own, routes!(test_contact))
}

/// All contact methods of a person.
#[derive(Debug, Serialize, ToSchema)]
struct Contacts {
    /// In the order in which they were added.
    items: Vec<ContactView>,
}

/// One way of reaching a person.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ContactMethod)]
struct ContactView {
    /// Its identity.
    #[schema(value_type = String, example = "con_01jd8xq0e3f4sbz2k9v7m6n5pw")]
    id: ContactMethodId,
    /// What its owner calls it.
    name: String,
    /// By which channel.
    channel: String,
    /// Where.
    address: String,
    /// When its owner gave the code back that was sent there. Nothing is paged to an unverified one.
    verified_at: Option<Timestamp>,
    /// The secret with which messages to a webhook are signed (Standard Webhooks).
    #[serde(skip_serializing_if = "Option::is_none")]
    signing_secret: Option<String>,
}

impl ContactView {
    fn of(asker: &Asker, contact: &ContactMethod) -> Self {
        let is_signed = contact.channel == "webhook";
        Self {
            id: contact.id,
            name: contact.name.clone(),
            channel: contact.channel.clone(),
            address: contact.address.clone(),
            verified_at: contact.verified_at,
            signing_secret: is_signed.then(|| asker.engine().key().webhook_secret(contact.id)),
        }
    }
}

/// A message that is on its way.
#[derive(Debug, Serialize, ToSchema)]
struct Sent {
    /// The delivery: ask for it to see what became of it.
    #[schema(value_type = String)]
    delivery: DeliveryId,
}

/// List your contact methods
#[utoipa::path(
    get, path = "/api/v1/me/contacts", tag = "Me", operation_id = "listContacts",
    responses((status = 200, description = "Your contact methods.", body = Contacts))
)]
async fn list_contacts(asker: Asker) -> Result<Json<Contacts>, Problem> {
    let user = asker.person()?;
    Ok(Json(Contacts { items: user.contacts.iter().map(|contact| ContactView::of(&asker, contact)).collect() }))
}

/// A contact method to be added.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewContact {
    /// What to call it; the channel's name where left out.
    name: Option<String>,
    /// By which channel: `email`, `webhook`.
    #[schema(example = "email")]
    channel: String,
    /// Where.
    #[schema(example = "ana@example.com")]
    address: String,
}

/// Add a contact method
///
/// A code is sent there; once you have given it back, pages go there, too.
#[utoipa::path(
    post, path = "/api/v1/me/contacts", tag = "Me", operation_id = "addContact", request_body = NewContact,
    responses((status = 201, description = "The contact method.", body = ContactView))
)]
async fn add_contact(asker: Asker, Body(new): Body<NewContact>) -> Result<(StatusCode, Json<ContactView>), Problem> {
    let id = ContactMethodId::new(asker.engine().maker().id(asker.now()));
    if !allclear_engine::ways_to_reach().any(|way| way.name == new.channel) {
        let known: Vec<&str> = allclear_engine::ways_to_reach().map(|way| way.name).collect();
        let shown: String = new.channel.chars().take(60).collect();
        return Err(Problem::field("channel", format!("`{shown}` is not a channel; use one of {}", known.join(", "))));
    }
    let address = check_address(&new.channel, &new.address).map_err(|message| Problem::field("address", message))?;
    let name = text("name", new.name.as_deref().unwrap_or(&new.channel), limits::NAME_CHARACTERS)?;
    may_send(&asker)?;
    let edit = |user: &mut User| {
        if user.contacts.iter().any(|contact| contact.name == name) {
            let message = format!("you have a contact method `{name}` already; choose another name");
            return Err(Problem::field("name", message));
        }
        let (name, channel, address) = (name.clone(), new.channel.clone(), address.clone());
        user.contacts.push(ContactMethod { id, name, channel, address, verified_at: None });
        Ok(())
    };
    let (_, user) = change_user(&asker, edit).await?;
    asker.engine().send_code(user.id, id).await?;
    let contact = user.contact(id).ok_or_else(|| missing("contact method", id))?;
    Ok((StatusCode::CREATED, Json(ContactView::of(&asker, contact))))
}

/// What we send to an address that nobody has proved to be theirs must not become a nuisance to somebody else.
fn may_send(asker: &Asker) -> Result<(), Problem> {
    asker.app.admit_code(asker.now(), asker.person()?.id).map_err(Problem::too_many)
}

fn find<'a>(asker: &'a Asker, text: &str) -> Result<(&'a User, &'a ContactMethod), Problem> {
    let user = asker.person()?;
    let id = text.parse::<ContactMethodId>().ok();
    let contact = id.and_then(|id| user.contact(id)).ok_or_else(|| missing("contact method of yours", text))?;
    Ok((user, contact))
}

/// Remove a contact method
///
/// The notification rules that name it go with it.
#[utoipa::path(
    delete, path = "/api/v1/me/contacts/{contact}", tag = "Me", operation_id = "removeContact",
    params(("contact" = String, Path, description = "`con_…`")),
    responses((status = 204, description = "It is gone."))
)]
async fn remove_contact(asker: Asker, Path(contact): Path<String>) -> Result<StatusCode, Problem> {
    let gone = find(&asker, &contact)?.1.id;
    let edit = |user: &mut User| {
        user.contacts.retain(|contact| contact.id != gone);
        user.high_urgency.retain(|rung| rung.contact != gone);
        user.low_urgency.retain(|rung| rung.contact != gone);
        Ok(())
    };
    change_user(&asker, edit).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Send a code to a contact method
///
/// In the place of the one before.
#[utoipa::path(
    post, path = "/api/v1/me/contacts/{contact}/codes", tag = "Me", operation_id = "sendCode",
    params(("contact" = String, Path, description = "`con_…`")),
    responses((status = 202, description = "It is on its way.", body = Sent))
)]
async fn send_code(asker: Asker, Path(contact): Path<String>) -> Result<(StatusCode, Json<Sent>), Problem> {
    let (user, method) = find(&asker, &contact)?;
    may_send(&asker)?;
    let delivery = asker.engine().send_code(user.id, method.id).await?;
    let delivery = delivery.ok_or_else(|| missing("contact method of yours", &contact))?;
    Ok((StatusCode::ACCEPTED, Json(Sent { delivery })))
}

/// The code that was sent.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Verification)]
struct CodeRequest {
    /// Its six digits.
    #[schema(example = "042917")]
    code: String,
}

/// Verify a contact method
///
/// By the code that was sent there.
#[utoipa::path(
    put, path = "/api/v1/me/contacts/{contact}/verification", tag = "Me", operation_id = "verifyContact",
    params(("contact" = String, Path, description = "`con_…`")), request_body = CodeRequest,
    responses((status = 200, description = "The contact method, verified.", body = ContactView),
              (status = 409, description = "There is no code to compare it with.", body = Problem))
)]
async fn verify_contact(
    asker: Asker,
    Path(contact): Path<String>,
    Body(CodeRequest { code }): Body<CodeRequest>,
) -> Result<Json<ContactView>, Problem> {
    let (user, method) = find(&asker, &contact)?;
    let code: String = code.chars().filter(char::is_ascii_digit).collect();
    match asker.engine().verify(asker.actor(), user.id, method.id, &code).await? {
        Verified::Yes => {}
        Verified::Wrong { left } => {
            return Err(Problem::field("code", format!("that is not the code that was sent; {left} tries are left")));
        }
        Verified::NoCode => {
            let detail =
                "There is no code to compare it with: it is too old, or was tried too often. Send another one.";
            return Err(Problem::conflict(detail));
        }
    }
    let directory = asker.engine().directory();
    let verified = directory.user(user.id).and_then(|user| user.contact(method.id));
    let verified = verified.ok_or_else(|| missing("contact method of yours", &contact))?;
    Ok(Json(ContactView::of(&asker, verified)))
}

/// Send a test page
///
/// To a verified contact method, so that you see that it works.
#[utoipa::path(
    post, path = "/api/v1/me/contacts/{contact}/tests", tag = "Me", operation_id = "testContact",
    params(("contact" = String, Path, description = "`con_…`")),
    responses((status = 202, description = "It is on its way.", body = Sent),
              (status = 409, description = "It is not verified.", body = Problem))
)]
async fn test_contact(asker: Asker, Path(contact): Path<String>) -> Result<(StatusCode, Json<Sent>), Problem> {
    let (user, method) = find(&asker, &contact)?;
    if method.verified_at.is_none() {
        return Err(Problem::conflict("It is not verified, so no pages go there. Give the code back first."));
    }
    may_send(&asker)?;
    let delivery = asker.engine().send(user.id, method.id, Purpose::Test).await?;
    let delivery = delivery.ok_or_else(|| missing("contact method of yours", &contact))?;
    Ok((StatusCode::ACCEPTED, Json(Sent { delivery })))
}
