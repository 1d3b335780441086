//! Sends mail through the organisation's mail server.

use allclear_channels::{Failure, Mail, Mailbox, WireReply};
use allclear_engine::host::MailRoute;
use anyhow::Context as _;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Message, MultiPart, SinglePart};

use super::mail_server::{Connections, NotSent};
use super::smtp::{self, Trouble};

/// Sends mail over connections that stay open between mails.
#[derive(Default)]
pub(super) struct MailSender {
    connections: Connections,
}

impl MailSender {
    pub(super) async fn send(&self, mail: &Mail, route: Option<MailRoute>) -> WireReply {
        let Some(route) = route else {
            return failed(Failure::NotSetUp, "there is no mail server in the settings".to_owned(), false);
        };
        let message = match assemble(mail) {
            Ok(message) => message,
            // The address is at fault, so this is final: a reply of the kind that a mail server would give.
            Err(error) => return WireReply::Mail { code: 553, text: error.to_string() },
        };
        match self.connections.send(&route, &message).await {
            Ok(response) => WireReply::Mail { code: response.code().into(), text: smtp::text(&response) },
            Err(not_sent) => classify(&not_sent),
        }
    }
}

/// Whether the mail server lets us in; nothing is sent. Else what it said, or what happened.
pub(crate) async fn greet(route: MailRoute) -> Result<(), String> {
    Connections::default().greet(&route).await.map_err(|trouble| trouble.to_string())
}

fn mailbox(mailbox: &Mailbox) -> anyhow::Result<lettre::message::Mailbox> {
    let name = (!mailbox.name.is_empty()).then(|| mailbox.name.clone());
    Ok(lettre::message::Mailbox::new(name, ascii_host(&mailbox.address)?.parse()?))
}

/// The address with its host as mail servers know it (RFC 5891): not all of them take any other.
fn ascii_host(address: &str) -> anyhow::Result<String> {
    let (local, host) = address.rsplit_once('@').context("an address has an @ in it")?;
    Ok(format!("{local}@{}", idna::domain_to_ascii(host)?))
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

fn classify(NotSent { trouble, begun }: &NotSent) -> WireReply {
    let said = trouble.to_string();
    let kind = match trouble {
        Trouble::Refused(response) => return WireReply::Mail { code: response.code().into(), text: said },
        Trouble::Address => return WireReply::Mail { code: 553, text: said },
        Trouble::NotSetUp(_) => Failure::NotSetUp,
        Trouble::Lookup(_) => Failure::Dns,
        Trouble::Connect(error) if error.kind() == std::io::ErrorKind::ConnectionRefused => Failure::Refused,
        Trouble::Connect(_) | Trouble::Broken(_) => Failure::Closed,
        Trouble::Tls(_) => Failure::Tls,
        Trouble::Slow(_) => Failure::Timeout,
    };
    failed(kind, said, *begun)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_written_as_mail_servers_know_them() {
        for (given, sent) in [
            ("ada@example.org", "ada@example.org"),
            ("ada@Bücher.example", "ada@xn--bcher-kva.example"),
            ("\"a@b\"@mail_1.example", "\"a@b\"@mail_1.example"),
            ("ada@[192.0.2.1]", "ada@[192.0.2.1]"),
        ] {
            assert_eq!(ascii_host(given).unwrap(), sent);
        }
        ascii_host("ada").unwrap_err();
    }
}
