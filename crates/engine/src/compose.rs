//! Composes messages: from what is stored at the moment of sending, so that a message never tells yesterday's news.

mod duty;

use std::collections::BTreeMap;

use allclear_channels::{
    Body, BundleText, Channel, IncidentText, MailSender, Message, NoticeEvent, NoticeText, PageText, Recipient, Secret,
    ServiceCount, Settings, VerificationText, Wire,
};
use allclear_core::delivery::Status;
use allclear_core::directory::{ContactMethod, Directory, User};
use allclear_core::id::{DeliveryId, IncidentId, ServiceId};
use allclear_core::incident::{self, Update};
use allclear_core::sentence::{self, Names};
use allclear_core::severity::{Severity, Urgency};
use allclear_core::upcoming;
use allclear_core::zone::Zone;
use allclear_store::deliveries::{self, DeliveryRecord, Purpose};
use allclear_store::incidents::{self, IncidentRecord};
use allclear_store::{Result, Tx, alerts};
use jiff::Timestamp;

use crate::context::Context;
use crate::host::MailRoute;
use crate::seal::{self, Tap};
use crate::secrets;

/// A message that is ready to be sent.
#[derive(Debug, Clone)]
pub(crate) struct Parcel {
    pub(crate) channel: &'static Channel,
    pub(crate) wire: Wire,
    /// The mail server, for a mail, once it is known.
    pub(crate) mail: Option<MailRoute>,
}

/// Says to these mails by which server they go.
pub(crate) async fn route_mails(
    tx: &mut Tx<'_>,
    context: &Context,
    directory: &Directory,
    mails: Vec<&mut Parcel>,
) -> Result<()> {
    if !mails.is_empty() {
        let route = secrets::mail_route(tx, &context.key, directory).await?;
        for mail in mails {
            mail.mail.clone_from(&route);
        }
    }
    Ok(())
}

/// Why a delivery is not sent.
#[derive(Debug, Clone)]
pub(crate) enum Unsendable {
    /// There is nothing left to say.
    NotWanted { because: &'static str },
    /// It cannot be sent, however often it is tried.
    Impossible { reason: String },
}

fn impossible(reason: impl Into<String>) -> Unsendable {
    Unsendable::Impossible { reason: reason.into() }
}

/// How many incidents a bundle tells by name.
const TOP: i64 = 5;
/// How many labels a page shows.
const LABELS: usize = 12;

struct Composer<'a> {
    context: &'a Context,
    directory: &'a Directory,
    now: Timestamp,
    record: &'a DeliveryRecord,
    user: &'a User,
    contact: &'a ContactMethod,
}

/// Composes the message of a delivery.
pub(crate) async fn compose(
    tx: &mut Tx<'_>,
    context: &Context,
    directory: &Directory,
    now: Timestamp,
    record: &DeliveryRecord,
) -> Result<std::result::Result<Parcel, Unsendable>> {
    let Some(user) = directory.user(record.user) else {
        return Ok(Err(impossible("the person is no longer here")));
    };
    let Some(contact) = user.contact(record.contact) else {
        return Ok(Err(impossible("the contact method was removed")));
    };
    let Some(channel) = allclear_channels::by_name(&contact.channel) else {
        return Ok(Err(impossible(format!("there is no channel `{}` in this version", contact.channel))));
    };
    let composer = Composer { context, directory, now, record, user, contact };
    let body = match composer.body(tx).await? {
        Ok(body) => body,
        Err(unsendable) => return Ok(Err(unsendable)),
    };
    let message = composer.message(body);
    let wire = (channel.request)(&message, &composer.settings());
    Ok(wire.map(|wire| Parcel { channel, wire, mail: None }).map_err(impossible))
}

