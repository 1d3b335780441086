//! Cuts a message to what a channel can show, and takes the tricks out of every text in it.
//!
//! Channels render what [`Message::within`] gives and nothing else, so that hygiene has one place. What is left for a
//! channel is the escaping that its own format needs.

use std::collections::BTreeMap;

use allclear_core::event::Link;
use allclear_core::limits::NAME_CHARACTERS;

use crate::message::{Body, BundleText, DutyText, IncidentText, Message, NoticeText, PageText};
use crate::settings::Secret;
use crate::text::{line, web_address};

/// The most that one message shows. Beyond it texts end in `…`; labels and links that are left out are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Characters of a title.
    pub title: usize,
    /// Characters of a sentence.
    pub sentence: usize,
    /// Labels.
    pub labels: usize,
    /// Characters of a label's value.
    pub label: usize,
    /// Links.
    pub links: usize,
    /// Characters of a link. A longer one is left out: half a link leads nowhere.
    pub link: usize,
    /// Incidents of a bundle, and services.
    pub rows: usize,
}

/// Characters of a reference, a state or a code.
const WORD_CHARACTERS: usize = 40;

impl Message {
    /// The message as it may be shown within these limits: single lines, nothing invisible, links that are links.
    #[must_use]
    pub fn within(&self, limits: &Limits) -> Self {
        let mut message = self.clone();
        shorten(&mut message.to.name, NAME_CHARACTERS);
        shorten(&mut message.organisation, NAME_CHARACTERS);
        match &mut message.body {
            Body::Page(page) => clean_page(page, limits),
            Body::Bundle(bundle) => clean_bundle(bundle, limits),
            Body::Notice(notice) => clean_notice(notice, limits),
            Body::Verification(verification) => {
                verification.code = Secret::new(line(verification.code.expose(), WORD_CHARACTERS));
                keep_web_address(&mut verification.link);
            }
            Body::Test => {}
            Body::Duty(duty) => clean_duty(duty, limits),
        }
        message
    }
}

fn shorten(text: &mut String, characters: usize) {
    *text = line(text, characters);
}

pub(crate) fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// Our own links: empty rather than something that is not a link.
fn keep_web_address(link: &mut String) {
    if web_address(link).is_none() {
        link.clear();
    }
}

fn clean_incident(incident: &mut IncidentText, limits: &Limits) {
    shorten(&mut incident.reference, WORD_CHARACTERS);
    shorten(&mut incident.title, limits.title);
    shorten(&mut incident.service, NAME_CHARACTERS);
    shorten(&mut incident.state, WORD_CHARACTERS);
    keep_web_address(&mut incident.link);
}

fn clean_page(page: &mut PageText, limits: &Limits) {
    clean_incident(&mut page.incident, limits);
    shorten(&mut page.why, limits.sentence);
    if let Some(next) = &mut page.next {
        shorten(next, limits.sentence);
    }
    if web_address(page.acknowledge_link.expose()).is_none() {
        page.acknowledge_link = Secret::default();
    }
    if let Some(runbook) = &mut page.runbook {
        // A web address is kept whole or not at all; a sentence is cut.
        match web_address(runbook) {
            Some(address) if address.len() > limits.link => runbook.clear(),
            Some(_) => {}
            None => shorten(runbook, limits.sentence),
        }
    }
    page.runbook.take_if(|runbook| runbook.is_empty());
    let given = page.labels.len() + page.links.len();
    page.labels = clean_labels(&page.labels, limits);
    page.links = clean_links(&page.links, limits);
    let left_out = given - page.labels.len() - page.links.len();
    page.omitted = page.omitted.saturating_add(count(left_out));
}

fn clean_labels(labels: &BTreeMap<String, String>, limits: &Limits) -> BTreeMap<String, String> {
    let cleaned = labels.iter().map(|(name, value)| (line(name, NAME_CHARACTERS), line(value, limits.label)));
    cleaned.filter(|(name, _)| !name.is_empty()).take(limits.labels).collect()
}

fn clean_links(links: &[Link], limits: &Limits) -> Vec<Link> {
    let usable = links.iter().filter(|link| web_address(&link.href).is_some() && link.href.len() <= limits.link);
    usable
        .map(|link| Link { href: link.href.clone(), text: line(&link.text, NAME_CHARACTERS) })
        .take(limits.links)
        .collect()
}

fn clean_bundle(bundle: &mut BundleText, limits: &Limits) {
    let left_out = bundle.services.len().saturating_sub(limits.rows);
    bundle.more_services = bundle.more_services.saturating_add(count(left_out));
    bundle.services.truncate(limits.rows);
    for listed in &mut bundle.services {
        shorten(&mut listed.service, NAME_CHARACTERS);
    }
    bundle.top.truncate(limits.rows);
    for incident in &mut bundle.top {
        clean_incident(incident, limits);
    }
    shorten(&mut bundle.why, limits.sentence);
    keep_web_address(&mut bundle.link);
}

fn clean_duty(duty: &mut DutyText, limits: &Limits) {
    shorten(&mut duty.schedule, NAME_CHARACTERS);
    shorten(&mut duty.heading, limits.title);
    duty.says.truncate(limits.rows);
    duty.says.iter_mut().for_each(|sentence| shorten(sentence, limits.sentence));
    duty.notes.truncate(limits.rows);
    for note in &mut duty.notes {
        shorten(&mut note.by, NAME_CHARACTERS);
        shorten(&mut note.text, limits.sentence);
    }
    let left_out = duty.incidents.len().saturating_sub(limits.rows);
    duty.more_incidents = duty.more_incidents.saturating_add(count(left_out));
    duty.incidents.truncate(limits.rows);
    duty.incidents.iter_mut().for_each(|incident| clean_incident(incident, limits));
    duty.answer_link.take_if(|link| web_address(link.expose()).is_none());
    keep_web_address(&mut duty.link);
}

fn clean_notice(notice: &mut NoticeText, limits: &Limits) {
    clean_incident(&mut notice.incident, limits);
    shorten(&mut notice.sentence, limits.sentence);
    if let Some(next) = &mut notice.next {
        shorten(next, limits.sentence);
    }
}
