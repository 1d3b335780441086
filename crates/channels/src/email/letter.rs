//! What a mail says, before it is drawn as text or as HTML. Both drawings show the same letter.

use allclear_core::severity::Severity;

use crate::clean::count;
use crate::message::{
    Body, BundleText, DutyEvent, DutyText, IncidentText, Message, NoticeEvent, NoticeText, PageText, VerificationText,
};
use crate::text::{clock, line, moment, sentence, web_address};

/// Characters of a subject. Header lines may be 998 long (RFC 5322 §2.1.1); people see the first 40 to 70.
const SUBJECT_CHARACTERS: usize = 140;

/// A mail's content: cleaned, not yet escaped. Every part but the subject, band and heading may be missing.
#[derive(Debug)]
pub(super) struct Letter {
    pub(super) subject: String,
    /// What inboxes show beside the subject.
    pub(super) preview: String,
    pub(super) band: Band,
    pub(super) heading: String,
    /// Under the heading: the state and the service.
    pub(super) subheading: String,
    pub(super) paragraphs: Vec<String>,
    pub(super) code: Option<String>,
    pub(super) action: Option<Action>,
    pub(super) facts: Vec<Fact>,
    pub(super) incidents: Vec<Row>,
    pub(super) links: Vec<Reference>,
    pub(super) labels: Vec<(String, String)>,
    /// The last line of the body: where the rest is.
    pub(super) more: Option<Reference>,
    pub(super) footer: String,
}

/// The coloured line on top. Only what wants somebody now is coloured.
#[derive(Debug)]
pub(super) struct Band {
    pub(super) severity: Option<Severity>,
    /// A shape; may be empty.
    pub(super) mark: &'static str,
    pub(super) word: String,
    pub(super) aside: String,
}

/// The one thing to do.
#[derive(Debug)]
pub(super) struct Action {
    pub(super) label: String,
    pub(super) href: String,
    pub(super) note: &'static str,
}

/// A line of what is to be known.
#[derive(Debug)]
pub(super) struct Fact {
    pub(super) name: &'static str,
    pub(super) value: String,
    pub(super) href: Option<String>,
}

/// A text that leads somewhere.
#[derive(Debug)]
pub(super) struct Reference {
    pub(super) label: String,
    pub(super) href: String,
}

/// An incident in a list.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) mark: &'static str,
    pub(super) severity: Severity,
    pub(super) title: String,
    pub(super) aside: String,
    pub(super) href: String,
}

impl Letter {
    /// Takes a message that is within the channel's limits.
    pub(super) fn new(message: &Message) -> Self {
        let mut letter = Self {
            subject: String::new(),
            preview: String::new(),
            band: Band { severity: None, mark: "", word: String::new(), aside: String::new() },
            heading: String::new(),
            subheading: String::new(),
            paragraphs: Vec::new(),
            code: None,
            action: None,
            facts: Vec::new(),
            incidents: Vec::new(),
            links: Vec::new(),
            labels: Vec::new(),
            more: None,
            footer: footer(message),
        };
        match &message.body {
            Body::Page(page) => letter.page(message, page),
            Body::Bundle(bundle) => letter.bundle(message, bundle),
            Body::Notice(notice) => letter.notice(message, notice),
            Body::Verification(verification) => letter.verification(message, verification),
            Body::Test => letter.test(message),
            Body::Duty(duty) => letter.duty(message, duty),
        }
        letter
    }

    fn page(&mut self, message: &Message, page: &PageText) {
        let incident = &page.incident;
        self.subject = subject(incident);
        self.preview = sentence(&page.why);
        if let Some(next) = &page.next {
            self.preview = format!("{} {}", self.preview, sentence(next));
        }
        self.band = Band { aside: incident.reference.clone(), ..loud(incident.severity) };
        self.heading = incident.title.clone();
        self.subheading = format!("{} · {} {}", incident.service, state_mark(&incident.state), incident.state);
        self.act("Acknowledge", page.acknowledge_link.expose(), "No login needed.");
        self.fact("Why you", &page.why);
        self.fact("Next", page.next.as_deref().unwrap_or_default());
        self.fact("Since", &moment(incident.opened_at, &message.to.zone));
        if let Some(runbook) = &page.runbook {
            self.fact("Runbook", runbook);
        }
        self.links = page.links.iter().map(|link| reference(&link.text, &link.href)).collect();
        self.labels = page.labels.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
        let label = match page.omitted {
            0 => format!("Open {}", incident.reference),
            omitted => format!("Open {} ({omitted} more labels and links)", incident.reference),
        };
        self.lead_on(label, &incident.link);
    }

