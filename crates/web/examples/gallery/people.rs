//! People, teams, settings.

use allclear_core::limits;
use allclear_web::pages::*;

use crate::doors::{mail_accepted, mail_refused};
use crate::house::*;
use crate::{Drawn, page};

fn team() -> Anchor {
    Anchor::new("/teams/payments", "Payments")
}

fn row(number: usize) -> PersonRow {
    PersonRow {
        person: person(number),
        role: ["admin", "manager", "responder", "viewer"][number % 4].into(),
        teams: if number.is_multiple_of(2) {
            vec![team(), Anchor::new("/teams/platform", "Platform")]
        } else {
            vec![team()]
        },
        on_call: if number < 2 { vec![Anchor::new("/schedules/payments-primary", "Payments primary")] } else { vec![] },
        reach: "work mail, ops webhook".into(),
        unreachable: (number == 6).then(|| "no verified contact method".into()),
        suspended: number == 7,
    }
}

fn contact(id: &str, name: &str, verified: Option<When>, code_sent: Option<When>, trouble: Option<&str>) -> ContactRow {
    ContactRow {
        id: id.into(),
        name: name.into(),
        channel: "E-mail".into(),
        address: "ada@acme.example".into(),
        verified,
        code_sent,
        trouble: trouble.map(Into::into),
    }
}

fn rules(urgency: &'static str, title: &str, ladder: &[(&str, &str)], fallback: &str) -> RulesForm {
    let contacts = |selected| choices(&["nothing", "work mail", "ops webhook"], selected);
    RulesForm {
        urgency,
        title: title.into(),
        ladder: ladder.iter().map(|(after, contact)| ((*after).into(), (*contact).into())).collect(),
        fallback: fallback.into(),
        rungs: vec![
            RungForm { after: "0m".into(), contacts: contacts(1) },
            RungForm { after: String::new(), contacts: contacts(0) },
        ],
    }
}

fn ada() -> PersonPage {
    PersonPage {
        shell: shell("Ada Lovelace", Section::People, "/people/ada"),
        person: person(0),
        role: "admin".into(),
        email: "ada@acme.example".into(),
        zone: "04:12 in Europe/Berlin".into(),
        zone_name: "Europe/Berlin".into(),
        teams: vec![team()],
        skills: vec!["postgres".into()],
        calendar_links: crate::on_call::calendar_links(),
        time_off: vec![TimeOffRow {
            id: "off_1".into(),
            from: "Thu 24 Dec 2026".into(),
            until: Some("Thu 31 Dec 2026".into()),
            note: "family".into(),
        }],
        may_plan: true,
        suspended: false,
        unreachable: None,
        last_reached: Some((at(-3 * DAY), "work mail".into())),
        contacts: vec![
            contact("con_1", "work mail", Some(at(-90 * DAY)), None, None),
            contact(
                "con_2",
                "ops webhook",
                Some(at(-9 * DAY)),
                None,
                Some("The last message was refused 10m ago: 503 Service Unavailable."),
            ),
            contact("con_3", "private mail", None, Some(at(-50)), None),
            contact("con_4", "old mail", None, None, None),
        ],
        channels: choices(&["E-mail", "Webhook"], 0),
        rules: vec![
            rules(
                "high",
                "What wakes you",
                &[("at once", "work mail"), ("2m", "ops webhook"), ("5m", "work mail again")],
                "",
            ),
            rules("low", "What can wait", &[], "No rules: your first verified contact method, once."),
        ],
        duties: vec![],
        edit: Some(PersonForm {
            name: "Ada Lovelace".into(),
            email: "ada@acme.example".into(),
            skills: "postgres".into(),
            time_zones: choices(&["Europe/Berlin", "UTC"], 0),
            handovers: choices(&["Told when they come on call and go off", "Not told"], 0),
            holidays: "DE-BY".into(),
            roles: choices(&["viewer", "responder", "manager", "admin"], 3),
        }),
        is_own: true,
        may_test: true,
        is_admin: true,
        problems: vec![],
    }
}

fn grace() -> PersonPage {
    PersonPage {
        person: person(6),
        role: "responder".into(),
        email: String::new(),
        unreachable: Some("No contact method is verified.".into()),
        last_reached: None,
        contacts: vec![],
        rules: vec![rules("high", "What wakes them", &[], "No rules: every verified contact method at once.")],
        teams: vec![],
        is_own: false,
        may_test: true,
        ..ada()
    }
}

fn a_team(is_new: bool) -> TeamPage {
    TeamPage {
        shell: shell("Payments", Section::People, "/teams/payments"),
        action: "/teams/payments".into(),
        is_new,
        name: if is_new { String::new() } else { "Payments".into() },
        description: if is_new { String::new() } else { "Money in, money out, and the ledger between.".into() },
        people: if is_new { vec![] } else { (0..6).map(person).collect() },
        others: choices(&["Grace Hopper", "Hiro Tanaka"], 0),
        services: vec![service(0), service(1)],
        schedules: vec![Anchor::new("/schedules/payments-primary", "Payments primary")],
        policies: vec![],
        may_edit: true,
        may_change_people: true,
        problems: vec![],
    }
}

