//! `/k/{token}`: the page that a page's link opens. No login, everything in one small answer, one thumb.

use allclear_core::severity::Severity;
use askama::Template;

use super::parts::{Choice, Upcoming};
use super::time::{Clock, When};

/// What the reader can do there now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkStep {
    /// Nobody has it: acknowledge, escalate, not me.
    Ask,
    /// The reader acknowledged it.
    Acknowledged,
    /// The reader passed it on.
    PassedOn,
    /// The reader escalated it.
    Escalated,
    /// The reader gave it to somebody, or had somebody paged as well.
    HandedOver,
    /// Somebody else was faster, or it is over; the sentence says so.
    Settled,
    /// The link is too old or was taken back.
    Expired,
}

/// An entry of its short timeline.
#[derive(Debug, Clone)]
pub struct LinkMoment {
    /// When.
    pub at: When,
    /// The sentence.
    pub sentence: String,
}

/// `/k/{token}`
#[derive(Debug, Clone, Template)]
#[template(path = "link.html")]
pub struct LinkPage {
    /// The time, and the zone of whoever was paged.
    pub clock: Clock,
    /// The token: posts go to `/k/{token}` with `action` = `acknowledge`, `escalate`, `pass`, `resolve`, `step`
    /// (`step` says which one), `hand-over` or `page` (`to` says whom).
    pub token: String,
    /// What can be done.
    pub step: LinkStep,
    /// `INC-142`
    pub reference: String,
    /// How bad.
    pub severity: Severity,
    /// What and where, in one sentence.
    pub title: String,
    /// The service's name.
    pub service: String,
    /// When it was opened.
    pub opened: When,
    /// Who acknowledged, who was passed on to, why it is settled or expired: one sentence.
    pub told: String,
    /// The steps of the policy, to be chosen from.
    pub steps: Vec<Choice>,
    /// People to hand over to, or to page as well.
    pub people: Vec<Choice>,
    /// What happens next.
    pub upcoming: Vec<Upcoming>,
    /// What is known and worked round, the first thing to read.
    pub runbook: Option<String>,
    /// The last entries of the timeline, newest first.
    pub moments: Vec<LinkMoment>,
}

#[cfg(test)]
mod tests {
    use askama::Template;

    use super::super::assets;
    use super::*;

    #[test]
    fn everything_that_must_arrive_is_less_than_15_kilobytes() {
        let now = "2026-11-23T03:12:33Z".parse().unwrap();
        let clock = Clock { now, zone: "Europe/Berlin".parse().unwrap() };
        let sentence = "Ben Okafor is paged unless somebody acknowledges.".repeat(3);
        let page = LinkPage {
            token: "t".repeat(43),
            step: LinkStep::Ask,
            reference: "INC-100000".into(),
            severity: Severity::Sev3,
            title: "x".repeat(1_024),
            service: "x".repeat(120),
            opened: clock.when(now),
            told: sentence.clone(),
            steps: vec![Choice::new("20", "x".repeat(48), false); 20],
            people: vec![Choice::new("x".repeat(20), "x".repeat(40), false); 12],
            upcoming: vec![Upcoming { at: clock.when(now), what: sentence.clone(), incident: None }; 3],
            runbook: Some("https://runbooks.example.com/".repeat(4)),
            moments: vec![LinkMoment { at: clock.when(now), sentence }; 8],
            clock,
        };
        let html = page.render().unwrap();
        let assets = ["css/k.css", "js/k.js"].map(|name| assets::get(name).unwrap().bytes.len());
        let total = html.len() + assets.iter().sum::<usize>();
        assert!(total < 15_000, "{total} bytes");
        for action in ["acknowledge", "escalate", "pass", "step", "hand-over", "page"] {
            assert!(html.contains(&format!("value=\"{action}\"")), "{action}");
        }
        assert!(!html.contains("app.css") && !html.contains("app.js"));
    }
}