    fn bundle(&mut self, message: &Message, bundle: &BundleText) {
        let noun = if bundle.total == 1 { "more incident" } else { "more incidents" };
        self.heading = format!("{} {noun}{}", bundle.total, on_services(bundle));
        self.subject = line(&format!("[{}] {}", bundle.severity, self.heading), SUBJECT_CHARACTERS);
        self.preview = sentence(&bundle.why);
        self.band = Band { aside: format!("worst of {}", bundle.total), ..loud(bundle.severity) };
        self.act(&format!("See all {}", bundle.total), &bundle.link, "Acknowledge one or all of them there.");
        self.fact("Why you", &bundle.why);
        let mut counts: Vec<_> =
            bundle.services.iter().map(|count| format!("{} {}", count.service, count.incidents)).collect();
        if bundle.more_services > 0 {
            counts.push(format!("and {} more services", bundle.more_services));
        }
        self.fact("Where", &counts.join(", "));
        self.fact("As of", &moment(message.decided_at, &message.to.zone));
        self.incidents = bundle.top.iter().map(|incident| row(message, incident)).collect();
    }

    fn notice(&mut self, message: &Message, notice: &NoticeText) {
        let incident = &notice.incident;
        let (mark, word) = match notice.event {
            NoticeEvent::Acknowledged => ("◐", "Acknowledged"),
            NoticeEvent::Resolved => ("✓", "Resolved"),
            NoticeEvent::Reassigned => ("→", "Reassigned"),
        };
        self.subject = format!("Re: {}", subject(incident));
        self.preview = sentence(&notice.sentence);
        let aside = format!("{} · {}", incident.severity, incident.reference);
        self.band = Band { severity: None, mark, word: word.to_owned(), aside };
        self.heading = incident.title.clone();
        self.subheading = incident.service.clone();
        self.paragraphs = vec![sentence(&notice.sentence), "Nothing is asked of you.".to_owned()];
        self.fact("When", &moment(notice.at, &message.to.zone));
        self.fact("Next", notice.next.as_deref().unwrap_or_default());
        self.lead_on(format!("Open {}", incident.reference), &incident.link);
    }

    fn verification(&mut self, message: &Message, verification: &VerificationText) {
        self.subject = with_organisation("Confirm this address for pages from Allclear", message);
        self.preview = "Your code is inside.".to_owned();
        self.band.word = "Confirm this address".to_owned();
        self.heading = "Your code".to_owned();
        self.code = Some(verification.code.expose().to_owned());
        self.paragraphs = vec![
            format!(
                "Type it in beside {} in your contact methods. From then on Allclear may page you here.",
                message.to.address
            ),
            "If you did not ask for it, do nothing: without the code this address gets no pages.".to_owned(),
        ];
        self.fact("Good until", &moment(verification.expires_at, &message.to.zone));
        self.lead_on("Open your contact methods".to_owned(), &verification.link);
    }

    fn test(&mut self, message: &Message) {
        self.subject = with_organisation("Test page from Allclear", message);
        self.preview = "Pages arrive here. Nothing is wrong.".to_owned();
        self.band.word = "Test".to_owned();
        self.heading = "Pages arrive here".to_owned();
        self.paragraphs = vec![
            "This is a test that you asked for. Nothing is wrong, and nothing is asked of you.".to_owned(),
            "Did your phone make a sound? If not, let its mail app notify you at night, too.".to_owned(),
        ];
        self.fact("Sent", &moment(message.sent_at, &message.to.zone));
    }