fn token(id: &str, name: &str, owner: Option<Person>, last_used: Option<When>) -> TokenRow {
    TokenRow {
        id: id.into(),
        name: name.into(),
        scopes: "what a manager may".into(),
        owner,
        made: at(-90 * DAY),
        last_used,
    }
}

fn tokens(rows: Vec<TokenRow>, fresh: Option<&str>) -> SettingsTokensPage {
    SettingsTokensPage {
        shell: shell("API tokens", Section::Settings, "/settings/tokens"),
        rows,
        pager: Pager::default(),
        fresh: fresh.map(Into::into),
        roles: choices(&["viewer", "responder", "manager", "admin"], 1),
        problems: vec![],
    }
}

fn limits() -> SettingsLimitsPage {
    let row = |limit: &limits::Limit| LimitRow {
        what: limit.what.into(),
        value: format!("{} {}", thousands(&limit.value), limit.unit),
        beyond: limit.beyond.into(),
    };
    SettingsLimitsPage {
        shell: shell("Limits", Section::Settings, "/settings/limits"),
        rows: limits::ALL.iter().map(row).collect(),
    }
}

fn audit(is_empty: bool) -> SettingsAuditPage {
    let row = |number: i64| AuditRow {
        at: at(-number * 4_000),
        actor: person(number as usize).name,
        sentence: "added an override for Grace Hopper from Fri 27 Nov 09:00 to Sun 29 Nov 09:00 CET to the schedule"
            .into(),
        subject: Some(Anchor::new("/schedules/payments-primary", "Payments primary")),
        via: ["web", "API", "link"][number as usize % 3].into(),
    };
    SettingsAuditPage {
        shell: shell("Audit log", Section::Settings, "/settings/audit"),
        query: if is_empty { "nobody".into() } else { String::new() },
        rows: if is_empty { vec![] } else { (0..24).map(row).collect() },
        pager: Pager {
            shown: "24 of about 48,000".into(),
            newer: None,
            older: (!is_empty).then(|| "/settings/audit?before=1".into()),
            looked: 24,
        },
        chain: if is_empty {
            "The chain is broken at entry 41,007: it was changed after it was written."
        } else {
            "48,213 entries, unbroken; checked 3m ago"
        }
        .into(),
        is_unbroken: !is_empty,
    }
}

fn keep((setting, title, value): (&str, &'static str, &str)) -> KeepRow {
    let hint = format!("Counted from their end. Usually {value}.");
    KeepRow { field: format!("keep.{setting}"), title, hint, value: value.into() }
}

fn settings() -> SettingsPage {
    SettingsPage {
        shell: shell("Settings", Section::Settings, "/settings"),
        name: "Acme".into(),
        address: "https://allclear.acme.example".into(),
        time_zones: choices(&["Europe/Berlin", "UTC"], 0),
        keep: [("events", "Events", "14d"), ("audit", "Audit log", "730d")].map(keep).into(),
        edited: String::new(),
        version: "0.1.0".into(),
        database: "SQLite, 214 MB".into(),
        problems: vec![],
    }
}

pub(crate) fn pages() -> Vec<Drawn> {
    let people = |count| PeoplePage {
        shell: shell("People", Section::People, "/people"),
        rows: (0..count).map(row).collect(),
        unreachable: count / 4,
        may_edit: true,
    };
    let person_new = PersonNewPage {
        shell: shell("Add a person", Section::People, "/people/new"),
        name: String::new(),
        login: String::new(),
        email: String::new(),
        roles: choices(&["viewer", "responder", "manager", "admin"], 1),
        teams: choices(&["No team", "Payments"], 1),
        problems: vec![],
    };
    let team_row = |name: &str| TeamRow {
        team: Anchor::new("/teams/payments", name),
        description: "Money in, money out, and the ledger between, in all countries and currencies that Acme sells in."
            .into(),
        people: 6,
        services: 2,
    };
    let teams = |rows| TeamsPage { shell: shell("Teams", Section::People, "/teams"), rows, may_edit: true };
    let mail = |mail| SettingsMailPage { shell: shell("Mail", Section::Settings, "/settings/mail"), mail };
    vec![
        page("people", people(8)),
        page("people-alone", people(1)),
        page("person", ada()),
        page("person-other", grace()),
        page("person-new", person_new),
        page("teams", teams(vec![team_row("Payments"), team_row("Platform")])),
        page("teams-empty", teams(vec![])),
        page("team", a_team(false)),
        page("team-new", a_team(true)),
        page("settings", settings()),
        page("settings-mail", mail(mail_accepted())),
        page("settings-mail-failed", mail(mail_refused())),
        page(
            "settings-tokens",
            tokens(
                vec![token("tok_1", "Terraform", Some(person(0)), Some(at(-40))), token("tok_2", "CI", None, None)],
                Some("act_7f3q9z2m8x4c6v1b5n0k7f3q9z2m8x4c6v1b5n0k"),
            ),
        ),
        page("settings-tokens-empty", tokens(vec![], None)),
        page("settings-limits", limits()),
        page("settings-audit", audit(false)),
        page("settings-audit-empty", audit(true)),
    ]
}
