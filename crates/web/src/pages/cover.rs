//! Cover: who asks whom to take over what; and what shifts leave for each other.

use askama::Template;

use super::parts::{Anchor, Choice, FieldProblem, Person};
use super::shell::Shell;
use super::time::{Clock, When};

/// A request for cover.
#[derive(Debug, Clone)]
pub struct CoverRow {
    /// Its forms post to `/cover/{id}/…`.
    pub id: String,
    /// Who is to be relieved.
    pub asker: Person,
    /// The schedule.
    pub schedule: Anchor,
    /// What is asked for: `Fri 09:00 CET to Sat 09:00 CET`.
    pub periods: String,
    /// In a swap: what is taken in return; empty otherwise.
    pub in_return: String,
    /// Who was asked, and who of them declined.
    pub asked: String,
    /// What the asker says; may be empty.
    pub note: String,
    /// Where it stands, as a sentence.
    pub status: String,
    /// When it was asked.
    pub at: When,
    /// True when the reader was asked and can still answer.
    pub may_answer: bool,
    /// True when the reader has said no already.
    pub has_declined: bool,
    /// True when the reader can take it back.
    pub may_withdraw: bool,
}

/// The form that asks.
#[derive(Debug, Clone, Default)]
pub struct CoverForm {
    /// The schedules.
    pub schedules: Vec<Choice>,
    /// Who is to be relieved, for those who manage schedules; empty for everybody else.
    pub people: Vec<Choice>,
    /// Of whom it is asked.
    pub whom: Vec<Choice>,
    /// From when, as a browser writes it.
    pub from: String,
    /// Until when.
    pub until: String,
    /// Of a swap: what is taken in return, from when.
    pub return_from: String,
    /// Until when.
    pub return_until: String,
    /// What to say.
    pub note: String,
    /// What is wrong with what was typed.
    pub problems: Vec<FieldProblem>,
}

/// `/cover`
#[derive(Debug, Clone, Template)]
#[template(path = "cover.html")]
pub struct CoverPage {
    /// The frame.
    pub shell: Shell,
    /// The open requests, those that wait for the reader first.
    pub open: Vec<CoverRow>,
    /// The latest that are over.
    pub over: Vec<CoverRow>,
    /// The form; none for those who may not ask.
    pub form: Option<CoverForm>,
}

/// What a shift has left for the next.
#[derive(Debug, Clone)]
pub struct HandoffNoteRow {
    /// Who wrote it.
    pub by: String,
    /// When.
    pub at: When,
    /// What it says.
    pub text: String,
}

/// What the page of a schedule shows beside its turns.
#[derive(Debug, Clone)]
pub struct ScheduleDuty {
    /// The frame's token.
    pub csrf: String,
    /// The schedule's slug.
    pub slug: String,
    /// The open requests for cover.
    pub covers: Vec<CoverRow>,
    /// The latest notes, newest first.
    pub notes: Vec<HandoffNoteRow>,
    /// True when the reader may ask for cover and write notes.
    pub may_plan: bool,
    /// True when nobody is told about its handovers.
    pub is_silent: bool,
    /// True when the reader may turn that on and off.
    pub may_edit: bool,
}

/// `/c/{token}`: the answer to a request, from the link of a message.
#[derive(Debug, Clone, Template)]
#[template(path = "cover_link.html")]
pub struct CoverLinkPage {
    /// The time, and the zone of whoever was asked.
    pub clock: Clock,
    /// The token.
    pub token: String,
    /// What it is about, in a line.
    pub heading: String,
    /// The sentences.
    pub says: Vec<String>,
    /// What has just come of it, or why there is nothing to answer; may be empty.
    pub told: String,
    /// True while it can be accepted.
    pub may_accept: bool,
    /// True while it can be declined.
    pub may_decline: bool,
    /// True where a part of it can be taken.
    pub may_part: bool,
}

/// `/h/{token}`: the notes of a handover, from the link of a message.
#[derive(Debug, Clone, Template)]
#[template(path = "handoff_link.html")]
pub struct HandoffLinkPage {
    /// The time, and the zone of the reader.
    pub clock: Clock,
    /// The token.
    pub token: String,
    /// The schedule's name; empty for links that do nothing.
    pub schedule: String,
    /// What has just come of it; may be empty.
    pub told: String,
    /// The latest notes, newest first.
    pub notes: Vec<HandoffNoteRow>,
    /// What was typed and refused.
    pub text: String,
    /// True while a note can be written.
    pub may_write: bool,
}

#[cfg(test)]
mod tests {
    use super::super::assets;
    use super::*;

    #[test]
    fn everything_that_must_arrive_is_less_than_15_kilobytes() {
        let now = "2026-11-23T03:12:33Z".parse().unwrap();
        let clock = Clock { now, zone: "Europe/Berlin".parse().unwrap() };
        let page = CoverLinkPage {
            token: "t".repeat(160),
            heading: "x".repeat(200),
            says: vec!["x".repeat(600); 4],
            told: "x".repeat(300),
            may_accept: true,
            may_decline: true,
            may_part: true,
            clock: clock.clone(),
        };
        let note = HandoffNoteRow { by: "x".repeat(120), at: clock.when(now), text: "x".repeat(400) };
        let handoff = HandoffLinkPage {
            token: "t".repeat(160),
            schedule: "x".repeat(120),
            told: String::new(),
            notes: vec![note; 5],
            text: String::new(),
            may_write: true,
            clock,
        };
        let assets: usize = ["css/k.css", "js/k.js"].map(|name| assets::get(name).unwrap().bytes.len()).iter().sum();
        for html in [page.render().unwrap(), handoff.render().unwrap()] {
            assert!(html.len() + assets < 15_000, "{} bytes", html.len() + assets);
            assert!(html.contains("method=\"post\"") && !html.contains("app.css"));
        }
    }
}
