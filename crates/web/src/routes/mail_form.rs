//! The mail server's form, in the set-up and in the settings: try it, then save it.

use allclear_core::directory::{Change, MailSecurity, MailServer, Organisation};
use allclear_engine::{MAIL_PASSWORD, MailTried};
use axum::http::HeaderMap;
use serde::{Deserialize, Serialize};

use super::cookies::TRIED;
use super::form::{Form, Problems};
use super::reader::Reader;
use crate::mail_password;
use crate::pages::{Choice, MailForm, MailTest};
use crate::problem::Problem;

/// Under which name a password is kept that was typed in to try it, and is not saved yet.
const DRAFT: &str = "mail.password.draft";
/// What the signature of [`Tried`] is for.
const PURPOSE: &str = "tried mail";

/// A mail server that took a test mail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Tried {
    server: MailServer,
    to: String,
    took: bool,
}

impl Tried {
    /// What the reader tried last, as their browser keeps it.
    pub(super) fn last(reader: &Reader, headers: &HeaderMap) -> Option<Self> {
        let kept = TRIED.read(headers, reader.app.0.secure)?;
        serde_json::from_str(&reader.engine().key().read_text(PURPOSE, kept)?).ok()
    }

    /// Whether this very server took a mail to that address.
    pub(super) fn reached(&self, server: &MailServer, address: &str) -> bool {
        self.took && self.server == *server && self.to == address
    }

    /// The cookie in which the browser keeps it.
    pub(super) fn cookie(&self, reader: &Reader) -> String {
        let json = serde_json::to_string(self).expect("a mail server has a JSON form");
        TRIED.set(&reader.engine().key().sign_text(PURPOSE, &json), reader.app.0.secure)
    }
}

const SECURITIES: [(MailSecurity, &str, &str); 3] = [
    (MailSecurity::Starttls, "starttls", "STARTTLS"),
    (MailSecurity::Tls, "tls", "TLS"),
    (MailSecurity::None, "none", "None: a server on this machine"),
];

fn securities(chosen: MailSecurity) -> Vec<Choice> {
    SECURITIES.iter().map(|(security, value, label)| Choice::new(*value, *label, *security == chosen)).collect()
}

/// The form as it stands in the settings.
pub(super) async fn stored(reader: &Reader) -> Result<MailForm, Problem> {
    let server = reader.directory.organisation.mail.as_ref();
    let test_to = reader.user.email.clone();
    Ok(match server {
        None => MailForm {
            port: "587".to_owned(),
            securities: securities(MailSecurity::Starttls),
            test_to,
            ..MailForm::default()
        },
        Some(server) => MailForm {
            host: server.host.clone(),
            port: server.port.to_string(),
            securities: securities(server.security),
            username: server.username.clone().unwrap_or_default(),
            has_password: reader.engine().secret(MAIL_PASSWORD).await?.is_some(),
            sender: server.sender.clone(),
            test_to,
            test: None,
            problems: Vec::new(),
        },
    })
}

/// The form as it was typed.
fn typed(form: &Form, has_password: bool) -> MailForm {
    let chosen = SECURITIES.iter().find(|(_, value, _)| *value == form.text("security"));
    MailForm {
        host: form.text("host").to_owned(),
        port: form.text("port").to_owned(),
        securities: securities(chosen.map_or(MailSecurity::Starttls, |(security, ..)| *security)),
        username: form.text("username").to_owned(),
        has_password,
        sender: form.text("sender").to_owned(),
        test_to: form.text("test_to").to_owned(),
        test: None,
        problems: Vec::new(),
    }
}

fn server(form: &Form, problems: &mut Problems) -> Option<MailServer> {
    let host = problems.needed(form, "host", "The server", 253).to_owned();
    let port = form.text("port");
    let read = port.parse::<u16>().ok().filter(|port| *port > 0);
    let port = problems.take("port", read.ok_or(format!("`{port}` is not a port; 587 and 465 are usual.")));
    let chosen = SECURITIES.iter().find(|(_, value, _)| *value == form.text("security"));
    let security = problems.take("security", chosen.ok_or("Choose how the connection is protected."));
    let sender = problems.needed(form, "sender", "The sender", 320).to_owned();
    let username = Some(form.text("username").to_owned()).filter(|username| !username.is_empty());
    let (port, (security, ..)) = (port?, security?);
    problems.is_empty().then_some(MailServer { host, port, security: *security, username, sender })
}

/// What came of the form.
pub(super) enum Sent {
    /// It is shown again: it was refused, or a test mail was sent, and the browser is to remember to where.
    Again(Box<MailForm>, Option<Tried>),
    /// It is saved.
    Saved(MailServer),
}

/// Tries or saves what was typed.
pub(super) async fn take(reader: &Reader, headers: &HeaderMap, form: &Form) -> Result<Sent, Problem> {
    let engine = reader.engine();
    let last = Tried::last(reader, headers);
    let typed_password = Some(form.raw("password").to_owned()).filter(|password| !password.is_empty());
    let mut problems = Problems::default();
    let Some(server) = server(form, &mut problems) else {
        let again = MailForm { problems: problems.into_list(), ..typed(form, typed_password.is_some()) };
        return Ok(Sent::Again(Box::new(again), None));
    };
    let password = match typed_password.clone() {
        Some(password) => Some(password),
        None => kept(reader, last.as_ref(), &server).await?,
    };
    let password = password.filter(|_| server.username.is_some());
    if form.text("action") == "test" {
        if let Some(password) = &typed_password {
            engine.keep_secret(DRAFT, password).await?;
        }
        let has_password = password.is_some();
        let to = form.text("test_to");
        let (test, took) = tried(engine.try_mail(server.clone(), password, to).await, to);
        let again = MailForm { test: Some(test), ..typed(form, has_password) };
        return Ok(Sent::Again(Box::new(again), Some(Tried { server, to: to.to_owned(), took })));
    }
    engine
        .configure(reader.actor(), |directory| {
            let organisation = Organisation { mail: Some(server.clone()), ..(*directory.organisation).clone() };
            Ok(vec![Change::Organisation(organisation)])
        })
        .await?;
    // After the server: the password of another one goes when it does.
    mail_password::set(engine, reader.actor(), password.as_deref()).await?;
    engine.forget_secret(DRAFT).await?;
    Ok(Sent::Saved(server))
}

/// The password that was typed before for this very server: to try it, as long as the browser remembers the trial, or
/// to keep it. Another server must not see it.
async fn kept(reader: &Reader, last: Option<&Tried>, server: &MailServer) -> Result<Option<String>, Problem> {
    let engine = reader.engine();
    if last.is_some_and(|last| last.server.shares_password_with(server))
        && let Some(draft) = engine.secret(DRAFT).await?
    {
        return Ok(Some(draft));
    }
    let known = reader.directory.organisation.mail.as_ref();
    match known.filter(|known| known.shares_password_with(server)) {
        Some(_) => Ok(engine.secret(MAIL_PASSWORD).await?),
        None => Ok(None),
    }
}

fn tried(tried: MailTried, to: &str) -> (MailTest, bool) {
    match tried {
        MailTried::Accepted { answer } => (MailTest::Accepted { to: to.to_owned(), answer }, true),
        MailTried::Failed { message, remedy } => (MailTest::Failed { message, remedy }, false),
    }
}
