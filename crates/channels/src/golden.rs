//! Golden files: what every channel makes of every kind of message. The HTML ones open in a browser as they are.

use crate::samples;
use crate::wire::{HttpRequest, Mail, Mailbox, Wire};

fn mailbox(mailbox: &Mailbox) -> String {
    format!("{} <{}>", mailbox.name, mailbox.address)
}

fn mail_text(mail: &Mail) -> String {
    let mut lines = vec![format!("From: {}", mailbox(&mail.from)), format!("To: {}", mailbox(&mail.to))];
    lines.extend(mail.reply_to.iter().map(|to| format!("Reply-To: {}", mailbox(to))));
    lines.push(format!("Date: {}", mail.date));
    lines.push(format!("Subject: {}", mail.subject));
    lines.push(format!("Message-ID: {}", mail.message_id));
    lines.extend(mail.in_reply_to.iter().map(|id| format!("In-Reply-To: {id}")));
    lines.extend((!mail.references.is_empty()).then(|| format!("References: {}", mail.references.join(" "))));
    lines.extend(mail.headers.iter().map(|(name, value)| format!("{name}: {value}")));
    format!("{}\n\n{}", lines.join("\n"), mail.text)
}

fn request_text(request: &HttpRequest) -> String {
    let mut lines = vec![format!("{} {}", request.method.name(), request.url)];
    lines.extend(request.headers.iter().map(|(name, value)| format!("{name}: {value}")));
    let body: serde_json::Value = serde_json::from_slice(&request.body).unwrap();
    format!("{}\n\n{}", lines.join("\n"), serde_json::to_string_pretty(&body).unwrap())
}

#[test]
fn every_channel_and_every_kind() {
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| {
        samples::each(|channel, name, message| {
            let name = format!("{}_{name}", channel.name);
            match (channel.request)(&message, &samples::settings()).unwrap() {
                Wire::Mail(mail) => {
                    insta::assert_snapshot!(name.clone(), mail_text(&mail));
                    insta::assert_binary_snapshot!(&format!("{name}_html.html"), mail.html.into_bytes());
                }
                Wire::Http(request) => insta::assert_snapshot!(name, request_text(&request)),
            }
        });
    });
}
