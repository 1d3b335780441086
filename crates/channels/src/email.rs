//! **email**: a mail with a plain and an HTML part that say the same.
//!
//! `Subject` is `[SEV1] checkout: High error rate (INC-142)`; a notice has the same subject after `Re: `, as Gmail only
//! threads messages whose subjects are equal. Everything about one incident refers to one root id that is made from the
//! incident's own (no mail has it), so that pages, notices and later pages thread whichever of them arrives first.
//! `Message-ID` is made from the delivery: a repeated attempt is the same mail, which many servers drop.
//!
//! `Auto-Submitted` (RFC 3834) and `X-Auto-Response-Suppress` (MS-OXCMAIL §2.1.3.2.20) keep holiday answers away. The
//! latter names all kinds but `NDR`: its `All` would also suppress the bounce that tells us that a page did not
//! arrive. There is no `Precedence`: it is not standardised, and `bulk` lets servers put a mail behind others. Urgent
//! messages ask for attention in the three ways that clients understand.
//!
//! A mail server's 2xx is not an arrival: it is [`Outcome::Accepted`], and a bounce may follow.

mod address;
mod html;
mod letter;
mod plain;

use allclear_core::delivery::Outcome;
use allclear_core::severity::Urgency;

use jiff::Timestamp;

use self::letter::Letter;
use crate::clean::Limits;
use crate::message::Message;
use crate::reply::classify;
use crate::settings::{MailSender, Settings};
use crate::text::line;
use crate::wire::{Mail, Mailbox, Wire, WireReply};
use crate::{Abilities, Channel};

/// The channel.
pub(crate) const CHANNEL: Channel = Channel {
    name: "email",
    title: "E-mail",
    hint: "A mail address. Phones show mail late or not at all at night: add a louder channel for what must wake you.",
    example: "ada@example.com",
    abilities: Abilities { acknowledges: true, bundles: true, threads: true, receipts: false },
    // Gmail hides what is beyond 102 kB, so the worst mail within these limits has to stay below.
    limits: Limits { title: 200, sentence: 400, labels: 20, label: 200, links: 6, link: 1_000, rows: 5 },
    check_address: address::check,
    request,
    outcome,
};

fn request(message: &Message, settings: &Settings) -> Result<Wire, String> {
    let Some(MailSender { sender, reply_to }) = &settings.mail else {
        return Err("mail: no mail server is set up; add one in the settings, with its sender".to_owned());
    };
    let from = address::mailbox(sender).map_err(|why| format!("mail.sender: {why}"))?;
    let reply_to = reply_to.as_deref().map(address::mailbox).transpose();
    let reply_to = reply_to.map_err(|why| format!("mail.reply_to: {why}"))?;
    let to = address::check(&message.to.address)?;
    let message = message.within(&CHANNEL.limits);
    let letter = Letter::new(&message);
    let domain = id_domain(&from);
    let root = message.body.incident().map(|incident| format!("<{}@{domain}>", incident.id));
    Ok(Wire::Mail(Box::new(Mail {
        to: Mailbox { name: message.to.name.clone(), address: to },
        reply_to,
        date: message.sent_at,
        message_id: format!("<{}@{domain}>", message.delivery),
        references: root.iter().cloned().collect(),
        in_reply_to: root,
        headers: headers(&message),
        text: plain::render(&letter),
        html: html::render(&letter),
        subject: letter.subject,
        from,
    })))
}

fn headers(message: &Message) -> Vec<(&'static str, String)> {
    let mut headers = vec![
        ("Auto-Submitted", "auto-generated".to_owned()),
        ("X-Auto-Response-Suppress", "DR, RN, NRN, OOF, AutoReply".to_owned()),
        ("X-Allclear-Delivery", message.delivery.to_string()),
        ("X-Allclear-Attempt", message.attempt.to_string()),
    ];
    if let Some(incident) = message.body.incident() {
        headers.push(("X-Allclear-Incident", incident.id.to_string()));
        headers.push(("X-Allclear-Severity", incident.severity.to_string()));
    }
    if message.body.urgency() == Urgency::High {
        // Outlook and Exchange read the first two (RFC 4021 §2.1.54 for `Importance`), X.400 gateways the third.
        headers.push(("Importance", "high".to_owned()));
        headers.push(("X-Priority", "1".to_owned()));
        headers.push(("Priority", "urgent".to_owned()));
    }
    headers
}

/// The right side of our message ids: the sender's domain. RFC 5322 wants ASCII there, and the left side alone is
/// unique.
fn id_domain(from: &Mailbox) -> &str {
    let domain = from.address.rsplit('@').next().unwrap_or_default();
    if domain.is_ascii() { domain } else { "allclear.invalid" }
}

fn outcome(now: Timestamp, reply: &WireReply) -> Outcome {
    // What the server said names its queue entry, which is what its administrator looks for.
    classify(now, reply, |said| Outcome::Accepted { handle: Some(line(&said, 200)).filter(|said| !said.is_empty()) })
}
