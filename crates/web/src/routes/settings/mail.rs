//! `/settings/mail`

use axum::http::HeaderMap;

use super::super::flash::Flash;
use super::super::form::Form;
use super::super::mail_form::{self, Sent};
use super::super::reader::Reader;
use super::super::reply::{Reply, with_cookie};
use crate::pages::{Section, SettingsMailPage};

/// The page.
pub(in crate::routes) async fn mail(reader: Reader) -> Reply {
    let mail = mail_form::stored(&reader).await?;
    let shell = reader.shell("Settings", Section::Settings).await?;
    reader.show(&SettingsMailPage { shell, mail })
}

/// The form.
pub(in crate::routes) async fn save_mail(reader: Reader, headers: HeaderMap, form: Form) -> Reply {
    match mail_form::take(&reader, &headers, &form).await? {
        Sent::Again(mail, tried) => {
            let page = SettingsMailPage { shell: reader.shell("Settings", Section::Settings).await?, mail: *mail };
            let response = if tried.is_some() { reader.show(&page)? } else { reader.refuse(&page)? };
            Ok(match tried {
                Some(tried) => with_cookie(response, &tried.cookie(&reader)),
                None => response,
            })
        }
        Sent::Saved(server) => {
            let text = format!("Mail leaves through {} from now on.", server.host);
            Ok(reader.go_saying("/settings/mail", &Flash::good(text)))
        }
    }
}