impl Composer<'_> {
    /// The zone in which its reader reads times.
    fn zone(&self) -> &Zone {
        self.user.time_zone.as_ref().unwrap_or(&self.directory.organisation.time_zone)
    }

    fn names(&self) -> Names<'_> {
        Names::new(self.directory, self.zone())
    }

    fn message(&self, body: Body) -> Message {
        Message {
            delivery: self.record.id,
            attempt: self.record.delivery.attempts,
            decided_at: self.record.created_at,
            sent_at: self.now,
            to: Recipient {
                user: self.user.id,
                name: self.user.name.clone(),
                address: self.contact.address.clone(),
                zone: self.zone().clone(),
            },
            organisation: self.directory.organisation.name.clone(),
            body,
        }
    }

    fn settings(&self) -> Settings {
        let mail = self.directory.organisation.mail.as_ref();
        Settings {
            mail: mail.map(|mail| MailSender { sender: mail.sender.clone(), reply_to: None }),
            webhook_secrets: vec![Secret::new(self.context.key.webhook_secret(self.contact.id))],
        }
    }

    async fn body(&self, tx: &mut Tx<'_>) -> Result<std::result::Result<Body, Unsendable>> {
        match &self.record.purpose {
            Purpose::Page { why, .. } => {
                let Some(record) = self.incident(tx).await? else { return Ok(Err(impossible("its incident is gone"))) };
                let why = sentence::why_you(&self.names(), why);
                self.page(tx, record, why).await.map(|page| Ok(Body::Page(Box::new(page))))
            }
            Purpose::Inform { update } => self.notice(tx, *update).await,
            Purpose::Bundle { pages } => self.bundle(tx, *pages).await,
            Purpose::Verify { sealed } => Ok(self.code(sealed)),
            Purpose::Test => Ok(Ok(Body::Test)),
            Purpose::Cover { cover, word } => self.cover(tx, *cover, word).await,
            Purpose::Handover { schedule, part, handover } => self.handover(tx, *schedule, *part, handover).await,
        }
    }

    fn code(&self, sealed: &str) -> std::result::Result<Body, Unsendable> {
        let expires_at = self.record.created_at.checked_add(secrets::CODE_LIFETIME).unwrap_or(Timestamp::MAX);
        if expires_at <= self.now {
            return Err(Unsendable::NotWanted { because: "the code is too old by now" });
        }
        let code = self.context.key.open_code(self.contact.id, sealed);
        let code = code.ok_or_else(|| impossible("the code was sealed with another master key; send a new one"))?;
        let link = self.link(&format!("people/{}", self.user.slug));
        Ok(Body::Verification(VerificationText { code: Secret::new(code), expires_at, link }))
    }

    async fn incident(&self, tx: &mut Tx<'_>) -> Result<Option<IncidentRecord>> {
        match self.record.incident {
            Some(id) => incidents::find(tx, id).await,
            None => Ok(None),
        }
    }

    fn link(&self, path: &str) -> String {
        let address = self.directory.organisation.address.as_deref().unwrap_or("http://127.0.0.1:8080");
        format!("{}/{path}", address.trim_end_matches('/'))
    }

    fn incident_text(&self, record: &IncidentRecord) -> IncidentText {
        let incident = &record.incident;
        IncidentText {
            id: record.id,
            reference: record.reference(),
            title: incident.title.clone(),
            severity: incident.severity,
            urgency: incident.urgency,
            service: self.service_name(Some(incident.service)),
            state: incident.status.word().to_owned(),
            opened_at: incident.opened_at,
            link: self.link(&format!("incidents/{}", record.reference())),
        }
    }

    fn service_name(&self, service: Option<ServiceId>) -> String {
        let service = service.and_then(|service| self.directory.service(service));
        service.map_or_else(|| "a service that is gone".to_owned(), |service| service.name.clone())
    }

    async fn page(&self, tx: &mut Tx<'_>, record: IncidentRecord, why: String) -> Result<PageText> {
        let tap = Tap {
            incident: record.id,
            user: self.user.id,
            expires_at: self.now.checked_add(seal::LINK_LIFETIME).unwrap_or(Timestamp::MAX),
        };
        let acknowledge = self.link(&format!("k/{}", self.context.key.sign(tap)));
        let latest = alerts::of_incident(tx, record.id, None, 1).await?.into_iter().next();
        let content = latest.map(|latest| latest.alert.content);
        let labels: BTreeMap<String, String> =
            content.iter().flat_map(|content| content.labels.clone()).take(LABELS).collect();
        let links = content.iter().flat_map(|content| content.links.clone()).collect();
        let omitted = content.map_or(0, |content| content.labels.len().saturating_sub(LABELS));
        let next = upcoming::upcoming(&record.incident, self.directory, self.now).into_iter().next();
        let service = self.directory.service(record.incident.service);
        Ok(PageText {
            incident: self.incident_text(&record),
            why,
            next: next.map(|next| next.sentence),
            acknowledge_link: Secret::new(acknowledge),
            runbook: service.and_then(|service| service.runbook.clone()),
            labels,
            links,
            omitted: u32::try_from(omitted).unwrap_or(u32::MAX),
        })
    }

    async fn notice(&self, tx: &mut Tx<'_>, update: Update) -> Result<std::result::Result<Body, Unsendable>> {
        let Some(record) = self.incident(tx).await? else { return Ok(Err(impossible("its incident is gone"))) };
        if !self.was_reached(tx, record.id).await? {
            let because = "they never got the page that this would be an update of";
            return Ok(Err(Unsendable::NotWanted { because }));
        }
        let (event, by, at) = match (update, &record.incident.status) {
            (Update::Acknowledged, incident::Status::Acknowledged { by, at, .. }) => {
                (NoticeEvent::Acknowledged, *by, *at)
            }
            (Update::Resolved, incident::Status::Resolved { by, at }) => (NoticeEvent::Resolved, *by, *at),
            (Update::Acknowledged | Update::Resolved, _) => {
                return Ok(Err(Unsendable::NotWanted { because: "it has moved on since" }));
            }
        };
        let did = match event {
            NoticeEvent::Acknowledged => "acknowledged it",
            NoticeEvent::Resolved | NoticeEvent::Reassigned => "resolved it",
        };
        let sentence = format!("{} {did}", sentence::actor(&self.names(), by));
        Ok(Ok(Body::Notice(NoticeText { incident: self.incident_text(&record), event, sentence, at, next: None })))
    }

    /// Whether any page about this incident has left for this person.
    async fn was_reached(&self, tx: &mut Tx<'_>, incident: IncidentId) -> Result<bool> {
        let all = deliveries::of_incident(tx, incident, 1_000).await?;
        Ok(all.iter().any(|one| {
            let left = match one.delivery.status {
                Status::Sending | Status::Stopping | Status::Accepted | Status::Delivered | Status::Bundled => true,
                Status::Held | Status::Queued | Status::Withdrawn | Status::Failed => one.delivery.attempts > 0,
            };
            one.user == self.user.id && left && matches!(one.purpose, Purpose::Page { .. })
        }))
    }

    async fn bundle(&self, tx: &mut Tx<'_>, pages: u64) -> Result<std::result::Result<Body, Unsendable>> {
        let id: DeliveryId = self.record.id;
        let open = deliveries::bundled_incidents(tx, id, TOP).await?;
        if open.is_empty() {
            return Ok(Err(Unsendable::NotWanted {
                because: "nobody waits for an answer to any of its pages any more",
            }));
        }
        let mut top = Vec::new();
        let mut urgency = Urgency::Low;
        for incident in open {
            if let Some(record) = incidents::find(tx, incident).await? {
                urgency = urgency.max(record.incident.urgency);
                top.push(self.incident_text(&record));
            }
        }
        let mut services: Vec<ServiceCount> = Vec::new();
        let mut worst = Severity::Sev4;
        for (service, severity, count) in deliveries::bundled(tx, id).await? {
            worst = worst.max(severity.unwrap_or(Severity::Sev4));
            let (service, incidents) = (self.service_name(service), u32::try_from(count).unwrap_or(u32::MAX));
            match services.iter_mut().find(|known| known.service == service) {
                Some(known) => known.incidents += incidents,
                None => services.push(ServiceCount { service, incidents }),
            }
        }
        services.sort_by_key(|service| std::cmp::Reverse(service.incidents));
        let shown = services.len().min(10);
        let more_services = u32::try_from(services.len() - shown).unwrap_or(u32::MAX);
        services.truncate(shown);
        Ok(Ok(Body::Bundle(BundleText {
            total: u32::try_from(pages).unwrap_or(u32::MAX),
            severity: worst,
            urgency,
            services,
            more_services,
            top,
            why: "More pages came in this minute than are sent to you one by one.".to_owned(),
            link: self.link("incidents"),
        })))
    }
}