    fn duty(&mut self, message: &Message, duty: &DutyText) {
        let (word, label, note) = match duty.event {
            DutyEvent::CoverAsked => ("Cover asked", "Answer", "No login needed. Saying no is fine, too."),
            DutyEvent::CoverTaken => ("Cover found", "See the request", ""),
            DutyEvent::CoverConfirmed => ("Cover agreed", "See the request", ""),
            DutyEvent::CoverDeclined => ("Cover declined", "See the request", ""),
            DutyEvent::CoverExpired => ("Cover not found", "See the request", ""),
            DutyEvent::CoverMoot => ("Cover ended", "See the request", ""),
            DutyEvent::HandoverOn => ("On call", "See the notes", "No login needed."),
            DutyEvent::HandoverOff => ("Off call", "Leave a note", "No login needed."),
            DutyEvent::HandoverShadow => ("Shadow", "See the notes", "No login needed."),
        };
        self.subject = with_organisation(&duty.heading, message);
        self.preview = duty.says.first().cloned().unwrap_or_default();
        self.band.word = word.to_owned();
        self.heading.clone_from(&duty.heading);
        if let Some(link) = &duty.answer_link {
            self.act(label, link.expose(), note);
        }
        self.paragraphs.clone_from(&duty.says);
        for note in &duty.notes {
            let at = moment(note.at, &message.to.zone);
            self.paragraphs.push(format!("{} wrote at {at}: {}", note.by, note.text));
        }
        if duty.more_incidents > 0 {
            self.paragraphs.push(format!("{} more incidents are open.", duty.more_incidents));
        }
        self.incidents = duty.incidents.iter().map(|incident| row(message, incident)).collect();
        self.lead_on(format!("Open {}", duty.schedule), &duty.link);
    }

    fn act(&mut self, label: &str, href: &str, note: &'static str) {
        // An empty link is one that was not a web address. Better no button than one that leads nowhere.
        if !href.is_empty() {
            self.action = Some(Action { label: label.to_owned(), href: href.to_owned(), note });
        }
    }

    fn lead_on(&mut self, label: String, href: &str) {
        if !href.is_empty() {
            self.more = Some(Reference { label, href: href.to_owned() });
        }
    }

    fn fact(&mut self, name: &'static str, value: &str) {
        if !value.is_empty() {
            let href = web_address(value).map(str::to_owned);
            let value = if href.is_some() { reference("", value).label } else { value.to_owned() };
            self.facts.push(Fact { name, value, href });
        }
    }
}

/// `[SEV1] checkout: High error rate (INC-142)`: only the title is cut.
fn subject(incident: &IncidentText) -> String {
    let head = format!("[{}] {}: ", incident.severity, line(&incident.service, 60));
    let tail = format!(" ({})", incident.reference);
    let left = SUBJECT_CHARACTERS - head.chars().count() - tail.chars().count();
    format!("{head}{}{tail}", line(&incident.title, left))
}

fn with_organisation(text: &str, message: &Message) -> String {
    match message.organisation.as_str() {
        "" => text.to_owned(),
        organisation => line(&format!("{text} ({organisation})"), SUBJECT_CHARACTERS),
    }
}

fn footer(message: &Message) -> String {
    let who = match message.organisation.as_str() {
        "" => "Allclear".to_owned(),
        organisation => format!("Allclear for {organisation}"),
    };
    format!("Sent to {} by {who}. {}", message.to.name, message.delivery)
}

fn on_services(bundle: &BundleText) -> String {
    match (bundle.services.as_slice(), bundle.more_services) {
        ([], _) => String::new(),
        ([one], 0) => format!(" on {}", one.service),
        ([one, two], 0) => format!(" on {} and {}", one.service, two.service),
        ([first, rest @ ..], more) => {
            format!(" on {} and {} other services", first.service, more.saturating_add(count(rest.len())))
        }
    }
}

fn row(message: &Message, incident: &IncidentText) -> Row {
    let opened = clock(incident.opened_at, &message.to.zone);
    Row {
        mark: severity_mark(incident.severity),
        severity: incident.severity,
        title: incident.title.clone(),
        aside: format!("{} · {} · {opened}", incident.reference, incident.service),
        href: incident.link.clone(),
    }
}

/// A link's text is its own, or else the address without what machines add to it.
fn reference(text: &str, href: &str) -> Reference {
    let label = match text {
        "" => line(href.split_once("://").map_or(href, |(_, rest)| rest).trim_end_matches('/'), 60),
        text => text.to_owned(),
    };
    Reference { label, href: href.to_owned() }
}

fn loud(severity: Severity) -> Band {
    let word = format!("{} {}", severity.name(), severity.word());
    Band { severity: Some(severity), mark: severity_mark(severity), word, aside: String::new() }
}

/// The shapes that stand for severities where nothing can be drawn. All are of the Unicode block "Geometric Shapes",
/// which the fonts of phones have; it has no octagon, hence the square.
const fn severity_mark(severity: Severity) -> &'static str {
    match severity {
        Severity::Sev1 => "■",
        Severity::Sev2 => "▲",
        Severity::Sev3 => "◈",
        Severity::Sev4 => "○",
    }
}

fn state_mark(state: &str) -> &'static str {
    match state {
        "acknowledged" => "◐",
        "resolved" => "✓",
        _ => "●",
    }
}
