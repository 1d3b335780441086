//! Cover, swaps and handovers.

use allclear_web::pages::*;

use crate::house::*;
use crate::{Drawn, page};

pub(crate) fn cover_row() -> CoverRow {
    CoverRow {
        id: "cov_1".into(),
        asker: person(1),
        schedule: Anchor::new("/schedules/payments-primary", "Payments primary"),
        periods: "Fri 09:00 CET to Sat 09:00 CET".into(),
        in_return: String::new(),
        asked: "Ada Lovelace and Grace Hopper (declined)".into(),
        note: "My sister marries.".into(),
        status: "It is asked for, and nobody has taken it yet.".into(),
        at: at(-HOUR),
        may_answer: true,
        has_declined: false,
        may_withdraw: false,
    }
}

pub(crate) fn duty() -> ScheduleDuty {
    let note = |text: &str| HandoffNoteRow { by: "Ben Okafor".into(), at: at(-DAY), text: text.into() };
    ScheduleDuty {
        csrf: "token".into(),
        slug: "payments-primary".into(),
        covers: vec![cover_row()],
        notes: vec![note("The queue of payments is slow after each deploy; watch it until Thursday.")],
        may_plan: true,
        is_silent: false,
        may_edit: true,
    }
}

fn cover(open: Vec<CoverRow>) -> CoverPage {
    let over = CoverRow {
        may_answer: false,
        status: "Grace Hopper took it.".into(),
        note: String::new(),
        in_return: "Sun 09:00 CET to Mon 09:00 CET".into(),
        ..cover_row()
    };
    let form = CoverForm {
        schedules: choices(&["Payments primary", "Platform, follow the sun"], 0),
        people: choices(&["Ada Lovelace", "Ben Okafor"], 0),
        whom: choices(&["Everybody who takes turns and is free", "Everybody in the team who is free", "Ben Okafor"], 0),
        ..CoverForm::default()
    };
    let over = if open.is_empty() { vec![] } else { vec![over] };
    CoverPage { shell: shell("Cover", Section::OnCall, "/cover"), open, over, form: Some(form) }
}

fn cover_link() -> CoverLinkPage {
    CoverLinkPage {
        clock: shell("", Section::OnCall, "/").clock,
        token: "token".into(),
        heading: "Ben Okafor asks you to cover on Payments primary".into(),
        says: vec![
            "It is about Fri 09:00 CET to Sat 09:00 CET.".into(),
            "2 others were asked, too; the first to say yes has it.".into(),
            "Ben Okafor says: “My sister marries.”".into(),
        ],
        told: String::new(),
        may_accept: true,
        may_decline: true,
        may_part: true,
    }
}

fn handoff_link() -> HandoffLinkPage {
    HandoffLinkPage {
        clock: shell("", Section::OnCall, "/").clock,
        token: "token".into(),
        schedule: "Payments primary".into(),
        told: String::new(),
        notes: duty().notes,
        text: String::new(),
        may_write: true,
    }
}

pub(crate) fn pages() -> Vec<Drawn> {
    vec![
        page("cover", cover(vec![cover_row()])),
        page("cover-empty", cover(vec![])),
        page("cover-link", cover_link()),
        page("handoff-link", handoff_link()),
    ]
}
