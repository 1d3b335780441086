//! Sends mail through the organisation's mail server.

use allclear_channels::{Failure, Mail, Mailbox, WireReply};
use allclear_engine::host::MailRoute;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Message, MultiPart, SinglePart};

use super::mail_server::{self, Connections, Trouble};

/// Sends mail over connections that stay open between mails.
#[derive(Default)]
pub(super) struct MailSender {
    connections: Connections,
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
        match self.connections.send(&route, &message).await {
            Ok(response) => {
                let text = response.message().collect::<Vec<_>>().join(" ");
                WireReply::Mail { code: response.code().into(), text }
            }
            Err(trouble) => classify(&trouble),
        }
    }
}

/// Whether the mail server lets us in; nothing is sent. Else what it said, or what happened.
pub(crate) async fn greet(route: MailRoute) -> Result<(), String> {
    mail_server::greet(&route).await.map_err(|trouble| trouble.to_string())
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

fn classify(trouble: &Trouble) -> WireReply {
    let said = trouble.to_string();
    let (kind, maybe_delivered) = match trouble {
        Trouble::Connect(_) if said.contains("lookup") => (Failure::Dns, false),
        Trouble::Connect(error) if error.kind() == std::io::ErrorKind::ConnectionRefused => (Failure::Refused, false),
        Trouble::Connect(_) => (Failure::Closed, false),
        Trouble::Slow { begun } => (Failure::Timeout, *begun),
        Trouble::Smtp { error, begun } => match error.status() {
            Some(code) => return WireReply::Mail { code: code.into(), text: said },
            None if error.is_tls() => (Failure::Tls, false),
            None => (Failure::Closed, *begun),
        },
    };
    failed(kind, said, maybe_delivered)
}
