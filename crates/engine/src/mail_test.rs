//! A test mail through a mail server that may not be saved yet: whoever types in its address wants to know at once, in
//! the server's own words, whether it would carry a page.

use allclear_channels::{Body, Failure, MailSender, Message, Recipient, Secret, Settings, WireReply};
use allclear_core::directory::MailServer;
use allclear_core::id::{DeliveryId, UserId};
use uuid::Uuid;

use crate::engine::Engine;
use crate::host::MailRoute;

/// How a test mail went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MailTried {
    /// The server took it, which does not mean that it has arrived.
    Accepted {
        /// What the server said: `250 2.0.0 Ok: queued`.
        answer: String,
    },
    /// It was not taken.
    Failed {
        /// What happened, in the server's words where it said anything.
        message: String,
        /// What to do.
        remedy: String,
    },
}

impl Engine {
    /// Sends a test mail through this server and waits for what the server says. Nothing of it is stored.
    pub async fn try_mail(&self, server: MailServer, password: Option<String>, to: &str) -> MailTried {
        let channel = allclear_channels::by_name("email").expect("there is a channel for mail");
        let address = match (channel.check_address)(to) {
            Ok(address) => address,
            Err(message) => return failed(message, "Correct the address that the test mail goes to."),
        };
        let settings = Settings {
            mail: Some(MailSender { sender: server.sender.clone(), reply_to: None }),
            webhook_secrets: Vec::new(),
        };
        let place = format!("{}:{}", server.host, server.port);
        match (channel.request)(&self.test_message(address), &settings) {
            Err(message) => failed(message, "Correct the sender: `Allclear <pager@example.com>`."),
            Ok(wire) => {
                let route = MailRoute { server, password: password.map(Secret::new) };
                tried(&place, self.context.carrier.carry(wire, Some(route)).await)
            }
        }
    }

    fn test_message(&self, address: String) -> Message {
        let (now, directory) = (self.now(), self.directory());
        Message {
            delivery: DeliveryId::new(self.context.maker.id(now)),
            attempt: 1,
            decided_at: now,
            sent_at: now,
            to: Recipient {
                user: UserId::new(Uuid::nil()),
                name: String::new(),
                address,
                zone: directory.organisation.time_zone.clone(),
            },
            organisation: directory.organisation.name.clone(),
            body: Body::Test,
        }
    }
}

fn failed(message: impl Into<String>, remedy: &str) -> MailTried {
    MailTried::Failed { message: message.into(), remedy: remedy.to_owned() }
}

fn tried(place: &str, reply: WireReply) -> MailTried {
    match reply {
        WireReply::Mail { code: code @ 200..300, text } => MailTried::Accepted { answer: format!("{code} {text}") },
        WireReply::Mail { code, text } => {
            let remedy = match code {
                530 | 534 | 535 | 538 => {
                    "Check the login and type the password again; some providers want an app password."
                }
                550..=554 => "The server does not take mail from this sender, or to this address: check both.",
                421 | 450..=452 => "The server does not take mail for the moment: try again in some minutes.",
                _ => "Ask whoever runs the mail server what this answer means.",
            };
            failed(format!("{place} answered {code} {text}"), remedy)
        }
        WireReply::Failed { kind, text, .. } => {
            let remedy = match kind {
                Failure::Refused => "Nobody listens there: check the server's name and the port, 587 or 465 for most.",
                Failure::Timeout => "No answer in time: check the port, and whether a firewall keeps us from it.",
                Failure::Dns => "No server of that name is known: check its spelling.",
                Failure::Tls => "No protected connection came about: check the protection that belongs to this port.",
                Failure::Closed => "The connection broke: check the protection that belongs to this port.",
                Failure::Blocked => "The address leads into a network that may not be sent to.",
                Failure::Address => "Check the address.",
                Failure::NotSetUp => "Check the login: the server must offer one, and its password is kept here.",
            };
            failed(format!("{place}: {text}"), remedy)
        }
        WireReply::Http { status, .. } => {
            failed(format!("{place} answered {status}, as a web server does"), "Check the port.")
        }
    }
}
