//! Sends mail through the organisation's mail server.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use allclear_channels::{Failure, Mail, Mailbox, WireReply};
use allclear_core::directory::MailSecurity;
use allclear_engine::host::MailRoute;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{MultiPart, SinglePart};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::{self, AsyncSmtpTransportBuilder, PoolConfig};
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};

type Transport = AsyncSmtpTransport<Tokio1Executor>;

const TIMEOUT: Duration = Duration::from_secs(30);
/// How long a greeting may take.
const GREETING: Duration = Duration::from_secs(10);

/// Keeps connections to the mail server open between mails.
#[derive(Default)]
pub(super) struct MailSender {
    transport: Mutex<Option<(MailRoute, Transport)>>,
}

impl MailSender {
    pub(super) async fn send(&self, mail: &Mail, route: Option<MailRoute>) -> WireReply {
        let Some(route) = route else {
            return failed(Failure::Refused, "no mail server is set up".to_owned(), false);
        };
        let message = match assemble(mail) {
            Ok(message) => message,
            // The address is at fault, so this is final: a reply of the kind that a mail server would give.
            Err(error) => return WireReply::Mail { code: 553, text: error.to_string() },
        };
        let transport = match self.transport(route) {
            Ok(transport) => transport,
            Err(error) => return classify(&error),
        };
        match transport.send(message).await {
            Ok(response) => {
                let text = response.message().collect::<Vec<_>>().join(" ");
                WireReply::Mail { code: response.code().into(), text }
            }
            Err(error) => classify(&error),
        }
    }

    fn transport(&self, route: MailRoute) -> Result<Transport, smtp::Error> {
        let mut kept = self.transport.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((known, transport)) = &*kept
            && *known == route
        {
            return Ok(transport.clone());
        }
        let pool = PoolConfig::new().max_size(8).idle_timeout(Duration::from_secs(60));
        let transport = builder(&route)?.timeout(Some(TIMEOUT)).pool_config(pool).build();
        *kept = Some((route.clone(), transport.clone()));
        Ok(transport)
    }
}

fn builder(route: &MailRoute) -> Result<AsyncSmtpTransportBuilder, smtp::Error> {
    let server = &route.server;
    let mut builder = match server.security {
        MailSecurity::Starttls => Transport::starttls_relay(&server.host)?,
        MailSecurity::Tls => Transport::relay(&server.host)?,
        MailSecurity::None => Transport::builder_dangerous(&server.host),
    };
    if let (Some(username), Some(password)) = (&server.username, &route.password) {
        builder = builder.credentials(Credentials::new(username.clone(), password.expose().to_owned()));
    }
    Ok(builder.port(server.port))
}

/// Whether the mail server lets us in; nothing is sent. Else what it said, or what happened.
pub(crate) async fn greet(route: MailRoute) -> Result<(), String> {
    let builder = builder(&route).map_err(|error| causes(&error))?;
    let transport: Transport = builder.timeout(Some(GREETING)).build();
    match transport.test_connection().await {
        Ok(true) => Ok(()),
        Ok(false) => Err("it greets, and then does not answer".to_owned()),
        Err(error) => Err(causes(&error)),
    }
}

fn mailbox(mailbox: &Mailbox) -> anyhow::Result<lettre::message::Mailbox> {
    let name = (!mailbox.name.is_empty()).then(|| mailbox.name.clone());
    Ok(lettre::message::Mailbox::new(name, mailbox.address.parse()?))
}

fn assemble(mail: &Mail) -> anyhow::Result<Message> {
    let date = std::time::SystemTime::from(mail.date);
    let mut builder = Message::builder()
        .date(date)
        .from(mailbox(&mail.from)?)
        .to(mailbox(&mail.to)?)
        .subject(&mail.subject)
        .message_id(Some(mail.message_id.clone()));
    if let Some(reply_to) = &mail.reply_to {
        builder = builder.reply_to(mailbox(reply_to)?);
    }
    if let Some(parent) = &mail.in_reply_to {
        builder = builder.in_reply_to(parent.clone());
    }
    if !mail.references.is_empty() {
        builder = builder.references(mail.references.join(" "));
    }
    for (name, value) in &mail.headers {
        let name = HeaderName::new_from_ascii((*name).to_owned())?;
        builder = builder.raw_header(HeaderValue::new(name, value.clone()));
    }
    let parts = MultiPart::alternative()
        .singlepart(SinglePart::plain(mail.text.clone()))
        .singlepart(SinglePart::html(mail.html.clone()));
    Ok(builder.multipart(parts)?)
}

fn failed(kind: Failure, text: String, maybe_delivered: bool) -> WireReply {
    WireReply::Failed { kind, text, maybe_delivered }
}

fn classify(error: &smtp::Error) -> WireReply {
    let said = causes(error);
    if let Some(code) = error.status() {
        return WireReply::Mail { code: code.into(), text: said };
    }
    if error.is_timeout() {
        // Whether the server had the whole mail by then, nobody knows.
        failed(Failure::Timeout, said, true)
    } else if error.is_tls() {
        failed(Failure::Tls, said, false)
    } else if said.contains("lookup") || said.contains("resolve") {
        failed(Failure::Dns, said, false)
    } else if said.contains("refused") {
        failed(Failure::Refused, said, false)
    } else {
        failed(Failure::Closed, said, true)
    }
}

fn causes(error: &smtp::Error) -> String {
    let mut said = error.to_string();
    let mut next = std::error::Error::source(error);
    while let Some(cause) = next {
        said = cause.to_string();
        next = cause.source();
    }
    said
}
