//! Sign-in, set-up, errors.

use allclear_web::pages::*;

use crate::house::*;
use crate::{Drawn, page};

fn mail(test: Option<MailTest>, problems: Problems) -> MailForm {
    MailForm {
        host: "mail.acme.example".into(),
        port: "587".into(),
        securities: choices(&["STARTTLS", "TLS", "None: a server on this machine"], 0),
        username: "pager".into(),
        has_password: true,
        sender: "Allclear <pager@acme.example>".into(),
        test_to: "ada@acme.example".into(),
        test,
        problems,
    }
}

pub(crate) fn mail_refused() -> MailForm {
    let message = "mail.acme.example:587 refused the login `pager`: 535 5.7.8 authentication failed.".into();
    let remedy = "Check the login and type the password again; some providers want an app password.".into();
    mail(Some(MailTest::Failed { message, remedy }), vec![])
}

pub(crate) fn mail_accepted() -> MailForm {
    let answer = "250 2.0.0 Ok: queued as 4B1C2D".into();
    mail(Some(MailTest::Accepted { to: "ada@acme.example".into(), answer }), vec![])
}

pub(crate) fn snippets() -> Vec<Snippet> {
    let snippet =
        |title: &str, hint: &str, text: &str| Snippet { title: title.into(), hint: hint.into(), text: text.into() };
    vec![
        snippet(
            "curl",
            "Anything that can send a request.",
            "curl https://allclear.acme.example/v2/enqueue \\\n  -H 'content-type: application/json' \\\n  -d '{\n    \"routing_key\": \"ak_7f3q9z2m8x4c6v1b5n0k\",\n    \"event_action\": \"trigger\",\n    \"payload\": { \"summary\": \"Disk is full\", \"source\": \"db-1\", \"severity\": \"critical\" }\n  }'",
        ),
        snippet(
            "Prometheus",
            "In prometheus.yml: Prometheus then needs no Alertmanager.",
            "alerting:\n  alertmanagers:\n    - scheme: https\n      path_prefix: /alertmanager/ak_7f3q9z2m8x4c6v1b5n0k\n      static_configs:\n        - targets: [allclear.acme.example]",
        ),
        snippet(
            "Alertmanager",
            "In alertmanager.yml, beside the receivers that you have.",
            "receivers:\n  - name: allclear\n    webhook_configs:\n      - url: https://allclear.acme.example/webhooks/alertmanager/ak_7f3q9z2m8x4c6v1b5n0k\n        send_resolved: true",
        ),
        snippet(
            "PagerDuty",
            "Any tool that speaks Events API v2: change its address, keep the rest.",
            "Events URL:      https://allclear.acme.example/v2/enqueue\nIntegration key: ak_7f3q9z2m8x4c6v1b5n0k",
        ),
    ]
}

fn first_page(first: Option<FirstPage>) -> SetupFirstPagePage {
    SetupFirstPagePage {
        csrf: "csrf".into(),
        service: "Checkout".into(),
        key: "ak_7f3q9z2m8x4c6v1b5n0k".into(),
        url: "https://allclear.acme.example/v2/enqueue".into(),
        snippets: snippets(),
        first,
    }
}

fn problem(status: u16, title: &str, detail: &str, kept: &str, typed: &str, remedies: &[(&str, &str)]) -> ProblemPage {
    ProblemPage {
        status,
        title: title.into(),
        detail: detail.into(),
        kept: kept.into(),
        typed: typed.into(),
        remedies: remedies.iter().map(|(href, text)| Anchor::new(*href, *text)).collect(),
    }
}

fn sign_in(login: &str, refusal: &str) -> SignInPage {
    SignInPage {
        organisation: "Acme".into(),
        csrf: "csrf".into(),
        login: login.into(),
        next: "/incidents/INC-181".into(),
        refusal: refusal.into(),
    }
}

fn organisation(problems: Problems) -> SetupOrganisationPage {
    SetupOrganisationPage {
        csrf: "csrf".into(),
        wants_key: true,
        organisation: "Acme".into(),
        address: "https://allclear.acme.example".into(),
        time_zones: choices(&["Europe/Berlin", "UTC", "America/New_York"], 0),
        name: "Ada Lovelace".into(),
        login: "ada".into(),
        email: "ada@acme.example".into(),
        problems,
    }
}

pub(crate) fn pages() -> Vec<Drawn> {
    let short =
        FieldProblem { field: "password".into(), message: "The password has 7 characters; use ten or more.".into() };
    let service =
        SetupServicePage { csrf: "csrf".into(), name: String::new(), description: String::new(), problems: vec![] };
    let on_its_way = FirstPage {
        reference: "INC-1".into(),
        reached: vec![
            (at(-9), "Event accepted".into()),
            (at(-9), "Incident opened".into()),
            (at(-8), "Mail handed to mail.acme.example".into()),
        ],
        awaited: "Waiting for your tap on the link in the mail…".into(),
        failure: String::new(),
    };
    let done = SetupDonePage { organisation: "Acme".into(), took: "41s".into() };
    let mut drawn = vec![
        page("sign-in", sign_in("", "")),
        page(
            "sign-in-refused",
            sign_in("ada", "That login and password do not belong together. Nine attempts are left in this minute."),
        ),
        page("setup-1-organisation", organisation(vec![])),
        page("setup-1-refused", organisation(vec![short])),
        page(
            "setup-2-mail",
            SetupMailPage {
                csrf: "csrf".into(),
                mail: MailForm {
                    securities: choices(&["STARTTLS", "TLS"], 0),
                    port: "587".into(),
                    ..MailForm::default()
                },
            },
        ),
        page("setup-2-mail-failed", SetupMailPage { csrf: "csrf".into(), mail: mail_refused() }),
        page("setup-3-service", service),
        page("setup-4-first-page", first_page(None)),
        page("setup-4-on-its-way", first_page(Some(on_its_way))),
        page("setup-5-done", done),
    ];
    drawn.extend(problems());
    drawn
}

fn problems() -> Vec<Drawn> {
    let conflict = problem(
        409,
        "Ben Okafor changed this schedule while you were editing it.",
        "He added an override for Ada Lovelace from Fri 20:00 to Mon 08:00 CET. Saving yours would have taken it away.",
        "Nothing was changed. What you typed is below.",
        "name: Payments primary\nlayer 1: Ada, Ben, Chiara, weekly from Monday 09:00",
        &[
            ("/schedules/payments-primary/edit", "Edit again from his version"),
            ("/schedules/payments-primary", "Leave it"),
        ],
    );
    let failed = problem(
        503,
        "The disk did not answer in time.",
        "Events that came in meanwhile were refused with a request to send them again, so none is lost.",
        "Your acknowledgement was not stored.",
        "",
        &[("/incidents/INC-181", "Back to INC-181, to try again")],
    );
    let missing = problem(
        404,
        "There is nothing at this address.",
        "It may have been removed, or the link is incomplete.",
        "",
        "",
        &[("/", "Go to Now"), ("/incidents", "See the incidents")],
    );
    vec![page("problem-conflict", conflict), page("problem-failed", failed), page("problem-not-found", missing)]
}
