//! The second step: the mail server.

use axum::http::HeaderMap;

use super::super::form::Form;
use super::super::mail_form::{self, Sent, Tried};
use super::super::reader::Reader;
use super::super::reply::{Reply, go, with_cookie};
use crate::pages::SetupMailPage;
use crate::problem::Problem;

/// The page.
pub(in crate::routes) async fn mail(reader: Reader) -> Reply {
    reader.show(&SetupMailPage { csrf: reader.visitor.csrf().to_owned(), mail: mail_form::stored(&reader).await? })
}

/// The form.
pub(in crate::routes) async fn save_mail(reader: Reader, headers: HeaderMap, form: Form) -> Reply {
    if form.text("action") == "skip" {
        return Ok(go("/setup/service"));
    }
    match mail_form::take(&reader, &headers, &form).await? {
        Sent::Again(mail, tried) => {
            let page = SetupMailPage { csrf: reader.visitor.csrf().to_owned(), mail: *mail };
            let response = if tried.is_some() { reader.show(&page)? } else { reader.refuse(&page)? };
            Ok(match tried {
                Some(tried) => with_cookie(response, &tried.cookie(&reader)),
                None => response,
            })
        }
        Sent::Saved(server) => {
            verify(&reader, |address| {
                Tried::last(&reader, &headers).is_some_and(|tried| tried.reached(&server, address))
            })
            .await?;
            Ok(go("/setup/service"))
        }
    }
}

/// Whoever went on after the server had taken a test mail to their own address has seen the page ask whether it
/// arrived. All others get a code.
async fn verify(reader: &Reader, reached: impl Fn(&str) -> bool) -> Result<(), Problem> {
    let (engine, user) = (reader.engine(), &reader.user);
    for contact in user.contacts.iter().filter(|contact| contact.channel == "email" && contact.verified_at.is_none()) {
        if reached(&contact.address) {
            engine.take_as_verified(reader.actor(), user.id, contact.id).await?;
        } else {
            engine.send_code(user.id, contact.id).await?;
        }
    }
    Ok(())
}
